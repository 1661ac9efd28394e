"""Inputs that no writer means to make: mutated real files, structured noise, hand-made attacks."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

__all__ = ["attacks", "data_sets", "mutated"]

_EXPLICIT_LE = b"1.2.840.10008.1.2.1\0"
_SYNTAXES = (_EXPLICIT_LE, b"1.2.840.10008.1.2\0", b"1.2.840.10008.1.2.2\0", b"1.2.840.10008.1.2.1.99")
_ITEM = b"\xfe\xff\x00\xe0"
_TELLING = (
    b"\xff\xff\xff\xff",
    b"\xff\xff",
    b"\0\0\0\0",
    b"\xff\xff\xff\x7f",
    b"\0\0\0\x80",
    b"\x01\0\0\0",
    b"\xfe\xff\x00\xe0",
    b"\xfe\xff\x0d\xe0\0\0\0\0",
    b"\xfe\xff\xdd\xe0\0\0\0\0",
    b"\xfe\xff\x00\xe0\xff\xff\xff\xff",
    b"SQ\0\0\xff\xff\xff\xff",
    b"UN\0\0\xff\xff\xff\xff",
    b"OB\0\0",
    b"\\" * 40,
    b"^" * 12,
    b"\x1b$B\x1b(B",
    b"\x1b",
    b"\xe0\x7f\x10\0",
    b"\x02\0\x10\0UI",
    b"\x08\0\x05\0CS",
    b"9" * 20,
    b"-",
    b"1.2.840.10008.1.2.1.99",
)


def mutated(source: random.Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """Return the content after one to six random changes, most of them in its header."""
    changed = bytearray(content)
    for _ in range(source.randint(1, 6)):
        if not changed:
            break
        source.choice(_MUTATIONS)(source, changed, others)
    return bytes(changed)


def _place(source: random.Random, content: bytearray) -> int:
    reach = len(content) if source.random() < 0.3 else min(len(content), 4096)
    return source.randrange(reach)


def _flip(source: random.Random, content: bytearray, others: Sequence[bytes]) -> None:
    content[_place(source, content)] ^= 1 << source.randrange(8)


def _overwrite(source: random.Random, content: bytearray, others: Sequence[bytes]) -> None:
    telling = source.choice(_TELLING)
    at = _place(source, content)
    content[at : at + len(telling)] = telling


def _insert(source: random.Random, content: bytearray, others: Sequence[bytes]) -> None:
    at = _place(source, content)
    content[at:at] = source.choice(_TELLING)


def _random_bytes(source: random.Random, content: bytearray, others: Sequence[bytes]) -> None:
    at = _place(source, content)
    size = source.randint(1, 64)
    content[at : at + size] = source.randbytes(size)


def _delete(source: random.Random, content: bytearray, others: Sequence[bytes]) -> None:
    at = _place(source, content)
    del content[at : at + source.randint(1, 200)]


def _repeat(source: random.Random, content: bytearray, others: Sequence[bytes]) -> None:
    at = _place(source, content)
    content[at:at] = bytes(content[at : at + source.randint(1, 400)]) * source.randint(1, 4)


def _truncate(source: random.Random, content: bytearray, others: Sequence[bytes]) -> None:
    del content[_place(source, content) :]


def _splice(source: random.Random, content: bytearray, others: Sequence[bytes]) -> None:
    other = source.choice(others)
    if other:
        start = source.randrange(len(other))
        at = _place(source, content)
        content[at:at] = other[start : start + source.randint(1, 2000)]


_MUTATIONS: tuple[Callable[[random.Random, bytearray, Sequence[bytes]], None], ...] = (
    _flip,
    _flip,
    _overwrite,
    _overwrite,
    _insert,
    _random_bytes,
    _delete,
    _repeat,
    _truncate,
    _splice,
)


def data_sets() -> Any:
    """Return the hypothesis strategy of files made of plausible and implausible Data Elements."""
    from hypothesis import strategies as st

    from dcmlint.read.vr import VRS
    from dcmlint.standard.dictionary import vr_by_tag

    tags = st.one_of(
        st.sampled_from(sorted(vr_by_tag())),
        st.sampled_from([0x00080005, 0x00080016, 0x52009230, 0x7FE00010, 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD]),
        st.integers(0, 0xFFFFFFFF),
    )
    vrs = st.one_of(st.sampled_from(sorted(VRS)).map(str.encode), st.binary(min_size=2, max_size=2))
    values = st.one_of(
        st.binary(max_size=40),
        st.text(max_size=20).map(lambda text: text.encode("utf-8")),
        st.from_regex(rb"[0-9.\\ +-]{0,20}", fullmatch=True),
        st.lists(st.sampled_from(_TELLING), max_size=4).map(b"".join),
    )
    lengths = st.one_of(st.none(), st.none(), st.none(), st.just(0xFFFFFFFF), st.integers(0, 0xFFFFFFFF))
    element = st.builds(_element, tags, vrs, values, lengths)
    syntaxes = st.sampled_from(
        [
            _EXPLICIT_LE,
            b"1.2.840.10008.1.2\0",
            b"1.2.840.10008.1.2.2\0",
            b"1.2.840.10008.1.2.1.99",
            b"",
            b"1.2",
        ]
    )
    nested = st.recursive(
        st.lists(element, max_size=6).map(b"".join),
        lambda inner: st.builds(_sequence, tags, st.lists(inner, max_size=3), st.booleans()),
        max_leaves=8,
    )
    body = st.lists(st.one_of(element, nested), max_size=12).map(b"".join)
    return st.one_of(st.binary(max_size=600), st.builds(_file, syntaxes, body, st.booleans()))


def _element(tag: int, vr: bytes, value: bytes, length: int | None) -> bytes:
    size = len(value) if length is None else length
    start = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr
    if vr in (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"):
        return start + struct.pack("<HL", 0, size) + value
    return start + struct.pack("<H", size & 0xFFFF) + value


def _sequence(tag: int, items: list[bytes], delimited: bool) -> bytes:
    if delimited:
        inner = b"".join(
            b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + item + b"\xfe\xff\x0d\xe0\0\0\0\0" for item in items
        )
        return _element(tag, b"SQ", inner + b"\xfe\xff\xdd\xe0\0\0\0\0", 0xFFFFFFFF)
    inner = b"".join(b"\xfe\xff\x00\xe0" + struct.pack("<L", len(item)) + item for item in items)
    return _element(tag, b"SQ", inner, None)


def _file(syntax: bytes, body: bytes, preamble: bool) -> bytes:
    meta = _element(0x00020010, b"UI", syntax, None) if syntax else b""
    if syntax.endswith(b".99"):
        deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        body = deflater.compress(body) + deflater.flush()
    return (bytes(128) + b"DICM" if preamble else b"") + meta + body


def attacks(scale: int = 1) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of inputs made to exhaust time or memory; `scale` 1 is about 1 MB each."""
    start = _file(_EXPLICIT_LE, b"", True) + _element(0x00080016, b"UI", b"1.2.840.10008.5.1.4.1.1.2\0", None)
    size = scale << 20
    content_sequence = 0x0040A730
    yield (
        "empty items",
        start + _element(content_sequence, b"SQ", b"\xfe\xff\x00\xe0\0\0\0\0" * (size // 8), None),
    )
    tiny = b"".join(_element(0x00080000 + number, b"LO", b"", None) for number in range(0x100, 0x8100))
    yield "tiny elements", start + tiny * (size // len(tiny) + 1)
    private = b"".join(
        _element(group << 16 | number, b"LO", b"", None)
        for group in range(9, 9 + 2 * scale * 5, 2)
        for number in range(0x1000, 0x8000)
    )
    yield "tiny private elements", start + private[:size]
    item = b"\xfe\xff\x00\xe0" + struct.pack("<L", 16) + _element(0x00080100, b"SH", b"A1234567", None)
    yield "same small items", start + _element(content_sequence, b"SQ", item * (size // 24), None)
    distinct = b"".join(
        b"\xfe\xff\x00\xe0" + struct.pack("<L", 16) + _element(0x00080100, b"SH", b"%08d" % number, None)
        for number in range(size // 24)
    )
    yield "distinct small items", start + _element(content_sequence, b"SQ", distinct, None)
    yield (
        "tiny fragments",
        (start + _element(0x7FE00010, b"OB", b"\xfe\xff\x00\xe0\0\0\0\0" * (size // 8), 0xFFFFFFFF)),
    )
    nest = b"\x40\0\x30\xa7SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    yield "endless nesting", start + nest * (size // len(nest))
    yield "nesting in 4 kB items", start + _nested_items(scale)
    yield "no delimiters", start + _element(content_sequence, b"SQ", b"", 0xFFFFFFFF) * (size // 12)
    yield "many values", start + _element(0x00081030, b"UC", b"\\" * size, None)
    yield "long digits", start + _element(0x00081030, b"UC", b"1" * size, None)
    yield "spaces", start + _element(0x00081030, b"UT", b" " * size, None)
    yield (
        "escapes",
        (
            start
            + _element(0x00080005, b"CS", b"\\ISO 2022 IR 87 ", None)
            + _element(0x00204000, b"UT", b"\x1b$B\x1b(B" * (size // 6), None)
        ),
    )
    yield "carets", start + _element(0x00100010, b"PN", b"^=" * 32_000, None)
    yield "decimals", start + _element(0x30060050, b"DS", b"1.5\\" * 16_000, None)
    frames = b"\xfe\xff\x00\xe0\0\0\0\0" * min(size // 8, 60_000)
    yield "empty frames", start + _element(0x52009230, b"SQ", frames, None)


def _nested_items(scale: int) -> bytes:
    """Return Items of just under 4 kB, each of which nests to the bottom."""
    inner = b""
    while len(inner) < 4000:
        inner = _element(0x0040A730, b"SQ", b"\xfe\xff\x00\xe0" + struct.pack("<L", len(inner)) + inner, None)
    item = b"\xfe\xff\x00\xe0" + struct.pack("<L", len(inner)) + inner
    count = (scale << 20) // len(item)
    varied = b"".join(item[:-1] + bytes([number & 0xFF]) for number in range(count))
    return _element(0x0040A730, b"SQ", varied, None)

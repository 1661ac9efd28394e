"""The places of a file where text can be: values, and what no Attribute describes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from dcmlint.deid_verify.codestreams import comments_of
from dcmlint.deid_verify.icc import profile_texts
from dcmlint.deid_verify.pdf import pdf_texts
from dcmlint.deid_verify.runs import BULK, strings
from dcmlint.deid_verify.vrs import plain_vr
from dcmlint.model import UNDEFINED_LENGTH, Location
from dcmlint.read.charset import charset_of, decode_text
from dcmlint.read.item import Instance, Item
from dcmlint.read.vr import TEXT_VRS

__all__ = ["Place", "places"]

_PLAIN_VRS = frozenset("AE AS CS DA DS DT IS TM UI UR".split())
_ENCAPSULATED_DOCUMENT, _ICC_PROFILE = 0x00420011, 0x00282000
_PIXELS = frozenset((0x7FE00008, 0x7FE00009, 0x7FE00010))
_LONGEST = 4 << 20
"""Bytes of one value that are read at most, from its start and from its end."""

Kind = Literal["value", "bytes", "unexpected", "bulk", "path"]


class Place(NamedTuple):
    """Text at one place.

    `kind` is "value" (text of an Attribute), "bytes" (text in a binary value), "unexpected" (where no text
    belongs), "bulk" (runs of letters in much data, most of them by chance), or "path" (names of file and
    folders). `what` says where it is in words, without any value. `offset` is in the file.
    """

    kind: Kind
    what: str
    texts: tuple[str, ...]
    location: Location = ()
    tag: int | None = None
    offset: int | None = None
    vr: str = ""


def places(instance: Instance, buf: Any, path: str) -> Iterator[Place]:
    """Yield every place of one file; `path` is below the folder that was named."""
    yield from _of_path(path)
    yield from _outside(instance, buf)
    if instance.meta is not None:
        for tag, element in instance.meta.elements.items():
            yield from _of_element(instance.meta, tag, element)
    for item in instance.root.walk():
        for tag, element in item.elements.items():
            if element[3] is None:
                yield from _of_element(item, tag, element)
    yield from _behind_pixels(instance)
    yield from _cut_off(instance)
    for item, tag, fragments in instance.fragments:
        yield from _of_fragments(item, tag, fragments)


def _of_path(path: str) -> Iterator[Place]:
    *folders, name = path.replace("\\", "/").split("/")
    yield Place("path", "the file name", (name,))
    if folders:
        yield Place("path", "the names of folders", ("\n".join(folders),))


def _outside(instance: Instance, buf: Any) -> Iterator[Place]:
    """Yield what lies before and behind the Data Elements."""
    if bytes(buf[128:132]) == b"DICM":
        preamble = bytes(buf[:128])
        if preamble.strip(b"\0") and not preamble.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
            yield Place("unexpected", "the preamble", strings(preamble), offset=0)
        elif preamble.strip(b"\0"):
            yield Place("bytes", "the preamble", strings(preamble), offset=0)
    for fault in instance.faults:
        if fault.rule == "file/trailing-bytes":
            rest = bytes(buf[fault.offset : fault.offset + min(fault.length, _LONGEST)])
            yield Place("unexpected", "bytes behind the Data Set", strings(rest), offset=fault.offset)


def _cut_off(instance: Instance) -> Iterator[Place]:
    """Yield what was taken for a Data Element that the file is too short for: text behind the Data Set."""
    buf = instance.root.buf
    for fault in instance.faults:
        if fault.rule == "file/truncated" and fault.tag not in _PIXELS and fault.item is instance.root:
            rest = bytes(buf[max(0, fault.offset - 8) : fault.offset + BULK])
            yield Place("unexpected", "bytes that no Data Element fits", strings(rest), offset=fault.offset)


def _of_element(item: Item, tag: int, element: tuple[Any, ...]) -> Iterator[Place]:
    vr, offset, length, _ = element
    if not length or length == UNDEFINED_LENGTH:
        return
    vr = plain_vr(vr, tag)
    where = (item.location, tag, item.base + offset, vr)
    if vr in TEXT_VRS or vr in _PLAIN_VRS:
        raw = bytes(item.buf[offset : offset + min(length, _LONGEST)])
        yield from _of_text(item, raw, where)
        return
    raw = bytes(item.buf[offset : offset + min(length, _LONGEST)])
    if length > _LONGEST:
        raw += bytes(item.buf[offset + max(_LONGEST, length - _LONGEST) : offset + length])
    if not raw.strip(b"\0"):
        return
    if tag == _ICC_PROFILE:
        yield Place("bytes", "the texts of the ICC profile", profile_texts(raw), *where)
    elif tag == _ENCAPSULATED_DOCUMENT:
        yield Place("bytes", "the encapsulated document", (*pdf_texts(raw), *strings(raw)), *where)
    elif tag in _PIXELS or len(raw) >= BULK:
        yield Place("bulk", "the bytes of the value", strings(raw, 6), *where)
    elif tag == 0xFFFCFFFC:
        yield Place("unexpected", "Data Set Trailing Padding", strings(raw), *where)
    elif tag & 0xFF00FFFF == 0x60003000:
        yield Place("bytes", "the overlay plane", strings(raw), *where)
    else:
        yield Place("bytes", "the bytes of the value", strings(raw), *where)


def _of_text(item: Item, raw: bytes, where: tuple[Location, int, int, str]) -> Iterator[Place]:
    value, nul, padding = raw.partition(b"\0")
    if nul and padding.strip(b"\0 "):
        yield Place("unexpected", "the padding of the value", strings(padding, 3), *where)
    if (where[3] in TEXT_VRS and not value.isascii()) or b"\x1b" in value:
        texts: tuple[str, ...] = (decode_text(value, charset_of(item)).value,)
    else:
        texts = (value.decode("latin-1"),)
    if texts[0].strip():
        yield Place("value", "the value", texts, *where)


def _behind_pixels(instance: Instance) -> Iterator[Place]:
    """Yield what is behind the last pixel of native Pixel Data (PS3.5 8.1.1), a padding byte left out."""
    root = instance.root
    element = root.elements.get(0x7FE00010)
    counts = [instance.first(keyword) for keyword in ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated")]
    frames = instance.first("NumberOfFrames") or 1
    if (
        element is None
        or element[2] == UNDEFINED_LENGTH
        or not all(isinstance(n, int) for n in (*counts, frames))
    ):
        return
    _, offset, length, _ = element
    expected = (math.prod(counts) * frames + 7) // 8
    if str(instance.first("PhotometricInterpretation") or "").startswith("YBR_") or length <= expected + 1:
        return
    start = max(expected, length - _LONGEST)
    rest = bytes(root.buf[offset + start : offset + length])
    where = ((), 0x7FE00010, root.base + offset + start, element[0])
    yield Place("unexpected", "bytes behind the last pixel", strings(rest), *where)


def _of_fragments(item: Item, tag: int, fragments: list[tuple[int, int]]) -> Iterator[Place]:
    location, read = item.location, 0
    for offset, length in fragments:
        if not length or read > 16 * _LONGEST:
            continue
        content = bytes(item.buf[offset : offset + min(length, _LONGEST)])
        read += len(content)
        where = (location, tag, item.base + offset, "OB")
        for what, text in comments_of(content):
            yield Place("bytes", what, strings(text), *where)
        yield Place("bulk", "the bytes of a fragment", strings(content, 6), *where)

"""Faults of PS3.10 and of the encoding (PS3.5 7, Annex A), put into the bytes of an instance."""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Callable, Iterator

from benchmarks.seeds import Seeded
from benchmarks.subjects import Subject

__all__ = ["BYTE_FAULTS"]

_DICM_END = 132
_SEQUENCE_END = b"\xfe\xff\xdd\xe0\0\0\0\0"

Fault = Callable[[Subject], Iterator[Seeded]]


class _Layout:
    """Where the Data Elements of the root of an Explicit VR Little Endian file are."""

    def __init__(self, content: bytes) -> None:
        from dcmlint.read.opener import read_instance

        instance = read_instance(content)
        self.content = content
        self.start = instance.root.offset
        self.elements: dict[int, tuple[str, int, int, int]] = {}
        for tag, (vr, offset, length, _) in instance.root.elements.items():
            header = 12 if vr in ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "UC", "UN", "UR", "UT") else 8
            self.elements[tag] = (vr, offset - header, offset, length)

    def texts(self) -> Iterator[int]:
        """Yield the tags of non-empty public text elements, without the character set."""
        for tag, (vr, _, _, length) in self.elements.items():
            if vr in ("LO", "SH", "PN", "CS") and length >= 4 and not tag & 0x10000 and tag != 0x00080005:
                yield tag

    def insert(self, tag: int, element: bytes) -> bytes:
        """Return the content with an element put where its tag belongs."""
        following = [at for other, (_, at, _, _) in self.elements.items() if other > tag]
        at = following[0] if following else len(self.content)
        return self.content[:at] + element + self.content[at:]

    def replace(self, start: int, end: int, by: bytes) -> bytes:
        return self.content[:start] + by + self.content[end:]


def _label(tag: int) -> str:
    from dcmlint.standard.dictionary import label

    return label(tag)


def _path(tag: int) -> tuple[str, ...]:
    return (_label(tag),)


def _header(tag: int, vr: bytes, length: int) -> bytes:
    start = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr
    if vr in (b"OB", b"SQ", b"UN", b"UT", b"UC"):
        return start + struct.pack("<HL", 0, length)
    return start + struct.pack("<H", length)


def _item(content: bytes, length: int | None = None) -> bytes:
    return b"\xfe\xff\x00\xe0" + struct.pack("<L", len(content) if length is None else length) + content


def _out_of_order(layout: _Layout) -> Iterator[Seeded]:
    tags = list(layout.elements)
    for first, second in itertools.pairwise(tags[4:]):
        if layout.elements[first][3] < 1000 and layout.elements[second][3] < 1000:
            start, middle = layout.elements[first][1], layout.elements[second][1]
            end = layout.elements[second][2] + layout.elements[second][3]
            content = layout.content
            swapped = content[middle:end] + content[start:middle]
            yield Seeded(layout.replace(start, end, swapped), (_label(first), _label(second)))
            return


def _duplicate(layout: _Layout) -> Iterator[Seeded]:
    for tag in list(layout.texts())[:1]:
        _, start, offset, length = layout.elements[tag]
        again = layout.content[start : offset + length]
        yield Seeded(layout.replace(start, start, again), _path(tag))


def _odd_length(layout: _Layout) -> Iterator[Seeded]:
    for tag in list(layout.texts())[:2]:
        vr, start, offset, length = layout.elements[tag]
        value = layout.content[offset : offset + length - 1]
        element = _header(tag, vr.encode(), length - 1) + value
        yield Seeded(layout.replace(start, offset + length, element), _path(tag))


def _invalid_vr(layout: _Layout) -> Iterator[Seeded]:
    for tag in list(layout.texts())[:2]:
        start = layout.elements[tag][1]
        for wrong in (b"ZZ", b"??", b"\0\0"):
            yield Seeded(layout.replace(start + 4, start + 6, wrong), _path(tag))


def _group_length(layout: _Layout) -> Iterator[Seeded]:
    if 0x00100000 not in layout.elements:
        element = _header(0x00100000, b"UL", 4) + struct.pack("<L", 60)
        yield Seeded(layout.insert(0x00100000, element), ("(0010,0000)",))


def _undefined_length(layout: _Layout) -> Iterator[Seeded]:
    element = _header(0x00204000, b"UT", 0xFFFFFFFF) + _SEQUENCE_END
    if 0x00204000 not in layout.elements:
        yield Seeded(layout.insert(0x00204000, element), _path(0x00204000))


def _missing_delimiter(layout: _Layout) -> Iterator[Seeded]:
    """Leave out the delimiter of an Item that ends with its Sequence, at the end of the Data Set."""
    if max(layout.elements) < 0xFFFAFFFA:
        element = _header(0xFFFAFFFA, b"SQ", 0xFFFFFFFF) + _item(b"", 0xFFFFFFFF)
        yield Seeded(layout.content + element, ("DigitalSignaturesSequence", "DigitalSignaturesSequence[1]"))
    if 0x00081140 not in layout.elements:
        element = _header(0x00081140, b"SQ", 0xFFFFFFFF) + _item(b"", 0xFFFFFFFF) + _SEQUENCE_END
        paths = (*_path(0x00081140), f"{_label(0x00081140)}[1]")
        yield Seeded(layout.insert(0x00081140, element), paths)


def _bad_item(layout: _Layout) -> Iterator[Seeded]:
    if 0x00081140 not in layout.elements:
        element = _header(0x00081140, b"SQ", 16) + b"not an item tag!"
        yield Seeded(layout.insert(0x00081140, element), _path(0x00081140))


def _overrun(layout: _Layout) -> Iterator[Seeded]:
    if 0x00081140 not in layout.elements:
        uid = _header(0x00081150, b"UI", 40) + b"1.2.3.4\0"
        element = _item(uid)
        element = _header(0x00081140, b"SQ", len(element)) + element
        path = f"{_label(0x00081140)}[1].{_label(0x00081150)}"
        yield Seeded(layout.insert(0x00081140, element), (path,))
        element = _item(b"", 400)
        element = _header(0x00081140, b"SQ", len(element)) + element
        paths = (f"{_label(0x00081140)}[1]", *_path(0x00081140))
        yield Seeded(layout.insert(0x00081140, element), paths)


def _too_deep(layout: _Layout) -> Iterator[Seeded]:
    if 0x0040A730 in layout.elements:
        return
    nested = b""
    for _ in range(100):
        nested = _item(nested)
        nested = _header(0x0040A730, b"SQ", len(nested)) + nested
    yield Seeded(layout.insert(0x0040A730, nested), ("ContentSequence*",))


def _truncated(layout: _Layout) -> Iterator[Seeded]:
    tag = list(layout.elements)[-1]
    vr, _, offset, length = layout.elements[tag]
    if 8 <= length < 0xFFFFFFFF and vr != "SQ":
        yield Seeded(layout.content[: offset + length // 2], (*_path(tag), ""))
    middle = list(layout.texts())[-1]
    _, _, offset, length = layout.elements[middle]
    yield Seeded(layout.content[: offset + 2], (*_path(middle), ""))


def _trailing(layout: _Layout) -> Iterator[Seeded]:
    if list(layout.elements.values())[-1][3] != 0xFFFFFFFF:
        yield Seeded(layout.content + bytes(6), ("",))


def _no_preamble(layout: _Layout) -> Iterator[Seeded]:
    yield Seeded(layout.content[_DICM_END:], ("",))
    yield Seeded(layout.content[128:], ("",))


def _polyglot(layout: _Layout) -> Iterator[Seeded]:
    for magic in (b"MZ\x90\0", b"\x7fELF", b"#!/bin/sh\n", b"\xcf\xfa\xed\xfe"):
        yield Seeded(magic + layout.content[len(magic) :], ("",))


def _no_meta(layout: _Layout) -> Iterator[Seeded]:
    yield Seeded(layout.content[:_DICM_END] + layout.content[layout.start :], ("",))


def _meta_elements(layout: _Layout) -> Iterator[tuple[int, int, int]]:
    """Yield (tag, start, end) of the File Meta Information's elements."""
    from dcmlint.read.opener import read_instance

    meta = read_instance(layout.content).meta
    for tag, (vr, offset, length, _) in meta.elements.items() if meta is not None else ():
        yield tag, offset - (12 if vr == "OB" else 8), offset + length


def _without_meta(layout: _Layout) -> Iterator[Seeded]:
    """Remove each Type 1 element of the File Meta Information, and mend the group length."""
    spans = {tag: (start, end) for tag, start, end in _meta_elements(layout)}
    for tag in (0x00020002, 0x00020003, 0x00020010, 0x00020012):
        if tag not in spans:
            continue
        start, end = spans[tag]
        yield Seeded(_mended(layout.replace(start, end, b""), start - end), _path(tag))


def _empty_meta(layout: _Layout) -> Iterator[Seeded]:
    spans = {tag: (start, end) for tag, start, end in _meta_elements(layout)}
    for tag in (0x00020002, 0x00020003, 0x00020012):
        if tag in spans:
            start, end = spans[tag]
            changed = layout.replace(start, end, _header(tag, b"UI", 0))
            yield Seeded(_mended(changed, start + 8 - end), _path(tag))


def _mended(content: bytes, by: int) -> bytes:
    """Return the content with the File Meta Information Group Length changed `by` bytes."""
    if content[132:136] != b"\x02\0\0\0":
        return content
    length = int.from_bytes(content[140:144], "little") + by
    return content[:140] + length.to_bytes(4, "little") + content[144:]


def _meta_group_length(layout: _Layout) -> Iterator[Seeded]:
    if layout.content[132:136] == b"\x02\0\0\0":
        yield Seeded(layout.replace(140, 144, b"\x08\0\0\0"), ("FileMetaInformationGroupLength",))
        yield Seeded(layout.replace(132, 144, b""), ("FileMetaInformationGroupLength",))


def _meta_version(layout: _Layout) -> Iterator[Seeded]:
    for tag, _, end in _meta_elements(layout):
        if tag == 0x00020001:
            yield Seeded(layout.replace(end - 2, end, b"\1\0"), _path(tag))


def _meta_uid(tag: int, value: bytes) -> Callable[[_Layout], Iterator[Seeded]]:
    def fault(layout: _Layout) -> Iterator[Seeded]:
        spans = {found: (start, end) for found, start, end in _meta_elements(layout)}
        if tag in spans:
            start, end = spans[tag]
            element = _header(tag, b"UI", len(value)) + value
            changed = layout.replace(start, end, element)
            yield Seeded(_mended(changed, len(element) - (end - start)), (*_path(tag), ""))

    return fault


def _in_data_set(layout: _Layout) -> Iterator[Seeded]:
    element = _header(0x00020010, b"UI", 18) + b"1.2.840.10008.1.2\0"
    nested = _item(element)
    element = _header(0x00081140, b"SQ", len(nested)) + nested
    if 0x00081140 not in layout.elements:
        path = f"{_label(0x00081140)}[1].{_label(0x00020010)}"
        yield Seeded(layout.insert(0x00081140, element), (path,))


def _command(layout: _Layout) -> Iterator[Seeded]:
    element = _header(0x00000600, b"AE", 4) + b"DEST"
    yield Seeded(layout.replace(layout.start, layout.start, element), _path(0x00000600))


def _deflate_bomb(layout: _Layout) -> Iterator[Seeded]:
    """Declare the Data Set deflated and let it inflate to more than the bound."""
    if layout.start > 2000:
        return
    declared = next(_meta_uid(0x00020010, b"1.2.840.10008.1.2.1.99")(layout)).content
    start = layout.start + len(declared) - len(layout.content)
    deflater = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
    head = layout.content[layout.start : layout.start + 8192]
    body = deflater.compress(head) + b"".join(deflater.compress(bytes(1 << 24)) for _ in range(18))
    yield Seeded(declared[:start] + body + deflater.flush(), ("",))


def _on_layout(fault: Callable[[_Layout], Iterator[Seeded]]) -> Fault:
    def seeded(subject: Subject) -> Iterator[Seeded]:
        if not subject.implicit and subject.little and subject.content[128:132] == b"DICM":
            yield from fault(_Layout(subject.content))

    return seeded


BYTE_FAULTS: dict[str, Fault] = {
    rule: _on_layout(fault)
    for rule, fault in {
        "encoding/out-of-order": _out_of_order,
        "encoding/duplicate-element": _duplicate,
        "encoding/odd-length": _odd_length,
        "encoding/invalid-vr": _invalid_vr,
        "encoding/group-length": _group_length,
        "encoding/undefined-length": _undefined_length,
        "encoding/missing-delimiter": _missing_delimiter,
        "encoding/bad-item": _bad_item,
        "encoding/length-overrun": _overrun,
        "encoding/too-deep": _too_deep,
        "file/truncated": _truncated,
        "file/trailing-bytes": _trailing,
        "file/missing-preamble": _no_preamble,
        "file/polyglot-preamble": _polyglot,
        "file/missing-meta-information": _no_meta,
        "file/missing-meta-attribute": _without_meta,
        "file/empty-meta-attribute": _empty_meta,
        "file/meta-version": _meta_version,
        "file/meta-group-length": _meta_group_length,
        "file/sop-class-mismatch": _meta_uid(0x00020002, b"1.2.840.10008.5.1.4.1.1.66\0\0"[:26]),
        "file/sop-instance-mismatch": _meta_uid(0x00020003, b"1.2.826.0.1.77\0\0"[:14]),
        "file/unknown-transfer-syntax": _meta_uid(0x00020010, b"1.2.826.0.1.5\0"),
        "file/retired-transfer-syntax": _meta_uid(0x00020010, b"1.2.840.10008.1.2.4.52"),
        "file/transfer-syntax-mismatch": _meta_uid(0x00020010, b"1.2.840.10008.1.2\0"),
        "file/meta-attribute-in-data-set": _in_data_set,
        "file/command-attribute": _command,
        "file/deflate-bomb": _deflate_bomb,
    }.items()
}
"""Rule id to the fault that must be reported under it."""

"""The DICOM JSON Model to Items (PS3.18 Annex F)."""

from __future__ import annotations

import struct
from binascii import Error, a2b_base64
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from dcmlint.read.build import Builder, is_pixel_data
from dcmlint.read.item import Item
from dcmlint.read.vr import BINARY_SIZE, VRS
from dcmlint.standard.dictionary import implicit_vr

__all__ = ["fill"]

INLINE_LIMIT = 16 << 20
"""Characters of Base64 beyond which a value is not decoded."""

_SPECIFIC_CHARACTER_SET = 0x00080005
_PIXEL_DATA = 0x7FE00010
_FLOAT_PIXELS = (0x7FE00008, 0x7FE00009)
_BITS_ALLOCATED = 0x00280100
_HIGH_BIT = 0x00280102
_PIXELS = frozenset((0x00280010, 0x00280011, _BITS_ALLOCATED))
_BULK: tuple[tuple[int, str, frozenset[int]], ...] = (
    (0x00281201, "OW", frozenset((0x00281101,))),  # Palette Color Lookup Table Data, by their descriptors
    (0x00281202, "OW", frozenset((0x00281102,))),
    (0x00281203, "OW", frozenset((0x00281103,))),
    (0x00283006, "OW", frozenset((0x00283002,))),  # LUT Data, by LUT Descriptor
    (0x00420011, "OB", frozenset((0x00420012,))),  # Encapsulated Document, by its MIME type
    (0x54001010, "OW", frozenset((0x54001004,))),  # Waveform Data, by Waveform Bits Allocated
    (
        0x56000020,
        "OF",
        frozenset((0x00289108, 0x00289002)),
    ),  # Spectroscopy Data, by representation and columns
    *(
        (group << 16 | 0x3000, "OW", frozenset((group << 16 | 0x0010,)))  # Overlay Data, by Overlay Rows
        for group in range(0x6000, 0x6020, 2)
    ),
)
"""What may be left out of metadata: (tag, VR, attributes that tell that it is there)."""

_TELLING = _PIXELS.union(*(telling for _, _, telling in _BULK))

_SHORTS = tuple(struct.Struct(f"<{count}H") for count in range(5))
_ASCII_VRS = frozenset(
    ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "SH", "ST", "TM", "UC", "UI", "UR", "UT")
)
_NAME_GROUPS = ("Alphabetic", "Ideographic", "Phonetic")


def fill(builder: Builder, content: Mapping[str, Any], *, is_metadata: bool = False) -> None:
    """Put the attributes of an object into the builder's Instance, group 0002 into its header.

    With `is_metadata`, bulk data that other attributes tell of are there even if they are left out.
    """
    attributes = _attributes(content)
    if header := [each for each in attributes if each[0] >> 16 == 0x0002]:
        attributes = [each for each in attributes if each[0] >> 16 != 0x0002]
        _fill_item(builder, builder.meta(), header, ())
    _fill_item(builder, builder.instance.root, attributes, ())
    if is_metadata:
        for item in list(builder.instance.root.walk()):
            _add_bulk(builder, item)


def _add_bulk(builder: Builder, item: Item) -> None:
    """Add bulk data that are left out, as those of a value that is elsewhere."""
    elements = item.elements
    telling = elements.keys() & _TELLING
    if not telling:
        return
    added = [(tag, vr) for tag, vr, tells in _BULK if tells <= telling and tag not in elements]
    if telling >= _PIXELS and elements.keys().isdisjoint((*_FLOAT_PIXELS, _PIXEL_DATA)):
        added.append((_pixel_tag(item), "OW"))
    if not added:
        return
    for tag, vr in added:
        builder.bulk(item, tag, vr)
    ordered = sorted(elements.items())
    elements.clear()
    elements.update(ordered)


def _pixel_tag(item: Item) -> int:
    """Return the tag of the pixels of an image; float ones have no High Bit (PS3.3 C.7.6.24, C.7.6.25)."""
    bits = item.get(_BITS_ALLOCATED)
    if _HIGH_BIT in item.elements or bits not in ((32,), (64,)):
        return _PIXEL_DATA
    return _FLOAT_PIXELS[bits == (64,)]


def _attributes(content: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """Return (tag, attribute) in ascending order; names that are no tags are not of this model."""
    found = []
    for name, attribute in content.items():
        is_object = attribute.__class__ is dict or isinstance(attribute, Mapping)
        if is_object and isinstance(name, str) and len(name) == 8:
            try:
                found.append((int(name, 16), attribute))
            except ValueError:
                continue
    return sorted(found, key=itemgetter(0))


def _fill_item(
    builder: Builder, item: Item, attributes: list[tuple[int, Mapping[str, Any]]], charsets: Sequence[str]
) -> None:
    big_endian = builder.instance.big_endian
    for tag, attribute in attributes:
        raw = _usual(tag, attribute, big_endian=big_endian)
        if raw is not None:
            builder.raw(item, tag, attribute["vr"], raw)
            continue
        values = _values(attribute)
        if tag == _SPECIFIC_CHARACTER_SET:
            charsets = tuple("" if each is None else str(each) for each in values)
        vr = attribute.get("vr")
        if not isinstance(vr, str) or vr not in VRS:
            vr = implicit_vr(tag)
        if vr == "SQ":
            for nested, each in zip(builder.sequence(item, tag, len(values)), values, strict=False):
                _fill_item(builder, nested, _attributes(each) if isinstance(each, Mapping) else [], charsets)
        elif "BulkDataURI" in attribute:
            builder.bulk(item, tag, vr)
        elif "InlineBinary" in attribute:
            _inline(builder, item, tag, vr, attribute["InlineBinary"])
        else:
            builder.value(item, tag, vr, [_plain(vr, each) for each in values], charsets)


def _usual(tag: int, attribute: Mapping[str, Any], *, big_endian: bool) -> bytes | None:
    """Return the bytes of text in ASCII or of integers, None for other values: most are such, this is faster.

    The bytes are those that `encode_value` makes.
    """
    vr, values = attribute.get("vr"), attribute.get("Value")
    if values.__class__ is not list or vr.__class__ is not str:
        return None
    try:
        if vr in _ASCII_VRS and tag != _SPECIFIC_CHARACTER_SET:  # what follows depends on that one
            raw = "\\".join(values).encode("ascii")
            return raw + (b"\0" if vr == "UI" else b" ") if len(raw) & 1 else raw
        if vr == "PN":
            [name] = values
            [(group, text)] = name.items()
            if group != "Alphabetic" or text.endswith("="):
                return None
            raw = str(text).encode("ascii")
            return raw + b" " if len(raw) & 1 else raw
        if vr == "US" and not big_endian:
            return _SHORTS[len(values)].pack(*values)
    except (AttributeError, IndexError, TypeError, ValueError, struct.error):
        pass
    return None


def _values(attribute: Mapping[str, Any]) -> list[Any]:
    values = attribute.get("Value")
    return values if isinstance(values, list) else []


def _inline(builder: Builder, item: Item, tag: int, vr: str, text: Any) -> None:
    if not isinstance(text, str):
        builder.raw(item, tag, vr, builder.unfit(item, tag, vr))
    elif is_pixel_data(tag) or len(text) > INLINE_LIMIT:
        padding = text[-2:].count("=")
        builder.bulk(item, tag, vr, max(0, len(text) * 3 // 4 - padding))
    else:
        try:
            raw = a2b_base64(text)
        except (Error, ValueError):
            raw = builder.unfit(item, tag, vr)
        builder.raw(item, tag, vr, raw)


def _plain(vr: str, value: Any) -> Any:
    """Return one value as `encode_value` takes it; raises nothing, what does not fit is reported there."""
    if value is None:
        return "" if vr not in BINARY_SIZE else value
    if vr == "PN" and isinstance(value, Mapping):
        return "=".join(str(value.get(group) or "") for group in _NAME_GROUPS).rstrip("=")
    if vr in ("FD", "FL", "OD", "OF") and isinstance(value, str):
        return _float(value)
    if vr == "IS" and isinstance(value, float) and value.is_integer():
        return int(value)
    if vr in ("SV", "UV") and isinstance(value, str):
        return int(value) if value.lstrip("-").isdigit() else value
    if vr in BINARY_SIZE or isinstance(value, (int, float)):
        return value
    return str(value)


def _float(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text

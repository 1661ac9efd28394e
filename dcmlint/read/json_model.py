"""The DICOM JSON Model to Items (PS3.18 Annex F)."""

from __future__ import annotations

from binascii import Error, a2b_base64
from collections.abc import Mapping, Sequence
from typing import Any

from dcmlint.read.build import Builder, is_pixel_data
from dcmlint.read.item import Item
from dcmlint.read.vr import BINARY_SIZE, VRS
from dcmlint.standard.dictionary import implicit_vr

__all__ = ["fill"]

INLINE_LIMIT = 16 << 20
"""Characters of Base64 beyond which a value is not decoded."""

_SPECIFIC_CHARACTER_SET = 0x00080005
_NAME_GROUPS = ("Alphabetic", "Ideographic", "Phonetic")


def fill(builder: Builder, content: Mapping[str, Any]) -> None:
    """Put the attributes of an object into the builder's Instance, group 0002 into its header."""
    attributes = _attributes(content)
    header = [each for each in attributes if each[0] >> 16 == 0x0002]
    if header:
        _fill_item(builder, builder.meta(), header, ())
    _fill_item(builder, builder.instance.root, attributes[len(header) :], ())


def _attributes(content: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """Return (tag, attribute) in ascending order; names that are no tags are not of this model."""
    found = []
    for name, attribute in content.items():
        if isinstance(attribute, Mapping) and isinstance(name, str) and len(name) == 8:
            try:
                found.append((int(name, 16), attribute))
            except ValueError:
                continue
    # Group 0000 has no place here and would hide group 0002 behind it.
    return sorted(found, key=lambda each: (each[0] >> 16 != 0x0002, each[0]))


def _fill_item(
    builder: Builder, item: Item, attributes: list[tuple[int, Mapping[str, Any]]], charsets: Sequence[str]
) -> None:
    for tag, attribute in attributes:
        values = _values(attribute)
        if tag == _SPECIFIC_CHARACTER_SET:
            charsets = tuple("" if each is None else str(each) for each in values)
        vr = attribute.get("vr")
        if vr not in VRS:
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

"""Data Sets in the DICOM JSON Model as servers send them (PS3.18 Annex F): reading them, and their shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["Record", "first_text", "misshapen", "name_of", "number", "values", "vr_of"]

Record = Mapping[str, Any]
"""Attributes by tag, eight hexadecimal digits."""

_CONTENT = ("Value", "BulkDataURI", "InlineBinary")
_DEPTH = 32


def values(record: Record, tag: str) -> Sequence[Any] | None:
    """Return the values of an attribute, () if it is empty, None if it is absent or not of the model."""
    attribute = record.get(tag)
    if not isinstance(attribute, Mapping):
        return None
    found = attribute.get("Value", ())
    return found if isinstance(found, list | tuple) else None


def first_text(record: Record, tag: str) -> str:
    """Return the first value as text without padding, "" if there is none."""
    found = values(record, tag)
    if not found or found[0] is None:
        return ""
    return found[0].strip(" \0") if isinstance(found[0], str) else ""


def number(record: Record, tag: str) -> int | None:
    """Return the first value as a number, which a server may write as a string; None if there is none."""
    found = values(record, tag)
    if not found:
        return None
    try:
        return int(found[0])
    except (TypeError, ValueError, OverflowError):
        return None


def name_of(tag: str) -> str:
    """Return the keyword of an attribute, (gggg,eeee) if it is not in PS3.6."""
    from pydicom.datadict import keyword_for_tag

    keyword = keyword_for_tag(int(tag, 16)) if _is_tag(tag) else ""
    if keyword:
        return str(keyword)
    return f"({tag[:4].lower()},{tag[4:].lower()})" if _is_tag(tag) else "a name that is no tag"


def vr_of(tag: str) -> tuple[str, ...]:
    """Return the VRs that PS3.6 has for an attribute, () for one that is not there or is private."""
    from pydicom.datadict import dictionary_VR

    if not _is_tag(tag) or int(tag[:4], 16) % 2:
        return ()
    try:
        found = str(dictionary_VR(int(tag, 16)))
    except KeyError:
        return ()
    return () if found in ("NONE", "OB or OW") else tuple(found.split(" or "))


def misshapen(record: Any) -> str:
    """Return what about a Data Set is not of the model, "" for one that is (PS3.18 F.2.2).

    The VR is judged elsewhere, values by the rules on what the Data Set says.
    """
    return _misshapen(record, 0)


def _misshapen(record: Any, depth: int) -> str:
    if not isinstance(record, Mapping):
        return "a Data Set that is no JSON object"
    if depth > _DEPTH:
        return "Sequences that are nested too deeply"
    for tag, attribute in record.items():
        if not _is_tag(tag):
            return "an attribute whose name is no tag of eight hexadecimal digits"
        if not isinstance(attribute, Mapping):
            return "an attribute that is no JSON object"
        if fault := _misshapen_attribute(attribute, depth):
            return fault
    return ""


def _misshapen_attribute(attribute: Mapping[str, Any], depth: int) -> str:
    if "Value" not in attribute:
        if "BulkDataURI" in attribute and "InlineBinary" in attribute:
            return "an attribute with two kinds of content"
        return ""
    if any(each in attribute for each in _CONTENT[1:]):
        return "an attribute with two kinds of content"
    found = attribute["Value"]
    if not isinstance(found, list):
        return "a Value that is no JSON array"
    vr = attribute.get("vr")
    if vr == "SQ":
        for each in found:
            if each is not None and (fault := _misshapen(each, depth + 1)):
                return fault
    elif vr == "PN" and not all(each is None or isinstance(each, Mapping) for each in found):
        return "a value of VR PN that is no JSON object"
    return ""


def _is_tag(name: object) -> bool:
    return isinstance(name, str) and len(name) == 8 and all(each in "0123456789ABCDEFabcdef" for each in name)

"""What Orthanc makes of an object when it gives its metadata, and how each of it is undone.

A difference between the findings on a file and those on its metadata is explained by a change if it goes
away when the change is undone, from what the file says. Where the file does not have what would be changed,
nothing is undone.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from dcmlint.read.item import Instance, Item

__all__ = ["CHANGES", "Change"]

Metadata = dict[str, Any]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_TEXT = frozenset(("AE", "AS", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UT"))
_NUMBERS = frozenset(("DS", "IS"))
_SIGN_UNKNOWN = (0x00281101, 0x00281102, 0x00281103, 0x00283002)
_NO_ITEMS = ((), (0xFFFFFFFF,))
_SPECIFIC_CHARACTER_SET = 0x00080005


class Change(NamedTuple):
    """One change: what it is, and what undoes it in metadata and tells whether there was anything to undo."""

    what: str
    undo: Callable[[Metadata, Instance], bool]


def _attribute(vr: str, raw: bytes) -> Metadata:
    """Return an attribute of text or numbers in text in the DICOM JSON Model."""
    text = raw.decode("latin-1").rstrip("\0")
    values: list[Any] = text.split("\\") if vr not in ("LT", "ST", "UT") else [text]
    if vr == "PN":
        values = [{"Alphabetic": each} for each in values]
    return {"vr": vr, "Value": values} if text else {"vr": vr}


def _header(content: Metadata, instance: Instance) -> bool:
    if instance.meta is None:
        return False
    for tag, (vr, *_) in instance.meta.elements.items():
        if vr in _TEXT:
            content[f"{tag:08X}"] = _attribute(vr, instance.meta.raw(tag) or b"")
    return True


def _pairs(content: Metadata, item: Item) -> Iterator[tuple[Metadata, Item]]:
    """Yield each Data Set of metadata beside the Item of the file that it is of."""
    yield content, item
    for tag, (_, _, _, items) in item.elements.items():
        nested = content.get(f"{tag:08X}", {}).get("Value", [])
        if items is None or len(nested) != len(items):
            continue
        for each, other in zip(nested, items, strict=True):
            if isinstance(each, dict):
                yield from _pairs(each, other)


def _elements(content: Metadata, instance: Instance) -> Iterator[tuple[Metadata, str, str, Item, int]]:
    """Yield (Data Set, name, VR, Item, tag) of each standard element of the file."""
    for data_set, item in list(_pairs(content, instance.root)):
        for tag, (vr, *_) in item.elements.items():
            if not tag >> 16 & 1 and tag & 0xFFFF:
                yield data_set, f"{tag:08X}", vr, item, tag


def _empty(content: Metadata, instance: Instance) -> bool:
    done = False
    for data_set, name, vr, item, tag in _elements(content, instance):
        if (
            name not in data_set
            and not item.items(tag)
            and item.elements[tag][2] in (0, *_NO_ITEMS[vr == "SQ"])
        ):
            data_set[name] = {"vr": vr}
            done = True
    return done


def _empty_items(content: Metadata, instance: Instance) -> bool:
    done = False
    for data_set, name, vr, item, tag in _elements(content, instance):
        items = item.items(tag) if vr == "SQ" else None
        nested = data_set.get(name, {}).get("Value", [])
        if items and len(nested) == sum(bool(each.elements) for each in items) < len(items):
            remaining = iter(nested)
            restored = [next(remaining) if each.elements else {} for each in items]
            data_set[name] = {"vr": "SQ", "Value": restored}
            done = True
    return done


def _spaces(content: Metadata, instance: Instance) -> bool:
    done = False
    for data_set, name, vr, item, tag in _elements(content, instance):
        raw = item.raw(tag) or b""
        spaced, plain = _attribute(vr, raw), _attribute(vr, raw.strip(b" \0"))
        if vr in _TEXT and spaced != plain and data_set.get(name, {}).get("Value") == plain.get("Value"):
            data_set[name] = spaced
            done = True
    return done


def _no_number(content: Metadata, instance: Instance) -> bool:
    done = False
    for data_set, name, vr, item, tag in _elements(content, instance):
        texts = (item.raw(tag) or b"").decode("latin-1").split("\\")
        is_number = all(_NUMBER.fullmatch(each.strip(" \0")) for each in texts)
        if vr in _NUMBERS and not is_number and not data_set.get(name, {}).get("Value"):
            data_set[name] = _attribute(vr, item.raw(tag) or b"")
            done = True
    return done


def _large(content: Metadata, instance: Instance) -> bool:
    done = False
    for data_set, name, vr, item, tag in _elements(content, instance):
        texts = (item.raw(tag) or b"").decode("latin-1").split("\\")
        if vr in _NUMBERS and all(_NUMBER.fullmatch(each.strip(" \0")) for each in texts):
            cut = [int(float(each)) & 0xFFFFFFFF for each in texts]
            if max(abs(float(each)) for each in texts) >= 1 << 32 and data_set[name].get("Value") == cut:
                data_set[name] = _attribute(vr, item.raw(tag) or b"")
                done = True
    return done


def _yen(content: Metadata, instance: Instance) -> bool:
    """Undo what ISO IR 14 is taken for: 5CH, a yen sign there, parts values all the same (PS3.5 6.1.3)."""
    if b"IR 13" not in (instance.root.raw(_SPECIFIC_CHARACTER_SET) or b""):
        return False
    done = False
    for data_set, name, vr, item, tag in _elements(content, instance):
        raw = item.raw(tag) or b""
        found = data_set.get(name, {}).get("Value", [])
        is_joined = any(isinstance(each, str) and "\xa5" in each for each in found)
        if vr in _TEXT | _NUMBERS and b"\\" in raw and (is_joined or not found):
            data_set[name] = _attribute(vr, raw)
            done = True
    return done


def _undecided(content: Metadata, instance: Instance) -> bool:
    done = False
    for data_set, name, vr, item, tag in _elements(content, instance):
        if name in data_set or not (vr == "UN" or tag in _SIGN_UNKNOWN):
            continue
        if items := item.items(tag):
            nested = [
                {
                    f"{each:08X}": _attribute(one.elements[each][0], one.raw(each) or b"")
                    for each in one.elements
                }
                for one in items
            ]
            data_set[name] = {"vr": "SQ", "Value": nested}
        elif vr == "UN":
            data_set[name] = {"vr": "UN", "InlineBinary": b64encode(item.raw(tag) or b"").decode()}
        else:
            data_set[name] = {"vr": "US", "Value": list(item.get(tag) or ())}
        done = True
    return done


CHANGES = (
    Change("File Meta Information and so the Transfer Syntax are no part of metadata", _header),
    Change("attributes of binary VRs and Sequences without a value are left out", _empty),
    Change("empty Items are left out", _empty_items),
    Change("values of VR UN, and descriptors of tables whose sign is not known, are left out", _undecided),
    Change("spaces around values are left out, and nothing is left of a value of spaces", _spaces),
    Change("values of DS and IS that are no number are left out", _no_number),
    Change("numbers in text beyond 32 bits are cut", _large),
    Change("the backslash between values is read as a yen sign with ISO_IR 13", _yen),
)
"""The changes of Orthanc 1.10.1 with its plugin DICOMweb 1.7 that findings depend on."""

"""Identifiers of one original, by what each Attribute of PS3.15 Table E.1-1 holds."""

from __future__ import annotations

from functools import cache

from dcmlint.deid_verify.identifiers import Identifiers
from dcmlint.deid_verify.vrs import plain_vr
from dcmlint.read.item import Item
from dcmlint.standard.dictionary import keyword_of
from dcmlint.standard.dictionary import uid as registered

__all__ = ["collect"]

_TEXTS = frozenset("AE LO LT SH ST UC UT".split())
_COMMON = frozenset((0x00080070, 0x00081090, 0x00180015, 0x00181020))
"""Manufacturer, its model name, Body Part Examined, Software Versions: words that outputs may keep."""

_DIRECTORY = 0x0004
"""File IDs of a DICOMDIR have VR CS and are names of folders, often those of patients."""


@cache
def _role(tag: int) -> str:
    """Return what an Attribute holds, by its keyword: "id", "address", "phone" or "" for other text."""
    keyword = keyword_of(tag)
    if "Telephone" in keyword or "Telecom" in keyword:
        return "phone"
    if "Address" in keyword or keyword == "InstitutionName":
        return "address"
    if keyword.endswith(("ID", "IDs", "Identifier", "StationName")) or "Number" in keyword:
        return "id"
    return ""


def collect(identifiers: Identifiers, item: Item, tag: int, action: str) -> None:
    """Take in what one Attribute of an original says; `action` is what the profile does with it.

    Names are taken from whatever Attribute has the VR PN. Words of descriptions that outputs may keep are no
    names.
    """
    vr, _, length, items = item.elements[tag]
    if items is not None or not length or length > 1 << 16:
        return
    vr = plain_vr(vr, tag)
    if vr == "PN":
        _names(identifiers, item, tag)
    elif action == "K":
        if (vr == "CS" and tag >> 16 != _DIRECTORY) or tag in _COMMON:
            for value in item.get(tag) or ():
                identifiers.add_common(str(value))
    elif vr == "UI":
        for value in item.get(tag) or ():
            if str(value).strip("0.") and registered(str(value)) is None:
                identifiers.uids.add(str(value))
    elif vr in _TEXTS and not tag & 0x10000:
        _texts(identifiers, item, tag)


def _names(identifiers: Identifiers, item: Item, tag: int) -> None:
    for value in item.get(tag) or ():
        for name in str(value).split("\\"):
            identifiers.add_name(name)


def _texts(identifiers: Identifiers, item: Item, tag: int) -> None:
    role = _role(tag)
    for value in item.get(tag) or ():
        text = str(value)
        if role == "id":
            identifiers.add_id(text)
        elif role == "address":
            identifiers.add_address(text)
        elif role == "phone":
            identifiers.add_phone(text)
        else:
            identifiers.add_contacts(text)

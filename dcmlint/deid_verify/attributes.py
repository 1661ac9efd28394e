"""Attributes that a profile wants removed, emptied or replaced, and are there as they were."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import TYPE_CHECKING, NamedTuple

from dcmlint.deid_verify.dummy import is_dummy, is_placeholder, looks_original
from dcmlint.deid_verify.made import finding
from dcmlint.deid_verify.profile import Demands
from dcmlint.deid_verify.vrs import plain_vr
from dcmlint.model import Finding, Location
from dcmlint.read.item import Instance, Item

if TYPE_CHECKING:
    from dcmlint.deid_verify.originals import Original

__all__ = ["attribute_findings"]

_TEMPORAL = frozenset(("DA", "DT", "TM"))
_STANDARD_UIDS = "1.2.840.10008."
_Where = tuple[Location, int, int]


class _Known(NamedTuple):
    """What an output is held against: its original, and the UIDs of all originals, if there are any."""

    original: Original | None
    uids: Set[str]


def attribute_findings(
    instance: Instance, demands: Demands, original: Original | None, uids: Set[str] = frozenset()
) -> Iterator[Finding]:
    """Yield what is wrong with each Attribute; `original` is the Instance that this one was made from, None
    if it is not at hand, `uids` the UIDs of all originals.
    """
    known = _Known(original, uids if original is None else original.all_uids)
    for root in (instance.meta, instance.root):
        if root is not None:
            yield from _of_item(root, demands, known)


def _of_item(item: Item, demands: Demands, known: _Known) -> Iterator[Finding]:
    location = item.location
    for tag, (_, offset, length, items) in item.elements.items():
        action = demands.action(tag)
        where = (location, tag, item.base + offset)
        if action == "X":
            yield _still_there(item, tag, where, known.original)
            continue
        if action != "K" and (length or items):
            yield from _kept(item, tag, action, known)
        if items is not None and action != "U":
            for nested in items:
                yield from _of_item(nested, demands, known)


def _still_there(item: Item, tag: int, where: _Where, original: Original | None) -> Finding:
    """Return what is wrong with an Attribute that was to be removed.

    A dummy, which keeps the object valid where its IOD requires the Attribute, is no more than a note.
    """
    if tag & 0x10000:
        return finding("private-retained", "error", where, how="is there")
    if is_dummy(item, tag):
        return finding("attribute-not-removed", "note", where, how="is there, with a dummy or no value")
    same = original is not None and any(original.has_value(item, tag, whole=whole) for whole in (False, True))
    how = "is there, with the value of the original (confidence high)" if same else "is there"
    return finding("attribute-not-removed", "error", where, how=how)


def _kept(item: Item, tag: int, action: str, known: _Known) -> Iterator[Finding]:
    """Yield what is wrong with an Attribute that may be there, though not with its value."""
    vr, offset, _, items = item.elements[tag]
    vr, where = plain_vr(vr, tag), (item.location, tag, item.base + offset)
    original = known.original
    unchanged = original is not None and original.has_value(item, tag, whole=action == "C")
    if action == "C":
        if unchanged and not is_placeholder(item, tag):
            yield _not_cleaned(vr, tag, where)
    elif "U" in action:
        if items is None:
            yield from _same_uid(item, tag, known.uids, where)
        elif items is not None and unchanged:
            yield finding("attribute-not-emptied", "error", where, how=_UNCHANGED)
    elif unchanged and not is_placeholder(item, tag):
        if vr in _TEMPORAL:
            yield finding("date-not-shifted", "error", where, how=_UNCHANGED)
        else:
            yield finding("attribute-not-emptied", "error", where, how=_UNCHANGED)
    elif original is None and not is_dummy(item, tag):
        if "D" not in action:
            yield from _not_empty(item, tag, where)
        elif vr == "PN" and looks_original(vr, (item.raw(tag) or b"").rstrip(b"\0 ").decode("latin-1")):
            how = "has a name that does not look like a dummy (confidence low)"
            yield finding("attribute-not-emptied", "note", where, how=how)


_UNCHANGED = "has the value of the original (confidence high)"


def _not_cleaned(vr: str, tag: int, where: _Where) -> Finding:
    if tag & 0x10000:
        return finding("private-retained", "note", where, how="is as in the original: see that it is safe")
    if vr in ("DA", "DT"):
        return finding("date-not-shifted", "error", where, how=_UNCHANGED)
    if vr == "TM":
        how = "has the time of day of the original: dates that move by whole days leave it (confidence low)"
        return finding("date-not-shifted", "note", where, how=how)
    how = "is as in the original, where the profile wants it cleaned: see that it names nobody"
    return finding("attribute-not-emptied", "note", where, how=how)


def _same_uid(item: Item, tag: int, uids: Set[str], where: _Where) -> Iterator[Finding]:
    values = (item.raw(tag) or b"").rstrip(b"\0 ").decode("latin-1").split("\\")
    for value in values:
        if value and value in uids and not value.startswith(_STANDARD_UIDS):
            yield finding("uid-not-replaced", "error", where, how="a UID of the originals")
            return


def _not_empty(item: Item, tag: int, where: _Where) -> Iterator[Finding]:
    """Yield that an Attribute which was to be emptied holds what is no dummy by its looks."""
    vr, _, _, items = item.elements[tag]
    vr, raw = plain_vr(vr, tag), item.raw(tag) or b""
    sure = items is not None or looks_original(vr, raw.rstrip(b"\0 ").decode("latin-1"))
    how = "has a value that does not look like a dummy (confidence {})".format("medium" if sure else "low")
    rule = "date-not-shifted" if vr in _TEMPORAL else "attribute-not-emptied"
    yield finding(rule, "warning", where, how=how)

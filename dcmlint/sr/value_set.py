"""Whether the value of a CODE, or the units of a NUM, are what a row permits (PS3.16 6.1.7)."""

from __future__ import annotations

from typing import NamedTuple

from dcmlint.coded import shown_code
from dcmlint.model import Severity
from dcmlint.read.item import Item
from dcmlint.sr.level import Slot
from dcmlint.sr.rows import Terms
from dcmlint.sr.tree import ContentItem, code_of
from dcmlint.sr.values import code_value
from dcmlint.standard.codes import meanings
from dcmlint.standard.templates import Key, current

__all__ = ["ValueFault", "value_fault"]

_CONCEPT_CODE = 0x0040A168
_MEASURED_VALUE = 0x0040A300
_UNITS = 0x004008EA


class ValueFault(NamedTuple):
    """A value that a row does not have: what is wrong in words, and the Attribute that holds it."""

    severity: Severity
    what: str
    item: Item
    tag: int


def value_fault(node: ContentItem, slot: Slot) -> ValueFault | None:
    """Return what is wrong with the value of a Content Item in a slot, None if nothing is known to be."""
    terms = slot.values
    if terms is None:
        return None
    if node.value_type == "CODE":
        return _code_fault(node, terms)
    return _units_fault(node, terms) if node.value_type == "NUM" else None


def _code_fault(node: ContentItem, terms: Terms) -> ValueFault | None:
    value = code_value(node)
    if value is None or not value.value or not value.scheme:
        return None
    key = current(value.value, value.scheme)
    if key[1] == "SRT" or (value.scheme != key[1] and not terms.closed):
        return None  # what stands for it today may be another concept than the tables know
    return _fault(key, terms, "the value", node.item, _CONCEPT_CODE)


def _units_fault(node: ContentItem, terms: Terms) -> ValueFault | None:
    measured = node.item.items(_MEASURED_VALUE)
    units = code_of(measured[0], _UNITS) if measured else None
    if units is None or not units.value or not measured:
        return None
    return _fault((units.value, units.scheme), terms, "the units", measured[0], _UNITS)


def _fault(code: Key, terms: Terms, subject: str, item: Item, tag: int) -> ValueFault | None:
    if terms.has(code):
        return None
    there = f"{subject} {'are' if tag == _UNITS else 'is'} {_shown(code)}not"
    if terms.groups:
        named = " or ".join(f"CID {group.cid}" for group in terms.groups)
        if terms.closed:
            return ValueFault("error", f"{there} in {named}, which may not be extended", item, tag)
        return ValueFault("note", f"{there} in {named}", item, tag) if terms.kind == "D" else None
    wanted = " or ".join(sorted(f"({value}, {scheme})" for value, scheme in terms.codes))
    if terms.kind != "E":
        return ValueFault("note", f"{there} {wanted}", item, tag) if terms.kind == "D" else None
    severity: Severity = "error"
    if tag == _UNITS and all(_unitless(each) for each in (code, *terms.codes)):
        severity = "warning"  # annotations have no meaning of their own in UCUM
    return ValueFault(severity, f"{there} {wanted}", item, tag)


def _shown(code: Key) -> str:
    """Return a code for a message, "" if it is neither one that everybody knows nor a short unit."""
    value, scheme = code
    known = meanings(scheme, value) or (scheme == "UCUM" and shown_code(value.encode()))
    return f"({value}, {scheme}), " if known else ""


def _unitless(code: Key) -> bool:
    value, scheme = code
    return scheme == "UCUM" and (value == "1" or (value.startswith("{") and value.endswith("}")))

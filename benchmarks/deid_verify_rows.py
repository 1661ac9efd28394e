"""Rows of PS3.15 Table E.1-1 as verification sees them: what it says of objects that were not de-identified,
and of those that `dcmlint deid apply` made.
"""

from __future__ import annotations

from benchmarks.deid_rows import Row, expected, with_attribute
from dcmlint.deid.instance import Deidentifier
from dcmlint.deid_verify.attributes import attribute_findings
from dcmlint.deid_verify.originals import Original, Originals, traits_of
from dcmlint.deid_verify.profile import Demands
from dcmlint.deid_verify.search import Sought, search_findings
from dcmlint.fix.splice import spliced
from dcmlint.model import Finding
from dcmlint.read.item import Instance
from dcmlint.read.opener import read_instance

__all__ = ["findings_after", "is_overlooked"]

_ALONE = frozenset(("X", "Z", "X/Z"))
"""Codes of rows that are told without the originals; others need them."""


def is_overlooked(row: Row, option: str) -> bool:
    """Tell whether verification of an object that was not de-identified says nothing of the row, in the root
    or in an Item.

    Rows of codes other than X, Z and X/Z are asked for with the original at hand, those that are kept not.
    """
    code = expected(row, option)
    if code == "K":
        return False
    content = with_attribute(row.tag)
    demands = Demands("basic" + (f"+{option}" if option else ""))
    instance = read_instance(content)
    original = None if code in _ALONE else _original(demands, instance)
    found = list(attribute_findings(instance, demands, original))
    locations = {each.location for each in found if each.tag == row.tag}
    nested = row.tag >> 16 != 2
    return () not in locations or (nested and not any(locations))


def findings_after(row: Row, option: str, deidentifier: Deidentifier) -> list[Finding]:
    """Return the errors and warnings of the Attribute, and of any text, in what was made of its object."""
    content = with_attribute(row.tag)
    before = read_instance(content)
    changes = deidentifier.changes(content, before)
    made = b"".join(spliced(content, changes.edits, changes.patches, instance=before))
    demands = Demands("basic" + (f"+{option}" if option else ""))
    after = read_instance(made)
    originals = Originals(demands)
    originals.add(read_instance(content), "x")
    original = originals.of(traits_of(after, "x"))
    assert original is not None
    found = [*attribute_findings(after, demands, original), *attribute_findings(after, demands, None)]
    found += search_findings(after, made, "x", Sought(originals.identifiers, demands, original.days))
    return [each for each in found if each.severity != "note"]


def _original(demands: Demands, instance: Instance) -> Original | None:
    originals = Originals(demands)
    originals.add(instance, "x")
    return originals.of(traits_of(instance, "x"))

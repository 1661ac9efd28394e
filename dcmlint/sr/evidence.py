"""What a document refers to, and what it lists as evidence (PS3.3 C.17.2, C.17.6.2)."""

from __future__ import annotations

from collections.abc import Sequence

from dcmlint.read.item import Instance
from dcmlint.sr.tree import of_type
from dcmlint.sr.values import Reference, references_of

__all__ = ["CURRENT_EVIDENCE", "OTHER_EVIDENCE", "listed", "pointed_at", "referenced"]

CURRENT_EVIDENCE = 0x0040A375
"""Current Requested Procedure Evidence Sequence."""

OTHER_EVIDENCE = 0x0040A385
"""Pertinent Other Evidence Sequence."""

_SERIES = 0x00081115
_REFERENCED_SOP = 0x00081199
_VALUE_MAPPING = 0x0008114B


def listed(instance: Instance, sequence: int) -> Sequence[Reference]:
    """Return the SOP Instances that one of the evidence Sequences lists, by Study and Series; read once."""
    if sequence not in instance.root.elements:
        return ()
    memo = f"sr listed {sequence}"
    found: list[Reference] | None = instance.memo.get(memo)
    if found is None:
        found = instance.memo[memo] = []
        for study in instance.root.items(sequence) or ():
            for series in study.items(_SERIES) or ():
                found.extend(references_of(series))
    return found


def pointed_at(instance: Instance) -> Sequence[tuple[str, Reference]]:
    """Return (value type, reference) for what Content Items refer to themselves; read once."""
    found: list[tuple[str, Reference]] | None = instance.memo.get("sr pointed at")
    if found is None:
        found = instance.memo["sr pointed at"] = []
        for node in of_type(instance, "IMAGE", "COMPOSITE", "WAVEFORM"):
            found.extend([(node.value_type, reference) for reference in references_of(node.item)])
    return found


def referenced(instance: Instance) -> Sequence[tuple[str, Reference]]:
    """Return (value type, reference) for what Content Items refer to; read once for all rules that ask.

    The Presentation State and the Real World Value Mapping that belong to an IMAGE count too.
    """
    found: list[tuple[str, Reference]] | None = instance.memo.get("sr referenced")
    if found is None:
        found = instance.memo["sr referenced"] = []
        for value_type, reference in pointed_at(instance):
            found.append((value_type, reference))
            for companions in (_REFERENCED_SOP, _VALUE_MAPPING):
                for companion in references_of(reference.item, companions):
                    found.append((value_type, companion))
    return found

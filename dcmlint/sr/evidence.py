"""What a document refers to, and what it lists as evidence (PS3.3 C.17.2, C.17.6.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dcmlint.read.item import Instance, Item
from dcmlint.sr.tree import of_type
from dcmlint.sr.values import Reference, references_of

__all__ = ["CURRENT_EVIDENCE", "OTHER_EVIDENCE", "listed", "referenced"]

CURRENT_EVIDENCE = 0x0040A375
"""Current Requested Procedure Evidence Sequence."""

OTHER_EVIDENCE = 0x0040A385
"""Pertinent Other Evidence Sequence."""

_SERIES = 0x00081115
_REFERENCED_SOP = 0x00081199
_VALUE_MAPPING = 0x0008114B


def listed(instance: Instance, sequence: int) -> Iterator[Reference]:
    """Yield the SOP Instances that one of the evidence Sequences lists, by Study and Series."""
    for study in instance.root.items(sequence) or ():
        for series in study.items(_SERIES) or ():
            yield from references_of(series)


def referenced(instance: Instance) -> Sequence[tuple[str, Reference]]:
    """Return (value type, reference) for what Content Items refer to; read once for all rules that ask.

    The Presentation State and the Real World Value Mapping that belong to an IMAGE count too.
    """
    found: list[tuple[str, Reference]] | None = instance.memo.get("sr referenced")
    if found is None:
        found = instance.memo["sr referenced"] = []
        for node in of_type(instance, "IMAGE", "COMPOSITE", "WAVEFORM"):
            for reference in references_of(node.item):
                found.append((node.value_type, reference))
                found.extend((node.value_type, companion) for companion in _companions(reference.item))
    return found


def _companions(item: Item) -> Iterator[Reference]:
    yield from references_of(item, _REFERENCED_SOP)
    yield from references_of(item, _VALUE_MAPPING)

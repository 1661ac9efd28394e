"""The immutable facts that travel between the layers: elements, items, instances, findings.

Standard library only; every other layer may import this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

__all__ = [
    "ORIGINAL_ATTRIBUTES",
    "SEVERITIES",
    "UNDEFINED_LENGTH",
    "Element",
    "Elements",
    "Fault",
    "Finding",
    "Found",
    "InstanceReport",
    "Location",
    "Raw",
    "Severity",
]

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")

ORIGINAL_ATTRIBUTES = 0x04000561
"""Original Attributes Sequence, whose Items keep what was (PS3.3 C.12.1.1.9)."""

UNDEFINED_LENGTH = 0xFFFFFFFF
"""Value Length of a Data Element of undefined length (PS3.5 7.1.1)."""

Location = tuple[int, ...]
"""Where an Attribute is: alternating Sequence tag and 1-based Item number, from the root inwards."""


class Element(NamedTuple):
    """One Data Element as it lies in the bytes (PS3.5 7.1).

    `offset` is the offset of the value in the buffer of its Item, `length` the Value Length as
    declared in the bytes (UNDEFINED_LENGTH included), `items` the nested Items of a Sequence.
    Inside the engine elements are plain tuples of the same shape, for speed.
    """

    vr: str
    offset: int
    length: int
    items: tuple[Any, ...] | None


Elements = dict[int, tuple[str, int, int, "list[Any] | None"]]
"""Tag to (VR, offset, length, items) of one Item or Data Set, in the order of the bytes."""


class Fault(NamedTuple):
    """An irregularity that the scanner met; `rule` names the rule that reports it.

    `item` is the Item it was met in, `offset` and `length` are bytes of the file (of the inflated
    stream for a deflated Transfer Syntax).
    """

    rule: str
    item: Any
    tag: int | None
    offset: int
    length: int
    args: Mapping[str, Any]


class Raw(NamedTuple):
    """A value given as bytes under an explicit VR, for what no keyword can express."""

    vr: str
    value: bytes


class Found(NamedTuple):
    """What a rule's check yields: where the fault is and what its message needs.

    `tag` None means the Item as a whole; `item` None means the Item that the check was given.
    `args` fill the placeholders of the rule's message. A `value` among them is shown only as far
    as it cannot be PHI (`dcmlint.report.render`).
    """

    tag: int | None = None
    args: Mapping[str, Any] = {}
    item: Any = None
    attributes: tuple[int, ...] = ()
    severity: Severity | None = None
    offset: int | None = None
    length: int | None = None


class Finding(NamedTuple):
    """One fault of one SOP Instance; small and picklable, rendered by the reporters.

    `location` and `tag` make the attribute path. `module` names the Module or Macro whose row is
    broken, `edition` the edition of that row, `citation` the section ("" = the rule's own).
    """

    rule: str
    severity: Severity
    location: Location
    tag: int | None
    offset: int | None
    length: int | None
    args: Mapping[str, Any]
    module: str = ""
    attributes: tuple[int, ...] = ()
    citation: str = ""
    edition: str = ""


class InstanceReport(NamedTuple):
    """All that one check of one input found.

    `kind` tells what the input was: "instance" (checked), "not-dicom" (skipped or reported), "unreadable",
    or "place" for a place that inputs come from. `identity` is the SOP Instance UID, or else a hash of the
    content, and goes into fingerprints. `scopes` has bit n set if condition n of the policy is true here.
    `keys` are hashes of what must be unique: (number of the policy's demand, hash). `facts` are packed Facts
    for checks over several instances, b"" if nobody asked for them (`dcmlint.facts`).
    """

    file: str
    kind: Literal["instance", "not-dicom", "unreadable", "place"]
    sop_class_uid: str
    sop_instance_uid: str
    identity: str
    findings: tuple[Finding, ...]
    study_instance_uid: str = ""
    series_instance_uid: str = ""
    manufacturer: str = ""
    scopes: int = 0
    keys: tuple[tuple[int, bytes], ...] = ()
    facts: bytes = b""

    def counts(self) -> dict[str, int]:
        """Return the number of findings by severity."""
        counts: dict[str, int] = dict.fromkeys(SEVERITIES, 0)
        for finding in self.findings:
            counts[finding.severity] += 1
        return counts

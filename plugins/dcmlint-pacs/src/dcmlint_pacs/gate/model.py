"""What arrives at the gate and what becomes of it: the immutable types that its parts hand to each other."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = [
    "ACTIONS",
    "CANNOT_UNDERSTAND",
    "DOES_NOT_MATCH",
    "OUT_OF_RESOURCES",
    "QUARANTINED",
    "SUCCESS",
    "Action",
    "Arrival",
    "Decision",
    "Happening",
    "How",
    "NoRoomError",
    "Outcome",
    "RuleCount",
    "TooLargeError",
]

Action = Literal["accept", "forward", "quarantine", "refuse"]
How = Literal["C-STORE", "STOW-RS"]

ACTIONS: tuple[Action, ...] = ("accept", "forward", "quarantine", "refuse")

SUCCESS = 0x0000
OUT_OF_RESOURCES = 0xA700
DOES_NOT_MATCH = 0xA900
QUARANTINED = 0xB007
"""Warning: Data Set does not match SOP Class. The object is kept, in quarantine."""
CANNOT_UNDERSTAND = 0xC000
"""Status codes of the Storage Service (PS3.4 B.2.3), which are Failure and Warning Reasons of STOW-RS too
(PS3.18 I.2.2)."""


class Arrival(NamedTuple):
    """An object that lies complete in a file of `incoming/`, with preamble and File Meta Information.

    UIDs are "" where the sender did not say them (STOW-RS); the object itself says them then. `calling_aet`
    is "" for STOW-RS. `address` has no port. `size` counts bytes of the file. `study_instance_uid` is
    the study that the object must be of ("" = any).
    """

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    calling_aet: str
    address: str
    how: How
    path: str
    size: int
    study_instance_uid: str = ""


class RuleCount(NamedTuple):
    """How many findings of one rule and severity an object has, and the attribute path of the first ("" = it
    is about no single Attribute)."""

    rule: str
    severity: str
    times: int
    path: str = ""


class Decision(NamedTuple):
    """What is done with an object, and the rule whose finding decided it ("" = none did)."""

    action: Action
    rule: str
    rules: tuple[RuleCount, ...]

    def counts(self) -> dict[str, int]:
        """Return the number of findings by severity."""
        counts = {"error": 0, "warning": 0, "note": 0}
        for found in self.rules:
            counts[found.severity] += found.times
        return counts


class Outcome(NamedTuple):
    """What became of an object, and what is to be answered.

    `status` is one of PS3.4 B.2.3: Status (0000,0900) of a C-STORE-RSP, and for STOW-RS the Failure Reason
    (0008,1197) where it is A7xx, A9xx or Cxxx, the Warning Reason (0008,1196) where it is Bxxx. `comment` is
    the Error Comment (0000,0902), at most 64 characters, "" = none. `place` is the file relative to the
    folder of the spool, "" where nothing was kept. Where `status` is no failure, the object is safely on
    disk, or the target of a forward has acknowledged it.
    """

    decision: Decision
    status: int
    comment: str
    place: str = ""
    is_duplicate: bool = False
    is_conflict: bool = False
    sop_class_uid: str = ""
    sop_instance_uid: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether the sender may forget the object."""
        return self.status == SUCCESS or self.status >> 12 == 0xB


class Happening(NamedTuple):
    """What the feed of events says of one object. Nothing in it can identify a patient.

    `number` counts since the start of the process, `time` is seconds since the epoch. `device` is
    Manufacturer and Manufacturer's Model Name (with Station Name where the configuration allows), "" if
    unknown. `note` is what is remarkable besides, in our words.
    """

    number: int
    time: float
    how: How
    calling_aet: str
    address: str
    device: str
    sop_class_uid: str
    transfer_syntax_uid: str
    size: int
    action: Action
    rule: str
    rules: tuple[RuleCount, ...]
    status: int
    is_duplicate: bool
    note: str = ""


class NoRoomError(Exception):
    """There is no room for an object: a full disk, a quota, or less free than is kept in reserve (0xA700).

    What it says, if anything, is another reason to take none for now, in our words.
    """


class TooLargeError(Exception):
    """An object is larger than `limits.object` (0xA700)."""

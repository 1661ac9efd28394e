"""One UID identifies two different things: the study and the series, the series and the instance ...

## What it does
Compares SOP Instance UID, Series Instance UID, Study Instance UID and Frame of Reference UID of a SOP
Instance with each other.

## Why this matters
A UID identifies one thing. Archives that keep studies, series and instances in one table, and references
that name a UID only, cannot tell which of the two is meant.

## Example
Series Instance UID (0020,000E) equal to Study Instance UID (0020,000D).

## Fix
Generate a UID of its own for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.standard.dictionary import keyword_of

_ROLES = (0x00080018, 0x0020000E, 0x0020000D, 0x00200052)


def check(instance: Instance) -> Iterator[Found]:
    """Yield a finding for each pair of roles with the same UID, at the lower one."""
    uids = [(tag, (instance.raw(tag) or b"").rstrip(b" \0")) for tag in _ROLES]
    for (tag, uid), (other, same) in combinations(uids, 2):
        if uid and uid == same:
            yield Found(tag, {"other": keyword_of(other)}, attributes=(tag, other))


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.5 Section 9",
    message="{attribute} is the same UID as {other}",
    selects=("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID"),
    check=check,
    cases=(
        good(
            SOPInstanceUID="1.2.3.1",
            SeriesInstanceUID="1.2.3.2",
            StudyInstanceUID="1.2.3.3",
            FrameOfReferenceUID="1.2.3.4",
        ),
        good(SOPInstanceUID="", SeriesInstanceUID="", StudyInstanceUID=""),
        good(StudyInstanceUID="1.2.3", ReferencedStudySequence=[{"ReferencedSOPInstanceUID": "1.2.3"}]),
        bad("SeriesInstanceUID", SeriesInstanceUID="1.2.3", StudyInstanceUID="1.2.3"),
        bad("SOPInstanceUID", SOPInstanceUID="1.2.3", SeriesInstanceUID="1.2.3"),
        bad("SOPInstanceUID", SOPInstanceUID="1.2.3", StudyInstanceUID="1.2.3"),
        bad("StudyInstanceUID", StudyInstanceUID="1.2.3", FrameOfReferenceUID="1.2.3"),
    ),
)

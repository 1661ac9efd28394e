"""An attribute with a standard tag is not in PS3.6.

## What it does
Reports Data Elements with an even group number that PS3.6, with its repeating groups, does not have.

## Why this matters
Even groups are DICOM's own. A number that PS3.6 does not assign is a private attribute in the wrong place,
a slip of a digit, or damage, and a later edition may give it another meaning. It can also be an attribute
that is newer than the edition in use.

## Example
(0008,00F1): a neighbour of SOP Class UID that does not exist.

## Fix
Move private content into an odd group with a Private Creator; correct the tag where it is a slip.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.standard.dictionary import entry
from dcmlint.value import Value


def check(value: Value) -> Iterator[Found]:
    """Yield an even-group tag that PS3.6 lacks, group lengths aside (PS3.5 7.1)."""
    tag = value.tag
    if not tag & 0x10000 and tag & 0xFFFF and entry(tag) is None:
        yield Found(tag)


RULE = Rule(
    severity="warning",
    scope="value",
    citation="PS3.6 Section 6",
    message="{attribute} is not in PS3.6",
    selects=("unknown",),
    check=check,
    by_value=True,
    cases=(
        good(StudyID="1"),
        good({"60100010": 1, "50020005": 1}),
        good({"00203102": "A"}),
        good({"00090010": "ACME", "00091001": Raw("UN", b"1 ")}),
        good({"00080000": Raw("UL", b"\0\0\0\0")}),
        good(DataSetTrailingPadding=b"\0\0"),
        good(StudyID=Raw("UN", b"1 ")),
        bad("(0008,00F1)", {"000800F1": Raw("UI", b"1.2\0")}),
        bad("(0008,00F1)", {"000800F1": Raw("SQ", b"")}),
        bad("ReferencedStudySequence[1].(0008,00F1)", ReferencedStudySequence=[{"000800F1": Raw("UN", b"")}]),
    ),
)

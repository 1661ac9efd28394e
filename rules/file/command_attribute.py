"""An attribute of a DIMSE command is in the Data Set.

## What it does
Reports Data Elements of group 0000 in the Data Set or its Items.

## Why this matters
Group 0000 belongs to the messages of the network protocol (PS3.7) and is never part of a Data Set. Such
elements come from captured network traffic that was saved as a file.

## Example
(0000,0100) Command Field at the start of the file's Data Set.

## Fix
Remove group 0000: store the Data Set of the message without its command.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Rule, bad, good

_KEYWORDS = (
    "CommandGroupLength",
    "CommandLengthToEnd",
    "AffectedSOPClassUID",
    "RequestedSOPClassUID",
    "CommandRecognitionCode",
    "CommandField",
    "MessageID",
    "MessageIDBeingRespondedTo",
    "MoveDestination",
    "Priority",
    "CommandDataSetType",
    "Status",
    "OffendingElement",
    "ErrorComment",
    "ErrorID",
    "AffectedSOPInstanceUID",
    "RequestedSOPInstanceUID",
    "EventTypeID",
    "AttributeIdentifierList",
    "ActionTypeID",
    "NumberOfRemainingSuboperations",
    "NumberOfCompletedSuboperations",
    "NumberOfFailedSuboperations",
    "NumberOfWarningSuboperations",
    "MoveOriginatorApplicationEntityTitle",
    "MoveOriginatorMessageID",
)


def check(item: Item) -> Iterator[Found]:
    """Yield each Data Element of group 0000 (PS3.7 6.3, PS3.10 7.2)."""
    for tag in item.elements:
        if tag < 0x00010000:
            yield Found(tag)


RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.7 Section 6.3",
    message="{attribute} belongs to a DIMSE command, not to a Data Set",
    selects=_KEYWORDS,
    check=check,
    cases=(
        good(SOPInstanceUID="1.2.3"),
        bad("CommandField", CommandField=1, SOPInstanceUID="1.2.3"),
        bad("AffectedSOPClassUID", AffectedSOPClassUID="1.2.840.10008.1.1", CommandGroupLength=26),
        bad("ReferencedStudySequence[1].Status", ReferencedStudySequence=[{"Status": 0}]),
    ),
)

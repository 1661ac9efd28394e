"""An attribute of the File Meta Information is in the Data Set.

## What it does
Reports Data Elements of group 0002 within the Data Set or its Items.

## Why this matters
Group 0002 belongs to the header of a file and nowhere else. A copy in the Data Set goes along when the
object is sent over the network, where it is not allowed, and goes stale there: a Transfer Syntax UID in
a Data Set is wrong after the first conversion.

## Example
(0002,0010) Transfer Syntax UID after (0008,0018) SOP Instance UID.

## Fix
Remove the attribute from the Data Set.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.encode import encode_data_set, part10
from dcmlint.read.item import Item
from dcmlint.rule import Case, Rule, bad, good

_KEYWORDS = (
    "FileMetaInformationGroupLength",
    "FileMetaInformationVersion",
    "MediaStorageSOPClassUID",
    "MediaStorageSOPInstanceUID",
    "TransferSyntaxUID",
    "ImplementationClassUID",
    "ImplementationVersionName",
    "SourceApplicationEntityTitle",
    "SendingApplicationEntityTitle",
    "ReceivingApplicationEntityTitle",
    "SourcePresentationAddress",
    "SendingPresentationAddress",
    "ReceivingPresentationAddress",
    "PrivateInformationCreatorUID",
    "PrivateInformation",
)


def check(item: Item) -> Iterator[Found]:
    """Yield each Data Element of group 0002 outside the File Meta Information (PS3.10 7.1)."""
    if item is item.instance.meta:
        return
    for tag in item.elements:
        if tag >> 16 == 0x0002:
            yield Found(tag)


RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.10 Section 7.1",
    message="{attribute} belongs to the File Meta Information, not to a Data Set",
    selects=_KEYWORDS,
    check=check,
    cases=(
        good(SOPInstanceUID="1.2.3"),
        Case(passes=True, file=lambda: part10({}, meta={"SourceApplicationEntityTitle": "ACME"})),
        good(DirectoryRecordSequence=[{"ReferencedTransferSyntaxUIDInFile": "1.2.840.10008.1.2"}]),
        bad(
            "ReferencedStudySequence[1].TransferSyntaxUID",
            ReferencedStudySequence=[{"TransferSyntaxUID": "1.2.840.10008.1.2"}],
        ),
        Case(
            passes=False,
            file=lambda: (
                part10({"Modality": "OT"}) + encode_data_set({"TransferSyntaxUID": "1.2.840.10008.1.2.1"})
            ),
            at="TransferSyntaxUID",
        ),
    ),
)

"""A DICOMDIR says something else of a file than the file does.

## What it does
Compares what each Directory Record and the records above it say with the file: SOP Class UID, SOP Instance
UID and Transfer Syntax UID, Patient ID, Study and Series Instance UID, and Modality.

## Why this matters
Viewers sort and choose by the directory, without opening files: an image is shown with another patient, or
left out as one that they cannot show.

## Example
Files were anonymized in place; the DICOMDIR has the patient still.

## Fix
Write the DICOMDIR again after any change of the files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dcmlint.model import Found
from dcmlint.rule import Case, Rule, bad_group, good_group

if TYPE_CHECKING:
    from dcmlint.facts import Facts
    from dcmlint.group import Group, Member
    from dcmlint.references import Record


_RECORDS = 0x00041220
_SYNTAX = 0x00020010
_PATIENT_ID = 0x00100020
_MODALITY = 0x00080060


def check(group: Group) -> Iterator[tuple[Member, Found]]:
    """Yield the records with something that is not so in their file, the first thing of each."""

    from dcmlint.directories import listings
    from dcmlint.group import Place

    for listing in listings(group):
        for record in listing.directory.facts.records:
            file = listing.file_of(record)
            tag = _different(record, file.facts) if file is not None else 0
            if file is not None and tag:
                place = Place((_RECORDS, record.number))
                yield listing.directory, Found(tag, item=place)


def _different(record: Record, facts: Facts) -> int:
    """Return the Attribute of the record that is not so, 0 if all is."""
    pairs = (
        (0x00041510, record.sop_class_uid, facts.sop_class_uid),
        (0x00041511, record.sop_instance_uid, facts.sop_instance_uid),
        (0x00041512, record.syntax, facts.value(_SYNTAX)),
        (_PATIENT_ID, record.patient_id, facts.value(_PATIENT_ID)),
        (0x0020000D, record.study_uid, facts.study_uid),
        (0x0020000E, record.series_uid, facts.series_uid),
        (_MODALITY, record.modality, facts.value(_MODALITY)),
    )
    return next((tag for tag, said, real in pairs if said and real and said != real), 0)


def _directory(**record: str) -> dict[str, object]:
    item = {"ReferencedFileID": ["NO_SUCH_FOLDER", "A"], **record}
    return {"SOPClassUID": "1.2.840.10008.1.3.10", "DirectoryRecordSequence": [item]}


_CT = "1.2.840.10008.5.1.4.1.1.2"
_FILE = {"SOPClassUID": _CT, "SOPInstanceUID": "1.2.3.1", "PatientID": "A17", "Modality": "CT"}
_AT = "DirectoryRecordSequence[1]"


def _bad(at: str, **record: str) -> Case:
    files: Mapping[str, Mapping[str, Any]] = {"DICOMDIR": _directory(**record), "NO_SUCH_FOLDER/A": _FILE}
    return bad_group("DICOMDIR", f"{_AT}.{at}", files=files)


RULE = Rule(
    severity="error",
    scope="group",
    citation="PS3.3 Sections F.3.2.2 and F.5",
    message="{attribute} is not what the file of this record says",
    over=("directory",),
    check=check,
    cases=(
        good_group(
            files={
                "DICOMDIR": _directory(
                    ReferencedSOPClassUIDInFile=_CT,
                    ReferencedSOPInstanceUIDInFile="1.2.3.1",
                    ReferencedTransferSyntaxUIDInFile="1.2.840.10008.1.2.1",
                ),
                "NO_SUCH_FOLDER/A": _FILE,
            }
        ),
        good_group(files={"DICOMDIR": _directory(ReferencedSOPInstanceUIDInFile="1.2.3.9")}),
        _bad("ReferencedSOPInstanceUIDInFile", ReferencedSOPInstanceUIDInFile="1.2.3.9"),
        _bad("ReferencedSOPClassUIDInFile", ReferencedSOPClassUIDInFile="1.2.840.10008.5.1.4.1.1.4"),
        _bad("ReferencedTransferSyntaxUIDInFile", ReferencedTransferSyntaxUIDInFile="1.2.840.10008.1.2"),
        _bad("PatientID", PatientID="B18"),
        _bad("Modality", Modality="MR"),
    ),
)

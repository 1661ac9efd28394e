"""A Data Element comes after one with a higher tag.

## What it does
Reports a Data Element whose tag is lower than that of the element before it, in the Data Set or in an
Item.

## Why this matters
Data Elements must ascend by tag. Readers that stop once they have passed the tag they look for do not
find such an element; others take the file for damaged from there on.

## Example
(0010,0020) Patient ID after (0020,000D) Study Instance UID.

## Fix
Write the Data Set again through a DICOM library, which sorts it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.read.encode import encode_data_set, part10
from dcmlint.rule import Case, Faulty, Fix, Mended, Raw, Rule, good

if TYPE_CHECKING:
    from dcmlint.fix.edit import Patch


def _joined(*data_sets: dict[str, object], explicit: bool = True) -> bytes:
    """Return a file whose Data Set is these, one after the other."""
    syntax = "1.2.840.10008.1.2.1" if explicit else "1.2.840.10008.1.2"
    return part10({}, syntax=syntax) + b"".join(
        encode_data_set(attributes, explicit=explicit) for attributes in data_sets
    )


def fixed(faulty: Faulty) -> Iterator[Patch]:
    """Yield the moves that put all elements of the Item into order (PS3.5 7.1)."""
    from dcmlint.fix.order import ordered

    yield from ordered(faulty.instance, faulty.item, faulty.buf)


def _deep(*data_sets: dict[str, object]) -> bytes:
    content = b"".join(encode_data_set(attributes) for attributes in data_sets)
    item = b"\xfe\xff\0\xe0" + len(content).to_bytes(4, "little") + content
    return part10({"ReferencedStudySequence": Raw("SQ", item), "PatientID": "1"})


RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.5 Section 7.1",
    message="{attribute} comes after {last:tag}, whose tag is higher",
    on_bytes=True,
    fix=Fix(
        True,
        fixed,
        "Moves elements to where they belong, each as it is, byte for byte. A Data Set that is deflated, "
        "that has "
        "an element twice or elements that cannot be told apart for certain stays as it is.",
        (
            Mended(
                lambda: _joined({"StudyInstanceUID": "1.2"}, {"PatientID": "1"}, {"Modality": "OT"}),
                lambda: _joined({"Modality": "OT", "PatientID": "1", "StudyInstanceUID": "1.2"}),
            ),
            Mended(
                lambda: _joined({"PixelData": b"\0\0"}, {"PatientComments": "late"}, explicit=False),
                lambda: _joined({"PatientComments": "late", "PixelData": b"\0\0"}, explicit=False),
            ),
            Mended(
                lambda: _deep({"StudyInstanceUID": "1.2"}, {"Modality": "OT"}),
                lambda: _deep({"Modality": "OT", "StudyInstanceUID": "1.2"}),
            ),
            Mended(
                lambda: _joined({"StudyID": "1"}, {"PatientID": "1"}, {"StudyID": "2"}),
                lambda: _joined({"StudyID": "1"}, {"PatientID": "1"}, {"StudyID": "2"}),
            ),
        ),
    ),
    cases=(
        good(PatientID="1", StudyInstanceUID="1.2"),
        good(ReferencedStudySequence=[{"ReferencedSOPInstanceUID": "1.2"}], PatientID="1"),
        Case(
            passes=False,
            file=lambda: _joined({"StudyInstanceUID": "1.2"}, {"PatientID": "1"}),
            at="PatientID",
        ),
        Case(
            passes=False,
            file=lambda: _joined({"StudyInstanceUID": "1.2"}, {"PatientID": "1"}, explicit=False),
            at="PatientID",
        ),
        Case(
            passes=False,
            file=lambda: _joined({"StudyInstanceUID": "1.2"}, {"ReferencedStudySequence": [{}]}),
            at="ReferencedStudySequence",
        ),
        Case(
            passes=False,
            file=lambda: _joined({"PixelData": b"\0\0"}, {"PatientComments": "late"}),
            at="PatientComments",
        ),
    ),
)

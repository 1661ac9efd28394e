"""The VR field of a Data Element holds no Value Representation.

## What it does
Reports Data Elements of an Explicit VR Transfer Syntax whose two VR bytes are none of the VRs of PS3.5.
Where the length field then makes sense, as 16 or as 32 bits, the element is read and the check goes on.

## Why this matters
The VR decides how long the length field is. Where it is unknown, a reader can only guess where the next
element starts; most stop there and lose the rest of the object.

## Example
(0008,0020) Study Date with the VR bytes `00 00`, written by software that did not know the VR.

## Fix
Write the VR of PS3.6, or UN where the writer does not know it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.read.encode import part10
from dcmlint.rule import Faulty, Fix, Mended, Raw, Rule, bad, good

if TYPE_CHECKING:
    from dcmlint.fix.edit import Edit


def fixed(faulty: Faulty) -> Iterator[Edit]:
    """Yield the element with the VR of PS3.6, UN where PS3.6 does not know the tag.

    Where PS3.6 leaves a choice, or the value cannot be of the VR, it is left. So is File Meta Information:
    where the Data Set starts is not certain then.
    """
    from dcmlint.fix.make import certain_vr, fits, replaced
    from dcmlint.standard.dictionary import entry

    item, tag = faulty.item, faulty.tag or 0
    raw = None if item is faulty.instance.meta else item.raw(tag)
    vr = certain_vr(tag) or ("" if entry(tag) is not None else "UN")
    if raw is not None and vr not in ("", "SQ") and fits(vr, len(raw)):
        yield replaced(item, tag, raw, vr)


RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.5 Section 6.2",
    message="{attribute} has the VR {vr}, which PS3.5 does not know{then}",
    on_bytes=True,
    fix=Fix(
        True,
        fixed,
        "Writes the VR of PS3.6, or UN where PS3.6 does not know the tag. File Meta Information is left.",
        (
            Mended(
                lambda: part10({"StudyDate": Raw("da", b"20200101"), "Modality": "OT"}),
                lambda: part10({"StudyDate": "20200101", "Modality": "OT"}),
            ),
            Mended(
                lambda: part10(
                    {"ReferencedStudySequence": [{"StudyDate": Raw("XX", b"20200101"), "Modality": "OT"}]}
                ),
                lambda: part10({"ReferencedStudySequence": [{"StudyDate": "20200101", "Modality": "OT"}]}),
            ),
            Mended(
                lambda: part10({"SmallestImagePixelValue": Raw("??", b"\1\0"), "Modality": "OT"}),
                lambda: part10({"SmallestImagePixelValue": Raw("??", b"\1\0"), "Modality": "OT"}),
            ),
        ),
    ),
    cases=(
        good(PatientID="1"),
        good({"00091001": Raw("UN", b"abcd"), "00090010": "ACME"}),
        good(StudyDate=Raw("UN", b"20200101")),
        good(SelectorUVValue=Raw("UV", bytes(8))),
        bad("StudyDate", StudyDate=Raw("\0\0", b"20200101"), Modality="OT"),
        bad("StudyDate", StudyDate=Raw("ZZ", b"20200101"), Modality="OT"),
        bad("StudyDate", StudyDate=Raw("da", b"20200101"), Modality="OT"),
        bad("StudyDate", StudyDate=Raw("??", b"")),
        bad(
            "ReferencedStudySequence[1].StudyDate",
            ReferencedStudySequence=[{"StudyDate": Raw("XX", b"20200101"), "Modality": "OT"}],
        ),
    ),
)

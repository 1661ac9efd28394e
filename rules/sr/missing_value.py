"""A Content Item lacks the attribute that holds its value.

## What it does
Looks in every Content Item for the attributes that its Value Type makes mandatory: Text Value of a TEXT,
Measured Value Sequence of a NUM with Numeric Value and units in it, Concept Code Sequence of a CODE,
the references of an IMAGE, COMPOSITE or WAVEFORM, Graphic Type and Graphic Data of coordinates, Continuity
Of Content of a CONTAINER, and so on. What is there without a value is `sr/empty-value`.

## Why this matters
The Content Item says that there is a finding, and not which. Strict readers refuse the document.

## Example
A CONTAINER without Continuity Of Content; a CODE whose Concept Code Sequence was forgotten.

## Fix
Write the attribute, or leave the Content Item out where its row in the template allows that.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.mandatory import lacking
from dcmlint.sr.sample import code, container, content, document, image, number, pointer


def check(instance: Instance) -> Iterator[Found]:
    """Yield each mandatory attribute that a Content Item does not have (PS3.3 C.17.3, C.18)."""
    for lack in lacking(instance):
        if lack.kind == "absent":
            yield Found(lack.tag, {"owner": lack.value_type}, lack.item)


_AT = "ContentSequence[1].ContentSequence[1]."
_UNITS = {"MeasurementUnitsCodeSequence": [code("mm", "UCUM", "mm")]}

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Sections C.17.3 and C.18",
    message="{attribute} is missing; a Content Item of type {owner} must have it",
    selects=("ContentSequence", "ValueType"),
    check=check,
    supersedes=("module/missing-type-1", "module/missing-type-1c", "module/missing-type-2"),
    cases=(
        good(document(number(), image(), content("TEXT", TextValue="x"), pointer(1, 1))),
        good(document(number(MeasuredValueSequence=[]), content("TEXT", TextValue=None), content("BLOB"))),
        good(
            document(
                content("SCOORD", GraphicType="POINT", GraphicData=[1.0, 2.0]),
                content("TCOORD", TemporalRangeType="POINT"),
                content("CODE", ConceptCodeSequence=[code()]),
            )
        ),
        *(
            bad(_AT + keyword, document(container(content(value_type))))
            for value_type, keyword in (
                ("TEXT", "TextValue"),
                ("NUM", "MeasuredValueSequence"),
                ("CODE", "ConceptCodeSequence"),
                ("DATETIME", "DateTime"),
                ("DATE", "Date"),
                ("TIME", "Time"),
                ("UIDREF", "UID"),
                ("PNAME", "PersonName"),
                ("COMPOSITE", "ReferencedSOPSequence"),
                ("IMAGE", "ReferencedSOPSequence"),
                ("WAVEFORM", "ReferencedSOPSequence"),
                ("SCOORD", "GraphicData"),
                ("SCOORD", "GraphicType"),
                ("SCOORD3D", "ReferencedFrameOfReferenceUID"),
                ("TCOORD", "TemporalRangeType"),
                ("CONTAINER", "ContinuityOfContent"),
                ("TABLE", "TabulatedValuesSequence"),
            )
        ),
        bad("ContinuityOfContent", document(ContinuityOfContent=...)),
        bad(
            _AT + "MeasuredValueSequence[1].NumericValue",
            document(container(number(MeasuredValueSequence=[_UNITS]))),
        ),
        bad(
            _AT + "ReferencedSOPSequence[1].ReferencedSOPInstanceUID",
            document(container(content("IMAGE", ReferencedSOPSequence=[{"ReferencedSOPClassUID": "1.2"}]))),
        ),
    ),
)

"""The attribute that holds the value of a Content Item is empty.

## What it does
Looks in every Content Item at the attributes that its Value Type makes mandatory (see `sr/missing-value`):
they must have a value. Spaces are none; in a text they are a warning. The Measured Value Sequence of a NUM
may be empty if Numeric Value Qualifier Code Sequence says why; without that a NUM without a value is a
warning.

## Why this matters
An empty value looks like a finding and is none. Readers display a blank line, or refuse the document.

## Example
A PNAME whose Person Name has zero length, since no operator was entered.

## Fix
Leave the Content Item out where its row in the template allows that. For a NUM, write the qualifier:
(114000, DCM, "Not a number") and its neighbours in CID 42.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found, Severity
from dcmlint.read.item import Instance
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.sr.mandatory import lacking
from dcmlint.sr.sample import code, container, content, document, number

_MEASURED_VALUE = 0x0040A300
_QUALIFIER = 0x0040A301
_WARNING: Severity = "warning"
_PADDED = frozenset(("CS", "DA", "DS", "DT", "PN", "TM", "UI"))
"""VRs in which spaces are padding wherever they are (PS3.5 6.2)."""


def check(instance: Instance) -> Iterator[Found]:
    """Yield each mandatory attribute of a Content Item that has no value (PS3.3 C.17.3, C.18)."""
    for value_type, item, tag, kind in lacking(instance):
        what: str = "has no value"
        severity: Severity | None = None
        if kind == "absent" or (tag == _MEASURED_VALUE and item.items(_QUALIFIER)):
            continue
        if kind == "blank":
            what = "is blank"
            severity = None if item.elements[tag][0] in _PADDED else _WARNING
        elif tag == _MEASURED_VALUE:
            what, severity = "is empty, and no Numeric Value Qualifier says why", _WARNING
        yield Found(tag, {"owner": value_type, "what": what}, item, severity=severity)


_AT = "ContentSequence[1].ContentSequence[1]."
_QUALIFIED = {"NumericValueQualifierCodeSequence": [code("114000", "DCM", "Not a number")]}

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Sections C.17.3 and C.18",
    message="{attribute} {what}; a Content Item of type {owner} must have it",
    selects=("ContentSequence", "ValueType"),
    check=check,
    supersedes=("module/empty-type-1", "module/empty-type-1c"),
    cases=(
        good(document(number(), number(MeasuredValueSequence=[], **_QUALIFIED), content("TEXT"))),
        good(document(content("TEXT", TextValue="."), content("CODE", ConceptCodeSequence=[code()]))),
        good(document(content("TEXT", TextValue="x", PersonName=None))),
        bad(_AT + "PersonName", document(container(content("PNAME", PersonName=None)))),
        bad(_AT + "PersonName", document(container(content("PNAME", PersonName=Raw("PN", b"  "))))),
        bad(_AT + "ConceptCodeSequence", document(container(content("CODE", ConceptCodeSequence=[])))),
        bad(_AT + "MeasuredValueSequence", document(container(number(MeasuredValueSequence=[])))),
        bad(_AT + "MeasuredValueSequence[1].NumericValue", document(container(number(None)))),
        bad(
            _AT + "GraphicData",
            document(container(content("SCOORD", GraphicType="POINT", GraphicData=None))),
        ),
        bad("ContinuityOfContent", document(ContinuityOfContent=None)),
    ),
)

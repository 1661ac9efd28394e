"""The attribute that holds the value of a Content Item is empty.

## What it does
Looks in every Content Item at the attributes that its Value Type makes mandatory (see `sr/missing-value`):
they must have a value; one of
spaces only is a warning. The Measured Value Sequence of a NUM may be empty if
Numeric Value Qualifier Code Sequence says why; without that a NUM without a value is a warning.

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

from dcmlint.model import Found
from dcmlint.read.item import Instance, Item
from dcmlint.read.vr import BINARY_SIZE
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.sr.mandatory import mandatory
from dcmlint.sr.sample import code, container, content, document, number
from dcmlint.sr.tree import of_type

_MEASURED_VALUE = 0x0040A300
_QUALIFIER = 0x0040A301
_TEXT_LIMIT = 1 << 10


def check(instance: Instance) -> Iterator[Found]:
    """Yield each mandatory attribute of a Content Item that has no value (PS3.3 C.17.3, C.18)."""
    for value_type, item, tag in mandatory(instance):
        if tag == _MEASURED_VALUE or tag not in item.elements:
            continue
        if _is_empty(item, tag):
            yield Found(tag, {"owner": value_type, "what": "has no value"}, item)
        elif _is_blank(item, tag):
            yield Found(tag, {"owner": value_type, "what": "is blank"}, item, severity="warning")
    for node in of_type(instance, "NUM"):
        values = node.item.items(_MEASURED_VALUE)
        if values is not None and not values and not node.item.items(_QUALIFIER):
            what = "is empty, and no Numeric Value Qualifier says why"
            yield Found(_MEASURED_VALUE, {"owner": "NUM", "what": what}, node.item, severity="warning")


def _is_empty(item: Item, tag: int) -> bool:
    _, _, length, items = item.elements[tag]
    return not items if items is not None else not length


def _is_blank(item: Item, tag: int) -> bool:
    """Tell whether the value is a text of spaces and NULs."""
    vr, offset, length, items = item.elements[tag]
    if items is not None or vr in BINARY_SIZE or length > _TEXT_LIMIT:
        return False
    return not bytes(item.buf[offset : offset + length]).strip(b" \0")


_AT = "ContentSequence[1].ContentSequence[1]."
_QUALIFIED = {"NumericValueQualifierCodeSequence": [code("114000", "DCM", "Not a number")]}

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Sections C.17.3 and C.18",
    message="{attribute} {what}; it holds the value of a {owner}",
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

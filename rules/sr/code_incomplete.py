"""A code lacks its value, scheme or meaning, or has its value in the wrong attribute.

## What it does
Looks at the Items with a code of every Code Sequence, of any IOD and at any depth. In a sequence that the
tables of the IOD do not describe (of a private SOP Class, of a private Attribute, or added to the IOD) a code
must have one of Code Value, Long Code Value and URN Code Value, a Coding Scheme Designator with the first
two, and a Code Meaning. In sequences that they do describe, `module/missing-type-1`,
`module/missing-type-1c` and `module/not-permitted` report that, and only the form of the value is looked at
here: a URN or URL belongs into URN Code Value, and Long Code Value is for more than 16 characters. Of
what is missing the first thousand in an Instance are told.

## Why this matters
A value without scheme means nothing, and a code without meaning cannot be shown. Software looks for a value
in the attribute that its length and form ask for, and does not find it in another.

## Example
Code Value T-62000 and Code Meaning Liver, without Coding Scheme Designator.

## Fix
Write value, Coding Scheme Designator and Code Meaning, the value in the attribute that fits it; remove the
Item if there is no code.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.coded import (
    CODE,
    CODE_VALUES,
    CODING_SCHEME_DESIGNATOR,
    IDENTIFICATION,
    code_value,
    is_of_the_standard,
    value_tag,
)
from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Rule, bad, good

_CODE_MEANING = 0x00080104
_CODE_VALUE, _LONG_CODE_VALUE, _URN_CODE_VALUE = CODE_VALUES

_URN = (b"urn:", b"http://", b"https://", b"ftp://")
_COUNT = "codes that lack something"
_MOST = 1_000
"""Findings of what is missing in one Instance at most: a broken writer makes the same fault in each Item."""

_SHORT = 16
"""Characters that Code Value takes (PS3.3 Table 8.8-1)."""


def check(item: Item) -> Iterator[Found]:
    """Yield what the Item lacks, and a value that is in the wrong attribute."""
    if item.parent is None or item.tag == IDENTIFICATION:
        return
    memo = item.instance.memo
    if id(item) in memo.get("undescribed", ()) and memo.get(_COUNT, 0) < _MOST:
        for found in _missing(item):
            memo[_COUNT] = memo.get(_COUNT, 0) + 1
            yield found
    tag = value_tag(item)
    value = code_value(item)
    if tag != _URN_CODE_VALUE and value.lower().startswith(_URN):
        yield Found(tag, {"what": "has a URN or URL, which belongs into URNCodeValue"})
    elif tag == _LONG_CODE_VALUE and 0 < len(value) <= _SHORT:
        yield Found(tag, {"what": f"has {len(value)} characters, which belong into CodeValue"})


def _missing(item: Item) -> Iterator[Found]:
    values = [tag for tag in CODE_VALUES if tag in item.elements]
    if len(values) > 1:
        yield Found(values[1], {"what": "is present beside another value of the same code"})
    if not code_value(item):
        yield Found(
            values[0] if values else _CODE_VALUE, {"what": "is missing: there is no value of the code"}
        )
    elif values[0] != _URN_CODE_VALUE and not item.raw(CODING_SCHEME_DESIGNATOR):
        yield Found(CODING_SCHEME_DESIGNATOR, {"what": "is missing: the code is of no scheme"})
    if not item.raw(_CODE_MEANING):
        yield Found(_CODE_MEANING, {"what": "is missing: the code cannot be shown"})


_CODE = {"CodeValue": "1", "CodingSchemeDesignator": "99ACME", "CodeMeaning": "One"}
_SR = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.33"}


def _without(keyword: str) -> list[dict[str, str]]:
    return [{name: value for name, value in _CODE.items() if name != keyword}]


RULE = Rule(
    severity="warning",
    scope="item",
    citation="PS3.3 Section 8.8, Table 8.8-1",
    message="{attribute} {what}",
    selects=CODE,
    check=check,
    accepts=is_of_the_standard,
    cases=(
        good(ProcedureCodeSequence=[_CODE]),
        good(ProcedureCodeSequence=[{"URNCodeValue": "urn:lex:us:federal", "CodeMeaning": "A law"}]),
        good(CodingSchemeIdentificationSequence=[{"CodingSchemeDesignator": "99ACME"}]),
        good(_SR, ConceptNameCodeSequence=_without("CodeMeaning")),
        good(CodeMeaning="not in an Item"),
        bad("ProcedureCodeSequence[1].CodeValue", ProcedureCodeSequence=_without("CodeValue")),
        bad(
            "ProcedureCodeSequence[1].CodingSchemeDesignator",
            ProcedureCodeSequence=_without("CodingSchemeDesignator"),
        ),
        bad("ProcedureCodeSequence[1].CodeMeaning", ProcedureCodeSequence=_without("CodeMeaning")),
        bad(
            "AnatomicRegionSequence[1].CodeMeaning",
            _SR,
            AnatomicRegionSequence=_without("CodeMeaning"),
        ),
        bad(
            "ProcedureCodeSequence[1].LongCodeValue",
            ProcedureCodeSequence=[{**_CODE, "LongCodeValue": "12345678901234567890"}],
        ),
        bad(
            "ConceptNameCodeSequence[1].CodeValue",
            _SR,
            ConceptNameCodeSequence=[{**_CODE, "CodeValue": "urn:a:b"}],
        ),
        bad(
            "ConceptNameCodeSequence[1].LongCodeValue",
            _SR,
            ConceptNameCodeSequence=[
                {"LongCodeValue": "1", "CodingSchemeDesignator": "99ACME", "CodeMeaning": "One"}
            ],
        ),
    ),
)

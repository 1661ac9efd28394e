"""Specific Character Set holds a term that PS3.3 does not define, or terms that do not go together.

## What it does
Checks Specific Character Set (0008,0005): each value is a Defined Term; with several values each is one
for code extension (`ISO 2022 IR ...`), only the first may be empty, the first is not a multi-byte set, and
ISO_IR 192, GB18030 and GBK stand alone.

## Why this matters
It says what the bytes of every name and text mean. A reader that does not know the term shows garbage or
question marks, and whatever is written back is damaged for good.

## Example
`ISO-IR 100`, `UTF-8`, or `ISO_IR 100\\ISO 2022 IR 87`.

## Fix
Spell the Defined Term as PS3.3 C.12.1.1.2 does: `ISO_IR 100`, `ISO_IR 192`; leave the Attribute out for
ISO 646.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found, Severity
from dcmlint.read.charset import (
    EXTENSION_TERMS,
    MULTI_BYTE_EXTENSION_TERMS,
    SINGLE_TERMS,
    SPECIFIC_CHARACTER_SET,
    UNICODE_TERMS,
    parse_charset,
)
from dcmlint.read.encode import part10
from dcmlint.read.item import Item
from dcmlint.rule import Faulty, Fix, Mended, Raw, Rule, bad, good

if TYPE_CHECKING:
    from dcmlint.fix.edit import Edit


def check(item: Item) -> Iterator[Found]:
    """Yield a finding if the terms are not defined, or not together."""
    raw = item.raw(SPECIFIC_CHARACTER_SET)
    terms = (raw or b"").rstrip(b" \0").decode("latin-1").split("\\")
    terms = [term.strip(" ") for term in terms]
    what = _one(terms[0]) if len(terms) == 1 else _several(terms)
    if what:
        # ISO_IR 6 is no Defined Term, but nobody misreads it.
        severity: Severity | None = "warning" if terms == ["ISO_IR 6"] else None
        yield Found(SPECIFIC_CHARACTER_SET, {"value": "\\".join(terms)[:64], "what": what}, severity=severity)


def _one(term: str) -> str:
    if not term or term in SINGLE_TERMS or term in UNICODE_TERMS:
        return ""
    if term in MULTI_BYTE_EXTENSION_TERMS:
        return "this character set may only follow another one"
    return "" if term in EXTENSION_TERMS else "this is no Defined Term"


def _several(terms: list[str]) -> str:
    for number, term in enumerate(terms, 1):
        if term in UNICODE_TERMS:
            return f"value {number} allows no other character set beside it"
        if term in SINGLE_TERMS:
            return f"value {number} must have the form for code extension (ISO 2022 IR) beside others"
        if not term and number > 1:
            return f"value {number} is empty"
        if term and term not in EXTENSION_TERMS:
            return f"value {number} is no Defined Term"
    return "value 1 is a multi-byte character set" if terms[0] in MULTI_BYTE_EXTENSION_TERMS else ""


def fixed(faulty: Faulty) -> Iterator[Edit]:
    """Yield the Defined Terms that are meant, where the spelling leaves no doubt of each."""
    from dcmlint.fix.make import replaced

    item = faulty.item
    raw = (item.raw(SPECIFIC_CHARACTER_SET) or b"").rstrip(b" \0").decode("latin-1")
    terms = list(parse_charset(raw.encode("latin-1")).terms)
    right = not (_one(terms[0]) if len(terms) == 1 else _several(terms)) if terms else False
    if right and "\\".join(terms) != raw:
        yield replaced(item, SPECIFIC_CHARACTER_SET, "\\".join(terms).encode())


RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.3 Section C.12.1.1.2",
    message="{attribute} is {value}: {what}",
    selects=("SpecificCharacterSet",),
    check=check,
    reads=("SpecificCharacterSet",),
    fix=Fix(
        False,
        fixed,
        "Writes the Defined Terms that are meant, such as ISO_IR 192 for UTF-8, where the spelling alone is "
        "wrong.",
        (
            Mended(
                lambda: part10({"SpecificCharacterSet": "ISO-IR 100", "PatientName": b"M\xfcller"}),
                lambda: part10({"SpecificCharacterSet": "ISO_IR 100", "PatientName": b"M\xfcller"}),
            ),
            Mended(
                lambda: part10({"SpecificCharacterSet": "UTF-8", "PatientName": "Müllers".encode()}),
                lambda: part10({"SpecificCharacterSet": "ISO_IR 192", "PatientName": "Müllers"}),
            ),
            Mended(
                lambda: part10({"SpecificCharacterSet": "WHATEVER"}),
                lambda: part10({"SpecificCharacterSet": "WHATEVER"}),
            ),
        ),
    ),
    cases=(
        good(SpecificCharacterSet="ISO_IR 100"),
        good(SpecificCharacterSet="ISO_IR 192"),
        good(SpecificCharacterSet="GBK"),
        good(SpecificCharacterSet=["", "ISO 2022 IR 87"]),
        good(SpecificCharacterSet=["ISO 2022 IR 13", "ISO 2022 IR 87", "ISO 2022 IR 159"]),
        good(SpecificCharacterSet="ISO 2022 IR 100"),
        good(SpecificCharacterSet=""),
        bad("SpecificCharacterSet", SpecificCharacterSet="ISO-IR 100"),
        bad("SpecificCharacterSet", SpecificCharacterSet="UTF-8"),
        bad("SpecificCharacterSet", SpecificCharacterSet="ISO_IR 6"),
        bad("SpecificCharacterSet", SpecificCharacterSet="ISO 2022 IR 87"),
        bad("SpecificCharacterSet", SpecificCharacterSet=["ISO_IR 100", "ISO 2022 IR 87"]),
        bad("SpecificCharacterSet", SpecificCharacterSet=["", "ISO_IR 192"]),
        bad("SpecificCharacterSet", SpecificCharacterSet=["ISO 2022 IR 149", "ISO 2022 IR 6"]),
        bad("SpecificCharacterSet", SpecificCharacterSet=Raw("CS", b"ISO 2022 IR 100\\")),
        bad(
            "ReferencedStudySequence[1].SpecificCharacterSet",
            ReferencedStudySequence=[{"SpecificCharacterSet": "latin1"}],
        ),
    ),
)

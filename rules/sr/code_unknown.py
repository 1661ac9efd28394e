"""A code value cannot be one of its coding scheme.

## What it does
Looks at the codes of DICOM (DCM), SNOMED CT (SCT) and LOINC (LN) in every Code Sequence, of any IOD and at
any depth. An identifier of SNOMED CT has 6 to 18 digits, a LOINC code up to 7 digits and one more after a
hyphen, and the last digit of both checks the others. Codes of DCM are those of PS3.16 Annex D: others are
warnings where they do not even look like one, and notes where they have 6 digits but were not assigned when
the tables were made (2024c). Newer ones than the last of 2024c are accepted. Each code is reported once for a
SOP Instance.

## Why this matters
A mistyped code is found by nobody, or is another concept: 111650 for a strip filter, whose code is 113650.

## Example
Code Value T-62000 with Coding Scheme Designator SCT: an identifier of SNOMED RT; SNOMED CT has 10200004.

## Fix
Look the concept up in PS3.16 or in the scheme's own browser and write its code.
"""

from __future__ import annotations

import re

from dcmlint.coded import (
    CODE,
    NOT_JUDGED,
    Key,
    Verdict,
    code_value,
    is_of_the_standard,
    judged,
    scheme_of,
)
from dcmlint.model import Severity
from dcmlint.read.item import Item
from dcmlint.rule import Rule, bad, good
from dcmlint.standard.codes import CONCEPTS_EDITION, meanings, snomed_ct

_SCHEMES = frozenset((b"DCM", b"SCT", b"LN"))
_LAST_OF_DCM = 130896
"""The highest code of DCM in 2024c; later editions count on."""

_LOINC = re.compile(r"([0-9]{1,7})-([0-9])")
_EXPRESSION = re.compile(r"[:|+=,{(]")
"""What a post-coordinated expression of SNOMED CT has and an identifier has not."""

# Verhoeff's scheme: products in the symmetry group of a pentagon (5 to 9 are reflections), and a permutation.
_PRODUCTS = tuple(
    tuple((a + b if a < 5 else a - b) % 5 + 5 * ((a < 5) != (b < 5)) for b in range(10)) for a in range(10)
)
_PERMUTATION = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _key(item: Item) -> Key:
    scheme = scheme_of(item)
    return (scheme, code_value(item)) if scheme in _SCHEMES else NOT_JUDGED


def _judge(key: Key) -> Verdict | None:
    scheme, code = (part.decode("latin-1") for part in key)
    if not code or meanings(scheme, code):
        return None
    fault: tuple[str, Severity] | None = _FAULTS[scheme](code)
    if fault is None:
        return None
    return {"what": fault[0]}, fault[1]  # the value is none that the public knows: it is not shown


def _dcm(code: str) -> tuple[str, Severity] | None:
    if code.isascii() and code.isdigit() and len(code) == 6:
        if int(code) > _LAST_OF_DCM:
            return None
        return f"is no code of DCM in {CONCEPTS_EDITION}", "note"
    return "is no code of DCM" + _in_snomed_ct(code), "warning"


def _snomed(code: str) -> tuple[str, Severity] | None:
    if _EXPRESSION.search(code):
        return None
    if not (code.isascii() and code.isdigit() and 6 <= len(code) <= 18):
        return "is no identifier of SNOMED CT" + _in_snomed_ct(code), "warning"
    return None if _checks(code) else ("is no identifier of SNOMED CT: its check digit is wrong", "warning")


def _loinc(code: str) -> tuple[str, Severity] | None:
    form = _LOINC.fullmatch(code)
    if form is None or _luhn(form[1]) == int(form[2]):
        return None
    return "is no code of LOINC: its check digit is wrong", "warning"


_FAULTS = {"DCM": _dcm, "SCT": _snomed, "LN": _loinc}


def _in_snomed_ct(code: str) -> str:
    found = snomed_ct(code)
    return f"; it is one of SNOMED RT, in SNOMED CT {found}" if found else ""


def _checks(digits: str) -> bool:
    """Tell whether the last digit is the one that Verhoeff's scheme gives."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        permuted = int(digit)
        for _ in range(place % 8):
            permuted = _PERMUTATION[permuted]
        check = _PRODUCTS[check][permuted]
    return check == 0


def _luhn(digits: str) -> int:
    """Return the check digit of LOINC (modulo 10, every second digit doubled from the right)."""
    total = sum(
        sum(divmod(2 * int(digit), 10)) if place % 2 == 0 else int(digit)
        for place, digit in enumerate(reversed(digits))
    )
    return -total % 10


def _code(value: str | None, scheme: str) -> list[dict[str, str | None]]:
    return [{"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": "meaning"}]


_AT = "ConceptNameCodeSequence[1].CodeValue"

RULE = Rule(
    severity="warning",
    scope="item",
    citation="PS3.16 Section 8 and Annex D",
    message="{attribute} {what}",
    selects=CODE,
    check=judged("unknown codes", _key, _judge),
    accepts=is_of_the_standard,
    cases=(
        *(good(ConceptNameCodeSequence=_code(code, "DCM")) for code in ("113745", "CT", "130999", None)),
        *(good(ConceptNameCodeSequence=_code(code, "SCT")) for code in ("10200004", "399162004", "1:2=3")),
        *(good(ConceptNameCodeSequence=_code(code, "LN")) for code in ("18748-4", "LP6464-4", "11328-2")),
        good(ConceptNameCodeSequence=_code("T-62000", "SRT")),
        bad(_AT, ConceptNameCodeSequence=_code("111650", "DCM")),
        bad(_AT, ConceptNameCodeSequence=_code("C-120F9", "DCM")),
        bad(_AT, ConceptNameCodeSequence=_code("1137451", "DCM")),
        bad(_AT, ConceptNameCodeSequence=_code("T-62000", "SCT")),
        bad(_AT, ConceptNameCodeSequence=_code("10200014", "SCT")),
        bad(_AT, ConceptNameCodeSequence=_code("18748-5", "LN")),
    ),
)

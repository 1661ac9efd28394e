"""An age is not three digits and one of D, W, M, Y.

## What it does
Checks that each value of an Attribute of VR AS is `nnnD`, `nnnW`, `nnnM` or `nnnY`.

## Why this matters
Dose reference levels, growth charts and display protocols are selected by age; an age without its
unit or with two digits is dropped or misread by receivers.

## Example
Patient's Age (0010,1010) with the value `56Y` or `56`.

## Fix
Fill with zeros to three digits and add the unit: `056Y`. Use weeks or months below two years.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value import Value
from dcmlint.value_field import malformed


def check(value: Value) -> Iterator[Found]:
    """Yield a finding for the first age that is not of the form nnnD, nnnW, nnnM, nnnY."""
    raw = value.raw.rstrip(b"\0")
    if raw and not raw.strip(b" "):
        yield Found(value.tag, {"what": "it consists of spaces only"}, severity="warning")
    elif len(raw) == len(raw.rstrip(b" ")) + 1 or raw == raw.rstrip(b" "):
        yield from malformed(value, _reason)
    else:
        yield Found(value.tag, {"what": "it is padded, though its length is fixed"})


def _reason(part: bytes) -> str:
    if part.isdigit():
        return "has no unit"
    if part[:-1].isdigit() and part[-1:] in b"DWMY":
        return f"has {len(part) - 1} digits instead of three"
    if part[:-1].isdigit() and part[-1:] in b"dwmy":
        return "has its unit in lower case"
    return "is not three digits and one of D, W, M, Y"


RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Table 6.2-1 (AS)",
    message="{attribute} is no valid Age String (AS): {what}",
    selects=("AS",),
    check=check,
    by_value=True,
    cases=(
        good(PatientAge="056Y"),
        good(PatientAge="003W"),
        good(PatientAge=""),
        good(SelectorASValue=["010D", "018M"]),
        bad("PatientAge", PatientAge="56Y"),
        bad("PatientAge", PatientAge="24"),
        bad("PatientAge", PatientAge="024y"),
        bad("PatientAge", PatientAge="***"),
        bad("PatientAge", PatientAge=Raw("AS", b"    ")),
        bad("PatientAge", PatientAge=Raw("AS", b"056Y  ")),
        bad("SelectorASValue", SelectorASValue=["010D", "1Y"]),
    ),
)

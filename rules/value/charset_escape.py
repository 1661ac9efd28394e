"""Code extension by ISO 2022 escape sequences is not used as PS3.5 requires.

## What it does
Follows the escape sequences of a text and reports: any where Specific Character Set (0008,0005) is not for
code extension, those of character sets that are not declared or not defined, 8-bit characters before the
escape sequence that gives them a meaning (every value, component and line starts anew), and a value or line
that ends while a two-byte character set is still in G0.

## Why this matters
Readers that follow PS3.5 restore the initial character set at each delimiter: what the writer took to be
still in force is then shown as garbage, or delimiters are taken for parts of characters.

## Example
A Korean Patient's Name (0010,0010) with the escape sequence before the family name only.

## Fix
Repeat the escape sequence after each `\\`, `^`, `=` and line end, switch back to ISO 646 before them, and
declare every character set that is used. Or write ISO_IR 192 (UTF-8), which needs no escape sequences.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.forms import TEXT_LIMITS
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value import Value
from dcmlint.value_field import cut_at_limit, text


def check(value: Value) -> Iterator[Found]:
    """Yield a finding if escape sequences are missing, misplaced or not declared."""
    fault = text(value)[0].fault
    if fault is None or fault.kind not in ("escape", "unclosed"):
        return
    limit = TEXT_LIMITS.get(value.vr)
    if fault.kind == "unclosed" and limit is not None and cut_at_limit(value, limit):
        return
    yield Found(value.tag, {"what": fault.what})


_KOREAN = {"SpecificCharacterSet": ["", "ISO 2022 IR 149"]}
_JAPANESE = {"SpecificCharacterSet": ["", "ISO 2022 IR 87"]}

RULE = Rule(
    odd_bytes=True,
    severity="error",
    scope="value",
    citation="PS3.5 Section 6.1.2.5.3",
    message="{attribute} misuses code extension: {what}",
    selects=("LO", "LT", "PN", "SH", "ST", "UC", "UT"),
    check=check,
    by_value=True,
    cases=(
        good(_KOREAN, PatientName=Raw("PN", b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7 ")),
        good(_JAPANESE, PatientName=Raw("PN", b"Y^T=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B")),
        good(
            SpecificCharacterSet=["ISO 2022 IR 13", "ISO 2022 IR 87"],
            PatientName=Raw("PN", b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J "),
        ),
        good(SpecificCharacterSet=["", "ISO 2022 IR 100"], SeriesDescription=Raw("LO", b"a\x1b-A\xfc ")),
        good(_JAPANESE, PatientName="Yamada^Tarou"),
        bad("PatientName", PatientName=Raw("PN", b"\x1b$B;3ED\x1b(B")),
        bad("PatientName", SpecificCharacterSet="ISO_IR 192", PatientName=Raw("PN", b"\x1b$B;3ED\x1b(B")),
        bad("PatientName", _KOREAN, PatientName=Raw("PN", b"A=\x1b$)C\xfb\xf3^\xd1\xce\xd4\xd7 ")),
        bad("PatientName", _KOREAN, PatientName=Raw("PN", b"\xfb\xf3")),
        bad("PatientName", _JAPANESE, PatientName=Raw("PN", b"Y^T=\x1b$B;3ED ")),
        bad("PatientName", _JAPANESE, PatientName=Raw("PN", b"Y^T=\x1b$)C\xfb\xf3")),
        bad("PatientName", _JAPANESE, PatientName=Raw("PN", b"Y^T=\x1b$@;3ED\x1b(B")),
        bad("InstitutionAddress", _JAPANESE, InstitutionAddress=Raw("ST", b"\x1b$B;3\n;3\x1b(B ")),
    ),
)

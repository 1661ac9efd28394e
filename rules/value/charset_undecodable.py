"""A text holds bytes that are no character in the declared character set.

## What it does
Decodes text in ISO_IR 192 (UTF-8), GB18030, GBK and the multi-byte character sets of ISO 2022 as declared,
and reports bytes that do not make a character. A last character that was cut at the length limit is
`value/truncated`.

## Why this matters
Some readers refuse the whole Data Set, others replace what they cannot read: the name in the archive is
then not the name of the patient.

## Example
Patient's Name (0010,0010) in Latin-1 bytes though Specific Character Set (0008,0005) is ISO_IR 192.

## Fix
Convert the text to the declared character set, or declare the one it is in.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.forms import TEXT_LIMITS
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value import Value
from dcmlint.value_field import cut_at_limit, text


def check(value: Value) -> Iterator[Found]:
    """Yield a finding if bytes are no character in the declared character set."""
    fault = text(value)[0].fault
    if fault is None or fault.kind not in ("undecodable", "incomplete"):
        return
    limit = TEXT_LIMITS.get(value.vr)
    if fault.kind == "incomplete" and limit is not None and cut_at_limit(value, limit):
        return
    yield Found(value.tag, {"what": fault.what})


RULE = Rule(
    odd_bytes=True,
    severity="error",
    scope="value",
    citation="PS3.5 Section 6.1.2.3",
    message="{attribute} holds {what}",
    selects=("LO", "LT", "PN", "SH", "ST", "UC", "UT"),
    check=check,
    by_value=True,
    cases=(
        good(SpecificCharacterSet="ISO_IR 192", PatientName="Müller^山田"),
        good(SpecificCharacterSet="GB18030", PatientName="王^小东"),
        good(SpecificCharacterSet=["", "ISO 2022 IR 149"], PatientName="Hong^Gildong=洪^吉洞=홍^길동"),
        good(PatientName=Raw("PN", b"M\xfcller")),
        good(SpecificCharacterSet="ISO_IR 192", StationName=Raw("SH", b"Krankenhaus XM\xc3 ")),
        bad("PatientName", SpecificCharacterSet="ISO_IR 192", PatientName=Raw("PN", b"M\xfcller")),
        bad("PatientName", SpecificCharacterSet="ISO_IR 192", PatientName=Raw("PN", b"Doe^J\xc3 ")),
        bad("PatientName", SpecificCharacterSet="GBK", PatientName=Raw("PN", b"\xcd\xff\xff ")),
        bad(
            "PatientName",
            SpecificCharacterSet=["", "ISO 2022 IR 87"],
            PatientName=Raw("PN", b"A=\x1b$B\x7f\x7f\x7f\x1b(B"),
        ),
        bad(
            "PatientName",
            SpecificCharacterSet=["", "ISO 2022 IR 149"],
            PatientName=Raw("PN", b"A=\x1b$)C\xfb\xff^B"),
        ),
    ),
)

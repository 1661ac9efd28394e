"""A text holds bytes outside the character repertoire that is declared for it.

## What it does
Looks for 8-bit characters where no Specific Character Set (0008,0005) is in force, in the Item or in the
ones around it, and for bytes that the declared single-byte character set does not define.

## Why this matters
Every reader guesses what such bytes mean, and guesses differently: `Müller` becomes `MÃ¼ller`, `M?ller` or
`Mller`, and patients are no longer found by name.

## Example
Patient's Name (0010,0010) with umlauts in a Data Set without Specific Character Set.

## Fix
Declare the character set the text is really in, or convert the text to the one that is declared. ISO_IR 192
(UTF-8) covers everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.read.encode import part10
from dcmlint.rule import Faulty, Fix, Mended, Raw, Rule, bad, good
from dcmlint.value import Value
from dcmlint.value_field import text

if TYPE_CHECKING:
    from dcmlint.fix.edit import Edit


def check(value: Value) -> Iterator[Found]:
    """Yield a finding if bytes lie outside the declared repertoire."""
    fault = text(value)[0].fault
    if fault is not None and fault.kind == "undeclared":
        yield Found(value.tag, {"what": fault.what})


def fixed(faulty: Faulty) -> Iterator[Edit]:
    """Yield UTF-8 as the character set in force, where all text that it is in force for is that."""
    from dcmlint.fix.make import added
    from dcmlint.fix.text import UTF_8, declaring, is_utf8

    item = declaring(faulty.item)
    if item.raw("SpecificCharacterSet") != UTF_8 and is_utf8(item):
        yield added(item, 0x00080005, "CS", UTF_8)


RULE = Rule(
    odd_bytes=True,
    severity="error",
    scope="value",
    citation="PS3.5 Section 6.1.2.3",
    message="{attribute} holds {what}",
    selects=("LO", "LT", "PN", "SH", "ST", "UC", "UT"),
    check=check,
    by_value=True,
    fix=Fix(
        False,
        fixed,
        "Declares ISO_IR 192 where every text of the Data Set or Item is UTF-8. Other text stays as it is: "
        "which "
        "character set it is in cannot be known from its bytes.",
        (
            Mended(
                lambda: part10({"PatientName": "Müllers".encode(), "StudyDescription": "Schädel".encode()}),
                lambda: part10(
                    {
                        "SpecificCharacterSet": "ISO_IR 192",
                        "PatientName": "Müllers",
                        "StudyDescription": "Schädel",
                    }
                ),
            ),
            Mended(
                lambda: part10({"PatientName": b"M\xfcller", "StudyDescription": "Schädel".encode()}),
                lambda: part10({"PatientName": b"M\xfcller", "StudyDescription": "Schädel".encode()}),
            ),
        ),
    ),
    cases=(
        good(PatientName="Mueller^Juergen"),
        good(SpecificCharacterSet="ISO_IR 100", PatientName="Müller^Jürgen"),
        good(SpecificCharacterSet="ISO_IR 13", PatientName=Raw("PN", b"\xd4\xcf\xc0\xde")),
        good(
            SpecificCharacterSet="ISO_IR 144",
            ReferencedStudySequence=[{"StudyDescription": Raw("LO", b"\xbc\xde\xe1\xda")}],
        ),
        good(SpecificCharacterSet="FOO", PatientName=Raw("PN", b"M\xfcller")),
        bad("PatientName", PatientName=Raw("PN", b"M\xfcller")),
        bad("PatientName", SpecificCharacterSet="", PatientName=Raw("PN", "Müller".encode())),
        bad("PatientName", SpecificCharacterSet="ISO_IR 100", PatientName=Raw("PN", "Örn".encode())),
        bad("StationName", SpecificCharacterSet="ISO_IR 166", StationName=Raw("SH", b"\xdb\xdc")),
        bad("StationName", SpecificCharacterSet="ISO_IR 13", StationName=Raw("SH", b"\xe9\xea")),
        bad(
            "ReferencedStudySequence[1].StudyDescription",
            ReferencedStudySequence=[{"StudyDescription": Raw("LO", b"Sch\xe4del")}],
        ),
        bad("StationName", SpecificCharacterSet=["", "ISO 2022 IR 87"], StationName=Raw("SH", b"\xb1\xb2")),
    ),
)

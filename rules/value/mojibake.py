"""A text was read in the wrong character set before it was written.

## What it does
Looks for text that is well formed in the declared character set but was damaged before: UTF-8 bytes declared
as, or converted from, Latin-1, Windows or another character set; the replacement character U+FFFD; HTML
and XML character references; question marks in place of letters inside a name.

## Why this matters
The damage is in the data: no viewer can show the name right, searches do not find it, and the wrong spelling
spreads to every system that takes the object over.

## Example
Patient's Name (0010,0010) `MÃ¼ller`, `M&uuml;ller` or `M?ller`.

## Fix
Find the interface that decodes with the wrong character set (often HL7 without MSH-18, or a DICOM writer
that declares ISO_IR 100 for UTF-8), and import the text again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.read.encode import part10
from dcmlint.read.forms import PADDING
from dcmlint.read.mojibake import misread
from dcmlint.rule import Faulty, Fix, Mended, Raw, Rule, bad, good
from dcmlint.value import Value
from dcmlint.value_field import text

if TYPE_CHECKING:
    from dcmlint.fix.edit import Edit


def check(value: Value) -> Iterator[Found]:
    """Yield a finding if the text was misread before."""
    decoded, charset = text(value)
    if decoded.fault is None and charset.kind != "unknown":
        how = misread(decoded.value, value.raw.rstrip(PADDING), charset, value.vr)
        if how:
            yield Found(value.tag, {"how": how})


_UTF_8 = {"SpecificCharacterSet": "ISO_IR 192"}
_LATIN = {"SpecificCharacterSet": "ISO_IR 100"}


def fixed(faulty: Faulty) -> Iterator[Edit]:
    """Yield UTF-8 as the character set in force, where all text that it is in force for is that."""
    from dcmlint.fix.make import added
    from dcmlint.fix.text import UTF_8, declaring, is_utf8

    item = declaring(faulty.item)
    if item.raw("SpecificCharacterSet") != UTF_8 and is_utf8(item):
        yield added(item, 0x00080005, "CS", UTF_8)


RULE = Rule(
    severity="warning",
    scope="value",
    citation="PS3.5 Section 6.1.2.3",
    message="{attribute} {how}",
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
                lambda: part10(
                    {**_LATIN, "PatientName": "Méllers".encode(), "StudyDescription": "Schädel".encode()}
                ),
                lambda: part10({**_UTF_8, "PatientName": "Méllers", "StudyDescription": "Schädel"}),
            ),
            Mended(
                lambda: part10({**_UTF_8, "PatientName": "MÃ¼ller"}),
                lambda: part10({**_UTF_8, "PatientName": "MÃ¼ller"}),
            ),
        ),
    ),
    cases=(
        good(_LATIN, PatientName="Müller^Jürgen"),
        good(_LATIN, SeriesDescription="CAFÉ» 20° Å² Ø±1"),
        good(_UTF_8, PatientName="Müller^山田"),
        good(_UTF_8, SeriesDescription="90° ± 5 µm \u2013 “quoted” …"),
        good(SpecificCharacterSet="ISO_IR 144", PatientName="Иванов^Иван"),
        good(SpecificCharacterSet="GB18030", PatientName="王^小东"),
        good(SpecificCharacterSet="ISO_IR 13", PatientName=Raw("PN", b"\xc3\xb1")),
        good(SeriesDescription="CHEST PA & LAT; TUMOR?METASTASIS"),
        good(SeriesDescription="A&B;"),
        good(PatientName="Doe^John^?"),
        bad("PatientName", _LATIN, PatientName=Raw("PN", "Méller".encode())),
        bad("PatientName", _UTF_8, PatientName="MÃ¼ller"),
        bad("PatientName", _UTF_8, PatientName="Ã\u2013rn^K"),
        bad("SeriesDescription", _UTF_8, SeriesDescription="donâ€™t"),
        bad("PatientName", _UTF_8, PatientName="M\ufffdller"),
        bad("PatientName", SpecificCharacterSet="GB18030", PatientName=Raw("PN", "王小东东".encode())),
        bad(
            "SeriesDescription",
            SpecificCharacterSet="ISO_IR 144",
            SeriesDescription=Raw("LO", b"\xd0\xbe" * 5),
        ),
        bad("PatientName", PatientName="M&uuml;ller"),
        bad("SeriesDescription", SeriesDescription="Sch&#228;del &amp; Hals"),
        bad("PatientName", PatientName="M?ller^J?rgen"),
        bad("PatientName", PatientName="????^???"),
    ),
)

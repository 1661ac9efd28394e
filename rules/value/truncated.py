"""A text was probably cut at the length that its VR allows.

## What it does
Looks at PN, LO, SH, ST and LT values that are just as long as their VR allows, and warns if there is a
further sign that they were cut: the last character of a multi-byte character set lacks bytes, an escape
sequence is missing at the end, the last word is the beginning of a word that is known from the same SOP
Instance or from radiology, a bracket stays open, the same text is longer elsewhere in the SOP Instance, or
a name or a sentence stops without an end. The length alone, as of accession numbers with 16 characters, is
no sign.

## Why this matters
What was cut off is lost: laterality, "without contrast", the end of a name that then no longer matches. It
shows a system on the way whose fields are shorter than what is entered.

## Example
Series Description (0008,103E), 64 characters that end with `... without intravenous contra`.

## Fix
Enter a shorter text at the source, or use an Attribute that takes more.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.cut import cut_sign
from dcmlint.read.forms import NEVER_SPLIT, TEXT_LIMITS
from dcmlint.rule import EXEMPT, Raw, Rule, bad, good
from dcmlint.standard.dictionary import keyword_of
from dcmlint.value import Value
from dcmlint.value_field import cut_at_limit, text

_MOST_TEXTS = 2000


def check(value: Value, exempt: tuple[str, ...] = ()) -> Iterator[Found]:
    """Yield a finding if one of the values was cut."""
    if keyword_of(value.tag) in exempt:
        return
    limit = TEXT_LIMITS[value.vr]
    decoded, _ = text(value)
    fault = decoded.fault
    if fault is not None:
        if fault.kind in ("incomplete", "unclosed") and cut_at_limit(value, limit):
            what = "and its last character lacks bytes" if fault.kind == "incomplete" else f"and {fault.what}"
            yield Found(value.tag, {"limit": limit, "vr": value.vr, "what": what})
        return
    for part in _parts(decoded.value, value.vr):
        sign = ""
        if len(part.rstrip()) == limit:
            sign = cut_sign(part, value.vr, keyword_of(value.tag), _others(value, part))
        if sign:
            yield Found(value.tag, {"limit": limit, "vr": value.vr, "what": sign})
            return


def is_short(value: Value) -> bool:
    """Tell whether a value has not even as many bytes as its VR allows characters, or one fewer."""
    return len(value.raw) < TEXT_LIMITS[value.vr] - 1


def _parts(content: str, vr: str) -> list[str]:
    if vr == "PN":
        return content.replace("\\", "=").split("=")
    return [content] if vr in NEVER_SPLIT else content.split("\\")


def _others(value: Value, part: str) -> Iterator[str]:
    """Yield the other texts of the Instance, a bounded number of them."""
    count = 0
    for item in value.item.instance.root.walk():
        for tag, (vr, _, length, items) in item.elements.items():
            if vr not in TEXT_LIMITS or items is not None or length > 2 * TEXT_LIMITS["ST"]:
                continue
            if item is value.item and tag == value.tag:
                continue
            for found in item.get(tag) or ():
                if found != part:
                    yield found
            count += 1
            if count >= _MOST_TEXTS:
                return


RULE = Rule(
    severity="warning",
    scope="value",
    citation="PS3.5 Table 6.2-1",
    message="{attribute} has all {limit} characters that {vr} allows {what}: it was probably cut",
    selects=("LO", "LT", "PN", "SH", "ST"),
    check=check,
    accepts=is_short,
    parameters={"exempt": EXEMPT},
    cases=(
        good(AccessionNumber="3599305798462538"),
        good(StationName="OEM-4K7CO2TYJWPX"),
        good(ProtocolName="CHEST PA AND LAT"),
        good(StationName="CHEST PA AND LAT"),
        good(StationName="CT SIEMENS ONE A"),
        good(PatientID="dccc9599087131742838cc1162a630fea87ba9bf61ac09bfda90d4adfa5ddaed"),
        good(PatientName="dccc9599087131742838cc1162a630fea87ba9bf61ac09bfda90d4adfa5ddaed"),
        good(SeriesDescription="CT of the abdomen and pelvis with contrast, portal venous, 3 mm."),
        good(SeriesDescription="CT of the abdomen without contra"),
        bad("FilterType", FilterType="LARGE BOWTIE FIL"),
        bad("StructureSetLabel", StructureSetLabel="CERR Exported St"),
        bad("StationName", StationName="MR KNEE W/O CONT", SeriesDescription="MR KNEE W/O CONTRAST"),
        bad("StationName", StationName="CT HEAD (WO CONT"),
        bad("StationName", StationName="CHEST AND ABDOME"),
        bad("StationName", StationName="CT BRAIN W/ AND/"),
        bad("StationName", StationName="LIVER MULTIPHASI", SeriesDescription="MULTIPHASIC"),
        bad(
            "SeriesDescription",
            SeriesDescription="CT of the abdomen and pelvis with intravenous contrast, late ph"[:63] + "a",
        ),
        bad("PatientName", PatientName="Wolfeschlegelsteinhausenbergerdorff^Hubert Blaine Adolph Charles"),
        bad("PatientName", SpecificCharacterSet="ISO_IR 192", PatientName=Raw("PN", b"D" * 62 + b"^\xc3")),
        bad(
            "PatientName",
            SpecificCharacterSet=["", "ISO 2022 IR 87"],
            PatientName=Raw("PN", b"Yamada^Tarou=\x1b$B" + b";3ED" * 12),
        ),
        bad("InstitutionAddress", InstitutionAddress=("Second floor left of the lift " * 60)[:1024]),
    ),
)

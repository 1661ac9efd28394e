"""A de-identified object still has a private element in which vendors put who the patient is.

## What it does
In objects with Patient Identity Removed (0012,0062) YES, reports private elements of Siemens, GE, Philips
and Toshiba that are known to hold names, identifiers, birth dates or addresses, if they are not empty and
not what the object has for Patient's Name or Patient ID now.

## Why this matters
De-identification that goes by the standard Attributes passes them by. The value itself is not shown.

## Example
Patient Identity Removed is YES; (0011,1030) of SIEMENS RIS, the patient's name, has a value.

## Fix
Remove the private elements, or at least those of these blocks (PS3.15 Section E.3.10).
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint_vendors.private import element, value_bytes

NAME, IDENTIFIER, BIRTH, ADDRESS = "a name", "an identifier", "a birth date", "an address"
CARRIERS = MappingProxyType(
    {
        (0x0009, "GEMS_PETD_01"): {0x02: IDENTIFIER, 0x5F: IDENTIFIER},
        (0x0015, "GEMS_DL_STUDY_01"): {0x88: NAME, 0x89: NAME},
        (0x0011, "SIEMENS ISI"): {0x03: IDENTIFIER, 0x04: IDENTIFIER, 0xB0: NAME, 0xB2: NAME, 0xD2: ADDRESS},
        (0x0011, "SIEMENS RIS"): {0x10: IDENTIFIER, 0x11: IDENTIFIER, 0x30: NAME, 0x31: NAME},
        (0x0013, "SIEMENS CM VA0  CMS"): {0x20: NAME, 0x22: IDENTIFIER, 0x30: BIRTH, 0x32: NAME, 0x33: NAME},
        (0x0011, "SPI-P Release 1"): {0x10: IDENTIFIER},
        (0x7019, "TOSHIBA_MEC_OT3"): {0x85: IDENTIFIER},
    }
)
"""What the numbers of these blocks hold (group, Private Creator)."""


def check(instance: Instance) -> Iterator[Found]:
    """Yield each element that is known to hold an identity in an object that should have none."""
    root = instance.root
    if root.first("PatientIdentityRemoved") != "YES":
        return
    replaced = {(root.raw(keyword) or b"").strip(b"\0 ") for keyword in ("PatientName", "PatientID")} | {b""}
    for item in root.walk():
        for (group, creator), numbers in CARRIERS.items():
            for identifier, what in numbers.items():
                tag = element(item, group, creator, identifier)
                if tag is not None and value_bytes(item, tag).strip(b"\0 ") not in replaced:
                    yield Found(tag, {"creator": creator, "what": what}, item)


_KEPT = {"PatientIdentityRemoved": "YES", "00110010": "SIEMENS RIS", "00111030": Raw("PN", b"Doe^Jane")}

RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.15 Section E.3.10",
    message="{attribute} of {creator} holds {what}, and Patient Identity Removed is YES",
    selects=("PatientIdentityRemoved",),
    check=check,
    cases=(
        good(_KEPT | {"PatientIdentityRemoved": "NO"}),
        good(_KEPT | {"PatientName": "Doe^Jane"}),
        good(_KEPT | {"00111030": Raw("PN", b"")}),
        good(_KEPT | {"00110010": "ACME"}),
        bad("(0011,1030)", _KEPT, PatientName="Anon"),
        bad("(0011,1030)", _KEPT | {"00111030": Raw("UN", b"Doe^Jane")}),
        bad(
            "(0009,1002)",
            {"PatientIdentityRemoved": "YES", "00090010": "GEMS_PETD_01", "00091002": Raw("LO", b"4711")},
        ),
        bad(
            "ReferencedStudySequence[1].(0011,1011)",
            PatientIdentityRemoved="YES",
            ReferencedStudySequence=[{"00110010": "SIEMENS RIS", "00111011": Raw("LO", b"4711")}],
        ),
    ),
)

"""A placeholder stands where an identity or a date belongs.

## What it does
Warns of values such as UNKNOWN, NONE, TEST, N/A, XXX, `---`, 0 and 999999 in patient identifiers, accession
numbers and the names of patients and physicians, and of dates before 1900, 1900-01-01, year 9999 and, for
examinations, 1970-01-01 and 1980-01-01. It is silent where Patient Identity Removed (0012,0062) is YES.

## Why this matters
Placeholders are taken for values: all patients called UNKNOWN become one patient, and an accession number 0
links an image to the wrong order.

## Example
Patient ID (0010,0020) with the value `0`, Patient's Birth Date (0010,0030) with `19000101`.

## Fix
Leave Type 2 Attributes empty where the value is not known. For images of phantoms and tests keep
identifiers that cannot be a patient's.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.datetime_forms import date_fault
from dcmlint.read.placeholder import is_placed, is_placeholder
from dcmlint.rule import EXEMPT, Parameter, Rule, bad, good
from dcmlint.standard.dictionary import keyword_of
from dcmlint.value import Value
from dcmlint.value_field import ascii_values, text_values

_PATIENT_IDENTITY_REMOVED = 0x00120062


def check(value: Value, exempt: tuple[str, ...] = (), allow: tuple[str, ...] = ()) -> Iterator[Found]:
    """Yield a finding if one of the values is a placeholder and none of `allow`."""
    if not is_placed(value.tag) or keyword_of(value.tag) in exempt:
        return
    if value.item.instance.root.first(_PATIENT_IDENTITY_REMOVED) == "YES":
        return
    if any(part not in allow for part in _placeholders(value)):
        yield Found(value.tag)


def has_none(value: Value) -> bool:
    """Tell whether there is no placeholder, wherever the value is."""
    return not is_placed(value.tag) or not _placeholders(value)


def _placeholders(value: Value) -> list[str]:
    if value.vr == "DA":
        values = [part.decode("latin-1") for part in ascii_values(value) if not date_fault(part)]
    else:
        values = text_values(value)
    keyword = keyword_of(value.tag)
    return [part for part in values if is_placeholder(part, keyword)]


RULE = Rule(
    severity="warning",
    scope="value",
    citation="PS3.3 Section C.7.1.1",
    message="{attribute} holds a placeholder instead of a value",
    selects=("DA", "LO", "PN", "SH"),
    check=check,
    accepts=has_none,
    parameters={
        "exempt": EXEMPT,
        "allow": Parameter((), "Values that are no placeholders here."),
    },
    cases=(
        good(PatientName="Doe^John", PatientID="4711", PatientBirthDate="19790131"),
        good(PatientName="Na^Hyeseok"),
        good(PatientName="Test^Alice"),
        good(PatientName="Patient^1"),
        good(PatientID="100", AccessionNumber="10999990"),
        good(PatientBirthDate="19700101"),
        good(StudyDate="20000101"),
        good(StudyDate="00000000"),
        good(SeriesDescription="TEST", StudyID="0"),
        good(PatientIdentityRemoved="YES", PatientName="NONE", PatientID="0", StudyDate="19000101"),
        good(PatientName=""),
        bad("PatientName", PatientName="UNKNOWN"),
        bad("PatientName", PatientName="Test^Patient"),
        bad("PatientName", PatientName="unknown^unknown"),
        bad("PatientName", PatientName="xxx"),
        bad("ReferringPhysicianName", ReferringPhysicianName="None"),
        bad("NameOfPhysiciansReadingStudy", NameOfPhysiciansReadingStudy=["Roe^Jane", "----"]),
        bad("PatientID", PatientID="0"),
        bad("PatientID", PatientID="999999"),
        bad("PatientID", PatientID="N/A"),
        bad("OtherPatientIDs", OtherPatientIDs=["4711", "NOT AVAILABLE"]),
        bad("AccessionNumber", AccessionNumber="0000"),
        bad("PatientBirthDate", PatientBirthDate="19000101"),
        bad("PatientBirthDate", PatientBirthDate="00010101"),
        bad("PatientBirthDate", PatientBirthDate="11111111"),
        bad("StudyDate", StudyDate="19700101"),
        bad("SeriesDate", SeriesDate="99991231"),
    ),
)

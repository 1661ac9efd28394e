"""An Attribute has more or fewer values than its Value Multiplicity allows.

## What it does
Counts the values of a value field, separated by backslashes or of the fixed size of a binary VR, and
compares the number with the VM of PS3.6, steps such as 2-2n and 3-3n included. A value field of a binary
VR whose length is no multiple of the size of one value is reported as well. A value field without a
value is not.

## Why this matters
Readers take the values they know the number of: with two values of three a position is unusable, and a
backslash in a single-valued text makes two values of which the second is lost.

## Example
Image Position (Patient) (0020,0032) with two values; a Windows path in a Long String.

## Fix
Write as many values as PS3.6 says. Do not use the backslash in text other than ST, LT and UT.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.forms import PADDING
from dcmlint.read.vr import BINARY_SIZE, TEXT_VRS
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.screen import value_counts
from dcmlint.value import Value
from dcmlint.value_field import text


def check(value: Value) -> Iterator[Found]:
    """Yield a finding if the number of values is not what the VM allows."""
    size = BINARY_SIZE.get(value.vr)
    if size is not None and len(value.raw) % size:
        if not len(value.raw) % 2:
            what = f"is {len(value.raw)} bytes long, which is no multiple of the {size} bytes of one value"
            yield Found(value.tag, {"what": what})
        return
    if value.vr in ("OD", "OF", "OL", "OV"):  # streams, of which an Attribute has one (PS3.5 6.4)
        return
    count = _count(value) if size is None else len(value.raw) // size
    if not count or not value.vm or _allows(value.vm, count):
        return
    values = "1 value" if count == 1 else f"{count} values"
    yield Found(value.tag, {"what": f"has {values}, its Value Multiplicity is {value.vm}"})


def _count(value: Value) -> int:
    """Return the number of values of a text or string, 0 if it cannot be told."""
    if value.vr in TEXT_VRS:
        decoded, charset = text(value)
        if decoded.fault is not None and charset.kind != "default" and charset.codec != "utf_8":
            return 0
        return decoded.value.count("\\") + 1 if decoded.value else 0
    raw = value.raw.rstrip(PADDING)
    return raw.count(b"\\") + 1 if raw else 0


def _allows(vm: str, count: int) -> bool:
    for choice in vm.split(" or "):
        least, most, step = value_counts(choice)
        if count >= least and (most is None or count <= most) and not (count - least) % step:
            return True
    return False


RULE = Rule(
    several=True,
    severity="error",
    scope="value",
    citation="PS3.5 Section 6.4",
    message="{attribute} {what}",
    selects=(
        *("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "PN", "SH", "TM", "UC", "UI"),
        *("AT", "FD", "FL", "OD", "OF", "OL", "OV", "SL", "SS", "SV", "UL", "US", "UV"),
    ),
    check=check,
    by_value=True,
    cases=(
        good(DoublePointCoordinatesData=Raw("OD", bytes(24))),
        bad("DoublePointCoordinatesData", DoublePointCoordinatesData=Raw("OD", bytes(12))),
        good(ImagePositionPatient=[1, 2, 3]),
        good(ImagePositionPatient=""),
        good(ContourData=[1, 2, 3, 4, 5, 6]),
        good(SpecificCharacterSet="GB18030", SeriesDescription=Raw("LO", b"\x81\x5c\x90\x5c")),
        good(SpecificCharacterSet=["", "ISO 2022 IR 87"], SeriesDescription=Raw("LO", b"\x1b$B!\\\x1b(B ")),
        good(InstitutionAddress="C:\\path"),
        good(ImageType=Raw("CS", b"ORIGINAL\\PRIMARY\\\\OTHER")),
        good(Rows=512),
        good({"00091001": Raw("DS", b"1\\2 ")}, **{"00090010": "MAKER"}),
        bad("ImagePositionPatient", ImagePositionPatient=[1, 2]),
        bad("ImagePositionPatient", ImagePositionPatient=[1, 2, 3, 4]),
        bad("ContourData", ContourData=[1, 2, 3, 4]),
        bad("SeriesDescription", SeriesDescription="C:\\path"),
        bad("Modality", Modality=["CT", "PT"]),
        bad("Rows", Rows=[512, 512]),
        bad("SpacingBetweenSlices", SpacingBetweenSlices=[1, 1]),
        bad("TagAngleFirstAxis", TagAngleFirstAxis=Raw("FD", b"\0\0\0\0\0\0")),
        bad("StudyInstanceUID", StudyInstanceUID=["1.2.3", "1.2.4"]),
        bad("PatientName", PatientName=["Doe^John", "Roe^Jane"]),
        bad("FieldOfViewDimensions", FieldOfViewDimensions=[1, 2, 3]),
    ),
)

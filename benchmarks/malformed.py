"""Malformed values by VR (PS3.5 Table 6.2-1): each is wrong whatever the Attribute is."""

from __future__ import annotations

import struct

__all__ = ["MALFORMED", "PLACES"]

_NAN = float("nan")
_INFINITE = float("inf")


def _padded(*values: bytes) -> tuple[bytes, ...]:
    """Return values of even length, padded with a space."""
    return tuple(value + b" " * (len(value) & 1) for value in values)


MALFORMED: dict[str, tuple[bytes, ...]] = {
    "AE": _padded(b"SEVENTEEN_LETTERS", b"A\x07B", b"CAF\xc9", b"LINE\nFEED"),
    "AS": _padded(b"22Y", b"1Y", b"0ABY", b"022X", b"022y", b"Y022", b"022Y1"),
    "AT": (b"\x10\x00", b"\x10\x00\x20\x00\x30\x00"),
    "CS": _padded(b"lower", b"A-B", b"SEVENTEEN_LETTERS", b"CAF\xc9", b"A.B", b"A/B", b"A\x0bB"),
    "DA": _padded(
        b"2024-03-11", b"20241301", b"20240230", b"20240011", b"2024031", b"ABCDEFGH", b"20230229"
    ),
    "DS": _padded(b"1,5", b"abc", b"1.5.2", b"1e", b"12345678901234567", b"NaN", b"--1", b"1 2", b"0x10"),
    "DT": _padded(b"20241311", b"2024031125", b"abcd", b"20240311101558.1234567", b"20240311101558+1500"),
    "FD": (struct.pack("<d", _NAN), struct.pack("<d", _INFINITE), b"\0\0\0\0\0\0"),
    "FL": (struct.pack("<f", _NAN), struct.pack("<f", _INFINITE), b"\0\0"),
    "IS": _padded(b"1.5", b"abc", b"1234567890123", b"99999999999", b"1 2", b"+-1", b"0x10", b"-2147483649"),
    "LO": _padded(b"A" * 65, b"bell\x07", b"line\nfeed", b"tab\there"),
    "LT": _padded(b"A" * 10_241, b"bell\x07", b"null\x00inside"),
    "OB": (),
    "OD": (b"\0\0\0\0",),
    "OF": (b"\0\0",),
    "OL": (b"\0\0",),
    "OV": (b"\0\0\0\0",),
    "OW": (),
    "PN": _padded(b"A" * 65, b"A^B^C^D^E^F", b"A=B=C=D", b"bell\x07", b"line\nfeed"),
    "SH": _padded(b"SEVENTEEN LETTERS", b"bell\x07", b"line\nfeed"),
    "SL": (b"\0\0", b"\0\0\0\0\0\0"),
    "SS": (b"\0\0\0\0\0\0\0\0\0\0",),
    "ST": _padded(b"A" * 1025, b"bell\x07"),
    "SV": (b"\0\0\0\0",),
    "TM": _padded(b"256000", b"10:15:32", b"1060", b"abc", b"101532.1234567", b"101599", b"1"),
    "UC": _padded(b"bell\x07", b"line\nfeed"),
    "UI": (
        b"1.2.03.4", b"1.2..4\0\0", b".1.2\0\0", b"1.2.\0\0", b"1.2.abc\0", b"3.2.1\0", b"1.2 .3\0\0",
        b"1.2." + b"3" * 62, b"1.45.2\0\0", b"12\0\0",
    ),
    "UL": (b"\0\0", b"\0\0\0\0\0\0"),
    "UR": _padded(b" http://example.org/", b"http://exa mple.org/", b"bell\x07"),
    "US": (b"\0\0\0\0\0\0\0\0\0\0",),
    "UT": _padded(b"bell\x07"),
    "UV": (b"\0\0\0\0",),
}  # fmt: skip
"""VR to values (even length) that no Attribute of that VR and VM 1 may have."""

PLACES: dict[str, str] = {
    "AE": "PerformedStationAETitle",
    "AS": "PatientAge",
    "AT": "SelectorAttribute",
    "CS": "PatientSex",
    "DA": "StudyDate",
    "DS": "PatientWeight",
    "DT": "AcquisitionDateTime",
    "FD": "AcquisitionDuration",
    "FL": "ExaminedBodyThickness",
    "IS": "SeriesNumber",
    "LO": "StudyDescription",
    "LT": "AdditionalPatientHistory",
    "OD": "DoublePointCoordinatesData",
    "OF": "PointCoordinatesData",
    "OL": "LongPrimitivePointIndexList",
    "OV": "ExtendedOffsetTable",
    "PN": "PatientName",
    "SH": "StationName",
    "SL": "ReferencePixelX0",
    "SS": "TagAngleSecondAxis",
    "ST": "InstitutionAddress",
    "TM": "StudyTime",
    "UC": "LongCodeValue",
    "UI": "StudyInstanceUID",
    "UL": "NumberOfTableBreakPoints",
    "UR": "RetrieveURL",
    "US": "PreferredPlaybackSequencing",
    "UT": "LabelText",
    "UV": "FileLengthInContainer",
}
"""VR to the Attribute that is added where an instance has none of that VR with VM 1."""

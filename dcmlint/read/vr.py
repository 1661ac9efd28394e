"""Value Representations: how each is encoded and how long a value may be (PS3.5 6.2, 7.1.2)."""

from __future__ import annotations

__all__ = [
    "BINARY_SIZE",
    "LONG_VRS",
    "SHORT_VRS",
    "TEXT_VRS",
    "VRS",
    "ambiguous_vr",
    "permitted_vrs",
]

SHORT_VRS: dict[bytes, str] = {
    name.encode(): name for name in "AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split()
}
"""VRs with a 16-bit Value Length in Explicit VR encoding (PS3.5 Table 7.1-2)."""

LONG_VRS: dict[bytes, str] = {
    name.encode(): name for name in "OB OD OF OL OV OW SQ SV UC UN UR UT UV".split()
}
"""VRs with two reserved bytes and a 32-bit Value Length (PS3.5 Table 7.1-1)."""

VRS: frozenset[str] = frozenset(SHORT_VRS.values()) | frozenset(LONG_VRS.values())

TEXT_VRS: frozenset[str] = frozenset("LO LT PN SH ST UC UT".split())
"""VRs whose bytes follow Specific Character Set (PS3.5 6.1.2.3)."""

BINARY_SIZE: dict[str, int] = {
    "AT": 4,
    "FD": 8,
    "FL": 4,
    "OB": 1,
    "OD": 8,
    "OF": 4,
    "OL": 4,
    "OV": 8,
    "OW": 2,
    "SL": 4,
    "SS": 2,
    "SV": 8,
    "UL": 4,
    "US": 2,
    "UV": 8,
}
"""Bytes of one value of a binary VR (PS3.5 Table 6.2-1)."""


def ambiguous_vr(vr: str) -> str:
    """Return the VR to read an implicit VR element with, where PS3.6 allows several.

    PS3.5 Annex A.1: Pixel, Overlay and Waveform data and LUT Data are OW in Implicit VR; the
    others are read as unsigned, which is their common form.
    """
    if " or " not in vr:
        return vr
    choices = vr.split(" or ")
    return "OW" if "OW" in choices else choices[0]


def permitted_vrs(vr: str) -> tuple[str, ...]:
    """Return the VRs that a PS3.6 entry allows in Explicit VR encoding."""
    return tuple(vr.split(" or "))

"""Values that say nothing of anyone and are valid for their VR (PS3.15 E.1.1, action D)."""

from __future__ import annotations

__all__ = ["DUMMY_TEXTS", "REMOVED", "dummy_value"]

REMOVED = "REMOVED"

DUMMY_TEXTS = {
    "AE": REMOVED,
    "AS": "000D",
    "CS": REMOVED,
    "DA": "20000101",
    "DS": "0",
    "DT": "20000101000000",
    "IS": "0",
    "LO": REMOVED,
    "LT": REMOVED,
    "PN": REMOVED,
    "SH": REMOVED,
    "ST": REMOVED,
    "TM": "000000",
    "UC": REMOVED,
    "UR": "about:blank",
    "UT": REMOVED,
}
"""The dummy value by VR, one of whatever VM; binary values become zeros."""

_BY_TAG = {0x04000565: b"CORRECT", 0x00100040: b"O", 0x00102203: b"UNALTERED"}
"""Enumerated Values: Reason for the Attribute Modification, Patient's Sex, Patient's Sex Neutered."""

_SIZES = {"AT": 4, "FD": 8, "FL": 4, "OD": 8, "OF": 4, "OL": 4, "OV": 8, "SL": 4, "SS": 2, "SV": 8}
_SIZES |= {"UL": 4, "US": 2, "UV": 8, "OB": 2, "OW": 2, "UN": 2}


def dummy_value(tag: int, vr: str, length: int) -> bytes:
    """Return the dummy value of an Attribute, without padding; `length` is that of the value it replaces.

    Binary values of up to 64 KiB keep their length, so that what counts them stays true.
    """
    if tag in _BY_TAG:
        return _BY_TAG[tag]
    text = DUMMY_TEXTS.get(vr)
    if text is not None:
        return text.encode()
    size = _SIZES.get(vr, 2)
    return bytes(size * max(1, length // size) if length <= 1 << 16 else size)

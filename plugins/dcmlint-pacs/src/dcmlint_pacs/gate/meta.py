"""The preamble and File Meta Information that the gate writes before a Data Set (PS3.10 7.1)."""

from __future__ import annotations

import struct

from dcmlint_pacs.gate.model import Arrival
from dcmlint_pacs.peer import is_ae_title

__all__ = ["IMPLEMENTATION_CLASS_UID", "IMPLEMENTATION_VERSION_NAME", "file_meta"]

IMPLEMENTATION_CLASS_UID = "2.25.39510978189604443544128458222062743080"
IMPLEMENTATION_VERSION_NAME = "DCMLINT_GATE"


def file_meta(arrival: Arrival) -> bytes:
    """Return what comes before the Data Set of an object: its UIDs, who we are, and who sent it."""
    uids = {
        0x0002: arrival.sop_class_uid,
        0x0003: arrival.sop_instance_uid,
        0x0010: arrival.transfer_syntax_uid,
        0x0012: IMPLEMENTATION_CLASS_UID,
    }
    parts = [struct.pack("<HH2sHI", 2, 1, b"OB", 0, 2) + b"\x00\x01"]
    parts += [_short(element, b"UI", uid.encode("ascii", "replace"), b"\0") for element, uid in uids.items()]
    parts.append(_short(0x0013, b"SH", IMPLEMENTATION_VERSION_NAME.encode(), b" "))
    if is_ae_title(arrival.calling_aet):
        parts.append(_short(0x0016, b"AE", arrival.calling_aet.encode(), b" "))
    elements = b"".join(parts)
    return bytes(128) + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(elements)) + elements


def _short(element: int, vr: bytes, value: bytes, padding: bytes) -> bytes:
    value += padding * (len(value) % 2)
    return struct.pack("<HH2sH", 2, element, vr, len(value)) + value

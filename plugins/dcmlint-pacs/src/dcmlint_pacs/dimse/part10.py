"""An object that was received as a file: File Meta Information before its bytes (PS3.10 7.1)."""

from __future__ import annotations

import struct
from typing import NamedTuple

__all__ = ["Received", "as_file"]


class Received(NamedTuple):
    """An object as a C-STORE request had it: UIDs of its Command Set, the Transfer Syntax of its Presentation
    Context, and its Data Set as bytes."""

    sop_class: str
    sop_instance: str
    syntax: str
    content: bytes


def as_file(received: Received) -> bytes:
    """Return preamble, File Meta Information and the Data Set, which is not touched."""
    from pynetdicom import PYNETDICOM_IMPLEMENTATION_UID, PYNETDICOM_IMPLEMENTATION_VERSION

    meta = struct.pack("<HH2sHL2s", 2, 1, b"OB", 0, 2, b"\0\1")
    values = (
        (0x0002, b"UI", received.sop_class),
        (0x0003, b"UI", received.sop_instance),
        (0x0010, b"UI", received.syntax),
        (0x0012, b"UI", str(PYNETDICOM_IMPLEMENTATION_UID)),
        (0x0013, b"SH", PYNETDICOM_IMPLEMENTATION_VERSION),
    )
    for element, vr, value in values:
        raw = value.encode("latin-1")
        if len(raw) % 2:
            raw += b"\0" if vr == b"UI" else b" "
        meta += struct.pack("<HH2sH", 2, element, vr, len(raw)) + raw
    length = struct.pack("<HH2sHL", 2, 0, b"UL", 4, len(meta))
    return b"".join((bytes(128), b"DICM", length, meta, received.content))

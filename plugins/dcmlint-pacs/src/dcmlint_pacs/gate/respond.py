"""The Command Set of a C-STORE-RSP (PS3.7 9.3.1.2), encoded without a Data Set of pydicom, for speed."""

from __future__ import annotations

import struct
from typing import Any

__all__ = ["store_response"]

_C_STORE_RSP = 0x8001
_NO_DATA_SET = 0x0101


def store_response(primitive: Any) -> bytes:
    """Return the Command Set of pynetdicom's primitive, in Implicit VR Little Endian (PS3.7 6.3.1)."""
    elements = [
        _text(0x0002, str(primitive.AffectedSOPClassUID), b"\0"),
        _number(0x0100, _C_STORE_RSP),
        _number(0x0120, primitive.MessageIDBeingRespondedTo),
        _number(0x0800, _NO_DATA_SET),
        _number(0x0900, primitive.Status),
        _text(0x0902, primitive.ErrorComment, b" ") if primitive.ErrorComment else b"",
        _text(0x1000, str(primitive.AffectedSOPInstanceUID), b"\0"),
    ]
    body = b"".join(elements)
    return struct.pack("<HHII", 0, 0, 4, len(body)) + body


def _number(element: int, value: int) -> bytes:
    return struct.pack("<HHIH", 0, element, 2, value)


def _text(element: int, text: str, padding: bytes) -> bytes:
    value = text.encode("ascii", "replace")
    value += padding * (len(value) % 2)
    return struct.pack("<HHI", 0, element, len(value)) + value

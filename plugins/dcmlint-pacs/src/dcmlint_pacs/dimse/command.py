"""Command Sets: encoded and decoded (PS3.7 6.3 and Annex E). Implicit VR Little Endian, group 0000."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final, NamedTuple

__all__ = [
    "C_ECHO",
    "C_FIND",
    "C_GET",
    "C_MOVE",
    "C_STORE",
    "RESPONSE",
    "Command",
    "Message",
    "decoded",
    "encoded",
    "is_pending",
]

Command = Mapping[str, "int | str"]
"""Values by keyword. Those that are absent are not in it."""

C_STORE: Final = 0x0001
C_GET: Final = 0x0010
C_FIND: Final = 0x0020
C_MOVE: Final = 0x0021
C_ECHO: Final = 0x0030
RESPONSE: Final = 0x8000
"""What Command Field has besides in a response (PS3.7 E.1)."""

_NO_DATA_SET = 0x0101
_SHORT, _TEXT = "US", "text"
_ELEMENTS = {
    0x0002: ("AffectedSOPClassUID", _TEXT),
    0x0100: ("CommandField", _SHORT),
    0x0110: ("MessageID", _SHORT),
    0x0120: ("MessageIDBeingRespondedTo", _SHORT),
    0x0600: ("MoveDestination", _TEXT),
    0x0700: ("Priority", _SHORT),
    0x0800: ("CommandDataSetType", _SHORT),
    0x0900: ("Status", _SHORT),
    0x1000: ("AffectedSOPInstanceUID", _TEXT),
    0x1020: ("NumberOfRemainingSuboperations", _SHORT),
    0x1021: ("NumberOfCompletedSuboperations", _SHORT),
    0x1022: ("NumberOfFailedSuboperations", _SHORT),
    0x1023: ("NumberOfWarningSuboperations", _SHORT),
}
_TAGS = {keyword: (tag, kind) for tag, (keyword, kind) in _ELEMENTS.items()}


class Message(NamedTuple):
    """A message: the Presentation Context that it came in, its Command Set, and the bytes of its Data Set."""

    context: int
    command: Command
    content: bytes = b""

    def number(self, keyword: str) -> int | None:
        """Return a number of the Command Set, None if it is absent."""
        value = self.command.get(keyword)
        return value if isinstance(value, int) else None

    def text(self, keyword: str) -> str:
        """Return a text of the Command Set, "" if it is absent."""
        value = self.command.get(keyword)
        return value if isinstance(value, str) else ""

    @property
    def has_content(self) -> bool:
        """Whether a Data Set belongs to it."""
        return self.number("CommandDataSetType") != _NO_DATA_SET


def is_pending(status: int) -> bool:
    """Tell whether more responses are to come (PS3.7 Annex C)."""
    return status in (0xFF00, 0xFF01)


def encoded(command: Command, *, has_content: bool) -> bytes:
    """Return a Command Set as bytes, with its group length."""
    values = {**command, "CommandDataSetType": 0x0001 if has_content else _NO_DATA_SET}
    body = b""
    for tag, (keyword, kind) in _ELEMENTS.items():
        if keyword in values:
            value = values[keyword]
            raw = struct.pack("<H", value) if kind is _SHORT else str(value).encode("ascii")
            if len(raw) % 2:
                raw += b" " if keyword == "MoveDestination" else b"\0"
            body += struct.pack("<HHL", 0, tag, len(raw)) + raw
    return struct.pack("<HHLL", 0, 0, 4, len(body)) + body


def decoded(raw: bytes) -> Command:
    """Return what a Command Set says; raises ValueError if it is none. Elements of other groups, which do not
    belong there, are passed over."""
    found: dict[str, int | str] = {}
    at = 0
    while at < len(raw):
        if at + 8 > len(raw):
            raise ValueError("it ends within an element")
        group, tag, length = struct.unpack_from("<HHL", raw, at)
        at += 8
        if at + length > len(raw):
            raise ValueError("an element is longer than the Command Set")
        # Orthanc 1.10 has (0008,0058) in the Command Set of responses to a C-GET that failed.
        keyword, kind = _ELEMENTS.get(tag, ("", "")) if not group else ("", "")
        value = raw[at : at + length]
        if kind is _SHORT and length == 2:
            found[keyword] = int.from_bytes(value, "little")
        elif kind is _TEXT and length <= 128:
            found[keyword] = value.decode("latin-1").strip(" \0")
        at += length
    if "CommandField" not in found:
        raise ValueError("it has no Command Field")
    return found

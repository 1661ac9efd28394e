"""DIMSE from scratch: PDUs, Command Sets and Data Sets as bytes, and a peer that sends what it is told.

By nobody's library, so that they can be as wrong as a test or a benchmark needs them.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence
from contextlib import suppress

__all__ = [
    "ABORT",
    "CT",
    "EXPLICIT",
    "RELEASE",
    "Peer",
    "associate",
    "command",
    "data_set",
    "echo",
    "echo_is_answered",
    "element",
    "item",
    "message",
    "nested",
    "p_data",
    "pdu",
    "recorded",
    "store",
    "store_status",
]

CT = "1.2.840.10008.5.1.4.1.1.2"
_VERIFICATION = "1.2.840.10008.1.1"
EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
_APPLICATION = "1.2.840.10008.3.1.1.1"
_STORE_RQ, _ECHO_RQ = 0x0001, 0x0030
_NO_DATA_SET = 0x0101
_LAST = 2
RELEASE = b"\x05\x00\x00\x00\x00\x04\x00\x00\x00\x00"
ABORT = b"\x07\x00\x00\x00\x00\x04\x00\x00\x00\x00"
_LONG = (b"OB", b"OW", b"SQ", b"UN", b"UT")

Context = tuple[int, str, Sequence[str]]
CONTEXTS: tuple[Context, ...] = ((1, CT, (EXPLICIT,)), (3, _VERIFICATION, (IMPLICIT,)))


class Peer:
    """A connection that sends what it is told, and reads whole PDUs."""

    def __init__(self, port: int, timeout_s: float = 10.0) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, *parts: bytes) -> None:
        """Send bytes; a connection that the other side has closed is no fault here."""
        with suppress(OSError):
            self.socket.sendall(b"".join(parts))

    def reset(self) -> None:
        """Close with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def receive(self) -> bytes:
        """Return the next PDU, b"" if the connection has ended or nothing comes."""
        header = self._read(6)
        return header + self._read(struct.unpack(">L", header[2:])[0]) if len(header) == 6 else b""

    def asks(self, *parts: bytes) -> bytes:
        """Send bytes; return the next PDU that comes."""
        self.send(*parts)
        return self.receive()

    def kinds(self) -> list[int]:
        """Return the types of all PDUs that come until the end."""
        kinds = []
        while pdu_ := self.receive():
            kinds.append(pdu_[0])
        return kinds

    def _read(self, count: int) -> bytes:
        got = b""
        with suppress(OSError):
            while len(got) < count and (part := self.socket.recv(count - len(got))):
                got += part
        return got


def pdu(kind: int, body: bytes, length: int | None = None) -> bytes:
    """Return a PDU (PS3.8 9.3.1); `length` is what it says of its length, if that is to be a lie."""
    return struct.pack(">BBL", kind, 0, len(body) if length is None else length) + body


def associate(
    contexts: Sequence[Context] = CONTEXTS,
    *,
    called: bytes = b"DCMLINT",
    calling: bytes = b"HOSTILE",
    user: bytes = b"",
) -> bytes:
    """Return an A-ASSOCIATE-RQ (PS3.8 9.3.2); `user` are further user items."""
    items = item(0x10, _APPLICATION.encode())
    for identifier, abstract, syntaxes in contexts:
        proposed = b"".join(item(0x40, syntax.encode()) for syntax in syntaxes)
        items += item(0x20, bytes((identifier & 255, 0, 0, 0)) + item(0x30, abstract.encode()) + proposed)
    items += item(0x50, item(0x51, struct.pack(">L", 16384)) + item(0x52, b"1.2.3.4") + user)
    head = struct.pack(">HH16s16s32x", 1, 0, called.ljust(16), calling.ljust(16))
    return pdu(0x01, head + items)


def item(kind: int, content: bytes) -> bytes:
    return struct.pack(">BBH", kind, 0, len(content)) + content


def p_data(context: int, header: int, content: bytes) -> bytes:
    """Return a P-DATA-TF with one PDV (PS3.8 9.3.5)."""
    return pdu(0x04, struct.pack(">LBB", len(content) + 2, context, header) + content)


def command(values: dict[int, int | str], *, length: int | None = None) -> bytes:
    """Return a Command Set (PS3.7 6.3.1): values of group 0000 by element; `length` replaces the true one."""
    encoded = b""
    for number, value in sorted(values.items()):
        content = struct.pack("<H", value) if isinstance(value, int) else _even(value.encode("latin-1"))
        encoded += struct.pack("<HHL", 0, number, len(content)) + content
    return struct.pack("<HHLL", 0, 0, 4, len(encoded) if length is None else length) + encoded


def _even(text: bytes) -> bytes:
    return text + b"\0" * (len(text) % 2)


def element(tag: int, vr: bytes, value: bytes, length: int | None = None) -> bytes:
    """Return a Data Element in Explicit VR Little Endian."""
    size = len(value) if length is None else length
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr
    return head + (struct.pack("<HL", 0, size) if vr in _LONG else struct.pack("<H", size & 0xFFFF)) + value


def data_set(instance: str, *, sop_class: str = CT, extra: bytes = b"") -> bytes:
    """Return a small Data Set; `extra` are elements after those that identify it."""
    return (
        element(0x00080016, b"UI", _even(sop_class.encode("latin-1")))
        + element(0x00080018, b"UI", _even(instance.encode("latin-1")))
        + element(0x00100020, b"LO", b"HOSTILE1")
        + element(0x0020000D, b"UI", _even(f"{instance[:50]}.1".encode("latin-1")))
        + extra
    )


def nested(depth: int) -> bytes:
    """Return Sequences in Sequences, of undefined length, that never end."""
    opened = element(0x00081140, b"SQ", b"", 0xFFFFFFFF) + struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
    return opened * depth


def message(
    fields: dict[int, int | str], content: bytes | None, context: int = 1, most: int = 16000
) -> bytes:
    """Return the P-DATA-TF of a message: its Command Set, then its Data Set, if there is one."""
    parts = [p_data(context, 1 | _LAST, command(fields))]
    if content is not None:
        pieces = [content[at : at + most] for at in range(0, len(content), most)] or [b""]
        parts += [p_data(context, _LAST if piece is pieces[-1] else 0, piece) for piece in pieces]
    return b"".join(parts)


def store(instance: str, content: bytes, **changes: int | str | None) -> bytes:
    """Return a C-STORE-RQ with its Data Set; `changes` are fields by name, None leaves one out."""
    fields: dict[int, int | str | None] = {
        0x0002: changes.get("sop_class", CT),
        0x0100: changes.get("field", _STORE_RQ),
        0x0110: changes.get("identifier", 7),
        0x0700: 0,
        0x0800: changes.get("kind", 0),
        0x1000: changes.get("instance", instance),
    }
    return message({number: value for number, value in fields.items() if value is not None}, content)


def echo() -> bytes:
    """Return a C-ECHO-RQ on the Presentation Context for Verification."""
    return message({0x0002: _VERIFICATION, 0x0100: _ECHO_RQ, 0x0110: 1, 0x0800: _NO_DATA_SET}, None, 3)


def echo_is_answered(port: int) -> bool:
    """Tell whether a well-behaved peer gets a C-ECHO-RSP and a release."""
    with Peer(port) as peer:
        kinds = [peer.asks(associate())[:1], peer.asks(echo())[:1], peer.asks(RELEASE)[:1]]
        return kinds == [b"\x02", b"\x04", b"\x06"]


def store_status(port: int, instance: str, content: bytes | None = None, **changes: int | str | None) -> int:
    """Return the status that a C-STORE gets, -1 if there is no answer."""
    with Peer(port) as peer:
        peer.asks(associate())
        answer = peer.asks(store(instance, data_set(instance) if content is None else content, **changes))
        peer.asks(RELEASE)
    at = answer.find(b"\x00\x00\x00\x09\x02\x00\x00\x00")
    return int(struct.unpack_from("<H", answer, at + 8)[0]) if at > 0 else -1


def recorded(instance: str) -> list[bytes]:
    """Return the PDUs of a valid association that stores an object."""
    content = data_set(instance, extra=element(0x7FE00010, b"OW", bytes(3000)))
    request = store(instance, content)
    first = 6 + struct.unpack_from(">L", request, 2)[0]
    assert first < len(request)
    return [associate(), request[:first], request[first:], echo(), RELEASE]

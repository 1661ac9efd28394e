"""Peers that break PS3.7 and PS3.8, byte by byte: what they send is made here, by nobody's library.

For tests and benchmarks of the gate. A scenario opens connections to a port and says how many.
"""

from __future__ import annotations

import random
import socket
import struct
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

__all__ = [
    "CT",
    "SCENARIOS",
    "Peer",
    "associate",
    "command",
    "data_set",
    "echo_is_answered",
    "element",
    "message",
    "mutated",
    "nested",
    "p_data",
    "pdu",
    "recorded",
    "store",
    "store_status",
]

CT = "1.2.840.10008.5.1.4.1.1.2"
_VERIFICATION = "1.2.840.10008.1.1"
_EXPLICIT, _IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
_APPLICATION = "1.2.840.10008.3.1.1.1"
_STORE_RQ, _ECHO_RQ = 0x0001, 0x0030
_NO_DATA_SET = 0x0101
_LAST = 2
_RELEASE = b"\x05\x00\x00\x00\x00\x04\x00\x00\x00\x00"
_ABORT = b"\x07\x00\x00\x00\x00\x04\x00\x00\x00\x00"
_LONG = (b"OB", b"OW", b"SQ", b"UN", b"UT")

Context = tuple[int, str, Sequence[str]]
CONTEXTS: tuple[Context, ...] = ((1, CT, (_EXPLICIT,)), (3, _VERIFICATION, (_IMPLICIT,)))


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
    items = _item(0x10, _APPLICATION.encode())
    for identifier, abstract, syntaxes in contexts:
        proposed = b"".join(_item(0x40, syntax.encode()) for syntax in syntaxes)
        items += _item(0x20, bytes((identifier & 255, 0, 0, 0)) + _item(0x30, abstract.encode()) + proposed)
    items += _item(0x50, _item(0x51, struct.pack(">L", 16384)) + _item(0x52, b"1.2.3.4") + user)
    head = struct.pack(">HH16s16s32x", 1, 0, called.ljust(16), calling.ljust(16))
    return pdu(0x01, head + items)


def _item(kind: int, content: bytes) -> bytes:
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
        kinds = [peer.asks(associate())[:1], peer.asks(echo())[:1], peer.asks(_RELEASE)[:1]]
        return kinds == [b"\x02", b"\x04", b"\x06"]


def store_status(port: int, instance: str, content: bytes | None = None, **changes: int | str | None) -> int:
    """Return the status that a C-STORE gets, -1 if there is no answer."""
    with Peer(port) as peer:
        peer.asks(associate())
        answer = peer.asks(store(instance, data_set(instance) if content is None else content, **changes))
        peer.asks(_RELEASE)
    at = answer.find(b"\x00\x00\x00\x09\x02\x00\x00\x00")
    return int(struct.unpack_from("<H", answer, at + 8)[0]) if at > 0 else -1


def recorded(instance: str) -> list[bytes]:
    """Return the PDUs of a valid association that stores an object."""
    content = data_set(instance, extra=element(0x7FE00010, b"OW", bytes(3000)))
    request = store(instance, content)
    first = 6 + struct.unpack_from(">L", request, 2)[0]
    assert first < len(request)
    return [associate(), request[:first], request[first:], echo(), _RELEASE]


def mutated(pdus: Sequence[bytes], rng: random.Random) -> list[bytes]:
    """Return the PDUs with one to four faults: in bits, bytes, lengths, order, what is missing or twice."""
    parts = [bytearray(each) for each in pdus]
    for _ in range(rng.randint(1, 4)):
        rng.choice(_FAULTS)(parts, rng)
    return [bytes(each) for each in parts]


def _flip(parts: list[bytearray], rng: random.Random) -> None:
    part = rng.choice(parts)
    for _ in range(rng.randint(1, 8)):
        if part:
            part[rng.randrange(len(part))] ^= 1 << rng.randrange(8)


def _overwrite(parts: list[bytearray], rng: random.Random) -> None:
    part = rng.choice(parts)
    at = rng.randrange(len(part) + 1)
    part[at : at + rng.randint(1, 16)] = rng.randbytes(rng.randint(0, 24))


def _length(parts: list[bytearray], rng: random.Random) -> None:
    part = rng.choice(parts)
    if len(part) >= 6:
        value = rng.choice((0, 1, 5, len(part), len(part) * 2, 0xFFFF, 1 << 20, 0x7FFFFFFF, 0xFFFFFFFF))
        at = rng.choice((2, 2, rng.randrange(len(part) - 3)))
        part[at : at + 4] = struct.pack(rng.choice((">L", "<L")), value)


def _cut(parts: list[bytearray], rng: random.Random) -> None:
    part = rng.choice(parts)
    at = rng.randrange(len(part) + 1)
    del part[at : rng.choice((len(part), at + rng.randint(1, 40)))]


def _swap(parts: list[bytearray], rng: random.Random) -> None:
    one, other = rng.randrange(len(parts)), rng.randrange(len(parts))
    parts[one], parts[other] = parts[other], parts[one]


def _drop(parts: list[bytearray], rng: random.Random) -> None:
    if len(parts) > 1:
        del parts[rng.randrange(len(parts))]


def _again(parts: list[bytearray], rng: random.Random) -> None:
    parts.insert(rng.randrange(len(parts) + 1), bytearray(rng.choice(parts)))


def _strange(parts: list[bytearray], rng: random.Random) -> None:
    body = rng.randbytes(rng.randint(0, 64))
    parts.insert(rng.randrange(len(parts) + 1), bytearray(pdu(rng.randrange(256), body)))


def _header(parts: list[bytearray], rng: random.Random) -> None:
    part = rng.choice(parts)
    if len(part) > 12 and part[0] == 0x04:
        part[10:12] = bytes((rng.choice((0, 1, 3, 5, 255)), rng.randrange(256)))


_FAULTS: tuple[Callable[[list[bytearray], random.Random], None], ...] = (
    *(_flip, _overwrite, _length, _cut, _swap, _drop, _again, _strange, _header),
)


def _says(*parts: bytes, ends: str = "read", waits: bool = True) -> Callable[[int], int]:
    """Return a scenario of one connection that sends all of this, then reads, closes or resets.

    With `waits`, what comes after an A-ASSOCIATE-RQ is sent when that is answered.
    """

    def scenario(port: int) -> int:
        with Peer(port, 8) as peer:
            rest = parts
            if waits and len(parts) > 1 and parts[0][0] == 0x01:
                peer.send(parts[0])
                peer.receive()
                rest = parts[1:]
            peer.send(*rest)
            if ends == "read":
                peer.kinds()
            elif ends == "reset":
                time.sleep(0.02)
                peer.reset()
        return 1

    return scenario


def _at_every_point(ends: str) -> Callable[[int], int]:
    """Return a scenario that breaks a valid association off at points all over it."""

    def scenario(port: int) -> int:
        whole = b"".join(recorded("1.2.3.99"))
        points = sorted({*range(0, 260, 37), *range(260, len(whole), 331), len(whole) - 1})
        request = len(associate())
        for point in points:
            _says(*filter(None, (whole[: min(point, request)], whole[request:point])), ends=ends)(port)
        return len(points)

    return scenario


def _slowly(count: int, pause_s: float, what: bytes) -> Callable[[int], int]:
    """Return a scenario of connections that send byte by byte, until they are closed."""

    def scenario(port: int) -> int:
        peers = [Peer(port) for _ in range(count)]
        alive = dict(enumerate(peers))
        for at in range(len(what)):
            for number, peer in list(alive.items()):
                try:
                    peer.socket.sendall(what[at : at + 1])
                except OSError:
                    del alive[number]
            if not alive:
                break
            time.sleep(pause_s)
        for peer in peers:
            peer.socket.close()
        return count

    return scenario


def _deaf(port: int) -> int:
    """A peer that asks for answers and never takes one: until it is closed, or nothing more can be sent."""
    with Peer(port, 5) as peer:
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        peer.asks(associate())
        with suppress(OSError):
            for _ in range(3000):
                peer.socket.sendall(echo())
    return 1


_ECHOES = (echo(), echo())
_UIDS = {
    "path": "../../../../tmp/x",
    "nul": "1.2.3\0.4",
    "65 characters": "1." * 32 + "1",
    "unicode": "1.2.3\xe4",
    "none": "",
    "letters": "1.2.dcm",
    "dots": "..",
}
_BODY = data_set("1.2.3.4.5")
_STORE = store("1.2.3.4.5", _BODY)
_FIELDS: dict[int, int | str] = {0x0002: CT, 0x0100: 1, 0x0110: 7, 0x0700: 0, 0x0800: 0, 0x1000: "1.2.3.4.5"}
_BAD_COMMANDS = {
    "wrong group length": p_data(1, 3, command(_FIELDS, length=3)) + p_data(1, 2, _BODY),
    "huge element length": p_data(1, 3, command(_FIELDS)[:-8] + struct.pack("<L", 0xFFFFFFF0))
    + p_data(1, 2, _BODY),
    "no Command Field": p_data(1, 3, command({0x0002: CT, 0x0110: 7, 0x0800: 0, 0x1000: "1.2.3"})),
    "no SOP Instance": p_data(1, 3, command({0x0002: CT, 0x0100: 1, 0x0110: 7, 0x0800: 0}))
    + p_data(1, 2, _BODY),
    "no Priority": p_data(1, 3, command({**_FIELDS, 0x0700: ""})) + p_data(1, 2, _BODY),
    "unknown SOP Class": store("1.2.3.4.5", _BODY, sop_class="1.2.3.4.5.6.7.8"),
    "no Message ID": store("1.2.3.4.5", _BODY, identifier=None),
    "Data Set announced, none sent": p_data(1, 3, command(_FIELDS)) + _RELEASE,
    "none announced, Data Set sent": store("1.2.3.4.5", _BODY, kind=_NO_DATA_SET),
    "Data Set on another context": p_data(1, 3, command(_FIELDS)) + p_data(3, 2, _BODY),
    "context that was never proposed": p_data(99, 3, command(_FIELDS)),
    "C-FIND": store("1.2.3.4.5", _BODY, field=0x0020),
    "N-EVENT-REPORT": store("1.2.3.4.5", _BODY, field=0x0100) * 20,
    "a response": store("1.2.3.4.5", _BODY, field=0x8001),
    "unknown field": store("1.2.3.4.5", _BODY, field=0x7777),
    "command of 200 kB": p_data(1, 1, bytes(60000)) * 4,
    "command that never ends": p_data(1, 1, b"") * 500,
    "PDV without header": pdu(0x04, struct.pack(">LB", 1, 1)),
    "PDV longer than its PDU": pdu(0x04, struct.pack(">LBB", 5000, 1, 3) + b"xx"),
    "no PDV": pdu(0x04, b""),
    "random": p_data(1, 3, random.Random(1).randbytes(200)),
}

SCENARIOS: dict[str, Callable[[int], int]] = {
    "connects and closes": _says(ends="close"),
    "resets at every point": _at_every_point("reset"),
    "closes at every point": _at_every_point("close"),
    "byte by byte": _slowly(4, 0.05, associate()),
    "half a PDU": _slowly(4, 0.05, associate()[:60] + b"\0" * 4),
    "P-DATA byte by byte": _slowly(2, 0.02, associate() + _STORE),
    "nothing at all": _slowly(4, 8.0, b"\x01"),
    "deaf": _deaf,
    "HTTP": _says(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    "unknown PDU": _says(pdu(0x99, b"x" * 40)),
    "A-ASSOCIATE-RQ of 4 GB": _says(pdu(0x01, b"x" * 100, 0xFFFFFFFF)),
    "P-DATA of 4 GB": _says(associate(), pdu(0x04, b"x" * 100, 0xFFFFFFFF)),
    "P-DATA of 2 MB": _says(associate(), pdu(0x04, bytes(2 << 20))),
    "A-ABORT of 1 MB": _says(associate(), pdu(0x07, bytes(1 << 20))),
    "P-DATA before association": _says(_STORE, associate()),
    "A-ASSOCIATE-AC": _says(pdu(0x02, bytes(200))),
    "twice A-ASSOCIATE-RQ": _says(associate(), associate()),
    "does not wait for the answer": _says(associate(), _STORE, _RELEASE, waits=False),
    "A-RELEASE-RQ first": _says(_RELEASE),
    "A-RELEASE-RQ in a message": _says(
        associate(), p_data(1, 3, command(_FIELDS)), p_data(1, 0, _BODY), _RELEASE
    ),
    "A-RELEASE-RQ twice": _says(associate(), _RELEASE, _RELEASE, _RELEASE),
    "A-ABORT in a message": _says(associate(), p_data(1, 3, command(_FIELDS)), p_data(1, 0, _BODY), _ABORT),
    "wrong called AE title": _says(associate(called=b"OTHER")),
    "AE titles of bytes": _says(associate(called=bytes(range(128, 144)), calling=b"\n\x1b[31m\0\xff")),
    "no context": _says(associate(())),
    "unknown contexts": _says(associate([(1, "1.2.3.4.5.6.7", ("1.2.3",)), (3, "9.9", ("9",))]), echo()),
    "128 contexts": _says(associate([(2 * n + 1, CT, (_EXPLICIT,)) for n in range(128)]), _RELEASE),
    "400 contexts": _says(associate([(2 * n + 1, CT, (_EXPLICIT,)) for n in range(400)])),
    "even contexts": _says(associate([(2, CT, (_EXPLICIT,))])),
    "context without syntaxes": _says(associate([(1, CT, ())])),
    "1,500 syntaxes": _says(associate([(1, CT, [f"1.2.{n}" for n in range(1500)])])),
    "user items of zero bytes": _says(associate(user=b"\0" * 400)),
    "user item too long": _says(associate(user=b"\x55\0\xff\xff" + b"x" * 10)),
    "user identity": _says(associate(user=_item(0x58, b"\x01\x01\xff\xff" + b"a" * 20))),
    "3,000 user items": _says(associate(user=_item(0x55, b"x") * 3000)),
    **{f"command: {name}": _says(associate(), sent) for name, sent in _BAD_COMMANDS.items()},
    **{
        f"UID: {name}": _says(associate(), store(uid, data_set(uid)), _RELEASE) for name, uid in _UIDS.items()
    },
    "truncated Data Set": _says(associate(), store("1.2.3.6", data_set("1.2.3.6")[:-7]), _RELEASE),
    "element of 4 GB": _says(
        associate(),
        store("1.2.3.7", data_set("1.2.3.7", extra=element(0x7FE00010, b"OW", b"x", 0xFFFFFFF0))),
        _RELEASE,
    ),
    "10,000 Sequences in each other": _says(
        associate(), store("1.2.3.8", data_set("1.2.3.8", extra=nested(10_000))), _RELEASE
    ),
    "empty Data Set": _says(associate(), store("1.2.3.9", b""), _RELEASE),
    "random Data Set": _says(associate(), store("1.2.3.10", random.Random(2).randbytes(50_000)), _RELEASE),
    "messages without waiting": _says(associate(), _STORE * 200, _RELEASE),
    "two messages in one P-DATA": _says(associate(), pdu(0x04, b"".join(each[6:] for each in _ECHOES))),
}
"""What a peer may do, by name: each returns the number of connections that it made."""

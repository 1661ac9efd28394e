"""Peers that break PS3.7 and PS3.8, byte by byte, for tests and benchmarks of the gate.

A scenario opens connections to a port and says how many.
"""

from __future__ import annotations

import random
import socket
import struct
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from wire import (
    ABORT,
    CT,
    EXPLICIT,
    RELEASE,
    Peer,
    associate,
    command,
    data_set,
    echo,
    element,
    item,
    nested,
    p_data,
    pdu,
    recorded,
    store,
)

__all__ = ["SCENARIOS", "mutated"]


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
    "Priority of zero length": p_data(1, 3, command({**_FIELDS, 0x0700: ""})) + p_data(1, 2, _BODY),
    "unknown SOP Class": store("1.2.3.4.5", _BODY, sop_class="1.2.3.4.5.6.7.8"),
    "no Message ID": store("1.2.3.4.5", _BODY, identifier=None),
    "Data Set announced, none sent": p_data(1, 3, command(_FIELDS)) + RELEASE,
    "none announced, Data Set sent": store("1.2.3.4.5", _BODY, kind=0x0101),
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
    "40,000 PDVs": pdu(0x04, (b"\0\0\0\x02" + b"\x01\x01") * 40_000),
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
    "does not wait for the answer": _says(associate(), _STORE, RELEASE, waits=False),
    "A-RELEASE-RQ first": _says(RELEASE),
    "A-RELEASE-RQ in a message": _says(
        associate(), p_data(1, 3, command(_FIELDS)), p_data(1, 0, _BODY), RELEASE
    ),
    "A-RELEASE-RQ twice": _says(associate(), RELEASE, RELEASE, RELEASE),
    "A-ABORT in a message": _says(associate(), p_data(1, 3, command(_FIELDS)), p_data(1, 0, _BODY), ABORT),
    "wrong called AE title": _says(associate(called=b"OTHER")),
    "AE titles of bytes": _says(associate(called=bytes(range(128, 144)), calling=b"\n\x1b[31m\0\xff")),
    "no context": _says(associate(())),
    "unknown contexts": _says(associate([(1, "1.2.3.4.5.6.7", ("1.2.3",)), (3, "9.9", ("9",))]), echo()),
    "128 contexts": _says(associate([(2 * n + 1, CT, (EXPLICIT,)) for n in range(128)]), RELEASE),
    "400 contexts": _says(associate([(2 * n + 1, CT, (EXPLICIT,)) for n in range(400)])),
    "even contexts": _says(associate([(2, CT, (EXPLICIT,))])),
    "context without syntaxes": _says(associate([(1, CT, ())])),
    "1,500 syntaxes": _says(associate([(1, CT, [f"1.2.{n}" for n in range(1500)])])),
    "user items of zero bytes": _says(associate(user=b"\0" * 400)),
    "user item too long": _says(associate(user=b"\x55\0\xff\xff" + b"x" * 10)),
    "user identity": _says(associate(user=item(0x58, b"\x01\x01\xff\xff" + b"a" * 20))),
    "60,000 items": _says(pdu(0x01, associate()[6:] + item(0x50, b"") * 60_000)),
    "60,000 user items": _says(pdu(0x01, associate()[6:] + item(0x51, b"") * 60_000)),
    "3,000 user items": _says(associate(user=item(0x55, b"x") * 3000)),
    **{f"command: {name}": _says(associate(), sent) for name, sent in _BAD_COMMANDS.items()},
    **{f"UID: {name}": _says(associate(), store(uid, data_set(uid)), RELEASE) for name, uid in _UIDS.items()},
    "truncated Data Set": _says(associate(), store("1.2.3.6", data_set("1.2.3.6")[:-7]), RELEASE),
    "element of 4 GB": _says(
        associate(),
        store("1.2.3.7", data_set("1.2.3.7", extra=element(0x7FE00010, b"OW", b"x", 0xFFFFFFF0))),
        RELEASE,
    ),
    "10,000 Sequences in each other": _says(
        associate(), store("1.2.3.8", data_set("1.2.3.8", extra=nested(10_000))), RELEASE
    ),
    "empty Data Set": _says(associate(), store("1.2.3.9", b""), RELEASE),
    "random Data Set": _says(associate(), store("1.2.3.10", random.Random(2).randbytes(50_000)), RELEASE),
    "messages without waiting": _says(associate(), _STORE * 200, RELEASE),
    "two messages in one P-DATA": _says(associate(), pdu(0x04, b"".join(each[6:] for each in _ECHOES))),
}
"""What a peer may do, by name: each returns the number of connections that it made."""

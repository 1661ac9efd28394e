"""A peer that answers an A-ASSOCIATE-RQ with whatever a test wants, byte by byte."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

__all__ = ["ABORT", "Context", "acceptance", "rejection", "scripted"]

ABORT = bytes((7, 0, 0, 0, 0, 4, 0, 0, 2, 1))

Answers = Callable[[Sequence["Context"]], "bytes | None"]


class Context(NamedTuple):
    """A Presentation Context that was proposed."""

    id: int
    sop_class: str
    syntaxes: tuple[str, ...]


def rejection(result: int, source: int, reason: int) -> bytes:
    """Return an A-ASSOCIATE-RJ."""
    return bytes((3, 0, 0, 0, 0, 4, 0, result, source, reason))


def acceptance(contexts: Sequence[tuple[int, int, Sequence[str]]], user: bytes = b"") -> bytes:
    """Return an A-ASSOCIATE-AC with these answers: Presentation Context ID, result, Transfer Syntaxes."""
    items = _item(0x10, b"1.2.840.10008.3.1.1.1")
    for number, result, syntaxes in contexts:
        parts = b"".join(_item(0x40, each.encode()) for each in syntaxes)
        items += _item(0x21, bytes((number, 0, result, 0)) + parts)
    items += _item(0x50, _item(0x51, struct.pack(">L", 16384)) + _item(0x52, b"1.2.3") + user)
    body = struct.pack(">HH", 1, 0) + b" " * 32 + bytes(32) + items
    return struct.pack(">BBL", 2, 0, len(body)) + body


def _item(kind: int, content: bytes) -> bytes:
    return struct.pack(">BBH", kind, 0, len(content)) + content


@contextmanager
def scripted(answer: Answers) -> Iterator[tuple[str, list[Sequence[Context]]]]:
    """Start a peer; give its location and the contexts of each association that was requested.

    `answer` returns the bytes to send, or None to say nothing until the other side closes.
    """
    asked: list[Sequence[Context]] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, answer, asked), daemon=True)
        thread.start()
        yield f"dimse://PEER@127.0.0.1:{server.getsockname()[1]}", asked
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
    thread.join(10)
    assert not thread.is_alive()


def _serve(server: socket.socket, answer: Answers, asked: list[Sequence[Context]]) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection, suppress(OSError):
            connection.settimeout(10)
            contexts = _contexts(_pdu(connection))
            asked.append(contexts)
            said = answer(contexts)
            if said is not None:
                connection.sendall(said)
            if _pdu(connection)[:1] == b"\x05":
                connection.sendall(bytes((6, 0, 0, 0, 0, 4, 0, 0, 0, 0)))


def _pdu(connection: socket.socket) -> bytes:
    header = _exactly(connection, 6)
    return header + _exactly(connection, int.from_bytes(header[2:6], "big"))


def _exactly(connection: socket.socket, length: int) -> bytes:
    content = b""
    while len(content) < length:
        piece = connection.recv(length - len(content))
        if not piece:
            raise ConnectionError
        content += piece
    return content


def _contexts(pdu: bytes) -> Sequence[Context]:
    """Return what an A-ASSOCIATE-RQ proposes (PS3.8 9.3.2.2)."""
    return [
        Context(content[0], _texts(content[4:], 0x30)[0], tuple(_texts(content[4:], 0x40)))
        for kind, content in _items(pdu[74:])
        if kind == 0x20
    ]


def _texts(content: bytes, wanted: int) -> list[str]:
    return [value.decode() for kind, value in _items(content) if kind == wanted]


def _items(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(content):
        kind, length = struct.unpack_from(">BxH", content, at)
        yield kind, content[at + 4 : at + 4 + length]
        at += 4 + length

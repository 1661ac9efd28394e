"""HTTP clients that break RFC 9112, RFC 2046 and PS3.18 10.5, byte by byte: for tests and benchmarks."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from wire import data_set, element

__all__ = ["SCENARIOS", "answer", "multipart", "part", "part10", "post", "request"]

_BOUNDARY = "mark"


def part10(
    instance: str, *, study: str = "", syntax: str = "1.2.840.10008.1.2.1", extra: bytes = b""
) -> bytes:
    """Return an object as a file (PS3.10 7.1)."""
    text = syntax.encode()
    meta = element(0x00020010, b"UI", text + b"\0" * (len(text) % 2))
    content = data_set(instance, extra=extra)
    if study:
        old = f"{instance[:50]}.1"
        assert len(old) + len(old) % 2 == len(study) + len(study) % 2
        content = content.replace(old.encode().ljust(len(study)), study.encode())
    return (
        b"\0" * 128 + b"DICM" + element(0x00020000, b"UL", len(meta).to_bytes(4, "little")) + meta + content
    )


def part(content: bytes, *headers: str, media_type: str = "application/dicom") -> bytes:
    """Return one part of a multipart body."""
    lines = [f"Content-Type: {media_type}", *headers]
    return (
        f"--{_BOUNDARY}\r\n".encode()
        + "".join(f"{line}\r\n" for line in lines).encode()
        + b"\r\n"
        + content
        + b"\r\n"
    )


def multipart(*parts: bytes, final: str = f"--{_BOUNDARY}--\r\n") -> bytes:
    """Return a multipart body."""
    return b"".join(parts) + final.encode()


def request(
    body: bytes,
    *headers: str,
    path: str = "/dicom-web/studies",
    content_type: str = f'multipart/related; type="application/dicom"; boundary={_BOUNDARY}',
    length: int | None = None,
) -> bytes:
    """Return a request of the Store transaction; `length` replaces its true Content-Length."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        "Connection: close",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body) if length is None else length}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def answer(port: int, *sent: bytes, timeout_s: float = 10.0, is_over: bool = False) -> bytes:
    """Send bytes on a connection of their own; return all that comes until it is closed, or nothing comes.

    With `is_over`, our side is closed after the last byte.
    """
    got = b""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as connection:
        for each in sent:
            connection.sendall(each)
        if is_over:
            connection.shutdown(socket.SHUT_WR)
        while more := connection.recv(1 << 16):
            got += more
    return got


def post(port: int, *arguments: bytes, **options: object) -> tuple[int, bytes]:
    """Send one request; return the status of its answer (0 = none) and its body."""
    got = answer(port, request(*arguments, **options))  # type: ignore[arg-type]
    head, _, body = got.partition(b"\r\n\r\n")
    return (int(head[9:12]) if head.startswith(b"HTTP/1.1 ") else 0), body


def _sends(*sent: bytes, timeout_s: float = 4.0, is_over: bool = False) -> Callable[[int], int]:
    def scenario(port: int) -> int:
        answer(port, *sent, timeout_s=timeout_s, is_over=is_over)
        return 1

    return scenario


def _slowly(what: bytes, pause_s: float) -> Callable[[int], int]:
    def scenario(port: int) -> int:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            for at in range(len(what)):
                connection.sendall(what[at : at + 1])
                time.sleep(pause_s)
        return 1

    return scenario


def _deaf(port: int) -> int:
    """A client that asks again and again, takes no answer, and stays until it is closed."""
    with suppress(OSError), socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", port))
        while True:
            connection.sendall(b"GET /page.css HTTP/1.1\r\nHost: localhost\r\n\r\n" * 500)
    return 1


def _fuzzed(count: int) -> Callable[[int], int]:
    """Return a scenario of requests with faults at random places, of the body or of all of it."""

    def scenario(port: int) -> int:
        rng = random.Random(18)
        for number in range(count):
            parts = [
                part(part10(f"1.2.{number}.{each}", extra=element(0x00204000, b"LT", b"x" * 200)))
                for each in "12"
            ]
            body = bytearray(multipart(*parts))
            whole = bytearray(request(bytes(body)))
            for _ in range(rng.randint(1, 4)):
                at = rng.randrange(len(whole) - len(body) if rng.random() < 0.8 else 0, len(whole))
                whole[at : at + rng.randint(0, 6)] = rng.randbytes(rng.randint(0, 6))
            answer(port, bytes(whole), timeout_s=0.3, is_over=rng.random() < 0.7)
        return count

    return scenario


_OBJECT = part10("1.2.3.1")
_BODY = multipart(part(_OBJECT))
_BOUNDARIES: Sequence[str] = ("", '""', "x" * 71, '"a b "', "\xe9\xe9")
_RELATED = 'multipart/related; type="application/dicom"; boundary='

SCENARIOS: dict[str, Callable[[int], int]] = {
    "nothing": _sends(b"", is_over=True),
    "not HTTP": _sends(bytes(range(256)) * 4),
    "headers of 1 MB": _sends(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * (1 << 20)),
    "20,000 headers": _sends(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 20000 + b"\r\n"),
    "deaf": _deaf,
    "header byte by byte": _slowly(b"GET / HTTP/1.1\r\n", 0.05),
    "request shorter than its length": _sends(request(_BODY, length=len(_BODY) + 5000), is_over=True),
    "request longer than its length": _sends(request(_BODY, length=len(_BODY) - 100)),
    "request that stops": _sends(request(_BODY, length=len(_BODY) + 5000), timeout_s=8),
    "length and chunks": _sends(request(_BODY, "Transfer-Encoding: chunked")),
    "chunk of 4 GB": _sends(
        request(b"", "Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"") + b"ffffffff\r\nxx",
    ),
    "part shorter than its length": _sends(request(multipart(part(_OBJECT, "Content-Length: 99999")))),
    "part longer than its length": _sends(request(multipart(part(_OBJECT, "Content-Length: 10")))),
    "length that is none": _sends(request(multipart(part(_OBJECT, "Content-Length: -1")))),
    "no final boundary": _sends(request(multipart(part(_OBJECT), final=""))),
    "boundary that goes on": _sends(request(multipart(part(_OBJECT), final=f"--{_BOUNDARY}xx\r\n"))),
    "no parts": _sends(request(multipart())),
    "empty body": _sends(request(b"")),
    "multipart in a part": _sends(
        request(multipart(part(_BODY, media_type=f"multipart/mixed; boundary={_BOUNDARY}2")))
    ),
    "header of a part of 1 MB": _sends(request(multipart(part(_OBJECT, "X: " + "x" * (1 << 20))))),
    "20,000 parts": _sends(request(multipart(*[part(b"x")] * 20000)), timeout_s=60),
    "preamble of 1 MB": _sends(request(b"x" * (1 << 20) + _BODY)),
    "gzip": _sends(request(_BODY, "Content-Encoding: gzip")),
    "base64": _sends(request(multipart(part(_OBJECT, "Content-Transfer-Encoding: base64")))),
    "metadata": _sends(
        request(_BODY, content_type='multipart/related; type="application/dicom+json"; boundary=x')
    ),
    "path in the study": _sends(request(_BODY, path="/dicom-web/studies/..%2f..%2fx")),
    "study of 65 characters": _sends(request(_BODY, path="/dicom-web/studies/" + "1." * 32 + "1")),
    "nothing but a part's begin": _sends(request(part(_OBJECT)[:60], length=1 << 30), is_over=True),
    "random object": _sends(request(multipart(part(random.Random(3).randbytes(90_000))))),
    "pipelined": _sends(request(_BODY).replace(b"Connection: close\r\n", b"") * 20, timeout_s=8),
    **{
        f"boundary {number}": _sends(request(_BODY, content_type=_RELATED + boundary))
        for number, boundary in enumerate(_BOUNDARIES)
    },
    "150 requests with faults": _fuzzed(150),
}
"""What a client may do, by name: each returns the number of connections that it made."""

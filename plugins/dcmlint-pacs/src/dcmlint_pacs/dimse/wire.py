"""PDUs over a connection, with bounds on their length and on time (PS3.8 9.3).

Reading and writing wait: whoever has an association does one thing at a time. So there is no thread, an
association that is idle costs nothing, and worker processes can be forked.
"""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import suppress

from dcmlint_pacs.dimse.failure import PeerError, reason_of

__all__ = ["ANSWER_S", "CONNECT_S", "MOST_PDU", "Wire", "connect"]

CONNECT_S = 10.0
"""Seconds that connecting may take, and TLS after it."""

ANSWER_S = 60.0
"""Seconds without a byte of an answer that is due."""

MOST_PDU = 1 << 20
"""Bytes of a PDU at most. What we announce is less; peers that do not keep to it are forgiven up to here."""

_HEADER = 6
_MOST_READ = 1 << 18


class Wire:
    """A connection that PDUs come and go through. What goes wrong is a PeerError."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def send(self, pdus: bytes) -> None:
        """Send one or more PDUs."""
        try:
            self._socket.settimeout(ANSWER_S)
            self._socket.sendall(pdus)
        except OSError as error:
            raise reason_of(error) from None

    def read(self, deadline: float) -> tuple[int, bytes]:
        """Return type and content (without its header) of the next PDU, at `deadline` (monotonic) at the
        latest."""
        header = self._exactly(_HEADER, deadline)
        length = int.from_bytes(header[2:6], "big")
        if length > MOST_PDU:
            raise PeerError(
                f"it sends a PDU of {length:,} bytes, the limit is {MOST_PDU:,}",
                rule="interop/malformed-message",
            )
        return header[0], self._exactly(length, deadline)

    def _exactly(self, length: int, deadline: float) -> bytes:
        content = bytearray(length)
        view = memoryview(content)
        at = 0
        while at < length:
            left = min(deadline - time.monotonic(), ANSWER_S)
            if left <= 0:
                raise PeerError("the answer takes too long", may_pass=True)
            try:
                self._socket.settimeout(left)
                _acknowledge(self._socket)
                count = self._socket.recv_into(view[at : at + _MOST_READ])
            except OSError as error:
                raise reason_of(error) from None
            if not count:
                raise PeerError("the peer closed the connection", may_pass=True)
            at += count
        return bytes(content)

    def close(self) -> None:
        """Close the connection, also for processes that were forked meanwhile."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            self._socket.close()


def _acknowledge(connection: socket.socket) -> None:
    """Have what comes acknowledged at once: peers that collect small packets wait for that, some 40 ms."""
    if hasattr(socket, "TCP_QUICKACK"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def connect(host: str, port: int, tls: ssl.SSLContext | None) -> Wire:
    """Return a connection to a peer, with TLS if there is a context for it; raises PeerError."""
    connection: socket.socket | None = None
    try:
        connection = socket.create_connection((host, port), timeout=CONNECT_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            connection = tls.wrap_socket(connection, server_hostname=host)
    except OSError as error:
        if connection is not None:
            connection.close()
        raise reason_of(error) from None
    return Wire(connection)

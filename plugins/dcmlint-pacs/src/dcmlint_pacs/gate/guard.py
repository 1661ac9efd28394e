"""A server for associations that outlives its peers: what pynetdicom leaves unbounded has bounds here.

It replaces the transport and the DUL service provider of pynetdicom's acceptor, for reasons that
docs/gate.md has: a PDU is refused by its length before it is read; its bytes have a deadline, and so has what
we send; nothing is read while a message waits to be served; messages are checked by `messages.Messages`;
connections are counted from the first byte on; TLS handshakes are made beside the accepting thread; each
connection ends with one line.
"""

from __future__ import annotations

import logging
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from pynetdicom._globals import MODE_ACCEPTOR
from pynetdicom.acse import ACSE
from pynetdicom.association import Association
from pynetdicom.transport import RequestHandler, ThreadedAssociationServer

from dcmlint_pacs.gate.messages import Bounds
from dcmlint_pacs.gate.upper_layer import BoundedDul, BoundedSocket

__all__ = ["Admission", "Bounds", "Ended", "GuardedServer", "logged", "quiet"]

_REJECTIONS = {
    (1, 2): "application context name",
    (1, 3): "calling AE title",
    (1, 7): "called AE title",
    (2, 1): "user identity",
    (3, 1): "congestion",
    (3, 2): "too many associations",
}


class Ended(NamedTuple):
    """A connection that ended: the peer's address and port, the AE titles that it named ("" = none yet; they
    are what the peer sent), how it ended, and how long it lasted in seconds."""

    host: str
    port: int
    calling: str
    called: str
    how: str
    seconds: float


class Admission(NamedTuple):
    """Who may connect: `admits` tells by an address; `connections` is how many there may be at once, of which
    `per_address` from one address; `handshake_s` is how long TLS may take to begin; `ended` is told of each
    connection that ends, in the thread that served it."""

    admits: Callable[[str], bool]
    connections: int
    per_address: int
    ended: Callable[[Ended], None]
    handshake_s: float = 10.0


def logged(ended: Ended) -> str:
    """Return the line for a log about one connection: printable ASCII, whatever the peer has sent."""
    titles = f" {ended.calling!a} to {ended.called!a}" if ended.calling or ended.called else ""
    return f"association from {ended.host} port {ended.port}{titles}: {ended.how}, {ended.seconds:.1f} s"


def quiet() -> None:
    """Keep what pynetdicom and pydicom log and warn of, which may hold values, out of our output."""
    from pynetdicom import _config

    _config.LOG_HANDLER_LEVEL = "none"
    for name in ("pynetdicom", "pydicom"):
        warnings.filterwarnings("ignore", module=rf"{name}(\.|$)")
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False


class _Acse(ACSE):  # type: ignore[misc]
    """The ACSE service provider: says why an association is rejected."""

    def send_reject(self, result: int, source: int, diagnostic: int) -> None:
        """Send the rejection; the association knows of it."""
        why = _REJECTIONS.get((source, diagnostic), f"source {source}, reason {diagnostic}")
        self.assoc.says(f"rejected: {why}")
        super().send_reject(result, source, diagnostic)


class _Association(Association):  # type: ignore[misc]
    """An association that accepts, within bounds: its threads and its socket end with it."""

    def __init__(self, server: GuardedServer, client: tuple[str, int]) -> None:
        self.bounds = server.bounds
        self.client = client
        self.calling = self.called = self.how = ""
        self.began = time.monotonic()
        super().__init__(server.ae, MODE_ACCEPTOR)
        self._server = server
        self.acse = _Acse(self)
        self.dul = BoundedDul(self)
        self.acse_timeout = server.ae.acse_timeout
        self.network_timeout = server.ae.network_timeout

    def says(self, how: str) -> None:
        """Note how the association ends; the first note counts."""
        self.how = self.how or how

    def run_reactor(self) -> None:
        """Run until the association has ended, its socket is closed and both threads are free to end."""
        try:
            super().run_reactor()
        except Exception as error:
            self.says(f"closed: {type(error).__name__} while it was served")
        finally:
            self._end()

    def _end(self) -> None:
        self.dul.kill_dul()
        # What a peer has not sent to its end, or nobody has served, is given up.
        getattr(self.dimse, "abandon", int)()
        transport = self.dul.socket
        if transport.socket is not None:
            self._server.shutdown_request(transport.socket)
        if self.is_released:
            self.says("released")
        self._server.leave(self.ended("aborted" if self.calling else "closed: no association was requested"))

    def ended(self, otherwise: str) -> Ended:
        """Return how the association ended."""
        seconds = time.monotonic() - self.began
        return Ended(
            self.client[0], self.client[1], self.calling, self.called, self.how or otherwise, seconds
        )

    def _abort_blocking(self, block: bool = True) -> None:
        if self.dul.idle_timer_expired():
            self.says(f"aborted: nothing came for {self.network_timeout:g} s")
        super()._abort_blocking(block)

    def _serve_request(self, msg: Any, context_id: int) -> None:
        try:
            super()._serve_request(msg, context_id)
        finally:
            # A request that pynetdicom finds no service for has left its file.
            received = getattr(msg, "_received", None)
            if received is not None and received.file is not None:
                received.file.discard()
            # The time that an object takes to be checked and flushed is not the peer's.
            self.dul._idle_timer.restart()


class _Request(RequestHandler):  # type: ignore[misc]
    """One connection: makes the association that serves it."""

    def handle(self) -> None:
        """Begin TLS if there is any, then start the association."""
        if self.server.ssl_context:
            self.request.settimeout(self.server.admission.handshake_s)
            self.request.do_handshake()
        self._create_association().start()

    def _create_association(self) -> _Association:
        server = self.server
        assoc = _Association(server, self.client_address)
        assoc.name = "AcceptorThread"
        assoc.set_socket(BoundedSocket(assoc, client_socket=self.request))
        assoc.acceptor.maximum_length = server.ae.maximum_pdu_size
        assoc.acceptor.ae_title = server.ae_title
        assoc.acceptor.address_info = self.local
        assoc.acceptor.implementation_class_uid = server.ae.implementation_class_uid
        assoc.acceptor.implementation_version_name = server.ae.implementation_version_name
        assoc.acceptor.supported_contexts = server.contexts
        assoc.requestor.address_info = self.remote
        for event, handlers in server._handlers.items():
            if event.is_intervention and handlers:
                assoc.bind(event, *handlers)
            elif not event.is_intervention:
                for handler, arguments in handlers:
                    assoc.bind(event, handler, arguments)
        return assoc


class GuardedServer(ThreadedAssociationServer):  # type: ignore[misc]
    """A server for `AE.make_server(..., server_class=GuardedServer, admission=..., bounds=...)`."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, *arguments: Any, admission: Admission, bounds: Bounds, **options: Any) -> None:
        self.admission, self.bounds = admission, bounds
        self._open: Counter[str] = Counter()
        self._lock = threading.Lock()
        super().__init__(*arguments, **{**options, "request_handler": _Request})

    def get_request(self) -> tuple[Any, Any]:
        """Accept a connection; a handshake of TLS is not waited for here."""
        try:
            client, address = self.socket.accept()
        except OSError:
            time.sleep(0.1)  # no file descriptors: accept fails at once, again and again
            raise
        if self.ssl_context:
            try:
                client = self.ssl_context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
            except ValueError as error:  # it must not end the thread that accepts
                client.close()
                raise OSError("no TLS on this connection") from error
        return client, address

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Tell whether the connection may stay: its address is allowed, and there are not too many."""
        refused = ""
        if not self.admission.admits(client_address[0]):
            refused = "refused: address not allowed"
        with self._lock:
            here = self._open[client_address[0]]
            if not refused and (
                self._open.total() >= self.admission.connections or here >= self.admission.per_address
            ):
                refused = "refused: too many connections"
            if not refused:
                self._open[client_address[0]] = here + 1
        if refused:
            self.admission.ended(Ended(client_address[0], client_address[1], "", "", refused, 0.0))
        return not refused

    def leave(self, ended: Ended) -> None:
        """Count a connection out, and tell of it."""
        with self._lock:
            self._open[ended.host] -= 1
            if self._open[ended.host] <= 0:
                del self._open[ended.host]
        self.admission.ended(ended)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Count out a connection that no association came of: an exception is being handled."""
        import sys

        name = getattr(sys.exc_info()[0], "__name__", "")
        self.leave(
            Ended(client_address[0], client_address[1], "", "", f"closed: {name} before an association", 0.0)
        )

    @property
    def connections(self) -> int:
        """How many connections are open."""
        with self._lock:
            return self._open.total()

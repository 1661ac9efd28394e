"""A server for associations that outlives its peers: what pynetdicom leaves unbounded has bounds here.

It replaces the transport and the DUL service provider of pynetdicom's acceptor, for reasons that
docs/pacs.md has: a PDU is refused by its length before it is read; its bytes have a deadline, and so has what
we send; nothing is read while a message waits to be served; messages are checked by `messages.Messages`;
connections are counted from the first byte on; TLS handshakes are made beside the accepting thread; each
connection ends with one line.
"""

from __future__ import annotations

import logging
import select
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from pynetdicom._globals import MODE_ACCEPTOR
from pynetdicom.acse import ACSE
from pynetdicom.association import Association
from pynetdicom.dul import DULServiceProvider
from pynetdicom.transport import AssociationSocket, RequestHandler, ThreadedAssociationServer

from dcmlint_pacs.gate.messages import Bounds, Messages, RefusedError

__all__ = ["Admission", "Bounds", "Ended", "GuardedServer", "logged", "quiet"]

_CLOSED, _INVALID_PDU = "Evt17", "Evt19"
_CLOSING = "Sta13"
_ASSOCIATE_RQ, _P_DATA, _ABORT = 0x01, 0x04, 0x07
_SHORT = 64
_MOST_CONTEXTS = 128
_DRAIN_S = 2.0
_ACTIVE_S, _QUICK_S, _SLOW_S = 1.0, 0.001, 0.02
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
    """Keep what pynetdicom and pydicom log, which may hold values, out of every log of this process."""
    from pynetdicom import _config

    _config.LOG_HANDLER_LEVEL = "none"
    for name in ("pynetdicom", "pydicom"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False


class _Socket(AssociationSocket):  # type: ignore[misc]
    """The transport of an association: each read and write ends by itself."""

    used = 0.0

    @property
    def ready(self) -> bool:
        """Whether bytes wait to be read, after a little while; False while a message waits to be served."""
        if self.socket is None or not self._is_connected:
            return False
        if self.assoc.dimse.msg_queue.qsize():
            time.sleep(_QUICK_S)
            return False
        if getattr(self.socket, "pending", int)():
            return True
        wait_s = _QUICK_S if time.monotonic() - self.used < _ACTIVE_S else _SLOW_S
        try:
            poll = select.poll()
            poll.register(self.socket, select.POLLIN)
            return bool(poll.poll(wait_s * 1000))
        except (OSError, ValueError):
            self.event_queue.put(_CLOSED)
            return False

    def read(self, count: int, deadline: float) -> bytearray:
        """Return `count` bytes, fewer at the end of the connection; raises TimeoutError at the deadline."""
        buffer = bytearray(count)
        done = 0
        with memoryview(buffer) as view:
            while done < count:
                self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
                got = self.socket.recv_into(view[done:])
                if not got:
                    break
                done += got
        self.used = time.monotonic()
        return buffer if done == count else buffer[:done]

    def send(self, bytestream: bytes) -> None:
        """Send all bytes, or emit Evt17 if the peer does not take them in time."""
        self.used = time.monotonic()
        try:
            self.socket.settimeout(self.assoc.bounds.send_s)
            self.socket.sendall(bytestream)
        except Exception:
            self.assoc.says("closed: the peer did not take what was sent")
            self.event_queue.put(_CLOSED)


class _Dul(DULServiceProvider):  # type: ignore[misc]
    """The DUL service provider: PDUs are read within bounds, and an exception ends the association alone."""

    def __init__(self, assoc: _Association) -> None:
        super().__init__(assoc)
        self.daemon = True
        self._run_loop_delay = 0
        self._messages = Messages(assoc.bounds)
        self._drained_until = 0.0

    def run_reactor(self) -> None:
        """Run until the association ends; what goes wrong closes it and says so."""
        try:
            super().run_reactor()
        except Exception as error:
            self.assoc.says(f"closed: {type(error).__name__} in state {self.state_machine.current_state}")
            self.assoc.is_aborted = True
            self.socket._shutdown_socket()

    def _is_transport_event(self) -> bool:
        if self.state_machine.current_state == _CLOSING:
            return self._drain()
        total_s = self.assoc.bounds.total_s
        if total_s and time.monotonic() > self.assoc.began + total_s:
            self.assoc.says(f"aborted: an association of more than {total_s:g} s")
            self.event_queue.put(_INVALID_PDU)
            return True
        if self.socket is not None and self.socket.ready:
            self._read_pdu_data()
            return True
        return False

    def _drain(self) -> bool:
        """Take what still comes, so that the peer gets our last PDU; close when nothing does, or too much."""
        now = time.monotonic()
        self._drained_until = self._drained_until or now + _DRAIN_S
        with suppress(OSError):
            if now < self._drained_until and self.socket.ready and self.socket.socket.recv(1 << 16):
                return True
        self.socket.close()
        self.event_queue.put(_CLOSED)
        return True

    def _read_pdu_data(self) -> None:
        try:
            pdu = self._pdu()
        except RefusedError as refused:
            self.assoc.says(f"aborted: {refused}")
            self.event_queue.put(_INVALID_PDU)
        except TimeoutError:
            self.assoc.says(f"aborted: a PDU took more than {self.assoc.bounds.pdu_s:g} s")
            self.event_queue.put(_INVALID_PDU)
        except (OSError, EOFError) as error:
            self.assoc.says("closed by the peer" + (f" {error}" if isinstance(error, EOFError) else ""))
            self.event_queue.put(_CLOSED)
        except Exception as error:
            self.assoc.says(f"aborted: a PDU that cannot be decoded ({type(error).__name__})")
            self.event_queue.put(_INVALID_PDU)
        else:
            self._recv_pdu.put(pdu)

    def _pdu(self) -> Any:
        """Read, decode and check one PDU, and emit its event."""
        bounds = self.assoc.bounds
        deadline = time.monotonic() + bounds.pdu_s
        header = self.socket.read(6, deadline)
        if len(header) < 6:
            raise EOFError("inside of a PDU" if header else "")
        kind, _, length = struct.unpack(">BBL", header)
        if not _ASSOCIATE_RQ <= kind <= _ABORT:
            raise RefusedError(f"a PDU of type {kind:02X}")
        most = {_P_DATA: bounds.pdu + 6, _ASSOCIATE_RQ: bounds.associate}.get(kind, _SHORT)
        if length > most:
            raise RefusedError(f"a PDU of type {kind:02X} with {length} bytes, {most} are allowed")
        body = self.socket.read(length, deadline)
        if len(body) < length:
            raise EOFError("inside of a PDU")
        pdu, event = self._decode_pdu(header + body)
        if kind == _ASSOCIATE_RQ:
            _check_request(pdu)
            self.assoc.calling, self.assoc.called = pdu.calling_ae_title, pdu.called_ae_title
        elif kind == _P_DATA and self.state_machine.current_state == "Sta6":
            items = [
                (item.presentation_context_id, item.presentation_data_value)
                for item in pdu.presentation_data_value_items
            ]
            self._messages.pdu(items, self.assoc._accepted_cx)
        elif kind == _ABORT:
            self.assoc.says("aborted by the peer")
        self.event_queue.put(event)
        return pdu


def _check_request(pdu: Any) -> None:
    """Raise RefusedError for an A-ASSOCIATE-RQ that cannot be answered item by item (PS3.8 9.3.2)."""
    contexts = pdu.presentation_context
    identifiers = {context.presentation_context_id for context in contexts}
    if not contexts or len(contexts) > _MOST_CONTEXTS or len(identifiers) < len(contexts):
        raise RefusedError(
            f"an A-ASSOCIATE-RQ with {len(contexts)} Presentation Contexts, {len(identifiers)} distinct"
        )
    if not all(identifier % 2 for identifier in identifiers):
        raise RefusedError("an A-ASSOCIATE-RQ with an even Presentation Context ID")
    if not all(context.abstract_syntax and context.transfer_syntax for context in contexts):
        raise RefusedError(
            "an A-ASSOCIATE-RQ with a Presentation Context without Abstract or Transfer Syntax"
        )
    if not pdu.application_context_name or pdu.user_information is None:
        raise RefusedError("an A-ASSOCIATE-RQ without Application Context or User Information")


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
        self.dul = _Dul(self)
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
        self._server.leave(self.ended("closed: nothing came for too long"))

    def ended(self, otherwise: str) -> Ended:
        """Return how the association ended."""
        seconds = time.monotonic() - self.began
        return Ended(
            self.client[0], self.client[1], self.calling, self.called, self.how or otherwise, seconds
        )

    def _serve_request(self, msg: Any, context_id: int) -> None:
        super()._serve_request(msg, context_id)
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
        assoc.set_socket(_Socket(assoc, client_socket=self.request))
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
            client = self.ssl_context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
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

"""The transport and the DUL service provider of an association that is accepted, with bounds (PS3.8 9).

They take the place of pynetdicom's, whose reads and writes may last for ever and be of any length. The
association has `bounds`, `calling` and `called` (set here) and `says`, which is told how it ends.
"""

from __future__ import annotations

import select
import struct
import time
from contextlib import suppress
from typing import Any

from pynetdicom.dul import DULServiceProvider
from pynetdicom.transport import AssociationSocket

from dcmlint_pacs.gate.messages import Messages, RefusedError

__all__ = ["BoundedDul", "BoundedSocket"]

_CLOSED, _INVALID_PDU = "Evt17", "Evt19"
_CLOSING = "Sta13"
_ASSOCIATE_RQ, _P_DATA, _ABORT = 0x01, 0x04, 0x07
_SHORT = 64
_MOST_CONTEXTS = 128
_SHORTEST, _MOST_FRAGMENTS = 2, 256
_DRAIN_S = 2.0
_ACTIVE_S, _QUICK_S, _SLOW_S = 1.0, 0.001, 0.02
_EXPECTED = {"Sta2": (0x01,), "Sta6": (0x04, 0x05)}
"""The PDUs that a peer may send in a state, beside an A-ABORT (PS3.8 9.2.3)."""


class BoundedSocket(AssociationSocket):  # type: ignore[misc]
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


class BoundedDul(DULServiceProvider):  # type: ignore[misc]
    """The DUL service provider: PDUs are read within bounds, and an exception ends the association alone."""

    def __init__(self, assoc: Any) -> None:
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
        finally:
            # The other thread may still wait for a request; it need not.
            self.to_user_queue.put(None)

    def _is_transport_event(self) -> bool:
        if not self.event_queue.empty():
            return False  # what has been read is dealt with first: then the state is known
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
            self.assoc.says(str(error) if isinstance(error, EOFError) else "closed by the peer")
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
            raise EOFError("closed by the peer inside of a PDU" if header else "closed by the peer")
        kind, _, length = struct.unpack(">BBL", header)
        if not _ASSOCIATE_RQ <= kind <= _ABORT:
            raise RefusedError(f"a PDU of type {kind:02X}")
        most = {_P_DATA: bounds.pdu + 6, _ASSOCIATE_RQ: bounds.associate}.get(kind, _SHORT)
        if length > most:
            raise RefusedError(f"a PDU of type {kind:02X} with {length} bytes, {most} are allowed")
        body = self.socket.read(length, deadline)
        if len(body) < length:
            raise EOFError("closed by the peer inside of a PDU")
        if kind == _P_DATA:
            _check_fragments(body)
        pdu, event = self._decode_pdu(header + body)
        state = self.state_machine.current_state
        if kind not in (*_EXPECTED.get(state, ()), _ABORT):
            self.assoc.says(f"aborted: a PDU of type {kind:02X} where none can be ({state})")
        if kind == _ASSOCIATE_RQ:
            _check_request(pdu)
            self.assoc.calling, self.assoc.called = pdu.calling_ae_title, pdu.called_ae_title
        elif kind == _P_DATA and state == "Sta6":
            items = [
                (item.presentation_context_id, item.presentation_data_value)
                for item in pdu.presentation_data_value_items
            ]
            self._messages.pdu(items, self.assoc._accepted_cx)
        elif kind == _ABORT:
            self.assoc.says("aborted by the peer")
        self.event_queue.put(event)
        return pdu


def _check_fragments(body: bytearray) -> None:
    """Raise RefusedError for PDVs that do not fill a P-DATA-TF, or are very many (PS3.8 9.3.5)."""
    at = count = 0
    while at < len(body):
        length = int.from_bytes(body[at : at + 4], "big")
        at, count = at + 4 + length, count + 1
        if length < _SHORTEST or at > len(body):
            raise RefusedError(f"a PDV of {length} bytes in a P-DATA-TF of {len(body)}")
        if count > _MOST_FRAGMENTS:
            raise RefusedError(f"more than {_MOST_FRAGMENTS} PDVs in one P-DATA-TF")


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

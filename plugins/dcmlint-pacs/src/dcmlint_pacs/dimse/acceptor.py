"""Our Storage SCP, which objects of a C-MOVE come to (PS3.4 Annex B, C.4.2).

It listens while a listing lasts, accepts what can be stored, and keeps what is waited for; all else is
refused. Each connection has a thread of its own, which ends with it.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress

from dcmlint.errors import UsageError
from dcmlint_pacs.dimse.association import ANNOUNCED_PDU, Accepted, Channel, malformed
from dcmlint_pacs.dimse.command import C_ECHO, C_STORE, RESPONSE, Command, Message
from dcmlint_pacs.dimse.contexts import VERIFICATION
from dcmlint_pacs.dimse.failure import PeerError
from dcmlint_pacs.dimse.negotiation import our_items
from dcmlint_pacs.dimse.part10 import Received
from dcmlint_pacs.dimse.retrieve import MOST_BYTES, OBJECT_S, answer, stored
from dcmlint_pacs.dimse.wire import ANSWER_S, Wire

__all__ = ["Acceptor"]

_MOST_CONNECTIONS = 8
_RQ, _RJ = 1, 3


class Acceptor:
    """Listens from the moment it is made until it is closed.

    Raises UsageError if it cannot listen at the port.
    """

    def __init__(self, aet: str, port: int) -> None:
        self._aet = aet
        self._lock = threading.Lock()
        self._wanted = ""
        self._received: Received | None = None
        self._others = 0
        self._wires: set[Wire] = set()
        try:
            self._listener = socket.create_server(("", port), reuse_port=False)
        except OSError as error:
            raise UsageError(
                f"DCMLINT_MOVE_PORT: nothing can listen at port {port} ({error.strerror}).",
                "Another process may have it: choose another, which the peer must know, too.",
            ) from error
        threading.Thread(target=self._listen, daemon=True).start()

    def expect(self, instance: str) -> None:
        """Take the object with this SOP Instance UID, once, and no other."""
        with self._lock:
            self._wanted, self._received, self._others = instance, None, 0

    def taken(self) -> tuple[Received | None, int]:
        """Return the object if it has come, and how many others have; nothing is expected after that."""
        with self._lock:
            found = self._received, self._others
            self._wanted, self._received, self._others = "", None, 0
            return found

    def close(self) -> None:
        """End listening, and all connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            wires = list(self._wires)
        for wire in wires:
            wire.close()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            wire = Wire(connection)
            with self._lock:
                is_one_too_many = len(self._wires) >= _MOST_CONNECTIONS
                if not is_one_too_many:
                    self._wires.add(wire)
            if is_one_too_many:
                wire.close()
            else:
                threading.Thread(target=self._serve, args=(wire,), daemon=True).start()

    def _serve(self, wire: Wire) -> None:
        try:
            channel = _accept(wire, self._aet)
            if channel is not None:
                while True:
                    self._answer(channel, channel.receive(time.monotonic() + OBJECT_S, MOST_BYTES))
        except PeerError:
            return  # what is missing is told by the C-MOVE
        finally:
            wire.close()
            with self._lock:
                self._wires.discard(wire)

    def _answer(self, channel: Channel, message: Message) -> None:
        field = message.number("CommandField")
        if field == C_STORE:
            # Taken before it is answered: the C-MOVE may end as soon as it is.
            is_wanted = self._take(stored(channel, message))
            answer(channel, message, is_wanted=is_wanted)
            return
        if field != C_ECHO:
            raise malformed("a request that is neither C-STORE nor C-ECHO")
        told: Command = {
            "CommandField": C_ECHO | RESPONSE,
            "MessageIDBeingRespondedTo": message.number("MessageID") or 0,
            "AffectedSOPClassUID": VERIFICATION,
            "Status": 0,
        }
        channel.send(message.context, told)

    def _take(self, came: Received) -> bool:
        with self._lock:
            if self._wanted and came.sop_instance == self._wanted and self._received is None:
                self._received = came
                return True
            self._others += 1
            return False


def _accept(wire: Wire, aet: str) -> Channel | None:
    """Answer an A-ASSOCIATE-RQ: every context is accepted, in the first Transfer Syntax that is proposed, so
    that private SOP Classes come too. Return None if the association is rejected."""
    kind, body = wire.read(time.monotonic() + ANSWER_S)
    if kind != _RQ:
        raise malformed("something else than an A-ASSOCIATE-RQ")
    pdu = struct.pack(">BBL", kind, 0, len(body)) + body
    try:
        answer, contexts, most_sent, called = _negotiated(pdu)
    except Exception:  # what pynetdicom raises on bytes that are no such PDU is of many kinds
        raise malformed("an A-ASSOCIATE-RQ that cannot be read") from None
    if called.strip() != aet.strip():
        wire.send(bytes((_RJ, 0, 0, 0, 0, 4, 0, 1, 1, 7)))
        return None
    wire.send(answer)
    return Channel(wire, contexts, most_sent)


def _negotiated(pdu: bytes) -> tuple[bytes, list[Accepted], int, str]:
    """Return the A-ASSOCIATE-AC, the contexts that it accepts, the peer's Maximum Length Received, and the AE
    title that was called."""
    import warnings

    from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RQ

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        asked = A_ASSOCIATE_RQ()
        asked.decode(pdu)
        primitive = asked.to_primitive()
        most_sent = int(primitive.maximum_length_received or 0)
        called = str(primitive.called_ae_title)
        contexts = list(primitive.presentation_context_definition_list)
        accepted = []
        for each in contexts:
            each.result = 0 if each.transfer_syntax else 4
            each.transfer_syntax = each.transfer_syntax[:1]
            if each.transfer_syntax:
                syntax = str(each.transfer_syntax[0])
                accepted.append(Accepted(int(each.context_id or 0), str(each.abstract_syntax), syntax))
        primitive.result, primitive.result_source = 0, 1
        primitive.presentation_context_definition_list = []
        primitive.presentation_context_definition_results_list = contexts
        primitive.user_information = our_items(ANNOUNCED_PDU)
        return A_ASSOCIATE_AC(primitive).encode(), accepted, most_sent, called

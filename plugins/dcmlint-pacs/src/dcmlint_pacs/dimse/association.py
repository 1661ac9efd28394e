"""Associations that we request: negotiation, and messages over them (PS3.8 7, PS3.7 Annex D).

pynetdicom encodes and decodes what is negotiated. Its own associations have two threads each that look for
work a thousand times a second, which worker processes cannot be forked beside and which do not bound what a
peer sends; so what goes over the connection afterwards is done here.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from dcmlint_pacs.dimse.command import Command, Message, decoded, encoded
from dcmlint_pacs.dimse.failure import PeerError, rejection
from dcmlint_pacs.dimse.negotiation import our_items, request_pdu
from dcmlint_pacs.dimse.wire import ANSWER_S, MOST_PDU, Wire, connect
from dcmlint_pacs.own import Own, client_tls
from dcmlint_pacs.peer import DimsePeer

if TYPE_CHECKING:
    from pynetdicom.presentation import PresentationContext

__all__ = ["ANNOUNCED_PDU", "Accepted", "Association", "Channel", "Proposed", "malformed", "request"]

ANNOUNCED_PDU = 128 << 10
"""The Maximum Length Received that we announce (PS3.8 D.1)."""

_AC, _RJ, _DATA, _RELEASE_RQ, _RELEASE_RP, _ABORT = 2, 3, 4, 5, 6, 7
_MOST_COMMAND = 64 << 10
_LEAST_PDU = 128


class Proposed(NamedTuple):
    """A Presentation Context to propose; `as_scp` proposes that we are the SCP in it (PS3.7 D.3.3.4)."""

    sop_class: str
    syntaxes: tuple[str, ...]
    as_scp: bool = False


class Accepted(NamedTuple):
    """A Presentation Context that was accepted: its Abstract Syntax and its one Transfer Syntax."""

    id: int
    sop_class: str
    syntax: str


class Channel:
    """Messages over a connection of which the association is established."""

    def __init__(self, wire: Wire, contexts: Sequence[Accepted], most_sent: int) -> None:
        self.contexts = {each.id: each for each in contexts}
        self._wire = wire
        self._fragment = (max(most_sent, _LEAST_PDU) if most_sent else MOST_PDU) - 6

    def send(self, context: int, command: Command, content: bytes = b"") -> None:
        """Send a message, in fragments as long as the peer takes them (PS3.8 Annex E)."""
        parts = [(1, encoded(command, has_content=bool(content)))]
        if content:
            parts.append((0, content))
        pdus = []
        for kind, whole in parts:
            for at in range(0, len(whole), self._fragment):
                piece = whole[at : at + self._fragment]
                last = 2 if at + len(piece) == len(whole) else 0
                head = struct.pack(">BBLLBB", _DATA, 0, len(piece) + 6, len(piece) + 2, context, kind | last)
                pdus.append(head + piece)
        self._wire.send(b"".join(pdus))

    def receive(self, deadline: float, most: int) -> Message:
        """Return the next message; its Data Set has `most` bytes at most. Raises PeerError."""
        command: list[bytes] = []
        content: list[bytes] = []
        message: Message | None = None
        size = 0
        while True:
            for context, header, piece in self._fragments(deadline):
                size += len(piece)
                if header & 1:
                    if message is not None or size > _MOST_COMMAND:
                        raise malformed("a Command Set that does not end where it should")
                    command.append(piece)
                    if header & 2:
                        message, size = _message(context, b"".join(command)), 0
                        if not message.has_content:
                            return message
                    continue
                if message is None or context != message.context:
                    raise malformed("a Data Set without a Command Set before it")
                if size > most:
                    raise PeerError(f"it has more than {most:,} bytes, which is the limit")
                content.append(piece)
                if header & 2:
                    return message._replace(content=b"".join(content))

    def _fragments(self, deadline: float) -> Iterable[tuple[int, int, bytes]]:
        """Return the Presentation Data Values of the next PDU: context, control header, fragment."""
        kind, body = self._wire.read(deadline)
        if kind == _RELEASE_RQ:
            with suppress(PeerError):
                self._wire.send(bytes((_RELEASE_RP, 0, 0, 0, 0, 4, 0, 0, 0, 0)))
            raise PeerError("the peer released the association", may_pass=True)
        if kind == _ABORT:
            raise PeerError("the peer aborted the association", may_pass=True)
        if kind != _DATA:
            raise malformed(f"a PDU of type {kind:02X}H where data are due")
        found = []
        at = 0
        while at < len(body):
            if at + 6 > len(body):
                raise malformed("a P-DATA-TF PDU that ends within an item")
            length, context, header = struct.unpack_from(">LBB", body, at)
            if length < 2 or at + 4 + length > len(body):
                raise malformed("a Presentation Data Value of a wrong length")
            found.append((context, header, body[at + 6 : at + 4 + length]))
            at += 4 + length
        return found

    def abort(self) -> None:
        """End the association at once."""
        with suppress(PeerError):
            self._wire.send(bytes((_ABORT, 0, 0, 0, 0, 4, 0, 0, 0, 0)))
        self._wire.close()


class Association(Channel):
    """An association that we requested. `message_id` is that of the operation at hand."""

    def __init__(self, wire: Wire, contexts: Sequence[Accepted], most_sent: int) -> None:
        super().__init__(wire, contexts, most_sent)
        self.message_id = 0
        self.stray = 0
        """Responses to operations that had ended."""

    def of(self, sop_class: str) -> Accepted | None:
        """Return the first context that was accepted for a SOP Class, None if none was."""
        return next((each for each in self.contexts.values() if each.sop_class == sop_class), None)

    def ask(self, context: Accepted, command: Command, content: bytes = b"") -> None:
        """Send the request of an operation."""
        self.message_id = self.message_id % 0xFFFF + 1
        asked = {"AffectedSOPClassUID": context.sop_class, "MessageID": self.message_id, **command}
        self.send(context.id, asked, content)

    def answer(self, deadline: float, most: int) -> Message:
        """Return the next message of the operation at hand: a response, or a request of a sub-operation.

        Responses to operations that have ended are counted and passed over.
        """
        while True:
            message = self.receive(deadline, most)
            field = message.number("CommandField") or 0
            if not field & 0x8000:
                return message
            if message.number("MessageIDBeingRespondedTo") is None or message.number("Status") is None:
                raise malformed("a response without Message ID Being Responded To or Status")
            if message.number("MessageIDBeingRespondedTo") == self.message_id:
                return message
            self.stray += 1
            if self.stray > 1000:
                raise malformed("more than 1,000 responses to operations that have ended")

    def release(self) -> None:
        """End the association in good order (PS3.8 7.2), without waiting long."""
        with suppress(PeerError):
            self._wire.send(bytes((_RELEASE_RQ, 0, 0, 0, 0, 4, 0, 0, 0, 0)))
            deadline = time.monotonic() + 2
            while self._wire.read(deadline)[0] != _RELEASE_RP:
                pass
        self._wire.close()


def malformed(what: str) -> PeerError:
    """Return the failure that a peer sent what it must not."""
    return PeerError(f"the peer sends {what}", rule="interop/malformed-message")


def _message(context: int, command: bytes) -> Message:
    try:
        return Message(context, decoded(command))
    except ValueError:
        raise malformed("a Command Set that cannot be read") from None


def request(peer: DimsePeer, ours: Own, proposed: Sequence[Proposed]) -> Association:
    """Return an association with a peer, with those of at most 128 contexts that it accepted.

    Raises PeerError if there is none to be had.
    """
    pdu, contexts = _request_pdu(peer, ours, proposed)
    wire = connect(peer.host, peer.port, client_tls(ours) if peer.tls else None)
    try:
        wire.send(pdu)
        kind, body = wire.read(time.monotonic() + ANSWER_S)
        if kind == _RJ and len(body) >= 4:
            raise rejection(body[1], body[2], body[3])
        if kind == _ABORT:
            raise PeerError("the peer aborts instead of negotiating", may_pass=True)
        if kind != _AC:
            raise malformed(f"a PDU of type {kind:02X}H where an association is negotiated")
        accepted, most_sent = _accepted(struct.pack(">BBL", kind, 0, len(body)) + body, contexts)
    except PeerError:
        wire.close()
        raise
    return Association(wire, accepted, most_sent)


def _request_pdu(
    peer: DimsePeer, ours: Own, proposed: Sequence[Proposed]
) -> tuple[bytes, list[PresentationContext]]:
    from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation
    from pynetdicom.presentation import build_context

    contexts = []
    for each in proposed:
        context = build_context(each.sop_class, list(each.syntaxes))
        if each.as_scp:
            context.scp_role, context.scu_role = True, False
        contexts.append(context)
    items = our_items(ANNOUNCED_PDU)
    for sop_class in dict.fromkeys(each.sop_class for each in proposed if each.as_scp):
        role = SCP_SCU_RoleSelectionNegotiation()
        role.sop_class_uid, role.scp_role, role.scu_role = sop_class, True, False
        items.append(role)
    return request_pdu(peer, ours, contexts, items), contexts


def _accepted(pdu: bytes, contexts: list[PresentationContext]) -> tuple[list[Accepted], int]:
    """Return the contexts that an A-ASSOCIATE-AC accepts, and the Maximum Length Received of the peer."""
    import warnings

    from pynetdicom.pdu import A_ASSOCIATE_AC

    proposed = {each.context_id: str(each.abstract_syntax) for each in contexts}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = A_ASSOCIATE_AC()
            answer.decode(pdu)
            primitive = answer.to_primitive()
            most_sent = int(primitive.maximum_length_received or 0)
            accepted = [
                Accepted(int(each.context_id or 0), proposed[each.context_id], str(each.transfer_syntax[0]))
                for each in primitive.presentation_context_definition_results_list
                if each.result == 0 and each.context_id in proposed and each.transfer_syntax
            ]
    except Exception:  # what pynetdicom raises on bytes that are no such PDU is of many kinds
        raise malformed("an A-ASSOCIATE-AC that cannot be read") from None
    return accepted, most_sent

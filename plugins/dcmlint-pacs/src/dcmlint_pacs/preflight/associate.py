"""One association that is negotiated and released: nothing is ever sent over it (PS3.8 7.1, PS3.7 Annex
D)."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from dcmlint.errors import UsageError
from dcmlint_pacs.dimse.failure import PeerError, rejection
from dcmlint_pacs.dimse.negotiation import our_items, request_pdu
from dcmlint_pacs.dimse.wire import Wire, connect
from dcmlint_pacs.own import Own, client_tls
from dcmlint_pacs.peer import DimsePeer
from dcmlint_pacs.preflight.acceptance import Acceptance, MalformedError, read_acceptance
from dcmlint_pacs.preflight.model import Proposal

__all__ = ["CONTEXTS", "Asked", "RejectedError", "associate", "user_identity"]

CONTEXTS = 128
"""Presentation Contexts of one association at most: their IDs are odd, and one byte (PS3.8 9.3.2.2)."""

_ANNOUNCED_PDU = 16384
_AC, _RJ, _RELEASE_RP, _ABORT = 2, 3, 6, 7
_RELEASE_RQ_PDU = bytes((5, 0, 0, 0, 0, 4, 0, 0, 0, 0))
_RELEASE_S = 2.0
_ANSWER_S = 30.0

_STORAGE_APPLICATION = bytes((2, 0, 3, 0, 0, 0))
"""Level 2 storage, digital signature level 3, no element coercion: the most that there is (PS3.4 B.3.1)."""

_OPERATIONS = 8


class RejectedError(Exception):
    """The peer rejected the association, which is an answer (PS3.8 9.3.4); `reason` says why."""

    def __init__(self, reason: str, *, transient: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.transient = transient


class Asked(NamedTuple):
    """What is proposed beside Presentation Contexts: both roles and extended negotiation for these SOP
    Classes, and whether several operations may be outstanding."""

    roles: tuple[str, ...] = ()
    extended: tuple[str, ...] = ()
    operations: bool = False


def user_identity() -> tuple[str, str] | None:
    """Return the user and the password to identify us by (DCMLINT_DIMSE_USER, DCMLINT_DIMSE_PASSWORD), None
    if there are none; raises UsageError for a user that is not ASCII or too long."""
    user, password = os.environ.get("DCMLINT_DIMSE_USER", ""), os.environ.get("DCMLINT_DIMSE_PASSWORD", "")
    if not user:
        return None
    if len(user.encode()) > 1024 or len(password.encode()) > 1024:
        raise UsageError("DCMLINT_DIMSE_USER or DCMLINT_DIMSE_PASSWORD is too long.")
    return user, password


def associate(
    peer: DimsePeer,
    ours: Own,
    proposals: Sequence[Proposal],
    asked: Asked = Asked(),  # noqa: B008
) -> Acceptance:
    """Return how the peer answers at most 128 proposals, by Presentation Context IDs 1, 3, 5 and so on.

    The association is released at once. Raises RejectedError, and PeerError if there is no answer that can
    be read.
    """
    pdu = _request(peer, ours, proposals, asked)
    wire = connect(peer.host, peer.port, client_tls(ours) if peer.tls else None)
    try:
        wire.send(pdu)
        kind, body = wire.read(time.monotonic() + _ANSWER_S)
        found = _acceptance(kind, body)
        _release(wire)
        return found
    finally:
        wire.close()


def _acceptance(kind: int, body: bytes) -> Acceptance:
    if kind == _RJ and len(body) >= 4:
        why = rejection(body[1], body[2], body[3])
        raise RejectedError(why.reason, transient=why.may_pass)
    if kind == _ABORT:
        raise PeerError(f"the peer aborts instead of negotiating ({_abort_text(body)})")
    if kind != _AC:
        raise PeerError(f"the peer sends a PDU of type {kind:02X}H where an association is negotiated")
    try:
        return read_acceptance(body)
    except MalformedError as error:
        raise PeerError(f"the peer sends {error}") from None


def _abort_text(body: bytes) -> str:
    """Return source and reason of an A-ABORT (PS3.8 9.3.8)."""
    source, reason = (body[2], body[3]) if len(body) >= 4 else (-1, -1)
    return {0: "its user", 2: f"its provider, reason {reason}"}.get(source, "source unknown")


def _release(wire: Wire) -> None:
    with suppress(PeerError):
        wire.send(_RELEASE_RQ_PDU)
        deadline = time.monotonic() + _RELEASE_S
        while wire.read(deadline)[0] not in (_RELEASE_RP, _ABORT):
            pass


def _request(peer: DimsePeer, ours: Own, proposals: Sequence[Proposal], asked: Asked) -> bytes:
    """Return an A-ASSOCIATE-RQ (PS3.8 9.3.2)."""
    from pynetdicom.presentation import build_context

    if len(proposals) > CONTEXTS:
        raise ValueError(f"an association has at most {CONTEXTS} Presentation Contexts")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # UIDs of the data that are not as PS3.5 9.1 wants them are sent too
        contexts = [build_context(each.sop_class, list(each.syntaxes)) for each in proposals]
        return request_pdu(peer, ours, contexts, _user_information(asked))


def _user_information(asked: Asked) -> list[Any]:
    from pynetdicom.pdu_primitives import AsynchronousOperationsWindowNegotiation

    found = our_items(_ANNOUNCED_PDU)
    if asked.operations:
        operations = AsynchronousOperationsWindowNegotiation()
        operations.maximum_number_operations_invoked = _OPERATIONS
        operations.maximum_number_operations_performed = _OPERATIONS
        found.append(operations)
    return [*found, *_of_sop_classes(asked), *_identity()]


def _of_sop_classes(asked: Asked) -> Iterator[Any]:
    """Yield SCP/SCU Role Selection and SOP Class Extended Negotiation (PS3.7 D.3.3.4 and D.3.3.5)."""
    from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation, SOPClassExtendedNegotiation

    for sop_class in asked.roles:
        role = SCP_SCU_RoleSelectionNegotiation()
        role.sop_class_uid, role.scu_role, role.scp_role = sop_class, True, True
        yield role
    for sop_class in asked.extended:
        extended = SOPClassExtendedNegotiation()
        extended.sop_class_uid = sop_class
        extended.service_class_application_information = _STORAGE_APPLICATION
        yield extended


def _identity() -> Iterator[Any]:
    """Yield User Identity Negotiation, if there is a user (PS3.7 D.3.3.7)."""
    from pynetdicom.pdu_primitives import UserIdentityNegotiation

    if (who := user_identity()) is not None:
        identity = UserIdentityNegotiation()
        identity.user_identity_type = 2 if who[1] else 1
        identity.primary_field = who[0].encode()
        identity.secondary_field = who[1].encode()
        identity.positive_response_requested = True
        yield identity

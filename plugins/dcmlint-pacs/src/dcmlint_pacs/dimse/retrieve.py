"""One object by C-GET: what comes, and what is wrong with how it comes (PS3.4 C.4.3)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from dcmlint.source import Remark
from dcmlint_pacs.dimse.association import Association, Channel, malformed
from dcmlint_pacs.dimse.command import C_GET, C_STORE, RESPONSE, Command, Message, is_pending
from dcmlint_pacs.dimse.failure import PeerError, status_text
from dcmlint_pacs.dimse.identifier import Key, encoded
from dcmlint_pacs.dimse.levels import LEVEL, PATIENT_ID, SERIES_UID, SOP_INSTANCE, STUDY_UID
from dcmlint_pacs.dimse.part10 import Received

__all__ = ["MOST_BYTES", "OBJECT_S", "Asked", "Outcome", "answer", "get", "identifier", "judged", "stored"]

MOST_BYTES = 1 << 30
"""Bytes of an object at most: it is held in memory."""

OBJECT_S = 900.0
"""Seconds that one object may take."""

_REFUSED = 0xA900
"""Status of a C-STORE of an object that was not asked for: it does not fit (PS3.4 B.2.3)."""


class Asked(NamedTuple):
    """The object that is asked for, by the UIDs that lead to it. `patient` is its Patient ID where patients
    are above studies, else ""."""

    study: str
    series: str
    instance: str
    patient: str = ""


class Outcome(NamedTuple):
    """What came of a retrieval: the object if it came, and what is to be said of how.

    `status` is that of the final response, `counts` are completed, failed and warning sub-operations as it
    has them, -1 where it says nothing; `others` are objects that came and were not asked for, `stray`
    responses to operations that had ended.
    """

    received: Received | None
    status: int
    counts: tuple[int, int, int]
    others: int = 0
    stray: int = 0


def identifier(asked: Asked, *, is_implicit: bool) -> bytes:
    """Return the identifier of a C-GET or C-MOVE of one object (PS3.4 C.4.2.1.4, C.4.3.1.3)."""
    keys = [
        Key(LEVEL, "CS", b"IMAGE"),
        Key(STUDY_UID, "UI", _raw(asked.study)),
        Key(SERIES_UID, "UI", _raw(asked.series)),
        Key(SOP_INSTANCE, "UI", _raw(asked.instance)),
    ]
    if asked.patient:
        keys.append(Key(PATIENT_ID, "LO", _raw(asked.patient)))
    return encoded(keys, is_implicit=is_implicit)


def _raw(text: str) -> bytes:
    return text.encode("latin-1", "replace")


def get(association: Association, get_class: str, asked: Asked) -> Outcome:
    """Return what a C-GET of one object comes to; raises PeerError if the peer does not keep to PS3.7, or is
    gone."""
    context = association.of(get_class)
    if context is None:
        raise PeerError(
            "it accepts no Presentation Context for C-GET (is C-MOVE possible? DCMLINT_MOVE_PORT)"
        )
    is_implicit = context.syntax == "1.2.840.10008.1.2"
    association.stray = 0
    association.ask(
        context, {"CommandField": C_GET, "Priority": 0}, identifier(asked, is_implicit=is_implicit)
    )
    deadline = time.monotonic() + OBJECT_S
    received: Received | None = None
    others = 0
    while True:
        message = association.answer(deadline, MOST_BYTES)
        field = message.number("CommandField")
        if field == C_STORE:
            came = stored(association, message)
            is_wanted = received is None and came.sop_instance == asked.instance
            received, others = came if is_wanted else received, others + (not is_wanted)
            answer(association, message, is_wanted=is_wanted)
            continue
        if field != C_GET | RESPONSE:
            raise malformed("something else than C-GET-RSP and C-STORE-RQ")
        status = message.number("Status") or 0
        if not is_pending(status):
            return Outcome(received, status, counts_of(message), others, association.stray)


def stored(channel: Channel, message: Message) -> Received:
    """Return the object of a C-STORE request."""
    context = channel.contexts.get(message.context)
    if context is None or not message.has_content:
        raise malformed("a C-STORE-RQ in a context that was not accepted, or without a Data Set")
    uid, sop_class = message.text("AffectedSOPInstanceUID"), message.text("AffectedSOPClassUID")
    return Received(sop_class, uid, context.syntax, message.content)


def answer(channel: Channel, message: Message, *, is_wanted: bool) -> None:
    """Answer a C-STORE request: with success, or that it does not fit."""
    told: Command = {
        "CommandField": C_STORE | RESPONSE,
        "MessageIDBeingRespondedTo": message.number("MessageID") or 0,
        "AffectedSOPClassUID": _ascii(message.text("AffectedSOPClassUID")),
        "AffectedSOPInstanceUID": _ascii(message.text("AffectedSOPInstanceUID")),
        "Status": 0 if is_wanted else _REFUSED,
    }
    channel.send(message.context, told)


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode("ascii")


def counts_of(message: Message) -> tuple[int, int, int]:
    """Return completed, failed and warning sub-operations, -1 for what a response does not say."""
    names = ("Completed", "Failed", "Warning")
    values = [message.number(f"NumberOf{each}Suboperations") for each in names]
    completed, failed, warning = (-1 if each is None else each for each in values)
    return completed, failed, warning


def judged(outcome: Outcome, what: str) -> Sequence[Remark]:
    """Return what is wrong with how an object came by an operation such as C-GET; raises PeerError if it did
    not come."""
    remarks = []
    completed, failed, warning = outcome.counts
    if outcome.stray:
        remarks.append(
            Remark(
                "interop/response-after-final", f"{outcome.stray:,} responses to operations that had ended"
            )
        )
    if outcome.others:
        remarks.append(
            Remark(
                "interop/unasked-object", f"{what} of one object brings {outcome.others:,} that are others"
            )
        )
    if outcome.received is None:
        raise _missing(outcome, what)
    if outcome.others:  # refused by us: the status and the counts say so
        return remarks
    if outcome.status or failed > 0:
        told = status_text(outcome.status)
        remarks.append(Remark("interop/suboperation-count", f"the object came, and {what} ends with {told}"))
    elif completed >= 0 and completed + max(warning, 0) != 1:
        counted = f"{completed + max(warning, 0):,} objects that were sent, and one came"
        remarks.append(Remark("interop/suboperation-count", f"{what} counts {counted}"))
    return remarks


def _missing(outcome: Outcome, what: str) -> PeerError:
    completed, failed, _ = outcome.counts
    if outcome.others:
        return PeerError(f"{what} brings another object than the one asked for", rule="interop/wrong-object")
    if outcome.status == 0 and failed <= 0:
        counted = f" and counts {completed:,} objects" if completed >= 0 else ""
        return PeerError(
            f"{what} ends with success{counted}, and no object came", rule="interop/suboperation-count"
        )
    failures = f", {failed:,} sub-operations failed" if failed > 0 else ""
    return PeerError(f"{what} brings no object: {status_text(outcome.status)}{failures}")

"""One object from `incoming/` to where it belongs: linted, decided, safe, recorded; then it is answered."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from dcmlint_pacs.gate.config import Config
from dcmlint_pacs.gate.decide import comment_of, decided, status_of
from dcmlint_pacs.gate.events import Events
from dcmlint_pacs.gate.inspect import Inspector, Seen
from dcmlint_pacs.gate.model import (
    DOES_NOT_MATCH,
    OUT_OF_RESOURCES,
    SUCCESS,
    Arrival,
    Decision,
    Happening,
    NoRoomError,
    Outcome,
)
from dcmlint_pacs.gate.spool import Shelf, Spool

if TYPE_CHECKING:
    from dcmlint_pacs.gate.forward import Forwarder

__all__ = ["NO_ROOM", "Intake"]

NO_ROOM = "out of resources: no room on the disk"

NOT_FORWARDED = "out of resources: the target does not answer"
_CONFLICT = "other content under a known SOP Instance UID: both are kept"
_SHELVES: dict[str, Shelf] = {"accept": "accepted", "forward": "outgoing", "quarantine": "quarantine"}


class Intake:
    """Takes objects, for any number of threads at once.

    Raises UsageError for a policy that cannot be used, and for rules of `decide` that do not exist.
    """

    def __init__(
        self, config: Config, spool: Spool, events: Events, forwarder: Forwarder | None = None
    ) -> None:
        self._config = config
        self._spool = spool
        self._events = events
        self._forwarder = forwarder
        self._inspector = Inspector(config)

    def take(self, arrival: Arrival) -> Outcome:
        """Return what became of a complete object. Where `Outcome.is_kept`, file and folder are flushed.

        Raises OSError for a fault of the disk that is not a lack of room; nothing is kept then.
        """
        seen = self._inspector.seen(arrival.path)
        named = arrival._replace(
            sop_class_uid=arrival.sop_class_uid or seen.sop_class_uid,
            sop_instance_uid=arrival.sop_instance_uid or seen.sop_instance_uid,
        )
        unlike = _unlike(named, seen)
        if unlike:
            outcome = Outcome(Decision("refuse", "", seen.rules), DOES_NOT_MATCH, unlike)
        else:
            choices, otherwise = self._config.decide, self._config.otherwise
            outcome = self._kept(named, decided(named, seen.rules, choices, otherwise))
        outcome = outcome._replace(sop_class_uid=named.sop_class_uid, sop_instance_uid=named.sop_instance_uid)
        self._record(named, outcome, seen.device)
        return outcome

    def _kept(self, arrival: Arrival, decision: Decision) -> Outcome:
        shelf = _SHELVES.get(decision.action)
        if shelf is None:
            return Outcome(decision, status_of(decision), comment_of(decision))
        try:
            kept = self._spool.keep(arrival.path, arrival.sop_instance_uid, shelf)
        except NoRoomError:
            refused = decision._replace(action="refuse", rule="")
            return Outcome(refused, OUT_OF_RESOURCES, NO_ROOM)
        outcome = Outcome(decision, status_of(decision), comment_of(decision), *kept)
        if decision.action == "quarantine":
            self._spool.noted(kept.place, _note(arrival, decision))
            return outcome if self._config.quarantined == "warning" else outcome._replace(status=SUCCESS)
        return self._sent(outcome) if self._forwarder and decision.action == "forward" else outcome

    def _sent(self, outcome: Outcome) -> Outcome:
        """Hand an object to the forwarder, and wait for it where the sender is to know."""
        assert self._forwarder is not None
        forward = self._config.forward
        is_awaited = forward.acknowledge == "forwarded"
        pending = self._forwarder.add(outcome.place, is_awaited=is_awaited)
        if pending is None:
            return outcome._replace(place="", is_duplicate=True)
        if not is_awaited:
            return outcome
        if pending.settled.wait(forward.within_s):
            if failure := pending.failure():
                return outcome._replace(status=failure, comment="a target of the gate refused it")
            return outcome._replace(status=max(pending.answers.values()), place="")
        self._forwarder.withdraw(pending)
        return outcome._replace(status=OUT_OF_RESOURCES, comment=NOT_FORWARDED, place="")

    def _record(self, arrival: Arrival, outcome: Outcome, device: str) -> None:
        self._events.record(
            Happening(
                number=0,
                time=time.time(),
                how=arrival.how,
                calling_aet=arrival.calling_aet,
                address=arrival.address,
                device=device,
                sop_class_uid=outcome.sop_class_uid,
                transfer_syntax_uid=arrival.transfer_syntax_uid,
                size=arrival.size,
                action=outcome.decision.action,
                rule=outcome.decision.rule,
                rules=outcome.decision.rules,
                status=outcome.status,
                is_duplicate=outcome.is_duplicate,
                note=_CONFLICT if outcome.is_conflict else "",
            )
        )


def _note(arrival: Arrival, decision: Decision) -> dict[str, Any]:
    return {
        "how": arrival.how,
        "calling": arrival.calling_aet,
        "address": arrival.address,
        "rule": decision.rule,
        "findings": [found._asdict() for found in decision.rules],
    }


def _unlike(arrival: Arrival, seen: Seen) -> str:
    """Return how the object differs from what the sender called it, "" if it does not."""
    if not arrival.sop_instance_uid:
        return "no SOP Instance UID in the Data Set"
    if seen.sop_class_uid and seen.sop_class_uid != arrival.sop_class_uid:
        return "another SOP Class UID in the Data Set"
    if seen.sop_instance_uid and seen.sop_instance_uid != arrival.sop_instance_uid:
        return "another SOP Instance UID in the Data Set"
    if arrival.study_instance_uid and seen.study_instance_uid != arrival.study_instance_uid:
        return "another Study Instance UID in the Data Set"
    return ""

"""One object from `incoming/` to where it belongs: linted, decided, safe, recorded; then it is answered."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

from dcmlint_pacs.gate.config import Config
from dcmlint_pacs.gate.decide import check_rules, comment_of, decided, status_of
from dcmlint_pacs.gate.events import Events
from dcmlint_pacs.gate.model import (
    DOES_NOT_MATCH,
    OUT_OF_RESOURCES,
    Arrival,
    Decision,
    Happening,
    NoRoomError,
    Outcome,
    RuleCount,
)
from dcmlint_pacs.gate.spool import Shelf, Spool

if TYPE_CHECKING:
    from dcmlint.linter import Linted, Linter
    from dcmlint_pacs.gate.forward import Forwarder

__all__ = ["NO_ROOM", "Intake"]

NO_ROOM = "out of resources: no room on the disk"

NOT_FORWARDED = "out of resources: the target does not answer"
_CONFLICT = "other content under a known SOP Instance UID: both are kept"
_DEVICE = ("Manufacturer", "ManufacturerModelName", "StationName")
_SHELVES: dict[str, Shelf] = {"accept": "accepted", "forward": "outgoing", "quarantine": "quarantine"}


class Intake:
    """Takes objects, for any number of threads at once.

    Raises UsageError for a policy that cannot be used.
    """

    def __init__(
        self, config: Config, spool: Spool, events: Events, forwarder: Forwarder | None = None
    ) -> None:
        self._config = config
        self._spool = spool
        self._events = events
        self._forwarder = forwarder
        self._linter = self._made()
        check_rules(config.decide, self._linter.session.rules)
        # Linting holds the GIL: several at once would only wait for each other.
        self._linting = threading.Lock()

    def take(self, arrival: Arrival) -> Outcome:
        """Return what became of a complete object. Where `Outcome.is_kept`, file and folder are flushed.

        Raises OSError for a fault of the disk that is not a lack of room; nothing is kept then.
        """
        linted = self._linted(arrival.path)
        named = arrival._replace(
            sop_class_uid=arrival.sop_class_uid or linted.sop_class_uid,
            sop_instance_uid=arrival.sop_instance_uid or linted.sop_instance_uid,
        )
        rules = _rules(linted)
        unlike = _unlike(named, linted)
        if unlike:
            outcome = Outcome(Decision("refuse", "", rules), DOES_NOT_MATCH, unlike)
        else:
            choices, otherwise = self._config.decide, self._config.otherwise
            outcome = self._kept(named, decided(named, rules, choices, otherwise))
        outcome = outcome._replace(sop_class_uid=named.sop_class_uid, sop_instance_uid=named.sop_instance_uid)
        self._record(named, outcome, linted)
        return outcome

    def _made(self) -> Linter:
        from dcmlint.linter import Linter

        self._day = date.today()
        return Linter(policies=self._config.policies, config=self._config.settings, read=_DEVICE)

    def _linted(self, path: str) -> Linted:
        with self._linting:
            if self._day != date.today():
                self._linter = self._made()  # waivers end on a day
            return self._linter.file(path)

    def _kept(self, arrival: Arrival, decision: Decision) -> Outcome:
        shelf = _SHELVES.get(decision.action)
        if shelf is None:
            return Outcome(decision, status_of(decision), comment_of(decision))
        try:
            kept = self._spool.keep(arrival.path, arrival.sop_instance_uid, shelf)
        except NoRoomError:
            refused = decision._replace(action="refuse", rule="")
            return Outcome(refused, OUT_OF_RESOURCES, NO_ROOM)
        outcome = Outcome(
            decision,
            status_of(decision),
            comment_of(decision),
            kept.place,
            kept.is_duplicate,
            kept.is_conflict,
        )
        if decision.action == "quarantine":
            self._spool.noted(kept.place, _note(arrival, decision))
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

    def _record(self, arrival: Arrival, outcome: Outcome, linted: Linted) -> None:
        self._events.record(
            Happening(
                number=0,
                time=time.time(),
                how=arrival.how,
                calling_aet=arrival.calling_aet,
                address=arrival.address,
                device=self._device(linted),
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

    def _device(self, linted: Linted) -> str:
        keywords = _DEVICE if self._config.show_station else _DEVICE[:2]
        return " / ".join(filter(None, (linted.values[keyword].strip() for keyword in keywords)))


def _rules(linted: Linted) -> tuple[RuleCount, ...]:
    findings = linted.report.active()
    counts = Counter((found.rule, found.severity) for found in findings)
    paths = {(found.rule, found.severity): found.path or "" for found in reversed(findings)}
    return tuple(RuleCount(*key, count, paths[key]) for key, count in counts.items())


def _note(arrival: Arrival, decision: Decision) -> dict[str, Any]:
    return {
        "how": arrival.how,
        "calling": arrival.calling_aet,
        "address": arrival.address,
        "rule": decision.rule,
        "findings": [found._asdict() for found in decision.rules],
    }


def _unlike(arrival: Arrival, linted: Linted) -> str:
    """Return how the object differs from what the sender called it, "" if it does not."""
    if not arrival.sop_instance_uid:
        return "no SOP Instance UID in the Data Set"
    if linted.sop_class_uid and linted.sop_class_uid != arrival.sop_class_uid:
        return "another SOP Class UID in the Data Set"
    if linted.sop_instance_uid and linted.sop_instance_uid != arrival.sop_instance_uid:
        return "another SOP Instance UID in the Data Set"
    if arrival.study_instance_uid and linted.study_instance_uid != arrival.study_instance_uid:
        return "another Study Instance UID in the Data Set"
    return ""

"""A preflight as JSON: `preflight.schema.json` describes it."""

from __future__ import annotations

import json
from typing import Any

from dcmlint_pacs.names import name
from dcmlint_pacs.preflight.demand import REASONS, Apart
from dcmlint_pacs.preflight.model import Offer
from dcmlint_pacs.preflight.verdict import Verdict
from dcmlint_pacs.preflight.words import Preflight, storescu_sums

__all__ = ["VERSION", "preflight_json"]

VERSION = 1
_EXAMPLES = 5


def preflight_json(preflight: Preflight, *, exit_status: int) -> str:
    """Return the document as text."""
    demand = preflight.demand
    content: dict[str, Any] = {
        "format": "dcmlint-preflight",
        "version": VERSION,
        "peer": _peer(preflight.offer),
        "summary": {
            "instances": demand.instances,
            **{str(status): count for status, count in preflight.instances().items()},
            "storescu": dict(storescu_sums(preflight)),
            "exit_status": exit_status,
        },
        "verdicts": [_verdict(each) for each in preflight.verdicts],
        "apart": [
            {"reason": reason, "text": REASONS[reason], **_apart(each)}
            for reason, each in demand.apart.items()
        ],
        "mismatched": _apart(demand.mismatched),
    }
    return json.dumps(content, indent=1) + "\n"


def _peer(offer: Offer) -> dict[str, Any]:
    facts = offer.facts
    return {
        "location": offer.peer,
        "kind": offer.kind,
        "rejection": offer.rejection or None,
        "associations": offer.associations,
        "implementation_class_uid": facts.implementation_class_uid or None,
        "implementation_version": facts.implementation_version or None,
        "max_pdu": None if facts.max_pdu < 0 else facts.max_pdu,
        "operations": None if facts.operations is None else list(facts.operations),
        "roles": {uid: list(each) for uid, each in facts.roles.items()},
        "extended_negotiation": {uid: value.hex() for uid, value in facts.extended.items()},
        "user_identity": facts.identity or None,
        "notes": list(offer.notes),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    to, sent = verdict.to, verdict.storescu
    return {
        "sop_class": _uid(verdict.pair.sop_class),
        "transfer_syntax": _uid(verdict.pair.syntax),
        "instances": verdict.cell.count,
        "verdict": verdict.status,
        "result": verdict.answer.result,
        "why": verdict.answer.why or None,
        "rule": verdict.rule or None,
        "to": None if to is None else {**_uid(to.syntax), "lossless": to.lossless, "tool": to.tool or None},
        "storescu": {
            "how": sent.how,
            "transfer_syntax": sent.syntax or None,
            "why": sent.why or None,
        },
        "without_study_or_series_uid": verdict.cell.without_uids,
        "transfer_syntax_from_bytes": verdict.cell.guessed,
        "examples": [each.file for each in verdict.cell.instances[:_EXAMPLES]],
    }


def _uid(uid: str) -> dict[str, str]:
    return {"uid": uid, "name": name(uid)}


def _apart(apart: Apart) -> dict[str, Any]:
    return {"count": apart.count, "examples": apart.examples}

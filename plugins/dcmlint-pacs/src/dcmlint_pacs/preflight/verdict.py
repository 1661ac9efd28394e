"""Whether a peer will take each SOP Class and Transfer Syntax of the data, and what could be done
otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from dcmlint_pacs.preflight.demand import Cell, Demand, Pair
from dcmlint_pacs.preflight.model import Answer, Offer, Proposal
from dcmlint_pacs.preflight.storescu import Sent, storescu_proposals, with_storescu
from dcmlint_pacs.preflight.transcode import ALTERNATIVES, Conversion, conversions

__all__ = ["STATUSES", "Status", "Verdict", "judge", "proposals_for"]

Status = Literal["accepted", "transcodable", "rejected", "unknown"]
STATUSES: tuple[Status, ...] = ("accepted", "transcodable", "rejected", "unknown")


class Verdict(NamedTuple):
    """What will become of the instances of one Pair if they are sent as they are stored.

    `answer` is what the peer says to it. `rule` reports it ("" = there is nothing to report). `to` is the
    conversion after which the peer takes them, None if there is none or it needs none. `storescu` is what
    DCMTK's storescu would do.
    """

    pair: Pair
    cell: Cell
    status: Status
    answer: Answer
    rule: str
    to: Conversion | None
    storescu: Sent


def proposals_for(demand: Demand) -> Iterator[Proposal]:
    """Yield what a peer is to be asked about data: each pair, what it could be converted to, and what
    storescu would propose, one SOP Class after the other."""
    syntaxes: dict[str, list[str]] = {}
    for pair in demand.cells:
        syntaxes.setdefault(pair.sop_class, []).append(pair.syntax)
    for sop_class, own in syntaxes.items():
        yield from (Proposal(sop_class, (each,)) for each in dict.fromkeys((*own, *ALTERNATIVES)))
        yield from storescu_proposals(sop_class)


def judge(demand: Demand, offer: Offer) -> list[Verdict]:
    """Return the verdict on each Pair, by SOP Class and Transfer Syntax."""
    taken = {pair.sop_class: _taken(pair.sop_class, offer) for pair in demand.cells}
    found = [_verdict(pair, cell, offer, taken[pair.sop_class]) for pair, cell in demand.cells.items()]
    return sorted(found, key=lambda each: (_order(each.pair.sop_class), _order(each.pair.syntax)))


def _order(uid: str) -> tuple[int, ...]:
    return tuple(int(part) for part in uid.split("."))


def _taken(sop_class: str, offer: Offer) -> Mapping[str, Answer]:
    """Return what the peer says to each Transfer Syntax that data could be converted to."""
    return {syntax: offer.ask(Proposal(sop_class, (syntax,))) for syntax in ALTERNATIVES}


def _verdict(pair: Pair, cell: Cell, offer: Offer, taken: Mapping[str, Answer]) -> Verdict:
    own = offer.ask(Proposal(pair.sop_class, (pair.syntax,)))
    sent = with_storescu(pair, cell, offer.ask)
    if own.accepted or own.result == "unknown":
        status: Status = "accepted" if own.accepted else "unknown"
        return Verdict(pair, cell, status, own, "", None, sent)
    if own.result == "association":
        return Verdict(pair, cell, "rejected", own, "", None, sent)
    if own.result == "role":
        return Verdict(pair, cell, "rejected", own, "interop/role-not-supported", None, sent)
    for each in conversions(pair.syntax, is_image=cell.is_image):
        if taken[each.syntax].accepted:
            return Verdict(
                pair, cell, "transcodable", own, "interop/transfer-syntax-not-accepted", each, sent
            )
    knows_class = own.result == "transfer-syntaxes" or any(each.accepted for each in taken.values())
    rule = "no-common-transfer-syntax" if knows_class else "sop-class-not-accepted"
    return Verdict(pair, cell, "rejected", own, f"interop/{rule}", None, sent)

"""A live peer: what it answers to proposals, in as many associations as they need, one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, TypeVar

from dcmlint.errors import UsageError
from dcmlint_pacs.dimse.failure import PeerError
from dcmlint_pacs.own import Own
from dcmlint_pacs.peer import DimsePeer
from dcmlint_pacs.preflight.acceptance import Acceptance, Chosen
from dcmlint_pacs.preflight.associate import CONTEXTS, Asked, RejectedError, associate, user_identity
from dcmlint_pacs.preflight.model import NO_FACTS, Answer, Facts, Offer, Proposal, Result, Role
from dcmlint_pacs.uid import is_uid

__all__ = ["MOST_ASSOCIATIONS", "Negotiated", "live_offer", "negotiate"]

MOST_ASSOCIATIONS = 200
"""Associations that are opened for one peer at most."""

_PAUSES_S = (1.0, 3.0)
"""Seconds before an association is tried again that was rejected for now."""

_RESULTS: Mapping[int, Result] = {
    0: "accepted",
    1: "user-rejection",
    2: "no-reason",
    3: "abstract-syntax",
    4: "transfer-syntaxes",
}
"""Result/Reason of a Presentation Context (PS3.8 Table 9-18)."""

_MOST_EXTENDED = 64

T = TypeVar("T")


class Negotiated(NamedTuple):
    """The answers to proposals, and what else was told. Where `rejection` is not "", the peer rejected an
    association for that reason, and what had not been answered by then has no other answer."""

    answers: Mapping[Proposal, Answer]
    facts: Facts
    rejection: str
    associations: int
    notes: tuple[str, ...] = ()


def live_offer(peer: DimsePeer, ours: Own, proposals: Iterable[Proposal]) -> Offer:
    """Return what a live peer takes of these proposals; nothing is stored.

    Raises UsageError if the peer cannot be reached, aborts, or answers what cannot be read.
    """
    found = negotiate(peer, ours, proposals)
    rejected = Answer("association", detail=found.rejection)
    unasked = rejected if found.rejection else Answer("unknown", detail="the peer was not asked")
    return Offer(
        peer.location,
        "live",
        lambda proposal: found.answers.get(proposal, unasked),
        found.facts,
        found.rejection,
        found.associations,
        found.notes,
    )


def negotiate(peer: DimsePeer, ours: Own, proposals: Iterable[Proposal]) -> Negotiated:
    """Propose each in a Presentation Context of its own, then ask for roles and the like of what was
    accepted.

    What is no UID is not proposed. Raises UsageError as `live_offer` does, and if there are too many.
    """
    wanted = [each for each in dict.fromkeys(proposals) if _can_be_proposed(each)]
    if len(wanted) > CONTEXTS * MOST_ASSOCIATIONS:
        raise UsageError(
            f"{len(wanted):,} Presentation Contexts need more than {MOST_ASSOCIATIONS} associations.",
            "Give fewer SOP Classes or Transfer Syntaxes at once.",
        )
    answers: dict[Proposal, Answer] = {}
    facts, count = NO_FACTS, 0
    for batch in _batched(wanted, CONTEXTS):
        count += 1
        try:
            found = _politely(peer, ours, batch)
        except RejectedError as rejected:
            return Negotiated(answers, facts, rejected.reason, count)
        facts = _facts(found) if count == 1 else facts
        answers.update(_answers(batch, found))
    accepted = list({each.sop_class: each for each, answer in answers.items() if answer.accepted}.values())
    capable, opened, notes = _capabilities(peer, ours, accepted, facts)
    return Negotiated(answers, capable, "", count + opened, notes)


def _can_be_proposed(proposal: Proposal) -> bool:
    return is_uid(proposal.sop_class) and all(map(is_uid, proposal.syntaxes)) and bool(proposal.syntaxes)


def _batched(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch


def _politely(peer: DimsePeer, ours: Own, batch: Sequence[Proposal], asked: Asked = Asked()) -> Acceptance:  # noqa: B008
    """Return the answer to one association; one that is rejected for now is tried again after a pause."""
    for pause in (*_PAUSES_S, 0.0):
        try:
            return associate(peer, ours, batch, asked)
        except RejectedError as rejected:
            if not rejected.transient or not pause:
                raise
            time.sleep(pause)
        except PeerError as error:
            raise UsageError(f"{peer.location} cannot be asked: {error.reason}.") from None
    raise AssertionError("the last attempt returns or raises")


def _answers(batch: Sequence[Proposal], found: Acceptance) -> Iterator[tuple[Proposal, Answer]]:
    for number, proposal in enumerate(batch):
        key = 2 * number + 1
        yield proposal, _answer(proposal, found.contexts.get(key), is_twice=key in found.twice)


def _answer(proposal: Proposal, chosen: Chosen | None, *, is_twice: bool) -> Answer:
    if chosen is None:
        return Answer("no-answer")
    if is_twice:
        return Answer("broken", detail="the Presentation Context is answered twice")
    result = _RESULTS.get(chosen.result)
    if result is None:
        return Answer("broken", detail=f"the result {chosen.result} does not exist")
    if result != "accepted":
        return Answer(result)
    if len(chosen.syntaxes) != 1:
        return Answer("broken", detail=f"it accepted with {len(chosen.syntaxes)} Transfer Syntaxes")
    if chosen.syntaxes[0] not in proposal.syntaxes:
        return Answer("broken", detail="it accepted a Transfer Syntax that was not proposed")
    return Answer("accepted", chosen.syntaxes[0])


def _facts(found: Acceptance) -> Facts:
    identity = "" if user_identity() is None else "no answer" if found.identity is None else "accepted"
    return Facts(
        found.implementation_class_uid,
        found.implementation_version,
        -1 if found.max_pdu is None else found.max_pdu,
        found.operations,
        identity=identity,
    )


def _capabilities(
    peer: DimsePeer, ours: Own, accepted: Sequence[Proposal], facts: Facts
) -> tuple[Facts, int, tuple[str, ...]]:
    """Return the facts with roles, extended negotiation and operations, which are asked for apart.

    A peer may reject a Presentation Context because of a role that is proposed with it; so the verdicts are
    of associations without any.
    """
    roles: dict[str, tuple[Role, ...]] = {}
    extended: dict[str, bytes] = {}
    operations = facts.operations
    count = 0
    for batch in _batched(accepted, _MOST_EXTENDED):
        asked = tuple(each.sop_class for each in batch)
        try:
            found = _politely(peer, ours, batch, Asked(asked, asked, operations=True))
        except (RejectedError, UsageError):
            note = "roles and extended negotiation: unknown, the peer takes no association that asks for them"
            return facts, count + 1, (note,)
        count += 1
        operations = found.operations or operations
        roles.update({each: _roles(found.roles.get(each)) for each in asked})
        extended.update({each: value for each, value in found.extended.items() if each in asked})
    return facts._replace(roles=roles, extended=extended, operations=operations), count, ()


def _roles(ours: tuple[int, int] | None) -> tuple[Role, ...]:
    """Return the roles that the peer takes, by those that it lets us take; without an answer it is the
    SCP."""
    if ours is None:
        return ("SCP",)
    as_scu, as_scp = ours
    theirs: list[Role] = []
    if as_scp:
        theirs.append("SCU")
    if as_scu:
        theirs.append("SCP")
    return tuple(theirs)

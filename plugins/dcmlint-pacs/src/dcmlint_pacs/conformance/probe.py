"""A conformance file of a live peer: what it accepts of all that PS3.6 has, one association after the
other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dcmlint.errors import UsageError
from dcmlint_pacs.conformance.model import Declared, Service
from dcmlint_pacs.names import queries_and_services, storage_sop_classes, transfer_syntaxes
from dcmlint_pacs.own import Own
from dcmlint_pacs.peer import DimsePeer
from dcmlint_pacs.preflight.live import Negotiated, negotiate
from dcmlint_pacs.preflight.model import Proposal
from dcmlint_pacs.preflight.transcode import BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT

__all__ = ["probe", "probe_proposals"]

_FOR_SERVICES = (IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN)

Negotiate = Callable[[DimsePeer, Own, Sequence[Proposal]], Negotiated]


def probe_proposals(more: Sequence[str] = ()) -> Iterator[Proposal]:
    """Yield what a probe proposes: each Storage SOP Class, and `more`, in each Transfer Syntax; the other
    services in those without compression."""
    for sop_class in dict.fromkeys((*storage_sop_classes(), *more)):
        yield from (Proposal(sop_class, (syntax,)) for syntax in transfer_syntaxes())
    for sop_class in queries_and_services():
        yield from (Proposal(sop_class, (syntax,)) for syntax in _FOR_SERVICES)


def probe(peer: DimsePeer, ours: Own, more: Sequence[str] = ()) -> tuple[Declared, int]:
    """Return what a live peer accepts, and how many associations it took to find out; nothing is stored.

    Raises UsageError if the peer rejects us, cannot be asked, or accepts nothing.
    """
    found = negotiate(peer, ours, probe_proposals(more))
    if found.rejection:
        raise UsageError(f"{peer.location} cannot be asked: {found.rejection}.")
    services: dict[str, list[str]] = {}
    for proposal, answer in found.answers.items():
        if answer.accepted:
            services.setdefault(proposal.sop_class, []).append(answer.syntax)
    if not services:
        raise UsageError(f"{peer.location} accepts no SOP Class at all in the associations that we request.")
    roles = found.facts.roles
    declared = Declared(
        ae_title=peer.aet,
        services={uid: Service(roles.get(uid) or ("SCP",), tuple(each)) for uid, each in services.items()},
        facts=found.facts._replace(roles={}, identity=""),
        notes="Probed by dcmlint: what was accepted in associations, nothing stored."
        + "".join(f" {note}." for note in found.notes),
    )
    return declared, found.associations

"""What an application entity declares: roles, SOP Classes, Transfer Syntaxes (PS3.2 is the same in prose)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from dcmlint_pacs.preflight.model import NO_FACTS, Answer, Facts, Offer, Proposal, Role

__all__ = ["VERSION", "Declared", "Service", "declared_offer"]

VERSION = 1
"""The version of the format."""


class Service(NamedTuple):
    """One SOP Class that is declared: the roles of the application entity, and Transfer Syntax UIDs."""

    roles: tuple[Role, ...]
    syntaxes: tuple[str, ...]


class Declared(NamedTuple):
    """A conformance file. `services` has SOP Classes by UID, `file` where it was read from ("" = nowhere)."""

    file: str = ""
    name: str = ""
    ae_title: str = ""
    services: Mapping[str, Service] = MappingProxyType({})
    facts: Facts = NO_FACTS
    notes: str = ""


def declared_offer(declared: Declared) -> Offer:
    """Return what a declared peer takes as an SCP."""
    return Offer(
        declared.file,
        "declared",
        lambda proposal: _answer(declared, proposal),
        declared.facts._replace(roles={uid: each.roles for uid, each in declared.services.items()}),
    )


def _answer(declared: Declared, proposal: Proposal) -> Answer:
    service = declared.services.get(proposal.sop_class)
    if service is None:
        return Answer("undeclared")
    if "SCP" not in service.roles:
        return Answer("role")
    possible = [each for each in proposal.syntaxes if each in service.syntaxes]
    if not possible:
        return Answer("transfer-syntaxes")
    return Answer("accepted", possible[0] if len(possible) == 1 else "")

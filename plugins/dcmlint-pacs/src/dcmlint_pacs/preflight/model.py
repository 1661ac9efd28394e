"""What is asked of a peer, and what it says: proposals, answers, and what else an association tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

__all__ = ["NO_FACTS", "REASONS", "Answer", "Ask", "Facts", "Offer", "Proposal", "Result", "Role"]

Role = Literal["SCU", "SCP"]

Result = Literal[
    "accepted",
    "user-rejection",
    "no-reason",
    "abstract-syntax",
    "transfer-syntaxes",
    "no-answer",
    "broken",
    "association",
    "role",
    "undeclared",
    "unknown",
]
"""What came of one proposal.

The first five are of PS3.8 Table 9-18. no-answer: the peer left the Presentation Context out; broken: it
accepted a Transfer Syntax that was not proposed, or gave a result that does not exist; association: it
rejected the association; role: it has the SOP Class, in the other role only; undeclared: its conformance file
has no such SOP Class; unknown: it cannot be known without storing.
"""

REASONS: Mapping[Result, str] = MappingProxyType(
    {
        "accepted": "",
        "user-rejection": "user rejection",
        "no-reason": "no reason (provider rejection)",
        "abstract-syntax": "abstract syntax not supported",
        "transfer-syntaxes": "transfer syntaxes not supported",
        "no-answer": "no answer for the Presentation Context",
        "broken": "an answer that breaks PS3.8",
        "association": "the association was rejected",
        "role": "the SOP Class is declared, but not in the role of an SCP",
        "undeclared": "the SOP Class is not declared",
        "unknown": "it cannot be known without storing",
    }
)


class Proposal(NamedTuple):
    """One Presentation Context: a SOP Class, and Transfer Syntaxes in the order of preference."""

    sop_class: str
    syntaxes: tuple[str, ...]


class Answer(NamedTuple):
    """What the peer says to one proposal: the Transfer Syntax that it chose, "" if it accepted none, or may
    choose between several (a declared peer).

    `detail` is more than `REASONS` has of the result ("" = nothing).
    """

    result: Result
    syntax: str = ""
    detail: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the peer takes it."""
        return self.result == "accepted"

    @property
    def why(self) -> str:
        """Why the peer does not take it, in words."""
        reason = REASONS[self.result]
        return f"{reason}: {self.detail}" if self.detail else reason


class Facts(NamedTuple):
    """What an association, or a conformance file, tells of the peer besides (PS3.7 Annex D).

    `max_pdu` is in bytes, 0 = no limit, -1 = not told. `operations` are the operations that may be
    outstanding (invoked, performed), None if it did not answer: (1, 1) then. `roles` has, by SOP Class, the
    roles that the peer takes itself, `extended` the application information that it answered with,
    `identity` what it said to a user identity ("" = none was offered).
    """

    implementation_class_uid: str = ""
    implementation_version: str = ""
    max_pdu: int = -1
    operations: tuple[int, int] | None = None
    roles: Mapping[str, tuple[Role, ...]] = MappingProxyType({})
    extended: Mapping[str, bytes] = MappingProxyType({})
    identity: str = ""


NO_FACTS = Facts()

Ask = Callable[[Proposal], Answer]


class Offer(NamedTuple):
    """What one peer takes. `ask` answers proposals: of a live peer, those that it was asked.

    `kind` is "live", "declared" or "web", `rejection` why the association as a whole was rejected ("" = it
    was not), `associations` how many were opened, `notes` what else there is to say.
    """

    peer: str
    kind: Literal["live", "declared", "web"]
    ask: Ask
    facts: Facts = NO_FACTS
    rejection: str = ""
    associations: int = 0
    notes: tuple[str, ...] = ()

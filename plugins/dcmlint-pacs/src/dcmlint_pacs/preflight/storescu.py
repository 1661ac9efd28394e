"""What DCMTK's storescu would do with data: version 3.6.7, option --required, no other that bears on it.

It proposes each SOP Class in two Presentation Contexts: one for Explicit VR Little Endian, one for Big Endian
and Implicit VR. An instance goes through a context of its own Transfer Syntax, else one of Explicit VR, else
one of Implicit VR, and is converted on the way. It has no decoders: compressed pixels are not sent then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from dcmlint_pacs.preflight.demand import Cell, Pair
from dcmlint_pacs.preflight.model import Ask, Proposal
from dcmlint_pacs.preflight.transcode import BIG_ENDIAN, EXPLICIT, IMPLICIT, NATIVE

__all__ = ["Sent", "storescu_proposals", "with_storescu"]


class Sent(NamedTuple):
    """What storescu would do: send instances as they are stored, or converted to `syntax`, or one of the two,
    as the peer prefers (sent), or not at all (`why`); or it is unknown."""

    how: Literal["as-stored", "converted", "sent", "not-sent", "unknown"]
    syntax: str = ""
    why: str = ""


def storescu_proposals(sop_class: str) -> Iterator[Proposal]:
    """Yield the Presentation Contexts that storescu proposes for a SOP Class."""
    yield Proposal(sop_class, (EXPLICIT,))
    yield Proposal(sop_class, (BIG_ENDIAN, IMPLICIT))


def with_storescu(pair: Pair, cell: Cell, ask: Ask) -> Sent:
    """Return what storescu would do with the instances of a Pair."""
    answers = [ask(each) for each in storescu_proposals(pair.sop_class)]
    if any(answer.result == "unknown" for answer in answers):
        return Sent("unknown", why=answers[0].why)
    taken = [answer.syntax for answer in answers if answer.accepted]
    if not taken:
        return Sent("not-sent", why=answers[0].why or answers[1].why)
    if pair.syntax in taken:
        return Sent("as-stored", pair.syntax)
    if pair.syntax not in NATIVE and cell.has_pixels:
        return Sent("not-sent", why="it does not decompress")
    if "" in taken and (len(taken) == 1 or pair.syntax in (BIG_ENDIAN, IMPLICIT)):
        return Sent("sent")
    return Sent("converted", next((each for each in taken if each not in ("", IMPLICIT)), IMPLICIT))

"""One object by C-MOVE to our own Storage SCP (PS3.4 C.4.2)."""

from __future__ import annotations

import time

from dcmlint_pacs.dimse.acceptor import Acceptor
from dcmlint_pacs.dimse.association import Association, malformed
from dcmlint_pacs.dimse.command import C_MOVE, RESPONSE, Command, is_pending
from dcmlint_pacs.dimse.failure import PeerError
from dcmlint_pacs.dimse.retrieve import OBJECT_S, Asked, Outcome, counts_of, identifier

__all__ = ["move"]

_MOST = 1 << 20


def move(association: Association, move_class: str, asked: Asked, acceptor: Acceptor, aet: str) -> Outcome:
    """Return what a C-MOVE of one object to `aet`, which is `acceptor`, comes to; raises PeerError."""
    context = association.of(move_class)
    if context is None:
        raise PeerError("it accepts no Presentation Context for C-MOVE")
    is_implicit = context.syntax == "1.2.840.10008.1.2"
    association.stray = 0
    acceptor.expect(asked.instance)
    command: Command = {"CommandField": C_MOVE, "Priority": 0, "MoveDestination": aet}
    association.ask(context, command, identifier(asked, is_implicit=is_implicit))
    deadline = time.monotonic() + OBJECT_S
    while True:
        message = association.answer(deadline, _MOST)
        if message.number("CommandField") != C_MOVE | RESPONSE:
            raise malformed("something else than a C-MOVE-RSP")
        status = message.number("Status") or 0
        if not is_pending(status):
            received, others = acceptor.taken()
            return Outcome(received, status, counts_of(message), others, association.stray)

"""Sending one object to a target, and what its answer means."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

__all__ = ["Answer", "NotReachedError", "Sender", "meaning"]


class NotReachedError(Exception):
    """The target was not reached, or went away before it answered; the text says why, in our words."""


class Answer(NamedTuple):
    """What a target answered for an object: a status of PS3.4 B.2.3 or PS3.7 Annex C."""

    status: int


class Sender(Protocol):
    """A connection to a target, made when it is needed. Not for several threads at once."""

    def send(self, path: str) -> Answer:
        """Send the object in a file; raises NotReachedError."""
        ...

    def close(self) -> None:
        """End the connection, if there is one."""
        ...


def meaning(status: int) -> Literal["done", "later", "never"]:
    """Return what a status means for us: the target has the object, may have it later, or never will.

    Warnings (Bxxx, and 0001, 0107, 0116 of PS3.7 C.4) say that it has it; out of resources (A7xx) and a
    failure in processing (0110) may pass.
    """
    if status in (0x0000, 0x0001, 0x0107, 0x0116) or status >> 12 == 0xB:
        return "done"
    return "later" if status >> 8 == 0xA7 or status == 0x0110 else "never"

"""Associations of this process with one peer: opened when needed, kept, renewed, and given up for a while if
the peer is gone."""

from __future__ import annotations

import os
import random
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeVar

from dcmlint_pacs.dimse.association import Association, Proposed, request
from dcmlint_pacs.dimse.failure import PeerError
from dcmlint_pacs.own import Own
from dcmlint_pacs.peer import DimsePeer

__all__ = ["GIVEN_UP_S", "MOST_KEPT", "PAUSES_S", "Link"]

R = TypeVar("R")

PAUSES_S = (0.5, 2.0, 6.0)
"""Seconds before each further attempt, more or less by half."""

GIVEN_UP_S = 30.0
"""Seconds for which nothing is tried after all attempts at an association have failed."""

MOST_KEPT = 1
"""Associations that are kept at a time: archives serve few at once (Orthanc: 4), and each process has its
own."""

MOST_AGE_S = 10.0
"""Seconds after which an association is released before the next operation, so that other processes, which
may be waiting for one, have their turn."""


class Link:
    """The associations of this process with a peer, by what they are for."""

    def __init__(self, peer: DimsePeer, ours: Own) -> None:
        self.peer = peer
        self.ours = ours
        self._kept: OrderedDict[str, tuple[Association, float]] = OrderedDict()
        self._process = os.getpid()
        self._given_up = (0.0, "")

    def use(
        self, purpose: str, proposed: Callable[[], Sequence[Proposed]], operation: Callable[[Association], R]
    ) -> R:
        """Return what an operation comes to on an association for a purpose, which `proposed` is asked for if
        there is none; again with a new one where that may help. Raises PeerError."""
        for pause in (*PAUSES_S, None):
            association, until, is_new = self._association(purpose, proposed)
            try:
                result = operation(association)
            except PeerError as error:
                association.abort()
                if not error.may_pass or (is_new and pause is None):
                    raise
            except BaseException:
                association.abort()
                raise
            else:
                self._kept[purpose] = (association, until)
                return result
            if is_new and pause is not None:  # else it was idle for too long, which is no failure
                time.sleep(pause * random.uniform(0.5, 1.5))
        raise PeerError("the association is lost again and again")

    def _association(
        self, purpose: str, proposed: Callable[[], Sequence[Proposed]]
    ) -> tuple[Association, float, bool]:
        """Return an association, taken out of those that are kept, until when it is to be kept, and whether
        it is a new one."""
        if os.getpid() != self._process:  # forked: the associations are those of the other process
            self._kept.clear()
            self._process = os.getpid()
        kept = self._kept.pop(purpose, None)
        if kept is not None:
            if time.monotonic() < kept[1]:
                return *kept, False
            kept[0].release()
        while len(self._kept) >= MOST_KEPT:
            self._kept.popitem(last=False)[1][0].release()
        return self._opened(proposed()), time.monotonic() + MOST_AGE_S, True

    def _opened(self, proposed: Sequence[Proposed]) -> Association:
        """Return a new association; the peer is given up for a while where there is none to be had."""
        until, reason = self._given_up
        if time.monotonic() < until:
            raise PeerError(reason)
        for pause in (*PAUSES_S, None):
            try:
                return request(self.peer, self.ours, proposed)
            except PeerError as error:
                if pause is None or not error.may_pass:
                    if not error.is_busy:
                        self._given_up = (time.monotonic() + GIVEN_UP_S, error.reason)
                    raise
            time.sleep(pause * random.uniform(0.5, 1.5))
        raise AssertionError

    def close(self) -> None:
        """Release all associations."""
        if os.getpid() == self._process:
            while self._kept:
                self._kept.popitem()[1][0].release()

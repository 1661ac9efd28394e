"""Queries: what a peer answers to a C-FIND, and what is wrong with the answers (PS3.4 C.4.1, C.6)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from dcmlint.source import Remark
from dcmlint_pacs.dimse.association import Association, malformed
from dcmlint_pacs.dimse.command import C_FIND, RESPONSE, is_pending
from dcmlint_pacs.dimse.failure import PeerError, status_text
from dcmlint_pacs.dimse.identifier import Identifier, Key, decoded, encoded, text_of
from dcmlint_pacs.dimse.levels import LEVEL, LEVELS, Model
from dcmlint_pacs.dimse.matching import faults, strays

__all__ = ["MOST_MATCHES", "Answers", "Query", "find"]

MOST_MATCHES = 2_000_000
"""Matches of one query at most."""

_FIND_S = 3600.0
"""Seconds that the answers to one query may take."""

_MOST_IDENTIFIER = 1 << 20
_IMPLICIT = "1.2.840.10008.1.2"


class Query(NamedTuple):
    """A query at a level. `above` are the unique keys of the levels above, `filters` what else is to
    match."""

    level: str
    above: tuple[Key, ...] = ()
    filters: tuple[Key, ...] = ()

    def keys(self, model: Model) -> tuple[Key, ...]:
        """Return all keys: those to match, then those to return."""
        own = LEVELS[self.level]
        asked = {each.tag: each for each in (own.unique, *self.required(model), *own.optional)}
        asked.update({each.tag: each for each in (*self.above, *self.filters)})
        asked[LEVEL] = Key(LEVEL, "CS", self.level.encode("ascii"))
        return tuple(asked.values())

    def required(self, model: Model) -> tuple[Key, ...]:
        """Return the Required Keys of the level (PS3.4 C.2.2.1.2)."""
        own = LEVELS[self.level].required
        if not (model.is_patient_root and self.level == "STUDY"):
            return own
        return tuple(each for each in own if each.tag >> 16 != 0x0010)


class Answers(NamedTuple):
    """The matches of a query, in the order in which they came, and what is wrong with the answers. They are
    `whole` if no answer had to be left out."""

    matches: list[Identifier]
    remarks: list[Remark]
    whole: bool


def find(association: Association, model: Model, query: Query) -> Answers:
    """Return the answers to a query; raises PeerError if it fails, or is not answered to its end."""
    context = association.of(model.find)
    if context is None:
        raise PeerError("it accepts no Presentation Context for queries (C-FIND, Study Root or Patient Root)")
    is_implicit = context.syntax == _IMPLICIT
    command = {"CommandField": C_FIND, "Priority": 0}
    association.ask(context, command, encoded(query.keys(model), is_implicit=is_implicit))
    matches: list[Identifier] = []
    total = 0
    found: Counter[Remark] = Counter()
    for raw in _identifiers(association):
        total += 1
        try:
            match = decoded(raw, is_implicit=is_implicit)
        except ValueError:
            found[Remark("interop/malformed-message", "an identifier that cannot be read")] += 1
            continue
        left_out = list(strays(match, query))
        found.update((*left_out, *faults(match, query, model)))
        if not left_out and text_of(match, LEVELS[query.level].unique.tag):
            matches.append(match)
    remarks = [_counted(remark, count, total) for remark, count in found.items()]
    return Answers(matches, remarks, len(matches) == total)


def _counted(remark: Remark, count: int, of: int) -> Remark:
    if remark.rule == "interop/malformed-message":
        return remark._replace(reason=f"the peer sends {remark.reason} ({count:,} times)")
    return remark._replace(reason=f"{remark.reason} (in {count:,} of {of:,})")


def _identifiers(association: Association) -> Iterator[bytes]:
    """Yield the identifiers of the responses that are pending."""
    deadline = time.monotonic() + _FIND_S
    count = 0
    while True:
        message = association.answer(deadline, _MOST_IDENTIFIER)
        if message.number("CommandField") != C_FIND | RESPONSE:
            raise malformed("something else than a C-FIND-RSP")
        status = message.number("Status") or 0
        if not is_pending(status):
            if status:
                raise PeerError(f"the query fails: {status_text(status)}")
            return
        count += 1
        if count > MOST_MATCHES:
            raise PeerError(f"the query has more than {MOST_MATCHES:,} answers, which is the limit")
        if not message.has_content:
            raise malformed("a pending C-FIND-RSP without an identifier")
        yield message.content

"""One file mended: fixes are applied, the result is checked, and what makes it worse is taken back.

A pass applies what goes together; passes follow until nothing more is proposed, so that mending the result
again changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from dcmlint.errors import FixError
from dcmlint.fix.edit import Edit, Patch
from dcmlint.fix.fixes import Proposal, proposals, together
from dcmlint.fix.original import Originals
from dcmlint.fix.same import same_elsewhere
from dcmlint.fix.splice import spliced
from dcmlint.model import ORIGINAL_ATTRIBUTES, Finding, InstanceReport, Location
from dcmlint.read.item import Instance
from dcmlint.read.opener import read_instance
from dcmlint.scan import Session, lint_instance

__all__ = ["Mending", "Wanted", "mended"]

MOST_PASSES = 24
"""Passes after which no more is changed."""

_MODIFIED_ATTRIBUTES = 0x04000550

Wanted = Callable[[Any, InstanceReport], Sequence[Finding]]
"""Returns the findings that are to be mended, from the bytes of a file and what is wrong with it."""

Held = Callable[[Iterable[Any]], Any]
"""Returns a buffer of the bytes in chunks."""


class Mending(NamedTuple):
    """What became of one file.

    `content` are its bytes now, the very buffer that was given if nothing has changed. `applied` counts what
    was mended by rule. `refused` says by rule why something that was proposed was not done, `left_out` why
    Original Attributes Sequence does not have all previous values, "" if it has.
    """

    content: Any
    applied: Counter[str]
    refused: dict[str, str]
    left_out: str = ""


_WORSE = "the file would have another fault"
_MOST_TRIES = 64
"""Times that a part of what was chosen for one pass is tried by itself."""


class _Looked(NamedTuple):
    """Bytes as they were read and checked."""

    buf: Any
    instance: Instance
    report: InstanceReport
    keys: Counter[tuple[Any, ...]]


class _Tried(NamedTuple):
    """What came of a change: the file after it, or why it is not made; with the places that got worse."""

    looked: _Looked | None
    why: str = ""
    places: frozenset[tuple[Any, ...]] = frozenset()


def mended(buf: Any, session: Session, wanted: Wanted, *, held: Held, originals: Originals) -> Mending:
    """Return the file in `buf` with the faults mended that are `wanted`, as far as there are fixes.

    `session` has the rules of which the result has no finding that the file did not have. `held` keeps the
    bytes between passes; `originals` says which fixes may be used and keeps what they replace.
    """
    current = _look(buf, session)
    trial = _Trial(session, held, current.keys)
    applied: Counter[str] = Counter()
    refused: dict[str, str] = {}
    for _ in range(MOST_PASSES):
        findings = wanted(current.buf, current.report)
        offered = proposals(current.instance, current.buf, findings, session.rules)
        proposed = [each for each in offered if originals.allows(each)]
        refused = {each.rule: f"its fix failed ({each.problem})" for each in proposed if each.problem}
        following, used = trial.best(current, proposed, refused)
        if not used:
            break
        originals.keep(current.instance, used, _nonconforming(current.report, session))
        applied.update(each.rule for each in used)
        current = following
    edit = originals.edit(current.instance)
    if edit is None:
        return Mending(current.buf, applied, refused, originals.left_out)
    kept = trial.made(current, [edit], [])
    return Mending((kept.looked or current).buf, applied, refused, kept.why or originals.left_out)


def _nonconforming(report: InstanceReport, session: Session) -> frozenset[Location]:
    """Return the places of values that do not conform to their VR or VM, or are no UIDs."""
    return frozenset(
        (*each.location, each.tag)
        for each in report.findings
        if each.tag is not None
        and each.severity == "error"
        and each.rule.startswith(("value/", "uid/"))
        and session.rules[each.rule].scope == "value"
    )


class _Trial:
    """Changes one file by what is proposed, as long as it has no finding that it did not have."""

    def __init__(self, session: Session, held: Held, before: Counter[tuple[Any, ...]]) -> None:
        self._session = session
        self._held = held
        self._before = before
        self._tries = 0

    def best(
        self, current: _Looked, proposed: Sequence[Proposal], refused: dict[str, str]
    ) -> tuple[_Looked, list[Proposal]]:
        """Return the file after as many of the proposals as go together and make nothing worse, and those.

        Why others were not used goes into `refused`.
        """
        for chosen in (together(proposed), together([each for each in proposed if not each.patches])):
            self._tries = 0
            looked, used = self._kept(current, [], chosen, refused)
            if used:
                return looked, used
        return current, []

    def _kept(
        self, current: _Looked, kept: list[Proposal], more: list[Proposal], refused: dict[str, str]
    ) -> tuple[_Looked, list[Proposal]]:
        """Return the file after those that are kept and as many more as can be, found by halves."""
        if not more:
            return self._of(current, kept).looked or current, kept
        self._tries += 1
        tried = self._of(current, [*kept, *more])
        if tried.looked is not None:
            return tried.looked, [*kept, *more]
        innocent = [each for each in more if not _is_at(each, tried.places)]
        if len(more) == 1 or self._tries > _MOST_TRIES:
            refused.update((each.rule, tried.why) for each in more)
            return self._kept(current, kept, [], refused)
        if 0 < len(innocent) < len(more):
            refused.update((each.rule, tried.why) for each in more if each not in innocent)
            return self._kept(current, kept, innocent, refused)
        half = len(more) // 2
        _, kept = self._kept(current, kept, more[:half], refused)
        return self._kept(current, kept, more[half:], refused)

    def _of(self, current: _Looked, chosen: Sequence[Proposal]) -> _Tried:
        """Return what comes of these proposals; nothing of none."""
        edits: dict[tuple[int, ...], Edit] = {}
        patches: dict[Patch, None] = {}
        for each in chosen:
            for edit in each.edits:
                edits.setdefault((*edit.location, edit.tag), edit)
            patches.update((patch._replace(rule=""), None) for patch in each.patches)
        return self.made(current, list(edits.values()), list(patches)) if chosen else _Tried(None)

    def made(self, current: _Looked, edits: Sequence[Edit], patches: Sequence[Patch]) -> _Tried:
        """Return what comes of these changes."""
        try:
            content = self._held(spliced(current.buf, edits, patches))
        except FixError as error:
            return _Tried(None, str(error))
        if len(content) == len(current.buf) and memoryview(content) == memoryview(current.buf):
            return _Tried(None, "nothing would change")
        following = _look(content, self._session)
        if not same_elsewhere(
            current.instance, following.instance, {(*each.location, each.tag) for each in edits}
        ):
            return _Tried(None, "the file would be read otherwise in other places too")
        new = _new(following.keys, self._before)
        if new:
            names = sorted({key[1] if key[0] == "kept" else key[0] for key in new})
            places = frozenset((*key[1], key[2]) for key in new if key[0] != "kept")
            return _Tried(None, f"{_WORSE} ({', '.join(names[:3])})", places)
        return _Tried(following)


def _look(buf: Any, session: Session) -> _Looked:
    instance = read_instance(buf)
    report = lint_instance(instance, session)
    return _Looked(buf, instance, report, Counter(_keys(report)))


def _keys(report: InstanceReport) -> Iterable[tuple[Any, ...]]:
    """Yield what makes each finding another one: rule and place.

    A fault that was taken over into Original Attributes Sequence is no new one.
    """
    for each in report.findings:
        location = each.location
        if location[:1] == (ORIGINAL_ATTRIBUTES,) and location[2:3] == (_MODIFIED_ATTRIBUTES,):
            location = location[4:]
            yield ("kept", each.rule, location, each.tag)
            continue
        for attribute in each.attributes or (each.tag,):
            yield (each.rule, location, each.tag, attribute)


def _new(after: Counter[tuple[Any, ...]], before: Counter[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the findings that were not there before."""
    known = {(key[0], key[1], key[2]) for key in before}
    return [
        key
        for key, number in after.items()
        if (number > before[key] if key[0] != "kept" else key not in before and key[1:] not in known)
    ]


def _is_at(proposal: Proposal, places: frozenset[tuple[Any, ...]]) -> bool:
    """Tell whether a proposal changes one of the places, or what holds it."""
    return any(
        place[: len(edit.location) + 1] == (*edit.location, edit.tag)
        for edit in proposal.edits
        for place in places
    )

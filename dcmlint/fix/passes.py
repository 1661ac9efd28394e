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
from dcmlint.fix.fixes import ORIGINAL_ATTRIBUTES, Proposal, proposals, together
from dcmlint.fix.original import Originals
from dcmlint.fix.splice import spliced
from dcmlint.model import Finding, InstanceReport
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
    was mended by rule. `refused` says by rule why something that was proposed was not done.
    """

    content: Any
    applied: Counter[str]
    refused: dict[str, str]


class _Looked(NamedTuple):
    """Bytes as they were read and checked."""

    buf: Any
    instance: Instance
    report: InstanceReport
    keys: Counter[tuple[Any, ...]]


def mended(buf: Any, session: Session, wanted: Wanted, *, held: Held, originals: Originals) -> Mending:
    """Return the file in `buf` with the faults mended that are `wanted`, as far as there are fixes.

    `session` has the rules of which the result has no finding that the file did not have. `held` keeps the
    bytes between passes; `originals` says which fixes may be used and keeps what they replace.
    """
    current = _look(buf, session)
    before = current.keys
    applied: Counter[str] = Counter()
    refused: dict[str, str] = {}
    for _ in range(MOST_PASSES):
        proposed = [
            each
            for each in proposals(
                current.instance, current.buf, wanted(current.buf, current.report), session.rules
            )
            if originals.allows(each)
        ]
        refused = {each.rule: f"its fix failed ({each.problem})" for each in proposed if each.problem}
        done = _applied(current, together(proposed), session, held, before, refused)
        if done is None:
            done = _applied(current, _others(proposed), session, held, before, refused)
        if done is None:
            break
        following, used = done
        originals.keep(current.instance, used)
        applied.update(each.rule for each in used)
        current = following
    final = _with_originals(current, session, held, before, originals)
    return Mending(final.buf, applied, refused)


def _others(proposed: Sequence[Proposal]) -> list[Proposal]:
    """Return what goes together where patches have nothing to give."""
    return together([each for each in proposed if not each.patches])


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


def _applied(
    current: _Looked,
    chosen: Sequence[Proposal],
    session: Session,
    held: Held,
    before: Counter[tuple[Any, ...]],
    refused: dict[str, str],
) -> tuple[_Looked, list[Proposal]] | None:
    """Return the file after as many of the chosen proposals as make nothing worse, and those; None if
    none."""
    left = list(chosen)
    following, new = _tried(current, left, session, held, before)
    if following is None or new:
        left = _without_culprits(left, new)
        following, new = _tried(current, left, session, held, before)
    if following is None or new:
        left = []
        for rule in dict.fromkeys(each.rule for each in chosen):
            more = [*left, *(each for each in chosen if each.rule == rule)]
            following, new = _tried(current, more, session, held, before)
            if following is not None and not new:
                left = more
        following, new = _tried(current, left, session, held, before)
    for each in chosen:
        if each not in left:
            refused.setdefault(
                each.rule, "the file would have another fault, or cannot be changed there for certain"
            )
    return None if following is None or not left or following.buf is current.buf else (following, left)


def _tried(
    current: _Looked,
    chosen: Sequence[Proposal],
    session: Session,
    held: Held,
    before: Counter[tuple[Any, ...]],
) -> tuple[_Looked | None, list[tuple[Any, ...]]]:
    """Return the file after these proposals with what is new in it; None if it cannot be made."""
    if not chosen:
        return None, []
    edits: dict[tuple[int, ...], Edit] = {}
    patches: dict[Patch, None] = {}
    for each in chosen:
        for edit in each.edits:
            edits.setdefault((*edit.location, edit.tag), edit)
        patches.update((patch._replace(rule=""), None) for patch in each.patches)
    return _made(current, list(edits.values()), list(patches), session, held, before)


def _made(
    current: _Looked,
    edits: Sequence[Edit],
    patches: Sequence[Patch],
    session: Session,
    held: Held,
    before: Counter[tuple[Any, ...]],
) -> tuple[_Looked | None, list[tuple[Any, ...]]]:
    try:
        content = held(spliced(current.buf, edits, patches))
    except FixError:
        return None, []
    if len(content) == len(current.buf) and memoryview(content) == memoryview(current.buf):
        return None, []
    following = _look(content, session)
    return following, _new(following.keys, before)


def _without_culprits(chosen: Sequence[Proposal], new: Sequence[tuple[Any, ...]]) -> list[Proposal]:
    """Return the proposals but those that change a place where there is a new finding."""
    places = {(*key[1], key[2]) for key in new if key[0] != "kept"}
    return [
        each
        for each in chosen
        if not any(
            place[: len(edit.location) + 1] == (*edit.location, edit.tag)
            for edit in each.edits
            for place in places
        )
    ]


def _with_originals(
    current: _Looked, session: Session, held: Held, before: Counter[tuple[Any, ...]], originals: Originals
) -> _Looked:
    """Return the file with what it said before in Original Attributes Sequence, where it may have one."""
    edit = originals.edit(current.instance)
    if edit is None:
        return current
    following, new = _made(current, [edit], [], session, held, before)
    return current if following is None or new else following

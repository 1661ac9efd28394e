"""Groups of instances in a store: which are dirty, who is in them, and what was found in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, or_, select

from dcmlint.report.shown import Line
from dcmlint.store.before import Key
from dcmlint.store.open import Store
from dcmlint.store.plain import rows_of
from dcmlint.store.rows import path_of_text
from dcmlint.store.schema import dirty, findings, folders, instances, members
from dcmlint.store.write import write_findings

__all__ = [
    "Found",
    "GroupWriter",
    "Stored",
    "dirty_groups",
    "dirty_studies",
    "facts_of_instance",
    "has_study",
    "member_ids",
    "stored_members",
]

_PAGE = 1000


class Stored(NamedTuple):
    """A member of a group as the store has it."""

    instance: int
    file: str
    facts: bytes


class Found(NamedTuple):
    """What came of one group: its findings, each with the instance that it is reported of.

    `is_checked` is False if no rule looks at it.
    """

    scope: str
    key: str
    lines: Sequence[tuple[int, Line]] = ()
    is_checked: bool = True


def dirty_groups(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield the dirty groups as (scope, key), in an order that does not change."""
    last = ("", "")
    while True:
        page = connection.execute(
            select(dirty.c.scope, dirty.c.key)
            .where(or_(dirty.c.scope > last[0], and_(dirty.c.scope == last[0], dirty.c.key > last[1])))
            .order_by(dirty.c.scope, dirty.c.key)
            .limit(_PAGE)
        ).all()
        yield from ((scope, key) for scope, key in page)
        if len(page) < _PAGE:
            return
        last = page[-1][0], page[-1][1]


def dirty_studies(connection: Connection) -> Iterator[tuple[str, list[Key]]]:
    """Yield each dirty study with all dirty groups that its instances are in, itself among them."""
    last = ""
    own, other = members.alias(), members.alias()
    while True:
        page = connection.scalars(
            select(dirty.c.key)
            .where(dirty.c.scope == "study", dirty.c.key > last)
            .order_by(dirty.c.key)
            .limit(_PAGE)
        ).all()
        for study in page:
            chosen = (
                select(dirty.c.scope, dirty.c.key)
                .where(
                    own.c.scope == "study",
                    own.c.key == bindparam("b_study"),
                    other.c.instance_id == own.c.instance_id,
                    dirty.c.scope == other.c.scope,
                    dirty.c.key == other.c.key,
                )
                .distinct()
            )
            found = {(row[0], row[1]) for row in connection.execute(chosen, {"b_study": study})}
            yield study, [("study", study), *sorted(found - {("study", study)})]
        if len(page) < _PAGE:
            return
        last = page[-1]


def member_ids(connection: Connection, scope: str, key: str) -> Sequence[int]:
    """Return the members of a group that are there and have facts."""
    there = (instances.c.removed_run.is_(None), instances.c.facts != b"")
    if scope == "instance":
        chosen = select(instances.c.id).where(instances.c.sop_instance_uid == key, *there)
    elif scope == "directory":
        chosen = select(instances.c.id).where(instances.c.folder_id == folders.c.id, _is_below(key), *there)
    else:  # only what is there has members
        statement = "SELECT instance_id FROM members WHERE scope = {} AND key = {}"
        return [row[0] for row in rows_of(connection, statement, (scope, key))]
    return connection.scalars(chosen).all()


def _is_below(path: str) -> ColumnElement[bool]:
    """Return the condition that an object is below a path, which ends with a slash.

    That may be a path in an archive or in a bucket, all of whose members or objects are in one folder.
    """
    parts = [and_(folders.c.path >= path, folders.c.path < _end(path))]
    if "://" in path:
        start = path.index("/", path.index("://") + 3) + 1
        if start < len(path):
            parts.append(_named(path[:start], path[start:]))
    start = path.find("!/")
    while start >= 0:
        parts.append(_named(path[:start], path[start:]))
        start = path.find("!/", start + 1)
    return or_(*parts)


def _named(folder: str, rest: str) -> ColumnElement[bool]:
    return and_(folders.c.path == folder, instances.c.name >= rest, instances.c.name < _end(rest))


def _end(path: str) -> str:
    """Return what comes behind all that begins with a path."""
    return path[:-1] + chr(ord(path[-1]) + 1)


def stored_members(connection: Connection, ids: Sequence[int]) -> Iterator[Stored]:
    """Yield instances with their facts."""
    paths: dict[int, str] = {}
    for start in range(0, len(ids), _PAGE):
        page = tuple(ids[start : start + _PAGE])
        marks = ", ".join(["{}"] * len(page))
        statement = f"SELECT id, folder_id, name, facts FROM instances WHERE id IN ({marks})"
        for number, folder, name, facts in rows_of(connection, statement, page):
            if facts:
                if folder not in paths:
                    paths[folder] = _path(connection, folder)
                yield Stored(number, path_of_text(paths[folder] + name), bytes(facts))


def _path(connection: Connection, folder: int) -> str:
    return str(rows_of(connection, "SELECT path FROM folders WHERE id = {}", (folder,))[0][0])


def facts_of_instance(connection: Connection, sop_instance_uid: str) -> tuple[str, bytes] | None:
    """Return SOP Class UID and facts of an instance that is there, None if there is none."""
    row = connection.execute(
        select(instances.c.sop_class_uid, instances.c.facts)
        .where(instances.c.sop_instance_uid == sop_instance_uid, instances.c.removed_run.is_(None))
        .order_by(instances.c.id)
        .limit(1)
    ).first()
    return None if row is None else (row[0], row[1])


def has_study(connection: Connection, study_uid: str) -> bool:
    """Tell whether an instance of the study is there."""
    chosen = select(members.c.instance_id).where(members.c.scope == "study", members.c.key == study_uid)
    return connection.execute(chosen.limit(1)).first() is not None


class GroupWriter:
    """Writes what came of groups. A group's findings and the end of its mark are in one transaction."""

    def __init__(self, store: Store, run: int) -> None:
        self._store = store
        self._run = run
        with store.reading() as connection:
            self._next = (connection.scalar(select(func.max(findings.c.id))) or 0) + 1

    def write(self, batch: Sequence[Found]) -> tuple[int, int]:
        """Write the results of groups, and return how many findings are new and how many are gone."""
        new: list[dict[str, Any]] = []
        again: list[dict[str, Any]] = []
        resolved: list[int] = []
        with self._store.writing() as connection:
            before = _open_findings(connection, [each for each in batch if each.is_checked])
            for each in batch:
                if each.is_checked:
                    self._compare(each, before.get((each.scope, each.key), {}), new, again, resolved)
            write_findings(connection, self._run, new, again, resolved)
            connection.execute(
                delete(dirty).where(dirty.c.scope == bindparam("b_scope"), dirty.c.key == bindparam("b_key")),
                [{"b_scope": each.scope, "b_key": each.key} for each in batch],
            )
        return len(new), len(resolved)

    def _compare(
        self,
        found: Found,
        before: Mapping[tuple[int, str], int],
        new: list[dict[str, Any]],
        again: list[dict[str, Any]],
        resolved: list[int],
    ) -> None:
        met: set[tuple[int, str]] = set()
        for instance, line in found.lines:
            place = instance, line.fingerprint
            if place in met:
                continue
            met.add(place)
            said = {"severity": line.severity, "body": line.body, "last_run": self._run}
            if place in before:
                again.append({"b_id": before[place], **said})
                continue
            row = {"id": self._next, "instance_id": instance, "scope": found.scope, "key": found.key}
            row |= {"rule": line.rule, "fingerprint": line.fingerprint, "first_run": self._run}
            new.append({**row, **said})
            self._next += 1
        resolved += [number for place, number in before.items() if place not in met]


def _open_findings(
    connection: Connection, groups: Sequence[Found]
) -> dict[tuple[str, str], dict[tuple[int, str], int]]:
    """Return the open findings of groups: (instance, fingerprint) to id, by group."""
    found: dict[tuple[str, str], dict[tuple[int, str], int]] = {}
    for scope in dict.fromkeys(each.scope for each in groups):
        keys = [each.key for each in groups if each.scope == scope]
        chosen = select(findings.c.key, findings.c.instance_id, findings.c.fingerprint, findings.c.id).where(
            findings.c.scope == scope, findings.c.key.in_(keys), findings.c.resolved_run.is_(None)
        )
        for key, instance, fingerprint, number in connection.execute(chosen):
            found.setdefault((scope, key), {})[instance, fingerprint] = number
    return found

"""What one run gathers for checks over several instances: Facts, in bounded memory, and their groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from dcmlint.facts import Facts
from dcmlint.group import GroupScope, Member, directory_of, group_keys, is_below

if TYPE_CHECKING:
    import sqlite3

__all__ = ["FewGroups", "Gathered", "Gathering", "Groups", "groups_of"]

_IN_MEMORY = 20_000
"""Instances beyond which facts are kept in a temporary file."""

_FEW = 1000
"""Instances up to which their groups are plain dictionaries: a hook on three files opens no database."""

_TABLES = """
CREATE TABLE members
    (number INTEGER PRIMARY KEY, file BLOB, uid TEXT, class TEXT, frames INTEGER, facts BLOB);
CREATE TABLE keys (scope TEXT, key TEXT, number INTEGER);
"""
_INDEXES = """
CREATE INDEX by_uid ON members (uid);
CREATE INDEX by_key ON keys (scope, key);
"""


class Gathered(NamedTuple):
    """One instance: its file, packed facts, what its fingerprints count as the input, and the conditions of
    the policy that hold."""

    file: str
    facts: bytes
    identity: str
    scopes: int


class Gathering:
    """Takes what instances come to, one by one, and gives it again in the same order.

    `digest` depends on all of it.
    """

    def __init__(self) -> None:
        from xxhash import xxh3_128

        self._recent: list[Gathered] = []
        self._database: sqlite3.Connection | None = None
        self._hash = xxh3_128()
        self.count = 0

    def add(self, gathered: Gathered) -> None:
        """Keep one instance."""
        self._hash.update(gathered.file.encode("utf-8", "surrogatepass"))
        self._hash.update(gathered.facts)
        self._recent.append(gathered)
        self.count += 1
        if len(self._recent) > _IN_MEMORY:
            self._move()

    def digest(self) -> bytes:
        """Return a digest of all that was added, in order."""
        return self._hash.digest()

    def __iter__(self) -> Iterator[Gathered]:
        if self._database is not None:
            for row in self._database.execute(
                "SELECT file, facts, identity, scopes FROM rows ORDER BY number"
            ):
                yield Gathered(_text(row[0]), row[1], row[2], int(row[3]))
        yield from self._recent

    def _move(self) -> None:
        if self._database is None:
            self._database = _temporary()
            self._database.execute(
                "CREATE TABLE rows "
                "(number INTEGER PRIMARY KEY, file BLOB, facts BLOB, identity TEXT, scopes TEXT)"
            )
        rows = [(_bytes(row.file), row.facts, row.identity, str(row.scopes)) for row in self._recent]
        self._database.executemany(
            "INSERT INTO rows (file, facts, identity, scopes) VALUES (?, ?, ?, ?)", rows
        )
        self._database.commit()
        self._recent.clear()


class Groups:
    """The groups of what was gathered, and all that is known of single instances.

    Members are numbered from 0 in the order in which they were gathered. `is_whole` says that the inputs are
    likely to be all of the studies that they are of.
    """

    def __init__(self, gathered: Iterable[Gathered], *, is_whole: bool = True) -> None:
        self.is_whole = is_whole
        self._database = _temporary()
        self._database.executescript(_TABLES)
        self._directories: list[str] = []
        for number, each in enumerate(gathered):
            self._add(number, each)
        self._database.executescript(_INDEXES)

    def _add(self, number: int, gathered: Gathered) -> None:
        facts = Facts.unpack(gathered.facts)
        folder = directory_of(gathered.file, facts)
        if folder is not None:
            self._directories.append(folder)
        row = (number, _bytes(gathered.file), facts.sop_instance_uid, facts.sop_class_uid, facts.frames)
        self._database.execute("INSERT INTO members VALUES (?, ?, ?, ?, ?, ?)", (*row, gathered.facts))
        keys = [(scope, key, number) for scope, key in group_keys(facts)]
        self._database.executemany("INSERT INTO keys VALUES (?, ?, ?)", keys)

    def of(self, scopes: Iterable[GroupScope]) -> Iterator[tuple[GroupScope, list[Member]]]:
        """Yield every group of these scopes that something can be wrong with, members as rules get them.

        A group of one is given only where what it refers to matters: studies and directories.
        """
        for scope in scopes:
            if scope == "directory":
                yield from (("directory", self._below(folder)) for folder in sorted(set(self._directories)))
                continue
            least = 1 if scope == "study" else 2
            keys = self._database.execute(
                "SELECT key FROM keys WHERE scope = ? GROUP BY key HAVING count(*) >= ? ORDER BY key",
                (scope, least),
            )
            for (key,) in keys:
                rows = self._database.execute(
                    "SELECT m.number, m.file, m.facts FROM keys k JOIN members m USING (number) "
                    "WHERE k.scope = ? AND k.key = ?",
                    (scope, key),
                )
                yield scope, _members(rows)

    def _below(self, folder: str) -> list[Member]:
        rows = self._database.execute("SELECT number, file, facts FROM members")
        return _members(row for row in rows if is_below(_text(row[1]), folder))

    def find(self, sop_instance_uid: str) -> tuple[str, int] | None:
        """Return SOP Class UID and number of frames of an instance, None if it is not among the inputs."""
        found: tuple[str, int] | None = self._database.execute(
            "SELECT class, frames FROM members WHERE uid = ? ORDER BY number LIMIT 1", (sop_instance_uid,)
        ).fetchone()
        return found

    def has_study(self, study_uid: str) -> bool:
        """Tell whether an instance of the study is among the inputs."""
        query = "SELECT 1 FROM keys WHERE scope = 'study' AND key = ? LIMIT 1"
        return self._database.execute(query, (study_uid,)).fetchone() is not None


class FewGroups:
    """What `Groups` is, of a number of instances that fits into memory for certain."""

    def __init__(self, gathered: Iterable[Gathered], *, is_whole: bool = True) -> None:
        self.is_whole = is_whole
        self._members: list[Member] = []
        self._directories: set[str] = set()
        self._groups: dict[tuple[GroupScope, str], list[Member]] = {}
        self._known: dict[str, tuple[str, int]] = {}
        for number, each in enumerate(gathered):
            self._add(Member(number, each.file, Facts.unpack(each.facts)))
        self._members.sort(key=_order)

    def _add(self, member: Member) -> None:
        facts = member.facts
        folder = directory_of(member.file, facts)
        if folder is not None:
            self._directories.add(folder)
        self._members.append(member)
        self._known.setdefault(facts.sop_instance_uid, (facts.sop_class_uid, facts.frames))
        for scope, key in group_keys(facts):
            self._groups.setdefault((scope, key), []).append(member)

    def of(self, scopes: Iterable[GroupScope]) -> Iterator[tuple[GroupScope, list[Member]]]:
        """See `Groups.of`."""
        for scope in scopes:
            if scope == "directory":
                for folder in sorted(self._directories):
                    yield scope, [each for each in self._members if is_below(each.file, folder)]
                continue
            least = 1 if scope == "study" else 2
            for key in sorted(key for kind, key in self._groups if kind == scope):
                if len(self._groups[scope, key]) >= least:
                    yield scope, sorted(self._groups[scope, key], key=_order)

    def find(self, sop_instance_uid: str) -> tuple[str, int] | None:
        """See `Groups.find`."""
        return self._known.get(sop_instance_uid)

    def has_study(self, study_uid: str) -> bool:
        """See `Groups.has_study`."""
        return ("study", study_uid) in self._groups


def groups_of(gathering: Gathering, *, is_whole: bool) -> Groups | FewGroups:
    """Return the groups of what was gathered."""
    chosen = FewGroups if gathering.count <= _FEW else Groups
    return chosen(gathering, is_whole=is_whole)


def _order(member: Member) -> tuple[str, str]:
    return member.facts.sop_instance_uid, member.file


def _members(rows: Iterable[tuple[int, bytes, bytes]]) -> list[Member]:
    members = [Member(number, _text(file), _unpacked(facts)) for number, file, facts in rows]
    return sorted(members, key=_order)


@lru_cache(maxsize=4096)
def _unpacked(facts: bytes) -> Facts:
    return Facts.unpack(facts)


def _temporary() -> sqlite3.Connection:
    """Return a database in memory that goes to a file, which SQLite deletes itself, when it grows."""
    import sqlite3

    database = sqlite3.connect("")
    database.execute("PRAGMA synchronous = OFF")
    return database


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")

"""What one run gathers for checks over several instances: Facts, in bounded memory, and their groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from dcmlint.content import Contents
from dcmlint.facts import Facts
from dcmlint.group import GroupScope, Member, directory_of, group_keys, is_below

if TYPE_CHECKING:
    import sqlite3

__all__ = ["FewGroups", "Gathered", "Gathering", "Groups", "groups_of"]

_IN_MEMORY = 4_000
"""Instances beyond which facts, and groups, are kept in a temporary file."""

_UNPACKED = 500
"""Instances whose Facts are held unpacked: as many as most studies have."""

_TABLES = """
CREATE TABLE members
    (number INTEGER PRIMARY KEY, file BLOB, uid TEXT, class TEXT, frames INTEGER, facts BLOB);
CREATE TABLE keys (scope TEXT, key TEXT, number INTEGER, study TEXT);
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
    """Takes what instances come to, one by one, and gives it again in the same order."""

    def __init__(self) -> None:
        self._recent: list[Gathered] = []
        self._database: sqlite3.Connection | None = None
        self.count = 0

    def add(self, gathered: Gathered) -> None:
        """Keep one instance."""
        self._recent.append(gathered)
        self.count += 1
        if len(self._recent) > _IN_MEMORY:
            self._move()

    def digest(self) -> bytes:
        """Return a digest of all that was added, in order."""
        from xxhash import xxh3_128

        found = xxh3_128()
        for each in self:
            found.update(each.file.encode("utf-8", "surrogatepass"))
            found.update(each.facts)
        return found.digest()

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
        self._contents = Contents()
        self._unpacked = _Unpacked()
        self._directories: list[str] = []
        for number, each in enumerate(gathered):
            self._add(number, each)
        self._database.executescript(_INDEXES)

    def _add(self, number: int, gathered: Gathered) -> None:
        facts = Facts(gathered.facts)
        folder = directory_of(gathered.file, facts)
        if folder is not None:
            self._directories.append(folder)
        row = (number, _bytes(gathered.file), facts.sop_instance_uid, facts.sop_class_uid, facts.frames)
        self._database.execute("INSERT INTO members VALUES (?, ?, ?, ?, ?, ?)", (*row, gathered.facts))
        keys = [(scope, key, number, facts.study_uid) for scope, key in group_keys(facts)]
        self._database.executemany("INSERT INTO keys VALUES (?, ?, ?, ?)", keys)

    def of(self, scopes: Iterable[GroupScope]) -> Iterator[tuple[GroupScope, list[Member]]]:
        """Yield every group of these scopes that something can be wrong with, members as rules get them.

        A group of one is given only where what it refers to matters: studies and directories. Groups with
        instances of one study come one after the other, so that their Facts are unpacked once.
        """
        wanted = sorted(set(scopes))
        if "directory" in wanted:
            for folder in sorted(set(self._directories)):  # compiled, an expression would make all at once
                yield "directory", self._below(folder)
        keys = self._database.execute(
            f"SELECT scope, key FROM keys WHERE scope IN ({','.join('?' * len(wanted))}) "
            "GROUP BY scope, key HAVING count(*) > 1 OR scope = 'study' ORDER BY min(study), scope, key",
            wanted,
        )
        for scope, key in keys:
            rows = self._database.execute("SELECT number FROM keys WHERE scope = ? AND key = ?", (scope, key))
            yield scope, self._all([number for (number,) in rows])

    def _below(self, folder: str) -> list[Member]:
        rows = self._database.execute("SELECT number, file FROM members")
        return self._all([number for number, file in rows if is_below(_text(file), folder)])

    def _all(self, numbers: Iterable[int]) -> list[Member]:
        return sorted([self._member(number) for number in numbers], key=_order)

    def _member(self, number: int) -> Member:
        found = self._unpacked.get(number)
        if found is None:
            row = self._database.execute("SELECT file, facts FROM members WHERE number = ?", (number,))
            file, facts = row.fetchone()
            found = self._unpacked.add(Member(number, _text(file), Facts(facts)))
        return found

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

    def content(self, member: Member) -> str:
        """Return what `dcmlint.content.content_of` says of a member, "" if it cannot be read again."""
        return self._contents.of(member.file, member.facts.content)


class FewGroups:
    """What `Groups` is, in memory: of numbers. Facts are made of their bytes when asked for."""

    def __init__(self, gathered: Iterable[Gathered], *, is_whole: bool = True) -> None:
        self.is_whole = is_whole
        self._gathered = list(gathered)
        self._unpacked = _Unpacked()
        self._contents = Contents()
        self._studies: list[str] = []
        self._order: list[tuple[str, str]] = []
        self._directories: set[str] = set()
        self._groups: dict[GroupScope, dict[str, list[int]]] = {}
        self._known: dict[str, int] = {}
        for number in range(len(self._gathered)):
            self._read(number)
        order = self._order.__getitem__
        self._ordered = sorted(range(len(self._gathered)), key=order)
        for groups in self._groups.values():
            for numbers in groups.values():
                if len(numbers) > 1:
                    numbers.sort(key=order)

    def _read(self, number: int) -> None:
        """Take what is needed of one instance."""
        member = self._member(number)
        facts = member.facts
        folder = directory_of(member.file, facts)
        if folder is not None:
            self._directories.add(folder)
        self._order.append(_order(member))
        self._studies.append(facts.study_uid)
        self._known.setdefault(facts.sop_instance_uid, number)
        groups = self._groups
        for scope, key in group_keys(facts):
            groups.setdefault(scope, {}).setdefault(key, []).append(number)

    def _member(self, number: int) -> Member:
        found = self._unpacked.get(number)
        if found is None:
            gathered = self._gathered[number]
            found = self._unpacked.add(Member(number, gathered.file, Facts(gathered.facts)))
        return found

    def of(self, scopes: Iterable[GroupScope]) -> Iterator[tuple[GroupScope, list[Member]]]:
        """See `Groups.of`."""
        wanted = set(scopes)
        if "directory" in wanted:
            for folder in sorted(self._directories):
                below = [n for n in self._ordered if is_below(self._gathered[n].file, folder)]
                yield "directory", self._all(below)
        chosen: list[tuple[str, GroupScope, str]] = []
        for scope in wanted:
            for key, numbers in self._groups.get(scope, {}).items():
                if len(numbers) > 1 or scope == "study":
                    chosen.append((min([self._studies[number] for number in numbers]), scope, key))
        chosen.sort()
        for _, scope, key in chosen:
            yield scope, self._all(self._groups[scope][key])

    def _all(self, numbers: Iterable[int]) -> list[Member]:
        return [self._member(number) for number in numbers]

    def find(self, sop_instance_uid: str) -> tuple[str, int] | None:
        """See `Groups.find`."""
        number = self._known.get(sop_instance_uid)
        if number is None:
            return None
        facts = self._member(number).facts
        return facts.sop_class_uid, facts.frames

    def has_study(self, study_uid: str) -> bool:
        """See `Groups.has_study`."""
        return study_uid in self._groups.get("study", {})

    def content(self, member: Member) -> str:
        """See `Groups.content`."""
        return self._contents.of(member.file, member.facts.content)


def groups_of(gathering: Gathering, *, is_whole: bool) -> Groups | FewGroups:
    """Return the groups of what was gathered."""
    chosen = FewGroups if gathering.count <= _IN_MEMORY else Groups
    return chosen(gathering, is_whole=is_whole)


def _order(member: Member) -> tuple[str, str]:
    return member.facts.sop_instance_uid, member.file


class _Unpacked:
    """The members that were asked for last, with their Facts unpacked."""

    def __init__(self) -> None:
        self._members: dict[int, Member] = {}
        self.get = self._members.get

    def add(self, member: Member) -> Member:
        """Keep a member, and return it."""
        if len(self._members) >= _UNPACKED:
            self._members.clear()
        self._members[member.number] = member
        return member


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

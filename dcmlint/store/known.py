"""What a store knows of the places that a walk comes to: asked folder by folder, in the order of the walk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from dcmlint.store.plain import rows_of
from dcmlint.store.rows import ARCHIVE, Known
from dcmlint.store.schema import folders, instances

__all__ = [
    "archives_in",
    "count_objects",
    "known_folder",
    "known_folders",
    "known_object",
    "known_objects",
    "known_states",
    "objects_below",
    "objects_in_order",
    "unmet_objects",
]

_PAGE = 1000

_COLUMNS = (
    instances.c.name,
    instances.c.id,
    instances.c.size,
    instances.c.mtime_ns,
    instances.c.inode,
    instances.c.etag,
    instances.c.kind,
    instances.c.content,
    instances.c.checked_run,
    instances.c.removed_run,
)


def known_folder(connection: Connection, path: str) -> int | None:
    """Return the id of a folder, None if the store does not have it."""
    return connection.scalar(select(folders.c.id).where(folders.c.path == path))


def known_folders(connection: Connection, below: str, after: str = "") -> Iterator[tuple[int, str]]:
    """Yield (id, path) of the folder `below` and all in it, in the order of a walk, from `after` on."""
    last = after
    end = below[:-1] + chr(ord(below[-1]) + 1)
    while True:
        page = connection.execute(
            select(folders.c.id, folders.c.path)
            .where(folders.c.path >= below, folders.c.path < end, folders.c.path > last)
            .order_by(folders.c.path)
            .limit(_PAGE)
        ).all()
        yield from page
        if len(page) < _PAGE:
            return
        last = page[-1][1]


def known_objects(
    connection: Connection, folder: int, above: str | None, upto: str | None
) -> dict[str, Known]:
    """Return what is known of the objects of a folder whose names are above one and not above another.

    None is no bound. Those that were gone last time are among them.
    """
    chosen = select(*_COLUMNS).where(instances.c.folder_id == folder)
    if above is not None:
        chosen = chosen.where(instances.c.name > above)
    if upto is not None:
        chosen = chosen.where(instances.c.name <= upto)
    return {row[0]: _known(row) for row in connection.execute(chosen)}


def known_states(
    connection: Connection, folder: int, above: str | None, upto: str | None, since: int
) -> dict[str, tuple[int, int, int, bool]]:
    """Return modification time, size and inode of such objects, as far as they were there last time, and
    whether that says that they have not changed: they were read, as files, in run `since` or later."""
    statement = (
        "SELECT name, mtime_ns, size, inode, "
        "CASE WHEN checked_run >= {} AND mtime_ns <> 0 AND etag = {} AND kind <> {} THEN 1 ELSE 0 END "
        "FROM instances WHERE folder_id = {} AND removed_run IS NULL"
    )
    values: list[Any] = [since, "", ARCHIVE, folder]
    for bound, test in ((above, ">"), (upto, "<=")):
        if bound is not None:
            statement += f" AND name {test} {{}}"
            values.append(bound)
    return {
        name: (modified, size, inode, bool(is_sure))
        for name, modified, size, inode, is_sure in rows_of(connection, statement, tuple(values))
    }


def known_object(connection: Connection, folder: int, name: str) -> Known | None:
    """Return what is known of one object, None if it was never met."""
    chosen = select(*_COLUMNS).where(instances.c.folder_id == folder, instances.c.name == name)
    row = connection.execute(chosen).first()
    return None if row is None else _known(row)


def count_objects(connection: Connection, folder: int) -> int:
    """Return the number of objects in a folder that were there last time."""
    there = (instances.c.folder_id == folder, instances.c.removed_run.is_(None))
    return connection.scalar(select(func.count()).select_from(instances).where(*there)) or 0


def archives_in(connection: Connection, folder: int) -> Sequence[str]:
    """Return the names of the archives in a folder that were there last time."""
    there = (instances.c.folder_id == folder, instances.c.removed_run.is_(None))
    return connection.scalars(select(instances.c.name).where(*there, instances.c.kind == ARCHIVE)).all()


def unmet_objects(connection: Connection, folder: int, run: int) -> Iterator[Sequence[tuple[int, str]]]:
    """Yield (id, name) of the objects in a folder that were there and of which `run` has written nothing yet,
    in pages."""
    last = 0
    while True:
        page = connection.execute(
            select(instances.c.id, instances.c.name)
            .where(
                instances.c.folder_id == folder,
                instances.c.removed_run.is_(None),
                instances.c.checked_run < run,
                instances.c.id > last,
            )
            .order_by(instances.c.id)
            .limit(_PAGE)
        ).all()
        yield [(row[0], row[1]) for row in page]
        if len(page) < _PAGE:
            return
        last = page[-1][0]


def objects_in_order(
    connection: Connection, folder: int, prefix: str, run: int
) -> Iterator[tuple[str, Known]]:
    """Yield the names that begin with a prefix, which ends with a slash or is "", with what was known of them
    before `run`, in their order. Those that were gone last time are among them."""
    chosen = select(*_COLUMNS).where(instances.c.folder_id == folder, instances.c.first_run < run)
    if prefix:
        chosen = chosen.where(instances.c.name < prefix[:-1] + chr(ord(prefix[-1]) + 1))
    last = prefix
    while True:
        page = connection.execute(
            chosen.where(instances.c.name > last).order_by(instances.c.name).limit(_PAGE)
        ).all()
        yield from ((row[0], _known(row)) for row in page)
        if len(page) < _PAGE:
            return
        last = page[-1][0]


def objects_below(connection: Connection, folder: int) -> Iterator[Sequence[int]]:
    """Yield the ids of the objects in a folder that were there last time, in pages."""
    last = 0
    while True:
        page = connection.scalars(
            select(instances.c.id)
            .where(instances.c.folder_id == folder, instances.c.removed_run.is_(None), instances.c.id > last)
            .order_by(instances.c.id)
            .limit(_PAGE)
        ).all()
        if page:
            yield page
        if len(page) < _PAGE:
            return
        last = page[-1]


def _known(row: Any) -> Known:
    return Known._make((*row[1:9], row[9] is None))

"""From the tables of an older version to those of the newest, one numbered step after the other.

A store knows the version of its tables (`meta`, key `schema`). Each step runs in the same transaction as
the new number: both are there or neither. To change the tables: change `schema.py`, raise VERSION, append
the step here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, insert, inspect, select, update

from dcmlint.errors import UsageError
from dcmlint.store.schema import METADATA, VERSION, meta

__all__ = ["STEPS", "Step", "migrate", "version_of"]

Step = Callable[[Connection], None]


def _first(connection: Connection) -> None:
    """Version 1: all tables. Later versions are made by their own steps, in new stores too."""
    METADATA.create_all(connection)
    connection.execute(insert(meta).values(key="application", value="dcmlint"))
    connection.execute(insert(meta).values(key="schema", value="0"))


STEPS: tuple[Step, ...] = (_first,)
"""The step to version n is number n - 1."""


def version_of(connection: Connection) -> int:
    """Return the version of the tables, 0 where there are none yet.

    Raises UsageError if the database is of something else.
    """
    present = set(inspect(connection).get_table_names())
    if meta.name in present:
        columns = {column["name"] for column in inspect(connection).get_columns(meta.name)}
        if {"key", "value"} <= columns:
            said = {row.key: row.value for row in connection.execute(select(meta.c.key, meta.c.value))}
            if said.get("application") == "dcmlint" and str(said.get("schema", "")).isdigit():
                return int(said["schema"])
        raise _foreign()
    if present and (connection.dialect.name == "sqlite" or present & set(METADATA.tables)):
        raise _foreign()
    return 0


def migrate(connection: Connection, steps: Sequence[Step] = STEPS) -> int:
    """Bring the tables to the newest version and return the version that they had; call it in a transaction.

    Raises UsageError if they are newer than this dcmlint.
    """
    had = version_of(connection)
    refuse_newer(had)
    for number, step in enumerate(steps[had:], had + 1):
        step(connection)
        connection.execute(update(meta).where(meta.c.key == "schema").values(value=str(number)))
    return had


def refuse_newer(version: int) -> None:
    """Raise UsageError if tables of this version are of a later dcmlint."""
    if version > VERSION:
        raise UsageError(
            f"The store has tables of version {version}, and this dcmlint knows them up to {VERSION}.",
            "Use the dcmlint that wrote it, or a later one.",
        )


def _foreign() -> UsageError:
    return UsageError("The database holds tables of something else.", "Name another one with --store.")

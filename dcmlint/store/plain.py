"""Statements that are run as they are: what SQLAlchemy does for each one costs more than most answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

__all__ = ["rows_of"]


def rows_of(connection: Connection, statement: str, values: tuple[Any, ...]) -> Sequence[Any]:
    """Return the rows of a statement with a {} for each value."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    return connection.exec_driver_sql(statement.format(*[mark] * len(values)), values).all()

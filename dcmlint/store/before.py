"""What a store has of instances that are about to be written: asked for a whole batch at once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, func, select

from dcmlint.store.rows import REFERS
from dcmlint.store.schema import findings, instances, members

__all__ = ["Key", "groups_of", "next_id", "open_findings", "referring", "shared"]

Key = tuple[str, str]
"""A group: scope and key."""


def open_findings(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Return the open findings of instances alone: fingerprint to id, by instance."""
    found: dict[int, dict[str, int]] = {}
    if ids:
        chosen = select(findings.c.instance_id, findings.c.fingerprint, findings.c.id).where(
            findings.c.instance_id.in_(ids), findings.c.scope.is_(None), findings.c.resolved_run.is_(None)
        )
        for instance, fingerprint, number in connection.execute(chosen):
            found.setdefault(instance, {})[fingerprint] = number
    return found


def groups_of(connection: Connection, ids: Sequence[int]) -> dict[int, set[Key]]:
    """Return the groups that instances are in."""
    found: dict[int, set[Key]] = {}
    if ids:
        chosen = select(members.c.instance_id, members.c.scope, members.c.key).where(
            members.c.instance_id.in_(ids)
        )
        for instance, scope, key in connection.execute(chosen):
            found.setdefault(instance, set()).add((scope, key))
        uids = select(instances.c.id, instances.c.sop_instance_uid).where(
            instances.c.id.in_(ids), instances.c.sop_instance_uid != "", instances.c.removed_run.is_(None)
        )
        for instance, uid in connection.execute(uids):
            found.setdefault(instance, set()).add(("instance", uid))
    return found


def referring(connection: Connection, studies: Sequence[str]) -> list[Key]:
    """Return the series of which instances refer to instances of these studies."""
    if not studies:
        return []
    # By way of the instances: SQLite would look through the members of all series.
    those = select(members.c.instance_id).where(members.c.scope == REFERS, members.c.key.in_(studies))
    chosen = select(instances.c.series_uid).where(instances.c.id.in_(those), instances.c.series_uid != "")
    return [("series", uid) for uid in connection.scalars(chosen.distinct())]


def shared(connection: Connection, uids: Sequence[str]) -> set[str]:
    """Return the SOP Instance UIDs of which several objects are there, or about which something is said."""
    several = (
        select(instances.c.sop_instance_uid)
        .where(instances.c.sop_instance_uid.in_(uids), instances.c.removed_run.is_(None))
        .group_by(instances.c.sop_instance_uid)
        .having(func.count() > 1)
    )
    said = select(findings.c.key).where(
        findings.c.scope == "instance", findings.c.key.in_(uids), findings.c.resolved_run.is_(None)
    )
    return {*connection.scalars(several), *(key for key in connection.scalars(said) if key is not None)}


def next_id(connection: Connection, column: ColumnElement[int]) -> int:
    return (connection.scalar(select(func.max(column))) or 0) + 1

"""The tables of a store, as they are in its newest version.

Ids are given out by the one process that writes (`dcmlint.store.write`), so that the rows of a batch can
refer to each other before any of them is there. Text that must sort as its bytes do has collation C on
PostgreSQL, which is what SQLite does anyway. A row of `findings` is one episode: a finding that comes
back after it was resolved gets a new one.

`instances.patient` and the keys of patient groups are hashes. `instances.facts` holds what group checks
compare, names among it: a store is as confidential as the archive that it describes.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

__all__ = ["METADATA", "VERSION", "dirty", "findings", "folders", "instances", "members", "meta", "runs"]

VERSION = 1
"""The version of these tables; `dcmlint.store.migrate` leads there from every older one."""

METADATA = MetaData()

_Id = BigInteger().with_variant(Integer, "sqlite")
_Bytewise = Text().with_variant(Text(collation="C"), "postgresql")

meta = Table(
    "meta",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""`application` (always dcmlint) and `schema` (the version of the tables)."""

runs = Table(
    "runs",
    METADATA,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("started", Text, nullable=False),
    Column("finished", Text),
    Column("state", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("edition", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("roots", Text, nullable=False),
    Column("visited", _Id, nullable=False, default=0),
    Column("changed", _Id, nullable=False, default=0),
    Column("removed", _Id, nullable=False, default=0),
    Column("errors", _Id, nullable=False, default=0),
    Column("warnings", _Id, nullable=False, default=0),
    Column("notes", _Id, nullable=False, default=0),
    Column("new_findings", _Id, nullable=False, default=0),
    Column("resolved_findings", _Id, nullable=False, default=0),
)
"""One row for each scan. `started` and `finished` are ISO 8601 in UTC, `state` is running, complete,
partial or failed, `roots` a JSON list. `visited` are objects met, `changed` those that were read, errors to
notes all findings that are open when the run ends."""

folders = Table(
    "folders",
    METADATA,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("path", _Bytewise, nullable=False, unique=True),
)
"""`path` is absolute and ends with a slash, so that the order of paths is the order of a walk. The members
of an archive are in a folder that has the path of the archive, without a slash; their names begin with "!/".
The objects of a bucket are in one folder, which is the bucket (`s3://bucket/`); their names are their keys.
So `path` and `name` of an object are its path together, always."""

instances = Table(
    "instances",
    METADATA,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("folder_id", _Id, ForeignKey("folders.id"), nullable=False),
    Column("name", _Bytewise, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("inode", BigInteger, nullable=False),
    Column("etag", Text, nullable=False, default=""),
    Column("kind", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("sop_class_uid", Text, nullable=False),
    Column("sop_instance_uid", Text, nullable=False),
    Column("series_uid", Text, nullable=False),
    Column("study_uid", Text, nullable=False),
    Column("frame_of_reference_uid", Text, nullable=False),
    Column("patient", Text, nullable=False),
    Column("modality", Text, nullable=False),
    Column("manufacturer", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("study_month", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("facts", LargeBinary, nullable=False),
    Column("first_run", _Id, ForeignKey("runs.id"), nullable=False),
    Column("changed_run", _Id, nullable=False),
    Column("checked_run", _Id, nullable=False),
    Column("removed_run", _Id),
    UniqueConstraint("folder_id", "name", name="instances_by_place"),
    Index("instances_by_uid", "sop_instance_uid"),
)
"""One row for each object ever met, archives among them (`kind` archive); `removed_run` is set while it is
gone. `mtime_ns` is 0 if it is to be read again whatever its times say. `changed_run` is the run that met it
new or changed, `checked_run` the one that read it last, `content` a hash of the bytes before its pixels."""

members = Table(
    "members",
    METADATA,
    Column("scope", _Bytewise, primary_key=True),
    Column("key", _Bytewise, primary_key=True),
    Column("instance_id", _Id, ForeignKey("instances.id"), primary_key=True, autoincrement=False),
    Index("members_by_instance", "instance_id"),
    sqlite_with_rowid=False,
)
"""Which groups an instance is in. Groups of scope `instance` are not here: `instances_by_uid` has them."""

findings = Table(
    "findings",
    METADATA,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("instance_id", _Id, ForeignKey("instances.id")),
    Column("scope", _Bytewise),
    Column("key", _Bytewise),
    Column("rule", _Bytewise, nullable=False),
    Column("severity", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("first_run", _Id, ForeignKey("runs.id"), nullable=False),
    Column("last_run", _Id, nullable=False),
    Column("resolved_run", _Id),
    Index("findings_by_instance", "instance_id"),
    Index(
        "findings_by_group",
        "scope",
        "key",
        sqlite_where=text("scope IS NOT NULL"),
        postgresql_where=text("scope IS NOT NULL"),
    ),
    Index("findings_by_first_run", "first_run"),
    Index(
        "findings_by_resolved_run",
        "resolved_run",
        sqlite_where=text("resolved_run IS NOT NULL"),
        postgresql_where=text("resolved_run IS NOT NULL"),
    ),
)
"""`scope` and `key` are those of the group that a finding over several instances is of, None for a finding of
one alone; `instance_id` is where it is reported. `body` is its JSON from "message" on (docs/json.md).
Waived findings are not here."""

dirty = Table(
    "dirty",
    METADATA,
    Column("scope", _Bytewise, primary_key=True),
    Column("key", _Bytewise, primary_key=True),
    sqlite_with_rowid=False,
)
"""Groups whose members have changed since they were checked last."""

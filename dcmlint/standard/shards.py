"""Load compiled tables lazily: one shard an IOD, and the rows it refers to one record at a time."""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any

from dcmlint.standard.location import edition_directory, table_path

__all__ = ["edition_label", "editions", "iod_keys", "iod_shard", "record", "record_ids"]


@cache
def _index() -> dict[str, Any]:
    index: dict[str, Any] = json.loads(table_path("rows.index.json").read_bytes())
    return index


@cache
def _pack() -> int:
    return os.open(table_path("rows.pack"), os.O_RDONLY)


def editions() -> dict[str, str]:
    """Return the edition of each source: "structure" (PS3.3 tables), "dicom3tools"."""
    found: dict[str, str] = _index()["editions"]
    return found


@cache
def edition_label() -> str:
    """Return the name of the composite edition in use, such as "2025b+2026a"."""
    found = editions()
    names = (found["structure"], found.get("dicom3tools", ""))
    return "+".join(dict.fromkeys(name for name in names if name))


@cache
def iod_shard(key: str) -> dict[str, Any] | None:
    """Return the shard of an IOD (see `dcmlint.standard.records`), or None if there is none."""
    path = edition_directory() / "iods" / f"{key}.json"
    if not key or not path.exists():
        return None
    shard: dict[str, Any] = json.loads(path.read_bytes())
    return shard


def iod_keys() -> list[str]:
    """Return the keys of all IODs with tables, sorted."""
    return sorted(path.stem for path in (edition_directory() / "iods").glob("*.json"))


def record_ids() -> list[str]:
    """Return the ids of all records, sorted."""
    return sorted(_index()["at"])


@cache
def record(identifier: str) -> Any:
    """Return a record by id ("m:patient", "l:...", "g:...", "c:...", "p:..."), or None if unknown."""
    place = _index()["at"].get(identifier)
    if place is None:
        return None
    return json.loads(os.pread(_pack(), place[1], place[0]))

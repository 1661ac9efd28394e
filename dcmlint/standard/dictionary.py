"""PS3.6 as lookups: Data Elements by tag and keyword, UIDs.

The tables are read once, on first use, from the embedded edition's `dictionary.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from dcmlint.read.vr import ambiguous_vr
from dcmlint.standard.location import table_path

__all__ = [
    "Entry",
    "Uid",
    "entry",
    "format_tag",
    "implicit_vr",
    "implicit_vrs",
    "keyword_of",
    "label",
    "tag_by_keyword",
    "tag_of",
    "uid",
    "uids",
    "unplaced",
    "vr_by_tag",
]


class Entry(NamedTuple):
    """One row of PS3.6: `vr` may read "US or SS", `vm` "1-n", "2-2n", "3" ..."""

    tag: int
    vr: str
    vm: str
    keyword: str
    retired: bool


class Uid(NamedTuple):
    """One registered UID of PS3.6 Annex A; `iod` names its tables ("" = none)."""

    uid: str
    kind: str
    name: str
    retired: bool
    iod: str


class _Tables(NamedTuple):
    vr: dict[int, str]
    vm: dict[int, str]
    keyword: dict[int, str]
    retired: frozenset[int]
    unplaced: frozenset[int]
    repeating: tuple[tuple[int, int, Entry], ...]


@cache
def _tables() -> _Tables:
    content = json.loads(table_path("dictionary.json").read_bytes())
    tags = content["tag"]
    repeating = tuple((mask, value, Entry(value, *row)) for mask, value, *row in content["repeating"])
    return _Tables(
        dict(zip(tags, content["vr"], strict=True)),
        dict(zip(tags, content["vm"], strict=True)),
        dict(zip(tags, content["keyword"], strict=True)),
        frozenset(content["retired"]),
        frozenset(content["unplaced"]),
        repeating,
    )


@cache
def tag_by_keyword() -> dict[str, int]:
    """Return the tags of PS3.6 by keyword; of repeating groups the tag in the first group."""
    tables = _tables()
    tags = {keyword: tag for tag, keyword in tables.keyword.items()}
    for _, value, row in tables.repeating:
        tags.setdefault(row.keyword, value)
    return tags


def vr_by_tag() -> dict[int, str]:
    """Return PS3.6's VR by tag, repeating groups left out."""
    return _tables().vr


def unplaced() -> frozenset[int]:
    """Return the tags of PS3.6, retired ones aside, that no Module of the tables holds."""
    return _tables().unplaced


def entry(tag: int) -> Entry | None:
    """Return the PS3.6 row of `tag`, repeating groups (50xx, 60xx, ...) included."""
    tables = _tables()
    vr = tables.vr.get(tag)
    if vr is not None:
        return Entry(tag, vr, tables.vm[tag], tables.keyword[tag], tag in tables.retired)
    if tag & 0x10000:
        return None
    for mask, value, row in tables.repeating:
        if tag & mask == value:
            return row._replace(tag=tag)
    return None


class _ImplicitVrs(dict[int, str]):
    """The VR to read each tag with in Implicit VR encoding; what PS3.6 lacks is worked out."""

    def __missing__(self, tag: int) -> str:
        if tag & 0xFFFF == 0:
            return "UL"
        if tag & 0x10000:
            return "LO" if 0x10 <= tag & 0xFFFF <= 0xFF else "UN"
        found = entry(tag)
        return "UN" if found is None else ambiguous_vr(found.vr)


@cache
def implicit_vrs() -> Mapping[int, str]:
    """Return the VR by tag to read Implicit VR Data Elements with: "UN" if PS3.6 lacks the tag."""
    return _ImplicitVrs({tag: ambiguous_vr(vr) for tag, vr in _tables().vr.items()})


def implicit_vr(tag: int) -> str:
    """Return the VR to read `tag` with in Implicit VR encoding: UN if PS3.6 lacks it."""
    return implicit_vrs()[tag]


def keyword_of(tag: int) -> str:
    """Return the PS3.6 keyword, "" for private and unknown tags."""
    found = _tables().keyword.get(tag)
    if found is not None:
        return found
    row = entry(tag)
    return "" if row is None else row.keyword


def tag_of(keyword: str) -> int:
    """Return the tag of a PS3.6 keyword, or of "ggggeeee" in hex digits.

    Raises KeyError if it is neither.
    """
    tag = tag_by_keyword().get(keyword)
    if tag is None:
        if len(keyword) == 8:
            try:
                return int(keyword, 16)
            except ValueError:
                pass
        raise KeyError(keyword)
    return tag


def format_tag(tag: int) -> str:
    """Return "(gggg,eeee)" with upper case hex digits."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def label(tag: int) -> str:
    """Return the keyword, or the tag as "(gggg,eeee)" where there is none."""
    return keyword_of(tag) or format_tag(tag)


@cache
def uids() -> dict[str, Uid]:
    """Return the registered UIDs of PS3.6 Annex A by UID."""
    rows = json.loads(table_path("uids.json").read_bytes())
    return {row[0]: Uid(*row) for row in rows}


def uid(value: str) -> Uid | None:
    """Return the registry entry of a UID, or None."""
    return uids().get(value)

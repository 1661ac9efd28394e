"""PS3.15 Table E.1-1 as a lookup: the Attributes that may identify a patient or a person, and what the
Basic Profile and its options do with each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from dcmlint.standard.location import table_path

__all__ = ["ProfileRow", "is_identifying", "profile_row", "profile_rows", "standard_vocabulary"]


class ProfileRow(NamedTuple):
    """One row of PS3.15 Table E.1-1.

    `tag` has eight hex digits, x for any digit, or is "private". `basic` is the action code of the Basic
    Profile (X, Z, D, U, X/Z ...), `options` has the code (K or C) by the column of the option.
    """

    tag: str
    basic: str
    options: Mapping[str, str]


class _Profile(NamedTuple):
    tags: frozenset[int]
    repeating: tuple[tuple[int, int], ...]


@cache
def _profile() -> _Profile:
    content = json.loads(table_path("deid_attributes.json").read_bytes())
    return _Profile(frozenset(content["tag"]), tuple((mask, value) for mask, value in content["repeating"]))


def is_identifying(tag: int) -> bool:
    """Tell whether PS3.15 Table E.1-1 lists the Attribute; it lists every private one."""
    if tag & 0x10000:
        return True
    profile = _profile()
    return tag in profile.tags or any(tag & mask == value for mask, value in profile.repeating)


@cache
def profile_rows() -> tuple[ProfileRow, ...]:
    """Return the 647 rows of PS3.15 Table E.1-1."""
    content = json.loads(table_path("deid_profile.json").read_bytes())
    columns = content["columns"][1:]
    return tuple(
        ProfileRow(tag, basic, {name: code for name, code in zip(columns, codes, strict=True) if code})
        for tag, basic, *codes in content["rows"]
    )


@cache
def _by_tag() -> dict[int, ProfileRow]:
    return {int(row.tag, 16): row for row in profile_rows() if row.tag != "private" and "x" not in row.tag}


@cache
def _by_pattern() -> tuple[tuple[int, int, ProfileRow], ...]:
    return tuple(
        (
            int("".join("0" if digit == "x" else "F" for digit in row.tag), 16),
            int(row.tag.replace("x", "0"), 16),
            row,
        )
        for row in profile_rows()
        if "x" in row.tag
    )


def profile_row(tag: int) -> ProfileRow | None:
    """Return the row of an Attribute, that of private ones for an odd group; None if there is none."""
    if tag & 0x10000:
        return next(row for row in profile_rows() if row.tag == "private")
    found = _by_tag().get(tag)
    if found is not None:
        return found
    return next((row for mask, value, row in _by_pattern() if tag & mask == value), None)


@cache
def standard_vocabulary() -> frozenset[str]:
    """Return words, in small letters, of anatomy, position, contrast and modality that PS3.16 uses in the
    meanings of codes, without those that are names of persons (`standard/import_vocabulary.py`)."""
    return frozenset(json.loads(table_path("vocabulary.json").read_bytes()))

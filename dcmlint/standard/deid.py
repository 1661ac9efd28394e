"""PS3.15 Table E.1-1 as a lookup: the Attributes that may identify a patient or a person."""

from __future__ import annotations

import json
from functools import cache
from typing import NamedTuple

from dcmlint.standard.location import table_path

__all__ = ["is_identifying"]


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

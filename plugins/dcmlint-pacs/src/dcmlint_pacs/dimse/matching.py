"""What is wrong with one answer to a query (PS3.4 C.2.2, C.4.1.1.3). Reasons have no values in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from dcmlint.source import Remark
from dcmlint_pacs.dimse.identifier import Identifier, Key, text_of
from dcmlint_pacs.dimse.levels import INSTANCES_OF_SERIES, INSTANCES_OF_STUDY, LEVEL, LEVELS, Model
from dcmlint_pacs.uid import is_uid

__all__ = ["faults", "name_of", "strays"]

_NUMBER = re.compile(r" *[-+]?[0-9]{1,12} *")
_DATE = re.compile(r"[0-9]{8}")
_COUNTS = (INSTANCES_OF_STUDY, INSTANCES_OF_SERIES)
_PLAIN = frozenset(("CS", "DA", "UI"))
"""VRs of which a single value matches if it is the same (PS3.4 C.2.2.2.1)."""


class _Query(Protocol):
    """What is asked (`dcmlint_pacs.dimse.find.Query`)."""

    @property
    def level(self) -> str: ...
    @property
    def above(self) -> tuple[Key, ...]: ...
    @property
    def filters(self) -> tuple[Key, ...]: ...
    def keys(self, model: Model) -> tuple[Key, ...]: ...
    def required(self, model: Model) -> tuple[Key, ...]: ...


def name_of(tag: int) -> str:
    """Return how reasons call an Attribute."""
    from pydicom.datadict import keyword_for_tag

    return f"{keyword_for_tag(tag)} ({tag >> 16:04X},{tag & 0xFFFF:04X})"


def faults(match: Identifier, query: _Query, model: Model) -> Iterator[Remark]:
    """Yield what is wrong with an answer."""
    where = f"answers at level {query.level}"
    unique = LEVELS[query.level].unique
    for key in (Key(LEVEL, "CS"), unique, *query.above, *query.required(model)):
        if key.tag not in match:
            yield Remark("interop/find-key-missing", f"{where} have no {name_of(key.tag)}")
    yield from _wrong_values(match, query, model)


def strays(match: Identifier, query: _Query) -> Iterator[Remark]:
    """Yield why an answer is none to the query, as far as that can be told: it is to be left out."""
    where = f"answers at level {query.level}"
    for key in (Key(LEVEL, "CS", query.level.encode("ascii")), *query.above):
        if key.vr in _PLAIN and key.tag in match and not _matches(key, text_of(match, key.tag)):
            yield Remark(
                "interop/find-not-matching", f"{where} have another {name_of(key.tag)} than asked for"
            )
    for key in query.filters:
        if key.vr in _PLAIN and key.tag in match and not _matches(key, text_of(match, key.tag)):
            yield Remark(
                "interop/filter-ignored", f"{where} have another {name_of(key.tag)} than --where asks for"
            )


def _wrong_values(match: Identifier, query: _Query, model: Model) -> Iterator[Remark]:
    where = f"answers at level {query.level}"
    unique = LEVELS[query.level].unique
    for key in query.keys(model):
        found = match.get(key.tag)
        if found is None:
            continue
        if found.vr and found.vr != key.vr:
            yield Remark(
                "interop/find-wrong-vr",
                f"{where} have {name_of(key.tag)} as {found.vr}, which is {key.vr} in PS3.6",
            )
        text = text_of(match, key.tag)
        if key.tag == unique.tag and not text:
            yield Remark("interop/find-key-missing", f"{where} have no value for {name_of(key.tag)}")
        elif (key.tag == unique.tag and key.vr == "UI" and not is_uid(text)) or (
            key.tag in _COUNTS and text and not _NUMBER.fullmatch(text)
        ):
            yield Remark(
                "interop/find-invalid-value", f"{where} have a {name_of(key.tag)} that is no {key.vr}"
            )


def _matches(key: Key, found: str) -> bool:
    """Tell whether what was found may match: a single value, a list of UIDs, a wildcard or a range."""
    asked = key.raw.decode("utf-8", "surrogateescape").strip(" \0")
    if not asked:
        return True
    if key.vr == "UI":
        return found in asked.split("\\")
    if key.vr == "DA":
        return _is_in_range(asked, found)
    return "*" in asked or "?" in asked or asked in found.split("\\") or asked.strip() == found


def _is_in_range(asked: str, found: str) -> bool:
    first, dash, last = asked.partition("-")
    if not (_DATE.fullmatch(found) and all(_DATE.fullmatch(each) for each in (first, last) if each)):
        return bool(dash) or not _DATE.fullmatch(first) or found == first
    return (not first or first <= found) and (not last or found <= last) if dash else found == first

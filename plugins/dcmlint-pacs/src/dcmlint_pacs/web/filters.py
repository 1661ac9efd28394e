"""What a user asks a server to match (--where), and whether a result does (PS3.4 C.2.2.2, PS3.18 8.3.4)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from dcmlint.errors import UsageError
from dcmlint_pacs.attribute import attribute_of
from dcmlint_pacs.web.levels import Level, level_of
from dcmlint_pacs.web.model import Record, name_of, values

__all__ = ["Filter", "filters_of", "matches"]

_TEXT = frozenset(("AE", "CS", "LO", "PN", "SH", "UC", "AS"))
_EXACT = frozenset(("UI", "IS", "US", "UL", "SS", "SL"))
_LONGEST = 512
_VALUES = 100


class Filter(NamedTuple):
    """One attribute and the value that it must match, at the level where the server is asked for it."""

    tag: str
    name: str
    vr: str
    value: str
    level: Level


def filters_of(where: Iterable[tuple[str, str]]) -> tuple[Filter, ...]:
    """Return the filters; raises UsageError for what is no Attribute, or has no value to match.

    A tag that is not in PS3.6, such as a private one, is the server's to know.
    """
    return tuple(_filter(name, value) for name, value in where)


def _filter(name: str, value: str) -> Filter:
    attribute = attribute_of(name)
    tag = f"{attribute.tag:08X}"
    if len(value) > _LONGEST or not value.isprintable():
        raise UsageError(f"--where: the value for {name} cannot be asked for.")
    if attribute.vr == "SQ":
        raise UsageError(f"--where: {name} is a Sequence, which has no value to match.")
    return Filter(tag, name_of(tag), attribute.vr or "UN", value, level_of(tag))


def matches(record: Record, wanted: Filter) -> bool | None:
    """Tell whether a result matches, None where that cannot be told.

    Generous where PS3.4 leaves it to the server: case and accents of text, parts of names, times.
    """
    found = values(record, wanted.tag)
    if found is None or not wanted.value:
        return None
    if wanted.vr == "DA":
        return any(_in_range(str(each), wanted.value) for each in found)
    if wanted.vr in _EXACT:
        asked = re.split(r"[\\,]", wanted.value) if wanted.vr == "UI" else [wanted.value]
        plain = {str(each).strip(" \0") for each in found if each is not None}
        if wanted.vr != "UI" and "*" in wanted.value:
            return None
        return bool(plain & {each.strip() for each in asked}) or (wanted.value == "*")
    if wanted.vr in _TEXT:
        return _text_matches(found, wanted.value)
    return None


def _in_range(date: str, asked: str) -> bool:
    date = date.replace(".", "").strip()
    first, dash, last = asked.partition("-")
    if not dash:
        return date == asked
    return (not first or date >= first) and (not last or date <= last)


def _text_matches(found: Sequence[Any], asked: str) -> bool:
    pattern = "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in _folded(asked))
    whole = re.compile(rf"{pattern}(\^.*|=.*)?", re.DOTALL)
    texts = [text[:_LONGEST] for each in found[:_VALUES] for text in _texts(each)]
    return any(whole.fullmatch(_folded(text)) for text in texts) or (not texts and set(asked) == {"*"})


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [each for each in value.values() if isinstance(each, str)]
    return [] if value is None else [str(value).strip(" \0")]


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(each for each in plain if not unicodedata.combining(each))

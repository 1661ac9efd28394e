"""The one place that decides whether an attribute's value may be shown in a report.

Values may be PHI. A value is shown when its Attribute cannot hold any: codes (CS), numbers and
tags that PS3.15 Table E.1-1 does not list, and the UIDs of SOP Classes and Transfer Syntaxes.
Because files that are checked here may well hold the wrong thing, the value itself must also look
like what its Attribute is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Literal

from dcmlint.model import Location
from dcmlint.standard.deid import is_identifying
from dcmlint.standard.dictionary import entry, format_tag, uid

__all__ = ["HIDDEN", "MAX_LENGTH", "shown_code", "shown_value"]

HIDDEN = "(value not shown)"
"""What stands for a value that may be PHI."""

MAX_LENGTH = 64
"""Characters of a value that are shown at most."""

_MAX_VALUES = 16

_Kind = Literal["", "code", "number", "tag", "class", "uid"]

_NUMBERS = frozenset(("DS", "IS", "FL", "FD", "US", "SS", "UL", "SL", "UV", "SV", "OW"))
_CLASS_KEYWORDS = ("SOPClassUID", "TransferSyntaxUID", "SOPClassesInStudy", "SOPClassesSupported")

# A Code String of 16 characters at most (PS3.5 6.2), other characters forgiven so that they can be
# shown; what holds a name's delimiters, the digits of a date or an identifier, or a UID is no code.
_CODE = re.compile(r"(?!.*\d{6})(?!.*\d\.\d+\.\d)[ !-<>-\[\]_-~]{0,16}")
_NUMBER = re.compile(
    r"(?=.{0,16}$)[-+]?(?:[0-9]*[.,]?[0-9]*(?:[eE][-+]?[0-9]*)?|nan|inf|infinity)", re.IGNORECASE
)
_TAG = re.compile(r"\(?[0-9A-Fa-f]{4},?[0-9A-Fa-f]{4}\)?")
_UNITS = re.compile(r"(?!.*\d{4})[A-Za-z0-9.{}()/%\[\]'*^+ -]{1,16}")

_UID = re.compile(r"[0-9.]{1,64}")


def shown_value(value: Any, location: Location, tag: int | None) -> str:
    """Return the value of the Attribute `tag` as a report may show it, or HIDDEN.

    Text is in double quotes, several values are separated by a backslash.
    """
    kind = "" if tag is None else _kind(tag)
    if not kind or (kind == "number" and _in_identifying_sequence(location)):
        return HIDDEN
    try:
        return _shown(kind, tuple(value) if isinstance(value, list) else value)
    except TypeError:  # nothing that a decoded value is
        return HIDDEN


def shown_code(value: str, scheme: str, meaning: str | None) -> str:
    """Return a code as text, or HIDDEN; `meaning` is what a public dictionary gives the code, None if it
    has none.

    The document's own words are not shown, and a code that no dictionary has only if it is a unit.
    """
    if meaning is not None:
        return f'({value}, {scheme}, "{meaning}")'
    if scheme == "UCUM" and _UNITS.fullmatch(value):
        return f"({value}, {scheme})"
    return HIDDEN


@lru_cache(maxsize=4096, typed=True)
def _shown(kind: _Kind, value: Any) -> str:
    """Return a value as an Attribute of this kind may show it, or HIDDEN."""
    values = [] if value is None else list(_values(value))
    parts = [_part(kind, each) for each in values[:_MAX_VALUES]]
    if any(part is None for part in parts):
        return HIDDEN
    text = "\\".join(part for part in parts if part is not None)
    if len(values) > _MAX_VALUES or len(text) > MAX_LENGTH:
        text = text[: MAX_LENGTH - 1] + "…"
    quoted = not values or any(isinstance(each, str) for each in values)
    return f'"{text}"' if quoted else text


@lru_cache(maxsize=8192)
def _kind(tag: int) -> _Kind:
    """Return what kind of harmless value an Attribute holds, "" if its values are not shown."""
    row = None if is_identifying(tag) else entry(tag)
    if row is None:
        return ""
    choices = row.vr.split(" or ")
    if row.vr == "CS":
        return "code"
    if row.vr == "AT":
        return "tag"
    if row.vr == "UI":
        return "class" if row.keyword.endswith(_CLASS_KEYWORDS) else "uid"
    return "number" if row.vr != "OW" and _NUMBERS.issuperset(choices) else ""


def _in_identifying_sequence(location: Location) -> bool:
    """Tell whether an Item lies in a Sequence of PS3.15 Table E.1-1: its numbers may be a patient's."""
    return any(is_identifying(tag) for tag in location[::2])


def _values(value: Any) -> Iterable[Any]:
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, str):
        return (part.strip(" \0") for part in value.split("\\"))
    return value if isinstance(value, tuple) else (value,)


def _part(kind: _Kind, value: Any) -> str | None:
    """Return one value as text, or None if it is not what an Attribute of this kind holds."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, str):
        return _text_part(kind, value.strip(" \0"))
    if kind == "tag" and isinstance(value, int):
        return format_tag(value & 0xFFFFFFFF)
    if kind == "number" and isinstance(value, (int, float)):
        return f"{value:.10g}" if isinstance(value, float) else f"{value:d}"
    return None


def _text_part(kind: _Kind, text: str) -> str | None:
    if not text:
        return text
    if kind == "uid":
        return text if uid(text) is not None else None
    pattern = {"code": _CODE, "number": _NUMBER, "tag": _TAG, "class": _UID}[kind]
    return text if pattern.fullmatch(text) else None

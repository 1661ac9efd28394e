"""The codes of an Instance as rules about codes see them (PS3.3 Section 8).

A code Item is an Item with a Code Value, Long Code Value or URN Code Value. Its parts stay bytes, as they
lie in the file: rules remember what they said of the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Literal

from dcmlint.model import ORIGINAL_ATTRIBUTES, Found, Severity
from dcmlint.read.item import Instance, Item
from dcmlint.standard.codes import meanings, schemes
from dcmlint.standard.ucum import is_ucum

__all__ = [
    "CODE",
    "CODE_VALUES",
    "CODING_SCHEME_DESIGNATOR",
    "IDENTIFICATION",
    "NOT_JUDGED",
    "Key",
    "Verdict",
    "code_value",
    "declared_schemes",
    "is_of_the_standard",
    "judged",
    "kind_of_scheme",
    "scheme_of",
    "shown_code",
    "undeclared_scheme",
    "value_tag",
]

CODE_VALUES = (0x00080100, 0x00080119, 0x00080120)
"""Code Value, Long Code Value, URN Code Value."""

CODE = ("CodeValue", "LongCodeValue", "URNCodeValue", "CodingSchemeDesignator", "CodeMeaning")
"""What rules about codes select."""

CODING_SCHEME_DESIGNATOR = 0x00080102
_CODE_MEANING = 0x00080104
_MEASUREMENT_UNITS = 0x004008EA
IDENTIFICATION = 0x00080110
"""Coding Scheme Identification Sequence, whose Items have a designator and are no codes."""

_MOST_REMEMBERED = 1 << 14
"""Distinct codes that a rule remembers."""

_CODE_VALUE, _LONG, _URN = CODE_VALUES
_LONGEST = 128
"""Bytes of a value or meaning that could be one of the standard."""

_PADDING = b" \0"
_HARMLESS = re.compile(r"(?!.*\d{4}[-/.]?\d\d[-/.]?\d\d)[ -\[\]-~]{1,16}")

Key = tuple[bytes, ...]
"""What a rule's word on a code depends on."""

NOT_JUDGED: Key = ()
"""The key of a code of which a rule has nothing to say."""

Verdict = tuple[Mapping[str, Any], Severity]
"""(args of the message, severity)."""


def is_of_the_standard(item: Item) -> bool:
    """Tell whether an Item has a code as PS3.16 has it, with its meaning in any case of letters, or a unit of
    UCUM with any meaning."""
    get = item.elements.get
    value, scheme, meaning = get(_CODE_VALUE), get(CODING_SCHEME_DESIGNATOR), get(_CODE_MEANING)
    if value is None or scheme is None or meaning is None or get(_LONG) is not None or get(_URN) is not None:
        return False
    _, at, length, _ = value
    _, scheme_at, scheme_length, _ = scheme
    _, meaning_at, meaning_length, _ = meaning
    if length > _LONGEST or scheme_length > _LONGEST or meaning_length > _LONGEST:
        return False
    buf = item.buf
    return _is_listed(
        item.tag == _MEASUREMENT_UNITS,
        bytes(buf[at : at + length]),
        bytes(buf[scheme_at : scheme_at + scheme_length]),
        bytes(buf[meaning_at : meaning_at + meaning_length]),
    )


@lru_cache(maxsize=_MOST_REMEMBERED)
def _is_listed(is_unit: bool, value: bytes, scheme: bytes, meaning: bytes) -> bool:
    code, name, text = (part.strip(_PADDING).decode("latin-1") for part in (value, scheme, meaning))
    if name == "UCUM":
        return bool(text) and is_ucum(code)
    if is_unit:
        return False
    return text.lower() in [each.lower() for each in meanings(name, code)]


def value_tag(item: Item) -> int:
    """Return the tag of the attribute that has the code of a code Item."""
    return next((tag for tag in CODE_VALUES if tag in item.elements), CODE_VALUES[0])


def code_value(item: Item) -> bytes:
    """Return the value of a code Item without its padding, b"" if it has none."""
    return (item.raw(value_tag(item)) or b"").strip(_PADDING)


def scheme_of(item: Item) -> bytes:
    """Return the Coding Scheme Designator of an Item without its padding, b"" if it has none."""
    return (item.raw(CODING_SCHEME_DESIGNATOR) or b"").strip(_PADDING)


def shown_code(code: bytes) -> str:
    """Return a code or designator for a message, "" if it could be more than that."""
    text = code.decode("latin-1")
    return text if _HARMLESS.fullmatch(text) else ""


@lru_cache(maxsize=1024)
def kind_of_scheme(designator: bytes) -> Literal["known", "private", "retired", "unknown", "none"]:
    """Return what a Coding Scheme Designator is by PS3.16 Table 8-1 and HL7 v2 table 0396.

    Private are those that begin with 99, and L (PS3.3 Section 8.2).
    """
    name = designator.decode("latin-1")
    if not name:
        return "none"
    listed = schemes()
    if name in listed.retired:
        return "retired"
    if name.startswith("99") or name == "L":
        return "private"
    return "known" if name in listed.known or name.startswith(listed.families) else "unknown"


def declared_schemes(instance: Instance) -> frozenset[bytes]:
    """Return the designators that Coding Scheme Identification Sequence explains (PS3.3 C.12.1)."""
    found: frozenset[bytes] | None = instance.memo.get("coding schemes")
    if found is None:
        items = instance.items(IDENTIFICATION) or ()
        found = instance.memo["coding schemes"] = frozenset(map(scheme_of, items))
    return found


def undeclared_scheme(kind: str) -> Callable[[Item], Key]:
    """Return the key of codes whose scheme is of this `kind_of_scheme` and not explained by the object."""

    def key(item: Item) -> Key:
        scheme = scheme_of(item)
        if kind_of_scheme(scheme) != kind or scheme in declared_schemes(item.instance):
            return NOT_JUDGED
        return (scheme,)

    return key


def judged(
    name: str,
    key: Callable[[Item], Key],
    judge: Callable[[Key], Verdict | None],
    *,
    at: Callable[[Item], int] = value_tag,
) -> Callable[[Item], Iterable[Found]]:
    """Return the check of a rule whose word on a code depends on `key` alone.

    Each key is judged once, and reported once for an Instance: at the first Item that has it. What Original
    Attributes Sequence keeps was replaced, and is not reported (PS3.3 C.12.1.1.9).
    """
    remembered = lru_cache(maxsize=_MOST_REMEMBERED)(judge)

    def check(item: Item) -> Iterable[Found]:
        parts = key(item) if item.tag != IDENTIFICATION else NOT_JUDGED
        if not parts:
            return ()
        verdict = remembered(parts)
        if verdict is None or ORIGINAL_ATTRIBUTES in item.location[::2]:
            return ()
        told: set[Key] = item.instance.memo.setdefault(name, set())
        if parts in told:
            return ()
        told.add(parts)
        arguments, severity = verdict
        return (Found(at(item), arguments, severity=severity),)

    return check

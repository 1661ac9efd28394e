"""Whether a value looks like a dummy: one that says nothing of anyone (PS3.15 E.1.1)."""

from __future__ import annotations

import re

from dcmlint.deid.dummy import DUMMY_TEXTS
from dcmlint.deid_verify.vrs import plain_vr
from dcmlint.read.item import Item

__all__ = ["is_dummy", "is_placeholder", "looks_original"]

_PLACEHOLDER = re.compile(
    r"(?i)anonym|dummy|de-?identif|redacted|removed|deleted|masked|pseudonym|scrubbed|unknown|^anon$|^unk$|^none$|"
    r"^n/?a$|^null$|^not (?:available|known|applicable|specified)$|^[x?*._^ -]+$|^0+$"
)
_SUBJECT = re.compile(
    r"(?i)anon|deid|hidden|blank|empty|^(?:sub(?:ject)?|pat(?:ient)?|case|vol(?:unteer)?|phantom|test|id|p|s)"
    r"[-_ ]?\d{0,8}$|^\d{1,3}$|default"
)
_PSEUDONYM = re.compile(
    r"[0-9A-Fa-f]{16,64}|P[A-Z2-7]{12}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
)
_WRITTEN = frozenset("AE LO LT PN SH ST UC UT".split())
_DATES = re.compile(r"(?:0000|0001|1[678]\d\d|1900|1970|1980|1999|2000|2001|2222|3000|9999)(?:0101|1231)?")
_TIMES = re.compile(r"(?:00|12)(?:00){0,2}(?:\.0+)?|235959(?:\.\d+)?")
_NAME = re.compile(r"[^\W\d_][\w.'\u2019 -]*\^[^\W\d_].*|[^\W\d_]{2,}[, ]+[^\W\d_]{2,}.*")


def is_placeholder(item: Item, tag: int) -> bool:
    """Tell whether an Attribute is empty, or its value says itself that it is none: "REMOVED", zeros."""
    vr, _, length, items = item.elements[tag]
    if items is not None:
        return not items
    raw = item.raw(tag)
    if raw is None:
        return not length
    vr, text = plain_vr(vr, tag), raw.rstrip(b"\0 ").decode("latin-1").strip()
    if not text or text == DUMMY_TEXTS.get(vr):
        return True
    return vr in _WRITTEN and _PLACEHOLDER.search(text.replace("^", " ").strip()) is not None


def is_dummy(item: Item, tag: int, *, depth: int = 8) -> bool:
    """Tell whether an Attribute is empty or each of its values looks like a dummy; of a Sequence, whether all
    that is in its Items does."""
    vr, _, length, items = item.elements[tag]
    if items is not None:
        return depth > 0 and all(
            is_dummy(nested, inner, depth=depth - 1) for nested in items for inner in nested.elements
        )
    raw = item.raw(tag)
    if raw is None:
        return not length
    if not raw.strip(b" \0"):
        return True
    vr, text = plain_vr(vr, tag), raw.rstrip(b"\0 ").decode("latin-1")
    return vr in DUMMY_TEXTS and all(_is_dummy_text(vr, value.strip()) for value in text.split("\\"))


def _is_dummy_text(vr: str, text: str) -> bool:
    if not text or text == DUMMY_TEXTS.get(vr):
        return True
    if vr in ("DA", "DT"):
        return _DATES.match(text) is not None and text[4:8] in ("", "0101", "1231")
    if vr == "TM":
        return _TIMES.fullmatch(text) is not None
    if vr == "AS":
        return text[:3] == "000"
    if vr == "PN":
        text = text.replace("^", " ").strip()
    return any(pattern.search(text) for pattern in (_PLACEHOLDER, _SUBJECT)) or bool(
        _PSEUDONYM.fullmatch(text)
    )


def looks_original(vr: str, text: str) -> bool:
    """Tell whether a text value looks like what a person entered: a name of two parts, a date, prose."""
    if vr == "PN":
        return _NAME.match(text) is not None
    return vr in ("DA", "DT", "LO", "LT", "SH", "ST", "TM", "UC", "UT", "AS", "CS", "AE", "UR")

"""Codes and texts inside of Sequences that are replaced or cleaned (PS3.15 E.3.4, E.3.5)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from dcmlint.deid.fold import fold, spelt_out, words_of
from dcmlint.read.item import Item
from dcmlint.standard.codes import meanings, snomed_ct
from dcmlint.standard.dictionary import implicit_vr
from dcmlint.standard.ucum import is_ucum

__all__ = ["CODE_TAGS", "KNOWN_TO_TELL", "Mode", "cleaned_text", "coded", "concept_of", "names_in"]

CODE_TAGS = frozenset((0x00080100, 0x00080102, 0x00080103, 0x00080104, 0x00080119, 0x00080120))
"""The Attributes that make up a code (PS3.3 8.8)."""

_CODE_VALUES = (0x00080100, 0x00080119, 0x00080120)
"""Code Value, Long Code Value, URN Code Value."""

_CONCEPT_NAME = 0x0040A043
_SCT = frozenset(("SRT", "SNM3", "99SDM"))
_ANNOTATION = re.compile(r"\{([^}]*)\}")
_ANNOTATIONS = frozenset(
    (
        *("MU", "SUVbsa", "SUVbw", "SUVibw", "SUVlbm", "X-Ray sources", "X-Ray Sources", "animals", "beats"),
        *("calcifications", "counts", "events", "findings", "housing units", "images", "lesions", "needles"),
        *("nodes", "passes", "pixel", "pixels", "planes", "propcounts", "pulse", "racks", "ratio"),
        *("samples", "sd", "specimens", "stage", "step", "territories"),
    )
)
"""Annotations of units that PS3.16 uses: others may be any text."""
_WORD = re.compile(r"[^\W_]+")

KNOWN_TO_TELL = frozenset(("121029", "121031", "121032", "121033", "121034", "121035", "121036", "121030"))
"""Concepts of PS3.16 TID 1007 whose values describe the subject: name, birth date, sex, age ..."""


class Mode(NamedTuple):
    """How the content of a Sequence is treated that is replaced or cleaned as a whole.

    With `clean` measured values stay, and of texts the words that the site's vocabulary has; else both become
    dummy values. With `codes` codes of the standard's tables stay. With `drawing` only points, circles and
    ellipses stay of graphics.
    """

    clean: bool
    codes: bool
    drawing: bool = False


def cleaned_text(values: tuple[str, ...], vocabulary: frozenset[str], names: frozenset[str]) -> str:
    """Return of each value the words that the vocabulary has and that are none of the names, values joined by
    backslashes."""
    kept = (
        " ".join(
            word for word in _WORD.findall(value) if word.lower() in vocabulary and word.lower() not in names
        )
        for value in values
    )
    return "\\".join(text for text in kept if text)


def names_in(root: Item) -> frozenset[str]:
    """Return the words of all Attributes of VR PN, folded: who is named in the object is not in its texts."""
    found = {
        word.text
        for item in root.walk()
        for tag, element in item.elements.items()
        if element[0] == "PN" or (element[0] == "UN" and implicit_vr(tag) == "PN")
        for value in item.get(tag) or ()
        for spelling in (fold(str(value)), spelt_out(str(value)))
        for word in words_of(spelling)
    }
    return frozenset(found)


def _text(item: Item, tag: int) -> str:
    raw = item.raw(tag)
    return "" if raw is None else raw.strip(b"\0 ").decode("latin-1")


def concept_of(item: Item) -> str:
    """Return the Code Value of a Content Item's concept name, "" if it has none (PS3.3 C.17.3)."""
    names = item.items(_CONCEPT_NAME)
    return _text(names[0], 0x00080100) if names else ""


def coded(item: Item, *, known: bool) -> dict[int, str] | None:
    """Return what the Attributes of a code become, by tag: {} leaves it as it is; None if it is no code.

    A code that the tables of PS3.16 have stays where `known` is True, with a meaning that they have. Any
    other becomes a dummy code of the private scheme 99DCMLINT: both code and meaning may be free text.
    """
    elements = item.elements
    value_tag = next((tag for tag in _CODE_VALUES if tag in elements), 0)
    if not value_tag:
        return None
    scheme, code, meaning = _text(item, 0x00080102), _text(item, value_tag), _text(item, 0x00080104)
    names = _names(scheme, code) if known else ()
    if not names:
        return {tag: text for tag, text in _DUMMY.items() if tag in elements}
    if not meaning or meaning.lower() in (name.lower() for name in names):
        return {}
    return {0x00080104: names[0][:64]}


_DUMMY = {
    0x00080100: "REMOVED",
    0x00080102: "99DCMLINT",
    0x00080103: "1",
    0x00080104: "REMOVED",
    0x00080119: "REMOVED",
    0x00080120: "urn:dcmlint:removed",
}


@lru_cache(maxsize=1 << 12)
def _names(scheme: str, code: str) -> tuple[str, ...]:
    """Return the meanings of a code of the standard's tables, () if they do not have it."""
    if scheme in _SCT:
        return meanings("SCT", snomed_ct(code)) or (("REMOVED",) if snomed_ct(code) else ())
    found = meanings(scheme, code)
    if not found and scheme == "UCUM" and is_ucum(code):
        annotations = _ANNOTATION.findall(code)
        return (code,) if all(text in _ANNOTATIONS for text in annotations) else ()
    return found

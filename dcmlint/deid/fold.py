"""Texts as they are compared: case, accents and separators do not tell them apart."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

__all__ = ["Word", "fold", "spelt_out", "words_of"]

_WORD = re.compile(r"[^\W_]+")
_LIGATURES = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "\u0131": "i"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


class Word(NamedTuple):
    """A word of a folded text and where it is in it."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """Return the text without case, accents and width: what two spellings of one name have in common."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", kept).translate(_LIGATURES)


def spelt_out(text: str) -> str:
    """Return the folded text with umlauts as two letters, as they are written where there are none."""
    return fold(unicodedata.normalize("NFC", text).translate(_UMLAUTS))


def words_of(folded: str) -> list[Word]:
    """Return the runs of letters and digits of a folded text."""
    return [Word(match.group(), match.start(), match.end()) for match in _WORD.finditer(folded)]

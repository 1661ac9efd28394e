"""Texts as OCR may have misread them: characters that look alike are one."""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.deid.fold import fold, words_of
from dcmlint.deid_verify.identifiers import Identifiers

__all__ = ["SHORTEST_MISREAD", "blur", "blurred", "parted"]

SHORTEST_MISREAD = 7
"""Letters that one part of a name must have to be recognised alone in a text that may be misread."""

_PART = 3
_LONG = 2 * _PART + 1
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_ALIKE = str.maketrans("ojil|!szb$", "0111115285")
"""Of letters that look like a digit, the digit: names and numbers are compared in the same spelling."""


def blur(text: str) -> str:
    """Return the folded text with what looks alike as one: O and 0, l, I and 1, S and 5, rn and m."""
    folded = fold(text)
    for two, one in _PAIRS:
        folded = folded.replace(two, one)
    return folded.translate(_ALIKE)


def parted(text: str) -> Iterator[str]:
    """Yield long words of a text in two, each letter of them in its turn taken for a sign between two names:
    the ^ of Person Names is read as A, 4 or another letter."""
    for word in words_of(text):
        if len(word.text) >= _LONG:
            for place in range(_PART, len(word.text) - _PART):
                yield f"{word.text[:place]} {word.text[place + 1 :]}"


def blurred(identifiers: Identifiers) -> Identifiers:
    """Return identifiers that are asked with texts that were blurred; what is short is not among them."""
    return identifiers.respelt(blur, shortest=SHORTEST_MISREAD)

"""Texts as they are compared: case, accents and separators do not tell them apart, and what a plain transfer
encoding hides is read too."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import NamedTuple
from urllib.parse import unquote

__all__ = ["Word", "common_words", "dates_in", "fold", "phones_in", "spelt_out", "unfolded", "words_of"]

_WORD = re.compile(r"[^\W_]+")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{16,4096}={0,2}(?![A-Za-z0-9+/=])")
_ENTITY = re.compile(r"&#(?:x([0-9A-Fa-f]{2,6})|([0-9]{2,7}));")
_PHONE = re.compile(r"(?<![\w.])\+?\(?\d[\d ().\-/]{5,22}\d(?!\w|\.\d)")
_LIGATURES = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "\u0131": "i"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})

_GENERIC = """
    anonymous anonymized birth case center centre clinic comment date deidentified department doctor female
    from group image january february march april june july august september october november december
    male name none number order other patient phantom physician report room series station street study
    subject redacted removed technologist test that their this unknown volunteer ward with
"""


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


def unfolded(text: str) -> Iterator[str]:
    """Yield the text, and what it says where parts are percent-encoded, character references or base64."""
    yield text
    if "%" in text and (plain := unquote(text, errors="replace")) != text:
        yield plain
    if "&#" in text:
        yield _ENTITY.sub(_entity, text)
    for match in _BASE64.finditer(text):
        try:
            content = base64.b64decode(match.group() + "=" * (-len(match.group()) % 4), validate=True)
            plain = content.decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            continue
        if plain.isprintable():
            yield plain


def _entity(match: re.Match[str]) -> str:
    number = int(match[1], 16) if match[1] else int(match[2])
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else " "


@cache
def common_words() -> frozenset[str]:
    """Return words that name no person: those of the names of Attributes (PS3.6), and some of reports."""
    from dcmlint.standard.dictionary import tag_by_keyword

    found = set(_GENERIC.split())
    for keyword in tag_by_keyword():
        found.update(word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", keyword))
    return frozenset(found)


_MONTHS = {name: number for number, name in enumerate(
    "jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}  # fmt: skip
_ISO = re.compile(r"(?<!\d)(\d{4})([-/. ]?)(\d{2})\2(\d{2})(?!\d)(?=(.?))")
_EUROPEAN = re.compile(r"(?<![\d.])(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")
_WRITTEN = re.compile(
    r"(?<!\d)(\d{1,2})[ .\-/]{0,2}([a-z]{3})[a-z]*[ .,\-/]{0,2}(\d{4})(?!\d)", re.IGNORECASE
)
_AMERICAN = re.compile(
    r"\b([a-z]{3})[a-z]*[ .\-]{1,2}(\d{1,2})(?:st|nd|rd|th)?[ ,\-]{1,2}(\d{4})(?!\d)", re.IGNORECASE
)
_STAMP = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?:\d{6}(?:\.\d+)?)(?!\d)")


def dates_in(text: str) -> set[date]:
    """Return the dates that a text may be read to hold: 02/03/2020 is two of them."""
    found: set[date | None] = set()
    for match in _ISO.finditer(text):
        found.add(_date(match[1], match[3], match[4]))
    for match in _STAMP.finditer(text):
        found.add(_date(match[1], match[2], match[3]))
    for match in _EUROPEAN.finditer(text):
        found |= {_date(match[4], match[3], match[1]), _date(match[4], match[1], match[3])}
    for match in _WRITTEN.finditer(text):
        found.add(_date(match[3], _MONTHS.get(match[2].lower(), 0), match[1]))
    for match in _AMERICAN.finditer(text):
        found.add(_date(match[3], _MONTHS.get(match[1].lower(), 0), match[2]))
    return {day for day in found if day is not None}


def _date(year: str | int, month: str | int, day: str | int) -> date | None:
    """Return the date, None if there is no such day or nobody alive would have it."""
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if 1880 <= found.year <= 2100 else None


def phones_in(text: str) -> set[str]:
    """Return the digits of what may be a telephone number: 8 of them at least."""
    found = set()
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if len(digits) >= 8:
            found.add(digits)
    return found

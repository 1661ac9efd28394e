"""What texts say: dates, telephone numbers, and what a plain transfer encoding hides."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from urllib.parse import unquote

__all__ = ["common_words", "dates_in", "phones_in", "unfolded"]

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{16,4096}={0,2}(?![A-Za-z0-9+/=])")
_ENTITY = re.compile(r"&#(?:x([0-9A-Fa-f]{2,6})|([0-9]{2,7}));")
_PHONE = re.compile(r"(?<![\w.])\+?\(?\d[\d ().\-/]{5,22}\d(?!\w|\.\d)")

_GENERIC = """
    anon anonymised anonymous anonymized birth case center centre clinic comment date deidentified department
    doctor female
    from group image january february march april june july august september october november december
    male name none number order other patient phantom physician report room series station street study
    subject redacted removed technologist test that their this unknown volunteer ward with
"""


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

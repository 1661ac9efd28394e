"""Identifiers of the originals, and whether a text holds one: in any order, case, script and separators.

What is too short or too common to say anything is not looked for on its own (docs/deid-verification.md):

- a part of a name: at least 4 letters, no word of `common_words` or of the originals' descriptions; shorter
  ones count in pairs, next to each other, and Chinese, Japanese and Korean names as a whole
- an ID: at least 6 characters, or 5 with a letter and a digit, 3 of them different; never letters alone that
  are a common word
- a telephone number: its last 8 digits; an address: 2 words in a row, 8 characters, one that is not common
- a date: of the same patient, complete with year, month and day
- in bulk data: at least 6 characters
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import pairwise

from dcmlint.deid.fold import Word, fold, spelt_out, words_of
from dcmlint.deid_verify.words import common_words, dates_in, phones_in, unfolded

__all__ = ["SHORTEST_IN_BULK", "Identifiers"]

_UID = re.compile(r"(?<![\d.])(?:[0-2](?:\.(?:0|[1-9]\d*)){4,}|2\.25\.[1-9]\d{11,38})(?![\d.]*\d)")
"""Five components or more, or the root of UUIDs (PS3.5 B.2)."""

_EMAIL = re.compile(r"[\w.+-]{2,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_IDEOGRAPHS = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CODECS = (
    *("utf-8", "utf-16-le", "utf-16-be", "iso8859_1", "iso8859_2", "iso8859_5", "iso8859_6", "iso8859_7"),
    *("iso8859_8", "shift_jis", "euc_jp", "iso2022_jp", "euc_kr", "gb18030", "tis_620", "cp1251"),
)
SHORTEST_IN_BULK = 6
"""Characters of an identifier that is looked for where letters come up by chance."""

_DIGITS_OF_A_NUMBER = 5
"""From so many on it is the number of something, and may be that of a patient."""

_REMOVED = re.compile(
    r"(?i)\s*(?:removed|deleted|redacted|masked|scrubbed|de-?identified|(?:anonymi|pseudonymi)[sz]ed)"
    r"(?: by [^^]*)?\s*"
)
_PART_OF_A_PAIR = 3
"""Letters of each of two parts of a name in a text that may be misread."""

_WINDOW = 5
"""Words that are joined at most: a number of five groups."""


class Identifiers:
    """What must not be found in outputs. Filled from the originals, then asked.

    Kinds are "name", "ID", "address", "telephone number", "e-mail address", "date" and "UID".
    """

    def __init__(self) -> None:
        self.uids: set[str] = set()
        self.common: set[str] = set(common_words())
        self._words: dict[str, str] = {}
        self._joined: dict[str, str] = {}
        self._pairs: set[frozenset[str]] = set()
        self._literals: set[str] = set()
        self._phones: set[str] = set()
        self._emails: set[str] = set()
        self._foreign: set[str] = set()
        self._encoded: tuple[bytes, ...] | None = None
        self._texts: dict[tuple[str, int], frozenset[str]] = {}

    def add_common(self, text: str) -> None:
        """Take the words of a text that outputs may have: they are no names there. Numbers are not taken."""
        words = [word.text for word in words_of(fold(text))]
        for word in (*words, "".join(words)):
            if sum(char.isdigit() for char in word) < _DIGITS_OF_A_NUMBER:
                self.common.add(word)

    def add_name(self, value: str) -> None:
        """Take in a Person Name: each of its component groups (PS3.5 6.2.1), but none that says "removed"."""
        for group in value.split("="):
            if _REMOVED.fullmatch(group):
                continue
            if not group.isascii():
                parts = [part for part in re.split(r"[\s^]+", group) if not part.isascii()]
                self._foreign.update(part for part in (*parts, "".join(parts)) if len(part) >= 3)
            for folded in {fold(group), spelt_out(group)}:
                self._add_name([word.text for word in words_of(folded)])

    def _add_name(self, parts: Sequence[str]) -> None:
        parts = [part for part in parts if not part.isdigit()]
        for part in parts:
            if _IDEOGRAPHS.search(part):
                if len(part) >= 3:
                    self._literals.add(part)
            elif len(part) >= 4:
                self._words.setdefault(part, "name")
        for first in parts:
            for second in parts:
                if first == second or len(first) + len(second) < (3 if _IDEOGRAPHS.search(first) else 5):
                    continue
                if _IDEOGRAPHS.search(first) or _IDEOGRAPHS.search(second):
                    self._literals.add(first + second)
                elif len(first + second) >= 7:
                    self._joined.setdefault(first + second, "name")
                if min(len(first), len(second)) >= 2:
                    self._pairs.add(frozenset((first, second)))

    def add_id(self, value: str) -> None:
        """Take in an identifier of a patient, a request, a person or a device."""
        joined = "".join(word.text for word in words_of(fold(value)))
        has_digit = any(char.isdigit() for char in joined)
        if len(joined) >= (6 if joined.isdigit() or not has_digit else 5) and len(set(joined)) > 2:
            self._joined[joined] = "ID"

    def add_address(self, value: str) -> None:
        """Take in an address or the name of an institution: each two words in a row."""
        for folded in {fold(value), spelt_out(value)}:
            words = [word.text for word in words_of(folded)]
            for first, second in pairwise(words):
                common = first in self.common and second in self.common
                if len(first + second) >= 8 and not common and not (first + second).isdigit():
                    self._joined.setdefault(first + second, "address")
        self.add_contacts(value)

    def add_contacts(self, value: str) -> None:
        """Take in the telephone numbers and e-mail addresses of a text."""
        if "+" in value:  # without it, times and versions look the same
            self._phones.update(digits[-8:] for digits in phones_in(value))
        self._emails.update(each.lower() for each in _EMAIL.findall(value))

    def add_phone(self, value: str) -> None:
        """Take in a telephone number."""
        digits = re.sub(r"\D", "", value)
        if 8 <= len(digits) <= 15:
            self._phones.add(digits[-8:])
        self.add_contacts(value)

    def names_in(self, value: str) -> frozenset[str]:
        """Return the parts of a Person Name that say something alone."""
        parts = {word.text for folded in (fold(value), spelt_out(value)) for word in words_of(folded)}
        return frozenset(part for part in parts if part in self._words and part not in self.common)

    def respelt(self, spelling: Callable[[str], str], *, shortest: int) -> Identifiers:
        """Return the same identifiers in another spelling, to be asked with texts in it.

        Of names, parts of `shortest` letters and pairs of 3 each are kept; e-mail addresses, UIDs, IDs
        without a digit and Chinese, Japanese and Korean names are not.
        """
        other = Identifiers()
        other.common = {spelling(word) for word in self.common}
        for known, kept in ((self._words, other._words), (self._joined, other._joined)):
            for word, kind in known.items():
                spelt = spelling(word)
                is_short = len(word) < (SHORTEST_IN_BULK if kind == "ID" else shortest)
                is_plain = word in self.common or (kind == "ID" and word.isalpha())
                if not is_plain and not is_short and len(set(spelt)) > 2:
                    kept[spelt] = kind
        other._pairs = {
            frozenset(map(spelling, pair)) for pair in self._pairs if min(map(len, pair)) >= _PART_OF_A_PAIR
        }
        other._phones = set(self._phones)
        return other

    def kinds_in(self, texts: Iterable[str], days: frozenset[date], *, shortest: int = 4) -> set[str]:
        """Return the kinds of identifiers that texts hold; `days` are the dates of the patient.

        `shortest` is how many letters one part of a name must have to count alone (and up to 6, any
        identifier).
        """
        found: set[str] = set()
        for text in texts:
            for plain in unfolded(text):
                found |= self._kinds(plain, days, shortest)
        return found

    def _kinds(self, text: str, days: frozenset[date], shortest: int) -> set[str]:
        known = self._texts.get((text, shortest))
        if known is None:
            known = frozenset(self._of_text(text, shortest))
            if len(text) < 256 and len(self._texts) < 100_000:
                self._texts[text, shortest] = known
        found = set(known)
        if days and not days.isdisjoint(dates_in(_UID.sub(" ", text))):
            found.add("date")
        return found

    def _of_text(self, text: str, shortest: int) -> set[str]:
        found: set[str] = set()
        for folded in {fold(text), spelt_out(text)} if not text.isascii() else {fold(text)}:
            words = words_of(folded)
            found |= self._of_words(folded, words, shortest)
            if any(literal in folded for literal in self._literals):
                found.add("name")
        for digits in phones_in(text) if self._phones else ():
            if any(digits[start : start + 8] in self._phones for start in range(len(digits) - 7)):
                found.add("telephone number")
        if self._emails and not self._emails.isdisjoint(each.lower() for each in _EMAIL.findall(text)):
            found.add("e-mail address")
        if self.uids and not self.uids.isdisjoint(_UID.findall(text)):
            found.add("UID")
        return found

    def _of_words(self, folded: str, words: Sequence[Word], shortest: int) -> set[str]:
        found, least, is_bulk = set(), min(shortest, SHORTEST_IN_BULK), shortest == SHORTEST_IN_BULK
        for number, word in enumerate(words):
            kind = self._words.get(word.text)
            if kind is not None and len(word.text) >= shortest and word.text not in self.common:
                found.add(kind)
            joined, end = "", 0
            for other in words[number : number + _WINDOW]:
                if joined and not _joins(folded, other, joined, end):
                    break
                joined, end = joined + other.text, other.end
                if is_bulk and other is not word and joined.isdigit():
                    break
                kind = self._joined.get(joined)
                if kind is None or len(joined) < least or joined in self.common:
                    continue
                if kind != "ID" or not self._is_plain(words[number:], joined):
                    found.add(kind)
            for other in words[number + 1 : number + 3]:
                if other.start - word.end > 12 or len(word.text + other.text) < least:
                    break
                if frozenset((word.text, other.text)) in self._pairs:
                    found.add("name")
        return found

    def _is_plain(self, words: Sequence[Word], joined: str) -> bool:
        """Tell whether what was joined is plain words without a number: "test pattern" is nobody's ID."""
        if not joined.isalpha():
            return False
        for word in words:
            if word.text not in self.common:
                return False
            joined = joined.removeprefix(word.text)
            if not joined:
                break
        return True

    def is_in_bytes(self, content: bytes) -> bool:
        """Tell whether a name that is not ASCII is in the bytes, in any of the usual encodings."""
        if self._encoded is None:
            self._encoded = tuple(self._encodings())
        return any(content.find(each) >= 0 for each in self._encoded)

    def _encodings(self) -> set[bytes]:
        found = set()
        for name in self._foreign:
            for codec in _CODECS:
                try:
                    encoded = name.encode(codec)
                except UnicodeEncodeError:
                    continue
                if len(encoded) >= SHORTEST_IN_BULK and (not encoded.isascii() or codec == "iso2022_jp"):
                    found.add(encoded)
        return found


def _joins(folded: str, word: Word, joined: str, end: int) -> bool:
    """Tell whether a word goes on with what was joined: a separator of numbers lies between, no more."""
    between = folded[end : word.start]
    return len(between) <= 2 and "\n" not in between and not (between == "." and joined.isdigit())

"""What identifiers look like where the originals are not at hand: heuristics, each with its confidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from dcmlint.deid.fold import fold
from dcmlint.deid_verify.words import common_words, dates_in, unfolded

__all__ = ["Confidence", "Look", "in_comment", "in_path", "looks_in", "unexpected"]

Confidence = Literal["high", "medium", "low"]


class Look(NamedTuple):
    """What a text looks as if it held, and how sure that is."""

    kind: str
    confidence: Confidence


_CAPITAL = r"[A-Z\u00c0-\u00d6\u00d8-\u00de\u0160\u017d\u0410-\u042f][\w'\u2019-]{0,40}[^\W\d_]"
_TITLE = r"(?:Dr|Prof|Mr|Mrs|Ms|Miss|Herrn?|Frau|Mme|Mlle|Monsieur|Se\u00f1ora?|Sra?|Sig)"
_STREETS = r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Boulevard|Blvd|Way|Court|Place|Square|Terrace)"
_ENDINGS = r"(?:stra\u00dfe|strasse|str\.|gasse|weg|platz|allee)"
_NO = r"[ _-]?(?:id|no|nr|number|nummer|#)"
_LABEL = rf"(?:MRN|PID|SSN|(?:pat(?:ient)?|acc(?:ession)?|case|hosp(?:ital)?|fall|chart|NHS){_NO})"
_BY = r"(?:read|reported|signed|dictated|performed|referred|reviewed|verified) by:?"
_PERSON = r"(?:patient(?:[ _]?name)?|name|pat|nom|nombre)"

_EXPRESSIONS: tuple[tuple[str, Confidence, str], ...] = (
    ("e-mail address", "high", r"(?!git@)[\w.+-]{2,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[A-Za-z]{2,}"),
    ("name", "high", rf"(?<![\w^])(?=\w{{3}}){_CAPITAL}\^(?=\w{{3}}){_CAPITAL}"),
    ("name", "medium", rf"\b{_TITLE}\.?(?: (?:med|Dr)\.)*[ _]+{_CAPITAL}"),
    ("name", "medium", rf"(?i:\b{_PERSON}\b)\s*[:=]\s*{_CAPITAL}[ ,^]+{_CAPITAL}"),
    ("name", "medium", rf"(?i:\b{_BY}) +{_CAPITAL}"),
    ("ID", "high", rf"(?i:\b{_LABEL}\b\.?\s*[:#=]?\s*[A-Z]{{0,4}}[-_]?\d[\d-]{{3,}})"),
    ("ID", "low", r"(?<![\w.])[A-Z]{2,4}[-_]?\d{6,12}(?![\w.])"),
    ("social security number", "medium", r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])"),
    ("telephone number", "high", r"(?<![\w+])\+\d{1,3}[ ().-]{0,2}(?:\d[ ().\-/]{0,2}){7,12}(?!\w)"),
    ("telephone number", "medium", r"(?<![\w.-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w.-])"),
    (
        "telephone number",
        "medium",
        r"(?i:\b(?:tel|phone|telephone|fax|mobile|cell|call)\b\.?:?\s*\+?\(?\d(?:[ ().\-/]{0,2}\d){5,14})",
    ),
    ("address", "medium", rf"\b\d{{1,5}} (?:{_CAPITAL} ){{1,3}}{_STREETS}\b"),
    ("address", "medium", rf"\b[A-Z\u00c4\u00d6\u00dc][\w-]{{1,40}}{_ENDINGS} ?\d{{1,4}}\b"),
    ("address", "medium", rf"\b\d{{1,4}},? (?:rue|avenue|calle|via|piazza) (?:\w+ ){{0,2}}{_CAPITAL}"),
    ("user name", "medium", r"(?:[A-Za-z]:\\+Users\\+|/home/|/Users/)[\w.-]{2,}"),
    (
        "date of birth",
        "high",
        r"(?i:\b(?:dob|born|birth ?date|date of birth|geb\.?|geboren|n\u00e9e?)\W{0,3}\d)",
    ),
)
_PATTERNS = tuple((kind, confidence, re.compile(each)) for kind, confidence, each in _EXPRESSIONS)

_CODERS = re.compile(
    r"(?i)jpeg|jfif|adobe|lavc|lead tech|kakadu|openjpeg|ffmpeg|imagemagick|exif|icc|creator|created by|"
    r"version|copyright|encod|compress|software|library|photoshop|dicom|dcmtk|pydicom|gdcm|aware|photometric|quality"
)
_LETTERS = re.compile(r"[^\W_]{4,}")
_NAMED = re.compile(rf"(?:^|[^\w])({_CAPITAL})[ _,^-]+({_CAPITAL})")


def looks_in(texts: Iterable[str]) -> Iterator[Look]:
    """Yield what texts look as if they held, each kind once, the surest first."""
    found: dict[str, Confidence] = {}
    for text in texts:
        for plain in unfolded(text):
            for kind, confidence, pattern in _PATTERNS:
                if found.get(kind) != "high" and pattern.search(plain):
                    found[kind] = _surer(found.get(kind), confidence)
            if "date" not in found and dates_in(plain):
                found["date"] = "medium"
    if "date of birth" in found:
        found.pop("date", None)
    yield from (Look(kind, confidence) for kind, confidence in found.items())


def _surer(known: Confidence | None, other: Confidence) -> Confidence:
    order: tuple[Confidence, ...] = ("high", "medium", "low")
    return other if known is None else min(known, other, key=order.index)


def in_path(texts: Iterable[str]) -> Iterator[Look]:
    """Yield what the name of a file or a folder looks as if it held: two words that begin with capitals and
    are no words of descriptions may be a name."""
    spaced = [text.replace("_", " ") for text in texts]
    looks = list(looks_in([*texts, *spaced]))
    yield from looks
    if not any(look.kind == "name" for look in looks) and any(_two_names(text) for text in spaced):
        yield Look("name", "low")


def _two_names(text: str) -> bool:
    for first, second in _NAMED.findall(text):
        if not {fold(first), fold(second)} & common_words() and min(len(first), len(second)) >= 3:
            return not (first.isupper() and second.isupper() and len(first) < 4)
    return False


def unexpected(texts: Iterable[str]) -> Iterator[Look]:
    """Yield what text is where none belongs: any word of four letters or digits."""
    texts = tuple(texts)
    looks = tuple(looks_in(texts))
    yield from looks
    if not looks and any(_LETTERS.search(text) for text in texts):
        yield Look("text that no Attribute describes", "medium")


def in_comment(texts: Iterable[str]) -> Iterator[Look]:
    """Yield what a comment of a codestream looks as if it held; what encoders write of themselves is none."""
    kept = tuple(text for text in texts if not _CODERS.search(text))
    looks = tuple(looks_in(kept))
    yield from looks
    if not looks and any(_two_names(text) for text in kept):
        yield Look("name", "low")

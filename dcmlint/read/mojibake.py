"""Text that was decoded with the wrong character set somewhere before it was written."""

from __future__ import annotations

import re
from functools import cache

from dcmlint.read.charset import Charset

__all__ = ["misread"]

_ENTITY = re.compile(r"&(#\d{2,5}|#x[0-9A-Fa-f]{2,4}|[A-Za-z]{2,8});")
_LOST = re.compile(r"[^\W\d_]\?[^\W\d_]|(?:^|[\^=])\?{2,}(?:[\^=]|$)")
_FOREIGN = re.compile("[^\x00-\x7f]")
# What a single sign outside ISO 646 may be.
_WESTERN = re.compile("[\u0000-\u00ff\u2010-\u203a\u20ac\u2122]*")
_WESTERN_CODECS = ("iso8859_1", "iso8859_9", "iso8859_15")


def misread(text: str, raw: bytes, charset: Charset, vr: str) -> str:
    """Return how decoded text shows that it was misread before, "" if it does not.

    The signs are as certain as text allows: bytes that happen to be UTF-8 throughout, U+FFFD,
    character references, and question marks inside the words of a name.
    """
    if "\ufffd" in text:
        return "holds U+FFFD, which replaces characters that could not be read"
    if not raw.isascii() and (_is_utf8(raw, charset) or _was_utf8(text)):
        return "is UTF-8 that was read as another character set"
    found = _ENTITY.search(text) if "&" in text else None
    if found is not None and _is_character_reference(found[1]):
        return "holds a character reference of HTML or XML"
    if vr == "PN" and "?" in text and _LOST.search(text):
        return "has question marks in place of characters that could not be written"
    return ""


def _is_character_reference(name: str) -> bool:
    from html.entities import html5

    return name.startswith("#") or f"{name};" in html5


def _is_utf8(raw: bytes, charset: Charset) -> bool:
    """Tell whether bytes that are declared as something else are UTF-8 throughout."""
    if charset.codec == "utf_8" or charset.codec == "shift_jis" or charset.kind == "extended":
        return False
    try:
        meant = raw.decode("utf_8")
    except UnicodeDecodeError:
        return False
    if charset.codec in _WESTERN_CODECS:
        return _is_plausible(meant)
    if charset.kind == "single":
        return len(_FOREIGN.findall(meant)) > 2 and bool(_plausible().fullmatch(meant))
    return len(re.findall("[\u3000-\u9fff]", meant)) > 1


def _was_utf8(text: str) -> bool:
    """Tell whether characters are those that UTF-8 gives when it is taken for Latin-1 or Windows."""
    for codec in ("latin_1", "cp1252"):
        try:
            return _is_plausible(text.encode(codec).decode("utf_8"))
        except UnicodeError:
            continue
    return False


@cache
def _plausible() -> re.Pattern[str]:
    """Return the pattern of text in scripts that names and reports are written in."""
    return re.compile(
        "[\u0000-\u024f\u0370-\u052f\u0590-\u06ff\u0e00-\u0e7f\u1e00-\u1fff\u2010-\u203a\u20ac\u2122"
        "\u3000-\u9fff\uac00-\ud7af\uff00-\uffef]*"
    )


def _is_plausible(meant: str) -> bool:
    """A single sign can be an accident (a diameter sign before plus-minus), unless it is Western."""
    pattern = _plausible() if len(_FOREIGN.findall(meant)) > 1 else _WESTERN
    return bool(pattern.fullmatch(meant))

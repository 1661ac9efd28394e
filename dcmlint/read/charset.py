"""Specific Character Set: what the bytes of a text value mean (PS3.3 C.12.1.1.2, PS3.5 6.1).

Python's own codecs decode, the same ones that pydicom uses (a test compares them); pydicom itself
is not imported. Code extension by ISO 2022 escape sequences is in `dcmlint.read.escape`.
"""

from __future__ import annotations

import re
from typing import Any, Literal, NamedTuple

from dcmlint.read.item import Item

__all__ = [
    "EXTENSION_TERMS",
    "MULTI_BYTE_EXTENSION_TERMS",
    "SINGLE_TERMS",
    "SPECIFIC_CHARACTER_SET",
    "UNICODE_TERMS",
    "Charset",
    "Text",
    "TextFault",
    "charset_of",
    "decode_text",
    "parse_charset",
]

SPECIFIC_CHARACTER_SET = 0x00080005

Kind = Literal["default", "single", "variable", "extended", "unknown"]


class Charset(NamedTuple):
    """How text is encoded. `terms` are the values of Specific Character Set as Defined Terms
    where they can be recognised, `codec` is Python's name for value 1."""

    kind: Kind
    terms: tuple[str, ...]
    codec: str


class TextFault(NamedTuple):
    """Why text cannot be read as declared, and the byte of the value where that shows.

    undeclared   bytes beyond the declared repertoire
    undecodable  bytes that are no character in the declared encoding
    incomplete   the last character lacks bytes, the rest is well formed
    escape       code extension is misused
    unclosed     as `escape`: the value ends outside its initial character set, otherwise well formed
    """

    kind: Literal["undeclared", "undecodable", "incomplete", "escape", "unclosed"]
    offset: int
    what: str


class Text(NamedTuple):
    """A decoded value: backslash, "^" and "=" in `value` are delimiters, never parts of characters.

    With a fault, `value` is as near as the bytes allow.
    """

    value: str
    fault: TextFault | None


SINGLE_TERMS: dict[str, str] = {
    "ISO_IR 100": "iso8859_1",
    "ISO_IR 101": "iso8859_2",
    "ISO_IR 109": "iso8859_3",
    "ISO_IR 110": "iso8859_4",
    "ISO_IR 144": "iso8859_5",
    "ISO_IR 127": "iso8859_6",
    "ISO_IR 126": "iso8859_7",
    "ISO_IR 138": "iso8859_8",
    "ISO_IR 148": "iso8859_9",
    "ISO_IR 203": "iso8859_15",
    "ISO_IR 13": "shift_jis",
    "ISO_IR 166": "tis_620",
}
"""Defined Terms of single-byte character sets without code extension (PS3.3 Table C.12-2)."""

UNICODE_TERMS: dict[str, str] = {"ISO_IR 192": "utf_8", "GB18030": "gb18030", "GBK": "gbk"}
"""Defined Terms of multi-byte character sets without code extension (PS3.3 Table C.12-5)."""

MULTI_BYTE_EXTENSION_TERMS = frozenset(
    ("ISO 2022 IR 87", "ISO 2022 IR 159", "ISO 2022 IR 149", "ISO 2022 IR 58")
)
"""Defined Terms of multi-byte character sets with code extension (PS3.3 Table C.12-4)."""

EXTENSION_TERMS: frozenset[str] = MULTI_BYTE_EXTENSION_TERMS | {
    "ISO 2022 IR 6",
    *(term.replace("ISO_IR", "ISO 2022 IR") for term in SINGLE_TERMS),
}
"""Defined Terms of character sets with code extension (PS3.3 Tables C.12-3 and C.12-4)."""

_DEFAULT = Charset("default", (), "ascii")
_ALLOWED: dict[str, re.Pattern[bytes]] = {
    "shift_jis": re.compile(rb"[^\x00-\x7f\xa1-\xdf]"),
    "tis_620": re.compile(rb"[^\x00-\x7f\xa1-\xda\xdf-\xfb]"),
}
_NOT_GRAPHIC = re.compile(rb"[\x80-\x9f]")
_NOT_DEFAULT = re.compile(rb"[\x80-\xff]")
_MEANT = {
    "".join(char for char in term if char.isalnum()): term
    for term in (*SINGLE_TERMS, *UNICODE_TERMS, *sorted(EXTENSION_TERMS))
} | {"UTF8": "ISO_IR 192", "ISO88591": "ISO_IR 100", "LATIN1": "ISO_IR 100", "ISOIR6": "", "ISO646": ""}


def charset_of(item: Item) -> Charset:
    """Return the character set of an Item: its own, or that of the nearest enclosing Item.

    PS3.5 7.5.3. Remembered for the Instance.
    """
    known = item.instance.charsets
    found: Charset | None = known.get(id(item))
    if found is not None:
        return found
    own = item.elements.get(SPECIFIC_CHARACTER_SET)
    if own is not None and own[3] is None and own[2] != 0xFFFFFFFF:
        found = parse_charset(item.raw(SPECIFIC_CHARACTER_SET) or b"")
    elif item.parent is not None:
        found = charset_of(item.parent)
    else:
        found = _DEFAULT
    if not isinstance(known, dict):
        known = item.instance.charsets = {}
    known[id(item)] = found
    return found


def parse_charset(raw: bytes) -> Charset:
    """Return the meaning of a Specific Character Set value; misspelt terms are understood."""
    text = raw.rstrip(b" \0").decode("latin-1")
    if not text:
        return _DEFAULT
    terms = tuple(_meant(term) for term in text.split("\\"))
    if len(terms) == 1:
        term = terms[0]
        if term == "":
            return _DEFAULT
        if term in SINGLE_TERMS:
            return Charset("single", terms, SINGLE_TERMS[term])
        if term in UNICODE_TERMS:
            return Charset("variable", terms, UNICODE_TERMS[term])
    if any(term and term not in EXTENSION_TERMS and term not in SINGLE_TERMS for term in terms):
        variable = [term for term in terms if term in UNICODE_TERMS]
        return Charset("unknown", terms, UNICODE_TERMS[variable[0]] if variable else "")
    extended = tuple(term.replace("ISO_IR", "ISO 2022 IR") for term in terms)
    return Charset("extended", extended, "ascii")


def _meant(term: str) -> str:
    """Return the Defined Term that was meant, or the term as it is."""
    term = term.strip()
    return _MEANT.get("".join(char for char in term.upper() if char.isalnum()), term)


def decode_text(raw: bytes, charset: Charset, delimiters: bytes = b"\\^=") -> Text:
    """Return the text of value bytes and what is wrong with them. Never raises.

    `delimiters` reset code extension to the initial character set (PS3.5 6.1.2.5.3).
    """
    if charset.kind == "extended":
        if b"\x1b" not in raw and raw.isascii():
            return Text(raw.decode("ascii"), None)
        from dcmlint.read.escape import decode_extended

        return decode_extended(raw, charset.terms, delimiters)
    escape = raw.find(b"\x1b")
    fault = None
    if escape >= 0 and charset.kind != "unknown":
        what = "an escape sequence, though Specific Character Set has no code extension"
        fault = TextFault("escape", escape, what)
    if raw.isascii():
        return Text(raw.decode("ascii"), fault)
    text, other = _DECODERS[charset.kind](raw, charset)
    return Text(text, fault or other)


def _default(raw: bytes, charset: Charset) -> tuple[str, TextFault | None]:
    return _any(raw, charset)[0], TextFault(
        "undeclared", _first(_NOT_DEFAULT, raw), "bytes beyond ISO 646, but Specific Character Set is absent"
    )


def _single(raw: bytes, charset: Charset) -> tuple[str, TextFault | None]:
    outside = _ALLOWED.get(charset.codec, _NOT_GRAPHIC).search(raw)
    if outside is None:
        try:
            return raw.decode(charset.codec), None
        except UnicodeDecodeError as error:
            offset = error.start
    else:
        offset = outside.start()
    what = f"bytes that {charset.terms[0]} does not define"
    return raw.decode("latin-1"), TextFault("undeclared", offset, what)


def _variable(raw: bytes, charset: Charset) -> tuple[str, TextFault | None]:
    try:
        return raw.decode(charset.codec), None
    except UnicodeDecodeError as error:
        at_end = (
            error.end == len(raw)
            and raw[error.start] < 0xFF
            and ("unexpected end" in error.reason or "incomplete" in error.reason)
        )
        kind: Literal["incomplete", "undecodable"] = "incomplete" if at_end else "undecodable"
        what = f"bytes that are no character in {charset.terms[0]}"
        return raw.decode("latin-1"), TextFault(kind, error.start, what)


def _any(raw: bytes, charset: Charset) -> tuple[str, TextFault | None]:
    for codec in filter(None, (charset.codec, "utf_8")):
        try:
            return raw.decode(codec), None
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1"), None


_DECODERS: dict[str, Any] = {"default": _default, "single": _single, "variable": _variable, "unknown": _any}


def _first(pattern: re.Pattern[bytes], raw: bytes) -> int:
    found = pattern.search(raw)
    return 0 if found is None else found.start()

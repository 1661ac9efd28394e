"""The value field that a rule of scope `value` is given, taken apart into values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from dcmlint.model import Found
from dcmlint.read.charset import Charset, Text, charset_of, decode_text
from dcmlint.read.forms import NEVER_SPLIT, PADDING, form
from dcmlint.value import Value

__all__ = [
    "ascii_values",
    "cut_at_limit",
    "faulty",
    "malformed",
    "text",
    "text_controls",
    "text_values",
    "trailing_stripped",
    "what_byte",
]

_FORMAT = {9: "tab", 10: "line feed", 12: "form feed", 13: "carriage return"}

Fault = Callable[[bytes], str]
"""Returns what is wrong with one value, as a phrase after "it" or "value 2", "" if nothing is."""


def ascii_values(value: Value) -> list[bytes]:
    """Return the values of a VR in ISO 646, spaces and NULs around them left out; [] if none."""
    raw = value.raw.rstrip(PADDING)
    if not raw:
        return []
    if value.vr in NEVER_SPLIT:
        return [raw]
    return [part.strip(b" ") for part in raw.split(b"\\")]


def trailing_stripped(value: Value) -> list[bytes]:
    """Return the values of a VR in ISO 646 that allows no spaces before them; [] if none."""
    raw = value.raw.rstrip(PADDING)
    return [part.rstrip(b" ") for part in raw.split(b"\\")] if raw else []


def text(value: Value) -> tuple[Text, Charset]:
    """Return the decoded text of a value field, without padding at its end, and its character set."""
    charset = charset_of(value.item)
    delimiters = b"\\^=" if value.vr == "PN" else b"" if value.vr in NEVER_SPLIT else b"\\"
    return decode_text(value.raw.rstrip(PADDING), charset, delimiters), charset


def text_values(value: Value) -> list[str]:
    """Return the values of a text VR as characters; [] for an empty value field."""
    decoded = text(value)[0].value
    if not decoded:
        return []
    return [decoded] if value.vr in NEVER_SPLIT else decoded.split("\\")


def text_controls(value: Value) -> Iterator[Found]:
    """Yield a finding if a text value holds a NUL before its end, or a line end or tab that its VR
    does not allow (PS3.5 6.1.3, Table 6.2-1)."""
    raw = value.raw.rstrip(PADDING)
    what = ""
    if b"\0" in raw:
        what = "it holds a NUL with further bytes behind it"
    elif value.vr not in NEVER_SPLIT:
        number = next((byte for byte in raw if byte in _FORMAT), None)
        what = "" if number is None else f"it holds a {_FORMAT[number]}"
    if what:
        yield Found(value.tag, {"what": what})


def malformed(value: Value, reason: Fault) -> Iterator[Found]:
    """Yield a finding for the first value that does not have the form of its VR.

    `reason` says what is wrong with a value that the pattern of the VR does not match.
    """
    fits = form(value.vr).fullmatch
    yield from faulty(value, ascii_values(value), lambda part: "" if fits(part) else reason(part))


def faulty(value: Value, values: Iterable[bytes], fault: Fault) -> Iterator[Found]:
    """Yield a finding for the first of several values that has a fault; empty ones have none."""
    listed = list(values)
    for number, part in enumerate(listed, 1):
        what = fault(part) if part else ""
        if what:
            subject = "it" if len(listed) == 1 else f"value {number}"
            shown = part[:64].decode("latin-1")
            yield Found(value.tag, {"what": f"{subject} {what}", "value": shown})
            return


def cut_at_limit(value: Value, limit: int) -> bool:
    """Tell whether the last value is as many bytes long as the VR allows characters, or a terminating
    NUL fewer: where a writer that counts bytes cuts."""
    last = value.raw.rstrip(PADDING)
    if value.vr not in NEVER_SPLIT:
        last = last[last.rfind(b"\\") + 1 :]
    if value.vr == "PN" and len(last) > limit:
        last = last[last.rfind(b"=") + 1 :]
    return limit - 1 <= len(last) <= limit


def what_byte(part: bytes, allowed: bytes) -> str:
    """Return a phrase about the first byte of a value that is not one of `allowed`."""
    found = part.lstrip(allowed)
    number = next((byte for byte in found if byte not in allowed), None)
    if number is None:
        return ""
    if 0x21 <= number <= 0x7E:
        return f"holds the character {chr(number)}"
    names = {0: "a NUL", 9: "a tab", 10: "a line feed", 13: "a carriage return", 32: "a space inside"}
    return f"holds {names.get(number, f'the byte {number:02X}H')}"

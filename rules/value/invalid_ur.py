"""A URI or URL holds characters that RFC 3986 does not allow.

## What it does
Checks that the value of an Attribute of VR UR consists of the unreserved and reserved characters of
RFC 3986 and well formed percent-encodings, and does not start with a space. Absolute and relative
references are both fine.

## Why this matters
A link with a raw space, a backslash or an unencoded letter is cut or refused by whatever resolves it.

## Example
Retrieve URL (0008,1190) with the value `http://server/my study`.

## Fix
Percent-encode what RFC 3986 does not allow: `http://server/my%20study`.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.forms import PADDING, form
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value import Value
from dcmlint.value_field import faulty, what_byte

_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ALLOWED = _LETTERS + _LETTERS.lower() + b"0123456789-._~:/?#[]@!$&'()*+,;=%"


def check(value: Value) -> Iterator[Found]:
    """Yield a finding if the value is no URI reference."""
    raw = value.raw.rstrip(PADDING)
    # SelectorURValue holds the values of a list, whatever the VR says of backslashes.
    values = raw.split(b"\\") if value.vm == "1-n" else [raw]
    yield from faulty(value, values, _reason)


def _reason(part: bytes) -> str:
    if form("UR").fullmatch(part):
        return ""
    if part.startswith(b" "):
        return "starts with a space"
    return what_byte(part, _ALLOWED) or "has a percent sign that is not followed by two hexadecimal digits"


RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Table 6.2-1 (UR)",
    message="{attribute} is no valid URI or URL (UR): {what}",
    selects=("UR",),
    check=check,
    by_value=True,
    cases=(
        good(RetrieveURL="https://example.org/studies/1.2.3?accept=a%20b#x"),
        good(RetrieveURL="../relative"),
        good(RetrieveURL=Raw("UR", b"urn:oid:1.2.3   ")),
        good(RetrieveURL=""),
        bad("RetrieveURL", RetrieveURL="http://server/my study"),
        bad("RetrieveURL", RetrieveURL="\\\\server\\share"),
        bad("RetrieveURL", RetrieveURL="http://server/100%"),
        bad("RetrieveURL", RetrieveURL=Raw("UR", b" http://server")),
        bad("RetrieveURL", RetrieveURL=Raw("UR", "http://münchen.example".encode())),
    ),
)

"""Encapsulated Document Length does not fit the document.

## What it does
Compares Encapsulated Document Length (0042,0015), which is the length of the document without the pad byte,
with the value length of Encapsulated Document (0042,0011): the value has as many bytes, or one more.

## Why this matters
Readers cut the document at this length. Too short, a PDF does not open or a surface has a hole; too long,
they read beyond the value.

## Example
Encapsulated Document Length 20480, where the value has 31502 bytes: the document was replaced, its length was
not.

## Fix
Write the number of bytes that the document has before it is padded.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import ENCAPSULATED, value_length
from dcmlint.model import Found
from dcmlint.numbering import integer
from dcmlint.read.item import Instance
from dcmlint.rule import Raw, Rule, bad, good

_DOCUMENT = 0x00420011
_LENGTH = 0x00420015


def check(instance: Instance) -> Iterator[Found]:
    """Yield a length that PS3.3 C.24.2 excludes."""
    declared, length = integer(instance.root, _LENGTH), value_length(instance.root, _DOCUMENT)
    if declared is None or length is None or length == ENCAPSULATED:
        return
    if length not in (declared, declared + (declared & 1)):
        yield Found(_LENGTH, {"declared": declared, "length": length})


def _document(length: int, declared: int | None) -> dict[str, object]:
    return {"EncapsulatedDocument": Raw("OB", bytes(length)), "EncapsulatedDocumentLength": declared}


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.24.2",
    message="{attribute} is {declared}, but EncapsulatedDocument has {length} bytes",
    selects=("EncapsulatedDocumentLength",),
    check=check,
    cases=(
        good(_document(10, 10)),
        good(_document(10, 9)),
        good(_document(10, None)),
        good(_document(0, 10)),
        bad("EncapsulatedDocumentLength", _document(10, 8)),
        bad("EncapsulatedDocumentLength", _document(10, 12)),
    ),
)

"""An Item or Sequence of undefined length has no delimiter.

## What it does
Reports Items that end without Item Delimitation Item, and Sequences and encapsulated Pixel Data that end
without Sequence Delimitation Item.

## Why this matters
The delimiter is all that tells where such an Item ends. Where it is missing, readers put elements that
belong outside into the Item, or run into the end of the file.

## Example
Encapsulated Pixel Data whose last fragment is the end of the file.

## Fix
Write the object again with defined lengths, or with its delimiters.
"""

from __future__ import annotations

from dcmlint.read.encode import encode_data_set, part10
from dcmlint.rule import Case, Rule

_SEQUENCE = b"\x08\x00\x10\x11SQ\0\0\xff\xff\xff\xff"
_ITEM = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
_ITEM_END = b"\xfe\xff\x0d\xe0\0\0\0\0"
_SEQUENCE_END = b"\xfe\xff\xdd\xe0\0\0\0\0"
_CONTENT = encode_data_set({"ReferencedSOPInstanceUID": "1.2.3"})


def _file(*parts: bytes) -> bytes:
    return part10({}) + b"".join(parts)


RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.5 Section 7.5",
    message="{what} of undefined length ends without its delimiter",
    on_bytes=True,
    cases=(
        Case(passes=True, file=lambda: _file(_SEQUENCE, _ITEM, _CONTENT, _ITEM_END, _SEQUENCE_END)),
        Case(passes=True, file=lambda: _file(_SEQUENCE, _SEQUENCE_END)),
        Case(passes=True, file=lambda: part10({"ReferencedStudySequence": [{"PatientID": "1"}]})),
        Case(passes=True, file=lambda: part10({"PixelData": [b"", b"ab"]}, syntax="1.2.840.10008.1.2.5")),
        Case(
            passes=False,
            file=lambda: _file(_SEQUENCE, _ITEM, _CONTENT, _ITEM_END),
            at="ReferencedStudySequence",
        ),
        Case(
            passes=False,
            file=lambda: _file(_SEQUENCE, _ITEM, _CONTENT, _SEQUENCE_END),
            at="ReferencedStudySequence[1]",
        ),
        Case(passes=False, file=lambda: _file(_SEQUENCE, _ITEM, _CONTENT)),
        Case(
            passes=False,
            file=lambda: part10({"PixelData": [b"", b"ab"]}, syntax="1.2.840.10008.1.2.5")[:-8],
            at="PixelData",
        ),
    ),
)

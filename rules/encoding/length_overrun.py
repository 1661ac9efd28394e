"""The length of a Data Element or Item reaches beyond what holds it.

## What it does
Reports a value that is longer than the Item it is in, and an Item that is longer than its Sequence. What
reaches beyond the end of the file is `file/truncated`.

## Why this matters
Either the inner length is wrong or the outer one. Readers that trust the inner one lose their place after
the Sequence; those that trust the outer one cut the value off.

## Example
A Sequence of 120 bytes whose only Item declares 248 bytes.

## Fix
Write the object again through a DICOM library, which computes the lengths.
"""

from __future__ import annotations

from dcmlint.read.encode import encode_data_set
from dcmlint.rule import Raw, Rule, bad, good

_CONTENT = encode_data_set({"ReferencedSOPInstanceUID": "1.2.3"})


def _item(content: bytes, length: int) -> bytes:
    return b"\xfe\xff\x00\xe0" + length.to_bytes(4, "little") + content


RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.5 Section 7.5",
    message="{attribute} reaches {missing} bytes beyond what holds it",
    on_bytes=True,
    cases=(
        good(ReferencedStudySequence=[{"ReferencedSOPInstanceUID": "1.2.3"}], PatientID="1"),
        good(ReferencedStudySequence=Raw("SQ", _item(_CONTENT, len(_CONTENT))), PatientID="1"),
        bad(
            "ReferencedStudySequence",
            ReferencedStudySequence=Raw("SQ", _item(_CONTENT, len(_CONTENT) + 8)),
            PatientID="1",
        ),
        bad(
            "ReferencedStudySequence[1].ReferencedSOPInstanceUID",
            ReferencedStudySequence=Raw("SQ", _item(_CONTENT[:-2], len(_CONTENT) - 2)),
            PatientID="1",
        ),
    ),
)

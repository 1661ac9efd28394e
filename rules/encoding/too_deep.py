"""Sequences are nested deeper than any real object's.

## What it does
Reports Sequences more than 64 levels deep, and a file of more than five million Data Elements. What lies
deeper is not checked.

## Why this matters
No IOD comes near this depth. Such a file is damaged or made to exhaust the stack of a reader that calls
itself for each level.

## Example
A Content Sequence within a Content Sequence, 4,000 times.

## Fix
Find out where the file comes from before opening it with other software.
"""

from __future__ import annotations

from dcmlint.read.encode import part10
from dcmlint.rule import Case, Rule


def _nested(depth: int) -> bytes:
    start = b"\x40\x00\x30\xa7SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    end = b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
    return part10({}) + start * depth + end * depth


RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.5 Section 7.5",
    message="Sequences are nested deeper than {depth} levels; what lies below was not checked",
    on_bytes=True,
    cases=(
        Case(passes=True, file=lambda: _nested(20)),
        Case(passes=True, file=lambda: _nested(64)),
        Case(passes=False, file=lambda: _nested(65)),
        Case(passes=False, file=lambda: _nested(5000)),
    ),
)

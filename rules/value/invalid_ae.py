"""An Application Entity Title holds characters that AE does not allow, or only spaces.

## What it does
Checks that each value of an Attribute of VR AE consists of printable characters of the Default
Character Repertoire and is not made of spaces alone.

## Why this matters
Application Entity Titles are compared byte by byte when associations are made; a title with control
characters or accented letters never matches the one that was configured.

## Example
Source Application Entity Title (0002,0016) with a stray control character in it.

## Fix
Write the title as it is configured: 1 to 16 characters of ISO 646, no control characters. Leave the
value empty if there is no title.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value import Value
from dcmlint.value_field import malformed, what_byte

_ALLOWED = bytes(range(0x20, 0x7F)).replace(b"\\", b"")


def check(value: Value) -> Iterator[Found]:
    """Yield a finding for the first title that AE does not allow."""
    if value.raw and not value.raw.strip(b" "):
        yield Found(value.tag, {"what": "it consists of spaces only"})
        return
    yield from malformed(value, lambda part: what_byte(part, _ALLOWED))


RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Table 6.2-1 (AE)",
    message="{attribute} is no valid Application Entity Title (AE): {what}",
    selects=("AE",),
    check=check,
    by_value=True,
    cases=(
        good(RetrieveAETitle="ARCHIVE"),
        good(RetrieveAETitle=["PACS 1", "PACS-2"]),
        good(StationAETitle=Raw("AE", b" MR1  ")),
        good(StationAETitle=""),
        bad("StationAETitle", StationAETitle=Raw("AE", b"\x13MR")),
        bad("StationAETitle", StationAETitle=Raw("AE", b"M\xdcNCHEN ")),
        bad("StationAETitle", StationAETitle=Raw("AE", b"    ")),
        bad("RetrieveAETitle", RetrieveAETitle=Raw("AE", b"A\\B\x01")),
    ),
)

"""There are bytes after the end of the Data Set.

## What it does
Reports what follows the last Data Element and is none itself. Data Set Trailing Padding (FFFC,FFFC) is
an element, and one pad byte after a deflated stream is required where it would have an odd length:
neither is reported.

## Why this matters
Readers do not agree on what to do: some ignore such bytes, some report a damaged file, and some read them
as elements of group 0000. They may also hide content that no viewer shows, and a checksum covers them.

## Example
512 zero bytes after Pixel Data, left by a copy in blocks.

## Fix
Write the file again through a DICOM library, which leaves them out. Where padding is wanted, write it as
Data Set Trailing Padding.
"""

from __future__ import annotations

from dcmlint.read.encode import part10
from dcmlint.rule import Case, Rule

_ATTRIBUTES = {"SOPInstanceUID": "1.2.3", "PixelData": bytes(20)}
_DEFLATED = "1.2.840.10008.1.2.1.99"

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.10 Section 7.2",
    message="{bytes} bytes follow the end of the Data Set",
    on_bytes=True,
    cases=(
        Case(passes=True, file=lambda: part10(_ATTRIBUTES)),
        Case(passes=True, file=lambda: part10({**_ATTRIBUTES, "DataSetTrailingPadding": bytes(512)})),
        Case(passes=True, file=lambda: part10(_ATTRIBUTES, syntax=_DEFLATED)),
        Case(passes=True, file=lambda: part10(_ATTRIBUTES)[:-1]),
        Case(passes=True, file=lambda: part10(_ATTRIBUTES)[:-25]),
        Case(passes=False, file=lambda: part10(_ATTRIBUTES) + b"\0"),
        Case(passes=False, file=lambda: part10(_ATTRIBUTES) + bytes(512)),
        Case(passes=False, file=lambda: part10(_ATTRIBUTES) + b"\n\r\n"),
        Case(passes=False, file=lambda: part10(_ATTRIBUTES) + b"</html>" * 10),
        Case(passes=False, file=lambda: part10(_ATTRIBUTES, syntax="1.2.840.10008.1.2") + bytes(100)),
        Case(passes=False, file=lambda: part10(_ATTRIBUTES, syntax=_DEFLATED) + bytes(10)),
    ),
)

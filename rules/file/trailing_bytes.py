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

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.read.encode import part10
from dcmlint.rule import Case, Faulty, Fix, Mended, Rule

if TYPE_CHECKING:
    from dcmlint.fix.edit import Patch

_ATTRIBUTES = {"SOPInstanceUID": "1.2.3", "PixelData": bytes(20)}
_DEFLATED = "1.2.840.10008.1.2.1.99"

_PIXEL_DATA = 0x7FE00008
_PADDING = b"\0 \r\n\t\x1a"
_MOST_PADDING = 1 << 26


def fixed(faulty: Faulty) -> Iterator[Patch]:
    """Yield the removal of what follows the end, where no element can be lost.

    That is so after pixel data, which end a Data Set, and where there is nothing but padding.
    """
    from dcmlint.fix.edit import Patch

    root, offset, length = faulty.instance.root, faulty.offset, faulty.length
    if offset is None or not length or offset + length != len(faulty.buf) or root.buf is not faulty.buf:
        return
    is_padding = length <= _MOST_PADDING and not bytes(faulty.buf[offset:]).strip(_PADDING)
    if is_padding or any(tag >= _PIXEL_DATA for tag in root.elements):
        yield Patch(offset, offset + length, b"")


RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.10 Section 7.2",
    message="{bytes} bytes follow the end of the Data Set",
    on_bytes=True,
    fix=Fix(
        True,
        fixed,
        "Leaves them out, after pixel data and where they are zeros or blanks: elsewhere they may be "
        "elements that "
        "could not be read, and stay.",
        (
            Mended(lambda: part10(_ATTRIBUTES) + b"</html>" * 10, lambda: part10(_ATTRIBUTES)),
            Mended(lambda: part10({"Modality": "OT"}) + bytes(512), lambda: part10({"Modality": "OT"})),
        ),
    ),
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

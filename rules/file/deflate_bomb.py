"""The deflated Data Set inflates beyond every reasonable size.

## What it does
Inflates a Data Set in a deflated Transfer Syntax up to 256 MB and stops there. Only the start of such a
Data Set is checked.

## Why this matters
Deflate reaches a ratio of 1000 to 1: a file of a few hundred kilobytes can fill a reader's memory. Images
do not need it; a Data Set of this size is either an attack or better kept uncompressed.

## Example
A file of 300 kB whose Pixel Data inflates to 300 MB of zeros.

## Fix
Do not open the file with other software before its origin is known. Legitimate data of this size belong
in Explicit VR Little Endian or in a compressed Transfer Syntax for images.
"""

from __future__ import annotations

import zlib

from dcmlint.read.encode import encode_data_set, part10
from dcmlint.rule import Case, Raw, Rule

_DEFLATED = "1.2.840.10008.1.2.1.99"


def _bomb() -> bytes:
    start = encode_data_set({"SOPInstanceUID": "1.2.3", "PixelData": Raw("OB", b"")})[:-4]
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    head = deflater.compress(start + (300 << 20).to_bytes(4, "little")) + deflater.flush(zlib.Z_FULL_FLUSH)
    megabyte = deflater.compress(bytes(1 << 20)) + deflater.flush(zlib.Z_FULL_FLUSH)
    return part10({}, meta={"TransferSyntaxUID": _DEFLATED}) + head + megabyte * 300 + deflater.flush()


RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.5 Section A.5",
    message="The deflated Data Set inflates to more than {limit} bytes",
    on_bytes=True,
    cases=(
        Case(passes=True, file=lambda: part10({"PixelData": bytes(1 << 20)}, syntax=_DEFLATED)),
        Case(passes=False, file=_bomb),
    ),
)

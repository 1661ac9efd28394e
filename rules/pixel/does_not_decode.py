"""The pixels do not decode (with `--deep` only).

## What it does
With `dcmlint check --deep` the frames of encapsulated Pixel Data are decoded by what pydicom finds installed
(pillow, pylibjpeg, pyjpegls, python-gdcm), in a process of its own. A frame that all decoders fail on is
an error. A crash of that process, and decoding that takes more than 4096 MB or 60 seconds, is a warning.
Where no decoder is installed for a coding, or none for its precision, nothing is reported; which codings
have no decoder is said once, at the start of the run. Video is not decoded.

## Why this matters
A codestream may have a perfect header and damaged content. Only decoding proves that the image can be seen.

## Example
Frame 12 of a JPEG 2000 object was overwritten in its middle: it cannot be decoded.

## Fix
Get the object again from its source. `python -m pip install 'dcmlint[deep]'` installs decoders.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.5 Section A.4",
    message="{attribute}: {what}",
    selects=("PixelData",),
    on_bytes=True,
)

"""A file is not DICOM at all.

## What it does
Reports an input whose bytes are not those of a DICOM file, whatever its name is: neither the DICM prefix
after a 128-byte preamble, nor the start of a Data Set without them. It is an error for a file named on
the command line (or in a list on standard input), and a note for one met while walking a folder. An
empty file is reported here too. `--skip-non-dicom` passes over such files quietly; they are still
counted.

## Why this matters
A text or JPEG file with the name of an image is often the trace of a failed export or an interrupted
transfer, and an application that trusts the name will fail on it.

## Example
`Not a DICOM file: JPEG image`

## Fix
Remove the file, or replace it by the SOP Instance that was to be there. To check a folder of mixed
content, use `--skip-non-dicom`.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="note",
    scope="file",
    citation="PS3.10 Section 7.1",
    message="Not a DICOM file: {what}",
    on_bytes=True,
)

"""A name, an ID, a date or another identifier is in text of the output.

## What it does
`dcmlint deid verify --against` looks for identifiers of the originals (names in any order and script, IDs,
dates, addresses, telephone numbers, e-mail addresses) everywhere in the outputs: text, private Attributes,
nested Items, names of files and folders, the preamble, padding, trailing bytes, comments in codestreams,
ICC profiles, PDF documents, raw bytes, and with `--ocr` in what is read in the pixels. Without originals it
tells what looks like an identifier, with its confidence: high is an error, medium a warning, low a note. No
value is shown, only its kind and place.

## Why this matters
People write names into whatever field there is, and de-identification by Attribute does not see them.

## Example
`the value holds a name of the originals (confidence high)`

## Fix
Clean or remove what is named. [deid-verification.md](../../deid-verification.md) has what is found, and
what is not.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.15 E.1",
    message="{what} {how}",
    on_bytes=True,
)

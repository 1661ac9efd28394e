"""A UID of the originals is in the output.

## What it does
`dcmlint deid verify --against` reports UIDs of the originals that are in Attributes which the profile gives
new UIDs (action U), and in any other text. UIDs that PS3.6 registers are not meant. Nothing is told with
the option `rtn-uids`.

## Why this matters
Who has access to the archive finds the patient by the UID at once.

## Example
`a UID of the originals is here`

## Fix
Replace UIDs, the same one by the same one in all files, those in references and in private Attributes too.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.15 E.3.9",
    message="{how} is here",
    on_bytes=True,
)

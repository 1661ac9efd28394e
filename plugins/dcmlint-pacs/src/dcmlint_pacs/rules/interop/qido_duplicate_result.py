"""One search has several results with the same unique key.

## What it does
Reports a DICOMweb server whose answer to one search (QIDO-RS) has the same Study, Series or SOP Instance UID
in several results. The first one is used.

## Why this matters
The unique key stands for the entity in every request that follows. Two entities behind one key cannot be
retrieved apart; some servers then refuse to retrieve either. It comes about where objects of one Study
have different patients.

## Example
`The server gives the same result twice: study results with the same StudyInstanceUID (once)`

## Fix
Correct the Patient ID of the objects of that Study, or give the one of them that was mistaken new UIDs.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="warning",
    scope="file",
    citation="PS3.4 Section C.2.2.1.1",
    message="The server gives the same result twice: {reason}",
    on_bytes=False,
)

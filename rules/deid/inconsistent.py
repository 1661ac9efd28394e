"""Outputs do not hang together as their originals did.

## What it does
`dcmlint deid verify --against` reports that one patient, Study, Series or Frame of Reference of the
originals has several values in the outputs, or several have one; that references which led to another file
of the originals lead nowhere; that dates of one patient were shifted by different numbers of days; and, as
a note, that it could not tell which original a file was made from. With `--log`, that an output (a warning),
an original or a SOP Instance UID is not the one of the audit log, and, as a note, that no record is about an
output or that its original is not there.
A dummy that many patients share, such as "anonymous", merges nobody.

## Why this matters
Data that was torn apart cannot be used, and patients who became one are a danger to the study.

## Example
`one patient of the originals has several values here`

## Fix
De-identify all files of a patient with the same key or table of pairs.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.15 E.1, E.3.6, E.3.9",
    message="{how}",
    on_bytes=True,
)

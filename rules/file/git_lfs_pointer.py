"""A Git LFS pointer stands where the file should be.

## What it does
Reports a file that holds the pointer by which Git Large File Storage stands in for large files, not the
SOP Instance itself, which was therefore not checked. It is an error for a file named on the command line
(or in a list on standard input), and a warning for one met while walking a folder. `--skip-non-dicom`
does not hide it: then it is a warning for both.

## Why this matters
A clone without Git LFS has a pointer of some 130 bytes in the place of each image. A check of such a clone
in CI would find nothing wrong with any image, because it saw none.

## Example
`A Git LFS pointer stands here: the file itself was not checked`

## Fix
Install Git LFS and run `git lfs pull` before the check; in CI, have the checkout fetch LFS files (`lfs: true`
for actions/checkout).
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="warning",
    scope="file",
    citation="PS3.10 Section 7.1",
    message="A Git LFS pointer stands here: the file itself was not checked",
    on_bytes=True,
)

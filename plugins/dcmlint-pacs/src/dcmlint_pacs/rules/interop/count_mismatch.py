"""Counts in search results disagree with what is there.

## What it does
Reports a DICOMweb server whose results, or a DIMSE peer whose answers, say another Number of Study Related
Instances or Number of Series Related Instances than it lists; of a DICOMweb server also another Number of
Study Related Series, and metadata of a Series that are of other instances than a search for them finds. A
count that does not agree is asked for once more: where it has changed meanwhile, because objects are being
stored, nothing is told.

## Why this matters
Clients use the counts to know whether they have a whole Study. With wrong ones they wait for ever, or take
a part for the whole.

## Example
`The peer counts wrongly: NumberOfSeriesRelatedInstances is not the number of instances (once)`

## Fix
Let the archive count anew (many have a command for that), and look for objects that its index or its storage
has lost.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.4 Section C.3.4",
    message="The peer counts wrongly: {reason}",
    on_bytes=False,
)

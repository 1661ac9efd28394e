"""A file below the folder of a DICOMDIR is not in it.

## What it does
Looks at the instances below the folder of a DICOMDIR that lists at least one of them, for those that no
record names. What is below the folder of another DICOMDIR, deeper down, is left to that one.

## Why this matters
What is not in the directory is not there for viewers that open the medium by it.

## Example
A report was copied to the medium after its DICOMDIR had been written.

## Fix
Write the DICOMDIR again, or move the file elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.rule import Rule, bad_group, good_group

if TYPE_CHECKING:
    from dcmlint.group import Group, Member


def check(group: Group) -> Iterator[tuple[Member, Found]]:
    """Yield the instances that no directory of the group lists."""

    from dcmlint.directories import listings
    from dcmlint.facts import DIRECTORY
    from dcmlint.group import directory_of, is_below

    listed: set[str] = set()
    for listing in listings(group):
        files = (listing.file_of(record) for record in listing.directory.facts.records)
        listed.update(file.file for file in files if file is not None)
    own = [
        folder for member in group.members if (folder := directory_of(member.file, member.facts)) is not None
    ]
    deeper = [folder for folder in own if len(folder) > min(map(len, own))]
    for member in group.members if listed else ():
        if member.file in listed or member.facts.sop_class_uid == DIRECTORY:
            continue
        if not any(is_below(member.file, folder) for folder in deeper):
            yield member, Found()


_DIRECTORY = {
    "SOPClassUID": "1.2.840.10008.1.3.10",
    "DirectoryRecordSequence": [{"ReferencedFileID": "A"}],
}
_A = {"SOPInstanceUID": "1.2.3.1"}
_B = {"SOPInstanceUID": "1.2.3.2"}

RULE = Rule(
    severity="note",
    scope="group",
    citation="PS3.10 Section 8.6",
    message="The file is not in the DICOMDIR of the folder above",
    over=("directory",),
    check=check,
    cases=(
        good_group(files={"DICOMDIR": _DIRECTORY, "A": _A}),
        good_group(files={"DICOMDIR": _DIRECTORY, "B": _B}),
        good_group(files={"x/DICOMDIR": _DIRECTORY, "x/A": _A, "B": _B}),
        good_group(files={"DICOMDIR": _DIRECTORY, "A": _A, "x/DICOMDIR": {**_DIRECTORY}, "x/A": _B}),
        bad_group("B", "", files={"DICOMDIR": _DIRECTORY, "A": _A, "B": _B}),
    ),
)

"""A DICOMDIR lists a file that is not there.

## What it does
Looks for the file that each Directory Record names, in the folder of the DICOMDIR: among the inputs, and on
disk. Upper and lower case do not count, since many systems show the names of media in lower case. Objects of
an object store or an archive are not looked for. If no file is there, that is said once.

## Why this matters
A viewer that opens the medium shows an image in its list that it cannot load, or stops importing there.

## Example
Files of a study were deleted from an export folder by hand.

## Fix
Write the File-set again with the tool that made it, so that DICOMDIR and files agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.rule import Rule, bad_group, good_group

if TYPE_CHECKING:
    from dcmlint.group import Group, Member


_RECORDS = 0x00041220
_FILE_ID = 0x00041500


def check(group: Group) -> Iterator[tuple[Member, Found]]:
    """Yield the records whose file is not there, or once that none is."""

    from dcmlint.directories import listings
    from dcmlint.group import Place

    for listing in listings(group):
        directory = listing.directory
        records = directory.facts.records
        gone = [record for record in records if not listing.is_there(record)]
        if len(gone) == len(records) > 1:
            yield directory, Found(_RECORDS, {"what": f"lists {len(gone)} files, and none of them is there"})
            continue
        for record in gone:
            place = Place((_RECORDS, record.number))
            yield directory, Found(_FILE_ID, {"what": "names a file that is not there"}, place)


_DIRECTORY: dict[str, object] = {
    "SOPClassUID": "1.2.840.10008.1.3.10",
    "DirectoryRecordSequence": [
        {"ReferencedFileID": ["NO_SUCH_FOLDER", "A"], "ReferencedSOPInstanceUIDInFile": "1.2.3.1"},
        {"ReferencedFileID": ["NO_SUCH_FOLDER", "B"], "ReferencedSOPInstanceUIDInFile": "1.2.3.2"},
    ],
}
_A: dict[str, object] = {"SOPInstanceUID": "1.2.3.1"}
_B: dict[str, object] = {"SOPInstanceUID": "1.2.3.2"}

RULE = Rule(
    severity="error",
    scope="group",
    citation="PS3.10 Section 8.6; PS3.3 Section F.3.2.2",
    message="{attribute} {what}",
    over=("directory",),
    check=check,
    cases=(
        good_group(files={"DICOMDIR": _DIRECTORY, "NO_SUCH_FOLDER/A": _A, "NO_SUCH_FOLDER/B": _B}),
        good_group(files={"x/dicomdir": _DIRECTORY, "x/no_such_folder/a": _A, "x/no_such_folder/b": _B}),
        good_group(files={"s3://x/DICOMDIR": _DIRECTORY}),
        bad_group(
            "DICOMDIR",
            "DirectoryRecordSequence[2].ReferencedFileID",
            files={"DICOMDIR": _DIRECTORY, "NO_SUCH_FOLDER/A": _A},
        ),
        bad_group("DICOMDIR", "DirectoryRecordSequence", files={"DICOMDIR": _DIRECTORY}),
    ),
)

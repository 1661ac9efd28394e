"""What a DICOMDIR lists, and which of the files below its folder that is (PS3.10 8.6)."""

# ruff: noqa: PTH110
# Strings: paths may be of another system, and as many as a medium has files.
from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from dcmlint.group import Group, Member, directory_of
from dcmlint.references import Record
from dcmlint.source.dicomdir import on_medium

__all__ = ["Listing", "listings"]


class Listing(NamedTuple):
    """A DICOMDIR, its folder, and the members below the folder by their name there, in upper case."""

    directory: Member
    folder: str
    files: Mapping[str, Member]
    names: dict[str, dict[str, str]]
    """What is in the folders that were looked at, for `is_there`."""

    def is_there(self, record: Record) -> bool:
        """Tell whether the file of a record is among the members, or on disk; that of another place is taken
        to be there."""
        if self.file_of(record) is not None or "://" in self.folder:
            return True
        return os.path.exists(on_medium(self.folder, tuple(record.file.split("/")), self.names))

    def file_of(self, record: Record) -> Member | None:
        """Return the member that a record names, None if it is not among them."""
        return self.files.get(record.file.upper())


def listings(group: Group) -> Sequence[Listing]:
    """Return the DICOMDIRs of a group that lie highest, with the members below."""
    found: Sequence[Listing] | None = group.memo.get("listings")
    if found is None:
        found = group.memo["listings"] = list(_listings(group.members))
    return found


def _listings(members: Sequence[Member]) -> Iterator[Listing]:
    folders = [(member, directory_of(member.file, member.facts)) for member in members]
    found = [(member, folder) for member, folder in folders if folder is not None]
    highest = min((len(folder) for _, folder in found), default=0)
    files: dict[str, Mapping[str, Member]] = {}
    names: dict[str, dict[str, str]] = {}
    for member, folder in found:
        if len(folder) == highest:
            if folder not in files:
                files[folder] = _below(members, folder)
            yield Listing(member, folder, files[folder], names)


def _below(members: Iterable[Member], folder: str) -> dict[str, Member]:
    start = len(folder) + 1 if folder and not folder.endswith("/") else len(folder)
    return {_name(member.file[start:]): member for member in members}


def _name(path: str) -> str:
    """Return a path as a File ID would have it: no version number of ISO 9660, no dot without an ending."""
    return path.replace("\\", "/").upper().partition(";")[0].removesuffix(".")

"""A medium with a DICOMDIR (PS3.10 8, PS3.3 F): the files that its records refer to."""

# ruff: noqa: PTH110, PTH118, PTH120, PTH208
# Strings: names need not be valid text.
from __future__ import annotations

import os
from collections.abc import Iterator

from dcmlint.errors import UnreadableError
from dcmlint.read.item import Item
from dcmlint.read.opener import looks_like_dicom, read_instance
from dcmlint.source import Entry
from dcmlint.source.blob import open_blob

__all__ = ["medium", "on_medium"]

_DIRECTORY_RECORDS = 0x00041220
_REFERENCED_FILE_ID = 0x00041500


def medium(path: str) -> Iterator[Entry]:
    """Yield the DICOMDIR at `path`, then each file that it refers to, once, in the order of its records.

    A file that is not there is none: dicomdir/missing-file says it of the DICOMDIR. A Referenced File ID that
    leads out of the medium is an entry with a problem.
    """
    yield Entry(path, named=True)
    folder = os.path.dirname(path)
    root = os.path.realpath(folder or ".")
    names: dict[str, dict[str, str]] = {}
    for parts in _file_ids(path):
        if problem := _problem(parts):
            yield Entry(os.path.join(folder, *(_harmless(part) for part in parts)), problem=problem)
            continue
        found = on_medium(folder, parts, names)
        if not os.path.realpath(found).startswith(os.path.join(root, "")):
            yield Entry(found, problem="a symbolic link in it leads out of the medium")
            continue
        if os.path.lexists(found):
            yield Entry(found)


def _file_ids(path: str) -> Iterator[tuple[str, ...]]:
    """Yield the Referenced File IDs of a DICOMDIR, each once; none of what is no DICOMDIR."""
    try:
        blob = open_blob(path)
    except UnreadableError:
        return  # the entry of the DICOMDIR itself says so
    try:
        if not looks_like_dicom(bytes(blob.buf[:1024])):
            return
        instance = read_instance(blob.buf)
        found = [_parts(record) for record in instance.items(_DIRECTORY_RECORDS) or ()]
        instance.close()
    finally:
        blob.close()
    yield from dict.fromkeys(parts for parts in found if parts)


def _parts(record: Item) -> tuple[str, ...]:
    """Return the components of a Referenced File ID: () if it is absent or empty."""
    raw = record.raw(_REFERENCED_FILE_ID) or b""
    parts = tuple(os.fsdecode(part.strip(b" \0")) for part in raw.split(b"\\"))
    return parts if any(parts) else ()


def _problem(parts: tuple[str, ...]) -> str:
    if any(part in ("", ".", "..") or "/" in part or os.sep in part or "\0" in part for part in parts):
        return "the Referenced File ID is no path on the medium (PS3.10 8.2)"
    return ""


def _harmless(part: str) -> str:
    return part.replace("/", "%2F").replace("\0", "%00").replace("..", "%2E%2E") or "%"


def on_medium(folder: str, parts: tuple[str, ...], names: dict[str, dict[str, str]]) -> str:
    """Return the path of a file on the medium: as it is said, or else as it is there in other letters.

    `names` keeps what is in the folders that were looked at. File systems of media keep names in lower case,
    or with the version that ISO 9660 adds (";1").
    """
    said = os.path.join(folder, *parts)
    if os.path.exists(said):
        return said
    found = folder
    for part in parts:
        if found not in names:
            names[found] = _names(found)
        there = names[found].get(part.upper())
        if there is None:
            return said
        found = os.path.join(found, there)
    return found


def _names(folder: str) -> dict[str, str]:
    try:
        there = sorted(os.listdir(folder or "."))
    except OSError:
        return {}
    return {name.upper().removesuffix(";1").removesuffix("."): name for name in there}

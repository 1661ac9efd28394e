"""What travels between a scan and its store. Small and picklable: results cross from worker processes."""

from __future__ import annotations

import os
from typing import NamedTuple

from dcmlint.report.shown import Line

__all__ = ["ARCHIVE", "REFERS", "About", "Checked", "Known", "Place", "path_of_text", "text_of_path"]

ARCHIVE = "archive"
"""The kind of an object that is there for its members, which are objects of their own."""

REFERS = "refers"
"""The scope of what is no group: the studies to instances of which an instance refers."""

_ESCAPE = "\uf700"
"""A character of private use that stands before a byte of a name that is no text."""


class About(NamedTuple):
    """What a store knows of an Instance besides its findings; "" where the Instance does not say.

    `patient` is a hash. `month` is YYYY-MM of the Study Date. `content` is a hash of the bytes before the
    pixels.
    """

    series_uid: str = ""
    study_uid: str = ""
    frame_of_reference_uid: str = ""
    patient: str = ""
    modality: str = ""
    manufacturer: str = ""
    model: str = ""
    station: str = ""
    month: str = ""
    content: str = ""


class Checked(NamedTuple):
    """What came of reading one object.

    `kind` is instance, not-dicom, unreadable or ARCHIVE. `keys` are the groups that it is in, as (scope,
    key), and what it refers to.
    """

    kind: str
    identity: str = ""
    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    about: About = About()
    facts: bytes = b""
    lines: tuple[Line, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    failed: bool = False


class Known(NamedTuple):
    """What the store has of an object that was met before; `is_there` is False if it was gone last time."""

    id: int
    size: int
    mtime_ns: int
    inode: int
    etag: str
    kind: str
    content: str
    checked_run: int
    is_there: bool


class Place(NamedTuple):
    """Where an object is and what tells whether it has changed. `mtime_ns` is 0 if that cannot be told."""

    folder_id: int
    folder: str
    name: str
    size: int
    mtime_ns: int
    inode: int
    etag: str = ""


def text_of_path(path: str) -> str:
    """Return a path as text that any database takes; names that are no text keep apart."""
    if path.isascii():
        return path
    if _ESCAPE in path:
        path = path.replace(_ESCAPE, _ESCAPE + _ESCAPE)
    try:
        path.encode()
    except UnicodeEncodeError:
        return "".join(
            f"{_ESCAPE}{ord(char) - 0xDC00:02x}" if "\udc80" <= char <= "\udcff" else char for char in path
        )
    return path


def path_of_text(text: str) -> str:
    """Return the path that `text_of_path` made the text of."""
    if _ESCAPE not in text:
        return text
    first, *rest = text.split(_ESCAPE)
    parts = [first]
    pieces = iter(rest)
    for piece in pieces:
        if piece[:1] == "":
            parts.append(_ESCAPE + next(pieces, ""))
        else:
            parts.append(os.fsdecode(bytes([int(piece[:2], 16)])) + piece[2:])
    return "".join(parts)

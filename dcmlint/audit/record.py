"""What a writer gives to the audit log, and what it gets back from one that is continued."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

__all__ = ["About", "Done", "EditRecord", "FileRecord", "Status", "Summary", "named_actor"]

Status = Literal["done", "unchanged", "refused", "failed"]
"""What became of a file: a result was written; nothing was to be changed and the result is a copy, or none;
it was not to be changed (a signature); it could not be."""


class About(NamedTuple):
    """What a log says of the whole run. It stands in clear: no secret, no value of any file.

    `command` is what was run ("deid apply", "fix"), `policy` the text that the edits follow from, `profile`
    its short name, `options` what else decides the result, `actor` who or what ran it, `version` that of
    dcmlint. With `keeps_paths` the log has paths of files in clear, with `keeps_identifiers` the encrypted
    paths and SOP Instance UIDs of originals and results.
    """

    command: str
    policy: str
    version: str
    profile: str = ""
    options: Mapping[str, str] = {}
    actor: str = ""
    keeps_paths: bool = False
    keeps_identifiers: bool = False


def named_actor(name: str | None) -> str:
    """Return the name that was given, else the login name, "" where the system has none."""
    if name is not None:
        return name
    from getpass import getuser

    try:
        return getuser()
    except (ImportError, KeyError, OSError):
        return ""


class FileRecord(NamedTuple):
    """One file: `path` and `result` are relative to the folders of originals and results, with "/".

    `before` and `after` are the SHA-256 of both files in hexadecimal, `after` "" where no result was written,
    and `before` "" where the file could not be read. `result` "" means the same path. `reason` says why there
    is no result, in words of the tool: never a value. `exceptions` are what an IRB should know of the file,
    in the same kind of words.
    """

    path: str
    sop_instance_uid: str
    before: str
    after: str
    status: Status = "done"
    reason: str = ""
    result: str = ""
    new_sop_instance_uid: str = ""
    exceptions: tuple[str, ...] = ()


class EditRecord(NamedTuple):
    """One edit of one Data Element; the log keeps of `old` and `new` a keyed hash.

    `path` is the Attribute's, such as "(0008,1140)[1](0008,1155)", `tag` its last part, `clause` the rule or
    the row or clause of the profile that asked for it. None is absent, b"" is zero length. Values are what
    `dcmlint.audit.values.value_of` gives.
    """

    path: str
    tag: str
    action: str
    clause: str
    old: bytes | memoryview | None
    new: bytes | memoryview | None


class Done(NamedTuple):
    """What a log says of a file that it has: SHA-256 before and after, what became of it, and the keyed hash
    of its result's path."""

    before: str
    after: str
    status: Status
    result: str


class Summary(NamedTuple):
    """What a closed log comes to: records before the closing one, the hash of the last, files and edits."""

    records: int
    head: str
    files: int
    edits: int

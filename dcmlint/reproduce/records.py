"""The records that a file made again would have, held against those of the log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dcmlint.audit.key import AuditKey
from dcmlint.audit.keyed import path_hash, uid_hash, value_hash
from dcmlint.audit.record import EditRecord, FileRecord
from dcmlint.audit.verify import Unit

__all__ = ["differences"]


def differences(unit: Unit, file: FileRecord, edits: Sequence[EditRecord], key: AuditKey) -> Iterator[str]:
    """Yield, without a value, what records made again have otherwise than the log; of edits the first."""
    logged = unit.file
    result = path_hash(key, file.result or file.path) if file.after else None
    if (file.status, file.reason) != (logged["status"], logged["reason"]):
        then = _became(logged["status"], logged["reason"])
        yield f"it was {then}, and is {_became(file.status, file.reason)}"
    told = (
        (file.before, logged["before"], "the SHA-256 of the original"),
        (file.after, logged["after"], "the SHA-256 of the result"),
        (result, logged["result"], "the path of the result"),
        (uid_hash(key, file.sop_instance_uid), logged["uid"], "the SOP Instance UID"),
        (list(file.exceptions), logged["exceptions"], "what is to be known of the file"),
    )
    for now, before, what in told:
        if now != before:
            yield f"{what} is another"
    yield from _edits(unit, edits, key)


def _became(status: str, reason: str) -> str:
    return f"{status} ({reason})" if reason else status


def _edits(unit: Unit, edits: Sequence[EditRecord], key: AuditKey) -> Iterator[str]:
    for (line, logged), edit in zip(unit.edits, edits, strict=False):
        fields = _fields(edit, logged["file"], key)
        others = [name for name, value in fields.items() if logged[name] != value]
        if others:
            yield f"the edit of line {line}, {logged['path']}, has another {', '.join(others)}"
            break
    if len(edits) != len(unit.edits):
        yield f"there are {len(edits)} edits, and {len(unit.edits)} in the log"


def _fields(edit: EditRecord, file: str, key: AuditKey) -> dict[str, Any]:
    """Return the fields of a record of an edit, but for those that all of a file share."""
    values = (("old", edit.old), ("new", edit.new))
    hashes = {
        side: None if value is None else value_hash(key, side, file, edit.path, value)
        for side, value in values
    }
    return {"path": edit.path, "tag": edit.tag, "action": edit.action, "clause": edit.clause, **hashes}

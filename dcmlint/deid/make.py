"""What becomes of one file: its record, its edits, the bytes of its result, and the name that this gets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple, Protocol

from dcmlint.audit.key import AuditKey
from dcmlint.audit.record import EditRecord, FileRecord
from dcmlint.audit.values import edit_records, patch_record
from dcmlint.deid.decisions import Decisions
from dcmlint.deid.instance import Changes, Deidentifier
from dcmlint.deid.policy import Policy
from dcmlint.deid.profile import Profile
from dcmlint.deid.pseudonym import Pseudonyms
from dcmlint.deid.walk import NotSafeError
from dcmlint.errors import FixError
from dcmlint.fix.splice import spliced
from dcmlint.read.item import Instance
from dcmlint.read.opener import looks_like_dicom, read_instance

__all__ = ["NOTHING_TAKEN", "Made", "Taken", "deidentifier_of", "made", "named", "refused"]

_NOT_DICOM = "It is no DICOM file."
_SAME_OBJECT = "It is the same as another file of this run."


class Taken(Protocol):
    """What there are results of already, such as `dcmlint.audit.log.AuditLog`."""

    def has_result(self, path: str) -> bool:
        """Tell whether a result has this relative path."""

    def has_original(self, sha256: str) -> bool:
        """Tell whether there is a result of a file of these bytes."""


class _Nothing:
    def has_result(self, path: str) -> bool:
        return False

    def has_original(self, sha256: str) -> bool:
        return False


NOTHING_TAKEN: Taken = _Nothing()
"""For who does not know of other results: `named` says later what the name is."""


class Made(NamedTuple):
    """What becomes of one file: its record, without `after`; the bytes of the result in chunks; its edits."""

    record: FileRecord
    chunks: Iterable[Any] = ()
    edits: Sequence[EditRecord] = ()
    instance: Instance | None = None

    def close(self) -> None:
        """Let go of what was read of the file."""
        if self.instance is not None:
            self.instance.close()


def deidentifier_of(
    profile: Profile, policy: Policy, key: AuditKey, *, break_signatures: bool
) -> Deidentifier:
    """Return what de-identifies under a profile, a policy and a key."""
    pseudonyms = Pseudonyms(key.derived("deid pseudonyms"), policy.uid_root, policy.shift_days)
    return Deidentifier(Decisions(profile, policy), pseudonyms, break_signatures=break_signatures)


def made(deidentifier: Deidentifier, taken: Taken, relative: str, buf: Any) -> Made:
    """Return what becomes of a file; its result gets a relative path that is not taken."""
    before = hashlib.sha256(buf).hexdigest()
    if not looks_like_dicom(bytes(buf[:4096])):
        return Made(FileRecord(relative, "", before, "", "refused", _NOT_DICOM))
    instance = read_instance(buf)
    record = FileRecord(relative, instance.sop_instance_uid, before, "")
    try:
        changes = deidentifier.changes(buf, instance)
        record = record._replace(new_sop_instance_uid=changes.new_sop_instance_uid)
        record = record._replace(result=named(deidentifier, taken, record, changes.name))
        chunks = spliced(buf, changes.edits, changes.patches, instance=instance)
    except (NotSafeError, FixError) as error:
        instance.close()
        return Made(refused(record, str(error)))
    record = record._replace(exceptions=changes.exceptions)
    return Made(record, chunks, _records(buf, instance, changes), instance)


def refused(record: FileRecord, reason: str) -> FileRecord:
    """Return the record of a file that could be read and gets no result."""
    none = FileRecord(record.path, record.sop_instance_uid, record.before, "")
    return none._replace(status="refused", reason=reason)


def named(deidentifier: Deidentifier, taken: Taken, record: FileRecord, name: PurePosixPath) -> str:
    """Return the relative path of a result that wants `name`, by the SHA-256 and the new UID in its record.

    Another object of the same UID gets part of its hash as well. What this returned where nothing was taken
    can be given again as `name`. Raises NotSafeError if there is a result of the same bytes.
    """
    before, path = record.before, str(name)
    if not record.new_sop_instance_uid:
        path = str(name.with_name(f"no-uid-{deidentifier.name_of(before)}.dcm"))
    elif taken.has_result(path):
        path = str(name.with_name(f"{name.stem}-{deidentifier.name_of(before)}.dcm"))
    if taken.has_original(before) or taken.has_result(path):
        raise NotSafeError(_SAME_OBJECT)
    return path


def _records(buf: Any, instance: Instance, changes: Changes) -> list[EditRecord]:
    patches = (
        patch_record(buf, (patch.start, patch.end), patch.content, patch.rule) for patch in changes.patches
    )
    return [*edit_records(instance, changes.edits), *patches]

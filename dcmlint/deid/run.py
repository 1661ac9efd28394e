"""One `dcmlint deid apply`: every file of a folder de-identified into another folder, with an audit log."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from dcmlint.audit.key import AuditKey, load_key
from dcmlint.audit.log import AuditLog
from dcmlint.audit.record import About, EditRecord, FileRecord
from dcmlint.audit.values import edit_records, patch_record
from dcmlint.deid.batch import Batch
from dcmlint.deid.decisions import Decisions
from dcmlint.deid.instance import Changes, Deidentifier
from dcmlint.deid.policy import Policy, load_policies
from dcmlint.deid.profile import Profile, parse_profile
from dcmlint.deid.pseudonym import Pseudonyms
from dcmlint.deid.walk import NotSafeError
from dcmlint.errors import FixError, UnreadableError, UsageError
from dcmlint.fix.splice import spliced
from dcmlint.fix.write import remove_parts, write_new
from dcmlint.read.item import Instance
from dcmlint.read.opener import looks_like_dicom, read_instance
from dcmlint.source import Blob
from dcmlint.source.paths import Paths

__all__ = [
    "KEY_VARIABLE",
    "Made",
    "Outcome",
    "Request",
    "Taken",
    "apply",
    "deid_key",
    "deidentifier_of",
    "made",
]

KEY_VARIABLE = "DCMLINT_DEID_KEY"
"""The environment variable that holds the key where no file is named."""

_NOT_DICOM = "It is no DICOM file."
_EARLIER = "An earlier run did not: its audit log says why."
_SAME_OBJECT = "It is the same as another file of this run."


class Request(NamedTuple):
    """What was asked for: folders, profile and options as they were given."""

    source: str
    output: str
    profile: str = "basic"
    policies: tuple[str, ...] = ()
    key_file: str = ""
    log: str = ""
    actor: str = ""
    break_signatures: bool = False
    keeps_paths: bool = False
    keeps_identifiers: bool = False


class Outcome(NamedTuple):
    """What became of the files: written, written by an earlier run, and (path, reason) of the others.

    `exceptions` counts the files that were written by what is to be known of them.
    """

    written: int
    before: int
    refused: tuple[tuple[str, str], ...]
    log: str
    exceptions: Mapping[str, int] = {}


class Taken(Protocol):
    """What there are results of already, such as `dcmlint.audit.log.AuditLog`."""

    def has_result(self, path: str) -> bool:
        """Tell whether a result has this relative path."""

    def has_original(self, sha256: str) -> bool:
        """Tell whether there is a result of a file of these bytes."""


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


class _Run(NamedTuple):
    deidentifier: Deidentifier
    output: Path
    log: AuditLog
    batch: Batch
    exceptions: Counter[str]


def deid_key(key_file: str) -> AuditKey:
    """Return the key from the file or from DCMLINT_DEID_KEY; raises UsageError, never with the key in it."""
    key = load_key(key_file) if key_file else None
    if key is None and (text := os.environ.get(KEY_VARIABLE, "")):
        key = AuditKey(os.fsencode(text).rstrip())
    if key is None:
        hint = (
            f"Name a file with --key-file, or set {KEY_VARIABLE}. Make one with: openssl rand -hex 32 > FILE"
        )
        raise UsageError("De-identification needs a key, for new UIDs and for its audit log.", hint)
    return key


def apply(request: Request, told: Callable[[str, str], None]) -> Outcome:
    """De-identify every DICOM file of the source into the output folder.

    `told` hears of each file that is not written, and why. A run that was ended is continued from its log.
    Raises UsageError for what cannot be begun.
    """
    profile, policy = parse_profile(request.profile), load_policies(request.policies)
    _fit_together(profile, policy)
    key = deid_key(request.key_file)
    output = _output(request)
    log_path = request.log or f"{output}.audit.jsonl"
    if not Path(log_path).exists() and output.is_dir() and any(output.iterdir()):
        raise UsageError(f"{output} is not empty, and no audit log says that it is of this run.")
    deidentifier = deidentifier_of(profile, policy, key, break_signatures=request.break_signatures)
    output.mkdir(parents=True, exist_ok=True)
    with AuditLog.open(log_path, _about(request, profile, policy), key) as log:
        for folder in [output, *(path for path in output.rglob("*") if path.is_dir())]:
            remove_parts(folder)
        run = _Run(deidentifier, output, log, Batch(log, str(output)), Counter())
        return _all(run, request, told)._replace(log=log_path)


def deidentifier_of(
    profile: Profile, policy: Policy, key: AuditKey, *, break_signatures: bool
) -> Deidentifier:
    """Return what de-identifies under a profile, a policy and a key."""
    pseudonyms = Pseudonyms(key.derived("deid pseudonyms"), policy.uid_root, policy.shift_days)
    return Deidentifier(Decisions(profile, policy), pseudonyms, break_signatures=break_signatures)


def _all(run: _Run, request: Request, told: Callable[[str, str], None]) -> Outcome:
    written, before, refused = 0, 0, []
    for path, relative in _inputs(request.source):
        done = run.log.done(relative)
        if done is not None and done.after:
            before += 1
            continue
        reason = _one(run, path, relative) if done is None else _EARLIER
        if reason:
            refused.append((path, reason))
            told(path, reason)
        else:
            written += 1
    run.batch.flush()
    return Outcome(written, before, tuple(refused), "", run.exceptions)


def _inputs(source: str) -> Iterator[tuple[str, str]]:
    """Yield (path, relative path) of every file; a DICOMDIR and archives are inputs of their own."""
    folder = source if Path(source).is_dir() else str(Path(source).parent)
    if folder == source:
        for entry in Paths(archives="none").entries(source):
            yield entry.path, os.path.relpath(entry.path, folder).replace(os.sep, "/")
    else:
        yield source, Path(source).name


def _one(run: _Run, path: str, relative: str) -> str:
    """Write and record one file; return why it was not written, "" if it was."""
    try:
        blob = _opened(path)
    except UnreadableError as error:
        run.batch.record(FileRecord(relative, "", "", "", "failed", str(error)))
        return str(error)
    try:
        return _object(run, path, relative, blob)
    finally:
        blob.close()


def _opened(path: str) -> Blob:
    from dcmlint.source.blob import open_blob

    return open_blob(path)


def _object(run: _Run, path: str, relative: str, blob: Blob) -> str:
    with closing(made(run.deidentifier, run.log, relative, blob.buf)) as found:
        record = found.record
        if record.status == "done":
            result, source = run.output / record.result, Path(path)
            after = write_new(result, found.chunks, source, unflushed=run.batch.unflushed)
            record = record._replace(after=after)
            run.exceptions.update(record.exceptions)
        run.batch.record(record, found.edits)
        return record.reason


def made(deidentifier: Deidentifier, taken: Taken, relative: str, buf: Any) -> Made:
    """Return what becomes of a file; its result gets a relative path that is not taken."""
    before = hashlib.sha256(buf).hexdigest()
    if not looks_like_dicom(bytes(buf[:4096])):
        return Made(FileRecord(relative, "", before, "", "refused", _NOT_DICOM))
    instance = read_instance(buf)
    record = FileRecord(relative, instance.sop_instance_uid, before, "")
    try:
        changes = deidentifier.changes(buf, instance)
        result = _named(deidentifier, taken, changes, before)
        chunks = spliced(buf, changes.edits, changes.patches, instance=instance)
    except (NotSafeError, FixError) as error:
        instance.close()
        return Made(record._replace(status="refused", reason=str(error)))
    record = record._replace(result=result, new_sop_instance_uid=changes.new_sop_instance_uid)
    record = record._replace(exceptions=changes.exceptions)
    return Made(record, chunks, _records(buf, instance, changes), instance)


def _records(buf: Any, instance: Instance, changes: Changes) -> list[EditRecord]:
    patches = (
        patch_record(buf, (patch.start, patch.end), patch.content, patch.rule) for patch in changes.patches
    )
    return [*edit_records(instance, changes.edits), *patches]


def _named(deidentifier: Deidentifier, taken: Taken, changes: Changes, before: str) -> str:
    """Return the relative path of a result; another object of the same UID gets part of its hash as well.

    Raises NotSafeError if there is a result of the same bytes.
    """
    name = str(changes.name)
    if not changes.new_sop_instance_uid:
        name = str(changes.name.with_name(f"no-uid-{deidentifier.name_of(before)}.dcm"))
    elif taken.has_result(name):
        name = str(changes.name.with_name(f"{changes.name.stem}-{deidentifier.name_of(before)}.dcm"))
    if taken.has_original(before) or taken.has_result(name):
        raise NotSafeError(_SAME_OBJECT)
    return name


def _output(request: Request) -> Path:
    """Return the output folder; raises UsageError where originals and results would mix."""
    output, source = Path(request.output).resolve(), Path(request.source).resolve()
    if not source.exists():
        raise UsageError(f"{request.source} is not there.")
    if output == source or output in source.parents or source in output.parents:
        raise UsageError("Originals and results would be in one folder.", "Name an output folder elsewhere.")
    if output.exists() and not output.is_dir():
        raise UsageError(f"{request.output} is a file.")
    return output


def _fit_together(profile: Profile, policy: Policy) -> None:
    if profile.has("rtn-safe-priv") and not policy.safe_private:
        raise UsageError(
            "rtn-safe-priv keeps what a list says is safe, and no policy has one.",
            "Give a file with --policy that has the key safe_private.",
        )
    if "shift" in policy.actions.values() and not profile.has("rtn-long-modif-dates"):
        raise UsageError("A policy that shifts dates needs the option rtn-long-modif-dates.")


def _about(request: Request, profile: Profile, policy: Policy) -> About:
    from dcmlint import __version__

    options = {"break_signatures": str(request.break_signatures).lower()}
    if policy.parts:
        options["policies"] = policy.parts
    return About(
        "deid apply",
        policy.text,
        __version__,
        profile.text,
        options,
        request.actor,
        request.keeps_paths,
        request.keeps_identifiers,
    )

"""One `dcmlint deid apply`: every file of a folder de-identified into another folder, with an audit log."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from dcmlint.audit.key import AuditKey, load_key
from dcmlint.audit.log import AuditLog
from dcmlint.audit.record import About, FileRecord
from dcmlint.deid.batch import Batch
from dcmlint.deid.files import Run, earlier, inputs, relative_to, top_of
from dcmlint.deid.instance import Deidentifier
from dcmlint.deid.make import deidentifier_of, made
from dcmlint.deid.policy import Policy, load_policies
from dcmlint.deid.profile import Profile, parse_profile
from dcmlint.deid.tally import Outcome, Tally
from dcmlint.errors import UnreadableError, UsageError
from dcmlint.fix.write import flush_folders, remove_parts, write_new
from dcmlint.source.blob import open_blob

__all__ = ["KEY_VARIABLE", "Outcome", "Request", "apply", "deid_key"]

KEY_VARIABLE = "DCMLINT_DEID_KEY"
"""The environment variable that holds the key where no file is named."""


class Request(NamedTuple):
    """What was asked for: folders, profile and options as they were given, and the number of processes."""

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
    jobs: int = 1


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
    Results and log do not depend on the number of processes. Raises UsageError for what cannot be begun, or
    written.
    """
    profile, policy = parse_profile(request.profile), load_policies(request.policies)
    _fit_together(profile, policy)
    key = deid_key(request.key_file)
    output = _output(request)
    log_path = request.log or f"{output}.audit.jsonl"
    if not Path(log_path).exists() and output.is_dir() and any(output.iterdir()):
        raise UsageError(f"{output} is not empty, and no audit log says that it is of this run.")
    work = _work(request, (profile, policy), key, output)
    output.mkdir(parents=True, exist_ok=True)
    flush_folders({str(output.parent)}, str(output.parent))
    with AuditLog.open(log_path, _about(request, profile, policy), key) as log:
        for folder in [output, *(path for path in output.rglob("*") if path.is_dir())]:
            remove_parts(folder, of_any=True)  # the log's lock says that no other run is at work here
        run = Run(output, log, Batch(log, str(output)), Tally(told))
        work(run)
        run.batch.flush()
    return run.tally.outcome(log_path)


def _work(
    request: Request, chosen: tuple[Profile, Policy], key: AuditKey, output: Path
) -> Callable[[Run], None]:
    """Return what de-identifies every file of the source, in one process or several."""
    broken = request.break_signatures
    if request.jobs == 1:
        deidentifier = deidentifier_of(*chosen, key, break_signatures=broken)
        return lambda run: _one_by_one(run, request, deidentifier)
    from dcmlint.deid.pooled import Asked, FileWork, apply_pooled

    work = FileWork(Asked(*chosen, broken, top_of(request.source), str(output)), key)
    return lambda run: apply_pooled(run, request.source, work, request.jobs)


def _one_by_one(run: Run, request: Request, deidentifier: Deidentifier) -> None:
    """De-identify every file of the source in this process."""
    top = top_of(request.source)
    for path in inputs(request.source):
        relative = relative_to(top, path)
        reason = earlier(run.log, relative)
        if reason == "":
            run.tally.before += 1
        else:
            run.tally.take(path, reason or _one(run, deidentifier, path, relative))


def _one(run: Run, deidentifier: Deidentifier, path: str, relative: str) -> str:
    """Write and record one file; return why it was not written, "" if it was."""
    try:
        blob = open_blob(path)
    except UnreadableError as error:
        run.batch.record(FileRecord(relative, "", "", "", "failed", str(error)))
        return str(error)
    with closing(blob), closing(made(deidentifier, run.log, relative, blob.buf)) as found:
        record = found.record
        if record.status == "done":
            result, source = run.output / record.result, Path(path)
            after = write_new(result, found.chunks, source, unflushed=run.batch.unflushed)
            record = record._replace(after=after)
            run.tally.exceptions.update(record.exceptions)
        run.batch.record(record, found.edits)
        return record.reason


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

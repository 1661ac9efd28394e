"""What `dcmlint audit` does: verify and report; `audit/mapping.py` has the map of identifiers."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from dcmlint.audit.compare import Compared, compare
from dcmlint.audit.folder import Folder
from dcmlint.audit.key import AuditKey, load_key
from dcmlint.audit.tally import Tally
from dcmlint.audit.verify import Checked, check_log
from dcmlint.audit.whole import write_whole
from dcmlint.audit.words import verdict_json, verdict_lines
from dcmlint.errors import UsageError

__all__ = ["report", "schema_text", "verify"]

_FORMS = ("text", "json")


def verify(
    log: str, folders: tuple[str, str], key_file: str, *, form: str = "text", paths: bool = False
) -> tuple[str, int]:
    """Return the verdict on a log and the exit status: 0 sound, 1 not.

    `folders` are those of originals and results, "" for none.
    """
    if form not in _FORMS:
        raise UsageError(f"There is no format {form}.", "Formats: text, json.")
    tally = Tally()
    checked, compared = _held(log, folders, load_key(key_file), tally)
    status = int(bool(checked.problem_count or (compared and compared.problem_count)))
    if form == "json":
        return verdict_json(checked, tally.statuses, compared), status
    return "\n".join(verdict_lines(checked, tally.statuses, compared, paths=paths)), status


def report(
    log: str, folders: tuple[str, str], key_file: str, output: str, *, spelled: Callable[[str], str] = str
) -> tuple[str, int]:
    """Write the HTML report on a log to `output`; return a line about it and the exit status, as `verify`.

    `spelled` gives the words for the short name of a profile.
    """
    from dcmlint.audit.page import Reader, page

    if not output:
        raise UsageError("The report needs a file.", "Name it with -o FILE.html")
    key, tally = load_key(key_file), Tally()
    checked, compared = _held(log, folders, key, tally)
    if not checked.header:
        raise UsageError(f"{log} is no audit log.", "Show what is wrong with: dcmlint audit verify LOG")
    write_whole(output, [page(checked, compared, tally, Reader(key, spelled))])
    count = checked.problem_count + (compared.problem_count if compared else 0)
    return f"{output}: {count} problems" if count else output, int(bool(count))


def schema_text() -> str:
    """Return the JSON Schema of one record."""
    return (Path(__file__).parent / "log.schema.json").read_text().rstrip()


def _held(
    log: str, folders: tuple[str, str], key: AuditKey | None, tally: Tally
) -> tuple[Checked, Compared | None]:
    originals, results = (Folder(folder, key) if folder else None for folder in folders)
    checked = check_log(log, key, tally.take)
    if originals is None and results is None:
        return checked, None
    fitting = key if checked.key == "fits" else None
    for folder in (originals, results):
        if folder is not None:
            _leave_out(folder, log)
    in_place = checked.header.get("options", {}).get("in_place") == "true"
    return checked, compare(log, fitting, originals, results, in_place=in_place)


def _leave_out(folder: Folder, log: str) -> None:
    """Do not count the log and its side files as files of a folder that it lies in."""
    inside = os.path.relpath(os.path.realpath(log), os.path.realpath(folder.root)).replace(os.sep, "/")
    own = {
        path
        for path in folder.paths
        if path == inside or path.startswith((f"{inside}.lock", f"{inside}.cut-", f"{inside}.pending"))
    }
    folder.met |= own

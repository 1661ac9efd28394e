"""What `dcmlint audit` does: verify, report, and show the map of identifiers."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from dcmlint.audit.compare import Compared, compare
from dcmlint.audit.folder import Folder
from dcmlint.audit.key import AuditKey, load_key, wanted_key
from dcmlint.audit.tally import Tally
from dcmlint.audit.verify import Checked, check_log, units
from dcmlint.audit.words import verdict_json, verdict_lines
from dcmlint.errors import UsageError

__all__ = ["map_lines", "report", "schema_text", "verify"]

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
    _write_whole(output, page(checked, compared, tally, Reader(key, spelled)))
    count = checked.problem_count + (compared.problem_count if compared else 0)
    return f"{output}: {count} problems" if count else output, int(bool(count))


def map_lines(log: str, key_file: str, tell: Callable[[str], None]) -> None:
    """Give the map of originals to results, decrypted, line by line as CSV.

    Raises UsageError if the log has none, or the key is not its own.
    """
    import csv
    import io

    from dcmlint.audit.identifiers import decrypted

    key, count = wanted_key(key_file), 0
    for unit in units(log):
        if unit.file["identifiers"] is None:
            continue
        found = decrypted(unit.file["identifiers"], unit.file["file"], key)
        if found is None:
            raise UsageError(f"Line {unit.line} of {log} cannot be decrypted with this key.")
        row = io.StringIO()
        writer = csv.DictWriter(row, sorted(found), lineterminator="")
        if not count:
            tell(",".join(sorted(found)))
        writer.writerow(found)
        tell(row.getvalue())
        count += 1
    if not count:
        raise UsageError(f"{log} has no map of identifiers.")


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
    return checked, compare(log, fitting, originals, results)


def _leave_out(folder: Folder, log: str) -> None:
    """Do not count the log and its side files as files of a folder that it lies in."""
    inside = os.path.relpath(os.path.realpath(log), os.path.realpath(folder.root)).replace(os.sep, "/")
    own = {
        path
        for path in folder.paths
        if path == inside or path.startswith((f"{inside}.lock", f"{inside}.cut-"))
    }
    folder.met |= own


def _write_whole(path: str, text: str) -> None:
    """Write the file as a whole or not at all."""
    target = Path(path)
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error

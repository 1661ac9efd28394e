"""What `dcmlint audit reproduce` does: a log that is sound, then its files made again."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dcmlint import __version__
from dcmlint.audit.folder import Folder
from dcmlint.audit.key import AuditKey, load_key, wanted_key
from dcmlint.audit.tally import Tally
from dcmlint.audit.verify import Checked, check_log
from dcmlint.audit.words import verdict_lines
from dcmlint.deid.run import KEY_VARIABLE, deid_key
from dcmlint.errors import UsageError
from dcmlint.reproduce.again import Maker
from dcmlint.reproduce.deid import DeidMaker
from dcmlint.reproduce.fix import FixMaker
from dcmlint.reproduce.run import Folders, Reproduced, reproduce
from dcmlint.reproduce.words import outcome_json, outcome_lines
from dcmlint.standard.shards import edition_label

__all__ = ["Asked", "reproduce_log"]

_FORMS = ("text", "json")


class Asked(NamedTuple):
    """What the user asked for: the log, folders ("" for none), the file with the key, the form of the
    outcome, and whether to try with another version of dcmlint or edition of the tables than the log's."""

    log: str
    originals: str
    results: str = ""
    output: str = ""
    key_file: str = ""
    form: str = "text"
    any_version: bool = False


def reproduce_log(asked: Asked) -> tuple[str, int]:
    """Return the outcome and the exit status: 0 all files reproduced, 1 not all, or the log is not sound.

    Raises UsageError for what cannot be done, another version or edition among it.
    """
    if asked.form not in _FORMS:
        raise UsageError(f"There is no format {asked.form}.", f"Formats: {', '.join(_FORMS)}.")
    key = _key(asked.key_file)
    folders = _folders(asked, key)
    tally = Tally()
    checked = check_log(asked.log, key, tally.take)
    if checked.problem_count:
        return _told(asked, checked, tally.statuses, None), 1
    if checked.header["options"].get("in_place") == "true":
        raise UsageError(
            f"{asked.log} is of files that were fixed in place: what was not changed has no original.",
            "dcmlint audit verify holds it against the backups and the files.",
        )
    _demand_version(checked.header, asked)
    found = reproduce(asked.log, key, _maker(asked, checked.header, key), folders)
    return _told(asked, checked, tally.statuses, found), int(found.reproduced != found.files)


def _key(file: str) -> AuditKey:
    """Return the key of a log of either command: from the file, or from an environment variable."""
    found = load_key(file)
    if found is None and os.environ.get(KEY_VARIABLE):
        return deid_key("")
    return found or wanted_key(file)


def _folders(asked: Asked, key: AuditKey) -> Folders:
    if not asked.originals:
        raise UsageError("To reproduce needs the originals.", "Name their folder: --originals DIR")
    originals = Folder(asked.originals, key)
    results = Folder(asked.results, key) if asked.results else None
    return Folders(originals, results, _output(asked) if asked.output else None)


def _output(asked: Asked) -> Path:
    """Return the output folder; raises UsageError unless it is new or empty, and apart from the others."""
    output = Path(asked.output).resolve()
    for folder in filter(None, (asked.originals, asked.results)):
        other = Path(folder).resolve()
        if output == other or output in other.parents or other in output.parents:
            raise UsageError(f"{asked.output} and {folder} would mix.", "Name an output folder elsewhere.")
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise UsageError(f"{asked.output} is not an empty folder.", "Name a new one.")
    return output


def _here() -> dict[str, str]:
    return {"version": __version__, "edition": edition_label()}


def _demand_version(header: Mapping[str, Any], asked: Asked) -> None:
    if asked.any_version or not _other(header):
        return
    raise UsageError(
        f"{asked.log} was made with {_named(header)}; this is {_named(_here())}. "
        "The same bytes are promised for the same version and edition only.",
        f"Install dcmlint {header['version']} with the tables {header['edition']} (dcmlint standard use), "
        "or try all the same: --any-version",
    )


def _other(header: Mapping[str, Any]) -> bool:
    return any(header[name] != value for name, value in _here().items())


def _named(header: Mapping[str, Any]) -> str:
    return f"dcmlint {header['version']}, tables {header['edition']}"


def _maker(asked: Asked, header: Mapping[str, Any], key: AuditKey) -> Maker:
    if header["tool"] == "dcmlint" and header["command"] == "deid apply":
        return DeidMaker(header, asked.log, key)
    if header["tool"] == "dcmlint" and header["command"] == "fix":
        return FixMaker(header, asked.originals)
    raise UsageError(
        f"{asked.log} is of {header['tool']} {header['command']}, which cannot be reproduced.",
        "Logs of dcmlint deid apply and dcmlint fix can be.",
    )


def _told(asked: Asked, checked: Checked, statuses: Counter[str], found: Reproduced | None) -> str:
    if asked.form == "json":
        return outcome_json(checked, found, _here())
    lines = verdict_lines(checked, statuses, None)
    if found is None:
        return "\n".join([*lines, "NOT REPRODUCED: the log is not sound"])
    other = f"made again with {_named(_here())}: the same bytes are not promised"
    return "\n".join([*lines, *outcome_lines(found, other if _other(checked.header) else "")])

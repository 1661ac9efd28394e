"""The map of originals to results that a log holds encrypted, read back: PHI, to where the user says."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from dcmlint.audit.identifiers import decrypted
from dcmlint.audit.key import AuditKey, wanted_key
from dcmlint.audit.verify import units
from dcmlint.audit.whole import write_whole
from dcmlint.errors import UsageError

__all__ = ["identifiers_of", "write_map"]

COLUMNS: Final = ("path", "result", "sop_instance_uid", "new_sop_instance_uid")
_FORMS = ("csv", "jsonl")
_STANDARD_OUTPUT = "-"


def identifiers_of(log: str, key: AuditKey) -> Iterator[dict[str, str]]:
    """Yield of each file its path, that of its result ("" for none), and both SOP Instance UIDs.

    Where a file has two records both are told, the later one counts. Raises UsageError if the log has no map,
    or the key is not its own.
    """
    count = 0
    for unit in units(log):
        if unit.file["identifiers"] is None:
            continue
        found = decrypted(unit.file["identifiers"], unit.file["file"], key)
        if found is None:
            raise UsageError(f"Line {unit.line} of {log} cannot be decrypted with this key.")
        count += 1
        yield found
    if not count:
        raise UsageError(
            f"{log} has no map of identifiers.", "A log has one where its run had --keep-identifiers."
        )


def write_map(log: str, key_file: str, output: str, form: str, *, cell: Callable[[str], str] = str) -> str:
    """Write the map to the file `output`, which only its owner may read, "-" for standard output.

    `form` is csv or jsonl; `cell` makes a cell of CSV of a text. Returns a line about it, "" for standard
    output. Raises UsageError.
    """
    if form not in _FORMS:
        raise UsageError(f"There is no format {form}.", f"Formats: {', '.join(_FORMS)}.")
    key = wanted_key(key_file)
    if not output:
        raise UsageError(
            "The map names originals: it is PHI, and is not shown unless you say where.",
            "Name a file with -o FILE, or the screen with -o -",
        )
    lines = _lines(identifiers_of(log, key), form, cell)
    if output == _STANDARD_OUTPUT:
        for line in lines:
            sys.stdout.write(line)
        return ""
    write_whole(output, lines, mode=0o600)
    return f"{output}: it is PHI"


def _lines(found: Iterable[dict[str, str]], form: str, cell: Callable[[str], str]) -> Iterator[str]:
    for number, told in enumerate(found):
        if form == "jsonl":
            yield json.dumps({name: told[name] for name in COLUMNS}) + "\n"
            continue
        if not number:
            yield ",".join(COLUMNS) + "\n"
        yield ",".join(cell(told[name]) for name in COLUMNS) + "\n"

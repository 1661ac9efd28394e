"""The words of `dcmlint audit verify`: what was looked at, and what is wrong."""

from __future__ import annotations

from collections import Counter

from dcmlint.audit.compare import Compared
from dcmlint.audit.verify import Checked

__all__ = ["KEY_WORDS", "count_of", "verdict_json", "verdict_lines"]

_SHOWN = 50

KEY_WORDS = {
    "fits": "{id}, as given",
    "other": "{id}, which is not the one given",
    "not given": "{id}, not given: whoever can write the log could have made all of it anew",
}


def verdict_lines(
    checked: Checked, statuses: Counter[str], compared: Compared | None, *, paths: bool = False
) -> list[str]:
    """Return the lines of a verdict; `paths` shows the names of files that are in no record."""
    header = checked.header
    lines = []
    if header:
        made = (f"{header['tool']} {header['version']}", f"tables {header['edition']}", header["command"])
        lines.append(
            ", ".join((*made, f"profile {header['profile']}" if header["profile"] else "no profile"))
        )
        lines.append(f"key: {_key(checked)}")
    told = ", ".join(f"{number} {status}" for status, number in sorted(statuses.items()))
    counts = ", ".join((count_of(checked.files, "file"), count_of(checked.edits, "edit")))
    lines.append(f"{count_of(checked.records, 'record')}: {counts}{f' ({told})' if told else ''}")
    if checked.resumed:
        lines.append(f"continued {count_of(checked.resumed, 'time')} after it was cut short")
    if compared is not None:
        lines += _compared(checked, compared, paths=paths)
    return lines + _problems(checked, compared)


def verdict_json(checked: Checked, statuses: Counter[str], compared: Compared | None) -> str:
    """Return the verdict as JSON."""
    import json

    problems = (*checked.problems, *(compared.problems if compared else ()))
    files = compared._asdict() if compared else None
    if compared and files:
        for name in ("other_originals", "other_results"):
            files[name] = len(files[name])
        del files["problems"], files["problem_count"]
    told = {
        "sound": not problems,
        "key": checked.key,
        "key_id": checked.header.get("key_id", ""),
        "records": checked.records,
        "files": dict(sorted(statuses.items())),
        "edits": checked.edits,
        "continued": checked.resumed,
        "closed": checked.closed,
        "head": checked.head,
        "compared": files,
        "problems": [problem._asdict() for problem in problems],
        "problem_count": checked.problem_count + (compared.problem_count if compared else 0),
    }
    return json.dumps(told, indent=2)


def count_of(number: int, noun: str) -> str:
    """Return "1 file", "2,000 files"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _key(checked: Checked) -> str:
    return KEY_WORDS[checked.key].format(id=checked.header["key_id"])


def _compared(checked: Checked, compared: Compared, *, paths: bool) -> list[str]:
    originals, results = count_of(compared.originals, "original"), count_of(compared.results, "result")
    lines = [f"files as recorded: {originals}, {results}"]
    if checked.key == "fits":
        lines.append(
            f"values held against the files: {compared.old_values} before, {compared.new_values} after"
        )
    if compared.compared:
        lines.append(f"every change looked for in the records: {count_of(compared.compared, 'file')}")
    others = compared.other_originals
    if others:
        lines.append(f"originals that no record is about: {len(others)}")
    if compared.other_results and checked.header["options"].get("in_place") == "true":
        lines.append(f"results that no record is about: {len(compared.other_results)}")
    if paths:
        lines += [f"  no record: {path}" for path in (*others, *compared.other_results)]
    return lines


def _problems(checked: Checked, compared: Compared | None) -> list[str]:
    problems = [*checked.problems, *(compared.problems if compared else ())]
    count = checked.problem_count + (compared.problem_count if compared else 0)
    lines = [
        f"line {problem.line}: {problem.text}" if problem.line else problem.text
        for problem in problems[:_SHOWN]
    ]
    if count > len(lines):
        lines.append(f"and {count - len(lines)} more problems")
    if count:
        return [*lines, f"NOT SOUND: {count_of(count, 'problem')}"]
    if checked.key == "fits":
        return ["sound: every record is there, in order, as it was written with this key"]
    return ["consistent: every record follows from the one before; without the key no more is proven"]

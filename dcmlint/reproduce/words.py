"""The words of `dcmlint audit reproduce`: how many files were made again byte for byte, which not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dcmlint.audit.verify import Checked
from dcmlint.audit.words import count_of
from dcmlint.report.render import printable
from dcmlint.reproduce.run import NotMade, Reproduced

__all__ = ["outcome_json", "outcome_lines"]

_SHOWN = 50


def outcome_lines(found: Reproduced, other: str) -> list[str]:
    """Return the lines of an outcome; `other` tells of another version, "" for the same."""
    lines = [*([other] if other else []), f"files made again: {found.files - found.no_original:,}"]
    lines += _listed("differ", found.differ, found.differing)
    lines += _listed("without the original as it was", found.no_original, found.missing)
    if found.reproduced == found.files:
        return [*lines, f"reproduced: {count_of(found.files, 'file')}, byte for byte, with all edits"]
    return [*lines, f"NOT REPRODUCED: {found.files - found.reproduced:,} of {count_of(found.files, 'file')}"]


def outcome_json(checked: Checked, found: Reproduced | None, here: Mapping[str, str]) -> str:
    """Return the outcome as JSON, None for a log that is not sound; `here` are version and edition in use."""
    import json

    header = checked.header
    told: dict[str, Any] = {
        "reproduced": found is not None and found.reproduced == found.files,
        "sound": not checked.problem_count,
        "command": header.get("command", ""),
        "profile": header.get("profile", ""),
        "made_with": {name: header.get(name, "") for name in here},
        "made_again_with": dict(here),
        "files": checked.files,
        "compared": None,
        "problems": [problem._asdict() for problem in checked.problems],
        "problem_count": checked.problem_count,
    }
    if found is not None:
        told["compared"] = {
            **found._asdict(),
            **{name: [each._asdict() for each in getattr(found, name)] for name in ("differing", "missing")},
        }
    return json.dumps(told, indent=2)


def _listed(what: str, count: int, files: Sequence[NotMade]) -> Iterator[str]:
    if not count:
        return
    yield f"{what}: {count:,}"
    for each in files[:_SHOWN]:
        name = f" {printable(each.path, limit=4096)}:" if each.path else ""
        yield f"  line {each.line}:{name} {'; '.join(each.why)}"
    if count > _SHOWN:
        yield f"  and {count - _SHOWN:,} more"

"""Many findings, as a run over an archive has them, for tests of what fits into an upload."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import jsonschema
from report_sample import EXPECTED
from xxhash import xxh3_128_hexdigest

from dcmlint.model import Severity
from dcmlint.report.shown import FileReport, Shown
from dcmlint.rule import Rule

__all__ = ["all_results", "many", "rules_of", "validator"]

FINDINGS_OF_A_FILE = 100


@cache
def validator() -> Any:
    """Return a validator for the public schema."""
    schema = json.loads((EXPECTED / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    return jsonschema.validators.validator_for(schema)(schema)


def rules_of(counts: Iterable[tuple[str, Severity, int]]) -> dict[str, Rule]:
    """Return rules with the ids and severities of `counts`."""
    return {
        rule: Rule(severity, "value", "PS3.5 6.2", "x", id=rule, doc=f"{rule} is wrong.")
        for rule, severity, _ in counts
    }


def many(counts: Iterable[tuple[str, Severity, int]]) -> Iterator[FileReport]:
    """Yield files of 100 findings each with so many findings of each rule, rules mixed."""
    waiting = [[rule, severity, number] for rule, severity, number in counts]
    serial = 0
    while waiting:
        shown = []
        while waiting and len(shown) < FINDINGS_OF_A_FILE:
            each = waiting[serial % len(waiting)]
            shown.append(_finding(each[0], each[1], serial))
            serial += 1
            each[2] -= 1
            waiting = [other for other in waiting if other[2]]
        uid = f"1.2.826.0.1.3680043.8.498.{serial * 7919}"
        file = f"/data/study {serial % 40}/series{serial % 7}/image{serial}.dcm"
        yield FileReport(file, "instance", "1.2.840.10008.5.1.4.1.1.2.1", uid, shown=shown)


def _finding(rule: str, severity: Severity, serial: int) -> Shown:
    path = f"PerFrameFunctionalGroupsSequence[{serial % 300}].PixelMeasuresSequence[1].PixelSpacing"
    return Shown(
        rule,
        severity,
        f"PixelSpacing has {serial % 17} values, not 2",
        path,
        "(0028,0030)",
        "PixelSpacing",
        "PixelSpacing",
        "Pixel Measures",
        (),
        1000 + serial % 90_000,
        8,
        "PS3.3 C.7.6.16.2.1",
        "2025b",
        xxh3_128_hexdigest(str(serial).encode()),
    )


def all_results(log: Any) -> list[dict[str, Any]]:
    """Return the results of all runs of a log."""
    return [result for run in log["runs"] for result in run["results"]]

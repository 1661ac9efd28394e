"""Findings that a caller has made, written by every reporter: `dcmlint.run.tell`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dcmlint.errors import UsageError
from dcmlint.model import Finding, InstanceReport
from dcmlint.run import Output, Request, tell

RULE = "file/unreadable"


def _reports(count: int) -> list[InstanceReport]:
    finding = Finding(RULE, "error", (), None, None, None, {"reason": "it is gone"})
    return [
        InstanceReport(f"{number}.dcm", "instance", "1.2", "1.3", "1.3", (finding,))
        for number in range(count)
    ]


def test_every_report_has_them_and_the_status_of_the_caller(tmp_path: Path) -> None:
    outputs = tuple(Output(name, str(tmp_path / name)) for name in ("jsonl", "sarif", "junit", "text"))
    tell(Request(("x",), outputs=outputs), _reports(3), 1)
    rows = [json.loads(line) for line in (tmp_path / "jsonl").read_text().splitlines()]
    found = [row for row in rows if "rule" in row]
    assert [(row["file"], row["message"]) for row in found] == [
        (f"{number}.dcm", "Cannot be read: it is gone") for number in range(3)
    ]
    run = json.loads((tmp_path / "sarif").read_text())["runs"][0]
    assert len(run["results"]) == 3 and run["invocations"][0]["exitCode"] == 1
    assert run["properties"]["summary"]["errors"] == 3


def test_a_format_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Unknown format"):
        tell(Request(("x",), outputs=(Output("none", str(tmp_path / "x")),)), [], 0)
    assert not list(tmp_path.iterdir())


def test_a_place_is_no_input(tmp_path: Path) -> None:
    place = _reports(1)[0]._replace(file="dimse://A@host:104", kind="place")
    tell(Request(("x",), outputs=(Output("json", str(tmp_path / "json")),)), [*_reports(2), place], 1)
    summary = json.loads((tmp_path / "json").read_text())["summary"]
    assert (summary["files"], summary["errors"]) == (2, 3)

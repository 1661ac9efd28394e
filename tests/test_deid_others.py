"""The table of what other tools left behind: kinds, counts, what was judged, and the check by pydicom."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.deid_others_check import compared
from benchmarks.deid_others_table import (
    KINDS,
    Left,
    judged,
    kind_of,
    left,
    markdown,
    place_of,
    too_few,
)
from benchmarks.deid_others_tools import TOOLS, NotInstalledError, Tool, installed, run_tool
from dcmlint.deid_verify.run import Verification, verify
from dcmlint.model import Finding, InstanceReport
from dcmlint.read.encode import part10

_NAME, _UID, _REFERENCED = 0x00100010, 0x0020000D, 0x00081155
_TEXT = "text-contains-identifier"


def finding(rule: str, tag: int | None = _NAME, severity: str = "error", **words: str) -> Finding:
    return Finding(f"deid/{rule}", severity, (), tag, None, None, words)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (finding("attribute-not-removed", how="is there"), "removed-other"),
        (finding("attribute-not-removed", how="is there, with the value of the original"), "removed-same"),
        (finding("attribute-not-removed", severity="note", how="is there"), None),
        (finding("attribute-not-emptied", how="has the value of the original"), "unchanged"),
        (finding(_TEXT, how="holds a name of the originals (confidence high)"), "text-name"),
        (finding(_TEXT, how="holds an e-mail address of the originals"), "text-contact"),
        (finding(_TEXT, how="holds an address of the originals"), "text-address"),
        (finding("burned-in-risk", severity="warning", why="it is an ultrasound image"), None),
        (finding("method-not-recorded", how="is not YES"), "method"),
        (finding("file-unreadable"), None),
    ],
)
def test_each_finding_has_one_kind(found: Finding, kind: str | None) -> None:
    assert kind_of(found) == kind
    assert kind is None or kind in KINDS


def test_a_table_counts_findings_and_files() -> None:
    twice = (finding("uid-not-replaced", _UID), finding("uid-not-replaced", _REFERENCED))
    reports = [
        InstanceReport("a", "instance", "", "", "", twice),
        InstanceReport("b", "instance", "", "", "", (twice[0], finding("method-not-recorded", how="no"))),
    ]
    counts = left(reports)
    assert counts == {"uid": (3, 2), "method": (1, 1)}
    none = Left("other 2.0", "", 1200, Counter(), {}, (0, 0, 0))
    table = markdown([Left("tool 1.0", "", 2, Counter(), counts, (0, 0, 0)), none], 1300)
    assert table.splitlines() == [
        "| | tool 1.0 | other 2.0 |",
        "|---|---:|---:|",
        "| files written, of 1,300 | 2 | 1,200 |",
        "| UIDs of the originals | 3 in 2 | 0 |",
        "| not recorded as PS3.15 E.1 asks | 1 in 1 | 0 |",
    ]


def test_places_have_numbers_of_items_and_tags_where_there_is_no_keyword() -> None:
    nested = finding("uid-not-replaced", _REFERENCED)._replace(location=(0x00081140, 2, 0x00091001, 1))
    assert place_of(nested) == "ReferencedImageSequence[2].00091001[1].ReferencedSOPInstanceUID"
    assert place_of(finding(_TEXT, None)) == ""
    assert place_of(finding("attribute-not-removed", 0x60023000)) == "60023000"


def test_what_was_judged_covers_each_kind_of_each_tool() -> None:
    rows = judged()
    assert {row.tool for row in rows} == set(TOOLS)
    assert not [row for row in rows if row.verdict == "false"]
    result = Left("tool 1.0", "", 2, Counter(), {"uid": (9, 2), "date": (1, 1), "method": (2, 2)}, (0, 0, 0))
    known = [row._replace(tool="tool") for row in rows if row.kind == "date"][:1]
    assert too_few([result], {"tool 1.0": "tool"}, known) == [
        "tool uid: 0 judged of 9",
        "tool method: 0 judged of 2",
    ]


def test_a_table_of_judgements_with_an_unknown_word_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "judged.tsv"
    path.write_text("tool\tkind\tfile\tplace\tverdict\treason\nx\tuid\ta\tb\tperhaps\tc\n")
    with pytest.raises(ValueError, match=r"judged\.tsv: uid or perhaps"):
        judged(path)


def test_pydicom_confirms_what_is_so_and_finds_what_nobody_told(tmp_path: Path) -> None:
    uid = "1.2.826.0.1.3680043.9.7.1"
    before = {"SOPInstanceUID": "2.25.1", "StudyInstanceUID": uid, "PatientID": "48213377", "Modality": "CT"}
    after = {**before, "SOPInstanceUID": "2.25.2", "Modality": "MR", "BodyPartExamined": "P 48213377"}
    for folder, attributes in (("in", before), ("out", after)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "0.dcm").write_bytes(part10(attributes))
    reports = verify(Verification(str(tmp_path / "out"), "basic", str(tmp_path / "in"), {"0.dcm": "0.dcm"}))
    originals = {"0.dcm": tmp_path / "in" / "0.dcm"}
    result = compared(reports, originals)
    assert result.confirmed == {"uid": 1, "unchanged": 1}
    assert (result.unconfirmed, result.overlooked) == ([], [])
    wrong = finding("date-not-shifted", 0x00080060)
    untold = compared([reports[0]._replace(findings=(wrong,))], originals)
    assert untold.unconfirmed == [("date", "0.dcm", "Modality")]
    assert set(untold.overlooked) == {
        ("StudyInstanceUID", "0.dcm", "StudyInstanceUID"),
        ("PatientID", "0.dcm", "PatientID"),
        ("PatientID", "0.dcm", "BodyPartExamined"),
    }


def test_a_tool_runs_file_by_file_and_its_failures_are_named(tmp_path: Path) -> None:
    body = """
import os
def one(source, target):
    name = Path(source).name
    if name == "bad":
        Path(target).write_text("half")
        raise KeyError("a value")
    if name == "end":
        os._exit(1)
    if name != "none":
        Path(target).write_text("done")
"""
    files = [tmp_path / name for name in ("good", "bad", "none", "end", "after")]
    for path in files:
        path.write_text("x")
    tool = Tool("tool", ("tool==1.0",), "", body)
    failed = run_tool(tool, Path(sys.executable), files, tmp_path / "work")
    assert failed == {"KeyError": 1, "nothing written": 1, "not reached": 2}
    assert [path.name for path in (tmp_path / "work" / "out").iterdir()] == ["good"]
    assert "a value" not in (tmp_path / "work" / "report").read_text()


def test_a_tool_that_cannot_be_had_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotInstalledError, match="no-such-program is not installed"):
        installed(Tool("tool", ("tool==1.0",), "", "", "no-such-program"), tmp_path)

    def refused(*_: object, **__: object) -> None:
        raise subprocess.CalledProcessError(1, "pip")

    monkeypatch.setattr(subprocess, "run", refused)
    with pytest.raises(NotInstalledError, match="network"):
        installed(Tool("tool", ("tool==1.0",), "", ""), tmp_path)


def test_versions_are_pinned() -> None:
    for tool in TOOLS.values():
        assert tool.version
        compile(tool.body, tool.name, "exec")

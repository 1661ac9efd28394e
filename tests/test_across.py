"""Checks over several instances, as `dcmlint check` runs them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from command_line import CLEAN, Command, dcmlint

from dcmlint.excerpt import packed_facts
from dcmlint.facts import Facts
from dcmlint.gather import Gathered, Gathering, Groups
from dcmlint.group import check_group, group_keys
from dcmlint.read.encode import part10
from dcmlint.read.opener import read_instance
from dcmlint.rule import Rule

__all__ = ["dcmlint"]

CT = "1.2.840.10008.5.1.4.1.1.2"


def put(folder: Path, name: str, **attributes: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    base = {"SOPClassUID": CT, "StudyInstanceUID": "1.2.3", "SeriesInstanceUID": "1.2.4", "Modality": "CT"}
    path = folder / name
    path.write_bytes(part10({**base, "SOPInstanceUID": f"1.2.5.{int(name[:-4])}", **attributes}))
    return path


def findings(dcmlint: Command, *inputs: str | Path, select: str = "consistency,uid") -> list[dict[str, Any]]:
    result = dcmlint("check", *inputs, "--isolated", "--select", select, "--format", "json")
    assert result.status in (0, 1), result.err
    found: list[dict[str, Any]] = json.loads(result.out)["findings"]
    return found


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    for number in range(60):
        put(folder, f"{number:03}.dcm", SeriesNumber="8" if number == 7 else "7")
    time.sleep(0.1)
    return folder


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_finding_is_told_with_its_file(dcmlint: Command, study: Path, jobs: str) -> None:
    result = dcmlint(
        *(
            "check",
            study,
            "--isolated",
            "--select",
            "consistency",
            "--format",
            "json",
            "--jobs",
            jobs,
            "--no-cache",
        )
    )
    (finding,) = json.loads(result.out)["findings"]
    assert Path(finding["file"]).name == "007.dcm"
    assert (finding["rule"], finding["keyword"], finding["severity"]) == (
        "consistency/series",
        "SeriesNumber",
        "error",
    )
    assert finding["sop_instance_uid"] == "1.2.5.7"
    assert result.status == 1


def test_the_cache_has_them_too_and_knows_when_they_are_gone(
    dcmlint: Command, study: Path, tmp_path: Path
) -> None:
    cache = ("--cache-dir", str(tmp_path / "cache"))
    command = ("check", study, "--isolated", "--select", "consistency,uid", "--format", "json", *cache)

    def run() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(dcmlint(*command).out)["findings"]
        return found

    put(study, "060.dcm", SOPInstanceUID="1.2.5.7", SeriesNumber="7", InstanceNumber="61")
    time.sleep(0.1)
    first = run()
    assert sorted(each["rule"] for each in first) == ["consistency/series", "uid/duplicate-instance"]
    assert run() == first
    put(study, "007.dcm", SeriesNumber="7")
    (study / "060.dcm").unlink()
    assert run() == []


def test_findings_do_not_depend_on_the_order(dcmlint: Command, study: Path) -> None:
    files = sorted(study.iterdir())
    there = {(each["file"], each["fingerprint"]) for each in findings(dcmlint, *files)}
    back = {(each["file"], each["fingerprint"]) for each in findings(dcmlint, *reversed(files))}
    assert there == back
    assert len(there) == 1


def test_one_file_has_nothing_to_agree_with(
    dcmlint: Command, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcmlint.excerpt.packed_facts", None)
    assert findings(dcmlint, study / "007.dcm") == []


def test_values_are_not_shown(dcmlint: Command, tmp_path: Path) -> None:
    put(tmp_path, "1.dcm", PatientName="Secret^Jane", PatientID="Secret1")
    put(tmp_path, "2.dcm", PatientName="Secret^John", PatientID="Secret2")
    result = dcmlint("check", tmp_path, "--isolated", "--select", "consistency")
    assert "consistency/patient" in result.out
    assert "Secret" not in result.out + result.err


def test_clean_objects_of_one_archive_agree(dcmlint: Command) -> None:
    assert findings(dcmlint, CLEAN, select="consistency,reference,geometry,dicomdir,uid") == []


def test_many_instances_go_to_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = packed_facts(read_instance(part10({"SOPInstanceUID": "1.2", "StudyInstanceUID": "1"})))
    monkeypatch.setattr("dcmlint.gather._IN_MEMORY", 3)
    rows = [Gathered(f"{number}\udcff.dcm", facts, "x", 1 << 80) for number in range(10)]
    gathering, other = Gathering(), Gathering()
    for row in rows:
        gathering.add(row)
        other.add(row)
    assert list(gathering) == rows
    assert gathering.digest() == other.digest()
    groups = Groups(gathering)
    assert [len(members) for _, members in groups.of(("instance", "study"))] == [10, 10]
    assert groups.has_study("1")
    assert not groups.has_study("2")


def test_a_check_that_fails_costs_itself_only() -> None:
    def check(group: object) -> None:
        raise RuntimeError

    facts = packed_facts(read_instance(part10({"SOPInstanceUID": "1.2"})))
    groups = Groups([Gathered("a", facts, "", 0), Gathered("b", facts, "", 0)])
    rule = Rule("error", "group", "PS3.5 9", "x", id="x/y", over=("instance",), check=check)  # type: ignore[arg-type]
    ((scope, members),) = groups.of(("instance",))
    ((number, finding),) = check_group(scope, members, {"x/y": rule}, groups)
    assert (number, finding.rule) == (0, "internal/check-failed")
    assert finding.args == {"rule": "x/y", "error": "RuntimeError"}


def test_keys_are_no_names() -> None:
    attributes = {"PatientID": "Secret", "PatientName": "Secret^Jane", "PatientBirthDate": "19561101"}
    keys = group_keys(Facts(packed_facts(read_instance(part10(attributes)))))
    assert {scope for scope, _ in keys} >= {"patient", "person"}
    assert "Secret" not in str(keys)
    assert "19561101" not in str(keys)


def test_a_medium(dcmlint: Command, tmp_path: Path) -> None:
    """The DICOMDIR that pydicom writes is right, alone and with its files; without one of them it is not."""
    import pydicom
    from pydicom.fileset import FileSet

    files = FileSet()
    for number in range(1, 4):
        path = put(
            tmp_path / "files", f"{number}.dcm", InstanceNumber=str(number), PatientID="A", PatientName="A"
        )
        data_set = pydicom.dcmread(path)
        data_set.StudyDate, data_set.StudyTime, data_set.StudyID = "20240101", "10", "1"
        data_set.SeriesNumber = 1
        files.add(data_set)
    medium = tmp_path / "medium"
    files.write(medium)
    assert findings(dcmlint, medium, select="dicomdir") == []
    assert findings(dcmlint, medium / "DICOMDIR", select="dicomdir") == []
    next(path for path in sorted(medium.rglob("*")) if path.is_file() and path.name != "DICOMDIR").unlink()
    for inputs in (medium, medium / "DICOMDIR"):
        (finding,) = findings(dcmlint, inputs, select="dicomdir")
        assert finding["rule"] == "dicomdir/missing-file"

"""What a policy makes of findings: severities, scopes, ignores by file, waivers, the baseline."""

# ruff: noqa: E501 - rows of a table read better on one line
from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from command_line import CLEAN, FAULTY, Result, process

from dcmlint.policy.baseline import Baseline
from dcmlint.policy.globs import glob_matcher


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with faulty objects: two CT with bad values, an RT Structure Set, a Basic Text SR."""
    folder = tmp_path / "data"
    (folder / "phantoms").mkdir(parents=True)
    for name, target in (
        ("cut_name", "cut.dcm"),
        ("number_range", "range.dcm"),
        ("missing_in_item", "phantoms/rt.dcm"),
        ("trailing_bytes", "phantoms/sr.dcm"),
    ):
        (folder / target).write_bytes(
            of_another_study(FAULTY / f"{name}.dcm", b"2" if name == "number_range" else b"1")
        )
    return folder


def of_another_study(path: Path, digit: bytes) -> bytes:
    """Return an object with other UIDs, so that it need not agree with what was made of the same one."""
    return path.read_bytes().replace(b"3680043.10.1561.", b"3680043.10.156" + digit + b".")


def found(
    data: Path, settings: str, *options: str, **files: str
) -> tuple[list[tuple[str, str, str]], Result]:
    """Return (file, rule, severity) of each finding under these settings."""
    (data.parent / "dcmlint.yaml").write_text(settings)
    for name, text in files.items():
        (data.parent / f"{name}.yaml").write_text(text)
    result = process("check", data, "--format", "json", "--no-cache", *options)
    assert result.status in (0, 1), result.err
    findings = json.loads(result.out)["findings"]
    shown = [(Path(each["file"]).name, each["rule"], each["severity"]) for each in findings]
    return sorted(shown), result


PLAIN = [
    ("cut.dcm", "value/truncated", "warning"),
    ("range.dcm", "value/number-range", "error"),
    ("rt.dcm", "module/missing-type-1", "error"),
    ("sr.dcm", "file/trailing-bytes", "error"),
]


def test_without_settings(data: Path) -> None:
    assert found(data, "")[0] == PLAIN


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        ("severity: {value/truncated: error}", {"value/truncated": "error"}),
        ("severity: {value: note, value/number-range: warning}", {"value/truncated": "note", "value/number-range": "warning"}),
        ("severity: {file: off}", {"file/trailing-bytes": ""}),
        ("ignore: [value, module/missing-type-1]", {"value/truncated": "", "value/number-range": "", "module/missing-type-1": ""}),
        ("per-file-ignores: {'data/phantoms/**': [module, file]}", {"file/trailing-bytes": "", "module/missing-type-1": ""}),
        ("per-file-ignores: {'*.dcm': file/trailing-bytes}", {"file/trailing-bytes": ""}),
        ("scopes: [{when: Modality == 'CT', severity: {value: note}}]", {"value/truncated": "note", "value/number-range": "note"}),
        ("scopes: [{when: Modality == 'SR', ignore: [file]}]", {"file/trailing-bytes": ""}),
        ("scopes: [{when: Modality == 'SR', ignore: [value]}]", {}),
        ("scopes: [{when: PatientComments == 'x', ignore: [value, file, module]}]", {}),  # unknown is not true
        ("select: [module]\nscopes: [{when: Modality == 'CT', select: [value]}]", {"file/trailing-bytes": ""}),
        ("ignore: [value]\nscopes: [{when: Rows > 3, select: [value/truncated]}]", {"value/number-range": ""}),
        ("exclude: [phantoms]", {"file/trailing-bytes": "", "module/missing-type-1": ""}),
        ("include: ['**/sr.dcm', cut.*]", {"value/number-range": "", "module/missing-type-1": ""}),
        ("parameters: {value/truncated: {exempt: [InstitutionName]}}", {"value/truncated": ""}),
    ],
)  # fmt: skip
def test_settings_change_what_they_name(settings: str, changed: dict[str, str], data: Path) -> None:
    wanted = [(file, rule, changed.get(rule, severity)) for file, rule, severity in PLAIN]
    assert found(data, settings)[0] == [each for each in wanted if each[2]]


WAIVER = "waivers:\n  - rule: {rule}\n    reason: the scanner does it\n    owner: MTA\n    {scope}\n"


@pytest.mark.parametrize(
    ("rule", "scope", "covers"),
    [
        ("value/truncated", "", 1),
        ("value", "", 2),
        ("value", "files: data/cut.dcm", 1),
        ("file", "files: ['data/phantoms/*']", 1),
        ("file", "files: phantoms", 1),
        ("file", "files: other/**", 0),
        ("value", "when: Modality == 'CT'", 2),
        ("value", "when: Modality == 'MR'", 0),
        ("value", "path: InstitutionName", 1),
        ("module", "path: ROIContourSequence.ContourSequence.NumberOfContourPoints", 1),
        ("module", "path: 'ROIContourSequence[1].ContourSequence[2].NumberOfContourPoints'", 0),
        ("module", "path: '*.*.NumberOfContourPoints'", 1),
        ("module", "path: '*.NumberOfContourPoints'", 0),
        ("value", "expires: 2999-01-01", 2),
        ("value", "expires: 2020-01-01", 0),
    ],
)
def test_waivers_cover_what_they_say(rule: str, scope: str, covers: int, data: Path) -> None:
    waivers = WAIVER.format(rule=rule, scope=scope)
    shown, result = found(data, "waivers: waivers.yaml", waivers=waivers)
    summary = json.loads(result.out)["summary"]
    assert summary["waived"] == covers
    of_fixable = [each for each in json.loads(result.out)["findings"] if each["fix"]]
    assert [each["rule"] for each in of_fixable] == ["file/trailing-bytes"]
    assert summary["fixable"] == (0 if of_fixable[0]["waived"] else 1)
    rules = Counter(each[1] for each in shown)
    told = {
        "internal/expired-waiver": "2020" in scope,
        "internal/unused-waiver": not covers and "2020" not in scope,
    }
    assert {rule for rule in rules if rule.startswith("internal/")} == {
        rule for rule, is_told in told.items() if is_told
    }
    waived = [each for each in json.loads(result.out)["findings"] if each["waived"]]
    assert [each["waived"] for each in waived] == ["the scanner does it (MTA)"] * covers
    assert summary["errors"] + summary["warnings"] + summary["notes"] == len(shown) - covers


def test_a_waiver_by_uid(data: Path) -> None:
    shown, _ = found(data, "")
    study = json.loads(process("check", data / "cut.dcm", "--format", "json").out)["findings"][0]
    for uid, covers in ((study["sop_instance_uid"], 1), ("1.2.3.999", 0)):
        waivers = WAIVER.format(rule="value/truncated", scope=f"uid: {uid}")
        _, result = found(data, "waivers: waivers.yaml", waivers=waivers)
        assert json.loads(result.out)["summary"]["waived"] == covers
    assert len(shown) == 4


def test_a_waiver_needs_a_reason_and_a_known_rule(data: Path) -> None:
    (data.parent / "dcmlint.yaml").write_text("waivers: waivers.yaml")
    for text, said in (
        ("waivers:\n  - rule: value\n", "line 2: waivers.1: the key 'reason' is missing"),
        ("waivers:\n  - rule: valu\n    reason: x\n", "Did you mean value"),
        ("waivers:\n  - rule: value\n    reason: x\n    expires: soon\n", "a day is expected"),
    ):
        (data.parent / "waivers.yaml").write_text(text)
        result = process("check", data)
        assert result.status == 2 and said in result.err
    (data.parent / "waivers.yaml").unlink()
    assert "cannot be read" in process("check", data).err


def test_single_files_do_not_tell_of_unused_waivers(data: Path) -> None:
    (data.parent / "waivers.yaml").write_text(WAIVER.format(rule="file", scope=""))
    (data.parent / "dcmlint.yaml").write_text("waivers: waivers.yaml")
    assert "unused" not in process("check", data / "cut.dcm").out
    assert process("check", data / "cut.dcm", "--fail-on", "warning").status == 1  # the truncated value


def test_baseline_reports_only_what_is_new(data: Path) -> None:
    file = data.parent / "known.json"
    made = process("baseline", "create", data, "--output", file)
    assert made.status == 0 and "4 findings of 4 instances" in made.out
    assert process("baseline", "create", data, "--output", file).status == 2
    assert found(data, f"baseline: {file.name}")[0] == []
    (data / "new.dcm").write_bytes(of_another_study(FAULTY / "wrong_vr.dcm", b"3"))
    shown, result = found(data, f"baseline: {file.name}")
    assert [each[1] for each in shown] == ["encoding/vr-not-permitted"]
    assert json.loads(result.out)["summary"]["known"] == 4
    assert json.loads(result.out)["summary"]["fixable"] == 1, "that of the new file alone"
    (data / "moved.dcm").write_bytes((data / "cut.dcm").read_bytes())
    (data / "cut.dcm").unlink()
    assert len(found(data, f"baseline: {file.name}")[0]) == 1  # moving a file makes nothing new


def test_baseline_holds_nothing_of_the_files(data: Path) -> None:
    file = data.parent / "known.json"
    process("baseline", "create", data, "--output", file)
    text = file.read_text()
    assert "1.2." not in text and "cut" not in text
    assert Baseline.read(str(file)).count() == 4


def test_ratchet_fails_until_the_baseline_is_updated(data: Path) -> None:
    file = data.parent / "known.json"
    process("baseline", "create", data, "--output", file)
    (data / "range.dcm").write_bytes(of_another_study(CLEAN / "ct.dcm", b"2"))
    settings = f"baseline: {file.name}\nratchet: true"
    assert found(data, settings)[0] == [] or found(data, settings)[0][0][1] == "internal/baseline-outdated"
    updated = process("baseline", "update", data, "--baseline", file, "--prune")
    assert "1 are gone" in updated.out
    assert found(data, settings)[0] == []
    (data / "new.dcm").write_bytes(of_another_study(FAULTY / "wrong_vr.dcm", b"3"))
    assert "1 new ones are not in it" in process("baseline", "update", data, "--baseline", file).out
    assert "1 are new" in process("baseline", "update", data, "--baseline", file, "--accept-new").out
    assert found(data, settings)[0] == []


@pytest.mark.parametrize(
    "content", ["", "{}", "[1]", '{"dcmlint-baseline": 2}', '{"dcmlint-baseline": 1, "instances": 3}']
)
def test_what_is_no_baseline_is_refused(content: str, data: Path) -> None:
    (data.parent / "known.json").write_text(content)
    result = process("check", data, "--baseline", data.parent / "known.json")
    assert result.status == 2 and "is no baseline" in result.err


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("*.dcm", "a/b.dcm", True),
        ("a/*.dcm", "a/b.dcm", True),
        ("a/*.dcm", "a/c/b.dcm", False),
        ("a/**", "a/c/b.dcm", True),
        ("**/b.dcm", "b.dcm", True),
        ("**/b.dcm", "x/y/b.dcm", True),
        ("a/**/z/*.d", "a/z/q.d", True),
        ("a/**/z/*.d", "a/b/c/z/q.d", True),
        ("phantom", "x/phantom/y", True),
        ("a", "ab/c", False),
        ("/a", "x/a", False),
        ("a/b", "a/b/c", True),
        ("?[ab].dcm", "xa.dcm", True),
    ],
)
def test_globs(glob: str, path: str, matches: bool) -> None:
    assert glob_matcher(glob)(tuple(path.split("/"))) is matches


def test_hostile_globs_take_linear_time() -> None:
    assert not glob_matcher("*a" * 40 + "b")(("a" * 200,))
    assert not glob_matcher("**/" * 40 + "b")(tuple("a" * 200))

"""Settings files: found by walking up, validated with lines and near misses, joined along `extends`."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CT, FAULTY, Command, dcmlint, process
from policies import policy

from dcmlint.errors import UsageError
from dcmlint.policy.load import find_settings, load_policy
from dcmlint.policy.model import NO_POLICY

__all__ = ["dcmlint"]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("selct: [pixel]", 1, "Did you mean select?"),
        ("select: [pixel]\nignore: [pixl]", 2, "Did you mean pixel"),
        ("severity:\n  pixel: warn", 2, "Did you mean warning?"),
        ("severity:\n  pixel:\n    - note", 2, "none of"),
        ("fail-on: [error]", 1, "none of"),
        ("jobs: many", 1, "whole number"),
        ("jobs: 0", 1, "not from 1"),
        ("skip-non-dicom: si", 1, "true or false"),
        ("select: {a: b}", 1, "a list is expected"),
        ("parameters:\n  pixel/high-bit-mismatch:\n    x: 1", 2, "there is no key"),
        ("parameters:\n  pixel/orientation-not-orthonormal:\n    tolerance: 7", 3, "not from"),
        ("parameters:\n  value/truncated:\n    exempt: [StationNam]", 3, "did you mean StationName?"),
        ("rules:\n  - required: [PatientID]", 2, "'id' is missing"),
        ("rules:\n  - id: Upper\n    required: PatientID", 2, "lower case"),
        ("rules:\n  - id: a\n    required: [PatentID]", 3, "did you mean PatientID?"),
        ("rules:\n  - id: a\n    check: 'Rows = 1'\n    message: x", 3, "'='"),
        ("rules:\n  - id: a\n    check: Rows == 1", 3, "needs a message"),
        ("rules:\n  - id: a\n    required: PatientID\n    forbidden: StudyID", 2, "has required, forbidden"),
        ("rules:\n  - id: a\n    severity: note", 2, "has none"),
        ("rules:\n  - {id: a, required: A}\n", 2, "no Attribute A"),
        ("rules:\n  - {id: a, required: StudyID}\n  - {id: a, required: PatientID}", 3, "in line 2"),
        (
            "rules:\n  - {id: a, required: StudyID, message: '{attribute.__class__}'}",
            2,
            "cannot be filled in",
        ),
        ("rules:\n  - {id: a, required: StudyID, message: '{value:>99999999}'}", 2, "cannot be filled in"),
        ("rules:\n  - {id: a, pattern: {StudyID: '('}}", 2, "no regular expression"),
        ("rules:\n  - {id: a, matches_file_name: x.dcm}", 2, "in braces"),
        ("rules:\n  - {id: a, date_range: {StudyDate: {from: soon}}}", 2, "a day is expected"),
        ("scopes:\n  - when: Modality = 'x'", 2, "'='"),
        ("scopes:\n  - ignore: pixel", 2, "'when' is missing"),
        ("severity: {site/nothing: note}", 1, "no policy has a rule site/nothing"),
        ("extends: nothing-like-it", 1, "there is no policy nothing-like-it"),
        ("select: &a [pixel]\nignore: *a", 2, "aliases"),
        ("a: !!python/object:os.system x", 1, "tags"),
        ("select: [pixel]\nselect: [file]", 2, "twice"),
        ("select: [pixel", 2, "line"),
        ("- pixel", 1, "keys with values"),
    ],
)
def test_faults_name_the_line_and_the_way_out(text: str, line: int, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        policy(tmp_path, text)
    shown = str(refused.value)
    assert said in shown
    if "no policy has" not in said:
        assert f"dcmlint.yaml, line {line}" in shown


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        policy(tmp_path, "selct: []\nignor: []\nfail-on: x")
    assert [f"line {number}" in str(refused.value) for number in (1, 2, 3)] == [True] * 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"x: " + b"a" * (3 << 20), "larger than"),
        (b"[" * 20_000, "line 1"),
        (b"a: " + b"[" * 60 + b"]" * 60, "nested"),
    ],
)
def test_hostile_files_are_clear_errors(content: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "dcmlint.yaml"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=r"dcmlint\.yaml") as refused:
        load_policy(str(file))
    assert said in str(refused.value)


def test_words_of_attributes_stay_words(tmp_path: Path) -> None:
    found = policy(
        tmp_path, "rules:\n  - {id: a, one_of: {BurnedInAnnotation: [NO, YES], StudyID: [0012, 1_0]}}"
    )
    assert found.rules[0].demand == {"BurnedInAnnotation": ["NO", "YES"], "StudyID": ["0012", "1_0"]}


def test_settings_are_found_by_walking_up_from_what_is_checked(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "c").mkdir()
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    own = tmp_path / "a" / "dcmlint.yaml"
    own.write_text("")
    assert find_settings([str(tmp_path / "a" / "b")]) == str(own)
    assert find_settings([str(own)]) == str(own)
    assert find_settings([str(tmp_path / "c")]) == ""
    (tmp_path / "pyproject.toml").write_text("[tool.dcmlint]\nselect = ['pixel']\n")
    assert find_settings([str(tmp_path / "c"), str(tmp_path / "a")]) == str(tmp_path / "pyproject.toml")


def test_pyproject_has_the_same_keys_and_lines(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(
        "[project]\nname = 'x'\n\n[tool.dcmlint]\nselect = ['pixel']\nfail-on = 'warning'\n"
        "[tool.dcmlint.severity]\n'value/truncated' = 'error'\n"
        "[[tool.dcmlint.rules]]\nid = 'a'\nrequired = ['PatientID']\n"
    )
    found = load_policy(str(file))
    assert (found.select, dict(found.severity)) == (("pixel",), {"value/truncated": "error"})
    assert found.run["fail-on"] == "warning"
    assert (found.rules[0].id, found.rules[0].line) == ("site/a", 9)
    file.write_text("[tool.dcmlint]\n\nselekt = ['pixel']\n")
    with pytest.raises(UsageError, match="line 3: selekt"):
        load_policy(str(file))
    file.write_text("[tool.dcmlint\n")
    with pytest.raises(UsageError, match=r"pyproject\.toml"):
        load_policy(str(file))


def test_policies_build_on_each_other(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        "ignore: [pixel, uid/missing]\nseverity: {value: note, module: warning}\nselect: [value, pixel]\n"
        "rules:\n  - {id: a, required: PatientID}\nexclude: old/**\n"
        "parameters: {value/truncated: {exempt: [StationName]}}\n"
    )
    found = policy(
        tmp_path,
        "extends: base.yaml\nextend-select: [pixel]\nseverity: {module: error}\n"
        "rules:\n  - {id: b, required: StudyID}\nexclude: new/**\n",
    )
    assert found.select == ("value", "pixel")
    assert found.ignore == ("uid/missing",)  # pixel is brought back
    assert dict(found.severity) == {"value": "note", "module": "error"}
    assert [rule.id for rule in found.rules] == ["site/a", "site/b"]
    assert [glob for _, glob in found.exclude] == ["old/**", "new/**"]
    assert found.parameters == {"value/truncated": {"exempt": ["StationName"]}}


def test_a_rule_of_two_policies_is_refused(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("rules:\n  - {id: a, required: PatientID}\n")
    with pytest.raises(UsageError, match=r"base\.yaml has a rule site/a already"):
        policy(tmp_path, "extends: base.yaml\nrules:\n  - {id: a, required: StudyID}\n")


def test_a_policy_that_extends_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("extends: dcmlint.yaml\n")
    with pytest.raises(UsageError, match="extends itself"):
        policy(tmp_path, "extends: base.yaml\n")


def test_inline_settings_come_last(tmp_path: Path) -> None:
    found = policy(
        tmp_path,
        "fail-on: note\nseverity: {pixel: note}\n",
        inline=["fail-on=warning", "severity.value/truncated=off", "select=[pixel, value]"],
    )
    assert found.run["fail-on"] == "warning"
    assert dict(found.severity) == {"pixel": "note", "value/truncated": "off"}
    assert found.select == ("pixel", "value")


@pytest.mark.parametrize(
    "setting", ["fail-on", "fail-on=x", "selct=a", "severity.pixel", "fail-on.x=1", "jobs=["]
)
def test_inline_settings_are_checked(setting: str, dcmlint: Command) -> None:
    result = dcmlint("check", CT, "--set", setting)
    assert result.status == 2 and "--set" in result.err


def test_nothing_said_is_no_policy() -> None:
    assert load_policy() == NO_POLICY


def test_show_settings(tmp_path: Path) -> None:
    (tmp_path / "dcmlint.yaml").write_text("fail-on: note\nignore: pixel\n")
    shown = process("check", tmp_path, "--show-settings", "--set", "jobs=3")
    assert shown.status == 0
    for said in (f"# from {tmp_path / 'dcmlint.yaml'}", "fail-on: note", "- pixel", "jobs: 3"):
        assert said in shown.out
    isolated = process("check", tmp_path, "--show-settings", "--isolated")
    assert "# no settings file" in isolated.out and "fail-on: error" in isolated.out


def test_settings_without_yaml_files_load_no_yaml() -> None:
    import subprocess
    import sys

    code = (
        "import sys\nfrom dcmlint.options import Given, request_of\nrequest_of(Given(paths=('/',)))\n"
        "print(*sorted({'yaml', 'cel', 'tomllib', 'sqlite3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_command_line_outranks_settings(dcmlint: Command, tmp_path: Path) -> None:
    settings = tmp_path / "dcmlint.yaml"
    settings.write_text("select: [uid]\nfail-on: never\n")
    by_settings = dcmlint("check", FAULTY, "--config", settings, "--format", "json")
    assert by_settings.status == 0
    by_option = dcmlint(
        "check", FAULTY, "--config", settings, "--format", "json", "--select", "pixel", "--fail-on", "error"
    )
    assert by_option.status == 1
    assert '"uid/' in by_settings.out and '"pixel/' not in by_settings.out
    assert '"pixel/' in by_option.out and '"uid/' not in by_option.out
    both = dcmlint("check", FAULTY, "--config", settings, "--format", "json", "--extend-select", "pixel")
    assert '"uid/' in both.out and '"pixel/' in both.out
    assert dcmlint("check", CT, "--config", settings, "--isolated").status == 2

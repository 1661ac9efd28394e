"""`dcmlint policy`, `dcmlint init`, and `--policy` of `dcmlint rules` and `dcmlint rule`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from command_line import CT, Command, dcmlint

from dcmlint.policy.about import about
from dcmlint.policy.keys import json_schema
from dcmlint.policy.load import load_policy
from dcmlint.starter import starter

__all__ = ["dcmlint"]

GOOD = """\
name: mine
description: |
  What it is for.
  And more.
severity: {value/truncated: error, encoding/padding: off}
scopes:
  - when: Modality == "SR"
    severity: {value: note}
rules:
  - id: patient-id
    title: Patient ID is missing.
    when: Modality == "CT"
    required: PatientID
    pass:
      - {Modality: CT, PatientID: A1}
      - {Modality: MR}
    fail:
      - {Modality: CT}
      - {Modality: CT, PatientID: null}
  - id: accession
    unique: AccessionNumber
    pass:
      - [{AccessionNumber: A}, {AccessionNumber: B}]
    fail:
      - [{AccessionNumber: A}, {AccessionNumber: A}]
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(here: Path, rules: str, name: str = "site.yaml") -> Path:
    path = here / name
    path.write_text(rules)
    return path


def rule(demand: str, passing: str = "", failing: str = "") -> str:
    """Return a policy with one rule; its examples are in lines 4 and 5."""
    lines = ["rules:", "  - id: one", f"    {demand}"]
    lines += [f"    pass: [{passing}]", f"    fail: [{failing}]"]
    return "\n".join(lines) + "\n"


def test_examples_of_a_good_policy_hold(dcmlint: Command, here: Path) -> None:
    written(here, GOOD)
    result = dcmlint("policy", "test", "site.yaml")
    assert (result.status, result.out) == (0, "2 rules, 6 examples: all as they should be\n")


def test_the_settings_file_in_force_is_the_default(dcmlint: Command, here: Path) -> None:
    written(here, GOOD, "dcmlint.yaml")
    (here / "below").mkdir()
    assert dcmlint("policy", "test").out == "2 rules, 6 examples: all as they should be\n"


def test_a_pyproject_is_tested_too(dcmlint: Command, here: Path) -> None:
    text = '[[tool.dcmlint.rules]]\nid = "a"\nrequired = ["PatientID"]\n'
    text += 'pass = [{PatientID = "1"}]\nfail = [{}]\n'
    written(here, text, "pyproject.toml")
    assert dcmlint("policy", "test").out == "1 rule, 2 examples: all as they should be\n"


def test_without_settings_a_policy_must_be_named(dcmlint: Command, here: Path) -> None:
    result = dcmlint("policy", "test")
    assert result.status == 2
    assert "There is no settings file" in result.err and "NAME|FILE" in result.err


def test_a_policy_that_is_not_there_is_said(dcmlint: Command, here: Path) -> None:
    result = dcmlint("policy", "test", "archive-injest")
    assert result.status == 2
    assert "there is no policy archive-injest" in result.err
    assert "Did you mean archive-ingest?" in result.err


def test_a_passing_example_that_is_reported(dcmlint: Command, here: Path) -> None:
    written(here, rule("forbidden: PatientName", "{PatientID: A}, {PatientName: B}", "{PatientName: B}"))
    result = dcmlint("policy", "test", "site.yaml")
    assert result.status == 1
    first, last = result.out.splitlines()
    assert first.startswith(f"{here}/site.yaml, line 4: site/one: example 2 of `pass` should pass, but is")
    assert first.endswith(" is reported at PatientName")
    assert last == "1 rule, 3 examples: 1 not as it should be"


def test_a_failing_example_that_is_not_reported(dcmlint: Command, here: Path) -> None:
    written(here, rule("forbidden: PatientName", "{}", "{PatientName: B}, {PatientName: null}, {}"))
    lines = dcmlint("policy", "test", "site.yaml").out.splitlines()
    assert [line.partition(": ")[2] for line in lines[:-1]] == [
        "site/one: example 2 of `fail` should fail, but is not reported",
        "site/one: example 3 of `fail` should fail, but is not reported",
    ]
    assert lines[-1] == "1 rule, 4 examples: 2 not as they should be"


def test_a_failing_example_to_which_the_rule_does_not_apply(dcmlint: Command, here: Path) -> None:
    text = rule('when: Modality == "CT"\n    required: PatientID', "{Modality: CT, PatientID: A}", "{}")
    written(here, text)
    out = dcmlint("policy", "test", "site.yaml").out
    assert "should fail, but is not reported: `when` is not true of it\n" in out


def test_shared_values_are_what_unique_reports(dcmlint: Command, here: Path) -> None:
    text = rule(
        "unique: {attributes: PatientID, within: StudyDate}",
        "[{PatientID: A, StudyDate: 2020-01-01}, {PatientID: A, StudyDate: 2020-01-02}]",
        "[{PatientID: A, StudyDate: 2020-01-01}, {PatientID: A, StudyDate: 2020-01-02}]",
    )
    written(here, text)
    result = dcmlint("policy", "test", "site.yaml")
    assert "line 5: site/one: example 1 of `fail` should fail" in result.out
    assert "`pass`" not in result.out


@pytest.mark.parametrize(
    ("passing", "failing", "note"),
    [
        ("", "", "has no examples"),
        ("{PatientID: A}", "", "has no failing example"),
        ("", "{}", "has no passing example"),
    ],
)
def test_rules_without_examples_are_noted(
    dcmlint: Command, here: Path, passing: str, failing: str, note: str
) -> None:
    written(here, rule("required: PatientID", passing, failing))
    result = dcmlint("policy", "test", "site.yaml")
    assert result.status == 0
    assert f"line 2: site/one: note: it {note}\n" in result.out


def test_passing_examples_that_prove_nothing_are_noted(dcmlint: Command, here: Path) -> None:
    written(here, rule('when: Modality == "CT"\n    required: PatientID', "{}", "{Modality: CT}"))
    assert (
        "note: it has no passing example that its `when` is true of"
        in dcmlint("policy", "test", "site.yaml").out
    )


@pytest.mark.parametrize(
    ("example", "message"),
    [
        ("{PatientIDD: A}", "there is no Attribute PatientIDD; did you mean PatientID?"),
        (
            "{RequestAttributesSequence.RequestedProcedureID: A}",
            "RequestAttributesSequence.RequestedProcedureID: an example writes Items",
        ),
        ("{RequestAttributesSequence: A}", "an Item is Attributes with values"),
        ("{PatientID: {CodeValue: A}}", "PatientID is no Sequence"),
        ("{BitsAllocated: sixteen}", "BitsAllocated has VR US, which cannot hold this value"),
        ("{BitsAllocated: 70000}", "BitsAllocated has VR US, which cannot hold this value"),
        ("{PatientID: true}", "PatientID takes no true or false"),
        ("{PatientName: Müller}", "characters other than ASCII need a Specific Character Set"),
        ("{FrameIncrementPointer: FrameTimeX}", "FrameIncrementPointer has VR AT"),
        (
            "{PixelRepresentation: 1, SmallestImagePixelValue: 40000}",
            "a value of the example does not fit its VR",
        ),
        ("{StudyInstanceUID: 1.20}", "StudyInstanceUID is a UID"),
        ("{$file: 5}", "$file is the path of a file"),
        ("{RequestAttributesSequence: {$file: a}}", "there is no Attribute $file"),
        ("[{PatientID: A}]", "an example is Attributes with values"),
        ("PatientID", "rules.1.fail.1: an example is Attributes with values"),
    ],
)
def test_bad_examples_are_told_with_file_and_line(
    dcmlint: Command, here: Path, example: str, message: str
) -> None:
    written(here, rule("required: PatientID", "{PatientID: A}", example))
    result = dcmlint("policy", "test", "site.yaml")
    assert result.status == 2
    assert f"site.yaml, line 5: {message}" in result.err
    assert "Müller" not in result.err and "sixteen" not in result.err


def test_examples_of_unique_are_lists(dcmlint: Command, here: Path) -> None:
    written(here, rule("unique: PatientID", "{PatientID: A}", ""))
    result = dcmlint("policy", "test", "site.yaml")
    assert result.status == 2
    assert "line 4: an example of `unique` is a list of two Data Sets or more" in result.err


@pytest.mark.parametrize(
    ("demand", "passing", "failing"),
    [
        (
            'check: RequestAttributesSequence.exists(r, r.RequestedProcedureID == "P1")\n    message: no',
            "{RequestAttributesSequence: {RequestedProcedureID: P1}}",
            "{RequestAttributesSequence: [{RequestedProcedureID: P2}, {RequestedProcedureID: P3}]}",
        ),
        (
            'check: private("ACME 1", 0x29, 0x10) == "on"\n    message: no',
            '{"(0029,xx11,B)": 1, "(0029,xx10,ACME 1)": on}, {"(0029,xx10,B)": off}',
            '{"(0029,xx10,B)": on, "(0029,xx10,ACME 1)": off}',
        ),
        (
            'check: private("ACME 1", 0x29, 0x10) > 4\n    message: no',
            '{"(0029,xx10,ACME 1)": 5}',
            '{"(0029,xx10,ACME 1)": 4}',
        ),
        (
            'check: encoding.transfer_syntax == "1.2.840.10008.1.2"\n    message: no',
            "{TransferSyntaxUID: 1.2.840.10008.1.2}",
            "{}, {TransferSyntaxUID: 1.2.840.10008.1.2.1}",
        ),
        (
            'check: file.folder == "ct"\n    message: no',
            "{$file: a/ct/b.dcm}, {}",
            "{$file: a/mr/b.dcm}",
        ),
        (
            'required: SourceApplicationEntityTitle',
            "{SourceApplicationEntityTitle: CT1}",
            "{PatientID: A}",
        ),
        (
            "check: date(StudyDate) >= date(PatientBirthDate)\n    message: no",
            "{StudyDate: 2020-01-01, PatientBirthDate: 19200101}",
            "{StudyDate: '20200101', PatientBirthDate: 2021-01-01}",
        ),
        (
            "max_length: {PatientName: 6}",
            "{SpecificCharacterSet: ISO_IR 192, PatientName: Müller}",
            "{SpecificCharacterSet: ISO_IR 192, PatientName: Müllers}",
        ),
        (
            "check: size(ImageType) == 2 && FrameIncrementPointer[0] == 1577059\n    message: no",
            "{ImageType: [ORIGINAL, PRIMARY], FrameIncrementPointer: FrameTime}",
            "{ImageType: [ORIGINAL, PRIMARY, AXIAL], FrameIncrementPointer: '(0018,1063)'}",
        ),
        (
            "check: present(PixelData) && filled(LUTData)\n    message: no",
            "{PixelData: 0, LUTData: [0, 1]}",
            "{PixelData: null}, {PixelData: 5, LUTData: []}",
        ),
        (
            "check: SmallestImagePixelValue > -10\n    message: no",
            "{SmallestImagePixelValue: -5}, {PixelRepresentation: 1, SmallestImagePixelValue: 7}",
            "{SmallestImagePixelValue: -11}",
        ),
        ("required: PatientID", "{PatientID: [A, null]}", "{PatientID: ''}, {PatientID: '  '}"),
        ("required: OtherPatientIDs", "{OtherPatientIDs: [null, A]}", "{OtherPatientIDs: []}"),
        ("forbidden: (0029,xx10,ACME)", "{'(0029,xx11,ACME)': 1}", "{'(0029,xx10,ACME)': [{PatientID: A}]}"),
    ],
)  # fmt: skip
def test_what_examples_can_hold(
    dcmlint: Command, here: Path, demand: str, passing: str, failing: str
) -> None:
    written(here, rule(demand, passing, failing))
    result = dcmlint("policy", "test", "site.yaml")
    assert result.err == ""
    assert re.fullmatch(r"1 rule, \d examples: all as they should be\n", result.out)


def test_a_check_that_fails_is_no_passing_example(
    dcmlint: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(demand: object) -> object:
        def check(bindings: object) -> object:
            raise TypeError("a value")

        return check

    from dcmlint.policy import site
    from dcmlint.policy.forms import Form

    monkeypatch.setattr(site, "FORMS", {**site.FORMS, "required": Form(broken, "")})
    written(here, rule("required: PatientID", "{PatientID: A}", "{}"))
    result = dcmlint("policy", "test", "site.yaml")
    assert result.status == 1
    assert result.out.count("cannot be judged: the check failed (TypeError)") == 2
    assert "a value" not in result.out


def test_several_policies_are_tested_together_each_rule_once(dcmlint: Command, here: Path) -> None:
    written(here, GOOD)
    written(here, f"extends: site.yaml\n{rule('required: PatientName', '', '{}')}", "other.yaml")
    assert dcmlint("policy", "test", "site.yaml", "other.yaml").out.endswith(
        "3 rules, 7 examples: all as they should be\n"
    )


def test_policies_are_listed(dcmlint: Command) -> None:
    result = dcmlint("policy", "list")
    assert result.status == 0
    for line in result.out.splitlines():
        name, count, description = re.split(r" {2,}", line, maxsplit=2)
        own = about(name)
        assert count == f"{len(own.rules)} rules"
        assert description == own.description.splitlines()[0]


def test_a_policy_of_a_plugin_that_cannot_be_used_is_told(
    dcmlint: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dcmlint import explain_policy

    broken, mine = written(here, "rulez: []", "broken.yaml"), written(here, GOOD)
    known = {"broken": broken, "mine": mine}
    monkeypatch.setattr("dcmlint.plugins.named", lambda hook: known)
    monkeypatch.setattr(explain_policy, "named", lambda hook: known)
    monkeypatch.setattr(explain_policy, "owners", lambda hook: {"broken": "acme", "mine": "acme"})
    result = dcmlint("policy", "list")
    assert result.status == 1
    first, second = result.out.splitlines()
    assert first.startswith("broken") and "cannot be used" in first and "there is no key 'rulez'" in first
    assert re.fullmatch(r"mine +2 rules  What it is for\. \(plugin acme\)", second)


def test_a_policy_is_shown(dcmlint: Command, here: Path) -> None:
    written(here, GOOD)
    lines = dcmlint("policy", "show", "site.yaml").out.splitlines()
    assert lines[0] == "mine"
    assert "What it is for." in lines and "And more." in lines
    assert '  site/patient-id  error  Patient ID is missing; only where Modality == "CT"' in lines
    assert "  severity  value/truncated   error" in lines
    assert "  severity  encoding/padding  off" in lines
    assert '  scopes    Modality == "SR"  severity: value note' in lines


def test_what_a_policy_extends_is_not_shown_as_its_own(dcmlint: Command, here: Path) -> None:
    written(here, GOOD)
    written(here, "extends: ./site.yaml\nfail-on: warning\n", "top.yaml")
    out = dcmlint("policy", "show", "top.yaml").out
    assert "site/patient-id" not in out
    assert "  extends  ./site.yaml" in out.splitlines()
    assert "0 rules" in out


def test_the_schema_is_printed(dcmlint: Command) -> None:
    assert json.loads(dcmlint("policy", "schema").out) == json_schema()


def test_rules_of_a_policy_are_listed_with_the_others(dcmlint: Command, here: Path) -> None:
    written(here, GOOD)
    every = dcmlint("rules").out.splitlines()
    *rules, counts = dcmlint("rules", "--policy", "site.yaml").out.splitlines()
    assert counts == f"{len(every) + 1} rules, 2 of policy mine"  # two more, and one is off
    assert {line.split()[0] for line in rules} == {line.split()[0] for line in every} - {
        "encoding/padding"
    } | {
        "site/patient-id",
        "site/accession",
    }
    severity = {line.split()[0]: line.split()[1] for line in rules}
    assert severity["value/truncated"] == "error"


def test_rules_of_a_policy_can_be_selected(dcmlint: Command, here: Path) -> None:
    written(here, GOOD)
    *rules, counts = dcmlint("rules", "--policy", "site.yaml", "--select", "site").out.splitlines()
    assert [line.split()[0] for line in rules] == ["site/patient-id", "site/accession"]
    assert counts == "2 rules, 2 of policy mine"


def test_a_rule_of_a_policy_has_a_page(dcmlint: Command, here: Path) -> None:
    written(here, GOOD)
    page = dcmlint("rule", "site/patient-id", "--policy", "site.yaml").out
    assert page.startswith("site/patient-id\n")
    for told in ("Patient ID is missing.", "required: PatientID", 'when: Modality == "CT"', "policy mine"):
        assert told in page
    assert dcmlint("rule", "site/patient-id").status == 2
    (here / "site.yaml").rename(here / "dcmlint.yaml")
    assert dcmlint("rule", "site/patient-id").out == page
    assert "Did you mean site/patient-id?" in dcmlint("rule", "site/patient-idd").err


def test_init_writes_settings_that_are_valid(dcmlint: Command, here: Path) -> None:
    assert dcmlint("init").status == 0
    text = (here / "dcmlint.yaml").read_text()
    assert text.startswith(f"# yaml-language-server: $schema={json_schema()['$id']}\n")
    assert load_policy("dcmlint.yaml").rules == ()
    assert dcmlint("check", CT).status == 0
    assert [path.name for path in here.iterdir()] == ["dcmlint.yaml"]


def test_the_examples_in_the_starter_work(dcmlint: Command, here: Path) -> None:
    text = re.sub(r"^# (?!yaml-|waivers)", "", starter(), flags=re.MULTILINE)
    written(here, text, "dcmlint.yaml")
    content = yaml.safe_load(text)
    assert {"extends", "fail-on", "severity", "per-file-ignores", "exclude", "scopes", "rules"} == set(
        content
    )
    result = dcmlint("policy", "test")
    assert (result.status, result.err) == (0, "")
    assert "site/accession-number" not in result.out


def test_init_builds_on_policies(dcmlint: Command, here: Path) -> None:
    written(here, GOOD, "a, b.yaml")
    assert dcmlint("init", "--policy", "archive-ingest", "--policy", "a, b.yaml").status == 0
    assert load_policy("dcmlint.yaml").names[:2] == ("archive-ingest", "mine")


def test_init_names_a_policy_that_is_not_there(dcmlint: Command, here: Path) -> None:
    result = dcmlint("init", "--policy", "archive-injest")
    assert result.status == 2 and "Did you mean archive-ingest?" in result.err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [("dcmlint.yaml", "fail-on: note\n"), (".dcmlint.yaml", ""), ("pyproject.toml", "[tool.dcmlint]\n")],
)
def test_init_overwrites_only_when_told(dcmlint: Command, here: Path, name: str, content: str) -> None:
    written(here, content, name)
    result = dcmlint("init")
    assert result.status == 2
    assert f"There are settings already: {name}" in result.err and "--force" in result.err
    assert (here / name).read_text() == content
    assert dcmlint("init", "--force").status == 0
    assert (here / "dcmlint.yaml").read_text() == starter()


def test_init_in_a_folder_that_cannot_be_written(
    dcmlint: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("dcmlint.starter.open_output", refused)
    result = dcmlint("init")
    assert result.status == 2 and "cannot be written: Permission denied" in result.err

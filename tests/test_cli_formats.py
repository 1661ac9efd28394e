"""Every format through the command line: several at once, from workers, with what the run knows."""

from __future__ import annotations

import csv
import json
import re
import shlex
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command_line import CLEAN, CT, FAULTY, ROOT, Command, dcmlint, timeless
from report_sample import FORMATS

from dcmlint.catalogue import find_rule

__all__ = ["dcmlint"]

WARNS = FAULTY / "cut_name.dcm"


def test_all_formats_at_once_are_the_same_from_workers(
    dcmlint: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(ROOT)  # github-sarif tells of files outside

    def reports(jobs: str) -> dict[str, list[str]]:
        folder = tmp_path / jobs
        folder.mkdir()
        asked = [part for name in FORMATS for part in ("-f", f"{name}:{folder / name}")]
        inputs = (CLEAN, FAULTY, ROOT / "absent.dcm", Path(__file__))
        result = dcmlint("check", *asked, "--statistics-by", "rule,module", "--jobs", jobs, *inputs)
        assert (result.status, result.out, result.err) == (1, "", "")
        return {name: timeless((folder / name).read_bytes().decode()) for name in FORMATS}

    one, two = reports("1"), reports("2")
    assert one == two
    document = json.loads((tmp_path / "1" / "json").read_text())
    number = len(document["findings"])
    assert number > 40
    across = sum(find_rule(each["rule"]).scope == "group" for each in document["findings"])
    assert sum(row["number"] for row in document["statistics"]["module"]) == number - across
    assert len(json.loads((tmp_path / "1" / "gitlab").read_text())) == number
    with (tmp_path / "1" / "csv").open(newline="") as stream:
        assert len(list(csv.DictReader(stream))) == number
    suite = ElementTree.parse(tmp_path / "1" / "junit").getroot()[0]
    own = [case for case in suite.iter("testcase") if case.attrib["classname"] != "dcmlint.across instances"]
    assert len(own) == document["summary"]["files"]
    assert len({(case.attrib["classname"], case.attrib["name"]) for case in suite.iter("testcase")}) == int(
        suite.attrib["tests"]
    )


@pytest.mark.parametrize(("fail_on", "state"), [("error", "system-out"), ("warning", "failure")])
def test_junit_knows_what_fails_the_run(dcmlint: Command, fail_on: str, state: str) -> None:
    result = dcmlint("check", "-f", "junit", "--fail-on", fail_on, WARNS)
    (case,) = ElementTree.fromstring(result.out).iter("testcase")
    assert [child.tag for child in case] == [state]
    assert result.status == (state == "failure")


def test_statistics_that_were_asked_for_are_there_without_findings(dcmlint: Command) -> None:
    def statistics(*options: str) -> object:
        return json.loads(dcmlint("check", "-f", "json", *options, CT).out)["statistics"]

    assert statistics() == {}
    assert statistics("--statistics") == {"rule": []}
    assert statistics("--statistics-by", "sop-class,manufacturer") == {"sop-class": [], "manufacturer": []}
    assert "By " not in dcmlint("check", "--statistics-by", "module", CT).out


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_findings_across_instances_join_the_testcase_of_their_file(
    dcmlint: Command, tmp_path: Path, jobs: str
) -> None:
    """A policy's demand on several instances is told of the second one, after it was checked."""
    settings = tmp_path / "dcmlint.yaml"
    settings.write_text(
        "ignore: [uid/duplicate-copy]\nrules:\n  - id: one-instance\n    unique: SOPInstanceUID\n"
    )
    for number in range(60):
        (tmp_path / f"{number:02}.dcm").write_bytes(WARNS.read_bytes())
    out = dcmlint("check", "--config", settings, "-f", "junit", "--jobs", jobs, "--no-cache", tmp_path).out
    cases = {
        case.attrib["name"]: [each.tag for each in case]
        for case in ElementTree.fromstring(out).iter("testcase")
    }
    images = {Path(name).name: states for name, states in cases.items() if name.endswith(".dcm")}
    assert len(images) == 60 and out.count("<testcase ") == len(cases)
    assert images.pop("00.dcm") == ["system-out"]
    assert all(states == ["failure", "system-out"] for states in images.values())


def test_an_unknown_format_names_those_there_are(dcmlint: Command) -> None:
    result = dcmlint("check", "-f", "html", CT)
    assert result.status == 2
    assert all(name in result.err for name in FORMATS)


def examples() -> list[tuple[str, list[str]]]:
    """Return the commands of docs/reports.md and the lines that it shows of their output."""
    text = (ROOT / "docs" / "reports.md").read_text()
    blocks = re.findall(r"^```console\n\$ dcmlint (.+)\n((?:.*\n)*?)```$", text, re.MULTILINE)
    return [(command, shown.splitlines()) for command, shown in blocks]


@pytest.mark.parametrize(("command", "shown"), examples(), ids=lambda each: str(each)[:50])
def test_documentation_shows_what_is_written(
    dcmlint: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str, shown: list[str]
) -> None:
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    monkeypatch.chdir(tmp_path)
    result = dcmlint(*shlex.split(command))
    assert result.err == ""
    lines = iter([re.sub(r"in \d+\.\d s", "in N s", line.rstrip("\r")) for line in result.out.splitlines()])
    for line in shown:
        assert re.sub(r"in \d+\.\d s", "in N s", line) in lines, f"not there, or not in this place: {line}"


def test_documentation_has_every_format_and_every_command_is_read() -> None:
    text = (ROOT / "docs" / "reports.md").read_text()
    assert len(examples()) == text.count("$ dcmlint")
    listed = re.findall(
        r"`([\w-]+)`", "".join(re.findall(r"^\| (`[\w-]+`(?:, `\w+`)*) \|", text, re.MULTILINE))
    )
    assert sorted(listed) == sorted(FORMATS)

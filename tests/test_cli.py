"""The command line: options, exit status, what goes where."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import CLEAN, CT, FAULTY, Command, dcmlint, process, timeless
from report_sample import FORMATS

from dcmlint import __version__
from dcmlint.announced import ANNOUNCED

__all__ = ["dcmlint"]

SMALL = FAULTY / "missing_type_1.dcm"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with a clean file, a faulty one, and a text file named like an image."""
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "a.dcm").write_bytes(CT.read_bytes())
    (tmp_path / "deep" / "b").write_bytes(SMALL.read_bytes())
    (tmp_path / "deep" / "er" / "c.dcm").write_text("no DICOM here\n")
    return tmp_path


def findings(text: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(text)["findings"]
    return found


def test_clean_file_exits_0(dcmlint: Command) -> None:
    result = dcmlint("check", CT)
    assert result.status == 0
    assert "1 SOP Instance in 1 file checked" in result.out
    assert result.err == ""


def test_error_exits_1(dcmlint: Command) -> None:
    result = dcmlint("check", SMALL)
    assert result.status == 1
    assert "module/missing-type-1" in result.out


@pytest.mark.parametrize(
    ("severity", "fail_on", "status"),
    [
        ("note", "error", 0),
        ("note", "warning", 0),
        ("note", "note", 1),
        ("note", "never", 0),
        ("error", "error", 1),
        ("error", "note", 1),
        ("error", "never", 0),
    ],
)
def test_fail_on(dcmlint: Command, tree: Path, severity: str, fail_on: str, status: int) -> None:
    # The folder has exactly a note (not DICOM), the file named exactly an error.
    inputs = (tree / "deep" / "er",) if severity == "note" else (tree / "deep" / "er" / "c.dcm",)
    result = dcmlint("check", "--format", "json", "--fail-on", fail_on, *inputs)
    assert [each["severity"] for each in findings(result.out)] == [severity]
    assert result.status == status


def test_named_input_that_is_unreadable_exits_1_whatever_fails(dcmlint: Command, tmp_path: Path) -> None:
    assert dcmlint("check", "--fail-on", "never", tmp_path / "gone.dcm").status == 1


def test_folder_is_walked_in_sorted_order(dcmlint: Command, tree: Path) -> None:
    result = dcmlint("check", "--show-files", "--fail-on", "never", tree)
    places = [result.out.index(name) for name in ("a.dcm", "deep/b", "deep/er/c.dcm")]
    assert places == sorted(places)


def test_json_summary_counts_every_entry(dcmlint: Command, tree: Path) -> None:
    result = dcmlint("check", "--format", "json", tree)
    report = json.loads(result.out)
    summary = report["summary"]
    assert (summary["files"], summary["instances"], summary["unreadable"]) == (3, 2, 0)
    assert summary["notes"] == sum(each["severity"] == "note" for each in report["findings"])
    assert result.status == 1


@pytest.mark.parametrize("form", FORMATS)
def test_output_file_has_what_the_screen_would(dcmlint: Command, tree: Path, form: str) -> None:
    target = tree.parent / f"report.{form}"
    written = dcmlint("check", "--format", form, "--output", target, SMALL)
    shown = dcmlint("check", "--format", form, SMALL)
    assert (written.status, written.out) == (1, "")
    assert shown.status == 1
    assert timeless(target.read_text()) == timeless(shown.out)


def test_output_that_cannot_be_written_exits_2(dcmlint: Command, tmp_path: Path) -> None:
    result = dcmlint("check", CT, "--output", tmp_path / "no" / "folder" / "report.txt")
    assert result.status == 2
    assert "Cannot write" in result.err
    assert "Traceback" not in result.err


def test_skip_non_dicom(dcmlint: Command, tree: Path) -> None:
    result = dcmlint("check", "--skip-non-dicom", "--format", "json", tree / "deep" / "er" / "c.dcm")
    assert result.status == 0
    assert findings(result.out) == []
    assert json.loads(result.out)["summary"]["files"] == 1


POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 526462\n"
)


@pytest.mark.parametrize(
    ("named", "options", "severity"),
    [
        (True, (), "error"),
        (False, (), "warning"),
        (True, ("--skip-non-dicom",), "warning"),
        (False, ("--skip-non-dicom",), "warning"),
        (False, ("--select", "pixel", "--skip-non-dicom"), "warning"),
        (False, ("--ignore", "file"), "warning"),
        (False, ("--ignore", "file/git-lfs-pointer"), None),
    ],
)
def test_git_lfs_pointer_is_not_taken_for_clean(
    dcmlint: Command, tmp_path: Path, named: bool, options: tuple[str, ...], severity: str | None
) -> None:
    (tmp_path / "ct.dcm").write_text(POINTER)
    result = dcmlint("check", "-f", "json", *options, tmp_path / "ct.dcm" if named else tmp_path)
    expected = [] if severity is None else [("file/git-lfs-pointer", severity)]
    assert [(each["rule"], each["severity"]) for each in findings(result.out)] == expected
    summary = json.loads(result.out)["summary"]
    assert (summary["files"], summary["instances"]) == (1, 0)
    assert result.status == (severity == "error")


def test_git_lfs_pointer_is_shown_as_text(dcmlint: Command, tmp_path: Path) -> None:
    (tmp_path / "ct.dcm").write_text(POINTER)
    out = dcmlint("check", "--skip-non-dicom", tmp_path).out
    assert "warning  A Git LFS pointer stands here: the file itself was not checked" in out
    assert "1 warning" in out
    (tmp_path / "ct.dcm").write_text(POINTER.replace("spec/v1", "spec/v9"))
    assert "no findings" in dcmlint("check", "--skip-non-dicom", tmp_path).out


def test_select_keeps_only_those(dcmlint: Command) -> None:
    both = dcmlint("check", "--format", "json", FAULTY, "--jobs", "1")
    rules = {str(each["rule"]) for each in findings(both.out)}
    chosen = dcmlint(
        "check", "--format", "json", FAULTY, "--select", "value,uid/malformed", "--select", "file/truncated"
    )
    kept = {str(each["rule"]) for each in findings(chosen.out)}
    named = ("uid/malformed", "file/truncated")
    wanted = {rule for rule in rules if rule.startswith("value/") or rule in named}
    assert kept == wanted
    assert any(rule.startswith("value/") for rule in kept)


def test_ignore_takes_away(dcmlint: Command) -> None:
    every = {str(each["rule"]) for each in findings(dcmlint("check", "--format", "json", FAULTY).out)}
    left = dcmlint("check", "--format", "json", FAULTY, "--ignore", "value,module/missing-type-1")
    rules = {str(each["rule"]) for each in findings(left.out)}
    assert rules == {
        rule for rule in every if not rule.startswith("value/") and rule != "module/missing-type-1"
    }
    assert "module/missing-type-1" in every


def test_unknown_rule_suggests_near_misses(dcmlint: Command) -> None:
    result = dcmlint("check", CT, "--select", "module/mising-type-1")
    assert result.status == 2
    assert "module/missing-type-1" in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("check", str(CT), "--format", "yaml"),
        ("check", str(CT), "--fail-on", "always"),
        ("check", str(CT), "--jobs", "0"),
        ("check", str(CT), "--jobs", "many"),
        ("check", "gopher://x/y"),
        ("check", str(CT), "--unknown-option"),
        ("unknown-command",),
        ("rule", "nothing/like-this"),
    ],
)
def test_bad_usage_exits_2_with_a_line(dcmlint: Command, arguments: tuple[str, ...]) -> None:
    result = dcmlint(*arguments)
    assert result.status == 2
    assert result.out == ""
    assert 0 < len(result.err.splitlines()) <= 5
    assert "Traceback" not in result.err


def test_no_files_is_said(dcmlint: Command, tmp_path: Path) -> None:
    result = dcmlint("check", tmp_path)
    assert result.status == 0
    assert "nothing to check" in result.err


@pytest.mark.parametrize("listed", ["{}\n{}\n", "{}\r\n{}\r\n", "{}\n\n{}", "{}\0{}\0", "{}\0{}"])
def test_list_on_standard_input(
    dcmlint: Command, monkeypatch: pytest.MonkeyPatch, tree: Path, listed: str
) -> None:
    names = listed.format(tree / "a.dcm", tree / "deep" / "b").encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(names))))
    result = dcmlint("check", "--format", "json", "-")
    assert json.loads(result.out)["summary"]["instances"] == 2


def test_list_with_line_feeds_in_names(
    dcmlint: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    odd = tmp_path / "first\nsecond.dcm"
    odd.write_bytes(CT.read_bytes())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(os.fsencode(odd)))))
    assert dcmlint("check", "--null", "-").status == 0


def test_names_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.dcm")).write_bytes(SMALL.read_bytes())
    for form in FORMATS:
        result = process("check", "--format", form, tmp_path)
        assert result.status == 1
        assert "caf" in result.out
        assert "github-sarif: GitHub cannot show" in result.err if form == "github-sarif" else not result.err


def test_version(dcmlint: Command) -> None:
    result = dcmlint("--version")
    assert result.status == 0
    assert result.out.startswith(f"dcmlint {__version__} ")


@pytest.mark.parametrize("command", [(), ("check",), ("rules",), ("rule",), ("explain",), ("standard",)])
def test_help(dcmlint: Command, command: tuple[str, ...]) -> None:
    result = dcmlint(*command, "--help")
    assert result.status == 0
    assert "Usage:" in result.out


def test_rules_lists_each_rule_once(dcmlint: Command) -> None:
    lines = dcmlint("rules").out.splitlines()
    ids = [line.split()[0] for line in lines]
    assert ids == sorted(set(ids))
    assert "file/truncated" in ids


def test_rules_of_a_group(dcmlint: Command) -> None:
    lines = dcmlint("rules", "--select", "value", "--ignore", "value/vm").out.splitlines()
    assert lines
    assert all(line.startswith("value/") for line in lines)
    assert not any(line.startswith("value/vm ") for line in lines)


def test_rule_page(dcmlint: Command) -> None:
    out = dcmlint("rule", "file/unreadable").out
    for part in ("Severity: error", "Source:", "What it does", "Why this matters", "Example", "Fix"):
        assert part in out


def test_announced_rule_is_told_apart_from_an_unknown_one(
    dcmlint: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ANNOUNCED, "later", "not-yet")
    assert "not in this version" in dcmlint("rule", "later/not-yet").err
    assert dcmlint("check", CT, "--select", "sr,later/not-yet").status == 0


def test_standard_commands(dcmlint: Command) -> None:
    assert "embedded" in dcmlint("standard", "list").out
    assert "PixelSpacing" in dcmlint("standard", "show", "PixelSpacing").out
    assert dcmlint("standard", "show", "NoSuchThing").status == 2
    assert dcmlint("standard", "use", "1066a").status == 2


def test_same_report_from_one_process_and_two(dcmlint: Command) -> None:
    inputs = (CLEAN, FAULTY, CLEAN / ".." / "clean", *[FAULTY / each.name for each in FAULTY.iterdir()])
    one = dcmlint("check", "--format", "json", "--jobs", "1", *inputs)
    two = dcmlint("check", "--format", "json", "--jobs", "2", *inputs)
    assert json.loads(one.out)["summary"]["files"] >= 50, "enough for processes to be started"
    assert findings(one.out) == findings(two.out)
    assert one.status == two.status


def test_statistics_and_quiet(dcmlint: Command) -> None:
    result = dcmlint("check", "--quiet", "--statistics", FAULTY, "--jobs", "2")
    assert any(line.split()[2:3] == ["module/missing-type-1"] for line in result.out.splitlines())
    assert "PS3." not in dcmlint("check", "--quiet", FAULTY).out


def test_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m dcmlint check {FAULTY} {FAULTY} {FAULTY} | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_interrupt_is_one_line(tmp_path: Path, jobs: str) -> None:
    for number in range(100):
        (tmp_path / f"{number}.dcm").write_bytes(CT.read_bytes())
    output = tmp_path / "report.json"
    command = [sys.executable, "-m", "dcmlint", "check", "-", "--jobs", jobs, "-f", "json", "-o", str(output)]
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    assert running.stdin is not None
    running.stdin.write(b"".join(b"%s/%d.dcm\n" % (os.fsencode(tmp_path), number) for number in range(100)))
    running.stdin.flush()
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(timeout=2)  # it waits for more of the list
    os.killpg(running.pid, signal.SIGINT)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert err.decode() == "dcmlint: error: interrupted\n"
    assert not output.exists()


def test_internal_error_is_one_line_without_values(dcmlint: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(request: object) -> int:
        raise KeyError("DOE^JANE")

    monkeypatch.setattr("dcmlint.run.check", fails)
    result = dcmlint("check", CT)
    assert result.status == 2
    assert "internal error (KeyError)" in result.err
    assert "DOE" not in result.err

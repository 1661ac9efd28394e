"""`dcmlint deid verify --log`: pairs by the audit log, where nothing else could tell them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from audit_logs import SECRET, write_log
from command_line import Command, dcmlint

from dcmlint.deid.run import Request, apply
from dcmlint.model import Raw
from dcmlint.read.encode import part10

__all__ = ["dcmlint"]

SAME: dict[str, Any] = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
    "StudyInstanceUID": "1.2.826.0.1.3680043.9.7.2",
    "SeriesInstanceUID": "1.2.826.0.1.3680043.9.7.3",
    "Modality": "CT",
    "PatientName": "Quastenflosser^Balthasar",
    "PatientID": "48213377",
    "Rows": 2,
    "Columns": 2,
    "PixelData": Raw("OB", bytes(4)),
}
"""Two copies of it differ in nothing but their UID: only a log can tell whose results are whose."""


class Run(NamedTuple):
    """A de-identified folder of two copies, its log and key."""

    root: Path

    def verify(self, *options: object) -> tuple[object, ...]:
        folders = (self.root / "out", "--against", self.root / "in")
        return ("deid", "verify", *folders, "--key-file", self.root / "key", "--format", "json", *options)

    @property
    def log(self) -> tuple[str, Path]:
        return "--log", self.root / "out.audit.jsonl"

    def result(self) -> Path:
        return sorted((self.root / "out").rglob("*.dcm"))[0]


def made(root: Path, profile: str = "basic", **more: Any) -> Run:
    (root / "in").mkdir()
    (root / "key").write_bytes(SECRET)
    for number in (1, 2):
        uid = f"1.2.826.0.1.3680043.9.7.1{number}"
        (root / "in" / f"{number}.dcm").write_bytes(part10({**SAME, "SOPInstanceUID": uid}))
    request = Request(str(root / "in"), str(root / "out"), profile, (), str(root / "key"), **more)
    assert apply(request, lambda path, reason: None).written == 2
    return Run(root)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return made(tmp_path)


def told(out: str) -> list[tuple[str, str]]:
    """Return (severity, message) of the findings of deid/inconsistent."""
    findings = json.loads(out)["findings"]
    return [(each["severity"], each["message"]) for each in findings if each["rule"] == "deid/inconsistent"]


def test_the_log_tells_what_nothing_else_can(run: Run, dcmlint: Command) -> None:
    without = dcmlint(*run.verify())
    assert [severity for severity, _ in told(without.out)] == ["note", "note"]
    with_log = dcmlint(*run.verify(*run.log))
    assert with_log.status == 0 and told(with_log.out) == [], with_log.out


def test_files_that_were_moved_are_found_by_content(run: Run, dcmlint: Command) -> None:
    run.result().rename(run.root / "out" / "moved.dcm")
    (run.root / "in" / "1.dcm").rename(run.root / "in" / "other.dcm")
    assert told(dcmlint(*run.verify(*run.log)).out) == []


def test_a_result_that_was_changed_is_told(run: Run, dcmlint: Command) -> None:
    result = run.result()
    result.write_bytes(result.read_bytes()[:-1] + b"x")
    found = dcmlint(*run.verify(*run.log))
    assert told(found.out) == [("warning", "It is not what was written: the audit log has another SHA-256")]


def test_an_original_that_was_changed_is_told(run: Run, dcmlint: Command) -> None:
    original = run.root / "in" / "1.dcm"
    original.write_bytes(original.read_bytes()[:-1] + b"x")
    found = dcmlint(*run.verify(*run.log))
    why = "Its original is not what it was: the audit log has another SHA-256"
    assert found.status == 1 and told(found.out) == [("error", why)]


def test_what_is_not_there_is_told_and_not_guessed(run: Run, dcmlint: Command) -> None:
    """The other copy looks the same: without the log the output would be taken for one of it."""
    (run.root / "in" / "1.dcm").unlink()
    notes = [message for _, message in told(dcmlint(*run.verify(*run.log)).out)]
    assert notes == ["The original that the audit log has for it is not among those given"]
    stranger = part10({**SAME, "SOPInstanceUID": "2.25.77"})
    (run.root / "out" / "stranger.dcm").write_bytes(stranger)
    notes = [message for _, message in told(dcmlint(*run.verify(*run.log)).out)]
    assert "No record of the audit log is about this file" in notes


def test_a_uid_that_is_not_the_logged_one_is_told(tmp_path: Path, dcmlint: Command) -> None:
    pytest.importorskip("cryptography")
    run = made(tmp_path, keeps_identifiers=True)
    result = run.result()
    uid = result.stem.encode()
    result.write_bytes(result.read_bytes().replace(uid, uid[:-1] + (b"1" if uid[-1:] != b"1" else b"2")))
    found = told(dcmlint(*run.verify(*run.log)).out)
    assert ("error", "It is not the UID that the audit log has for this file") in found


def test_the_profile_is_that_of_the_log(tmp_path: Path, dcmlint: Command) -> None:
    run = made(tmp_path, "basic+rtn-uids")
    assert "deid/uid-not-replaced" not in dcmlint(*run.verify(*run.log)).out
    assert "deid/uid-not-replaced" in dcmlint(*run.verify(*run.log, "--profile", "basic")).out


def test_logs_that_tell_nothing_are_refused(run: Run, tmp_path: Path, dcmlint: Command) -> None:
    log = run.log[1]
    other = tmp_path / "other"
    other.write_bytes(b"k" * 40)
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))
    fix = tmp_path / "fix.jsonl"
    write_log(fix, 1)
    named = fix.read_bytes().replace(b'"command":"deid apply"', b'"command":"fix"')
    fix.write_bytes(named)
    for options, words in (
        (("--log", log, "--key-file", other), "another key"),
        (("--log", cut), "not sound"),
        (("--log", fix), "not of dcmlint deid apply"),
        (("--log", other), "no audit log"),
        (("--log", log, "--map", other), "Give one"),
    ):
        status, _, err = dcmlint(*run.verify(*options))
        assert status == 2 and words in err, (options, err)
    alone = dcmlint("deid", "verify", run.root / "out", *run.log)
    assert alone.status == 2 and "--against" in alone.err

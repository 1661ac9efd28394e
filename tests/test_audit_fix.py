"""The audit log of `dcmlint fix`: what it says is what the files bear out."""

from __future__ import annotations

from pathlib import Path

import pytest
from audit_logs import SCENE, SECRET, records_of
from command_line import FAULTY, Command, dcmlint

from dcmlint.read.encode import encode_data_set

__all__ = ["dcmlint"]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    (tmp_path / "key").write_bytes(SECRET)
    return tmp_path / "key"


@pytest.mark.parametrize("options", [(), ("--unsafe-fixes",)])
def test_the_log_of_a_fix_is_sound(
    tmp_path: Path, key: Path, dcmlint: Command, options: tuple[str, ...]
) -> None:
    out, log = tmp_path / "out", tmp_path / "fix.jsonl"
    fixed = dcmlint("fix", FAULTY, "--output", out, "--log", log, "--key-file", key, *options)
    assert fixed.status in (0, 1), fixed.err
    folders = ("--originals", FAULTY, "--results", out)
    status, told, _ = dcmlint("audit", "verify", log, "--key-file", key, *folders)
    assert status == 0, told
    records = records_of(log.read_bytes())
    files = [record for record in records if record["type"] == "file"]
    assert len(files) == sum(path.is_file() for path in out.rglob("*"))
    assert {"done", "unchanged"} <= {record["status"] for record in files}
    clauses = {record["clause"] for record in records if record["type"] == "edit"}
    for line in fixed.err.splitlines():
        if ": fixed: " in line:
            rule = line.partition(": fixed: ")[2].partition(" (")[0]
            assert any(rule in clause.split(", ") for clause in clauses), rule


def test_bytes_that_are_of_no_element_have_a_record(tmp_path: Path, key: Path, dcmlint: Command) -> None:
    """Preamble and File Meta Information are put before a Data Set that has neither."""
    source, out, log = tmp_path / "in", tmp_path / "out", tmp_path / "fix.jsonl"
    source.mkdir()
    (source / "bare.dcm").write_bytes(encode_data_set(SCENE))
    dcmlint("fix", source, "--output", out, "--log", log, "--key-file", key)
    assert (out / "bare.dcm").read_bytes()[128:132] == b"DICM"
    folders = ("--originals", source, "--results", out)
    status, told, _ = dcmlint("audit", "verify", log, "--key-file", key, *folders)
    assert status == 0, told
    edits = [record for record in records_of(log.read_bytes()) if record["type"] == "edit"]
    assert {"file/missing-preamble", "file/missing-meta-information"} & {
        edit["clause"] for edit in edits if edit["path"] == "@0-0"
    }
    assert any(edit["path"] == "(0002,0010)" for edit in edits)


def test_actor_paths_and_identifiers_are_told_if_asked(tmp_path: Path, key: Path, dcmlint: Command) -> None:
    pytest.importorskip("cryptography")
    out, log = tmp_path / "out", tmp_path / "fix.jsonl"
    asked = ("--actor", "data office", "--keep-paths", "--keep-identifiers")
    dcmlint("fix", FAULTY, "--output", out, "--log", log, "--key-file", key, *asked)
    header, *rest = records_of(log.read_bytes())
    assert header["actor"] == "data office" and header["keeps_paths"] and header["keeps_identifiers"]
    names = {record["name"] for record in rest if record["type"] == "file"}
    assert names == {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    folders = ("--originals", FAULTY, "--results", out)
    for given in ((), ("--key-file", key)):
        status, told, _ = dcmlint("audit", "verify", log, *given, *folders)
        assert status == 0, told
    page = tmp_path / "page.html"
    assert dcmlint("audit", "report", log, "--key-file", key, *folders, "-o", page).status == 0
    text = page.read_text()
    assert "data office" in text and "AES-256-GCM" in text and not any(name in text for name in names)
    table = dcmlint("audit", "map", log, "--key-file", key, "-o", "-").out
    assert {line.partition(",")[0] for line in table.splitlines()[1:]} == names


def test_without_a_log_nobody_is_told_anything(tmp_path: Path, dcmlint: Command) -> None:
    for option in (("--actor", "x"), ("--keep-paths",), ("--keep-identifiers",)):
        status, _, err = dcmlint("fix", FAULTY, "--output", tmp_path / "out", *option)
        assert status == 2 and "go with --log" in err


def test_a_log_needs_results_and_a_key(
    tmp_path: Path, key: Path, dcmlint: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DCMLINT_AUDIT_KEY", raising=False)
    log = tmp_path / "fix.jsonl"
    for options in (("--diff",), ("--dry-run",)):
        status, _, err = dcmlint("fix", FAULTY, "--log", log, "--key-file", key, *options)
        assert status == 2 and "--log goes with --output or --in-place" in err
    status, _, err = dcmlint("fix", FAULTY, "--output", tmp_path / "out", "--log", log)
    assert status == 2 and "needs a key" in err
    assert not log.exists() and not (tmp_path / "out").exists()

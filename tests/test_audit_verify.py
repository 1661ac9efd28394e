"""A log held against files, and the commands of `dcmlint audit`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest
from audit_logs import (
    ABOUT,
    KEY,
    NAME,
    NAMES,
    NUMBER,
    OTHER_KEY,
    SCENE,
    SECRET,
    Changed,
    changes,
    file_record,
    records_of,
    write_log,
)
from command_line import Command, dcmlint

from dcmlint.audit.log import AuditLog
from dcmlint.audit.record import About, EditRecord
from dcmlint.fix.edit import NewElement
from dcmlint.read.encode import part10

__all__ = ["dcmlint"]


class Run(NamedTuple):
    """A run over two files, Lovelace_Ada/0.dcm and Lovelace_Ada/1.dcm."""

    root: Path
    log: Path
    key: Path
    files: tuple[Changed, Changed]

    def arguments(self, *, key: bool = True) -> list[str | Path]:
        folders = ["--originals", self.root / "in", "--results", self.root / "out"]
        return ["audit", "verify", self.log, *folders, *(("--key-file", self.key) if key else ())]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("DCMLINT_AUDIT_KEY", raising=False)
    return made(tmp_path, ABOUT)


def made(root: Path, about: About, extra: tuple[EditRecord, ...] = ()) -> Run:
    log, key = root / "log.jsonl", root / "key"
    key.write_bytes(SECRET)
    one, other = (
        Changed(root, f"Lovelace_Ada/{number}.dcm", {**SCENE, "SOPInstanceUID": f"1.2.840.99999.1.{number}"})
        for number in range(2)
    )
    with AuditLog.open(str(log), about, KEY) as writer:
        for file in (one, other):
            record, edits = file.change(*changes())
            writer.record(record, (*edits, *extra))
    return Run(root, log, key, (one, other))


def test_files_as_they_were_written_are_sound(run: Run, dcmlint: Command) -> None:
    status, out, err = dcmlint(*run.arguments())
    assert (status, err) == (0, "")
    assert "files as recorded: 2 originals, 2 results" in out
    assert "values held against the files: 8 before, 8 after" in out
    assert "every change looked for in the records: 2 files" in out
    assert out.endswith("sound: every record is there, in order, as it was written with this key\n")
    assert not any(name in out for name in NAMES)


def test_without_the_key_files_are_found_by_content(run: Run, dcmlint: Command) -> None:
    status, out, _ = dcmlint(*run.arguments(key=False))
    assert status == 0 and "2 originals, 2 results" in out and "values held" not in out
    assert "without the key no more is proven" in out


def test_the_key_from_the_environment(run: Run, dcmlint: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCMLINT_AUDIT_KEY", SECRET.decode())
    assert "as it was written with this key" in dcmlint("audit", "verify", run.log).out
    run.key.write_bytes(b"k" * 40)
    assert dcmlint(*run.arguments()).status == 1


def test_json(run: Run, dcmlint: Command) -> None:
    told = json.loads(dcmlint(*run.arguments(), "-f", "json").out)
    assert told["sound"] and told["key"] == "fits" and told["key_id"] == KEY.id
    assert told["files"] == {"done": 2} and told["compared"]["new_values"] == 8
    run.files[0].result.unlink()
    status, out, _ = dcmlint(*run.arguments(), "-f", "json")
    assert status == 1 and json.loads(out)["problems"] == [
        {"line": 6, "text": "its result is not in the folder"}
    ]


@pytest.mark.parametrize("key", [True, False])
def test_a_file_that_changed_or_is_gone_is_named_by_its_line(run: Run, dcmlint: Command, key: bool) -> None:
    one, other = run.files
    one.original.write_bytes(one.original.read_bytes()[:-1] + b"x")
    other.result.unlink()
    status, out, _ = dcmlint(*run.arguments(key=key))
    assert status == 1 and "NOT SOUND: 2 problems" in out
    gone = "is not what it was: the SHA-256 differs" if key else "is not in the folder"
    assert f"line 6: its original {gone}" in out
    assert "line 11: its result is not in the folder" in out


def test_files_that_no_record_is_about(run: Run, dcmlint: Command) -> None:
    for folder in ("in", "out"):
        (run.root / folder / "more.dcm").write_bytes(b"x")
    status, out, _ = dcmlint(*run.arguments())
    assert status == 1 and "1 files in the folder of results are in no record" in out
    assert "originals that no record is about: 1" in out and "more.dcm" not in out
    assert "no record: more.dcm" in dcmlint(*run.arguments(), "--show-paths").out


def test_a_result_where_the_log_says_there_is_none(run: Run, tmp_path: Path, dcmlint: Command) -> None:
    log = tmp_path / "other.jsonl"
    with AuditLog.open(str(log), ABOUT, KEY) as writer:
        writer.record(file_record(0, status="refused", reason="it is signed")._replace(after="", before=""))
    (tmp_path / "out" / "Lovelace_Ada" / "1.dcm").unlink()
    out = dcmlint("audit", "verify", log, "--results", tmp_path / "out", "--key-file", run.key).out
    assert "line 2: there is a file in its place" in out


def test_values_that_are_not_those_of_the_files(tmp_path: Path, dcmlint: Command) -> None:
    name = "(0010,0010)"
    wrong = EditRecord("(0008,0060)", "(0008,0060)", "set", "Z", b"CT", b"MR")
    run = made(tmp_path, ABOUT, (wrong,))
    status, out, _ = dcmlint(*run.arguments())
    assert status == 1 and out.count("the value before is not that of the original") == 2
    assert "line 6: the value after is not that of the result" in out and name not in out


def test_a_change_without_a_record_shows(tmp_path: Path, dcmlint: Command) -> None:
    log, key = tmp_path / "log.jsonl", tmp_path / "key"
    key.write_bytes(SECRET)
    file = Changed(tmp_path, "0.dcm", SCENE)
    with AuditLog.open(str(log), ABOUT, KEY) as writer:
        record, edits = file.change(*changes())
        writer.record(record, [edit for edit in edits if edit.path.endswith(("0010)", "0062)"))])
    run = Run(tmp_path, log, key, (file, file))
    for with_key in (True, False):
        out = dcmlint(*run.arguments(key=with_key)).out
        for path in ("(0010,0020)", "(0008,1110)[1](0008,1155)"):
            assert f"line 4: {path} differs between original and result, and no record says so" in out
        assert "NOT SOUND: 2 problems" in out


def test_a_preamble_that_changed_without_a_record_shows(tmp_path: Path, dcmlint: Command) -> None:
    file = Changed(tmp_path, "0.dcm", SCENE, preamble=b"II*\0" + bytes(124))
    record, edits = file.change(*changes())
    content = part10(SCENE)
    file.original.write_bytes(content)
    import hashlib

    with AuditLog.open(str(tmp_path / "log.jsonl"), ABOUT, KEY) as writer:
        writer.record(record._replace(before=hashlib.sha256(content).hexdigest()), edits)
    run = Run(tmp_path, tmp_path / "log.jsonl", tmp_path / "none", (file, file))
    assert "the bytes before the DICM prefix differ" in dcmlint(*run.arguments(key=False)).out


def test_the_later_record_of_a_file_counts(tmp_path: Path, dcmlint: Command) -> None:
    log, key = tmp_path / "log.jsonl", tmp_path / "key"
    key.write_bytes(SECRET)
    file = Changed(tmp_path, "0.dcm", SCENE)
    with AuditLog.open(str(log), ABOUT, KEY) as writer:
        writer.record(*file.change(((), NUMBER, None)))
        writer.record(*file.change(((), NAME, NewElement(NAME, "PN", b"A"))))
    assert dcmlint(*Run(tmp_path, log, key, (file, file)).arguments()).status == 0


def test_paths_in_clear_find_files_without_the_key(tmp_path: Path, dcmlint: Command) -> None:
    run = made(tmp_path, ABOUT._replace(keeps_paths=True))
    run.files[0].result.write_bytes(b"x")
    assert "line 6: its result is not what was written" in dcmlint(*run.arguments(key=False)).out


def test_a_name_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path, dcmlint: Command) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret").write_bytes(b"x")
    log = tmp_path / "log.jsonl"
    with AuditLog.open(str(log), ABOUT._replace(keeps_paths=True), KEY) as writer:
        writer.record(file_record(0)._replace(path="../secret"))
    out = dcmlint("audit", "verify", log, "--originals", tmp_path / "in").out
    assert "line 2: its original is not in the folder" in out


def test_a_log_inside_of_the_results_is_not_one_of_them(run: Run, dcmlint: Command) -> None:
    inside = run.root / "out" / "log.jsonl"
    inside.write_bytes(run.log.read_bytes())
    assert dcmlint(*run._replace(log=inside).arguments()).status == 0


def test_the_map_of_identifiers(tmp_path: Path, dcmlint: Command) -> None:
    pytest.importorskip("cryptography")
    run = made(tmp_path, ABOUT._replace(keeps_identifiers=True))
    assert not any(name.encode() in run.log.read_bytes() for name in NAMES)
    read = ("audit", "map", run.log, "--key-file", run.key)
    head, first, _ = dcmlint(*read, "-o", "-").out.splitlines()
    assert head == "path,result,sop_instance_uid,new_sop_instance_uid"
    assert first == "Lovelace_Ada/0.dcm,Lovelace_Ada/0.dcm,1.2.840.99999.1.0,"
    silent = dcmlint(*read)
    assert silent.status == 2 and "PHI" in silent.err and "Lovelace" not in silent.out + silent.err
    told = dcmlint(*read, "-o", tmp_path / "map", "-f", "jsonl")
    assert told.status == 0 and "Lovelace" not in told.out
    assert (tmp_path / "map").stat().st_mode & 0o077 == 0
    assert json.loads((tmp_path / "map").read_text().splitlines()[0])["path"] == "Lovelace_Ada/0.dcm"
    run.key.write_bytes(b"k" * 40)
    assert dcmlint(*read, "-o", tmp_path / "other").status == 2
    assert not [path for path in tmp_path.iterdir() if "other" in path.name]
    assert len({record["identifiers"] for record in records_of(run.log.read_bytes())[5::5]}) == 2


def test_wrong_use_is_told(tmp_path: Path, run: Run, dcmlint: Command) -> None:
    folder = tmp_path / "nowhere"
    for arguments, told in (
        (("verify", folder), "cannot be read"),
        (("verify", run.log, "--originals", folder), "There is no folder"),
        (("verify", run.log, "-f", "xml"), "no format xml"),
        (("verify", run.log, "--key-file", folder), "cannot be read"),
        (("report", run.log), "needs a file"),
        (("report", run.key, "-o", tmp_path / "r.html"), "is no audit log"),
        (("map", run.log), "needs a key"),
        (("map", run.log, "--key-file", run.key), "PHI"),
        (("map", run.log, "--key-file", run.key, "-o", "-"), "has no map"),
        (("map", run.log, "--key-file", run.key, "-o", "-", "-f", "xml"), "no format xml"),
    ):
        status, _, err = dcmlint("audit", *arguments)
        assert status == 2 and told in err, arguments
    assert not (tmp_path / "r.html").exists()


def test_the_schema_is_shown(dcmlint: Command) -> None:
    assert json.loads(dcmlint("audit", "schema").out)["oneOf"]


def test_an_unfinished_log_is_not_sound(tmp_path: Path, dcmlint: Command) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(write_log(tmp_path / "whole.jsonl").splitlines(keepends=True)[:4]))
    status, out, _ = dcmlint("audit", "verify", path)
    assert status == 1 and "line 5: the log ends without a closing record" in out


def test_another_key_proves_nothing(run: Run, dcmlint: Command) -> None:
    run.key.write_bytes(b"another key of the tests, also of no worth")
    status, out, _ = dcmlint(*run.arguments())
    assert status == 1 and "which is not the one given" in out and OTHER_KEY.id not in out

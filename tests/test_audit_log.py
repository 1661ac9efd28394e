"""Writing an audit log: what it holds and does not, one writer, and going on after a kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from audit_logs import (
    ABOUT,
    HASHES,
    KEY,
    NAMES,
    OTHER_KEY,
    SECRET,
    edits,
    file_record,
    problems_of,
    records_of,
    write_log,
)

from dcmlint.audit import log as log_module
from dcmlint.audit.key import KEY_VARIABLE, AuditKey, load_key, wanted_key
from dcmlint.audit.keyed import path_hash, value_hash
from dcmlint.audit.log import AuditLog
from dcmlint.audit.record import Done, EditRecord
from dcmlint.audit.shape import KINDS, schema
from dcmlint.errors import UsageError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


def unfinished(path: Path, files: int = 2) -> bytes:
    """Return the bytes of a log that was left unfinished after these files."""
    log = AuditLog.open(str(path), ABOUT, KEY)
    for number in range(files):
        log.record(file_record(number), edits())
    log.leave()
    return path.read_bytes()


def test_nothing_of_names_numbers_or_the_key_is_in_a_log(path: Path) -> None:
    content = write_log(path)
    for told in (*(name.encode() for name in NAMES), SECRET, SECRET.hex().encode()):
        assert told not in content


def test_paths_and_identifiers_are_kept_only_if_asked(path: Path) -> None:
    content = write_log(path, about=ABOUT._replace(keeps_paths=True))
    assert b'"name":"Lovelace_Ada/0.dcm"' in content and b"1.2.840.99999.1" not in content


def test_records_fit_the_schema_that_ships(path: Path) -> None:
    import jsonschema

    shipped = json.loads((Path(log_module.__file__).parent / "log.schema.json").read_text())
    assert shipped == schema(), "write dcmlint/audit/log.schema.json anew"
    unfinished(path)
    with path.open("ab") as stream:
        stream.write(b'{"torn')
    with AuditLog.open(str(path), ABOUT, KEY) as log:
        log.record(file_record(3, status="failed", reason="it is cut short")._replace(after=""))
    records = records_of(path.read_bytes())
    assert {record["type"] for record in records} == set(KINDS)
    for record in records:
        jsonschema.validate(record, shipped)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**record, "more": 1}, shipped)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**record, "prev": "x"}, shipped)


def test_absent_and_zero_length_differ(path: Path) -> None:
    name = "(0010,0010)"
    with AuditLog.open(str(path), ABOUT, KEY) as log:
        log.record(file_record(0), [EditRecord(name, name, "set", "Z", None, b"")])
    edit = records_of(path.read_bytes())[1]
    assert edit["old"] is None
    assert edit["new"] == value_hash(KEY, "new", edit["file"], name, b"")


def test_equal_values_do_not_look_equal(path: Path) -> None:
    name = "(0010,0010)"
    with AuditLog.open(str(path), ABOUT, KEY) as log:
        for number in range(2):
            log.record(file_record(number), [EditRecord(name, name, "set", "K", b"same", b"same")])
    hashes = [record[side] for record in records_of(path.read_bytes())[1:-1:2] for side in ("old", "new")]
    assert len(set(hashes)) == 4


def test_what_the_log_has_of_a_file(path: Path) -> None:
    unfinished(path)
    log = AuditLog.open(str(path), ABOUT, KEY)
    names = [f"Lovelace_Ada/{number}.dcm" for number in range(3)]
    wanted = [Done(*HASHES, "done", path_hash(KEY, name)) for name in names]
    assert log.done(names[1]) == wanted[1] and log.has_result(names[1])
    assert log.done(names[2]) is None and not log.has_result(names[2])
    assert log.has_original(HASHES[0]) and not log.has_original(HASHES[1])
    log.record(file_record(2))
    assert log.done(names[2]) == wanted[2] and log.has_result(names[2])
    summary = log.close()
    assert (summary.files, summary.edits, summary.records) == (3, 4, 9)
    assert summary.head == records_of(path.read_bytes())[-1]["head"]


def test_each_file_is_durable_when_record_returns(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, int]] = []
    write, fsync = os.write, os.fsync
    monkeypatch.setattr(
        os, "write", lambda to, what: (calls.append(("write", len(what))), write(to, what))[1]
    )
    monkeypatch.setattr(os, "fsync", lambda to: (calls.append(("fsync", 0)), fsync(to))[1])
    log = AuditLog.open(str(path), ABOUT, KEY)
    before = path.stat().st_size
    calls.clear()
    log.record(file_record(0), edits())
    assert calls == [("write", path.stat().st_size - before), ("fsync", 0)]
    log.leave()


@pytest.mark.parametrize("files", [0, 1, 2])
def test_a_log_cut_anywhere_is_continued_and_agrees(tmp_path: Path, files: int) -> None:
    whole = unfinished(tmp_path / "whole.jsonl", files)
    header = whole.index(b"\n") + 1
    for end in (0, 1, header // 2, header - 1, header, *range(header + 1, len(whole) + 1, 97), len(whole)):
        path = tmp_path / f"{end}.jsonl"
        path.write_bytes(whole[:end])
        with AuditLog.open(str(path), ABOUT, KEY) as log:
            done = [number for number in range(2) if log.done(f"Lovelace_Ada/{number}.dcm")]
            for number in {0, 1} - set(done):
                log.record(file_record(number), edits())
        content = path.read_bytes()
        assert problems_of(content) == []
        assert sorted(record["file"] for record in records_of(content) if record["type"] == "file") == sorted(
            path_hash(KEY, f"Lovelace_Ada/{number}.dcm") for number in range(2)
        )
        cut = [side for record in records_of(content) for side in record.get("cut", ())]
        kept = b"".join((tmp_path / side["name"]).read_bytes() for side in cut)
        commits = [0, *(at + 1 for at, byte in enumerate(whole) if byte == 10)]
        assert kept in whole[:end] and whole[:end].endswith(kept)
        assert not kept or whole[: end - len(kept)] == content[: end - len(kept)]
        assert end - len(kept) in commits


def test_a_writer_killed_while_it_cuts_off_says_so_later(path: Path, tmp_path: Path) -> None:
    whole = unfinished(path)
    number = len(whole.splitlines()) + 1
    (tmp_path / f"{path.name}.cut-{number}").write_bytes(b'{"half')  # cut, and killed before it was said
    with path.open("ab") as stream:
        stream.write(b'{"torn')
    with AuditLog.open(str(path), ABOUT, KEY):
        pass
    resumed = records_of(path.read_bytes())[-2]
    assert [(side["name"], side["bytes"]) for side in resumed["cut"]] == [
        (f"{path.name}.cut-{number}", 6),
        (f"{path.name}.cut-{number}.2", 6),
    ]


def test_a_closed_log_is_not_continued(path: Path) -> None:
    content = write_log(path)
    with pytest.raises(UsageError, match="is closed"):
        AuditLog.open(str(path), ABOUT, KEY)
    assert path.read_bytes() == content


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_damaged_log_is_not_continued(path: Path, place: int) -> None:
    lines = unfinished(path).splitlines(keepends=True)
    lines[place] = lines[place].replace(b'"type"', b'"tyqe"')
    path.write_bytes(b"".join(lines))
    content = path.read_bytes()
    with pytest.raises(UsageError, match="cannot be continued: line"):
        AuditLog.open(str(path), ABOUT, KEY)
    assert path.read_bytes() == content


@pytest.mark.parametrize("text", ["a letter\n", "{}\n", "x", '{"type":"edit"}\n'])
def test_another_file_is_left_as_it_is(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(UsageError):
        AuditLog.open(str(path), ABOUT, KEY)
    assert path.read_text() == text


def test_places_where_no_log_can_be(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for place in (tmp_path / "folder", tmp_path / "none" / "log.jsonl"):
        with pytest.raises(UsageError, match="cannot be"):
            AuditLog.open(str(place), ABOUT, KEY)
    assert list((tmp_path / "folder").iterdir()) == []


def test_another_run_does_not_continue_a_log(path: Path) -> None:
    unfinished(path)
    for about, named in (
        (ABOUT._replace(policy="another"), "policy_sha256"),
        (ABOUT._replace(options={}), "options"),
        (ABOUT._replace(version="0.2.0"), "version"),
        (ABOUT._replace(keeps_paths=True), "keeps_paths"),
    ):
        with pytest.raises(UsageError, match=f"another run: it differs in {named}"):
            AuditLog.open(str(path), about, KEY)
    with pytest.raises(UsageError, match="another key"):
        AuditLog.open(str(path), ABOUT, OTHER_KEY)
    with AuditLog.open(str(path), ABOUT._replace(actor="somebody else"), KEY):
        pass
    assert records_of(path.read_bytes())[-2]["actor"] == "somebody else"


def test_one_writer_at_a_time(path: Path) -> None:
    log = AuditLog.open(str(path), ABOUT, KEY)
    code = (
        "import sys; from audit_logs import ABOUT, KEY; from dcmlint.audit.log import AuditLog\n"
        "try: AuditLog.open(sys.argv[1], ABOUT, KEY).leave()\n"
        "except Exception as error: sys.exit(str(error))\n"
    )
    command = [sys.executable, "-c", code, str(path)]
    again = {"cwd": Path(__file__).parent, "capture_output": True, "text": True, "check": False}
    before = path.read_bytes()
    done = subprocess.run(command, **again)  # type: ignore[call-overload]
    assert done.returncode == 1 and "Another process is writing" in done.stderr
    assert path.read_bytes() == before
    log.leave()
    assert subprocess.run(command, **again).returncode == 0  # type: ignore[call-overload]


def test_an_exception_leaves_a_log_that_can_be_continued(path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), AuditLog.open(str(path), ABOUT, KEY) as log:
        log.record(file_record(0), edits())
        raise KeyboardInterrupt
    assert "close" not in [record["type"] for record in records_of(path.read_bytes())]
    with AuditLog.open(str(path), ABOUT, KEY) as log:
        assert log.done("Lovelace_Ada/0.dcm")
    with pytest.raises(UsageError, match="not open"):
        log.record(file_record(1))


def test_a_full_disk_is_told_and_the_log_goes_on_later(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = AuditLog.open(str(path), ABOUT, KEY)
    write = os.write

    def full(descriptor: int, content: bytes) -> int:
        if len(content) < 500:
            raise OSError(28, "No space left on device")
        return write(descriptor, content[:400])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(UsageError, match="No space left on device"):
        log.record(file_record(0), edits())
    monkeypatch.undo()
    with AuditLog.open(str(path), ABOUT, KEY) as log:
        assert log.done("Lovelace_Ada/0.dcm") is None
    assert problems_of(path.read_bytes()) == []


def test_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    assert load_key() is None
    with pytest.raises(UsageError, match="needs a key"):
        wanted_key()
    file = tmp_path / "key"
    file.write_bytes(SECRET + b"\r\n")
    assert wanted_key(str(file)).id == KEY.id
    monkeypatch.setenv(KEY_VARIABLE, SECRET.decode())
    assert wanted_key().id == KEY.id
    assert SECRET.decode() not in repr(KEY) and KEY.id in repr(KEY)
    for bad in (b"too little", b"", b"k" * 5000):
        file.write_bytes(bad)
        with pytest.raises(UsageError, match=r"shorter|longer") as told:
            load_key(str(file))
        assert bad.decode() not in str(told.value) or not bad
    with pytest.raises(UsageError, match="cannot be read"):
        load_key(str(tmp_path / "none"))
    with pytest.raises(UsageError, match="shorter"):
        AuditKey(b"k" * 31)


def test_purposes_have_keys_of_their_own() -> None:
    assert KEY.derived("path") != KEY.derived("uid") != KEY.derived("value")
    assert KEY.digest("uid", b"ab", b"c") != KEY.digest("uid", b"a", b"bc")

"""`dcmlint deid apply --jobs N`: what one process makes, whatever N is and whoever dies."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
from command_line import CLEAN, Command, dcmlint
from test_deid_apply import IMAGE, KEY, folder, put

import dcmlint.deid.pooled as pooled
from dcmlint.audit.commands import verify
from dcmlint.audit.edit_line import EditLine, EditLines, packed, unpacked
from dcmlint.audit.key import AuditKey
from dcmlint.audit.log import AuditLog
from dcmlint.audit.record import EditRecord
from dcmlint.deid.make import made
from dcmlint.deid.run import Outcome, Request, apply
from dcmlint.errors import UsageError
from dcmlint.fix.write import is_part
from dcmlint.read.encode import part10
from dcmlint.source import Entry

__all__ = ["dcmlint", "folder"]

CLEANED = (
    "basic+clean-desc+rtn-long-modif-dates",
    "{standard_vocabulary: true, actions: {PatientSex: keep, InstitutionName: dummy}, shift_days: 20}",
)


class Ran(NamedTuple):
    """What a run left: what it told in order, results by relative path, and the log."""

    outcome: Outcome
    told: list[tuple[str, str]]
    results: dict[str, bytes]
    log: bytes


def run(folder: Path, jobs: int, out: str = "", profile: str = "basic", policy: str = "") -> Ran:
    output, told = folder / (out or f"out{jobs}"), []
    policies: tuple[str, ...] = ()
    if policy:
        (folder / "policy.yaml").write_text(policy)
        policies = (str(folder / "policy.yaml"),)
    request = Request(
        str(folder / "in"), str(output), profile, policies, str(folder / "key"), keeps_paths=True, jobs=jobs
    )
    outcome = apply(request, lambda path, reason: told.append((path, reason)))
    return Ran(outcome._replace(log=""), told, contents(output), Path(outcome.log).read_bytes())


def contents(output: Path) -> dict[str, bytes]:
    """Return all that lies in the folder of results, temporary files among it."""
    return {str(path.relative_to(output)): path.read_bytes() for path in output.rglob("*") if path.is_file()}


def sound(folder: Path, out: str) -> bool:
    log = str(folder / f"{out}.audit.jsonl")
    told, status = verify(log, (str(folder / "in"), str(folder / out)), str(folder / "key"))
    return status == 0 and "closed" not in told


@pytest.fixture
def at_one_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Records have times, and hashes over them: with one time, logs can be the same byte for byte."""
    monkeypatch.setattr("dcmlint.audit.log._now", lambda: "2026-01-01T00:00:00Z")


@pytest.fixture
def many(folder: Path) -> Path:
    """Files of many kinds: copies, several objects of one UID, none, what is refused, what is no file."""
    shutil.copytree(CLEAN, folder / "in" / "clean")
    shutil.copytree(CLEAN, folder / "in" / "copies")
    for number in range(12):
        put(folder, f"same-uid-{number:02}", {"Rows": 2 + number // 2})
        put(folder, f"other-{number:02}", {"SOPInstanceUID": f"1.2.3.{number + 50}"})
    without = {key: value for key, value in IMAGE.items() if key != "SOPInstanceUID"}
    for name in ("none-1", "none-2", "none-3"):
        (folder / "in" / name).write_bytes(part10({**without, "Rows": 2 if name < "none-3" else 3}))
    put(folder, "signed", {"FFFAFFFA": [{"MACIDNumber": 1}]})
    (folder / "in" / "cut").write_bytes(part10(IMAGE)[:-4])
    (folder / "in" / "empty").touch()
    (folder / "in" / "notes.txt").write_text("no DICOM")
    (folder / "in" / "gone").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "in" / "pipe")
    return folder


@pytest.mark.usefixtures("at_one_time")
@pytest.mark.parametrize(("profile", "policy"), [("basic", ""), CLEANED])
def test_results_and_log_are_those_of_one_process(many: Path, profile: str, policy: str) -> None:
    one, two, four = (run(many, jobs, profile=profile, policy=policy) for jobs in (1, 2, 4))
    reasons = {reason for _, reason in one.told}
    assert {"It is the same as another file of this run.", "It is no DICOM file."} <= reasons
    assert one.outcome.written > 40 and len(one.told) > 30
    assert one == two == four
    assert sound(many, "out2")


@pytest.mark.usefixtures("at_one_time")
def test_where_processes_cannot_be_forked(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcmlint.execute.pool.start_method", lambda: "spawn")
    assert run(many, 1, profile=CLEANED[0], policy=CLEANED[1]) == run(
        many, 2, profile=CLEANED[0], policy=CLEANED[1]
    )


@pytest.mark.usefixtures("at_one_time")
def test_few_files_and_one_file(folder: Path) -> None:
    put(folder, "a.dcm")
    put(folder, "b.dcm")
    assert run(folder, 1) == run(folder, 2)
    shutil.copy(folder / "in" / "a.dcm", folder / "a.dcm")
    for jobs in (1, 2):
        request = Request(str(folder / "a.dcm"), str(folder / f"one{jobs}"), key_file=str(folder / "key"))
        assert apply(request._replace(jobs=jobs), lambda path, reason: None).written == 1
    assert contents(folder / "one1") == contents(folder / "one2") != {}


@pytest.mark.usefixtures("at_one_time")
def test_a_continued_run_tells_in_the_order_of_the_inputs(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for jobs in (1, 2):
        with monkeypatch.context() as patched:
            patched.setattr(AuditLog, "close", AuditLog.leave)  # as if the run had been ended
            run(many, jobs)
    for number in range(20):
        put(many, f"notes.{number:02}", {"SOPInstanceUID": f"1.2.3.{number + 80}"})
        (many / "in" / f"notes.{number:02}.txt").write_text("no DICOM")
    one, two = run(many, 1), run(many, 2)
    assert one == two
    assert one.outcome.before > 40 and one.outcome.written == 20
    order = [path for path, _ in one.told]
    assert order == sorted(order) and len(order) > 40


def faulty(fault: Callable[[], Any]) -> Callable[..., Any]:
    """Return what makes files, and has a fault at those that are named for it."""

    def make(deidentifier: Any, taken: Any, relative: str, buf: Any) -> Any:
        if relative.startswith("fault"):
            fault()
        return made(deidentifier, taken, relative, buf)

    return make


@pytest.fixture
def some(folder: Path) -> Path:
    for number in range(40):
        put(folder, f"{number:02}", {"SOPInstanceUID": f"1.2.3.{number}"})
    return folder


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def run_out_of_memory() -> None:
    raise MemoryError


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(kill, "was ended by signal 9"), (run_out_of_memory, "ended with status 1")],
)
def test_a_file_that_ends_its_worker_costs_that_file(
    some: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[[], Any], reason: str
) -> None:
    whole = run(some, 1)
    put(some, "fault-a")
    put(some, "05-fault", {"SOPInstanceUID": "1.2.3.99"})
    (some / "in" / "fault-b").write_bytes((some / "in" / "07").read_bytes())
    monkeypatch.setattr(pooled, "made", faulty(fault))
    found = run(some, 2)
    wanted = [f"the process that read it {reason}"] * 2
    assert [told for path, told in found.told if "/fault" in path] == wanted
    assert found.outcome.written == 41 and whole.results.items() < found.results.items()
    assert not any(map(is_part, found.results)) and len(found.results) == 41
    assert b'"status":"failed"' in found.log and sound(some, "out2")


def test_a_worker_that_is_killed_costs_nothing(some: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not because of a file: what it had in hand is done again, and what it left behind goes."""
    whole, left = run(some, 1), some / "once"
    left.touch()

    def written(*given: Any) -> Any:
        found = old(*given)
        if left.exists() and given[2].name == "20":
            left.unlink()
            kill()
        return found

    old = pooled.write_part
    monkeypatch.setattr(pooled, "write_part", written)
    found = run(some, 2)
    assert not left.exists()
    assert found.results == whole.results and not found.told and sound(some, "out2")


def test_a_file_that_its_worker_does_not_come_back_from_costs_that_file(
    some: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(some, 1)
    put(some, "fault")
    monkeypatch.setattr(pooled, "made", faulty(lambda: time.sleep(1000)))
    monkeypatch.setattr(pooled, "patience_s", lambda entry: 1 if entry.path.endswith("fault") else 100)
    found = run(some, 2)
    assert found.told == [(str(some / "in" / "fault"), "the process that read it did not answer for 1 s")]
    assert found.results == whole.results and sound(some, "out2")
    assert not multiprocessing.active_children()


def test_a_worker_may_be_silent_for_longer_at_a_long_file(tmp_path: Path) -> None:
    with (tmp_path / "long").open("wb") as stream:
        stream.truncate(3 << 30)
    shortest = pooled.patience_s(Entry(str(tmp_path / "none")))
    assert shortest >= 600 and pooled.patience_s(Entry(str(tmp_path / "long"))) == shortest + 3 * 1024


@pytest.mark.parametrize("error", [UsageError("cannot write it: No space left on device"), KeyError("Doe")])
def test_what_ends_a_run_of_one_process_ends_any(
    some: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    whole = run(some, 1)

    def written(folder: str, chunks: Any, source: Path) -> Any:
        if source.name == "20":
            raise error
        return old(folder, chunks, source)

    with monkeypatch.context() as patched:
        old = pooled.write_part
        patched.setattr(pooled, "write_part", written)
        with pytest.raises(type(error)):
            run(some, 2)
    left = contents(some / "out2")
    assert left.items() < whole.results.items() and not multiprocessing.active_children()
    assert run(some, 2).results == whole.results and sound(some, "out2")


ENDED = """
import os, signal, sys
import psutil
import dcmlint.deid.pooled as P
old, count = P.put_part, [0]
def put(*given, **more):
    old(*given, **more)
    count[0] += 1
    if count[0] == 15:
        print(*[child.pid for child in psutil.Process().children()], flush=True)
        {end}
P.put_part = put
sys.argv = ["dcmlint", "deid", "apply", *sys.argv[1:], "--jobs", "2"]
from dcmlint.__main__ import main
main()
"""


def ended(folder: Path, end: str) -> tuple[subprocess.CompletedProcess[str], list[int]]:
    """Return how a run with two workers ended at its fifteenth result, and its workers."""
    command = [sys.executable, "-c", ENDED.format(end=end), str(folder / "in"), str(folder / "out")]
    done = subprocess.run(
        [*command, "--key-file", str(folder / "key"), "--keep-paths"],
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        timeout=120,
    )
    return done, [int(number) for number in done.stdout.split()]


def alive_after_a_while(workers: list[int]) -> list[Any]:
    running = [psutil.Process(number) for number in workers if psutil.pid_exists(number)]
    return list(psutil.wait_procs(running, timeout=20)[1])


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_a_worker_that_is_stuck_ends_with_a_run_that_is_killed(some: Path, start: str) -> None:
    (some / "in" / "39").unlink()
    script = some / "stuck.py"
    script.write_text(
        "import os, sys, time\nimport psutil\n"
        "import dcmlint.deid.pooled as P\nimport dcmlint.execute.pool as pool\n"
        "class Stuck(P.FileWork):\n"
        "    def __reduce__(self): return Stuck, (self._asked, self._key)\n"
        "    def __call__(self, entry):\n"
        "        if entry.path.endswith('38'): time.sleep(1000)\n"
        "        return super().__call__(entry)\n"
        "P.FileWork = Stuck\n"
        "if __name__ == '__main__':\n"
        "    from dcmlint.deid.run import Request, apply\n"
        "    pool.start_method = lambda: sys.argv[1]\n"
        "    old, count = P.put_part, [0]\n"
        "    def put(*given, **more):\n"
        "        old(*given, **more)\n"
        "        count[0] += 1\n"
        "        if count[0] == 38:\n"
        "            time.sleep(0.5)\n"
        "            print(*[c.pid for c in psutil.Process().children()], flush=True)\n"
        "            os.kill(os.getpid(), 9)\n"
        "    P.put_part = put\n"
        "    apply(Request(*sys.argv[2:4], key_file=sys.argv[4], jobs=2), lambda path, reason: None)\n"
    )
    command = [sys.executable, str(script), start, *(str(some / name) for name in ("in", "out", "key"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == -9, done.stderr
    workers = [int(number) for number in done.stdout.split()]
    assert len(workers) >= 2 and not alive_after_a_while(workers)


@pytest.mark.parametrize("again", [1, 2])
def test_killed_and_continued(some: Path, again: int) -> None:
    whole = run(some, 1)
    done, workers = ended(some, "os.kill(os.getpid(), 9)")
    assert done.returncode == -9 and len(workers) == 2
    assert not alive_after_a_while(workers)
    left = {path: held for path, held in contents(some / "out").items() if not is_part(path)}
    assert len(left) == 15 and left.items() < whole.results.items()
    found = run(some, again, "out")
    assert found.results == whole.results and sound(some, "out")
    assert found.outcome.before + found.outcome.written == 40


def test_interrupted_and_continued(some: Path) -> None:
    """A terminal sends SIGINT to all processes: it is the first that ends the others."""
    whole = run(some, 1)
    done, workers = ended(some, "os.killpg(0, signal.SIGINT); signal.pause()")
    assert done.returncode == 130 and len(workers) == 2 and "Traceback" not in done.stderr
    assert not alive_after_a_while(workers)
    left = contents(some / "out")
    assert len(left) == 15 and left.items() < whole.results.items()
    assert run(some, 2, "out").results == whole.results and sound(some, "out")


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_workers_have_the_key_neither_as_argument_nor_in_their_environment(
    some: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    monkeypatch.setattr("dcmlint.execute.pool.start_method", lambda: start)
    seen: list[str] = []
    old = pooled.put_part

    def put_part(*given: Any, **more: Any) -> None:
        for child in psutil.Process().children():
            seen.append(f"{child.cmdline()} {child.environ()}")
        old(*given, **more)

    monkeypatch.setattr(pooled, "put_part", put_part)
    assert run(some, 2).outcome.written == 40
    key = AuditKey(KEY.encode())
    secrets = [KEY, key.derived("deid pseudonyms").hex(), key.derived("record").hex()]
    assert len(seen) >= 40 and not [text for text in seen for secret in secrets if secret in text]


def test_a_key_that_travelled_is_the_same() -> None:
    key = AuditKey(KEY.encode())
    key.digest("path", b"a")
    arrived = pickle.loads(pickle.dumps(key))
    assert arrived.id == key.id and arrived.digest("uid", b"1") == key.digest("uid", b"1")
    assert repr(arrived) == repr(key)


def test_lines_that_travelled_are_the_same() -> None:
    lines = EditLines(AuditKey(KEY.encode()), "f" * 32, "e" * 32)
    odd = EditRecord("(0008,0018)", "(0008,0018)", "set", "a\tb\nc\u2028\u00e9\x85", b"\t\n", None)
    made = [lines.line(odd), lines.line(odd._replace(old=None, new=b""))]
    assert unpacked(packed(made)) == made and unpacked(packed([])) == []
    assert all(isinstance(line, EditLine) for line in unpacked(packed(made)))


@pytest.mark.parametrize("jobs", ["0", "-1", "two", "1025"])
def test_numbers_of_processes_that_cannot_be(folder: Path, dcmlint: Command, jobs: str) -> None:
    put(folder, "a.dcm")
    arguments = ("deid", "apply", str(folder / "in"), str(folder / "out"), "--jobs", jobs)
    status, _, err = dcmlint(*arguments, "--key-file", str(folder / "key"))
    assert status == 2 and re.search(r"--jobs takes a number from 1 to 1024", err)
    assert not (folder / "out").exists()

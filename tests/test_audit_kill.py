"""SIGKILL at random moments: no half file, the run goes on, and the log agrees with the files."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from audit_logs import KEY, SCENE, Changed, records_of

from dcmlint.audit.commands import verify
from dcmlint.read.opener import read_instance

FILES = 60
KILLS = 12

CODE = """
import sys
from pathlib import Path
from audit_logs import ABOUT, KEY, Changed, changes
from dcmlint.audit.folder import file_hash
from dcmlint.audit.log import AuditLog
root = Path(sys.argv[1])
with AuditLog.open(str(root / "log.jsonl"), ABOUT, KEY) as log:
    print("open", flush=True)
    for original in sorted((root / "in").iterdir()):
        done = log.done(original.name)
        if done is not None and file_hash(str(root / "out" / original.name)) == done.after:
            continue
        log.record(*Changed(root, original.name, None).change(*changes()))
"""


def run(root: Path, kill_after_s: float | None) -> int:
    """Run the writer, killed some time after the log was opened; return its exit status."""
    command = [sys.executable, "-c", CODE, str(root)]
    process = subprocess.Popen(command, cwd=Path(__file__).parent, stdout=subprocess.PIPE)
    assert process.stdout is not None
    if kill_after_s is not None:
        process.stdout.readline()
        time.sleep(kill_after_s)
        process.kill()
    status = process.wait(60)
    process.stdout.close()
    return status


@pytest.mark.parametrize("seed", [7])
def test_killed_again_and_again(tmp_path: Path, seed: int) -> None:
    for number in range(FILES):
        Changed(tmp_path, f"{number:03}.dcm", {**SCENE, "SOPInstanceUID": f"1.2.840.99999.1.{number}"})
    moments = random.Random(seed)
    killed = 0
    for _ in range(KILLS):
        status = run(tmp_path, moments.uniform(0, 0.03))
        killed += status == -signal.SIGKILL
        for result in (tmp_path / "out").glob("*.dcm"):
            assert not read_instance(result.read_bytes()).faults
        if status == 0:
            break
    assert killed >= 3
    if status != 0:
        assert run(tmp_path, None) == 0
    log = tmp_path / "log.jsonl"
    for part in (tmp_path / "out").glob(".*"):  # temporary files of writers that were killed
        part.unlink()
    (tmp_path / "key").write_bytes(b"a key of the tests, long enough, of no worth")
    told, status = verify(str(log), (str(tmp_path / "in"), str(tmp_path / "out")), str(tmp_path / "key"))
    assert status == 0, told
    assert f"{FILES} originals, {FILES} results" in told
    files = [record["file"] for record in records_of(log.read_bytes()) if record["type"] == "file"]
    assert len(files) == len(set(files)) == FILES
    assert sum(record["type"] == "resumed" for record in records_of(log.read_bytes())) >= 3
    assert KEY.id in told

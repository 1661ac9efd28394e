"""The command `dcmlint gate`: killed while storescu sends, stopped with SIGTERM, and used wrongly."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from counterparts import free_port, has_dcmtk
from gate_process import GateProcess, Killer, data_set_hash, images, kept, send_parallel

pytestmark = pytest.mark.skipif(not has_dcmtk(), reason="DCMTK is not installed")


def uid(path: Path) -> str:
    from pydicom import dcmread

    return str(dcmread(path, specific_tags=["SOPInstanceUID"]).SOPInstanceUID)


def test_what_is_acknowledged_outlives_a_kill(tmp_path: Path) -> None:
    objects = images(tmp_path / "objects", 48, 1 << 17)
    acknowledged: set[str] = set()
    with GateProcess(tmp_path / "spool", free_port()) as gate:
        killer = Killer(gate, (6, 25), acknowledged)
        killer.start()
        send_parallel(gate.port, objects, acknowledged)
        killer.join(30)
        assert killer.kills == 2
        assert gate.stop() == 0
    assert kept(gate.spool) == {uid(path): [data_set_hash(path)] for path in objects}
    assert list((gate.spool / "incoming").iterdir()) == []


def test_sigterm_ends_the_gate_with_what_is_in_hand(tmp_path: Path) -> None:
    objects = images(tmp_path / "objects", 4, 1 << 17)
    acknowledged: set[str] = set()
    with GateProcess(tmp_path / "spool", free_port(), "--log", "json") as gate:
        send_parallel(gate.port, objects, acknowledged, associations=2)
        began = time.monotonic()
        assert gate.stop() == 0
        assert time.monotonic() - began < 10
    lines = [json.loads(line) for line in gate.log.read_text().splitlines()]
    assert {"started", "association", "stopping", "stopped"} == {line["event"] for line in lines}
    assert [line["how"] for line in lines if line["event"] == "association"].count("released") == 2
    counters = json.loads((gate.spool / "state" / "counters.json").read_text())
    assert ["objects", "accept", 4] in counters


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "needs a folder for what it receives"),
        (["--spool", "x", "--forward", "nowhere"], "is no peer"),
        (["--config", "none.yaml"], "none.yaml cannot be read"),
        (["--spool", "x", "--policy", "no-such-policy"], "no-such-policy"),
        (["--spool", "/proc/nowhere"], "cannot be used"),
    ],
)
def test_bad_usage_is_told_in_a_line(tmp_path: Path, options: list[str], says: str) -> None:
    command = [sys.executable, "-m", "dcmlint", "gate", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr

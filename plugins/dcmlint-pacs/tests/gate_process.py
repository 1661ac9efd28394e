"""A gate as a process that can be killed, what it is sent, and what it has kept. Benchmarks use this too."""

from __future__ import annotations

import hashlib
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from counterparts import dcmtk

__all__ = ["GateProcess", "Killer", "data_set_hash", "images", "kept", "send_all", "send_parallel"]

_START_S = 30
_LONGEST_S = 1200
_TEMPLATE = Path(__file__).parents[3] / "fixtures" / "clean" / "ct.dcm"
_SENT = re.compile(r"^I: Sending file: (.+)$|^I: Received Store Response \((\w+)", re.MULTILINE)


class GateProcess:
    """`dcmlint gate` with a spool and options, on one port in all of its lives. A `with` block ends it."""

    def __init__(self, spool: Path, port: int, *options: str) -> None:
        self.spool, self.port, self.options = spool, port, options
        self.log = spool.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the gate; return when it listens."""
        command = [sys.executable, "-m", "dcmlint", "gate", "--spool", str(self.spool)]
        command += ["--port", str(self.port), *self.options]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        end = time.monotonic() + _START_S
        while time.monotonic() < end and self.process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.02)
        raise RuntimeError(f"the gate did not start: {self.log.read_text(errors='replace')[-2000:]}")

    def kill(self) -> None:
        """End the gate as a crash does: SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """End the gate as a service manager does: SIGTERM; return its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def __enter__(self) -> GateProcess:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        if self.process.poll() is None:
            self.kill()


class Killer(threading.Thread):
    """Kills a gate and starts it again, when so many objects have been acknowledged as each of `moments` says
    and a random time of at most 50 ms has gone by."""

    def __init__(self, gate: GateProcess, moments: Sequence[int], acknowledged: set[str]) -> None:
        super().__init__(daemon=True)
        self.gate, self.moments, self.acknowledged = gate, sorted(moments), acknowledged
        self.kills = 0

    def run(self) -> None:
        chance = random.Random(6)
        for moment in self.moments:
            while len(self.acknowledged) < moment:
                time.sleep(0.001)
            time.sleep(chance.random() * 0.05)
            self.gate.kill()
            self.gate.start()
            self.kills += 1


def images(folder: Path, count: int, pixel_bytes: int = 1 << 19) -> list[Path]:
    """Write CT images with Pixel Data of so many random bytes, each a SOP Instance; return their files."""
    from pydicom import dcmread
    from pydicom.uid import generate_uid

    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(1)
    dataset = dcmread(_TEMPLATE)
    dataset.Rows, dataset.Columns = 512, pixel_bytes // 1024
    paths = []
    for number in range(count):
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        dataset.InstanceNumber = number + 1
        dataset.PixelData = chance.randbytes(pixel_bytes)
        path = folder / f"{number:05}.dcm"
        dataset.save_as(path)
        paths.append(path)
    return paths


def send_all(port: int, paths: Sequence[Path], acknowledged: set[str], aec: str = "DCMLINT") -> None:
    """Send files by storescu until each is acknowledged, adding their names to `acknowledged` as they are."""
    left = list(paths)
    end = time.monotonic() + _LONGEST_S
    while left:
        if time.monotonic() > end:
            raise RuntimeError(f"{len(left)} objects are not acknowledged after {_LONGEST_S} s")
        command = [str(dcmtk("storescu")), "-v", "-aec", aec, "127.0.0.1", str(port), *map(str, left)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert process.stdout is not None
        sending = ""
        for line in process.stdout:
            found = _SENT.match(line)
            if found and found[1]:
                sending = found[1]
            elif found and found[2] in ("Success", "Warning"):
                acknowledged.add(sending)
        process.wait()
        before = len(left)
        left = [path for path in left if str(path) not in acknowledged]
        if len(left) == before:
            time.sleep(0.1)


def send_parallel(
    port: int, paths: Sequence[Path], acknowledged: set[str], associations: int = 4, aec: str = "DCMLINT"
) -> None:
    """Send files over so many associations at once, until each is acknowledged."""
    threads = [
        threading.Thread(target=send_all, args=(port, paths[number::associations], acknowledged, aec))
        for number in range(associations)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def data_set_hash(path: Path) -> str:
    """Return the hash of the bytes after the File Meta Information."""
    content = path.read_bytes()
    assert content[128:132] == b"DICM"
    length = int.from_bytes(content[140:144], "little")
    return hashlib.sha256(content[144 + length :]).hexdigest()


def kept(spool: Path) -> dict[str, list[str]]:
    """Return the hashes of the Data Sets on all shelves of a spool, by SOP Instance UID of the Data Set."""
    from pydicom import dcmread

    found: dict[str, list[str]] = {}
    for shelf in ("accepted", "outgoing", "quarantine", "undeliverable"):
        for path in (spool / shelf).rglob("*.dcm"):
            uid = str(dcmread(path, specific_tags=["SOPInstanceUID"]).SOPInstanceUID)
            found.setdefault(uid, []).append(data_set_hash(path))
    return found

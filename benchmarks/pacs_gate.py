"""The gate: what it keeps when it is killed, and how fast it is.

Images of more than 512 kB are sent by DCMTK's storescu over four associations. First the gate is killed
(SIGKILL) at random moments and started again, and the senders send again what was not acknowledged; then each
acknowledged object has to be in the spool, once, with the bytes that were sent. The same with a target to
forward to. Then the gate, a bare pynetdicom SCP that flushes each file, and DCMTK's storescp, which does not
flush, receive the same objects by turns; the gate flushes the folder too, and lints.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.limits import Figures

__all__ = ["main"]

_ROOT = Path(__file__).resolve().parents[1]
_TESTS = _ROOT / "plugins" / "dcmlint-pacs" / "tests"

_BARE = """
import os, sys
from pathlib import Path
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, evt

folder = Path(sys.argv[1])

def store(event):
    with (folder / event.request.AffectedSOPInstanceUID).open("wb") as file:
        file.write(event.encoded_dataset())
        file.flush()
        os.fsync(file.fileno())
    return 0x0000

entity = AE("BARE")
for context in AllStoragePresentationContexts:
    entity.add_supported_context(context.abstract_syntax, ALL_TRANSFER_SYNTAXES)
entity.start_server(("127.0.0.1", int(sys.argv[2])), evt_handlers=[(evt.EVT_C_STORE, store)])
"""

_COUNTING = """
import sys
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, evt

log = open(sys.argv[1], "a", buffering=1)

def store(event):
    import hashlib
    digest = hashlib.sha256(event.request.DataSet.getvalue()).hexdigest()
    log.write(f"{event.request.AffectedSOPInstanceUID} {digest}\\n")
    return 0x0000

entity = AE("TARGET")
for context in AllStoragePresentationContexts:
    entity.add_supported_context(context.abstract_syntax, ALL_TRANSFER_SYNTAXES)
entity.start_server(("127.0.0.1", int(sys.argv[2])), evt_handlers=[(evt.EVT_C_STORE, store)])
"""


class Size(NamedTuple):
    """Objects and kills of the gate that keeps, and of the one that forwards; objects of a round, rounds."""

    objects: int
    kills: int
    forwarded: int
    forward_kills: int
    in_round: int
    rounds: int


_FULL = Size(2000, 10, 500, 5, 400, 7)
_REDUCED = Size(200, 3, 60, 2, 80, 3)


class Ends(NamedTuple):
    """Objects that are missing, there more than once, or other than they were sent; kills."""

    missing: int
    twice: int
    other: int
    kills: int


def killed(folder: Path, objects: Sequence[Path], kills: int, target: str = "") -> Ends:
    """Send objects to a gate that is killed now and then; return what its spool or its target has."""
    from counterparts import free_port
    from gate_process import GateProcess, Killer, data_set_hash, kept, send_parallel

    chance = random.Random(kills)
    options = ["--forward", target] if target else []
    acknowledged: set[str] = set()
    with GateProcess(folder / "spool", free_port(), *options) as gate:
        killer = Killer(gate, chance.sample(range(1, len(objects) - 8), kills), acknowledged)
        killer.start()
        send_parallel(gate.port, objects, acknowledged)
        killer.join(60)
        _settled(gate.spool)
        gate.stop()
    found = kept(gate.spool)
    for line in (folder / "target.log").read_text().splitlines() if target else ():
        uid, digest = line.split()
        found.setdefault(uid, []).append(digest)
    sent = {_uid(path): data_set_hash(path) for path in objects if str(path) in acknowledged}
    return Ends(
        sum(uid not in found for uid in sent),
        sum(len(found.get(uid, [])) > 1 for uid in sent),
        sum(any(each != digest for each in found.get(uid, [])) for uid, digest in sent.items()),
        killer.kills,
    )


def _settled(spool: Path) -> None:
    """Wait until nothing is left to be forwarded."""
    end = time.monotonic() + 120
    while time.monotonic() < end and any((spool / "outgoing").rglob("*.dcm")):
        time.sleep(0.1)


def _uid(path: Path) -> str:
    from pydicom import dcmread

    return str(dcmread(path, specific_tags=["SOPInstanceUID"]).SOPInstanceUID)


def keeps(folder: Path, size: Size, figures: Figures) -> None:
    """Measure what is lost, doubled or damaged when the gate is killed."""
    from counterparts import free_port
    from gate_process import images

    objects = images(folder / "objects", size.objects)
    ends = killed(folder, objects, size.kills)
    print(
        f"{size.objects} objects of {objects[0].stat().st_size} bytes, {ends.kills} kills: "
        f"{ends.missing} missing, {ends.twice} twice, {ends.other} not as they were sent"
    )
    figures.add("gate lost", ends.missing + ends.twice + ends.other + (size.kills - ends.kills))
    shutil.rmtree(folder / "spool")
    port = free_port()
    with _script(_COUNTING, str(folder / "target.log"), port):
        ends = killed(
            folder, objects[: size.forwarded], size.forward_kills, f"dimse://TARGET@127.0.0.1:{port}"
        )
    print(
        f"{size.forwarded} objects forwarded, {ends.kills} kills: {ends.missing} missing, "
        f"{ends.other} not as they were sent; {ends.twice} came to the target again after a kill before "
        "their record"
    )
    figures.add("gate forward lost", ends.missing + ends.other + (size.forward_kills - ends.kills))
    shutil.rmtree(folder / "spool")


@contextmanager
def _script(text: str, *arguments: object) -> Iterator[None]:
    """Run a script of Python that listens on the port that is its last argument."""
    from counterparts import _wait_port

    command = [sys.executable, "-c", text, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_port(process, int(str(arguments[-1])))
        yield
    finally:
        process.kill()
        process.wait()


def throughput(folder: Path, size: Size, figures: Figures) -> None:
    """Measure objects a second of the gate, of a bare SCP that flushes, and of storescp, by turns."""
    from counterparts import free_port, storescp
    from gate_process import GateProcess, images

    objects = images(folder / "objects", size.in_round)
    bare, dcmtk = folder / "bare", folder / "dcmtk"
    bare.mkdir()
    port = free_port()
    with ExitStack() as stack:
        gate = stack.enter_context(GateProcess(folder / "spool", free_port()))
        stack.enter_context(_script(_BARE, str(bare), port))
        scp = stack.enter_context(storescp(dcmtk, "--fork", aet="DCMTK"))
        turns: dict[str, tuple[int, Path]] = {
            "DCMLINT": (gate.port, gate.spool / "accepted"),
            "BARE": (port, bare),
            "DCMTK": (scp.port, dcmtk),
        }
        rates: dict[str, list[float]] = {name: [] for name in turns}
        for number in range(size.rounds + 1):
            for name, (at, kept_in) in turns.items():
                rate = _round(objects, name, at, kept_in)
                if number:  # the first round warms up
                    rates[name].append(rate)
    _told(rates, size, objects[0].stat().st_size, figures)


def _round(objects: Sequence[Path], aec: str, port: int, folder: Path) -> float:
    """Send objects over four associations; return how many a second, with the folder empty again."""
    from gate_process import send_parallel

    acknowledged: set[str] = set()
    start = time.perf_counter()
    send_parallel(port, objects, acknowledged, aec=aec)
    seconds = time.perf_counter() - start
    files = [path for path in folder.rglob("*") if path.is_file()]
    if len(files) != len(objects):
        raise SystemExit(f"{aec} has {len(files)} files of {len(objects)}")
    for path in files:
        path.unlink()
    os.sync()
    return len(objects) / seconds


def _told(rates: dict[str, list[float]], size: Size, each: int, figures: Figures) -> None:
    for name, found in rates.items():
        middle = statistics.median(found)
        print(f"{name}: {middle:.0f} objects of {each} bytes a second ({middle * each / 1e6:.0f} MB/s), "
              f"{min(found):.0f} to {max(found):.0f} in {size.rounds} rounds of {size.in_round}")  # fmt: skip
    for name, figure in (("BARE", "gate/bare"), ("DCMTK", "gate/storescp")):
        figures.add(
            figure, statistics.median(a / b for a, b in zip(rates["DCMLINT"], rates[name], strict=True))
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; return 1 if a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="small enough for CI")
    options = parser.parse_args(arguments)
    sys.path.insert(0, str(_TESTS))
    from counterparts import has_dcmtk, installed

    if not has_dcmtk():
        print("DCMTK is not installed: nothing is measured")
        return 0
    # Without it DCMTK waits 40 ms an object for the other side's acknowledgement of TCP.
    os.environ["TCP_NODELAY"] = "1"
    size = _REDUCED if options.reduced else _FULL
    figures = Figures(reduced=options.reduced)
    steps: tuple[Callable[[Path, Size, Figures], None], ...] = (keeps, throughput)
    for step in steps:
        with tempfile.TemporaryDirectory(prefix="dcmlint-gate-") as folder:
            site = Path(folder) / "site"
            site.mkdir()
            os.environ["PYTHONPATH"] = os.pathsep.join([*installed(site), str(_ROOT)])
            step(Path(folder), size, figures)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

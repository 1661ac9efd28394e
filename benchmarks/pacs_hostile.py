"""The gate among hostile peers: nothing crashes, nothing leaks, each connection leaves a line in the log.

A gate runs as a process of its own. After a warm-up, every scenario of the plugin's tests/hostile.py (DIMSE)
and tests/hostile_web.py (STOW-RS) and at least 1,000 fuzzed associations, mutations of a valid one by a seed,
are thrown at it by eight peers at once, with well-behaved ones in between. Then it has to answer C-ECHO, to
store an object by both ways, and to have as many threads and open files as before, no file in incoming/, and
hardly more memory.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.limits import Figures

__all__ = ["main"]

_ROOT = Path(__file__).resolve().parents[1]
_TESTS = _ROOT / "plugins" / "dcmlint-pacs" / "tests"
_PEERS = 8
_SEED = 6
_IDLE_S = 2
_SETTLE_S = 15.0
_SLOW_WEB = ("20,000 parts", "pipelined", "150 requests with faults")


class Size(NamedTuple):
    """Fuzzed associations before the measure and in it, and how often each scenario is played."""

    warm_up: int
    fuzzed: int
    rounds: int


_FULL = Size(300, 2000, 3)
_REDUCED = Size(60, 150, 1)


class State(NamedTuple):
    """What a process holds: resident MB, threads, file descriptors, files in incoming/."""

    rss_mb: float
    threads: int
    descriptors: int
    incoming: int


class Played(NamedTuple):
    """Connections that were made by DIMSE and by HTTP, and well-behaved peers that were not served."""

    dimse: int
    web: int
    unserved: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and judge it; return 1 if a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="small enough for CI")
    options = parser.parse_args(arguments)
    sys.path.insert(0, str(_TESTS))
    figures = Figures(reduced=options.reduced)
    with tempfile.TemporaryDirectory() as folder:
        _install(Path(folder))
        _measure(Path(folder), _REDUCED if options.reduced else _FULL, figures)
    return figures.status()


def _install(folder: Path) -> None:
    from counterparts import installed

    (folder / "site").mkdir()
    added = installed(folder / "site")
    os.environ["PYTHONPATH"] = os.pathsep.join([*added, os.environ.get("PYTHONPATH", "")])


def _measure(folder: Path, size: Size, figures: Figures) -> None:
    import psutil
    from counterparts import free_port
    from gate_process import GateProcess

    web = free_port()
    file = folder / "gate.yaml"
    limits = f"{{idle_s: {_IDLE_S}, object: 8MB, reserve: 10MB, associations: 64, per_address: 64}}"
    file.write_text(f"spool: {folder / 'spool'}\nlimits: {limits}\nhttp: {{port: {web}}}\n")
    with GateProcess(folder / "spool", free_port(), "--config", str(file)) as gate:
        assert gate.process is not None
        process = psutil.Process(gate.process.pid)
        ports = (gate.port, web)
        _play(ports, Size(0, size.warm_up, 1), random.Random(_SEED - 1))
        before = _settled(process, gate.spool)
        lines = _lines(gate.log)
        start = time.perf_counter()
        played = _play(ports, size, random.Random(_SEED))
        seconds = time.perf_counter() - start
        _await_lines(gate.log, lines["association"] + played.dimse)
        after = _settled(process, gate.spool)
        found = _lines(gate.log) - lines
        made = f"{played.dimse} associations, {size.fuzzed} of them fuzzed, and {played.web} by HTTP"
        print(f"{made} in {seconds:.0f} s\nbefore: {before}\nafter:  {after}")
        print(f"lines of associations: {found['association']}, of HTTP: {found['http']}")
        _print_ends(gate.log)
        is_dead = gate.process.poll() is not None
        figures.add("hostile crashes", played.unserved + is_dead + _unanswered(ports))
        figures.add(
            "hostile lines", abs(found["association"] - played.dimse) + max(played.web - found["http"], 0)
        )
        figures.add("hostile threads", after.threads - before.threads)
        figures.add("hostile files", after.descriptors - before.descriptors + after.incoming)
        figures.add(
            "hostile memory", after.rss_mb / before.rss_mb, f"{after.rss_mb - before.rss_mb:.1f} MB more"
        )
        figures.add("hostile traces", _lines(gate.log)["Traceback"])


def _play(ports: tuple[int, int], size: Size, rng: random.Random) -> Played:
    """Let peers loose, in an order by chance; return what came of it."""
    import hostile
    import hostile_web

    dimse, web = ports
    acts: list[Callable[[], tuple[str, int]]] = []
    for _ in range(size.rounds):
        acts += [_act("dimse", scenario, dimse) for scenario in hostile.SCENARIOS.values()]
        acts += [
            _act("web", scenario, web)
            for name, scenario in hostile_web.SCENARIOS.items()
            if name not in _SLOW_WEB
        ]
    acts += [_act("web", hostile_web.SCENARIOS[name], web) for name in _SLOW_WEB]
    acts += [_fuzz(dimse, rng.getrandbits(64)) for _ in range(size.fuzzed)]
    acts += [_well_behaved(dimse) for _ in range(size.fuzzed // 20)]
    rng.shuffle(acts)
    with ThreadPoolExecutor(_PEERS) as peers:
        counts: Counter[str] = Counter()
        for kind, count in peers.map(lambda act: act(), acts):
            counts[kind] += count
    return Played(counts["dimse"] + counts["unserved"], counts["web"], counts["unserved"])


def _act(kind: str, scenario: Callable[[int], int], port: int) -> Callable[[], tuple[str, int]]:
    return lambda: (kind, scenario(port))


def _fuzz(port: int, seed: int) -> Callable[[], tuple[str, int]]:
    """Return an act: one association with faults, which waits for answers, closes or resets in the middle."""

    def act() -> tuple[str, int]:
        from hostile import mutated
        from wire import Peer, recorded

        rng = random.Random(seed)
        first, *rest = recorded(f"1.2.{seed % 10**9}")
        # In most, the association is established before anything is wrong.
        pdus = [first, *mutated(rest, rng)] if rng.random() < 0.7 else mutated([first, *rest], rng)
        with Peer(port, 0.3) as peer:
            for pdu in pdus[: rng.choice((len(pdus), len(pdus), rng.randint(1, len(pdus) + 1)))]:
                peer.send(pdu)
                if pdu is first or rng.random() < 0.7:
                    peer.receive()
            if rng.random() < 0.2:
                peer.reset()
        return "dimse", 1

    return act


def _well_behaved(port: int) -> Callable[[], tuple[str, int]]:
    def act() -> tuple[str, int]:
        from wire import echo_is_answered

        return ("dimse" if echo_is_answered(port) else "unserved"), 1

    return act


def _unanswered(ports: tuple[int, int]) -> int:
    """Return how many of C-ECHO, C-STORE and STOW-RS do not work."""
    from hostile_web import multipart, part, part10, post
    from wire import echo_is_answered, store_status

    stored = post(ports[1], multipart(part(part10("1.2.3.88"))))[0]
    return (not echo_is_answered(ports[0])) + (store_status(ports[0], "1.2.3.77") != 0xB007) + (stored != 202)


def _settled(process: Any, spool: Path) -> State:
    """Return the state of the process once it holds no more than for a while."""
    end = time.monotonic() + _SETTLE_S
    best = _state(process, spool)
    calm = 0
    while time.monotonic() < end and calm < 6:
        time.sleep(0.5)
        now = _state(process, spool)
        calm = calm + 1 if now[1:] == best[1:] else 0
        best = now
    return best


def _state(process: Any, spool: Path) -> State:
    incoming = len(list((spool / "incoming").iterdir()))
    return State(
        round(process.memory_info().rss / 1e6, 1), process.num_threads(), process.num_fds(), incoming
    )


def _lines(log: Path) -> Counter[str]:
    """Return how many lines of each kind a log has."""
    kinds: Counter[str] = Counter()
    for line in log.read_text(errors="replace").splitlines():
        words = line.split(" ", 2)
        kinds[words[1].rstrip(":") if len(words) > 1 and line[:2] == "20" else line.partition(" ")[0]] += 1
    return kinds


def _await_lines(log: Path, count: int) -> None:
    end = time.monotonic() + _SETTLE_S
    while _lines(log)["association"] < count and time.monotonic() < end:
        time.sleep(0.1)


def _print_ends(log: Path) -> None:
    """Print how associations ended, the most frequent first."""
    ends: Counter[str] = Counter()
    for line in log.read_text(errors="replace").splitlines():
        if " association: " in line:
            ends[line.rpartition(": ")[2].rpartition(",")[0]] += 1
    for how, count in ends.most_common(12):
        print(f"  {count:5} {how}")


if __name__ == "__main__":
    sys.exit(main())

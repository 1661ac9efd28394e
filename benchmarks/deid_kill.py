"""SIGKILL at random moments of `dcmlint deid apply`: `python -m benchmarks.deid_kill`.

A run over the corpus in one process, and one in two, are killed 20 times each (reduced: 5), then ended. Their
results must be those of a run in one process that was not killed, byte for byte, nothing half-written may lie
there at any kill, no temporary file at the end, and their audit logs must hold against originals and results.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.corpus import find_corpus
from benchmarks.limits import Figures
from benchmarks.process import dcmlint_command
from dcmlint.fix.write import is_part

__all__ = ["main"]

_SEED = 7
_KEY = "5" * 64


def _command(folder: Path, out: str, jobs: int) -> list[str]:
    options = ["--key-file", str(folder / "key"), "--jobs", str(jobs)]
    return [*dcmlint_command(), "deid", "apply", str(find_corpus().folder), str(folder / out), *options]


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*.dcm")
        if not path.name.startswith(".")
    }


def _killed(folder: Path, out: str, times: int, jobs: int) -> list[dict[str, bytes]]:
    """Return what lay in the output folder after each kill."""
    chance, seen = random.Random(_SEED), []
    command = _command(folder, out, jobs)
    while len(seen) < times:
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            running.wait(timeout=0.5 + chance.random())
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
            seen.append(_contents(folder / out))
        else:
            break
    return seen


class _Wrong(NamedTuple):
    """Kills, and what was wrong then and at the end."""

    kills: int
    half: int
    differ: int
    left: int
    log: int

    @property
    def faults(self) -> int:
        return self.half + self.differ + self.left + self.log


def _judged(folder: Path, whole: dict[str, bytes], times: int, jobs: int) -> _Wrong:
    """Return what comes of a run in `jobs` processes that is killed and continued."""
    out = f"killed-{jobs}"
    seen = _killed(folder, out, times, jobs)
    subprocess.run(_command(folder, out, jobs), capture_output=True, check=False)
    ended = _contents(folder / out)
    half = sum(whole.get(path) != content for found in seen for path, content in found.items())
    differ = sum(whole.get(path) != ended.get(path) for path in whole.keys() | ended.keys())
    left = sum(is_part(path) for path in (folder / out).rglob("*"))
    log = [*dcmlint_command(), "audit", "verify", f"{folder / out}.audit.jsonl"]
    log += ["--key-file", str(folder / "key"), "--originals", str(find_corpus().folder)]
    sound = subprocess.run([*log, "--results", str(folder / out)], capture_output=True, check=False)
    return _Wrong(len(seen), half, differ, left, sound.returncode)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="small enough for CI")
    reduced = parser.parse_args(arguments).reduced
    figures = Figures(reduced=reduced)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "key").write_text(_KEY)
        subprocess.run(_command(folder, "whole", 1), capture_output=True, check=False)
        whole = _contents(folder / "whole")
        found = {jobs: _judged(folder, whole, 5 if reduced else 20, jobs) for jobs in (1, 2)}
        kills = ", ".join(f"{each.kills} kills with --jobs {jobs}" for jobs, each in found.items())
        figures.add(
            "deid killed", sum(each.faults for each in found.values()), f"{kills}; {len(whole)} results"
        )
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

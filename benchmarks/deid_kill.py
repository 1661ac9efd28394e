"""SIGKILL at random moments of `dcmlint deid apply`: `python -m benchmarks.deid_kill`.

A run over the corpus is killed 20 times (reduced: 5), then ended. Its results must be those of a run that was
not killed, byte for byte, nothing half-written may lie there at any kill, and its audit log must hold against
originals and results.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.corpus import find_corpus
from benchmarks.limits import Figures
from benchmarks.process import dcmlint_command

__all__ = ["main"]

_SEED = 7
_KEY = "5" * 64


def _command(folder: Path, out: str) -> list[str]:
    options = ["--key-file", str(folder / "key")]
    return [*dcmlint_command(), "deid", "apply", str(find_corpus().folder), str(folder / out), *options]


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*.dcm")
        if not path.name.startswith(".")
    }


def _killed(folder: Path, times: int) -> list[dict[str, bytes]]:
    """Return what lay in the output folder after each kill."""
    chance, seen = random.Random(_SEED), []
    while len(seen) < times:
        running = subprocess.Popen(
            _command(folder, "killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            running.wait(timeout=0.5 + chance.random())
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
            seen.append(_contents(folder / "killed"))
        else:
            break
    return seen


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="small enough for CI")
    reduced = parser.parse_args(arguments).reduced
    figures = Figures(reduced=reduced)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "key").write_text(_KEY)
        seen = _killed(folder, 5 if reduced else 20)
        for out in ("killed", "whole"):
            subprocess.run(_command(folder, out), capture_output=True, check=False)
        whole, ended = _contents(folder / "whole"), _contents(folder / "killed")
        half = sum(whole.get(path) != content for found in seen for path, content in found.items())
        differ = sum(whole.get(path) != ended.get(path) for path in whole.keys() | ended.keys())
        log = [*dcmlint_command(), "audit", "verify", f"{folder / 'killed'}.audit.jsonl"]
        log += ["--key-file", str(folder / "key"), "--originals", str(find_corpus().folder)]
        sound = subprocess.run([*log, "--results", str(folder / "killed")], capture_output=True, check=False)
        note = f"{len(seen)} kills, {len(whole)} results"
        figures.add("deid killed", half + differ + sound.returncode, note)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

"""CPU of a second run on unchanged files with the cache, over the first: `python -m benchmarks.cache`.

The files are copies of the corpus of which each is an object of its own: the last digits of its SOP
Instance UID are its number. So no copy is found by the content of another.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.corpus import copies, find_corpus
from benchmarks.limits import Figures
from benchmarks.process import dcmlint_command, run

__all__ = ["distinct_copies", "main"]

_FULL, _REDUCED = 10_000, 2_000
_SETTLED_S = 0.2
"""Time that files rest before the first run: what has just changed is not kept by its times."""


def distinct_copies(folder: Path, number: int) -> list[Path]:
    """Write `number` or a few more distinct objects made of the corpus; return their paths."""
    from dcmlint.read.opener import read_instance

    files = find_corpus().files
    made = copies(files, folder, -(-number // len(files)))
    for count, path in enumerate(made):
        content = bytearray(path.read_bytes())
        element = read_instance(bytes(content)).root.elements.get(0x00080018)
        if element is not None and element[2] >= 12:
            old = bytes(content[element[1] : element[1] + element[2]]).rstrip(b"\0 ")
            new = old[:-6] + b"%06d" % (100_000 + count)
            path.write_bytes(bytes(content.replace(old, new)))
    return made


def _cpu_s(folder: Path, cache: Path, *options: str) -> float:
    command = [
        *dcmlint_command(),
        "check",
        str(folder),
        "--isolated",
        "--jobs",
        "1",
        "--cache-dir",
        str(cache),
    ]
    cost = run([*command, "--fail-on", "never", *options])
    if cost.status:
        raise SystemExit(f"dcmlint ended with status {cost.status}")
    return cost.cpu_s


def _measure(
    figures: Figures, name: str, folder: Path, work: Path, options: tuple[str, ...], files: int
) -> None:
    first = _cpu_s(folder, work / name, *options)
    seconds = [_cpu_s(folder, work / name, *options) for _ in range(3)]
    figures.add(name, min(seconds) / first, f"{files} files, {min(seconds):.2f} of {first:.2f} s")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if one misses its limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cache", description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="small enough for CI")
    options = parser.parse_args(arguments)
    figures = Figures(reduced=options.reduced)
    with tempfile.TemporaryDirectory(prefix="dcmlint-cache-") as folder:
        work = Path(folder)
        files = len(distinct_copies(work / "files", _REDUCED if options.reduced else _FULL))
        time.sleep(_SETTLED_S)
        _measure(figures, "cache quiet", work / "files", work, ("--quiet",), files)
        out = work / "report.json"
        _measure(figures, "cache json", work / "files", work, ("--format", f"json:{out}"), files)
        if json.loads(out.read_bytes())["summary"]["files"] != files:
            raise SystemExit("the cached run did not report every file")
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

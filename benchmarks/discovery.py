"""Discovery of plugins: what every start pays for looking among the installed distributions.

Folders as pip leaves them, a third of the distributions with entry points of other groups, beside
`importlib.metadata` on the same folder. The least of the rounds counts; the folders are in the page cache,
as they are at a start that follows another. That importing `importlib.metadata` takes time is not counted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks.limits import Figures
from dcmlint.entry_points import entry_points

__all__ = ["main", "site_packages"]

_SIZES = (50, 200, 500, 1000)
_JUDGED = 200
_ROUNDS = 20
_FILES = ("METADATA", "RECORD", "WHEEL", "INSTALLER", "top_level.txt")


def site_packages(folder: Path, count: int) -> None:
    """Put `count` distributions into a folder, one of them with a plugin."""
    for number in range(count):
        (folder / f"package_{number}").mkdir()
        metadata = folder / f"package_{number}-1.{number}.dist-info"
        metadata.mkdir()
        for name in _FILES:
            (metadata / name).write_text("x\n" * 200)
        if number % 3 == 0:
            text = f"[console_scripts]\ncommand{number} = package_{number}.cli:main\n\n[pytest11]\na = b\n"
            plugin = f"\n[dcmlint]\nhouse = package_{number}\n" if number == 0 else ""
            (metadata / "entry_points.txt").write_text(text + plugin)


def least_ms(discover: Callable[[], Iterable[str]]) -> float:
    """Return the least time that finding the plugin takes, in ms."""
    times = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        found = list(discover())
        times.append(time.perf_counter() - start)
        assert found == ["house"]
    return min(times) * 1000


def costs(folder: str) -> tuple[float, float]:
    """Return the time that dcmlint takes and that importlib.metadata takes in a folder, in ms."""
    from importlib.metadata import distributions

    def theirs() -> Iterable[str]:
        for distribution in distributions(path=[folder]):
            yield from (point.name for point in distribution.entry_points if point.group == "dcmlint")

    ours = least_ms(lambda: [point.name for point in entry_points([folder], "dcmlint")])
    return ours, least_ms(theirs)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if one missed its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="the figure is printed and not judged")
    figures = Figures(reduced=parser.parse_args(arguments).reduced)
    for size in _SIZES:
        with tempfile.TemporaryDirectory() as folder:
            site_packages(Path(folder), size)
            ours, theirs = costs(folder)
        print(f"{size} distributions: {ours:.2f} ms, importlib.metadata {theirs:.2f} ms", flush=True)
        if size == _JUDGED:
            figures.add("discovery", ours / theirs)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

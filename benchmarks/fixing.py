"""CPU of changing files beside pydicom reading and writing the same ones: `python -m benchmarks.fixing`.

To each file of the corpus go up to 30 edits, the same for both: text values of the root replaced, every
third element removed, and two elements of nested Items where there are any. What is timed for dcmlint is
opening the file, reading it, splicing the edits, and writing the result with its SHA-256, flushed to disk;
for pydicom `dcmread`, the same changes, and `save_as`. Both take turns in one process, file by file. Files
that either cannot change are left out and counted. Before, the results of both are compared, and each file of
the corpus is looked at whose bytes change without an edit, or whose Data Elements do that have none.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.corpus import find_corpus
from benchmarks.limits import Figures
from benchmarks.untouched import touched
from dcmlint.errors import FixError
from dcmlint.fix.edit import Edit, NewElement
from dcmlint.fix.splice import spliced
from dcmlint.fix.write import write_new
from dcmlint.read.item import Instance, Item
from dcmlint.read.opener import read_instance
from dcmlint.source.blob import open_blob

__all__ = ["main"]

_EDITS = 28
_NESTED = 2
_ROUNDS = 5
_TEXT = frozenset(("CS", "LO", "LT", "PN", "SH", "ST", "UI"))
_KEPT = frozenset((0x00080005, 0x00080016))

Change = Callable[[Path, Sequence[Edit], Path], None]


def edits_of(instance: Instance) -> list[Edit]:
    """Return the edits of one file: of its root and of two nested elements."""
    root = _edits(instance.root)[:_EDITS]
    nested = [edit for item in instance.root.walk() if item.parent is not None for edit in _edits(item)[:1]]
    return root + nested[:_NESTED]


def _edits(item: Item) -> list[Edit]:
    found: list[Edit] = []
    for tag, (vr, _, length, items) in item.elements.items():
        if items is not None or vr not in _TEXT or not length or tag in _KEPT or not tag & 0xFFFF:
            continue
        if len(found) % 3 == 2:
            found.append(Edit(item.location, tag, "remove"))
        else:
            value = b"2.25.123456789" if vr == "UI" else b"REPLACED VALUE"
            found.append(Edit(item.location, tag, "set", NewElement(tag, vr, value)))
    return found


def by_dcmlint(path: Path, edits: Sequence[Edit], target: Path) -> None:
    """Change a file by splicing."""
    write_new(target, spliced(open_blob(str(path)).buf, edits), path)


def by_pydicom(path: Path, edits: Sequence[Edit], target: Path) -> None:
    """Change a file by reading it, setting values and writing it."""
    from pydicom import dcmread

    data_set: Any = dcmread(path, force=True)
    for edit in edits:
        holder = data_set
        for sequence, number in zip(edit.location[::2], edit.location[1::2], strict=True):
            holder = holder[sequence].value[number - 1]
        if edit.element is None:
            del holder[edit.tag]
        else:
            holder[edit.tag].value = edit.element.value.decode()
    data_set.save_as(target)


def changeable(files: Sequence[Path], work: Path) -> list[tuple[Path, list[Edit]]]:
    """Return the files that both can change, with their edits, and print what of the results differs."""
    found = []
    refused = failed = different = 0
    for path in files:
        edits = edits_of(read_instance(path.read_bytes()))
        try:
            by_dcmlint(path, edits, work / "ours")
        except FixError:
            refused += 1
            continue
        try:
            by_pydicom(path, edits, work / "theirs")
        except Exception:  # what pydicom raises for files that it cannot read or write is of many kinds
            failed += 1
            continue
        different += _said(work / "ours", edits) != _said(work / "theirs", edits)
        if edits:
            found.append((path, edits))
    print(f"{len(found)} files to change; dcmlint refuses {refused}, pydicom fails on {failed}")
    print(f"files whose edited elements differ between both results: {different}")
    return found


def _said(path: Path, edits: Sequence[Edit]) -> list[object]:
    """Return what a file has where it was edited."""
    instance = read_instance(path.read_bytes())
    items = {item.location: item for item in instance.root.walk()}
    return [items[edit.location].get(edit.tag) for edit in edits]


def strayed(files: Sequence[Path]) -> list[str]:
    """Return the names of files that change without an edit, or elsewhere than where they are edited."""
    found = []
    for path in files:
        content = path.read_bytes()
        before = read_instance(content)
        edits = edits_of(before)
        try:
            after = read_instance(b"".join(spliced(content, edits)))
        except FixError:
            edits, after = [], before
        if b"".join(spliced(content, [])) != content or touched(before, after, edits):
            found.append(path.name)
    return found


def cpu_s(change: Change, path: Path, edits: Sequence[Edit], target: Path) -> float:
    """Return the CPU seconds of one change."""
    start = time.process_time()
    change(path, edits, target)
    return time.process_time() - start


def measure(found: Sequence[tuple[Path, list[Edit]]], rounds: int, work: Path) -> tuple[float, float]:
    """Return the CPU seconds of all changes by dcmlint and by pydicom, the least of the rounds."""
    ours, theirs = [], []
    for _ in range(rounds):
        pairs = [
            (cpu_s(by_dcmlint, path, edits, work / "ours"), cpu_s(by_pydicom, path, edits, work / "theirs"))
            for path, edits in found
        ]
        ours.append(sum(pair[0] for pair in pairs))
        theirs.append(sum(pair[1] for pair in pairs))
    return min(ours), min(theirs)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the ratio beside its limit; return 1 if it missed it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="every third file, two rounds")
    options = parser.parse_args(arguments)
    files = find_corpus().files[:: 3 if options.reduced else 1]
    figures = Figures(reduced=options.reduced)
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        wrong = strayed(files)
        figures.add("fix strayed", len(wrong), ", ".join(wrong) or f"{len(files)} files")
        found = changeable(files, Path(folder))
        ours, theirs = measure(found, 2 if options.reduced else _ROUNDS, Path(folder))
    count = sum(len(edits) for _, edits in found)
    figures.add(
        "fix/pydicom",
        ours / theirs,
        f"{len(found)} files, {count} edits, {1000 * ours / len(found):.2f} ms each",
    )
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

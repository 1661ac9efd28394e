"""What `dcmlint fix` promises, on real and on damaged files: `python -m benchmarks.fix_properties`.

Files are written to a folder and fixed as the command does it, with safe fixes alone and with all; then the
results are fixed again, and copies are fixed in place. Counted are findings (rule and path) of results that
the inputs do not have, results that change when they are fixed again or in place, results in which Data
Elements differ that no edit of a fix names, exceptions (of fixes too), files that are missing or left behind,
and originals that are not as they were. For each rule with a fix, findings before and after show a fix that
never does anything. Findings and Data Elements are compared here, not by what the fixes are made with.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import logging
import re
import shutil
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from benchmarks import fix_inputs
from benchmarks.limits import Figures
from benchmarks.lint import lint_bytes
from benchmarks.untouched import touched
from dcmlint.catalogue import catalogue
from dcmlint.fix import mender
from dcmlint.fix import run as fix_run
from dcmlint.fix.edit import Edit
from dcmlint.fix.original import Originals
from dcmlint.read.opener import looks_like_dicom, read_instance
from dcmlint.run import Request
from dcmlint.scan import Settings

__all__ = ["main"]

_SHOWN = 10
_KEPT = re.compile(r"OriginalAttributesSequence\[\d+\]\.ModifiedAttributesSequence\[\d+\]\.")
_ORIGINAL_ATTRIBUTES = 0x04000561

FIXES = {rule.id: rule.fix.kind for rule in catalogue().values() if rule.fix is not None}

Findings = Counter[tuple[str, str]]
Edits = dict[str, list[Edit]]
"""The edits that were made, by SHA-256 of the file before."""


class Wrongs(Counter[str]):
    """How often each promise was broken; the first ones are printed."""

    def tell(self, kind: str, what: str) -> None:
        """Count one."""
        self[kind] += 1
        if self[kind] <= _SHOWN:
            print(f"  {kind}: {what}", flush=True)


class _Folders(NamedTuple):
    """Where one run has its files."""

    inputs: Path
    output: Path
    again: Path
    in_place: Path
    backup: Path

    @classmethod
    def below(cls, top: Path) -> _Folders:
        return cls(*(top / name for name in cls._fields))


@contextlib.contextmanager
def _watched(edits: Edits) -> Iterator[None]:
    """Note the edits of each file that is mended."""
    mended = mender.mended

    def noting(buf: Any, *rest: Any, originals: Originals, **options: Any) -> Any:
        made = edits.setdefault(hashlib.sha256(buf).hexdigest(), [])
        keep = originals.keep

        def kept(instance: Any, used: Any, *rest: Any) -> None:
            used = list(used)
            made.extend(edit for each in used for edit in each.edits)
            keep(instance, used, *rest)

        with mock.patch.object(originals, "keep", kept):
            return mended(buf, *rest, originals=originals, **options)

    with mock.patch.object(mender, "mended", noting):
        yield


def _fixed(folder: Path, wrongs: Wrongs, **options: Any) -> None:
    """Fix a folder as the command does it, and count exceptions."""
    said = io.StringIO()
    request = fix_run.FixRequest(Request((str(folder),), Settings()), **options)
    try:
        with contextlib.redirect_stderr(said):
            fix_run.fix(request)
    except Exception:
        wrongs.tell("fix crashes", traceback.format_exc())
    for line in said.getvalue().splitlines():
        if "its fix failed (" in line:
            wrongs.tell("fix crashes", line)
        wrongs["unkept"] += ": previous values are not all kept: " in line


def _run(folders: _Folders, wrongs: Wrongs, *, unsafe: bool) -> Edits:
    """Fix the inputs, the results again, and copies in place; return what was edited."""
    edits: Edits = {}
    with _watched(edits):
        _fixed(folders.inputs, wrongs, output=str(folders.output), unsafe=unsafe)
    _fixed(folders.output, wrongs, output=str(folders.again), unsafe=unsafe)
    shutil.copytree(folders.inputs, folders.in_place)
    _fixed(folders.in_place, wrongs, in_place=True, backup=str(folders.backup), unsafe=unsafe)
    return edits


def _compare(folders: _Folders, names: Sequence[str], wrongs: Wrongs) -> None:
    """Count results that are missing or too many, and those that another run makes otherwise."""
    for folder in (folders.output, folders.again, folders.in_place):
        there = {each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()}
        for name in there ^ set(names):
            wrongs.tell("fix leftovers", f"{folder.name}/{name}")
    for name in names:
        made = _content(folders.output / name)
        if _content(folders.again / name) != made:
            wrongs.tell("fix twice", f"{name}, fixed again")
        if _unlike(_content(folders.in_place / name), made):
            wrongs.tell("fix twice", f"{name}, in place")
    for kept in (each for each in folders.backup.rglob("*") if each.is_file()):
        if _content(kept) != _content(folders.inputs / kept.name):
            wrongs.tell("fix originals", f"backup of {kept.name}")


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _unlike(one: bytes, other: bytes) -> bool:
    """Tell whether two results differ but for the time of the change that they have in them."""
    time_of_change = rb"20\d{12}[+-]\d{4}"
    return one != other and re.sub(time_of_change, b"", one) != re.sub(time_of_change, b"", other)


def _findings(content: bytes) -> Findings:
    return Counter((found.rule, found.path) for found in lint_bytes(content))


def _new(before: Findings, after: Findings) -> Iterable[tuple[str, str]]:
    """Return the findings that are new, without those on values that Original Attributes Sequence keeps and
    that were as wrong before."""
    return [
        (rule, path)
        for rule, path in after - before
        if not (_KEPT.match(path) and (rule, _KEPT.sub("", path, count=1)) in before)
    ]


class _Numbers(NamedTuple):
    """Findings by rule with a fix, before and after."""

    before: Counter[str]
    after: Counter[str]

    def add(self, before: Findings, after: Findings) -> None:
        """Add those of one file."""
        for number, findings in ((self.before, before), (self.after, after)):
            for (rule, path), times in findings.items():
                if rule in FIXES and not path.startswith("OriginalAttributesSequence"):
                    number[rule] += times


def _judged(folders: _Folders, name: str, edits: Edits, wrongs: Wrongs, numbers: _Numbers) -> bool:
    """Compare one result with its input; tell whether it was changed."""
    before, after = _content(folders.inputs / name), _content(folders.output / name)
    said = found = _findings(before)
    if before != after:
        found = _findings(after)
        for rule, path in _new(said, found):
            wrongs.tell("fix worse", f"{name}: {rule} at {path}")
        made = [*edits.get(hashlib.sha256(before).hexdigest(), ()), Edit((), _ORIGINAL_ATTRIBUTES, "set")]
        elsewhere = touched(read_instance(before), read_instance(after), made)
        if elsewhere:
            wrongs.tell("fix elsewhere", f"{name}: {elsewhere[:3]}")
    numbers.add(said, found)
    return before != after


def _measured(
    contents: Callable[[], Iterable[bytes]], what: str, wrongs: Wrongs, *, unsafe: bool
) -> _Numbers:
    """Fix files, count what is wrong with the results, and return findings by rule."""
    numbers = _Numbers(Counter(), Counter())
    with tempfile.TemporaryDirectory() as top:
        folders = _Folders.below(Path(top))
        folders.inputs.mkdir()
        hashes = {}
        for number, content in enumerate(contents()):
            path = folders.inputs / f"{number:06d}.dcm"
            path.write_bytes(content)
            hashes[path.name] = hashlib.sha256(content).digest()
        edits = _run(folders, wrongs, unsafe=unsafe)
        for name, digest in hashes.items():
            if hashlib.sha256(_content(folders.inputs / name)).digest() != digest:
                wrongs.tell("fix originals", name)
        names = [name for name in hashes if (folders.output / name).exists() or _is_dicom(folders, name)]
        changed = sum([_judged(folders, name, edits, wrongs, numbers) for name in names])
        _compare(folders, names, wrongs)
    print(f"{what}, {'all fixes' if unsafe else 'safe fixes'}: {len(names)} files, {changed} changed")
    return numbers


def _is_dicom(folders: _Folders, name: str) -> bool:
    return looks_like_dicom(_content(folders.inputs / name)[:1024])


def _table(numbers: dict[str, _Numbers]) -> None:
    """Print for each rule how many findings there were, and are left."""
    print(f"{'rule':34}{'fix':8}" + "".join(f"{name:>20}" for name in numbers))
    for rule, kind in sorted(FIXES.items()):
        cells = (f"{each.before[rule]} -> {each.after[rule]}" for each in numbers.values())
        print(f"{rule:34}{kind:8}" + "".join(f"{cell:>20}" for cell in cells))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if one misses its limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fix_properties", description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="every third file, few damaged ones")
    reduced = parser.parse_args(arguments).reduced
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    figures, wrongs = Figures(reduced=reduced), Wrongs()
    numbers = {
        f"{what}, {'all' if unsafe else 'safe'}": _measured(contents, what, wrongs, unsafe=unsafe)
        for what, contents in (
            ("corpus", lambda: fix_inputs.real(reduced=reduced)),
            ("damaged", lambda: fix_inputs.damaged(reduced=reduced)),
        )
        for unsafe in (False, True)
    }
    _table(numbers)
    print(f"runs of a file that kept not all previous values, and said so: {wrongs['unkept']}")
    for kind in ("worse", "twice", "elsewhere", "crashes", "leftovers", "originals"):
        figures.add(f"fix {kind}", wrongs[f"fix {kind}"])
    idle = [
        rule for rule in FIXES if not any(each.after[rule] < each.before[rule] for each in numbers.values())
    ]
    figures.add("fix idle", len(idle), ", ".join(idle) or f"of {len(FIXES)} rules")
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

"""What de-identification tools of others leave behind: `python -m benchmarks.deid_others`.

Each tool (`deid_others_tools.py`) gets a venv of its own from PyPI and runs on copies of the corpus, named by
number. `dcmlint deid verify --profile basic --against IN --map` looks at what it wrote; the table by kind is
printed as docs/deid-verification.md has it. Each finding about an Attribute is held against both files by
pydicom, and so is what was overlooked (`deid_others_check.py`); findings in text are judged by hand
(`deid_others_judged.tsv`). A tool that cannot be had is named and left out. Reduced: one
tool, every tenth file.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.corpus import Corpus, find_corpus
from benchmarks.deid_others_check import compared
from benchmarks.deid_others_table import Judged, Left, judged, kind_of, left, markdown, place_of, too_few
from benchmarks.deid_others_tools import TOOLS, NotInstalledError, Tool, installed, run_tool
from benchmarks.limits import Figures
from dcmlint.deid_verify.originals import Originals, traits_of
from dcmlint.deid_verify.profile import Demands
from dcmlint.deid_verify.run import Verification, verify
from dcmlint.model import InstanceReport
from dcmlint.read.opener import read_instance

__all__ = ["main"]

_PROFILE = "basic"
_SHOWN = 20


class _Result(NamedTuple):
    tool: Tool
    left: Left
    reports: list[InstanceReport]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and what was compared; return 1 if a figure misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="one tool, every tenth file")
    parser.add_argument("--tools", nargs="+", choices=TOOLS, help="these tools only")
    parser.add_argument("--folder", type=Path, help="keep venvs and outputs here; venvs are used again")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    names = options.tools or (["dicognito"] if options.reduced else list(TOOLS))
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        return _measure([TOOLS[name] for name in names], folder, reduced=options.reduced)


def _measure(tools: Sequence[Tool], folder: Path, *, reduced: bool) -> int:
    figures, corpus = Figures(reduced=reduced), find_corpus()
    shutil.rmtree(folder / "work", ignore_errors=True)
    copies = _copies(corpus, folder / "work" / "in", step=10 if reduced else 1)
    results = []
    for tool in tools:
        try:
            python = installed(tool, folder / "venvs")
        except NotInstalledError as error:
            print(f"left out: {tool.name}: {error}")
            continue
        results.append(_result(tool, python, copies))
    if not results:
        return 0
    print(markdown([result.left for result in results], len(copies)))
    for result in results:
        _tell(result.left)
    _compare(results, copies, figures)
    _tell_judged(results, copies, corpus, complete=not reduced)
    return figures.status()


def _copies(corpus: Corpus, folder: Path, *, step: int) -> dict[Path, Path]:
    """Copy files of the corpus under numbers; return the file by its copy."""
    folder.mkdir(parents=True)
    made = {folder / f"{number:04}.dcm": path for number, path in enumerate(corpus.files[::step])}
    for copy, path in made.items():
        shutil.copyfile(path, copy)
    return made


def _result(tool: Tool, python: Path, copies: Mapping[Path, Path]) -> _Result:
    folder = next(iter(copies)).parent.with_name(tool.name)
    failed = run_tool(tool, python, list(copies), folder)
    out, originals = folder / "out", next(iter(copies)).parent
    written = sorted(path.name for path in out.iterdir())
    reports = verify(Verification(str(out), _PROFILE, str(originals), {name: name for name in written}))
    told = _told(out, originals)
    name = f"{tool.name} {tool.version}"
    return _Result(tool, Left(name, tool.settings, len(written), failed, left(reports), told), reports)


def _told(out: Path, originals: Path) -> tuple[int, int, int]:
    """Return of how many outputs the original is told rightly, not at all, and wrongly, without a map and
    without its name. Of files that are the same, each is right."""
    known = Originals(Demands(_PROFILE))
    contents = {}
    for path in sorted(originals.iterdir()):
        contents[path.name] = content = path.read_bytes()
        known.add(read_instance(content), path.name)
    counts = [0, 0, 0]
    for path in out.iterdir():
        found = known.of(traits_of(read_instance(path.read_bytes()), ""))
        right = found is not None and contents[found.traits.path] == contents[path.name]
        counts[0 if right else 1 if found is None else 2] += 1
    return counts[0], counts[1], counts[2]


def _tell(result: Left) -> None:
    missing = ", ".join(f"{count} {why}" for why, count in result.failed.most_common()) or "none"
    right, untold, wrong = result.told
    print(f"{result.name}: {result.settings}; not written: {missing}")
    print(f"   original told without a map or name: {right} rightly, {untold} not, {wrong} wrongly")


def _compare(results: Sequence[_Result], copies: Mapping[Path, Path], figures: Figures) -> None:
    originals = {copy.name: copy for copy in copies}
    confirmed = unconfirmed = overlooked = 0
    for result in results:
        found = compared(result.reports, originals)
        confirmed += found.confirmed.total()
        unconfirmed += len(found.unconfirmed)
        overlooked += len(found.overlooked)
        for title, rows in (("not confirmed", found.unconfirmed), ("overlooked", found.overlooked)):
            for row in rows[:_SHOWN]:
                print(f"   {result.tool.name}, {title}:", *row)
    figures.add("deid others unconfirmed", unconfirmed, f"{confirmed} findings about Attributes confirmed")
    figures.add("deid others overlooked", overlooked)


def _tell_judged(
    results: Sequence[_Result], copies: Mapping[Path, Path], corpus: Corpus, *, complete: bool
) -> None:
    """Print how many of the findings that were judged are still there, and of what too few were judged."""
    names = {result.tool.name for result in results}
    rows = [row for row in judged() if row.tool in names]
    there = {
        (result.tool.name, kind_of(finding), corpus.name(_file(copies, report)), place_of(finding))
        for result in results
        for report in result.reports
        for finding in report.findings
    }
    of_run = {corpus.name(path) for path in copies.values()}
    asked = [row for row in rows if row.file in of_run]
    gone = [row for row in asked if (row.tool, row.kind, row.file, row.place) not in there]
    verdicts = {verdict: sum(row.verdict == verdict for row in asked) for verdict in _verdicts(asked)}
    print(f"judged by hand: {len(asked)} findings, {verdicts}; no longer found: {len(gone)}")
    for row in gone[:_SHOWN]:
        print("   no longer found:", row.tool, row.kind, row.file, row.place)
    if complete:
        tools = {result.left.name: result.tool.name for result in results}
        for line in too_few([result.left for result in results], tools, rows):
            print("   too few judged:", line)


def _verdicts(rows: Sequence[Judged]) -> list[str]:
    return sorted({row.verdict for row in rows})


def _file(copies: Mapping[Path, Path], report: InstanceReport) -> Path:
    folder = next(iter(copies)).parent
    return copies[folder / Path(report.file).name]


if __name__ == "__main__":
    sys.exit(main())

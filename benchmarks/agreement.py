"""Agreement with dciodvfy on the corpus, by class of fault, before and after adjudication.

A key is (source, SOP Class, class of fault, tag), counted once however often it occurs. Recall is
the share of dciodvfy's errors at whose key dcmlint reports anything; precision is the share of
dcmlint's errors at whose key dciodvfy reports anything. `adjudication.tsv` says of single
disagreements who is right; where dcmlint is, the key no longer counts against it.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.corpus import Corpus, find_corpus
from benchmarks.limits import Figures
from benchmarks.lint import session

__all__ = ["CLASSES", "Entry", "Key", "Side", "adjudications", "class_of_rule", "main"]

CLASSES = ("missing", "empty", "enumerated", "value", "not-permitted")
_TABLE = Path(__file__).with_name("adjudication.tsv")

# What makes dciodvfy's verdict on a file no verdict at all: it stopped, or knows no IOD for it.
_NO_VERDICT = frozenset({"assertion", "read-failure", "iod-not-found"})

KINDS: dict[str, str] = {
    "missing-type1": "missing",
    "missing-type1c": "missing",
    "missing-type2": "missing",
    "missing-type2c": "missing",
    "empty-type1": "empty",
    "empty-type1c": "empty",
    "only-empty-when-unknown": "empty",
    "enumerated-value": "enumerated",
    "value-required-at-position": "enumerated",
    "defined-term": "enumerated",
    "vr-char": "value",
    "vr-trailing-char": "value",
    "vr-length": "value",
    "vr-uid-form": "value",
    "uid-illegal-root": "value",
    "vm-wrong": "value",
    "sequence-item-count": "value",
    "iod-vr-wrong": "value",
    "explicit-vr-mismatch": "value",
    "value-zero": "value",
    "value-dubious": "value",
    "not-permitted-value": "value",
    "orientation-vector": "value",
    "code-value-chars": "value",
    "present-though-condition-unsatisfied": "not-permitted",
    "empty-though-condition-unsatisfied": "not-permitted",
    "shall-not-be-present": "not-permitted",
    "may-not-be-present": "not-permitted",
}
"""dciodvfy's kind of message to the class of fault. Its other kinds are of none of the classes:
structure of the file (tag-order, sequence-structure, value-length, explicit-vr-zero-bytes,
group-length, meta-header, private-*), comparisons between attributes (sop-uid-vs-meta, uid-same,
pixel-*, lut, functional-groups, dimension-index, sr-evidence, geometry-*), code streams
(jpeg-bitstream), coding schemes, and remarks (not-in-iod, retired-attribute, unknown-tag,
missing-for-dicomdir, rescale-or-voi, vr-unsupported)."""

RULES: dict[str, str] = {
    "module/missing-module": "missing",
    "module/missing-type-1": "missing",
    "module/missing-type-1c": "missing",
    "module/missing-type-2": "missing",
    "module/missing-type-2c": "missing",
    "module/conditional-module-missing": "missing",
    "functional-group/missing-macro": "missing",
    "file/missing-meta-attribute": "missing",
    "uid/missing": "missing",
    "module/empty-type-1": "empty",
    "module/empty-type-1c": "empty",
    "file/empty-meta-attribute": "empty",
    "module/value-not-enumerated": "enumerated",
    "module/value-not-defined-term": "enumerated",
    "module/required-value": "enumerated",
    "module/value-zero": "value",
    "module/value-not-positive": "value",
    "module/sequence-items": "value",
    "module/sequence-empty-item": "value",
    "uid/malformed": "value",
    "uid/reserved-root": "value",
    "encoding/vr-not-permitted": "value",
    "encoding/padding": "value",
    "pixel/window-width": "value",
    "pixel/orientation-not-orthonormal": "value",
    "pixel/spacing-not-positive": "value",
    "pixel/rescale-slope-zero": "value",
    "sr/missing-value": "missing",
    "sr/relationship": "missing",
    "sr/value-type": "missing",
    "sr/verification": "missing",
    "sr/missing-concept-name": "missing",
    "sr/empty-value": "empty",
    "sr/measured-value": "value",
    "sr/coordinates": "value",
    "sr/image-reference": "not-permitted",
    "module/not-permitted": "not-permitted",
    "module/conditional-module-not-permitted": "not-permitted",
    "functional-group/not-permitted": "not-permitted",
}
"""Rule to class of fault; every rule of group `value` is of class value. Rules left out compare
attributes, judge the structure of the file or the code stream, or make remarks."""


class Key(NamedTuple):
    """What is compared: one fault of one attribute of one SOP Class at one source."""

    source: str
    sop_class: str
    kind: str
    tag: int


class Side(NamedTuple):
    """What one of the two says: keys to the worst severity and to the files, first one first."""

    errors: set[Key]
    all: set[Key]
    files: Mapping[Key, list[str]]


class Entry(NamedTuple):
    """One adjudicated disagreement."""

    kind: str
    tag: int
    sop_class: str
    side: str
    right: str
    reason: str
    section: str


def class_of_rule(rule: str) -> str | None:
    """Return the class of fault that a rule reports, None if it is of none."""
    return "value" if rule.startswith("value/") else RULES.get(rule)


def dciodvfy_says(corpus: Corpus, sop_classes: Mapping[str, str]) -> tuple[Side, set[str]]:
    """Return dciodvfy's side and the files on which it has no verdict."""
    verdicts = list(corpus.verdicts())
    dropped = {found["file"] for found in verdicts if found["kind"] in _NO_VERDICT}
    errors: set[Key] = set()
    files: dict[Key, list[str]] = defaultdict(list)
    for found in verdicts:
        kind = KINDS.get(found["kind"])
        name = found["file"]
        if kind is None or "tag" not in found or name in dropped or name not in sop_classes:
            continue
        key = Key(corpus.source(name), sop_classes[name], kind, int(found["tag"].replace(",", ""), 16))
        files[key].append(name)
        if found["severity"] == "error":
            errors.add(key)
    return Side(errors, set(files), files), dropped


def dcmlint_says(corpus: Corpus, reports: Iterable[tuple[str, Any]], dropped: set[str]) -> Side:
    """Return dcmlint's side of (name, InstanceReport) pairs."""
    errors: set[Key] = set()
    files: dict[Key, list[str]] = defaultdict(list)
    for name, report in reports:
        if name in dropped:
            continue
        for found in report.findings:
            kind = _class_of(found)
            if kind is None:
                continue
            for tag in found.attributes or (found.tag,):
                key = Key(corpus.source(name), report.sop_class_uid, kind, tag or 0)
                files[key].append(f"{name} ({found.rule}, {found.severity}, {found.module})")
                if found.severity == "error":
                    errors.add(key)
    return Side(errors, set(files), files)


def _class_of(found: Any) -> str | None:
    """Return the class of a finding: as of its rule, and an absent group length is missing."""
    if found.rule == "file/meta-group-length" and found.args.get("what") == "is absent":
        return "missing"
    return class_of_rule(found.rule)


def adjudications(path: Path = _TABLE) -> list[Entry]:
    """Return the entries of the adjudication table.

    Raises ValueError if an entry lacks a reason or section or names an unknown side.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    entries = []
    for number, row in enumerate(rows, 2):
        entry = Entry(
            row["class"],
            int(row["tag"], 16),
            row["sop_class_uid"],
            row["side"],
            row["right"],
            row["reason"],
            row["section"],
        )
        known = entry.kind in CLASSES and entry.side in ("missed", "extra")
        if not (known and entry.right in ("dcmlint", "dciodvfy") and entry.reason and entry.section):
            raise ValueError(f"{path.name} line {number} is incomplete")
        entries.append(entry)
    return entries


class Outcome(NamedTuple):
    """The disagreements left, and what they are shares of."""

    theirs: set[Key]
    ours: set[Key]
    missed: set[Key]
    extra: set[Key]

    @property
    def recall(self) -> float:
        return 1 - len(self.missed) / len(self.theirs) if self.theirs else 1.0

    @property
    def precision(self) -> float:
        return 1 - len(self.extra) / len(self.ours) if self.ours else 1.0


def compare(theirs: Side, ours: Side, kind: str = "") -> Outcome:
    """Return the outcome before adjudication, of one class of fault or of all."""
    their_errors = {key for key in theirs.errors if kind in ("", key.kind)}
    our_errors = {key for key in ours.errors if kind in ("", key.kind)}
    return Outcome(their_errors, our_errors, their_errors - ours.all, our_errors - theirs.all)


def settle(outcome: Outcome, entries: Iterable[Entry]) -> tuple[Outcome, set[Key]]:
    """Return the outcome without the keys in which dcmlint is right, and all adjudicated keys."""
    table = {(entry.side, entry.kind, entry.tag, entry.sop_class): entry for entry in entries}
    adjudicated: set[Key] = set()
    settled: dict[str, set[Key]] = {"missed": set(), "extra": set()}
    for side, keys in (("missed", outcome.missed), ("extra", outcome.extra)):
        for key in keys:
            entry = table.get((side, key.kind, key.tag, key.sop_class))
            if entry is not None:
                adjudicated.add(key)
                if entry.right == "dcmlint":
                    settled[side].add(key)
    left = Outcome(
        outcome.theirs - settled["missed"],
        outcome.ours,
        outcome.missed - settled["missed"],
        outcome.extra - settled["extra"],
    )
    return left, adjudicated


def stale(outcome: Outcome, entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that no disagreement of this run matches."""
    keys = {("missed", key.kind, key.tag, key.sop_class) for key in outcome.missed}
    keys |= {("extra", key.kind, key.tag, key.sop_class) for key in outcome.extra}
    return [entry for entry in entries if (entry.side, entry.kind, entry.tag, entry.sop_class) not in keys]


def _line(name: str, outcome: Outcome) -> str:
    return (
        f"{name:14s} recall {outcome.recall:.3f} of {len(outcome.theirs):4d} "
        f"({len(outcome.missed)} missed)   precision {outcome.precision:.3f} of {len(outcome.ours):4d} "
        f"({len(outcome.extra)} extra)"
    )


def _print_list(keys: set[Key], side: Side, entries: Sequence[Entry], wanted: str) -> None:
    from dcmlint.standard.dictionary import format_tag, label

    table = {(entry.kind, entry.tag, entry.sop_class): entry for entry in entries if entry.side == wanted}
    for key in sorted(keys, key=lambda key: (key.kind, key.tag, key.sop_class, key.source)):
        entry = table.get((key.kind, key.tag, key.sop_class))
        judged = f"  [{entry.right} right: {entry.reason}]" if entry else ""
        examples = list(dict.fromkeys(side.files[key]))
        print(f"{wanted} {key.kind} {format_tag(key.tag)} {label(key.tag)} {key.sop_class}{judged}")
        print(f"    {len(examples)} x {examples[0]}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print recall and precision by class; return 1 if a figure misses its limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.agreement", description=__doc__)
    parser.add_argument("--list", choices=("missed", "extra"), help="print these disagreements instead")
    parser.add_argument("--reduced", action="store_true", help="the same: this measure is small")
    options = parser.parse_args(arguments)
    corpus = find_corpus()
    if corpus.verdict_file is None:
        print("agreement: the corpus with dciodvfy's verdicts is not here, not measured")
        return 0
    from dcmlint.scan import lint_file

    reports = [(corpus.name(path), lint_file(str(path), session())) for path in corpus.files]
    theirs, dropped = dciodvfy_says(corpus, {name: report.sop_class_uid for name, report in reports})
    ours = dcmlint_says(corpus, reports, dropped)
    entries = adjudications()
    before = compare(theirs, ours)
    if options.list:
        keys, side = (before.missed, theirs) if options.list == "missed" else (before.extra, ours)
        _print_list(keys, side, entries, options.list)
        return 0
    return _print_figures(reports, theirs, ours, entries, len(dropped))


def _print_figures(
    reports: Sequence[tuple[str, Any]], theirs: Side, ours: Side, entries: Sequence[Entry], dropped: int
) -> int:
    figures = Figures(reduced=False)
    before = compare(theirs, ours)
    after, adjudicated = settle(before, entries)
    print(f"agreement: {len(reports)} files, {dropped} without a verdict of dciodvfy left out")
    print("before adjudication")
    for kind in CLASSES:
        print("  " + _line(kind, compare(theirs, ours, kind)))
    print("  " + _line("all", before))
    print("after adjudication")
    for kind in CLASSES:
        print("  " + _line(kind, settle(compare(theirs, ours, kind), entries)[0]))
    print("  " + _line("all", after))
    against = [entry for entry in entries if entry.right == "dciodvfy"]
    print(f"adjudication table: {len(entries)} entries, {len(against)} of them against dcmlint")
    for entry in stale(before, entries):
        print(f"  no longer a disagreement: {entry.side} {entry.kind} {entry.tag:08X} {entry.sop_class}")
    compared = len(before.theirs | before.ours)
    figures.add("recall", after.recall)
    figures.add("precision", after.precision)
    figures.add("adjudicated", len(adjudicated) / compared, f"{len(adjudicated)} of {compared} keys")
    failed = sum(found.rule == "internal/check-failed" for _, report in reports for found in report.findings)
    figures.add("check failed", failed)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

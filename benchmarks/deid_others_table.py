"""What is left in outputs of de-identification tools, by kind, as a table; and what of it was judged by hand.

A kind is a rule of the group deid or a part of one. Pure: nothing is run or read here but the table of what
was judged, `deid_others_judged.tsv`.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from dcmlint.model import Finding, InstanceReport
from dcmlint.standard.dictionary import keyword_of

__all__ = ["KINDS", "Judged", "Left", "judged", "kind_of", "left", "markdown", "place_of", "too_few"]

_JUDGED = Path(__file__).with_name("deid_others_judged.tsv")
_OF_ORIGINAL = "the value of the original"
_SAMPLE = 3
_REPEATING = (0x50, 0x60)
"""Groups of curves and overlays, whose Attributes have one keyword for all."""

KINDS: Mapping[str, str] = {
    "removed-same": "to be removed, and there as in the original",
    "removed-other": "to be removed, and there with something else",
    "private": "private Attributes",
    "unchanged": "to be emptied or replaced, and as in the original",
    "date": "dates and times as in the original",
    "uid": "UIDs of the originals",
    "text-name": "names of the originals in text",
    "text-id": "IDs of the originals in text",
    "text-address": "addresses and institutions in text",
    "text-date": "dates of the patient in text",
    "text-contact": "telephone numbers and e-mail addresses in text",
    "pixels": "pixels that tell, by the header",
    "method": "not recorded as PS3.15 E.1 asks",
    "apart": "patients, studies or references apart",
}
"""Kind to what its row of the table is called."""

_RULES = {
    "private-retained": "private",
    "attribute-not-emptied": "unchanged",
    "date-not-shifted": "date",
    "uid-not-replaced": "uid",
    "burned-in-risk": "pixels",
    "method-not-recorded": "method",
    "inconsistent": "apart",
}
_TEXTS = {
    "a name": "text-name",
    "an ID": "text-id",
    "an address": "text-address",
    "a date": "text-date",
    "a telephone number": "text-contact",
    "an e-mail address": "text-contact",
}


class Left(NamedTuple):
    """What one tool left: files that it wrote, why others are missing, and (findings, files) by kind.

    `told` says of how many outputs their original was told without a map: rightly, not at all, wrongly.
    """

    name: str
    settings: str
    written: int
    failed: Counter[str]
    counts: Mapping[str, tuple[int, int]]
    told: tuple[int, int, int]


class Judged(NamedTuple):
    """One finding that a person compared with original and output: file of the corpus and place in it."""

    tool: str
    kind: str
    file: str
    place: str
    verdict: str
    reason: str


def kind_of(finding: Finding) -> str | None:
    """Return the kind of a finding, None for what is no error."""
    if finding.severity != "error":
        return None
    rule, how = finding.rule.removeprefix("deid/"), str(finding.args.get("how", ""))
    if rule == "attribute-not-removed":
        return "removed-same" if _OF_ORIGINAL in how else "removed-other"
    if rule == "text-contains-identifier":
        return next(kind for words, kind in _TEXTS.items() if f"holds {words} " in how)
    return _RULES.get(rule)


def place_of(finding: Finding) -> str:
    """Return where a finding is: keywords with numbers of Items, tags where there is none; no value."""
    steps = [
        f"{_name(tag)}[{number}]"
        for tag, number in zip(finding.location[::2], finding.location[1::2], strict=True)
    ]
    return ".".join([*steps, *([_name(finding.tag)] if finding.tag is not None else [])])


def _name(tag: int) -> str:
    return (tag >> 24 not in _REPEATING and keyword_of(tag)) or f"{tag:08X}"


def left(reports: Iterable[InstanceReport]) -> dict[str, tuple[int, int]]:
    """Return (findings, files) by kind."""
    counts: Counter[str] = Counter()
    files: dict[str, set[str]] = defaultdict(set)
    for report in reports:
        for finding in report.findings:
            kind = kind_of(finding)
            if kind is not None:
                counts[kind] += 1
                files[kind].add(report.file)
    return {kind: (counts[kind], len(files[kind])) for kind in counts}


def markdown(results: Sequence[Left], total: int) -> str:
    """Return the table, a column for each tool; `total` is how many files each was given."""
    lines = [
        "| | " + " | ".join(result.name for result in results) + " |",
        "|---|" + "---:|" * len(results),
        _row(f"files written, of {total:,}", [f"{result.written:,}" for result in results]),
    ]
    for kind, words in KINDS.items():
        cells = [_cell(*result.counts.get(kind, (0, 0))) for result in results]
        if any(cell != "0" for cell in cells):
            lines.append(_row(words, cells))
    return "\n".join(lines) + "\n"


def _row(words: str, cells: Iterable[str]) -> str:
    return f"| {words} | " + " | ".join(cells) + " |"


def _cell(findings: int, files: int) -> str:
    return f"{findings:,} in {files:,}" if findings else "0"


def judged(path: Path = _JUDGED) -> list[Judged]:
    """Return what was judged by hand; verdicts are "true", "coincidence" and "false"."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [Judged(**row) for row in csv.DictReader(lines, delimiter="\t")]
    for row in rows:
        if row.kind not in KINDS or row.verdict not in ("true", "coincidence", "false"):
            raise ValueError(f"{path.name}: {row.kind} or {row.verdict} is not known")
    return rows


def too_few(results: Sequence[Left], tools: Mapping[str, str], rows: Iterable[Judged]) -> list[str]:
    """Return where fewer findings were judged than a sample has: `tools` is the name of each column to that
    of its tool."""
    known = Counter((row.tool, row.kind) for row in rows)
    return [
        f"{tools[result.name]} {kind}: {known[tools[result.name], kind]} judged of {count}"
        for result in results
        for kind, (count, _) in result.counts.items()
        if known[tools[result.name], kind] < min(_SAMPLE, count)
    ]

"""Verification of de-identified files: identifiers in 40 hiding places, found with and without the originals,
and every row of PS3.15 Table E.1-1.

`python -m benchmarks.deid_verify`. Each place gets each text of `deid_hidden.TEXTS` (reduced: two of them). A
text counts as found where the file has a finding that the clean file does not have: with the originals one of
deid/text-contains-identifier, without them any that points there, such as deid/private-retained.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.deid_hidden import BASES, PLACES, TEXTS, Hidden, clean, hidden, original
from benchmarks.deid_rows import COLUMNS, expected, table
from benchmarks.deid_verify_rows import findings_after, is_overlooked
from benchmarks.limits import Figures
from dcmlint.deid.decisions import Decisions
from dcmlint.deid.instance import Deidentifier
from dcmlint.deid.policy import Policy
from dcmlint.deid.profile import parse_profile
from dcmlint.deid.pseudonym import Pseudonyms
from dcmlint.deid_verify.run import Verification, verify
from dcmlint.model import Finding

__all__ = ["main", "missed", "unclean"]

_BY_TEXT = "deid/text-contains-identifier"
Key = tuple[str, tuple[int, ...], int | None, tuple[tuple[str, str], ...]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="two texts for each place")
    options = parser.parse_args(arguments)
    texts = len(TEXTS) if not options.reduced else 2
    figures = Figures(reduced=options.reduced)
    for known in (True, False):
        lost = list(missed(texts, known=known))
        total = len(PLACES) * texts
        for name, count in Counter(name for name, _ in lost).items():
            print(f"   {count} of {texts} not found {'with' if known else 'without'} originals: {name}")
        what = "deid hidden, originals" if known else "deid hidden, no originals"
        figures.add(what, 1 - len(lost) / total)
    asked, overlooked, blamed = _rows()
    figures.add("deid overlooked", overlooked, f"{asked} objects, each with its Attribute at two levels")
    figures.add("deid blamed", blamed)
    figures.add("deid clean", len(list(unclean(known=True))) + len(list(unclean(known=False))))
    return figures.status()


def _rows() -> tuple[int, int, int]:
    """Return how many rows were asked for under the Basic Profile and each option that has a code for them,
    how many of these were overlooked, and how many were blamed after `dcmlint deid apply`."""
    asked = overlooked = blamed = 0
    for option in ("", *COLUMNS):
        profile = "basic" + (f"+{option}" if option else "")
        decisions = Decisions(parse_profile(profile), Policy(safe_private={}))
        deidentifier = Deidentifier(decisions, Pseudonyms(b"5" * 32), break_signatures=True)
        for row in table():
            if option and COLUMNS[option] not in row.codes:
                continue
            asked += expected(row, option) != "K"
            overlooked += is_overlooked(row, option)
            blamed += bool(findings_after(row, option, deidentifier))
    return asked, overlooked, blamed


def unclean(*, known: bool) -> Iterator[Finding]:
    """Yield the findings of clean objects."""
    with tempfile.TemporaryDirectory() as folder:
        files = [clean(base) for base in BASES]
        for findings in _verified(Path(folder), files, known=known):
            yield from findings


def missed(texts: int, *, known: bool) -> Iterator[tuple[str, str]]:
    """Yield (place, text) where one of the first `texts` texts was not found, `known` with the originals."""
    for number, place in enumerate(PLACES):
        chosen = [TEXTS[(number + step) % len(TEXTS)] for step in range(texts)]
        with tempfile.TemporaryDirectory() as folder:
            files = [_apart(hidden(place, text), step) for step, text in enumerate(chosen)]
            files.append(_apart(clean(place.base), texts))
            *found, before = _verified(Path(folder), files, known=known)
            usual = {_key(finding) for finding in before}
            for text, findings in zip(chosen, found, strict=True):
                new = {_key(finding) for finding in findings} - usual
                if not (any(rule == _BY_TEXT for rule, *_ in new) if known else new):
                    yield place.name, text


def _apart(made: Hidden, number: int) -> Hidden:
    return made._replace(path=f"{number}/{made.path}")


def _verified(folder: Path, files: Sequence[Hidden], *, known: bool) -> list[tuple[Finding, ...]]:
    """Return the findings of each file, in the order of the files."""
    for made in files:
        path = folder / "out" / made.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made.content)
    if known:
        for base in BASES:
            path = folder / original(base).path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(original(base).content)
    asked = Verification(str(folder / "out"), "basic", str(folder / "in") if known else "")
    reports = {report.file: report.findings for report in verify(asked)}
    return [reports[str(folder / "out" / made.path)] for made in files]


def _key(finding: Finding) -> Key:
    return finding.rule, finding.location, finding.tag, tuple(sorted(finding.args.items()))


if __name__ == "__main__":
    sys.exit(main())

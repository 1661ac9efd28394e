"""Seeded defects of Structured Reports: each put alone into a real document, and reported at the right
Content Item or not.

The documents are those of the corpus that follow a template. What the unchanged document gives is subtracted.
A kind names the rules that may report it; if none of them is built, it is left out and said so.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, NamedTuple

from benchmarks.corpus import find_corpus
from benchmarks.limits import Figures
from benchmarks.lint import session
from benchmarks.sr_seeds import KINDS, Place, Seed
from dcmlint.sr.tree import content_items

__all__ = ["Document", "documents", "is_detected", "main"]

_CONTENT = 0x0040A730
_PER_KIND = 1
"""Places of one kind that are tried in one document."""

_MOST = 40_000
"""Bytes of a document at most: larger ones have the same rows more often."""


class Reported(NamedTuple):
    """A finding as far as it is compared."""

    rule: str
    position: str
    tag: int | None


class Document:
    """A real document: its Content Items as places, and copies of it to put defects into."""

    def __init__(self, name: str, content: bytes) -> None:
        from dcmlint.read.opener import read_instance
        from dcmlint.sr.template import judged

        self.name = name
        self._content = content
        instance = read_instance(content)
        judgement = judged(instance)
        self.tid = judgement.root.tid if judgement is not None and not judgement.root.guessed else ""
        rows = judgement.rows if judgement is not None else {}
        self.places = [
            Place(node.position, rows.get(id(node), ()), rows.get(id(node.parent), ()))
            for node in content_items(instance)
        ]
        self.before = self.lint(self.write(self.copy()))

    def copy(self) -> Any:
        """Return a copy of the Data Set that may be changed."""
        import pydicom

        return pydicom.dcmread(BytesIO(self._content))

    def write(self, dataset: Any) -> bytes:
        """Return a Data Set as a file."""
        buffer = BytesIO()
        dataset.save_as(buffer, enforce_file_format=False)
        return buffer.getvalue()

    def lint(self, content: bytes) -> Counter[Reported]:
        """Return the findings on the bytes of a file, counted."""
        from dcmlint.read.opener import read_instance
        from dcmlint.scan import lint_instance

        report = lint_instance(read_instance(content), session())
        return Counter(
            Reported(found.rule, _position(found.location), found.tag) for found in report.findings
        )


def _position(location: tuple[int, ...]) -> str:
    numbers = ["1"]
    for tag, number in zip(location[::2], location[1::2], strict=True):
        if tag != _CONTENT:
            break
        numbers.append(str(number))
    return ".".join(numbers)


def documents() -> Iterator[Document]:
    """Yield the documents of the corpus that name a template the tables have."""
    from dcmlint.scan import lint_file

    corpus = find_corpus()
    for path in corpus.files:
        if path.stat().st_size > _MOST:
            continue
        report = lint_file(str(path), session())
        if report.sop_class_uid.startswith("1.2.840.10008.5.1.4.1.1.88."):
            document = Document(corpus.name(path), path.read_bytes())
            if document.tid:
                yield document


def is_detected(document: Document, dataset: Any, position: str, rules: Sequence[str]) -> bool:
    """Tell whether one of the rules reports something new at the Content Item."""
    new = document.lint(document.write(dataset)) - document.before
    return any(found.position == position and found.rule in rules for found in new)


def _tried(document: Document, seed: Seed, rules: Sequence[str]) -> Iterator[tuple[bool, str]]:
    tried = 0
    dataset = document.copy()
    for place in document.places:
        position = seed.put(dataset, place)
        if position is not None:
            tried += 1
            yield is_detected(document, dataset, position, rules), position
            if tried >= _PER_KIND:
                return
            dataset = document.copy()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the share of defects that are detected, by kind; return 1 if it misses its limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sr_defects", description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="the same: this measure is small")
    parser.add_argument("--list", action="store_true", help="print what was not detected")
    options = parser.parse_args(arguments)
    found = list(documents())
    if not found:
        print("SR defects: no documents with a known template are here, not measured")
        return 0
    seeded: Counter[str] = Counter()
    missed: dict[str, list[str]] = defaultdict(list)
    left_out = []
    for name, seed in KINDS.items():
        rules = [rule for rule in seed.rules if rule in session().rules]
        if not rules:
            left_out.append(name)
            continue
        for document in found:
            for detected, position in _tried(document, seed, rules):
                seeded[name] += 1
                if not detected:
                    missed[name].append(f"{document.name} /{position}")
    for name in KINDS:
        if seeded[name]:
            print(f"  {name:44s} {seeded[name] - len(missed[name]):3d} of {seeded[name]:3d}")
        if options.list:
            print("".join(f"      {place}\n" for place in missed[name]), end="")
    without = [name for name in KINDS if not seeded[name] and name not in left_out]
    print(f"not built yet: {', '.join(left_out) or 'none'}; no place for: {', '.join(without) or 'none'}")
    total, lost = sum(seeded.values()), sum(map(len, missed.values()))
    note = f"{total - lost} of {total}, {len(+seeded)} kinds, {len(found)} documents"
    figures = Figures(reduced=options.reduced)
    figures.add("sr defects", (total - lost) / total, note)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

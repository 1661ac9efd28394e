"""`dcmlint deid verify --ocr`: identifiers burned into pixels, found with and without the originals.

`python -m benchmarks.deid_ocr`. Each text of `deid_hidden.TEXTS` in each encoding and size of `deid_burned`
(reduced: two texts in one size), and clean pictures of each encoding. Without tesseract nothing is measured.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

from benchmarks.deid_burned import ENCODINGS, SIZES, burned, can_read
from benchmarks.deid_hidden import TEXTS, Hidden, original
from benchmarks.limits import Figures
from dcmlint.deid_verify.frames import FrameReader
from dcmlint.deid_verify.run import Verification, verify
from dcmlint.deid_verify.tesseract import find_tesseract
from dcmlint.model import Finding

__all__ = ["main", "read", "unclean"]

_BY_TEXT, _RISK = "deid/text-contains-identifier", "deid/burned-in-risk"
_GREY = (0.85, 0.7, 0.55)
"""Grey values of text that is not white: only printed."""

_CLEAN = 4
"""Clean pictures of each encoding."""


class Read(NamedTuple):
    """A picture with a text in it, and the severities of what was found in its pixels by rule."""

    encoding: str
    text: str
    size: int
    found: dict[str, str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="two texts in one size")
    options = parser.parse_args(arguments)
    if not can_read():
        print("deid_ocr: tesseract, NumPy or Pillow is not here, not measured")
        return 0
    texts, sizes = (TEXTS[1:6:4], SIZES[2:3]) if options.reduced else (TEXTS, SIZES)
    figures = Figures(reduced=options.reduced)
    for known in (True, False):
        pictures = list(read(texts, sizes, known=known))
        _print(pictures, "with" if known else "without")
        found = sum(_BY_TEXT in each.found for each in pictures) / len(pictures)
        figures.add("deid burned, originals" if known else "deid burned, no originals", found)
        if not known:
            figures.add("deid burned text", sum(bool(each.found) for each in pictures) / len(pictures))
    if not options.reduced:
        for ink in _GREY:
            _print(list(read(TEXTS, SIZES[2:3], known=True, ink=ink)), f"with text of {ink} of white, with")
    figures.add("deid burned clean", sum(len(list(unclean(_CLEAN, known=known))) for known in (True, False)))
    return figures.status()


def _print(pictures: Sequence[Read], how: str) -> None:
    severities = Counter(each.found.get(_BY_TEXT, "nothing") for each in pictures)
    print(f"   {len(pictures)} pictures {how} originals: {dict(severities)}")
    for field in ("encoding", "size", "text"):
        lost = Counter(str(getattr(each, field)) for each in pictures if _BY_TEXT not in each.found)
        print(f"   no identifier found, by {field}: {dict(lost)}")


def read(texts: Sequence[str], sizes: Sequence[int], *, known: bool, ink: float = 1.0) -> Iterator[Read]:
    """Yield what is found in each picture, `known` with the originals."""
    cases = list(product(ENCODINGS, texts, sizes))
    files = [burned(encoding, text, size, seed, ink) for seed, (encoding, text, size) in enumerate(cases)]
    bases = [ENCODINGS[encoding][0] for encoding, _, _ in cases]
    for case, findings in zip(cases, _verified(files, bases, known=known), strict=True):
        in_pixels = [each for each in findings if "frame" in each.args.get("what", each.args.get("why", ""))]
        yield Read(*case, {each.rule: each.severity for each in in_pixels})


def unclean(each: int, *, known: bool) -> Iterator[Finding]:
    """Yield the findings of clean pictures, so many of `each` encoding."""
    cases = list(product(ENCODINGS, range(each)))
    files = [burned(encoding, "", SIZES[0], 1000 + seed) for encoding, seed in cases]
    for findings in _verified(files, [ENCODINGS[encoding][0] for encoding, _ in cases], known=known):
        yield from findings


def _verified(files: Sequence[Hidden], bases: Sequence[str], *, known: bool) -> list[tuple[Finding, ...]]:
    """Return the findings of each file, whose original is that of its base."""
    reader = FrameReader(find_tesseract())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for each in {original(base) for base in bases}:
            (folder / "in").mkdir(exist_ok=True)
            (folder / each.path).write_bytes(each.content)
        paths = [folder / "out" / f"{number}.dcm" for number in range(len(files))]
        (folder / "out").mkdir()
        for path, each in zip(paths, files, strict=True):
            path.write_bytes(each.content)
        pairs = {path.name: Path(original(base).path).name for path, base in zip(paths, bases, strict=True)}
        asked = Verification(str(folder / "out"), "basic", reader=reader)
        if known:
            asked = asked._replace(originals=str(folder / "in"), pairs=pairs)
        reports = {report.file: report.findings for report in verify(asked)}
    reader.close()
    return [reports[str(path)] for path in paths]


if __name__ == "__main__":
    sys.exit(main())

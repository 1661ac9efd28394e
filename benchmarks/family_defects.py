"""Seeded defects of object families: segmentations, radiotherapy, presentation states, slides and more.

Each is put alone into the clean fixtures of the families and into every real object of the corpus that has a
place for it, and is reported by its rule at the right attribute or not. What the unchanged object gives is
subtracted.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence

from benchmarks.defects import Defect, is_detected
from benchmarks.family_changes import FAMILIES
from benchmarks.limits import Figures
from benchmarks.seeds import dataset
from benchmarks.subjects import Subject, clean_subjects

__all__ = ["main"]

_LIMIT_BYTES = 200_000
_MOST_OF_ONE_CLASS = 8
_KEYWORDS = (
    "SegmentSequence",
    "StructureSetROISequence",
    "RTPlanLabel",
    "GridFrameOffsetVector",
    "DisplayedAreaSelectionSequence",
    "CurrentRequestedProcedureEvidenceSequence",
    "TotalPixelMatrixColumns",
    "WaveformSequence",
    "EncapsulatedDocument",
    "PerFrameFunctionalGroupsSequence",
)
"""What an object of a family has."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the share detected by rule, with denominators; 1 if it misses the limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.family_defects", description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="the fixtures only")
    parser.add_argument("--list", action="store_true", help="print every defect that was not detected")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    seeded: Counter[str] = Counter()
    detected: Counter[str] = Counter()
    kinds: set[str] = set()
    objects: Counter[str] = Counter()
    for subject, origin in _subjects(reduced=options.reduced):
        objects[origin] += 1
        for defect in _defects(subject):
            seeded[defect.rule] += 1
            kinds.add(defect.what)
            good, found = is_detected(subject, defect)
            detected[defect.rule] += good
            if not good and options.list:
                said = ", ".join(f"{finding.rule} at {finding.path}" for finding in found[:4])
                print(f"{subject.name}: {defect.what} at {defect.seeded.paths} -> {said or 'nothing'}")
    size = "reduced size (fixtures only)" if options.reduced else "full size"
    print(f"family defects, {size}: {objects['corpus']} real objects, {objects['fixture']} fixtures")
    for rule in FAMILIES:
        print(f"  {rule:34s} {detected[rule]:4d} of {seeded[rule]:4d}")
    figures = Figures(reduced=options.reduced)
    total, of_kinds = sum(seeded.values()), sum(map(len, FAMILIES.values()))
    note = f"{sum(detected.values())} of {total}; {len(kinds)} of {of_kinds} kinds had a place"
    figures.add("family defects", sum(detected.values()) / total, note)
    return figures.status()


def _subjects(*, reduced: bool) -> Iterator[tuple[Subject, str]]:
    """Yield the objects of the families, and whether they are fixtures or of the corpus."""
    for subject in clean_subjects():
        if _is_of_a_family(subject):
            yield subject, "fixture"
    if reduced:
        return
    from benchmarks.corpus import find_corpus

    corpus = find_corpus()
    count: Counter[str] = Counter()
    for path in corpus.files:
        if path.stat().st_size > _LIMIT_BYTES:
            continue
        try:
            subject = Subject(corpus.name(path), path.read_bytes())
        except Exception:
            continue
        if not _is_of_a_family(subject) or count[subject.sop_class_uid] == _MOST_OF_ONE_CLASS:
            continue
        count[subject.sop_class_uid] += 1
        yield subject, "corpus"


def _is_of_a_family(subject: Subject) -> bool:
    return any(keyword in subject.decoded for keyword in _KEYWORDS)


def _defects(subject: Subject) -> Iterator[Defect]:
    for rule, changes in FAMILIES.items():
        for number, change in enumerate(changes):
            for seeded in dataset(change)(subject):
                paths = {path.rstrip("*") for path in seeded.paths}
                if not any(each.rule == rule and each.path in paths for each in subject.before):
                    yield Defect("family", f"{rule} #{number}", rule, seeded)


if __name__ == "__main__":
    sys.exit(main())

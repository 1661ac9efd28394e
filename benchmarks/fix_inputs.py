"""What the properties of `dcmlint fix` are measured on: real files, and damaged ones, the same every time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from benchmarks.byte_faults import BYTE_FAULTS
from benchmarks.corpus import find_corpus
from benchmarks.fuzz import bases, generated, mutations
from benchmarks.subjects import clean_subjects
from dcmlint.catalogue import catalogue
from dcmlint.read.opener import looks_like_dicom

__all__ = ["damaged", "real"]

_SEED = 11
_SMALL = 100_000
"""Bytes up to which a file of the corpus is damaged, so that there is time for many."""

_LARGE = 64 << 20
"""Bytes from which a damaged file is a bomb that other measures have."""


def real(*, reduced: bool) -> Iterator[bytes]:
    """Yield the files of the corpus; every third one if reduced."""
    for path in find_corpus().files[:: 3 if reduced else 1]:
        yield path.read_bytes()


def damaged(*, reduced: bool) -> Iterator[bytes]:
    """Yield cases of fixes, faults of PS3.10 and encoding put into objects, and mutated and made files."""
    cases = [
        case.before()
        for rule in catalogue().values()
        if rule.fix is not None
        for case in rule.fix.cases
        if len(case.before()) < _LARGE
    ]
    small = [each for each in bases() if len(each) < _SMALL]
    mutants, made = (150, 100) if reduced else (1500, 1000)
    found = itertools.chain(
        cases,
        _faults(every=12 if reduced else 1),
        mutations(mutants, _SEED, cases),
        mutations(mutants, _SEED + 1, small),
        generated(made),
    )
    return (each for each in found if len(each) < _LARGE and looks_like_dicom(each[:1024]))


def _faults(every: int) -> Iterator[bytes]:
    """Yield each fault in each clean object; of each fault every so many objects only."""
    for number, subject in enumerate(clean_subjects()):
        for at, fault in enumerate(BYTE_FAULTS.values()):
            if (number + at) % every == 0:
                yield from (seeded.content for seeded in fault(subject))

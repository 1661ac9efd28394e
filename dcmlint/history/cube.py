"""Numbers of findings by what they have in common, in bounded memory however many there are.

The cube has a cell for each combination of values that occurs. Where there are too many, the rarest values of
one dimension after the other become one, "others": sums stay exact, and what was put together is told.
"""

from __future__ import annotations

import base64
import sys
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dcmlint.model import SEVERITIES
from dcmlint.report.render import printable, shown_uid
from dcmlint.standard.dictionary import uid
from dcmlint.store.query import DIMENSIONS, Cell

__all__ = ["AXES", "MAX_CELLS", "OTHERS", "Cube", "Key", "LeftOut", "axes_of"]

AXES = ("rule", "severity", "modality", "device", "station", "sop_class", "month")
"""The dimensions of the cube: manufacturer and model are one."""

MAX_CELLS = 100_000
"""Cells that the page has at most."""

OTHERS = "\x00"
"""Stands for the values that were put together."""

_MAX_TEXT = 64
_MOST = {
    "rule": 600,
    "severity": 3,
    "modality": 60,
    "device": 240,
    "station": 480,
    "sop_class": 120,
    "month": 480,
}
_FOLDED = ("station", "device", "month", "sop_class", "modality", "rule")
_MAX_VALUES = 50_000

Key = tuple[str, ...]
"""Values by AXES."""


def axes_of(dimensions: Mapping[str, str]) -> Key:
    """Return the values by AXES of what has these values by name, as text that may be shown."""
    device = f"{dimensions['manufacturer'].strip()} {dimensions['model'].strip()}".strip()
    sop_class = dimensions["sop_class_uid"]
    known = uid(sop_class)
    return (
        dimensions["rule"],
        dimensions["severity"],
        printable(dimensions["modality"], _MAX_TEXT),
        printable(device, _MAX_TEXT),
        printable(dimensions["station"], _MAX_TEXT),
        known.name if known is not None else shown_uid(sop_class) or "",
        printable(dimensions["study_month"], 7),
    )


class LeftOut(NamedTuple):
    """Values of one axis that were put together, and the findings that have them."""

    axis: str
    values: int
    findings: int


class Cube:
    """Numbers (new, known, resolved) by AXES, for the values in `values`.

    `cells` gives the numbers by DIMENSIONS of the store; it is called twice if there are too many for memory.
    """

    def __init__(self, cells: Callable[[], Iterable[Cell]], most: int = MAX_CELLS) -> None:
        self._most = most
        self._caps = dict(_MOST)
        self._counts: dict[str, Counter[str]] = {axis: Counter() for axis in AXES}
        self._found: dict[Key, list[int]] = {}
        self.total = 0
        complete = self._count(cells())
        self._ranks = {axis: _ranked(axis, counter) for axis, counter in self._counts.items()}
        kept = self._found.items()
        self._found = {}
        for key, numbers in kept if complete else _keyed(cells()):
            add(self._found, self.folded(key), numbers)
            self._fit()
        self._settle()

    def shrink(self) -> None:
        """Put values together until there are half as many cells."""
        self._most = len(self._found) // 2
        self._fit()
        self._settle()

    def _fit(self) -> None:
        while len(self._found) > self._most and self._lower():
            self._refold()

    def _settle(self) -> None:
        self.values = {axis: self._shown(axis) for axis in AXES}
        self._places = {axis: {v: n for n, v in enumerate(values)} for axis, values in self.values.items()}

    def _count(self, cells: Iterable[Cell]) -> bool:
        """Count the values of each axis; tell whether all cells could be kept."""
        complete = True
        for key, numbers in _keyed(cells):
            weight = sum(numbers)
            self.total += weight
            for axis, value in zip(AXES, key, strict=True):
                counter = self._counts[axis]
                if value in counter or len(counter) < _MAX_VALUES:
                    counter[value] += weight
            if complete:
                add(self._found, key, numbers)
                if len(self._found) > 2 * self._most:
                    complete = False
                    self._found = {}
        return complete

    def _refold(self) -> None:
        found: dict[Key, list[int]] = {}
        for key, numbers in self._found.items():
            add(found, self.folded(key), numbers)
        self._found = found

    def _lower(self) -> bool:
        """Halve what is kept of the axis with the most values; tell whether there was something to halve."""
        sizes = {axis: min(self._caps[axis], len(self._ranks[axis])) for axis in _FOLDED}
        widest = max(_FOLDED, key=lambda axis: sizes[axis] // (4 if axis == "rule" else 1))
        self._caps[widest] = sizes[widest] // 2
        return sizes[widest] > 0

    def folded(self, key: Key) -> Key:
        """Return the key with values that were put together as OTHERS."""
        return tuple(
            [
                value if self._ranks[axis].get(value, _MAX_VALUES) < self._caps[axis] else OTHERS
                for axis, value in zip(AXES, key, strict=True)
            ]
        )

    def _shown(self, axis: str) -> list[str]:
        kept = [value for value, place in self._ranks[axis].items() if place < self._caps[axis]]
        if axis == "severity":
            kept.sort(key=_severity)
        place = AXES.index(axis)
        return [*kept, OTHERS] if any(key[place] == OTHERS for key in self._found) else kept

    def left_out(self) -> list[LeftOut]:
        """Return what was put together, by axis; `values` is the least number of them."""
        found = []
        for axis in AXES:
            counter = self._counts[axis]
            kept = [value for value in self.values[axis] if value != OTHERS]
            findings = self.total - sum(counter[value] for value in kept)
            if findings:
                found.append(LeftOut(axis, max(1, len(counter) - len(kept)), findings))
        return found

    def indices(self, key: Key) -> list[int]:
        """Return the numbers of the values of a key that was counted."""
        return self._numbered(self.folded(key))

    def _numbered(self, key: Key) -> list[int]:
        return [self._places[axis][value] for axis, value in zip(AXES, key, strict=True)]

    def totals(self, axis: str) -> dict[str, list[int]]:
        """Return (new, known, resolved) by the values of an axis."""
        found: dict[str, list[int]] = {}
        place = AXES.index(axis)
        for key, numbers in self._found.items():
            row = found.setdefault(key[place], [0, 0, 0])
            for state, number in enumerate(numbers):
                row[state] += number
        return found

    def severities(self) -> dict[str, str]:
        """Return the highest severity of each rule."""
        found: dict[str, str] = {}
        for rule, severity, *_ in self._found:
            found[rule] = min(found.get(rule, severity), severity, key=_severity)
        return found

    def packed(self) -> dict[str, Any]:
        """Return the cube as JSON values: columns of cells for each axis and for open findings.

        Those that are new and resolved are cell, findings, cell, findings... of the cells that have any.
        """
        rows = sorted((self._numbered(key), numbers) for key, numbers in self._found.items())
        sparse: dict[str, list[int]] = {"new": [], "resolved": []}
        for number, (_, (new, _, resolved)) in enumerate(rows):
            sparse["new"] += (number, new) if new else ()
            sparse["resolved"] += (number, resolved) if resolved else ()
        columns = {axis: _column([row[0][place] for row in rows]) for place, axis in enumerate(AXES)}
        return {
            "cells": len(rows),
            "columns": columns,
            "open": _column([numbers[0] + numbers[1] for _, numbers in rows]),
            **{name: _column(values) for name, values in sparse.items()},
            "values": {axis: self.values[axis] for axis in AXES},
        }


def _severity(name: str) -> int:
    return SEVERITIES.index(name) if name in SEVERITIES else len(SEVERITIES)


def _keyed(cells: Iterable[Cell]) -> Iterator[tuple[Key, Sequence[int]]]:
    for cell in cells:
        dimensions = dict(zip(DIMENSIONS, cell.key, strict=True))
        yield axes_of(dimensions), (cell.new, cell.known, cell.resolved)


def _ranked(axis: str, counter: Counter[str]) -> dict[str, int]:
    """Return the place of each value: the most frequent first, of months the latest."""
    values = sorted(counter, key=lambda value: (-counter[value], value))
    if axis == "month":
        values.sort(reverse=True)
    return {value: place for place, value in enumerate(values)}


def add(found: dict[Key, list[int]], key: Key, numbers: Iterable[int]) -> None:
    """Add numbers to those of a key."""
    row = found.setdefault(key, [0, 0, 0])
    for place, number in enumerate(numbers):
        row[place] += number


def _column(values: list[int]) -> list[int | str]:
    """Return [bytes of a number, base64 of the numbers]: little-endian, as few bytes as hold the greatest."""
    code = next(code for code in "BHIQ" if max(values, default=0) < 1 << 8 * array(code).itemsize)
    column = array(code, values)
    if sys.byteorder == "big":
        column.byteswap()
    return [column.itemsize, base64.b64encode(column.tobytes()).decode("ascii")]

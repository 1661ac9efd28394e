"""Whether outputs are consistent with their originals: one patient is one, intervals stay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dcmlint.deid_verify.made import finding
from dcmlint.deid_verify.originals import Original, patient_of
from dcmlint.deid_verify.profile import Demands
from dcmlint.deid_verify.words import dates_in
from dcmlint.model import Finding
from dcmlint.read.item import Instance

__all__ = ["Consistency"]

_PATIENT_ID = 0x00100020
_GROUPS = {0x0020000D: "Study", 0x0020000E: "Series", 0x00200052: "Frame of Reference"}


class _Told(NamedTuple):
    """A difference that was found, and in which file it came up."""

    file: str
    found: Finding


class Consistency:
    """What pairs of original and output have in common, one after the other."""

    def __init__(self, demands: Demands) -> None:
        self._demands = demands
        self._one_to_one: dict[tuple[str, str], tuple[str, int]] = {}
        self._shifts: dict[str, int] = {}
        self._told: list[_Told] = []

    def add(self, file: str, instance: Instance, original: Original) -> None:
        """Take in an output and the original that it was made from."""
        if original.patient:
            pair = ("patient", original.patient, patient_of(instance))
            self._pair(file, pair, _PATIENT_ID, "one patient")
        for tag, name in _GROUPS.items():
            if before := original.texts.get(tag, ""):
                self._pair(file, (name, before, _text(instance, tag)), tag, f"one {name}")
        if self._demands.has("rtn-long-modif-dates"):
            self._intervals(file, instance, original)

    def _pair(self, file: str, pair: tuple[str, str, str], tag: int, what: str) -> None:
        kind, before, after = pair
        if not after:
            return
        # What the originals had as one must be one here, and what was two must stay two.
        for direction, key, value in (("split", before, after), ("merged", after, before)):
            known = self._one_to_one.setdefault((f"{kind} {direction}", key), (value, 0))[0]
            if known != value:
                how = f"{what} of the originals has several values here" if direction == "split" else (
                    f"several of the originals have one value here, where {what} had its own")  # fmt: skip
                self._told.append(_Told(file, finding("inconsistent", "error", ((), tag, None), how=how)))

    def _intervals(self, file: str, instance: Instance, original: Original) -> None:
        if not original.patient:
            return
        for tag, before in original.texts.items():
            first, then = dates_in(before), dates_in(_text(instance, tag)[:8])
            if self._demands.action(tag) != "C" or len(first) != 1 or len(then) != 1:
                continue
            days = (then.pop() - first.pop()).days
            if self._shifts.setdefault(original.patient, days) != days:
                how = "the date is shifted by other days than the first one of this patient"
                self._told.append(_Told(file, finding("inconsistent", "error", ((), tag, None), how=how)))

    def findings(self) -> Iterator[tuple[str, Finding]]:
        """Yield (file, finding) for each difference."""
        yield from self._told


def _text(instance: Instance, tag: int) -> str:
    return (instance.root.raw(tag) or b"").decode("latin-1").strip(" \0")

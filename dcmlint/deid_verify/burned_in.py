"""What OCR read in frames, as findings: identifiers, what looks like one, and that there is text at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from dcmlint.deid_verify.blurred import SHORTEST_MISREAD, blur, blurred, parted
from dcmlint.deid_verify.frames import ReadFrame
from dcmlint.deid_verify.identifiers import Identifiers
from dcmlint.deid_verify.looks import Confidence, Look, looks_in
from dcmlint.deid_verify.made import finding
from dcmlint.deid_verify.place import Place
from dcmlint.deid_verify.profile import Demands
from dcmlint.deid_verify.search import found_in, looked_in
from dcmlint.deid_verify.tesseract import Word, lines_of
from dcmlint.model import Finding, Location
from dcmlint.read.item import Instance

__all__ = ["BurnedIn"]

_PIXEL_DATA, _BURNED_IN_ANNOTATION = 0x7FE00010, 0x00280301
_SURE, _READ = 80, 30
"""Confidences of tesseract (0 to 100) from which on a word counts as read, and as perhaps misread."""

_SHORTEST_READ = 5
"""Letters of one part of a name that was surely read."""

_NOT_ALONE = 99
"""Letters that no part of a name has: it is one only with another part."""

_WORDS, _IN_A_WORD, _IN_ALL = 2, 3, 10
"""Different sure words in one view of a frame that make a text; letters and digits of each, and of all."""


class _Sought(NamedTuple):
    as_read: Identifiers
    misread: Identifiers


class BurnedIn:
    """Judges what was read in frames; `identifiers` are those of all originals, None without originals."""

    def __init__(self, identifiers: Identifiers | None, demands: Demands) -> None:
        self._sought = None if identifiers is None else _Sought(identifiers, blurred(identifiers))
        self._may_stay = {
            kind
            for kind, option in (("UID", "rtn-uids"), ("date", "rtn-long-full-dates"))
            if demands.has(option)
        }

    def findings(
        self, instance: Instance, frames: Sequence[ReadFrame], days: frozenset[date]
    ) -> Iterator[Finding]:
        """Yield each kind of identifier once, at the first frame where it is surest; that there is text; and
        the frames that were not looked at. `days` are the dates of the patient."""
        kinds: dict[str, tuple[Confidence, int]] = {}
        for frame in frames:
            for kind, confidence in self._kinds(frame, days):
                if kind not in kinds or (confidence == "high" and kinds[kind][0] != "high"):
                    kinds[kind] = confidence, frame.number
        for kind, (confidence, number) in sorted(kinds.items()):
            if kind not in self._may_stay:
                yield self._identifier(instance, kind, confidence, number)
        yield from _text(instance, frames)
        for frame in frames:
            if frame.problem:
                why = f"frame {frame.number} was not looked at: {frame.problem}"
                yield finding("burned-in-risk", "note", _pixels(instance), why=why)

    def _identifier(self, instance: Instance, kind: str, confidence: Confidence, frame: int) -> Finding:
        place = Place("bytes", f"the picture of frame {frame}", (), *_pixels(instance))
        if self._sought is None:
            return looked_in(place, Look(kind, confidence))
        return found_in(place, kind, confidence)

    def _kinds(self, frame: ReadFrame, days: frozenset[date]) -> Iterator[tuple[str, Confidence]]:
        sure, read = _texts(frame.views, _SURE), _texts(frame.views, _READ)
        if self._sought is None:
            for look in looks_in(sure):
                yield look.kind, "low" if look.confidence == "low" else "medium"
            return
        known, misread = self._sought
        for kind in known.kinds_in(sure, days, shortest=_SHORTEST_READ):
            yield kind, "high"
        for kind in known.kinds_in(read, days, shortest=SHORTEST_MISREAD):
            yield kind, "medium"
        blurs = tuple(map(blur, read))
        for kind in misread.kinds_in(blurs, days, shortest=SHORTEST_MISREAD):
            yield kind, "medium"
        two = (each for text in blurs for each in parted(text))
        if "name" in misread.kinds_in(two, frozenset(), shortest=_NOT_ALONE):
            yield "name", "medium"


def _texts(views: Iterable[Sequence[Word]], least: float) -> tuple[str, ...]:
    """Return the text of each view, of the words that were read with a confidence of `least`."""
    return tuple(lines_of(word for word in view if word.confidence >= least) for view in views)


def _text(instance: Instance, frames: Iterable[ReadFrame]) -> Iterator[Finding]:
    """Yield that there is text in a picture that does not say so of itself (PS3.3 C.7.6.1.1)."""
    said = instance.first(_BURNED_IN_ANNOTATION)
    number = next((frame.number for frame in frames if any(map(_is_text, frame.views))), None)
    if number is None or said == "YES":
        return
    where = _pixels(instance) if said != "NO" else ((), _BURNED_IN_ANNOTATION, None)
    though = ", though Burned In Annotation is NO" if said == "NO" else ""
    why = f"there is text in frame {number}{though}: look at it (confidence medium)"
    yield finding("burned-in-risk", "warning", where, why=why)


def _is_text(view: Iterable[Word]) -> bool:
    """Tell whether enough different words were surely read for a text."""
    sure = {word.text.lower() for word in view if word.confidence >= _SURE}
    lengths = [length for text in sure if (length := sum(map(str.isalnum, text))) >= _IN_A_WORD]
    return len(lengths) >= _WORDS and sum(lengths) >= _IN_ALL


def _pixels(instance: Instance) -> tuple[Location, int, int | None]:
    root = instance.root
    element = root.elements.get(_PIXEL_DATA)
    return (), _PIXEL_DATA, None if element is None else root.base + element[1]

"""What became of Items that have no Sequence, by their bytes.

Coded entries, units and references recur, within an Instance and in all others of a study. The scanner gives
equal Items that are short the same elements (`dcmlint.read.scanner`), so that they are told apart at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dcmlint.deid.content import Mode
from dcmlint.fix.edit import Edit
from dcmlint.model import Elements
from dcmlint.plan import Node
from dcmlint.read.item import Item

__all__ = ["Known", "Leaves"]

Known = dict[bytes, tuple[Elements, tuple[Edit, ...], frozenset[str]]]
"""The elements of an Item, its edits, and what is to be known of it, by the Item's bytes."""

_MOST = 1 << 12


class Leaves:
    """Edits of Items that a walk found before.

    They depend on the Item's own bytes, on what the tables say of it, on the mode, and on the shift of dates;
    where text is cleaned also on Specific Character Set and on who is named in the object, so that nothing is
    kept under a vocabulary.
    """

    __slots__ = ("_count", "_known", "_off", "_shifts")

    def __init__(self, *, has_vocabulary: bool, shifts: bool) -> None:
        self._off = has_vocabulary
        self._shifts = shifts
        self._count = 0
        self._known: dict[tuple[Node | None, Mode | None, int], Known] = {}

    def of(self, node: Node | None, mode: Mode | None, days: int) -> Known:
        """Return what is known of the Items of one Sequence."""
        key = node, mode, days if self._shifts else 0
        found = self._known.get(key)
        if found is None:
            self._make_room()
            found = self._known[key] = {}
        return found

    def remember(self, known: Known, item: Item, edits: Sequence[Edit], told: Iterable[str]) -> None:
        """Keep the edits of an Item that has a buffer of its own and no Sequence, and what is told of it."""
        parent = item.parent
        if self._off or parent is None or item.buf is parent.buf or item.offset:
            return
        for element in item.elements.values():
            if element[3] is not None:
                return
        self._make_room()
        known[item.buf] = item.elements, tuple(edits), frozenset(told)

    def _make_room(self) -> None:
        if self._count >= _MOST:
            self._count = 0
            self._known.clear()
        self._count += 1

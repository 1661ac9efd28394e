"""What the Data Set said before it was changed, kept as PS3.3 provides: Original Attributes Sequence.

PS3.3 C.12.1 (SOP Common) and C.12.1.1.9: Attributes of the Data Set with their previous values; where an
Attribute in a Sequence was changed, the whole of that Sequence of the Data Set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from dcmlint.fix.edit import Edit, NewElement
from dcmlint.fix.fixes import Proposal
from dcmlint.fix.previous import Room, TooMuchError, copied, copied_attribute, nonconforming, private_creator
from dcmlint.model import ORIGINAL_ATTRIBUTES, Location
from dcmlint.read.item import Instance, Item

__all__ = ["Originals"]

_MODIFIED_ATTRIBUTES, _NONCONFORMING = 0x04000550, 0x04000551
_DATE_TIME, _SYSTEM, _SOURCE, _REASON = 0x04000562, 0x04000563, 0x04000564, 0x04000565
_MOST = 1 << 20
"""Bytes of previous values that one file gets at most."""

_TOO_MUCH = f"more than {_MOST >> 20} MB, or not to be written again for certain"


class Originals:
    """Which fixes may be used on one file, and what those that are not safe have replaced.

    `when` is the date and time of the change, with its offset from UTC. `left_out` says why previous values
    are not all kept, "" if they are.
    """

    def __init__(self, *, unsafe: bool, when: datetime) -> None:
        self._unsafe = unsafe
        self._when = when
        self._changed: dict[int, Item] = {}
        self._nonconforming: dict[Location, Item] = {}
        self.left_out = ""

    def allows(self, proposal: Proposal) -> bool:
        """Tell whether a proposal may be used: safe ones always may."""
        return proposal.safe or self._unsafe

    def keep(self, instance: Instance, used: Iterable[Proposal], wrong: Collection[Location] = ()) -> None:
        """Remember what proposals which are not safe replace.

        `wrong` are the places, location and tag, of values that do not conform to their VR or VM.
        """
        root = instance.root
        for edit in (edit for each in used if not each.safe for edit in each.edits):
            place = (*edit.location, edit.tag)
            if place[0] >> 16 == 0x0002 or place[0] not in root.elements:
                continue
            self._changed.setdefault(place[0], root)
            if place in wrong:
                self._nonconforming.setdefault(place, root)

    def edit(self, instance: Instance) -> Edit | None:
        """Return the Edit that adds an Item with what was replaced, None if there is nothing to add."""
        if not self._changed:
            return None
        room = Room(_MOST)
        kept = {each.tag: each for tag in sorted(self._changed) for each in self._previous(tag, room)}
        try:
            before = [copied(each, (), Room(_MOST)) for each in instance.items(ORIGINAL_ATTRIBUTES) or ()]
        except TooMuchError:
            self.left_out = f"what it holds already is {_TOO_MUCH}"
            return None
        if not kept:
            return None
        items = (*before, (*self._item(kept), *self._as_bytes(kept, room)))
        return Edit((), ORIGINAL_ATTRIBUTES, "set", NewElement(ORIGINAL_ATTRIBUTES, "SQ", items=items))

    def _previous(self, tag: int, room: Room) -> Iterator[NewElement]:
        """Yield an Attribute as it was, and the Private Creator of a private one."""
        root, left = self._changed[tag], room.left
        try:
            found = copied_attribute(root, tag, self._nonconforming, room)
            creator = private_creator(tag)
            if creator in root.elements:
                yield copied_attribute(root, creator, (), room)
        except TooMuchError:
            self.left_out, room.left = _TOO_MUCH, left
        else:
            yield found

    def _item(self, kept: dict[int, NewElement]) -> Iterator[NewElement]:
        modified = tuple(kept[tag] for tag in sorted(kept))
        yield NewElement(_MODIFIED_ATTRIBUTES, "SQ", items=(modified,))
        yield NewElement(_DATE_TIME, "DT", self._when.strftime("%Y%m%d%H%M%S%z").encode())
        yield NewElement(_SYSTEM, "LO", b"dcmlint")
        yield NewElement(_SOURCE, "LO")
        yield NewElement(_REASON, "CS", b"CORRECT")

    def _as_bytes(self, kept: Collection[int], room: Room) -> Iterator[NewElement]:
        """Yield the Sequence of values that do not conform, if there are any."""
        items: list[tuple[NewElement, ...]] = []
        for place, root in self._nonconforming.items():
            if place[0] in kept:
                try:
                    items.extend(nonconforming(root, place, room))
                except TooMuchError:
                    self.left_out = _TOO_MUCH
        if items:
            yield NewElement(_NONCONFORMING, "SQ", items=tuple(items))

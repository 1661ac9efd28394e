"""What the Data Set said before it was changed, kept as PS3.3 provides: Original Attributes Sequence.

PS3.3 C.12.1 (SOP Common) and C.12.1.1.9. Only Attributes of the Data Set itself are kept, not those of Items.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from dcmlint.fix.edit import Edit, NewElement
from dcmlint.fix.fixes import ORIGINAL_ATTRIBUTES, Proposal
from dcmlint.model import UNDEFINED_LENGTH
from dcmlint.read.item import Instance, Item

__all__ = ["Originals"]

_MODIFIED_ATTRIBUTES = 0x04000550
_DATE_TIME, _SYSTEM, _SOURCE, _REASON = 0x04000562, 0x04000563, 0x04000564, 0x04000565


class Originals:
    """Which fixes may be used on one file, and what those that are not safe have replaced.

    `when` is the date and time of the change, with its offset from UTC.
    """

    def __init__(self, *, unsafe: bool, when: datetime) -> None:
        self._unsafe = unsafe
        self._when = when
        self._kept: dict[int, NewElement] = {}

    def allows(self, proposal: Proposal) -> bool:
        """Tell whether a proposal may be used: safe ones always may."""
        return proposal.safe or self._unsafe

    def keep(self, instance: Instance, used: Iterable[Proposal]) -> None:
        """Remember the values that proposals which are not safe replace in the Data Set."""
        root = instance.root
        for edit in (edit for each in used if not each.safe for edit in each.edits):
            found = root.elements.get(edit.tag)
            if edit.location or edit.tag >> 16 == 0x0002 or found is None or found[3] is not None:
                continue
            self._kept.setdefault(edit.tag, NewElement(edit.tag, found[0], root.raw(edit.tag) or b""))

    def edit(self, instance: Instance) -> Edit | None:
        """Return the Edit that adds an Item with what was replaced, None if there is nothing to add."""
        items = [_copied(each) for each in instance.items(ORIGINAL_ATTRIBUTES) or ()]
        if not self._kept or None in items:
            return None
        kept = tuple(self._kept[tag] for tag in sorted(self._kept))
        item = (
            NewElement(_MODIFIED_ATTRIBUTES, "SQ", items=(kept,)),
            NewElement(_DATE_TIME, "DT", self._when.strftime("%Y%m%d%H%M%S%z").encode()),
            NewElement(_SYSTEM, "LO", b"dcmlint"),
            NewElement(_SOURCE, "LO"),
            NewElement(_REASON, "CS", b"CORRECT"),
        )
        found = (*(each for each in items if each is not None), item)
        return Edit((), ORIGINAL_ATTRIBUTES, "set", NewElement(ORIGINAL_ATTRIBUTES, "SQ", items=found))


def _copied(item: Item) -> tuple[NewElement, ...] | None:
    """Return the elements of an Item as they are, None if some cannot be written again for certain."""
    found = []
    for tag, (vr, offset, length, items) in item.elements.items():
        nested = None if items is None else [_copied(each) for each in items]
        if nested is not None and (None in nested or vr != "SQ"):
            return None
        if nested is None and length == UNDEFINED_LENGTH:
            return None
        value = b"" if nested is not None else bytes(item.buf[offset : offset + length])
        kept = None if nested is None else tuple(each for each in nested if each is not None)
        found.append(NewElement(tag, vr, value, kept))
    return tuple(found)

"""How a policy names an Attribute: by keyword, by a path through Sequences, or by Private Creator.

PatientID
RequestAttributesSequence.RequestedProcedureID
(0029,xx10,ACME 1.1)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from dcmlint.policy.bindings import private_tag
from dcmlint.policy.syntax import ExpressionError
from dcmlint.read.item import Instance, Item
from dcmlint.standard.dictionary import entry, tag_by_keyword

__all__ = ["Designator", "designator"]

_PRIVATE = re.compile(r"\(([0-9A-Fa-f]{4}),xx([0-9A-Fa-f]{2}),(.+)\)")
_TAG = re.compile(r"\(([0-9A-Fa-f]{4}),([0-9A-Fa-f]{4})\)")
_MOST = 1_000
"""Places of one Attribute that are looked at in one Instance."""


class Designator(NamedTuple):
    """A parsed name: Sequences from the root, then the Attribute; `creator` is "" for standard ones."""

    text: str
    sequences: tuple[int, ...]
    tag: int
    creator: str = ""

    @property
    def is_simple(self) -> bool:
        """Whether it is an Attribute of the Data Set itself."""
        return not (self.sequences or self.creator or self.tag >> 16 == 2)

    def places(self, instance: Instance) -> Iterator[tuple[Item, int | None]]:
        """Yield each Item that may hold the Attribute with its tag there.

        The tag is None where the Private Creator is not there.
        """
        items = [instance.meta] if self.tag >> 16 == 2 else [instance.root]
        for sequence in self.sequences:
            items = [nested for item in items if item is not None for nested in item.items(sequence) or ()]
        for item in items[:_MOST]:
            if item is not None:
                yield item, self.tag if not self.creator else private_tag(item, self.creator, self.tag)


def designator(text: str) -> Designator:
    """Return what a policy means by a name; raises ExpressionError, with the near miss, if it is none."""
    private = _PRIVATE.fullmatch(text)
    if private is not None:
        group, last = int(private[1], 16), int(private[2], 16)
        if not group & 1:
            raise ExpressionError(f"group {private[1]} is even: private Attributes have odd groups")
        return Designator(text, (), group << 16 | last, private[3])
    tags = [_tag(part) for part in text.split(".")]
    for sequence in tags[:-1]:
        row = entry(sequence)
        if row is None or row.vr != "SQ":
            raise ExpressionError(f"{text}: what stands before a dot is a Sequence")
    return Designator(text, tuple(tags[:-1]), tags[-1])


def _tag(name: str) -> int:
    found = _TAG.fullmatch(name)
    if found is not None:
        return int(found[1] + found[2], 16)
    tag = tag_by_keyword().get(name)
    if tag is None:
        from difflib import get_close_matches

        near = get_close_matches(name, list(tag_by_keyword()), n=1, cutoff=0.7)
        raise ExpressionError(
            f"there is no Attribute {name}" + (f"; did you mean {near[0]}?" if near else "")
        )
    return tag

"""Private Data Elements of an Item by block (PS3.5 7.8.1)."""

from __future__ import annotations

from typing import NamedTuple

from dcmlint.read.item import Item

__all__ = ["PrivateElements", "private_elements"]


class PrivateElements(NamedTuple):
    """The private tags of one Item, in the order of the bytes.

    `blocks` are the tags without their last byte: (gggg,ee) as a number.
    """

    tags: tuple[int, ...]
    blocks: frozenset[int]
    low: tuple[int, ...]
    """Tags (gggg,0000) to (gggg,00FF): Private Creators among them."""

    def by_block(self) -> dict[int, list[int]]:
        """Return the tags of each block."""
        found: dict[int, list[int]] = {}
        for tag in self.tags:
            found.setdefault(tag >> 8, []).append(tag)
        return found


def private_elements(item: Item) -> PrivateElements:
    """Return the private tags of an Item; looked up once for each Item."""
    memo = item.instance.memo
    key = f"private {id(item)}"
    found = memo.get(key)
    if found is None:
        tags = tuple([tag for tag in item.elements if tag & 0x10000])
        blocks = frozenset([tag >> 8 for tag in tags])
        low = tuple([tag for tag in tags if not tag & 0xFF00])
        found = memo[key] = PrivateElements(tags, blocks, low)
    elements: PrivateElements = found
    return elements

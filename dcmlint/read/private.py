"""Private Data Elements of an Item by block (PS3.5 7.8.1)."""

from __future__ import annotations

from typing import NamedTuple

from dcmlint.read.item import Item

__all__ = ["PrivateElements", "is_regular", "private_elements"]

_MOST_REMEMBERED = 1 << 12
_REGULAR: dict[tuple[object, ...], bool] = {}
_FORBIDDEN_GROUPS = frozenset((0x0001, 0x0003, 0x0005, 0x0007, 0xFFFF))


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


def is_regular(item: Item) -> bool:
    """Tell whether all private elements of an Item lie in blocks that a Private Creator of their own group
    reserves, each creator once (PS3.5 7.1, 7.8.1).

    It depends on the tags and the Private Creators alone, which many Instances have in common.
    """
    private = private_elements(item)
    creators = tuple([(item.elements[tag][0], item.raw(tag)) for tag in private.low])
    key = (private.tags, creators)
    found = _REGULAR.get(key)
    if found is None:
        if len(_REGULAR) >= _MOST_REMEMBERED:
            _REGULAR.clear()
        found = _REGULAR[key] = _are_regular(private, creators)
    return found


def _are_regular(private: PrivateElements, creators: tuple[tuple[str, bytes | None], ...]) -> bool:
    reserved: set[int] = set()
    seen: set[tuple[int, bytes]] = set()
    for tag, (vr, raw) in zip(private.low, creators, strict=True):
        identifier = (raw or b"").strip(b"\0 ")
        if vr != "LO" or tag & 0xFFFF < 0x10 or (tag >> 16, identifier) in seen:
            return False
        if (
            not identifier
            or b"\\" in identifier
            or not identifier.isascii()
            or not identifier.decode().isprintable()
        ):
            return False
        seen.add((tag >> 16, identifier))
        reserved.add(tag >> 16 << 8 | tag & 0xFF)
    low = {tag >> 8 for tag in private.low}
    groups = {tag >> 16 for tag in private.tags}
    return groups.isdisjoint(_FORBIDDEN_GROUPS) and private.blocks - low <= reserved


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

"""Items that are identified by numbers, and references to those numbers, for rules.

Numbers that are absent, empty or malformed are left out: other rules report them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dcmlint.read.item import Instance, Item

__all__ = ["dangling", "integer", "is_damaged", "known", "repeated"]

_DAMAGES = frozenset(
    (
        "encoding/bad-item",
        "encoding/length-overrun",
        "encoding/missing-delimiter",
        "encoding/too-deep",
        "file/deflate-bomb",
        "file/truncated",
    )
)


def integer(item: Item, tag: int) -> int | None:
    """Return the value of an integer Attribute that has exactly one."""
    values = item.get(tag)
    return values[0] if values and len(values) == 1 and isinstance(values[0], int) else None


def known(items: Iterable[Item], tag: int) -> set[int]:
    """Return the numbers that Items have."""
    return {number for item in items if (number := integer(item, tag)) is not None}


def repeated(items: Iterable[Item], tag: int) -> Iterator[tuple[Item, int]]:
    """Yield each Item whose number an earlier one has, with the number."""
    seen: set[int] = set()
    for item in items:
        number = integer(item, tag)
        if number is None:
            continue
        if number in seen:
            yield item, number
        seen.add(number)


def dangling(items: Iterable[Item], tag: int, numbers: set[int]) -> Iterator[tuple[Item, int]]:
    """Yield the first Item for each number that is not among the known ones, with the number."""
    reported: set[int] = set()
    for item in items:
        number = integer(item, tag)
        if number is not None and number not in numbers and number not in reported:
            reported.add(number)
            yield item, number


def is_damaged(instance: Instance) -> bool:
    """Tell whether bytes are missing or unreadable, so that what seems absent may have been there."""
    return any(fault.rule in _DAMAGES for fault in instance.faults)

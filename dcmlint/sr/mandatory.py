"""The Attributes that a Content Item must have by its value type (PS3.3 C.17.3, C.18)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from dcmlint.read.item import Instance, Item
from dcmlint.read.vr import BINARY_SIZE
from dcmlint.sr.tree import shapes

__all__ = ["Lack", "lacking"]

_MEASURED_VALUE = 0x0040A300
_REFERENCED_SOP = 0x00081199
_REFERENCE = (_REFERENCED_SOP,)
_TEXT_LIMIT = 1 << 10
_BLANKS = (ord(" "), 0)

_BY_TYPE: dict[str, tuple[int, ...]] = {
    "TEXT": (0x0040A160,),
    "NUM": (_MEASURED_VALUE,),
    "CODE": (0x0040A168,),
    "DATETIME": (0x0040A120,),
    "DATE": (0x0040A121,),
    "TIME": (0x0040A122,),
    "UIDREF": (0x0040A124,),
    "PNAME": (0x0040A123,),
    "COMPOSITE": _REFERENCE,
    "IMAGE": _REFERENCE,
    "WAVEFORM": _REFERENCE,
    "SCOORD": (0x00700022, 0x00700023),
    "SCOORD3D": (0x00700022, 0x00700023, 0x30060024),
    "TCOORD": (0x0040A130,),
    "CONTAINER": (0x0040A050,),
    "TABLE": (0x0040A801,),
}

_WITHIN: dict[int, tuple[int, ...]] = {
    _MEASURED_VALUE: (0x0040A30A, 0x004008EA),
    _REFERENCED_SOP: (0x00081150, 0x00081155),
}
"""Sequence to the Attributes that each of its Items must have."""


class Lack(NamedTuple):
    """An Attribute that a Content Item must have and that says nothing.

    It is absent, or has zero length, or holds spaces only. An empty Measured Value Sequence counts: only
    its qualifier tells whether it may be.
    """

    value_type: str
    item: Item
    tag: int
    kind: Literal["absent", "empty", "blank"]


def lacking(instance: Instance) -> Sequence[Lack]:
    """Return what the Content Items by value lack; looked up once for all rules that ask."""
    found: list[Lack] | None = instance.memo.get("sr lacking")
    if found is None:
        found = instance.memo["sr lacking"] = []
        for (_, _, value_type), nodes in shapes(instance).items():
            tags = _BY_TYPE.get(value_type, ())
            for node in nodes if tags else ():
                for tag in tags:
                    _look(node.item, tag, value_type, found)
    return found


def _look(item: Item, tag: int, value_type: str, found: list[Lack]) -> None:
    """Append what the Attribute lacks, or what it lacks within."""
    element = item.elements.get(tag)
    if element is None:
        found.append(Lack(value_type, item, tag, "absent"))
        return
    vr, offset, length, items = element
    if items is not None:
        if not items:
            found.append(Lack(value_type, item, tag, "empty"))
        within = _WITHIN.get(tag, ())
        for nested in items if within else ():
            for each in within:
                _look(nested, each, value_type, found)
    elif not length:
        found.append(Lack(value_type, item, tag, "empty"))
    elif offset < len(item.buf) and item.buf[offset] in _BLANKS and _is_blank(vr, item.buf, offset, length):
        found.append(Lack(value_type, item, tag, "blank"))


def _is_blank(vr: str, buf: Any, offset: int, length: int) -> bool:
    if vr in BINARY_SIZE or length > _TEXT_LIMIT:
        return False
    return not bytes(buf[offset : offset + length]).strip(b" \0")

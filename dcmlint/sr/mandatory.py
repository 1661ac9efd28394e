"""The Attributes that a Content Item must have by its value type (PS3.3 C.17.3, C.18)."""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.read.item import Instance, Item
from dcmlint.sr.tree import content_items

__all__ = ["mandatory"]

_MEASURED_VALUE = 0x0040A300
_REFERENCED_SOP = 0x00081199
_REFERENCE = (_REFERENCED_SOP,)

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


def mandatory(instance: Instance) -> Iterator[tuple[str, Item, int]]:
    """Yield (value type, Item, tag) for each Attribute that the Content Items by value must have."""
    for node in content_items(instance):
        if node.reference is not None:
            continue
        for tag in _BY_TYPE.get(node.value_type, ()):
            yield node.value_type, node.item, tag
            for within in _WITHIN.get(tag, ()):
                for item in node.item.items(tag) or ():
                    yield node.value_type, item, within

"""What a Content Item says, by value type: decoded when a rule asks for it (PS3.3 C.17.3, C.18).

`None` is absent, () is zero length.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dcmlint.read.item import Instance, Item
from dcmlint.sr.tree import Code, ContentItem, code_of, shapes

__all__ = [
    "Numeric",
    "Reference",
    "code_value",
    "numeric",
    "odd_measures",
    "reference",
    "references_of",
    "text",
]

_CONCEPT_CODE = 0x0040A168
_MEASURED_VALUE = 0x0040A300
_QUALIFIER = 0x0040A301
_UNITS = 0x004008EA
_NUMERIC = 0x0040A30A
_FLOATING = 0x0040A161
_DENOMINATOR = 0x0040A163
_REFERENCED_SOP = 0x00081199
_SOP_CLASS = 0x00081150
_SOP_INSTANCE = 0x00081155
_FRAMES = 0x00081160
_SEGMENTS = 0x0062000B

_TEXTS = {
    "TEXT": 0x0040A160,
    "DATETIME": 0x0040A120,
    "DATE": 0x0040A121,
    "TIME": 0x0040A122,
    "PNAME": 0x0040A123,
    "UIDREF": 0x0040A124,
}
"""Value type to the Attribute that holds its value."""


class Numeric(NamedTuple):
    """The value of a NUM (PS3.3 C.18.1): `value` as written, None if absent, with its units.

    `qualifier` says why there is no value.
    """

    value: str | None
    units: Code | None
    qualifier: Code | None


class Reference(NamedTuple):
    """A reference to a SOP Instance (PS3.3 C.18.3, C.18.4); UIDs are "" where absent.

    `frames` and `segments` are None where absent. `item` holds the reference.
    """

    sop_class_uid: str
    sop_instance_uid: str
    frames: tuple[int, ...] | None
    segments: tuple[int, ...] | None
    item: Item


def code_value(node: ContentItem) -> Code | None:
    """Return the value of a CODE (PS3.3 C.18.2 and Concept Code Sequence of C.17.3)."""
    return code_of(node.item, _CONCEPT_CODE)


def numeric(node: ContentItem) -> Numeric:
    """Return the value of a NUM; all None if there is no Measured Value."""
    qualifier = code_of(node.item, _QUALIFIER)
    measured = node.item.items(_MEASURED_VALUE)
    if not measured:
        return Numeric(None, None, qualifier)
    first = measured[0]
    raw = first.raw(_NUMERIC)
    value = None if raw is None else raw.decode("latin-1").strip(" \0")
    return Numeric(value, code_of(first, _UNITS), qualifier)


def text(node: ContentItem) -> str | None:
    """Return the value of a TEXT, DATETIME, DATE, TIME, PNAME or UIDREF, "" if it is empty."""
    tag = _TEXTS.get(node.value_type)
    if tag is None or tag not in node.item.elements:
        return None
    return "\\".join(str(value) for value in node.item.get(tag) or ())


def reference(node: ContentItem) -> Reference | None:
    """Return the first reference of an IMAGE, COMPOSITE or WAVEFORM, None if there is none."""
    found = references_of(node.item)
    return found[0] if found else None


def references_of(item: Item, sequence: int = _REFERENCED_SOP) -> Sequence[Reference]:
    """Return the SOP Instances that the Items of a Sequence refer to, Referenced SOP Sequence by default."""
    found = item.elements.get(sequence)
    if found is None or not found[3]:
        return ()
    return [
        Reference(
            _uid(nested, _SOP_CLASS),
            _uid(nested, _SOP_INSTANCE),
            _numbers(nested, _FRAMES),
            _numbers(nested, _SEGMENTS),
            nested,
        )
        for nested in found[3]
    ]


def odd_measures(instance: Instance) -> Sequence[tuple[Item, bool]]:
    """Return the Measured Values of NUMs with several Numeric Values (True), or other forms of the value."""
    found = []
    for shape, nodes in shapes(instance).items():
        for node in nodes if shape[2] == "NUM" else ():
            measured = node.item.elements.get(_MEASURED_VALUE)
            items: Sequence[Item] = (measured[3] or ()) if measured is not None else ()
            for item in items:
                is_several = _is_several(item)
                if is_several or _FLOATING in item.elements or _DENOMINATOR in item.elements:
                    found.append((item, is_several))
    return found


def _is_several(measured: Item) -> bool:
    value = measured.elements.get(_NUMERIC)
    if value is None:
        return False
    buf, start, end = measured.buf, value[1], value[1] + min(value[2], 4096)
    raw: bytes = buf[start:end] if isinstance(buf, bytes) else bytes(buf[start:end])
    return raw.find(b"\\") >= 0


def _uid(item: Item, tag: int) -> str:
    raw = item.raw(tag)
    return "" if raw is None else raw.decode("latin-1").strip(" \0")


def _numbers(item: Item, tag: int) -> tuple[int, ...] | None:
    if tag not in item.elements:
        return None
    values: Sequence[object] = item.get(tag) or ()
    return tuple(value for value in values if isinstance(value, int))

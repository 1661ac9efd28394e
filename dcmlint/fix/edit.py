"""What is to be changed in a file: Data Elements by their place, and bytes that are no Data Element."""

from __future__ import annotations

from typing import Literal, NamedTuple

from dcmlint.model import Location

__all__ = ["Action", "Edit", "NewElement", "Patch"]

Action = Literal["set", "remove"]


class NewElement(NamedTuple):
    """A Data Element to be written.

    `value` is the Value Field in the byte order of the Data Set that it goes into, without padding: a value
    of odd length is padded as its VR demands (PS3.5 6.2). `items` are the Items of a Sequence, each the Data
    Elements of one Item in any order (None: not a Sequence).
    """

    tag: int
    vr: str
    value: bytes = b""
    items: tuple[tuple[NewElement, ...], ...] | None = None


class Edit(NamedTuple):
    """One change of one Data Element.

    `location` is the Data Set that holds it: (Sequence tag, 1-based Item number, ...) from the root, () for
    the root itself. With location () a tag of group 0002 is one of the File Meta Information. "set" replaces
    the element, or adds it in its place in ascending order of tags; "remove" takes it away. `rule` is the id
    of the rule or the clause of the profile that asks for it.
    """

    location: Location
    tag: int
    action: Action
    element: NewElement | None = None
    rule: str = ""


class Patch(NamedTuple):
    """Bytes `start` to `end` of the file to be replaced by `content`, for what is no Data Element, as the
    preamble or bytes after the last one.

    `start` and `end` may be the same: then bytes are put in.
    """

    start: int
    end: int
    content: bytes
    rule: str = ""

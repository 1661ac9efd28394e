"""Combined action codes resolved by the Attribute's Type in the IOD of the Instance (PS3.15 Table E.1-1a)."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from dcmlint.plan import Node

__all__ = ["Action", "Type", "resolved", "type_in"]

Action = Literal["X", "Z", "D", "U"]
"""Remove; zero length; dummy value; new UIDs, of a Sequence in its Items."""

Type = Literal["1", "1C", "2", "2C", "3", ""]
"""The Type of an Attribute; "" = unknown, as there are no tables of the IOD or of the Item."""

_ORDER: tuple[Type, ...] = ("1", "1C", "2", "2C", "3")


@lru_cache(maxsize=1 << 13)
def type_in(node: Node | None, tag: int) -> Type:
    """Return the strictest Type that a row of the Node gives the Attribute.

    Of Functional Group Macros the Types within the Macro count. An Attribute that none has
    extends the IOD (PS3.4 3.11, Standard Extended SOP Class): Type 3.
    """
    if node is None or not node.rows:
        return ""
    types = {row.row["y"] or "3" for row in node.attribute(tag).rows}
    return next((each for each in _ORDER if each in types), "3")


@lru_cache(maxsize=1 << 10)
def resolved(code: str, kind: Type) -> Action:
    """Return what a code of Table E.1-1 comes to for an Attribute of this Type.

    X would take what the IOD demands: of Type 1 it becomes a dummy, of Type 2 zero length, which say as
    little. Z may be a dummy value by its definition and is one for Type 1. Where the Type is unknown the last
    alternative is taken, which is valid for any.
    """
    codes = code.split("/")
    if kind in ("1", "1C"):
        if "U*" in codes or code == "U":
            return "U"
        if code == "X":
            return "D" if kind == "1" else "X"
        return "D"
    if code == "X":
        return "Z" if kind == "2" else "X"
    if kind in ("2", "2C") and len(codes) > 1:
        return "Z" if "Z" in codes else "D"
    last = codes[-1] if kind == "" else codes[0]
    return "U" if last in ("U", "U*") else _ACTIONS[last]


_ACTIONS: dict[str, Action] = {"X": "X", "Z": "Z", "D": "D"}

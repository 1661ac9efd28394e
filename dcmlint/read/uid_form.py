"""How a UID is built: roots, components and length (PS3.5 9.1, ISO/IEC 9834-1)."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["UidFault", "uid_fault"]

_WELL_FORMED = re.compile(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*")
_LIMIT = 64
_UUID_LIMIT = 1 << 128


class UidFault(NamedTuple):
    """What is wrong with a UID; `certain` False where registration may have changed since."""

    what: str
    certain: bool


def uid_fault(uid: str) -> UidFault | None:
    """Return what is wrong with a UID of digits and periods, None if nothing is."""
    if len(uid) > _LIMIT:
        return UidFault(f"is {len(uid)} characters long, {_LIMIT} are allowed", certain=True)
    if not _WELL_FORMED.fullmatch(uid):
        return UidFault(_component_fault(uid), certain=True)
    arcs = uid.split(".")
    if len(arcs) < 2:
        return UidFault("has one component only", certain=True)
    first, second = int(arcs[0]), int(arcs[1])
    if first > 2:
        return UidFault(f"starts with {first}, but the roots are 0, 1 and 2", certain=True)
    if first < 2 and second > 39:
        return UidFault(
            f"starts with {first}.{second}, but the second component below {first} ends at 39", True
        )
    return _unassigned(arcs, first, second)


def _component_fault(uid: str) -> str:
    if uid.startswith(".") or uid.endswith(".") or ".." in uid:
        return "has an empty component"
    return "has a component with a leading zero"


def _unassigned(arcs: list[str], first: int, second: int) -> UidFault | None:
    """Return a fault if nobody can have assigned the UID: its root belongs to no organisation."""
    if not any(int(arc) for arc in arcs):
        return UidFault("consists of zeros", certain=True)
    nobody = (first == 1 and second > 3) or (first == 0 and second > 5 and second != 9)
    if not first and not second:
        # Recommendations are numbered by the letter of their series.
        nobody = len(arcs) < 3 or not 1 <= int(arcs[2]) <= 26
    if nobody:
        return UidFault(f"starts with {'.'.join(arcs[:3])}, which nobody is registered for", certain=False)
    if first == 2 and second == 25 and len(arcs) > 2 and int(arcs[2]) >= _UUID_LIMIT:
        return UidFault("starts with 2.25 and a number too large for a UUID", certain=False)
    return None

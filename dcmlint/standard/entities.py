"""Which Attributes must agree within an Information Entity, from Patient to Equipment (PS3.3 A.1.2)."""

from __future__ import annotations

import json
from functools import cache
from typing import Literal

from dcmlint.standard.dictionary import uid
from dcmlint.standard.location import table_path

__all__ = ["ENTITIES", "Entity", "attributes_of", "describes", "lasting"]

Entity = Literal["patient", "study", "series", "frame-of-reference", "equipment"]
ENTITIES: tuple[Entity, ...] = ("patient", "study", "series", "frame-of-reference", "equipment")


class _Tables:
    def __init__(self) -> None:
        found = json.loads(table_path("entities.json").read_bytes())
        self.entities: dict[str, dict[int, frozenset[str]]] = {
            name: {int(tag): frozenset(iods) for tag, iods in attributes.items()}
            for name, attributes in found["entities"].items()
        }
        self.lasting: frozenset[int] = frozenset(found["lasting"])


@cache
def _tables() -> _Tables:
    return _Tables()


@cache
def attributes_of(entity: Entity) -> tuple[int, ...]:
    """Return the tags that describe an Information Entity, sorted."""
    return tuple(sorted(_tables().entities[entity]))


def lasting() -> frozenset[int]:
    """Return the tags of Attributes of a Patient that do not change from study to study."""
    return _tables().lasting


@cache
def describes(entity: Entity, tag: int, sop_class_uid: str) -> bool:
    """Tell whether an Attribute describes the entity in instances of this SOP Class.

    In some IODs it is an Attribute of the image instead: Patient Position of DX.
    """
    elsewhere = _tables().entities[entity].get(tag)
    if elsewhere is None:
        return False
    registered = uid(sop_class_uid) if elsewhere else None
    return registered is None or registered.iod not in elsewhere

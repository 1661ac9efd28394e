"""What must be there, or must not, before a condition can be true.

An atom (place, tag, value) says "this Attribute is at this place", with this value if it is not
None. A condition has a set of atoms of which at least one holds whenever it is true; None if there
is no such set (a condition on absence). Its blockers are tags whose presence makes it false.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

__all__ = [
    "Atom",
    "Atoms",
    "Place",
    "best",
    "d3_atoms",
    "d3_blockers",
    "parsed_atoms",
    "parsed_blockers",
    "union",
]

Place = Literal["item", "root", "anywhere"]
Atom = tuple[Place, int, "bytes | None"]
Atoms = frozenset[Atom] | None


def parsed_atoms(condition: dict[str, Any] | None, local_tags: frozenset[int]) -> Atoms:
    """Return atoms of a parsed condition."""
    if condition is None:
        return frozenset()
    if "&" in condition:
        return best([parsed_atoms(part, local_tags) for part in condition["&"] if part is not None])
    if "|" in condition:
        return union([parsed_atoms(part, local_tags) for part in condition["|"]])
    tag, operator = condition["t"], condition["o"]
    place: Place = "item" if tag in local_tags or condition.get("l") else "anywhere"
    if operator == "-":
        return None
    if operator == "=" and all(value.strip() for value in condition.get("v", ())):
        return frozenset((place, tag, value.strip().encode()) for value in condition.get("v", ()))
    return frozenset({(place, tag, None)})


@cache
def d3_atoms(name: str) -> Atoms:
    """Return atoms of a dicom3tools condition."""
    from dcmlint.standard.shards import record

    tests = record(f"c:{name}")
    if name == "Always":
        return None
    return frozenset() if tests is None else _group_atoms(tests)


def _group_atoms(tests: list[dict[str, Any]]) -> Atoms:
    found: Atoms = None
    for number, test in enumerate(tests):
        atoms = _test_atoms(test)
        if number == 0:
            found = atoms
        elif test.get("o", "or") == "and":
            found = best([found, atoms])
        else:
            found = union([found, atoms])
    return found


def _test_atoms(test: dict[str, Any]) -> Atoms:
    if test.get("n"):
        return None
    if "g" in test:
        return _group_atoms(test["g"])
    tag, where = test["t"], test.get("w")
    if tag is None:
        return frozenset()
    if where in ("path", "path1", "within"):
        first = test["p"][0]
        return None if first is None else frozenset({("item" if where == "within" else "root", first, None)})
    if where == "parent" or test.get("v") == "0xff00" or test["k"] == "group":
        return None
    place: Place = "root" if where == "root" or tag >> 16 == 2 else "item"
    if test["k"] == "str":
        return frozenset({(place, tag, str(test["v"]).encode())})
    return frozenset({(place, tag, None)})


def parsed_blockers(condition: dict[str, Any] | None, local_tags: frozenset[int]) -> frozenset[int]:
    """Return tags any of which, present in the Item, makes a parsed condition false."""
    if condition is None:
        return frozenset()
    for name in ("&", "|"):
        if name in condition:
            parts = [parsed_blockers(part, local_tags) for part in condition[name]]
            return frozenset().union(*parts) if name == "&" else frozenset.intersection(*parts)
    return frozenset({condition["t"]}) if condition["o"] == "-" else frozenset()


@cache
def d3_blockers(name: str) -> frozenset[int]:
    """Return tags any of which, present in the Item, makes a dicom3tools condition false."""
    from dcmlint.standard.shards import record

    tests = record(f"c:{name}") or ()
    if any(test.get("o", "or") != "and" for test in tests[1:]):
        return frozenset()
    absent = [t for t in tests if t.get("n") and t.get("k") == "present" and not {"w", "v", "i"} & t.keys()]
    return frozenset(test["t"] for test in absent)


def best(sets: list[Atoms]) -> Atoms:
    """Return the most telling of sets that must all hold: values before presence, few before many."""
    known = [found for found in sets if found is not None]
    if not known:
        return None
    return min(known, key=lambda found: (any(atom[2] is None for atom in found), len(found)))


def union(sets: list[Atoms]) -> Atoms:
    if any(found is None for found in sets):
        return None
    return frozenset().union(*(found for found in sets if found is not None))

"""Changes of a clean tree of studies, each giving the path of the instance that must be reported."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

from benchmarks.planted_data import Tree
from fixtures.common import uid

__all__ = [
    "CT",
    "MR",
    "OTHER",
    "Kind",
    "copied",
    "each_by",
    "moved",
    "refer_in_evidence",
    "refer_to_gone_contour",
    "refers",
    "removed",
    "set_all",
    "set_to",
    "slabs",
    "tilt",
    "without_series",
]

CT = "p0/s0/ct/"
MR = "p0/s0/mr/"
OTHER = uid("planted other")
_SOP = "ReferencedSOPSequence"


class Kind(NamedTuple):
    """A change of a tree, which gives the path of the instance that the rule must report, at the keyword."""

    what: str
    rule: str
    keyword: str
    change: Callable[[Tree], str]


def set_to(path: str, **attributes: Any) -> Callable[[Tree], str]:
    def change(tree: Tree) -> str:
        tree[path].update(attributes)
        return path

    return change


def set_all(series: str, **attributes: Any) -> Callable[[Tree], str]:
    """Change all instances of a series or study; the first by SOP Instance UID is where it is reported."""

    def change(tree: Tree) -> str:
        paths = [path for path in tree if path.startswith(series)]
        for path in paths:
            tree[path].update(attributes)
        return min(paths, key=lambda path: str(tree[path]["SOPInstanceUID"]))

    return change


def copied(path: str, to: str, **attributes: Any) -> Callable[[Tree], str]:
    def change(tree: Tree) -> str:
        tree[to] = {**copy.deepcopy(tree[path]), **attributes}
        return to

    return change


def removed(path: str, reported: str) -> Callable[[Tree], str]:
    def change(tree: Tree) -> str:
        del tree[path]
        return reported

    return change


def moved(path: str, *position: float) -> Callable[[Tree], str]:
    return set_to(path, ImagePositionPatient=list(position))


def each_by(prefix: str, reported: str, make: Callable[[int, Any], dict[str, Any]]) -> Callable[[Tree], str]:
    def change(tree: Tree) -> str:
        for number, path in enumerate(sorted(each for each in tree if each.startswith(prefix))):
            tree[path].update(make(number, tree[path]))
        return reported

    return change


def refers(path: str, sequence: str, **attributes: Any) -> Callable[[Tree], str]:
    """Change the first reference in the first place that has this Sequence."""

    def change(tree: Tree) -> str:
        find(tree[path], sequence)[0].update(attributes)
        return path

    return change


def find(attributes: Any, sequence: str) -> Any:
    for keyword, value in attributes.items():
        if keyword == sequence:
            return value
        for item in value if isinstance(value, list) else ():
            found = find(item, sequence) if isinstance(item, dict) else None
            if found is not None:
                return found
    return None


def tilt(number: int, image: Any) -> dict[str, Any]:
    return {"ImagePositionPatient": [-4, -4 + 1.2 * number, 10 + 5 * number]}


def slabs(number: int, image: Any) -> dict[str, Any]:
    return {"ImagePositionPatient": [-4, -4, 10 + (5 * number if number < 7 else 35 + 2.5 * (number - 7))]}


def refer_in_evidence(tree: Tree, path: str) -> str:
    evidence = tree[path]["CurrentRequestedProcedureEvidenceSequence"]
    find(evidence[0], _SOP)[5].update(ReferencedSOPInstanceUID=OTHER)
    return path


def refer_to_gone_contour(tree: Tree) -> str:
    path = "p0/s0/rt_structures.dcm"
    images = find(tree[path]["ReferencedFrameOfReferenceSequence"][0], "ContourImageSequence")
    images[5].update(ReferencedSOPInstanceUID=OTHER)
    return path


def without_series(tree: Tree) -> str:
    for path in [path for path in tree if path.startswith(CT)]:
        del tree[path]
    return "p0/s0/segmentation.dcm"

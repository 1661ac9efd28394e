"""The optical paths of a slide contradict each other.

## What it does
Looks at the Optical Path Sequence (0048,0105): no two Items may have the same Optical Path Identifier, Number
of Optical Paths (0048,0302) must be the number of Items, and frames may only refer to identifiers that are
there.

## Why this matters
The optical path says which light and which filter a frame was taken with. A frame whose path is unknown
cannot be shown in its color, and a fluorescence channel is taken for another.

## Example
Frames refer to the optical path 2, but only path 1 is described.

## Fix
Describe each optical path once, and refer to it by the same identifier.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.frames import frame_items, shared_item
from dcmlint.model import Found
from dcmlint.numbering import integer, is_damaged
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_PATHS = 0x00480105
_PATH = 0x00480106
_COUNT = 0x00480302
_IDENTIFICATIONS = 0x00480207


def check(instance: Instance) -> Iterator[Found]:
    """Yield what PS3.3 C.8.12.5 and C.8.12.6.2 exclude."""
    root = instance.root
    paths = root.items(_PATHS) or ()
    known: set[bytes] = set()
    for path in paths:
        identifier = _identifier(path)
        if identifier and identifier in known:
            yield Found(_PATH, {"what": "is that of an earlier optical path"}, path)
        known.add(identifier)
    if is_damaged(instance) or not paths:
        return
    count = integer(root, _COUNT)
    if count is not None and count != len(paths):
        what = f"is {count}, but OpticalPathSequence has {len(paths)} Items"
        yield Found(_COUNT, {"what": what})
    reported = known | {b""}
    for item in _references(instance):
        identifier = _identifier(item)
        if identifier not in reported:
            reported.add(identifier)
            yield Found(_PATH, {"what": "is the identifier of no optical path"}, item)


def _identifier(item: Item) -> bytes:
    return (item.raw(_PATH) or b"").strip(b" \0")


def _references(instance: Instance) -> Iterator[Item]:
    shared = shared_item(instance)
    groups = frame_items(instance)
    for group in groups if shared is None else (shared, *groups):
        yield from group.items(_IDENTIFICATIONS) or ()


def _paths(*identifiers: str) -> list[dict[str, object]]:
    return [{"OpticalPathIdentifier": identifier} for identifier in identifiers]


def _frames(*identifiers: str) -> list[dict[str, object]]:
    return [{"OpticalPathIdentificationSequence": _paths(identifier)} for identifier in identifiers]


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.8.12.5",
    message="{attribute} {what}",
    selects=("OpticalPathSequence",),
    check=check,
    cases=(
        good(OpticalPathSequence=_paths("1", "2"), NumberOfOpticalPaths=2),
        good(OpticalPathSequence=_paths("1"), PerFrameFunctionalGroupsSequence=_frames("1", "1")),
        good(OpticalPathSequence=_paths("1"), PerFrameFunctionalGroupsSequence=[{}]),
        good(OpticalPathSequence=None, NumberOfOpticalPaths=2),
        bad("OpticalPathSequence[2].OpticalPathIdentifier", OpticalPathSequence=_paths("1", "1")),
        bad("NumberOfOpticalPaths", OpticalPathSequence=_paths("1", "2"), NumberOfOpticalPaths=1),
        bad(
            "PerFrameFunctionalGroupsSequence[2].OpticalPathIdentificationSequence[1].OpticalPathIdentifier",
            OpticalPathSequence=_paths("1"),
            PerFrameFunctionalGroupsSequence=_frames("1", "2"),
        ),
        bad(
            "SharedFunctionalGroupsSequence[1].OpticalPathIdentificationSequence[1].OpticalPathIdentifier",
            OpticalPathSequence=_paths("1"),
            SharedFunctionalGroupsSequence=_frames("0"),
        ),
    ),
)

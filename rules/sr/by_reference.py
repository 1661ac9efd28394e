"""A relationship by reference points to nowhere, where it must not, or round in a circle.

## What it does
Follows the Referenced Content Item Identifier of every relationship by reference. It must

- hold numbers that count from 1 and begin with 1, the root,
- point to a Content Item that exists, and not to another relationship by reference,
- be in a document of an IOD that allows relationships by reference,
- not point to a Content Item around it, nor close a circle with other references.

Nothing is said of targets that are not there in a document whose bytes are damaged.

## Why this matters
The reference is what ties a measurement to the region it was taken from. A wrong number points to another
lesion, or to none; a circle makes readers that follow references run for ever.

## Example
The identifier 1\\3\\7 in a document whose third Content Item has six children.

## Fix
Number Content Items in the order of the document when it is finished: the first child of the root is 1\\1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import container, document, image, number, pointer
from dcmlint.sr.tree import ContentItem, is_cut, references
from dcmlint.standard.sr import relationships

_IDENTIFIER = 0x0040DB73
_VALUE_TYPE = 0x0040A040
_MOST = 500
"""References up to which circles of several of them are looked for."""


def check(instance: Instance) -> Iterator[Found]:
    """Yield each reference that PS3.3 C.17.3.2.5 and the IOD exclude."""
    nodes = references(instance)
    if not nodes:
        return
    allowed = relationships(instance.sop_class_uid)
    sound: list[ContentItem] = []
    for node in nodes:
        target = node.target
        if allowed is not None and not allowed.references:
            yield _found(node, f"is a relationship by reference, which the IOD excludes ({allowed.source})")
        elif target is not None:
            what = _fault(node, target)
            if what:
                yield _found(node, what)
            else:
                sound.append(node)
        elif not node.reference or min(node.reference) < 1 or node.reference[0] != 1:
            yield _found(node, "identifies no Content Item: numbers count from 1, and the first is the root")
        elif not is_cut(instance):
            yield _found(node, f"points to {_path(node)}, which is not there")
        if node.value_type:
            what = "is there besides a Value Type: the Content Item is both by value and by reference"
            yield Found(_IDENTIFIER, {"what": what}, node.item, severity="warning")
    for node in _circle(sound):
        yield _found(node, f"points to {_path(node)}, which leads back here by references")


def _fault(node: ContentItem, target: ContentItem) -> str:
    """Return what is wrong with the target of a reference, "" if nothing."""
    if target is node:
        return "points to itself"
    if any(target is around for around in node.ancestors()):
        return f"points to {target.path}, which is around it"
    if target.reference is not None:
        return f"points to {target.path}, which is a relationship by reference itself"
    return ""


def _circle(nodes: Sequence[ContentItem]) -> Sequence[ContentItem]:
    """Return the references of which each leads to the next and the last to the first, () if none do."""
    if not 2 <= len(nodes) <= _MOST:
        return ()
    leads = {node: [other for other in nodes if _reaches(node, other)] for node in nodes}
    # What leads nowhere is in no circle; what is left when no more can be left out is, or leads to one.
    left = dict(leads)
    while True:
        ends = [node for node, targets in left.items() if not any(target in left for target in targets)]
        if not ends:
            return tuple(left)
        for node in ends:
            del left[node]


def _reaches(node: ContentItem, other: ContentItem) -> bool:
    """Tell whether the other reference is in the target of the first, or below it."""
    target = node.target
    return target is not None and any(target is around for around in other.ancestors())


def _path(node: ContentItem) -> str:
    return "/" + ".".join(map(str, node.reference or ()))


def _found(node: ContentItem, what: str) -> Found:
    return Found(_IDENTIFIER, {"what": what}, node.item)


_ENHANCED = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.22"}
_COMPREHENSIVE = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.33"}
_HERE = "ContentSequence[2].ContentSequence[1].ReferencedContentItemIdentifier"


def _pointing(*identifier: int) -> dict[str, object]:
    return number(ContentSequence=[pointer(*identifier)])


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.17.3.2.5",
    message="{attribute} {what}",
    selects=("ContentSequence",),
    check=check,
    cases=(
        good(document(image(), _pointing(1, 1), **_COMPREHENSIVE)),
        good(document(image(), _pointing(1, 1), _pointing(1, 2))),
        good(document(container(image()), _pointing(1, 1, 1))),
        bad(_HERE, document(image(), _pointing(1, 3))),
        bad(_HERE, document(image(), _pointing(1, 1, 1))),
        bad(_HERE, document(image(), _pointing(2, 1))),
        bad(_HERE, document(image(), _pointing(1, 0))),
        bad(_HERE, document(image(), _pointing())),
        bad(_HERE, document(image(), _pointing(1))),
        bad(_HERE, document(image(), _pointing(1, 2))),
        bad(_HERE, document(image(), _pointing(1, 2, 1))),
        bad(_HERE, document(_pointing(1, 3), _pointing(1, 1, 1), image())),
        bad(_HERE, document(_pointing(1, 2), _pointing(1, 1))),
        bad(_HERE, document(image(), _pointing(1, 1), **_ENHANCED)),
        bad(_HERE, document(image(), number(ContentSequence=[image() | pointer(1, 1)]))),
    ),
)

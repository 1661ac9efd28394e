"""Which SOP Instances an algorithm made, as far as they say so themselves.

A Segmentation says how each segment was made, and a Parametric Map is always computed. Nothing is concluded
from an IOD that people fill as well: a report or Key Object Selection counts as a result only if it says that
a device observed or names an algorithm, and a Secondary Capture only if its descriptions say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from dcmlint.coded import code_value, scheme_of
from dcmlint.image import code, unsigned
from dcmlint.model import Severity
from dcmlint.read.item import Instance, Item

__all__ = [
    "ALGORITHM_NAME",
    "RESULTS",
    "SEGMENTS",
    "Kind",
    "content",
    "equipment",
    "has_code",
    "is_automatic",
    "kind",
    "refers_to_sources",
    "result",
    "severity",
]

Kind = Literal["segmentation", "map", "report", "key objects", "capture", ""]

RESULTS = ("SegmentSequence", "ValueType", "ConversionType", "ContentLabel")
"""What the root of every kind has one of: what rules about results select."""

_STORAGE = "1.2.840.10008.5.1.4.1.1."
_KINDS: dict[str, Kind] = {
    f"{_STORAGE}66.4": "segmentation",
    f"{_STORAGE}66.7": "segmentation",
    f"{_STORAGE}66.5": "segmentation",
    f"{_STORAGE}30": "map",
    f"{_STORAGE}88.59": "key objects",
    **{f"{_STORAGE}88.{number}": "report" for number in (11, 22, 33, 34, 35, 50, 65, 69)},
    **{f"{_STORAGE}7{number}": "capture" for number in ("", ".1", ".2", ".3", ".4")},
}
_CAD = frozenset(f"{_STORAGE}88.{number}" for number in (50, 65, 69))
"""Reports that nothing but an algorithm makes (computer aided detection)."""

SEGMENTS = 0x00620002
_SEGMENT_NUMBER = 0x00620004
_ALGORITHM_TYPE = 0x00620008
_CONTENT = 0x0040A730
_CONCEPT_NAME = 0x0040A043
_CONCEPT_CODE = 0x0040A168
_AUTHORS = 0x0040A078
_OBSERVER_TYPE = 0x0040A084
_CONTRIBUTING_EQUIPMENT = 0x0018A001

_OBSERVER_TYPE_CONCEPT = b"121005"
_DEVICE = b"121007"
_RECORDS = frozenset((b"113701", b"113500", b"121120"))
"""Titles of dose reports and procedure logs, which devices write and which are no results."""

ALGORITHM_NAME = b"111001"

_DESCRIPTIONS = (0x0008103E, 0x00082111, 0x00081090, 0x00181018, 0x00181020)
"""Series and Derivation Description, model names of equipment and capture device, Software Versions."""
_SAYS_SO = re.compile(
    rb"artificial intelligence|(?:machine|deep)[ -]learning|neural net|computer[ -]aided", re.IGNORECASE
)
_MODELS = (0x00081090, 0x00181018)
_AI = re.compile(rb"\bAI\b")

_EQUIPMENT = ((0x00080070, 0x00081090, 0x00181020), (0x00181016, 0x00181018, 0x00181019))
"""Manufacturer, model, software versions: of the equipment, and of a secondary capture device."""

_DEEPEST = 12
_REFERENCES = (
    0x00081115,  # Referenced Series Sequence
    0x00081200,  # Studies Containing Other Referenced Instances Sequence
    0x00082112,  # Source Image Sequence
    0x00081140,  # Referenced Image Sequence
    0x00420013,  # Source Instance Sequence
    0x0008114A,  # Referenced Instance Sequence
    0x0040A375,  # Current Requested Procedure Evidence Sequence
    0x0040A385,  # Pertinent Other Evidence Sequence
)
_FUNCTIONAL_GROUPS = (0x52009229, 0x52009230)
_DERIVATION_IMAGE = 0x00089124
_REFERENCED_SOP = 0x00081199


def kind(instance: Instance) -> Kind:
    """Return what a SOP Class is among those that algorithms send, "" if none."""
    return _KINDS.get(instance.sop_class_uid, "")


def result(instance: Instance) -> Kind:
    """Return the kind of a SOP Instance that an algorithm made, "" if it does not say that one did."""
    known: Kind = kind(instance)
    if not known:
        return ""
    found: bool | None = instance.memo.get("result")
    if found is None:
        found = instance.memo["result"] = _is_made(instance, known)
    return known if found else ""


def severity(instance: Instance) -> Severity:
    """Return how much a fault of a result weighs: a note if all that it says is that a device observed,
    as reports of a scanner do whose measurements people made."""
    if kind(instance) not in ("report", "key objects") or instance.sop_class_uid in _CAD:
        return "warning"
    root = instance.root
    return "warning" if _describes_itself(root) or has_code(root, ALGORITHM_NAME) else "note"


def _describes_itself(root: Item) -> bool:
    return any(_SAYS_SO.search(root.raw(tag) or b"") for tag in _DESCRIPTIONS) or any(
        _AI.search(root.raw(tag) or b"") for tag in _MODELS
    )


def _is_made(instance: Instance, known: Kind) -> bool:
    root = instance.root
    if _describes_itself(root):
        return True
    if known == "segmentation":
        return any(map(is_automatic, root.items(SEGMENTS) or ()))
    if known in ("report", "key objects"):
        if _concept(root, _CONCEPT_NAME) in _RECORDS:
            return False
        return instance.sop_class_uid in _CAD or _says_device(root) or has_code(root, ALGORITHM_NAME)
    return known == "map"


def is_automatic(segment: Item) -> bool:
    """Tell whether an algorithm drew a segment, alone or with a person (PS3.3 C.8.20.2).

    Segment 0 of a label map is the background, which nobody drew.
    """
    return unsigned(segment, _SEGMENT_NUMBER) != 0 and code(segment, _ALGORITHM_TYPE) in (
        "AUTOMATIC",
        "SEMIAUTOMATIC",
    )


def _says_device(root: Item) -> bool:
    """Tell whether the observer of a document is a device and no person is one (TID 1002; C.17.2)."""
    types = [code(author, _OBSERVER_TYPE) for author in root.items(_AUTHORS) or ()]
    for item in root.items(_CONTENT) or ():
        if _concept(item, _CONCEPT_NAME) == _OBSERVER_TYPE_CONCEPT:
            types.append("DEV" if _concept(item, _CONCEPT_CODE) == _DEVICE else "PSN")
    return "DEV" in types and "PSN" not in types


def _concept(item: Item, tag: int) -> bytes:
    """Return the code of a concept of DCM, b"" if it is of another scheme."""
    for each in item.items(tag) or ():
        if scheme_of(each) == b"DCM":
            return code_value(each)
    return b""


def content(item: Item, depth: int = 0) -> Iterator[Item]:
    """Yield the content items below an Item, down to a depth that no document needs."""
    for nested in item.items(_CONTENT) or ():
        yield nested
        if depth < _DEEPEST:
            yield from content(nested, depth + 1)


def has_code(root: Item, concept: bytes) -> bool:
    """Tell whether a content item has this concept of DCM as its name."""
    return any(_concept(item, _CONCEPT_NAME) == concept for item in content(root))


def equipment(instance: Instance) -> bool:
    """Tell whether manufacturer, model and software versions are named of one device that took part."""
    root = instance.root
    items: Iterable[Item] = (root, *(root.items(_CONTRIBUTING_EQUIPMENT) or ()))
    return any(
        all((item.raw(tag) or b"").strip(b" \0\\") for tag in names) for item in items for names in _EQUIPMENT
    )


def refers_to_sources(instance: Instance) -> bool:
    """Tell whether a SOP Instance refers to any other that it could be made from."""
    root = instance.root
    if any(root.items(tag) for tag in _REFERENCES):
        return True
    for groups in _FUNCTIONAL_GROUPS:
        if any(group.items(_DERIVATION_IMAGE) for group in root.items(groups) or ()):
            return True
    return any(item.items(_REFERENCED_SOP) for item in content(root))

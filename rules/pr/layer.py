"""A graphic layer is not defined, or defined twice.

## What it does
Compares the layers that annotations, compound graphics and overlay activations name with those that the
Graphic Layer Sequence (0070,0060) defines. A layer that is defined twice is a warning.

## Why this matters
The layer says in which order graphics are drawn and in which color. Viewers drop what is on a layer that they
do not know: annotations of a radiologist are not shown.

## Example
An annotation is on the layer of the measurements, but only the layer of the annotations is defined.

## Fix
Define each layer once in the Graphic Layer Sequence, with the same spelling.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import code
from dcmlint.model import Found
from dcmlint.numbering import is_damaged
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_LAYERS = 0x00700060
_LAYER = 0x00700002
_ANNOTATIONS = 0x00700001
_COMPOUND_GRAPHICS = 0x00700209
_ACTIVATIONS = tuple(range(0x60001001, 0x60201001, 0x20000))


def check(instance: Instance) -> Iterator[Found]:
    """Yield layers defined twice, and the first use of each that is not defined (PS3.3 C.10.7)."""
    root = instance.root
    defined: set[str] = set()
    for item in root.items(_LAYERS) or ():
        layer = code(item, _LAYER)
        if layer is not None and layer in defined:
            what = "is that of an earlier Item: the layer is defined twice"
            yield Found(_LAYER, {"what": what}, item, severity="warning")
        if layer is not None:
            defined.add(layer)
    if not defined or is_damaged(instance):
        return
    for item, tag in _uses(root):
        layer = code(item, tag)
        if layer is not None and layer not in defined:
            defined.add(layer)
            yield Found(tag, {"what": "names a layer that GraphicLayerSequence does not define"}, item)


def _uses(root: Item) -> Iterator[tuple[Item, int]]:
    for annotation in root.items(_ANNOTATIONS) or ():
        yield annotation, _LAYER
    for graphic in root.items(_COMPOUND_GRAPHICS) or ():
        yield graphic, _LAYER
    for tag in _ACTIVATIONS:
        if tag in root.elements:
            yield root, tag


def _layers(*names: str) -> list[dict[str, object]]:
    return [{"GraphicLayer": name} for name in names]


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.10.7",
    message="{attribute} {what}",
    selects=("GraphicLayerSequence",),
    check=check,
    cases=(
        good(GraphicLayerSequence=_layers("ONE", "TWO"), GraphicAnnotationSequence=_layers("TWO", "ONE")),
        good({"GraphicLayerSequence": _layers("ONE"), "60001001": "ONE"}),
        good(GraphicLayerSequence=None, GraphicAnnotationSequence=_layers("TWO")),
        good(GraphicLayerSequence=_layers("ONE"), GraphicAnnotationSequence=[{}]),
        bad(
            "GraphicAnnotationSequence[2].GraphicLayer",
            GraphicLayerSequence=_layers("ONE"),
            GraphicAnnotationSequence=_layers("ONE", "TWO"),
        ),
        bad(
            "GraphicLayerSequence[2].GraphicLayer",
            GraphicLayerSequence=_layers("ONE", "ONE"),
        ),
        bad("", {"GraphicLayerSequence": _layers("ONE"), "60021001": "TWO"}),
    ),
)

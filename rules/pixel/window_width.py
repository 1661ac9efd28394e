"""Window Width is too small for its VOI LUT Function.

## What it does
Checks each value of Window Width (0028,1051): at least 1 with the function LINEAR, which is the default,
and greater than 0 with LINEAR_EXACT and SIGMOID.

## Why this matters
The formulas divide by the width (by the width minus one for LINEAR). Viewers show such images black, white
or not at all.

## Example
Window Center 0, Window Width 0: a converter wrote its defaults.

## Fix
Write a width that shows the image, or leave out Window Center and Window Width.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import code, numbers
from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Rule, bad, good

_WINDOW_WIDTH = 0x00281051
_VOI_LUT_FUNCTION = 0x00281056


def check(item: Item) -> Iterator[Found]:
    """Yield the first Window Width that its function excludes (PS3.3 C.11.2.1.2, C.11.2.1.3)."""
    widths = numbers(item, _WINDOW_WIDTH)
    if widths is None or min(widths) >= 1:
        return
    element = item.elements.get(_VOI_LUT_FUNCTION)
    linear = element is None or not element[2] or code(item, _VOI_LUT_FUNCTION) == "LINEAR"
    for width in widths:
        if width <= 0 or (linear and width < 1):
            limit = "at least 1" if linear else "greater than 0"
            yield Found(_WINDOW_WIDTH, {"value": width, "limit": limit})
            return


RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.3 Section C.11.2.1.2",
    message="{attribute} {value} must be {limit}",
    selects=("WindowWidth",),
    check=check,
    reads=("WindowWidth", "VOILUTFunction"),
    cases=(
        good(WindowWidth=1),
        good(WindowWidth=[400, 1]),
        good(WindowWidth="0.5", VOILUTFunction="SIGMOID"),
        good(WindowWidth="0.001", VOILUTFunction="LINEAR_EXACT"),
        good(WindowWidth="0.5", VOILUTFunction="ACME"),
        good(WindowWidth=None),
        good(WindowWidth="wide"),
        bad("WindowWidth", WindowWidth=0),
        bad("WindowWidth", WindowWidth="0.5"),
        bad("WindowWidth", WindowWidth="0.5", VOILUTFunction="LINEAR"),
        bad("WindowWidth", WindowWidth="0.5", VOILUTFunction=None),
        bad("WindowWidth", WindowWidth=[400, -1]),
        bad("WindowWidth", WindowWidth=0, VOILUTFunction="SIGMOID"),
        bad("WindowWidth", WindowWidth=-5, VOILUTFunction="ACME"),
        bad(
            "SharedFunctionalGroupsSequence[1].FrameVOILUTSequence[1].WindowWidth",
            SharedFunctionalGroupsSequence=[{"FrameVOILUTSequence": [{"WindowWidth": "0"}]}],
        ),
    ),
)

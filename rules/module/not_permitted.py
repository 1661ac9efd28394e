"""An attribute is present where the standard does not permit it.

## What it does
Finds attributes that are present although their condition is false and PS3.3 does not say that they may
be present otherwise, and attributes that PS3.3 forbids beside others. It is an error where the text of the
condition says so expressly, and a warning where that follows from the condition alone.

## Why this matters
The attribute contradicts the rest of the object. One receiver goes by it, another goes by what
contradicts it, and they show or measure different things.

## Example
Planar Configuration in an image with one sample per pixel.

## Fix
Remove the attribute, or correct the one that the condition asks for.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

_SC = "1.2.840.10008.5.1.4.1.1.7"
_DX = "1.2.840.10008.5.1.4.1.1.1.1"

RULE = Rule(
    severity="error",
    scope="table",
    citation="PS3.5 Section 7.4.2",
    message="{attribute} may not be present here: {constraint} ({module})",
    cases=(
        good(SOPClassUID=_SC, SamplesPerPixel=3, PlanarConfiguration=0),
        good(SOPClassUID=_SC, SamplesPerPixel=1),
        good(SOPClassUID=_DX, PresentationIntentType="FOR PRESENTATION", WindowCenter=1, WindowWidth=2),
        bad("PlanarConfiguration", SOPClassUID=_SC, SamplesPerPixel=1, PlanarConfiguration=0),
    ),
)

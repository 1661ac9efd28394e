"""Rescale Slope or Rescale Intercept of a Philips MR image is not what the scanner wrote.

## What it does
Compares Rescale Slope and Rescale Intercept with the copies that the scanner keeps in (2005,xx0A) and
(2005,xx09) of Philips MR Imaging DD 005, where both are in the same Data Set or Item. A relative
difference of 1e-4 is rounding.

## Why this matters
Display values change with Rescale Slope, and the conversion to signal uses it together with Scale Slope
(2005,xx0E). An archive that normalises the Modality LUT, or a tool that writes 1 and 0, breaks both, and
two exports of one series are no longer comparable.

## Example
(2005,140A) is 1.29035, Rescale Slope is 1.

## Fix
If the pixel values were not changed along with it, restore Rescale Slope and Rescale Intercept from the
copies.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint_vendors.private import element, number

CREATOR = "Philips MR Imaging DD 005"
COPIES = ((0x0A, 0x00281053, "RescaleSlope"), (0x09, 0x00281052, "RescaleIntercept"))
TOLERANCE = 1e-4


def check(item: Item) -> Iterator[Found]:
    """Yield each of slope and intercept that is not its private copy."""
    for identifier, attribute, _ in COPIES:
        tag = element(item, 0x2005, CREATOR, identifier)
        copy, value = number(item, tag, "DS"), item.first(attribute)
        if copy is None or not isinstance(value, (int, float)):
            continue
        if identifier == 0x0A and copy == 0:
            continue  # not set: a slope of 0 is none
        if abs(copy - value) > TOLERANCE * max(abs(copy), abs(value)):
            args = {"copy": f"{copy:g}", "tag": tag, "now": f"{value:g}"}
            yield Found(attribute, args, attributes=(attribute, tag or 0))


def _copies(slope: bytes, intercept: bytes, vr: str = "DS") -> dict[str, object]:
    return {"20050014": CREATOR, "2005140A": Raw(vr, slope), "20051409": Raw(vr, intercept)}


RULE = Rule(
    severity="warning",
    scope="item",
    citation="PS3.3 Section C.11.1 (and private data of Philips, Philips MR Imaging DD 005)",
    message="{attribute} is {now}, while the scanner's copy in {tag:tag} is {copy}",
    selects=("private",),
    check=check,
    cases=(
        good(_copies(b"1.29035409035409", b"0 "), RescaleSlope="1.29035409035409", RescaleIntercept="0"),
        good(_copies(b"1.29035409035409", b"0 ", "UN"), RescaleSlope="1.29035", RescaleIntercept="0"),
        good(_copies(b"1.29035409035409", b"0 ")),
        good(_copies(b"0 ", b"0 "), RescaleSlope="1", RescaleIntercept="0"),
        good({"20050010": "ACME", "2005100A": Raw("DS", b"2 ")}, RescaleSlope="1"),
        bad("RescaleSlope", _copies(b"1.29035409035409", b"0 "), RescaleSlope="1", RescaleIntercept="0"),
        bad("RescaleIntercept", _copies(b"2 ", b"-3142 ", "UN"), RescaleSlope="2", RescaleIntercept="0"),
    ),
)

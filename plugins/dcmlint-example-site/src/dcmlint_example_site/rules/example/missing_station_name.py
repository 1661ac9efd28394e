"""An image does not tell which station acquired it.

## What it does
Reports images of acquiring modalities without a Station Name (0008,1010).

## Why this matters
The standard makes it optional. A site that assigns failed or mislabelled studies to the room they came
from needs it in every image.

## Example
A CT image with Institution Name and Manufacturer, but no Station Name.

## Fix
Enter the station's name in the configuration of the modality.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good

STATION_NAME = 0x00081010
ACQUIRING = frozenset(["CR", "CT", "DX", "MG", "MR", "NM", "PT", "US", "XA"])


def check(instance: Instance) -> Iterator[Found]:
    """Yield a finding if an acquiring modality left Station Name out or empty."""
    if instance.first("Modality") in ACQUIRING and not instance.get("StationName"):
        yield Found(STATION_NAME)


RULE = Rule(
    severity="warning",
    scope="instance",
    selects=("Modality",),
    citation="PS3.3 Section C.7.5.1",
    message="{attribute} is absent or empty: nobody can tell which room the image came from",
    check=check,
    cases=(
        good(Modality="CT", StationName="CT01"),
        good(Modality="SR"),
        bad("StationName", Modality="CT"),
        bad("StationName", Modality="MR", StationName=None),
    ),
)

"""What the rules about b-values share."""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Item

__all__ = ["MISMATCH", "has_standard_b_value", "mismatch"]

MISMATCH = "The b-value in {attribute} is {private} s/mm2, DiffusionBValue is {standard}"
"""The message of what `mismatch` yields."""

_B_VALUE = 0x00189087
"""Diffusion b-value (0018,9087), in s/mm2 (PS3.3 C.8.13.5.9)."""

_MAPS = frozenset(("ADC", "EADC", "FA"))
"""Values of Image Type that mark images calculated from several b-values: they have none of their own."""


def has_standard_b_value(item: Item) -> bool:
    """Tell whether Diffusion b-value is there with a number."""
    return _standard(item) is not None


def mismatch(item: Item, tag: int | None, private: float | None) -> Iterator[Found]:
    """Yield a finding if a vendor's b-value in s/mm2 is there and differs from Diffusion b-value by more
    than rounding, which is 1 s/mm2 or one percent."""
    standard = _standard(item)
    if tag is None or private is None or standard is None or _is_map(item):
        return
    if abs(private - standard) > max(1.0, 0.01 * max(abs(private), abs(standard))):
        args = {"private": f"{private:g}", "standard": f"{standard:g}"}
        yield Found(tag, args, attributes=(tag, _B_VALUE))


def _standard(item: Item) -> float | None:
    value = item.first(_B_VALUE)
    return value if isinstance(value, (int, float)) else None


def _is_map(item: Item) -> bool:
    image_type = item.instance.root.get("ImageType") or ()
    return not _MAPS.isdisjoint(str(value).upper() for value in image_type)

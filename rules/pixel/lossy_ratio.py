"""Lossy Image Compression Ratio or Method is not plausible.

## What it does
Compares Lossy Image Compression Ratio (0028,2112) with Lossy Image Compression Method (0028,2114): as many
of one as of the other. A ratio below 1 is reported, and where the frames are coded irreversibly now, a last
method that is not that of the Transfer Syntax. A last ratio that is more than four times larger or smaller
than what the lengths of the Pixel Data come to is a note.

## Why this matters
Ratio and method are the record of what was done to the image, one value for each time. Whoever judges
whether it is still good enough for a diagnosis relies on them.

## Example
Method ISO_10918_1 (JPEG) with the Transfer Syntax JPEG 2000, coded irreversibly: the last compression was
not recorded.

## Fix
Append ratio and method of each lossy compression to the values that are there.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.codestream.encode import jpeg, jpeg2000
from dcmlint.encapsulated import Encapsulated, encapsulated, headers
from dcmlint.image import frames, numbers, unsigned
from dcmlint.model import Found
from dcmlint.read.encode import part10
from dcmlint.read.item import Instance
from dcmlint.rule import Case, Rule, bad, good

_RATIO = 0x00282112
_METHOD = 0x00282114
_ROOT = "1.2.840.10008.1.2."
_LOSSY_ONLY = frozenset(f"{_ROOT}4.{number}" for number in (*range(50, 57), 111))
_METHODS = {
    "JPEG": "ISO_10918_1",
    "JPEG-LS": "ISO_14495_1",
    "JPEG 2000": "ISO_15444_1",
    "HTJ2K": "ISO_15444_15",
    "JPEG XL": "ISO_18181_1",
    "MPEG-2": "ISO_13818_2",
    "H.264": "ISO_14496_10",
    "HEVC": "ISO_23008_2",
}
"""Defined Terms of the method (PS3.3 C.7.6.1.1.5.1)."""

_PART_2 = {"ISO_15444_1": "ISO_15444_2"}
_FACTOR = 4.0


def check(instance: Instance) -> Iterator[Found]:
    """Yield ratios and methods that do not go together (PS3.3 C.7.6.1.1.5.2), or not with the Pixel Data."""
    ratios = numbers(instance.root, _RATIO)
    methods = tuple(str(method) for method in instance.get(_METHOD) or () if method)
    if ratios and methods and len(ratios) != len(methods):
        what = f"has {len(ratios)} values, and Lossy Image Compression Method has {len(methods)}"
        yield Found(_RATIO, {"what": what}, attributes=(_RATIO, _METHOD))
    known = encapsulated(instance)
    true = _ratio(instance, known) if known is not None and not known.cut else None
    if ratios and min(ratios) < (1.0 if true is None else min(1.0, true / _FACTOR)):
        yield Found(_RATIO, {"what": "has a value below 1"})
    if known is not None and not known.cut and _is_lossy(instance, known):
        yield from _method(instance, known, methods)
        yield from _last(ratios or (), true)


def _is_lossy(instance: Instance, known: Encapsulated) -> bool:
    if known.is_video or instance.syntax in _LOSSY_ONLY:
        return True
    return any(frame.header.lossless is False for frame in headers(instance))


def _method(instance: Instance, known: Encapsulated, methods: tuple[str, ...]) -> Iterator[Found]:
    """Yield a last method that is not that of the compression that the Pixel Data is in."""
    first = headers(instance)[:1]
    if first and first[0].header.kind not in (known.kind, ""):
        return
    wanted = _METHODS.get(known.kind, "")
    if methods and wanted and methods[-1] not in (wanted, _PART_2.get(wanted)):
        yield Found(_METHOD, {"what": f"does not end with {wanted}, the method of the Transfer Syntax"})


def _last(ratios: tuple[float, ...], true: float | None) -> Iterator[Found]:
    """Yield a last ratio that is far from what the Pixel Data is compressed by."""
    if ratios and true is not None and ratios[-1] >= 1 and not 1 / _FACTOR <= ratios[-1] / true <= _FACTOR:
        what = f"ends with {ratios[-1]:.4g}, and the Pixel Data is compressed by {true:.4g}"
        yield Found(_RATIO, {"what": what}, severity="note")


def _ratio(instance: Instance, known: Encapsulated) -> float | None:
    """Return the bytes of the image for each byte of the fragments."""
    root = instance.root
    sides = [unsigned(root, tag) for tag in (0x00280010, 0x00280011, 0x00280002, 0x00280100)]
    count, encoded = frames(root), sum(length for _, length in known.fragments)
    if count is None or not encoded or not all(sides):
        return None
    total = count
    for side in sides:
        total *= side or 1
    return total / 8 / encoded


def _case(number: str, frame: bytes, *, passes: bool = False, at: str = "", **changes: object) -> Case:
    attributes = {
        "SamplesPerPixel": 1,
        "Rows": 512,
        "Columns": 512,
        "BitsAllocated": 8,
        "LossyImageCompression": "01",
        "PixelData": [b"", frame],
        **changes,
    }
    return Case(passes=passes, file=lambda: part10(attributes, syntax=_ROOT + number), at=at)


_LOSSY = jpeg() + bytes(26_000 & ~1)

RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.3 Section C.7.6.1.1.5",
    message="{attribute} {what}",
    selects=("LossyImageCompressionRatio", "LossyImageCompressionMethod"),
    check=check,
    on_bytes=True,
    cases=(
        good(LossyImageCompressionRatio="10", LossyImageCompressionMethod="ISO_10918_1"),
        good(LossyImageCompressionRatio=None, LossyImageCompressionMethod="ISO_10918_1"),
        good(LossyImageCompressionRatio="many", LossyImageCompressionMethod=None),
        _case("4.50", _LOSSY, passes=True, LossyImageCompressionRatio="10"),
        _case("4.50", _LOSSY, passes=True, LossyImageCompressionMethod="ISO_10918_1"),
        _case("4.91", jpeg2000(), passes=True, LossyImageCompressionMethod="ISO_10918_1"),
        bad(
            "LossyImageCompressionRatio",
            LossyImageCompressionRatio=["2", "3"],
            LossyImageCompressionMethod="X",
        ),
        bad("LossyImageCompressionRatio", LossyImageCompressionRatio="0.1"),
        _case("4.50", _LOSSY, at="LossyImageCompressionMethod", LossyImageCompressionMethod="ISO_15444_1"),
        _case("4.50", _LOSSY, at="LossyImageCompressionRatio", LossyImageCompressionRatio="200"),
    ),
)

"""One decoded frame as grey pictures of 8 bits, as text in it is read best."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["pgm", "views"]

_SMALL, _LARGE = 400, 1600
"""Columns or rows: pictures below the first are made three times as large, those below the second twice."""

_STRAY = 0.02
"""Percent of the pixels that are left out at both ends of the range: a few bright pixels are no text."""

_BRIGHT = (0.5, 0.85)
"""Lowest grey values, of the range, of two views with little but text that was burned in: it is nearly white.
Bone is still in the first."""

_COLOURED = 0.1
"""Difference of two samples of a pixel, of the range, from which on a picture is coloured."""


def views(frame: Any, header: Any) -> Iterator[Any]:
    """Yield arrays (rows, columns) of uint8 of a frame, text dark in the first two.

    `frame` is as pydicom decodes it, `header` its Data Set. The first two views are the brightest grey
    values, the others all that is seen: the VOI window of the root if there is one (PS3.3 C.11.2), else the
    whole range.
    """
    import numpy as np

    planes = list(_planes(frame, header))
    whole = [_stretched(plane) for plane in planes]
    for lowest in _BRIGHT:
        yield _grey(1 - np.clip((whole[0] - lowest) / (1 - lowest), 0, 1))
    seen = _windowed(frame, header) if len(planes) == 1 else None
    for plane in whole if seen is None else [_stretched(seen)]:
        yield _grey(plane)


def pgm(view: Any) -> bytes:
    """Return a view as a PGM file, enlarged if it is small."""
    from PIL import Image

    longest = max(view.shape)
    factor = 3 if longest < _SMALL else 2 if longest < _LARGE else 1
    rows, columns = (factor * size for size in view.shape)
    pixels = Image.fromarray(view).resize((columns, rows), Image.Resampling.BICUBIC).tobytes()
    return b"P5\n%d %d\n255\n" % (columns, rows) + pixels


def _planes(frame: Any, header: Any) -> Iterator[Any]:
    """Yield the grey planes of a frame: of a coloured one the largest and the smallest sample of each pixel,
    since text of any colour differs from what is behind it in one of them."""
    import numpy as np

    if header.get("PhotometricInterpretation") == "PALETTE COLOR":
        from pydicom.pixels import apply_color_lut

        frame = apply_color_lut(frame, header)
    samples = np.nan_to_num(frame.astype(np.float32))
    if samples.ndim == 2:
        yield _upright(samples, header)
        return
    largest, smallest = samples.max(axis=2), samples.min(axis=2)
    yield largest
    if (largest - smallest > _COLOURED * np.ptp(largest)).mean() * 100 > _STRAY:
        yield smallest


def _upright(samples: Any, header: Any) -> Any:
    """Return samples that are brighter where they are larger (MONOCHROME1 is the other way round)."""
    return -samples if header.get("PhotometricInterpretation") == "MONOCHROME1" else samples


def _windowed(frame: Any, header: Any) -> Any | None:
    """Return a grey frame as its VOI window or LUT shows it, None if it has none or one that says nothing."""
    from pydicom.pixels import apply_modality_lut, apply_voi_lut

    if "WindowCenter" not in header and "VOILUTSequence" not in header:
        return None
    try:
        return _upright(apply_voi_lut(apply_modality_lut(frame, header), header).astype("float32"), header)
    except Exception:  # of a damaged header
        return None


def _stretched(plane: Any) -> Any:
    """Return values from 0 to 1."""
    import numpy as np

    low, high = np.percentile(plane, (_STRAY, 100 - _STRAY))
    return np.clip((plane - low) / ((high - low) or 1), 0, 1)


def _grey(plane: Any) -> Any:
    return (plane * 255).astype("uint8")

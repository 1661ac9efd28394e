"""Pictures with text burned into them, in objects that are clean otherwise, for `dcmlint deid verify --ocr`.

A picture is an ellipse that looks like a body, with noise, and the text in white at the top or across it, in
one of four sizes. It is encoded in five ways. NumPy and Pillow draw it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

from benchmarks.deid_hidden import Hidden, Place, hidden
from dcmlint.model import Raw

__all__ = ["ENCODINGS", "SIZES", "burned", "can_read"]

SIZES = (11, 14, 18, 28)
"""Heights of the font in pixels; of the first, each pixel is black or white."""

_ROWS, _COLUMNS = 400, 512
_WINDOW = {"WindowCenter": "1000", "WindowWidth": "2000"}


def can_read() -> bool:
    """Tell whether pictures can be drawn, decoded and read here."""
    packages = all(find_spec(name) is not None for name in ("numpy", "PIL"))
    return packages and shutil.which("tesseract") is not None


def burned(encoding: str, text: str, size: int, seed: int, ink: float = 1.0) -> Hidden:
    """Return an object of an encoding with the text in its pixels; a text of "" leaves them clean.

    `ink` is the grey value of the text, 1 for white; the body is at about 0.4, its rim at 0.8.
    """
    base, attributes = ENCODINGS[encoding]
    drawn = _picture(text, size, seed, ink)
    return hidden(Place("burned into pixels", base, lambda _: attributes(drawn, seed)), text)


def _picture(text: str, size: int, seed: int, ink: float) -> Any:
    """Return a picture of (rows, columns), values from 0 to 1."""
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    body = _body(seed)
    layer = Image.new("L", (_COLUMNS, _ROWS))
    pen = ImageDraw.Draw(layer)
    pen.fontmode = "1" if size == SIZES[0] else "L"
    where = (10, 8) if seed % 2 else (60, _ROWS // 2)
    pen.text(where, text, fill=255, font=ImageFont.load_default(size))
    drawn = np.asarray(layer) / 255
    return body * (1 - drawn) + ink * drawn


def _body(seed: int) -> Any:
    import numpy as np

    rows, columns = np.mgrid[:_ROWS, :_COLUMNS]
    radius = ((columns - _COLUMNS / 2) / (_COLUMNS * 0.42)) ** 2 + ((rows - _ROWS / 2) / (_ROWS * 0.42)) ** 2
    tissue = 0.4 + 0.1 * np.sin(columns / 17) + 0.08 * np.cos(rows / 11)
    body = np.where(radius < 1, np.where(radius > 0.9, 0.8, tissue), 0.02)
    return np.clip(body + np.random.default_rng(seed).normal(0, 0.03, body.shape), 0, 1)


def _grey(bits: int, interpretation: str = "MONOCHROME2") -> Callable[[Any, int], Mapping[str, Any]]:
    def attributes(picture: Any, seed: int) -> Mapping[str, Any]:
        values = 1 - picture if interpretation == "MONOCHROME1" else picture
        return {**_image(bits, interpretation), "PixelData": _samples(values, bits)}

    return attributes


def _windowed(picture: Any, seed: int) -> Mapping[str, Any]:
    return {**_grey(12)(picture, seed), **_WINDOW}


def _coloured(picture: Any, seed: int) -> Mapping[str, Any]:
    """White becomes yellow."""
    import numpy as np

    colours = np.stack((picture, picture, np.where(picture > 0.9, 0.2, picture)), axis=2)
    more = {"SamplesPerPixel": 3, "PlanarConfiguration": 0}
    return {**_image(8, "RGB"), **more, "PixelData": _samples(colours, 8)}


def _in_the_last_frame(picture: Any, seed: int) -> Mapping[str, Any]:
    import numpy as np

    frames = np.stack((_body(seed), _body(seed + 1), picture))
    return {**_image(8, "MONOCHROME2"), "NumberOfFrames": "3", "PixelData": _samples(frames, 8)}


def _image(bits: int, interpretation: str) -> dict[str, Any]:
    allocated = 16 if bits > 8 else 8
    return {
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": interpretation,
        "Rows": _ROWS,
        "Columns": _COLUMNS,
        "BitsAllocated": allocated,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": 0,
    }


def _samples(values: Any, bits: int) -> Raw:
    scaled = values * (2**bits - 1)
    return Raw("OW" if bits > 8 else "OB", scaled.astype("<u2" if bits > 8 else "u1").tobytes())


ENCODINGS: dict[str, tuple[str, Callable[[Any, int], Mapping[str, Any]]]] = {
    "MONOCHROME2, 8 bits": ("CT", _grey(8)),
    "MONOCHROME2, 12 bits and a window": ("CT", _windowed),
    "MONOCHROME1, 12 bits, deflated": ("CR", _grey(12, "MONOCHROME1")),
    "RGB": ("SC", _coloured),
    "the last of three frames": ("MR", _in_the_last_frame),
}
"""The base in `deid_hidden`, and how a picture becomes its Attributes."""

"""What the first bytes of an encoded frame say of it: the immutable Header."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["Color", "Header", "Kind"]

Kind = Literal[
    "JPEG",
    "JPEG-LS",
    "JPEG 2000",
    "HTJ2K",
    "JPEG XL",
    "RLE",
    "Deflate",
    "uncompressed",
    "MPEG-2",
    "H.264",
    "HEVC",
    "",
]
"""What a codestream is, "" if its first bytes are of none that is known."""

Color = Literal["RGB", "YBR", "RCT", "ICT", "none", "XYB", ""]
"""The colour transformation that the codestream tells: to luminance and chrominance by a marker of JPEG,
the reversible or irreversible one of JPEG 2000, that of JPEG XL, "none" if it says that there is none."""


class Header(NamedTuple):
    """What a codestream says of itself; None and "" is what it does not say.

    `process` is the variant in words. `wrapped` names a file format around the codestream. `selection` is
    the predictor of lossless JPEG, `subsampled` tells that chrominance has fewer samples than luminance.
    `lossless` is False where the coding is proven to be irreversible, True where it can be reversed.
    `complete` tells whether the end marker is there, `behind` how many bytes that are no padding follow it.
    `segments` and `measured` are of RLE and Deflate: how many segments, and the bytes that come out of the
    last one (of the frame). `fault` is what is wrong with the header itself.
    """

    kind: Kind
    process: str = ""
    rows: int | None = None
    columns: int | None = None
    components: int | None = None
    bits: int | None = None
    signed: bool | None = None
    color: Color = ""
    subsampled: bool = False
    selection: int | None = None
    lossless: bool | None = None
    segments: int | None = None
    measured: int | None = None
    wrapped: str = ""
    fault: str = ""
    complete: bool | None = None
    behind: int = 0

    @property
    def said(self) -> tuple[object, ...]:
        """All but how the codestream ends, which differs from frame to frame."""
        return self[:-2]

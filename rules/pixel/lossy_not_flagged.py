"""Pixel Data is coded irreversibly, and Lossy Image Compression does not say so.

## What it does
Reports Lossy Image Compression (0028,2110) other than 01 where the Transfer Syntax is one that loses
information by its nature (JPEG with DCT, MPEG-2, H.264, HEVC), or where the header of a frame proves it:
near-lossless JPEG-LS, the irreversible wavelet of JPEG 2000 and HTJ2K, XYB of JPEG XL, lossy JPEG under the
name of a lossless one. 00 is an error, an absent or empty value a warning. The value 01 with lossless
frames is right: once lossy, always lossy.

## Why this matters
Who reads the image, or measures in it, must know that detail may be lost. The flag stays when the image is
decompressed; if it is never set, nobody can know any more.

## Example
JPEG Baseline with Lossy Image Compression 00.

## Fix
Set Lossy Image Compression to 01, and Lossy Image Compression Ratio and Method with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dcmlint.codestream.encode import jpeg, jpeg2000
from dcmlint.encapsulated import encapsulated, headers
from dcmlint.image import code
from dcmlint.model import Found
from dcmlint.read.encode import part10
from dcmlint.read.item import Instance
from dcmlint.rule import Case, Rule, good

_LOSSY_IMAGE_COMPRESSION = 0x00282110
_ROOT = "1.2.840.10008.1.2."
_LOSSY_ONLY = frozenset(f"{_ROOT}4.{number}" for number in (*range(50, 57), 111))


def check(instance: Instance) -> Iterable[Found]:
    """Return that lossy compression is not recorded (PS3.3 C.7.6.1.1.5)."""
    if not instance.fragments:
        return ()
    known = encapsulated(instance)
    if known is None:
        return ()
    flag = code(instance.root, _LOSSY_IMAGE_COMPRESSION)
    return () if flag == "01" else _proven(instance, flag, is_lossy=known.is_video)


def _proven(instance: Instance, flag: str | None, *, is_lossy: bool) -> Iterator[Found]:
    why = "the Transfer Syntax is lossy" if is_lossy or instance.syntax in _LOSSY_ONLY else ""
    if not why:
        number = next((frame.number for frame in headers(instance) if frame.header.lossless is False), 0)
        why = f"frame {number} is coded irreversibly" if number else ""
    if why:
        said = "is not there" if flag is None else "is not 01"
        yield Found(
            _LOSSY_IMAGE_COMPRESSION,
            {"said": said, "why": why},
            severity="warning" if flag is None else "error",
        )


def _case(flag: str | None, number: str, frame: bytes, *, passes: bool = False) -> Case:
    attributes = {"LossyImageCompression": flag, "PixelData": [b"", frame]}
    at = "" if passes else "LossyImageCompression"
    return Case(passes=passes, file=lambda: part10(attributes, syntax=_ROOT + number), at=at)


_LOSSLESS = jpeg(frame=0xC3, scan=(1, 0, 0))

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.7.6.1.1.5",
    message="{attribute} {said}, and {why}",
    selects=("PixelData",),
    check=check,
    on_bytes=True,
    cases=(
        good(LossyImageCompression="00", PixelData=b"\0\0"),
        _case("01", "4.50", jpeg(), passes=True),
        _case("01", "4.70", _LOSSLESS, passes=True),
        _case("00", "4.70", _LOSSLESS, passes=True),
        _case("00", "4.91", jpeg2000(), passes=True),
        _case("00", "4.81", jpeg(frame=0xF7, scan=(0, 0, 0)), passes=True),
        _case("00", "4.50", jpeg()),
        _case(None, "4.50", jpeg()),
        _case("00", "4.70", jpeg()),
        _case("00", "4.91", jpeg2000(reversible=False)),
        _case("00", "4.81", jpeg(frame=0xF7, scan=(3, 0, 0))),
        _case("00", "4.102", b"\0\0\0\x18ftypmp42"),
    ),
)

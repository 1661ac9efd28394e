"""The number of fragments does not go with the Number of Frames.

## What it does
Compares the fragments of encapsulated Pixel Data with Number of Frames (0028,0008). In RLE, deflated and
uncompressed Transfer Syntaxes each frame is exactly one fragment. In those of the JPEG family a frame may
span several fragments, but no fragment has more than one frame: fewer fragments than frames are an error,
and so are more codestreams than frames, or fewer; a codestream is counted where a fragment starts with its
marker and the fragment before it ended with one. Video is one fragment, except where the Transfer Syntax is
a fragmentable one. JPEG 2000 Part 2, which can put several frames into one codestream, is not judged.

## Why this matters
Readers count fragments to find a frame. With one too many or too few they show the wrong frame, or fail at
the last.

## Example
Number of Frames is 10, and there are nine fragments of RLE.

## Fix
Correct Number of Frames, or write the missing frame from its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dcmlint.codestream.encode import jpeg, rle
from dcmlint.encapsulated import PIXEL_DATA, Encapsulated, encapsulated
from dcmlint.model import Found
from dcmlint.read.encode import part10
from dcmlint.read.item import Instance
from dcmlint.rule import Case, Rule, good

_NUMBER_OF_FRAMES = 0x00280008
_ROOT = "1.2.840.10008.1.2."
_PART_2 = frozenset((f"{_ROOT}4.92", f"{_ROOT}4.93"))


def check(instance: Instance) -> Iterable[Found]:
    """Return that there are too many or too few fragments (PS3.5 8.2, A.4)."""
    if not instance.fragments:
        return ()
    known = encapsulated(instance)
    if known is None or known.cut or known.frame_count is None or instance.syntax in _PART_2:
        return ()
    return _counted(instance, known, known.frame_count)


def _counted(instance: Instance, known: Encapsulated, count: int) -> Iterator[Found]:
    fragments = len(known.fragments)
    if known.is_video:
        wanted = "one, with the whole stream" if not instance.syntax.endswith(".1") else "at least one"
        if fragments == 0 or (fragments > 1 and not instance.syntax.endswith(".1")):
            yield _found(instance, f"{_plural(fragments, 'fragment')}; there must be {wanted}")
    elif known.one_each and fragments != count:
        yield _found(instance, f"{_plural(fragments, 'fragment')} for {_plural(count, 'frame')}; each is one")
    elif fragments < count:
        yield _found(instance, f"{_plural(fragments, 'fragment')} for {_plural(count, 'frame')}")
    elif known.starts and known.starts != count:
        yield _found(instance, f"{_plural(known.starts, 'codestream')} for {_plural(count, 'frame')}")


def _plural(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _found(instance: Instance, what: str) -> Found:
    return Found(PIXEL_DATA, {"what": what}, attributes=(_NUMBER_OF_FRAMES, PIXEL_DATA))


def _case(items: list[bytes], number: str = "4.50", *, passes: bool = False, frames: int = 1) -> Case:
    attributes = {"NumberOfFrames": frames, "PixelData": items}
    return Case(
        passes=passes,
        file=lambda: part10(attributes, syntax=_ROOT + number),
        at="" if passes else "PixelData",
    )


_FRAME = jpeg() + b"\0" * (len(jpeg()) & 1)
_RLE = rle(b"\xc1\0")

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.5 Section A.4",
    message="{attribute} has {what}",
    selects=("PixelData",),
    check=check,
    on_bytes=True,
    cases=(
        good(NumberOfFrames=2, PixelData=b"\0\0"),
        _case([b"", _FRAME], passes=True),
        _case([b"", _FRAME[:20], _FRAME[20:]], passes=True),
        _case([b"", _FRAME, _FRAME[:20], _FRAME[20:]], frames=2, passes=True),
        _case([b"", _RLE, _RLE], "5", frames=2, passes=True),
        _case([b"", b"\0\0\1\xb3"], "4.100", frames=300, passes=True),
        _case([b"", b"\0\0\1\xb3", b"\0\0"], "4.100.1", frames=300, passes=True),
        _case([b"", _FRAME], "4.92", frames=4, passes=True),
        _case([b"", _FRAME], frames=2),
        _case([b"", _FRAME, _FRAME]),
        _case([b"", _FRAME, _FRAME, _FRAME], frames=2),
        _case([b"", _FRAME, _FRAME[:10], _FRAME[10:20], _FRAME[20:]], frames=3),
        _case([b""]),
        _case([b"", _RLE], "5", frames=2),
        _case([b"", _RLE, _RLE], "5"),
        _case([b"", b"\0\0\1\xb3", b"\0\0"], "4.100", frames=300),
    ),
)

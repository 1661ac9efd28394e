"""The fragments of encapsulated Pixel Data are not what frames are made of.

## What it does
Looks at the Items of encapsulated Pixel Data: the first must be the Basic Offset Table, the others must
have an even length of two or more. Then at the frames: headers that are damaged or lack their parts, and
codestreams that do not end with their end marker (EOI of JPEG and JPEG-LS, EOC of JPEG 2000) or deflated
streams that break off. Up to 64 frames are looked at: the first, the last, and evenly spaced ones. Bytes
behind an end marker that are no padding are a warning.

## Why this matters
A codestream that breaks off is an image that is cut off: decoders show a gray or black rest, or nothing.
Without the Item of the Basic Offset Table, readers take the first frame for it.

## Example
A frame of 8192 bytes without EOI: the copy was interrupted, and the rest of the frame is lost.

## Fix
Get the frame again from its source; add the empty Item of the Basic Offset Table, and a pad byte where a
length is odd.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dcmlint.codestream import Header
from dcmlint.codestream.encode import jpeg, rle
from dcmlint.encapsulated import PIXEL_DATA, Encapsulated, encapsulated, headers
from dcmlint.model import Found, Severity
from dcmlint.read.encode import part10
from dcmlint.read.item import Instance
from dcmlint.rule import Case, Rule, good

_ROOT = "1.2.840.10008.1.2."
_END = {"JPEG": "EOI", "JPEG-LS": "EOI", "JPEG 2000": "EOC", "HTJ2K": "EOC"}


def check(instance: Instance) -> Iterable[Found]:
    """Return what is wrong with fragments and with where frames begin and end (PS3.5 A.4)."""
    if not instance.fragments:
        return ()
    known = encapsulated(instance)
    return () if known is None else _faults(instance, known)


def _faults(instance: Instance, known: Encapsulated) -> Iterator[Found]:
    if known.table is None and known.fragments and not known.cut:
        yield _found(
            known, known.fragments[0], "starts with a frame, without the Item of the Basic Offset Table"
        )
    elif known.table is not None and known.table[1] & 1:
        yield _found(known, known.table, f"has a Basic Offset Table of {known.table[1]} bytes")
    odd = [item for item in known.fragments if item[1] & 1]
    empty = [item for item in known.fragments if not item[1]]
    for items, what in ((odd, "of odd length"), (empty, "without any byte")):
        if items:
            number = known.fragments.index(items[0]) + 1
            yield _found(
                known, items[0], f"has {len(items)} fragments {what}, the first is fragment {number}"
            )
    said: set[str] = set()
    for frame in headers(instance):
        for what, severity in _ends(frame.header):
            if what not in said:
                said.add(what)
                yield _found(
                    known, known.fragments[frame.group[0]], f"has a frame {frame.number}: {what}", severity
                )


def _ends(header: Header) -> Iterator[tuple[str, Severity]]:
    if header.fault:
        yield f"{header.kind} of which {header.fault}", "error"
    elif header.complete is False and header.kind in _END:
        yield f"{header.kind} that does not end with {_END[header.kind]}", "error"
    elif header.complete is False:
        yield f"{header.kind} that breaks off", "error"
    elif header.behind:
        yield f"{header.kind} with {header.behind} bytes behind its end", "warning"


def _found(known: Encapsulated, item: tuple[int, int], what: str, severity: Severity = "error") -> Found:
    arguments = {"what": what}
    return Found(PIXEL_DATA, arguments, severity=severity, offset=item[0], length=item[1])


def _case(items: list[bytes], number: str = "4.50", *, passes: bool = False, frames: int = 1) -> Case:
    attributes = {"NumberOfFrames": frames, "PixelData": items}
    return Case(
        passes=passes,
        file=lambda: part10(attributes, syntax=_ROOT + number),
        at="" if passes else "PixelData",
    )


_FRAME = jpeg() + b"\0" * (len(jpeg()) & 1)

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.5 Section A.4",
    message="{attribute} {what}",
    selects=("PixelData",),
    check=check,
    on_bytes=True,
    cases=(
        good(PixelData=b"\0\0"),
        _case([b"", _FRAME], passes=True),
        _case([b"", _FRAME[:10], _FRAME[10:]], passes=True),
        _case([b"", _FRAME + bytes(30)], passes=True),
        _case([b"", _FRAME, _FRAME], frames=2, passes=True),
        _case([b"", rle(b"\xc1\0")], "5", passes=True),
        _case([b"", b"\0\0\1\xb3 no marker at the end "], "4.100", passes=True),
        _case([b"", _FRAME, _FRAME], "1.2.3.4", passes=True),
        _case([_FRAME]),
        _case([rle(b"\xc1\0")], "5"),
        _case([b"", jpeg(end=b"")]),
        _case([b"", _FRAME, jpeg(end=b"")], frames=2),
        _case([b"", _FRAME[:10], b"", _FRAME[10:]]),
        _case([b"", _FRAME[:11], _FRAME[11:]]),
        _case([b"", _FRAME + b"something else"]),
        _case([b"", rle(b"\xc1\0")[:40]], "5"),
        _case([b"", b"\xff\xd8\xff\xd9"]),
    ),
)

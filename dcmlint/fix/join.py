"""The bytes of a changed file in chunks: slices of the old ones and what replaces the others."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from dcmlint.errors import FixError

__all__ = ["Chunk", "Splice", "chunks", "deflated", "ordered"]

Chunk = bytes | memoryview

_PIECE = 1 << 20
_LONG = 16 << 20


class Splice(NamedTuple):
    """Bytes to be replaced.

    Of several that put bytes in at one place, the lowest `rank` comes first: (- depth of nesting, tag), since
    what ends an Item lies before what follows its Sequence.
    """

    start: int
    end: int
    rank: tuple[int, int]
    content: bytes


def ordered(splices: Sequence[Splice], start: int, end: int) -> list[Splice]:
    """Return the splices in the order of the bytes.

    Raises FixError if two of them replace the same bytes, or one lies outside of `start` to `end`.
    """
    found = sorted(splices)
    pos = start
    for splice in found:
        if not pos <= splice.start <= splice.end <= end:
            raise FixError("two changes are of the same bytes, or one is of bytes that are not there")
        pos = splice.end
    return found


def chunks(buf: Any, splices: Sequence[Splice], start: int = 0, end: int | None = None) -> Iterator[Chunk]:
    """Yield the bytes `start` to `end` with the splices, which are in order, in their places.

    Of a memory map, long parts come in pieces, and those that were used give their memory back.
    """
    view = memoryview(buf)
    pos = start
    for splice in splices:
        if splice.start > pos:
            yield from _slices(buf, view, pos, splice.start)
        if splice.content:
            yield splice.content
        pos = splice.end
    end = len(view) if end is None else end
    if pos < end:
        yield from _slices(buf, view, pos, end)


def _slices(buf: Any, view: memoryview, start: int, end: int) -> Iterator[memoryview]:
    if end - start <= _LONG or not hasattr(buf, "madvise"):
        yield view[start:end]
        return
    import mmap

    for pos in range(start, end, _LONG):
        stop = min(pos + _LONG, end)
        yield view[pos:stop]
        page = pos - pos % mmap.PAGESIZE
        buf.madvise(mmap.MADV_DONTNEED, page, stop - page)


def deflated(
    buf: Any, start: int, inflated: Any, splices: tuple[Sequence[Splice], Sequence[Splice]]
) -> Iterator[Chunk]:
    """Return the chunks of a file whose Data Set is deflated from `start` on (PS3.5 A.5).

    `splices` are those of the file's bytes and those of the `inflated` Data Set. Without the latter the
    deflated bytes stay as they are.
    Raises FixError where the deflated bytes are not whole, or a splice of the file's bytes is among them.
    """
    outer, inner = splices
    before = ordered([splice for splice in outer if splice.end <= start], 0, start)
    after = [splice for splice in outer if splice.end > start]
    if not inner and not after:
        return chunks(buf, before)
    end = _stream_end(buf, start, len(inflated))
    after = ordered(after, end, len(buf))
    if not inner:
        return chunks(buf, [*before, *after])
    padding = end == len(buf) - 1 and not after and bytes(buf[end:]) == b"\0"
    changed = chunks(inflated, ordered(inner, 0, len(inflated)))
    tail = iter(()) if padding else chunks(buf, after, end)
    return _joined(chunks(buf, before, 0, start), changed, tail)


def _joined(head: Iterator[Chunk], changed: Iterator[Chunk], tail: Iterator[Chunk]) -> Iterator[Chunk]:
    yield from head
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    length = 0
    for chunk in changed:
        for pos in range(0, len(chunk), _PIECE):
            piece = deflater.compress(chunk[pos : pos + _PIECE])
            length += len(piece)
            if piece:
                yield piece
    last = deflater.flush()
    yield last + b"\0" * ((length + len(last)) & 1)
    yield from tail


def _stream_end(buf: Any, start: int, size: int) -> int:
    """Return where a deflated stream that inflates to `size` bytes ends."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    pos, inflated = start, 0
    try:
        while pos < len(buf) and not inflater.eof and inflated <= size:
            piece = bytes(buf[pos : pos + _PIECE])
            pos += len(piece)
            while piece and not inflater.eof and inflated <= size:
                inflated += len(inflater.decompress(piece, _PIECE))
                piece = inflater.unconsumed_tail
    except zlib.error:
        inflated = -1
    if not inflater.eof or inflated != size:
        raise FixError("the deflated Data Set is not whole")
    return pos - len(inflater.unused_data)

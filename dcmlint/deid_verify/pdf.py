"""Text of a PDF as far as it can be had without fonts: metadata, strings of objects and of content streams.

A small reader with bounds: it follows no cross-references, knows no filter but FlateDecode, and does not
decrypt. Text of fonts with an encoding of their own, and pictures of text, are not read.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

__all__ = ["pdf_texts"]

_MOST_STREAMS = 4096
_STREAM_LIMIT = 8 << 20
_TOTAL_LIMIT = 64 << 20
_LONGEST = 1 << 16

_STREAM = re.compile(rb"stream\r?\n")
_TOKEN = re.compile(rb"\\.|[()]|endobj", re.DOTALL)
_KERNING = re.compile(rb"[\s\d.+-]{0,24}")
_HEX = re.compile(rb"<([0-9A-Fa-f\s]{8,})>")
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r?\n|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"", b"f": b""}


def pdf_texts(content: bytes) -> tuple[str, ...]:
    """Return what can be read in a PDF; () if it is none."""
    if content.find(b"%PDF-", 0, 1024) < 0:
        return ()
    found = list(_texts(_without_streams(content)))
    for stream in _streams(content):
        found += _texts(stream)
        if b"<x:xmpmeta" in stream or b"<rdf:" in stream:
            found.append(_plain(stream[:_LONGEST]))
    return tuple(found)


def _without_streams(content: bytes) -> bytes:
    """Return what is outside of streams: what is compressed has parentheses by chance."""
    kept, at = [], 0
    for match in _STREAM.finditer(content):
        if match.start() < at:
            continue
        kept.append(content[at : match.start()])
        end = content.find(b"endstream", match.end())
        at = len(content) if end < 0 else end
    return b"\n".join((*kept, content[at:]))


def _streams(content: bytes) -> Iterator[bytes]:
    """Yield the streams that FlateDecode inflates, each and all within bounds."""
    total, view = 0, memoryview(content)
    for number, match in enumerate(_STREAM.finditer(content)):
        if number >= _MOST_STREAMS or total >= _TOTAL_LIMIT:
            return
        inflater = zlib.decompressobj()
        try:
            stream = inflater.decompress(view[match.end() : match.end() + _STREAM_LIMIT], _STREAM_LIMIT)
        except zlib.error:
            continue
        total += len(stream)
        yield stream


def _texts(content: bytes) -> Iterator[str]:
    """Yield each string, those of one TJ operator as one, and at last all with spaces between."""
    pieces: list[str] = []
    last = -1
    for start, end in _literals(content):
        piece = _plain(_unescaped(content[start : min(end, start + _LONGEST)]))
        if pieces and 0 <= start - last < 26 and _KERNING.fullmatch(content, last + 1, start - 1):
            pieces[-1] += piece
        else:
            pieces.append(piece)
        last = end
    for match in _HEX.finditer(content):
        digits = b"".join(match.group(1)[:_LONGEST].split())
        pieces.append(_plain(bytes.fromhex(digits[: len(digits) & ~1].decode())))
    readable = [piece for piece in pieces if piece.isprintable()]
    yield from (piece for piece in readable if len(piece) > 2)
    yield " ".join(readable)


def _literals(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of what is within parentheses, which may hold others (ISO 32000 7.3.4.2)."""
    depth = start = 0
    for match in _TOKEN.finditer(content):
        token = match.group()
        if token == b"(":
            start = match.end() if depth == 0 else start
            depth += 1
        elif token == b")" and depth:
            depth -= 1
            if depth == 0:
                yield start, match.start()
        elif token == b"endobj":
            depth = 0


def _unescaped(literal: bytes) -> bytes:
    return _ESCAPE.sub(_escape, literal) if b"\\" in literal else literal


def _escape(match: re.Match[bytes]) -> bytes:
    what = match.group(1)
    if what[:1].isdigit() and what[0] < 0x38:
        return bytes([int(what, 8) & 0xFF])
    return b"" if what[-1:] == b"\n" else _ESCAPED.get(what, what)


def _plain(content: bytes) -> str:
    if content.startswith(b"\xfe\xff"):
        return content[2:].decode("utf-16-be", "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")

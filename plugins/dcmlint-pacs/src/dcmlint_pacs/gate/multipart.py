"""A strict reader of multipart/related bodies (RFC 2046 5.1, RFC 2387), fed with bytes as they come.

It knows nothing of sockets and files: bytes go in, what they mean comes out. The boundary alone says where a
part ends; what a part claims of its length is compared with that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

__all__ = ["Begin", "Bounds", "End", "Multipart", "MultipartError", "Piece", "parameters"]

_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_MEDIA_TYPE = re.compile(rf"({_TOKEN}/{_TOKEN})[ \t]*")
_QUOTED = r'"((?:[^"\\\x00-\x1f\x7f]|\\["\\])*)"'
_PARAMETER = re.compile(rf";[ \t]*({_TOKEN})=(?:({_TOKEN}(?:/{_TOKEN})?)|{_QUOTED})[ \t]*")
_FIELD = re.compile(rf"({_TOKEN}):[ \t]*([\t\x20-\x7e\x80-\xff]*)")
_NUMBER = re.compile(r"[0-9]{1,18}")
_ENCODINGS = ("", "binary", "8bit", "7bit")


class MultipartError(Exception):
    """A body that is no well-formed multipart; the text never holds what was sent but numbers."""


class Bounds(NamedTuple):
    """How much there may be: parts, bytes of the headers of a part, headers, and bytes before the first and
    after the last boundary."""

    parts: int = 10_000
    header_bytes: int = 8_192
    headers: int = 32
    outside: int = 4_096


class Begin(NamedTuple):
    """A part begins: its headers, with names in lower case, and the length that it claims (-1 = none)."""

    headers: dict[str, str]
    length: int

    @property
    def media_type(self) -> str:
        """Its media type without parameters, in lower case."""
        return parameters(self.headers.get("content-type", ""))[0]


class Piece(NamedTuple):
    """Bytes of the part, never empty."""

    content: bytes


class End(NamedTuple):
    """The part has ended with its boundary: its size in bytes, and whether that is what it claimed."""

    size: int
    is_as_said: bool


class Multipart:
    """Reads one body. Raises MultipartError for a boundary that is none."""

    def __init__(self, boundary: str, bounds: Bounds | None = None) -> None:
        if not _BOUNDARY.fullmatch(boundary):
            raise MultipartError("a boundary that is missing, too long, or of other characters than allowed")
        self._mark = b"\r\n--" + boundary.encode("ascii")
        self._bounds = bounds or Bounds()
        self._rest = bytearray(b"\r\n")  # the first boundary needs no line before it
        self._read: Callable[[], Begin | Piece | End | bool | None] = self._preamble
        self._outside = self._parts = self._size = self._drop = 0
        self._claimed = -1
        self.is_complete = False

    def feed(self, content: bytes) -> Iterator[Begin | Piece | End]:
        """Yield what the next bytes of the body mean; raises MultipartError."""
        self._rest += content
        while True:
            step = self._read()
            if step is None:
                return
            if not isinstance(step, bool):
                yield step

    def close(self) -> None:
        """The body has ended: raises MultipartError unless the final boundary was there."""
        if not self.is_complete:
            raise MultipartError("a body that ends without the final boundary")

    # Each state returns what it met, True if it has gone on without a word, None if it needs more bytes.

    def _preamble(self) -> bool | None:
        at = self._rest.find(self._mark)
        if at < 0:
            at = max(len(self._rest) - len(self._mark) + 1, 0)
        if self._outside + at > self._bounds.outside:
            raise MultipartError(f"more than {self._bounds.outside} bytes before the first boundary")
        found = self._rest.startswith(self._mark, at)
        self._outside += at
        del self._rest[: at + len(self._mark) if found else at]
        if found:
            self._read = self._after_mark
        return found or None

    def _after_mark(self) -> bool | None:
        """The rest of a boundary's line: CRLF, or -- if it was the last."""
        if len(self._rest) < 2:
            return None
        if self._rest.startswith(b"--"):
            self.is_complete = True
            self._outside = 0
            self._read = self._epilogue
            return True
        end = self._rest.find(b"\r\n")
        padding = self._rest if end < 0 else self._rest[:end]
        if padding.strip(b" \t" if end >= 0 else b" \t\r") or len(padding) > 80:
            raise MultipartError("a boundary that is followed by something else")
        if end < 0:
            return None
        del self._rest[:end]  # CRLF stays: headers may be none at all
        self._read = self._headers
        return True

    def _headers(self) -> Begin | None:
        end = self._rest.find(b"\r\n\r\n")
        if end > self._bounds.header_bytes or (end < 0 and len(self._rest) > self._bounds.header_bytes):
            raise MultipartError(f"headers of a part of more than {self._bounds.header_bytes} bytes")
        if end < 0:
            return None
        self._parts += 1
        if self._parts > self._bounds.parts:
            raise MultipartError(f"more than {self._bounds.parts} parts")
        begin = self._begin(bytes(self._rest[2:end]))
        # The CRLF of an empty part's boundary is that which ends the headers.
        del self._rest[: end + 2]
        self._drop, self._size, self._claimed = 2, 0, begin.length
        self._read = self._content
        return begin

    def _begin(self, encoded: bytes) -> Begin:
        lines = encoded.decode("latin-1").split("\r\n") if encoded else []
        if len(lines) > self._bounds.headers:
            raise MultipartError(f"more than {self._bounds.headers} headers of a part")
        headers: dict[str, str] = {}
        for line in lines:
            field = _FIELD.fullmatch(line)
            if field is None or field[1].lower() in headers:
                raise MultipartError("a header of a part that is malformed or there twice")
            headers[field[1].lower()] = field[2].strip(" \t")
        if headers.get("content-transfer-encoding", "").lower() not in _ENCODINGS:
            raise MultipartError("a part with a Content-Transfer-Encoding")
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise MultipartError("a part with a Content-Encoding")
        claimed = headers.get("content-length")
        if claimed is not None and not _NUMBER.fullmatch(claimed):
            raise MultipartError("a part with a Content-Length that is no number")
        return Begin(headers, -1 if claimed is None else int(claimed))

    def _content(self) -> Piece | End | bool | None:
        at = self._rest.find(self._mark)
        if at < 0:
            # All but what could be the beginning of a boundary.
            whole = len(self._rest) - len(self._mark) + 1
            return self._piece(whole) if whole > self._drop else None
        if at > self._drop:
            return self._piece(at)
        del self._rest[: at + len(self._mark)]
        self._read = self._after_mark
        return End(self._size, self._claimed in (-1, self._size))

    def _piece(self, end: int) -> Piece:
        content = bytes(memoryview(self._rest)[self._drop : end])
        del self._rest[:end]
        self._drop = 0
        self._size += len(content)
        return Piece(content)

    def _epilogue(self) -> None:
        self._outside += len(self._rest)
        self._rest.clear()
        if self._outside > self._bounds.outside:
            raise MultipartError(f"more than {self._bounds.outside} bytes after the final boundary")


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """Return the media type and the parameters of a Content-Type; names are in lower case.

    ("", {}) for one that is malformed or has a parameter twice (RFC 9110 8.3.1).
    """
    media_type = _MEDIA_TYPE.match(value)
    if media_type is None:
        return "", {}
    found: dict[str, str] = {}
    at = media_type.end()
    while at < len(value):
        parameter = _PARAMETER.match(value, at)
        if parameter is None or parameter[1].lower() in found:
            return "", {}
        quoted = re.sub(r"\\(.)", r"\1", parameter[3] or "")
        found[parameter[1].lower()] = quoted if parameter[2] is None else parameter[2]
        at = parameter.end()
    return media_type[1].lower(), found

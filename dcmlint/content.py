"""Whether two SOP Instances say the same: hashes of their content.

`quick_content` hashes bytes: equal ones are equal, unequal ones may say the same in another encoding. Which
of the two it is `content_of` tells, with a look at every Data Element. It costs as much as all other Facts,
and matters only where a SOP Instance UID is met twice with other bytes: `Contents` reads such files again.
"""

from __future__ import annotations

from collections.abc import Sequence
from mmap import mmap
from typing import Any

from xxhash import xxh3_64_hexdigest

from dcmlint.errors import UnreadableError
from dcmlint.model import UNDEFINED_LENGTH
from dcmlint.read.item import Instance, Item

__all__ = ["Contents", "before_pixels", "content_of", "quick_content"]

_QUICK = "="
"""What a hash of bytes begins with."""

_MAX_HASHED = 1 << 20
_START = 1 << 12
"""Bytes at the start of pixel data that are compared."""

_MOST_HEADER = 16 << 20
"""Bytes of a header that are hashed at most."""

_MOST_REMEMBERED = 1000

_PIXEL_DATA = (0x7FE00008, 0x7FE00009, 0x7FE00010)
_TRAILING_PADDING = 0xFFFCFFFC
_NO_CONTENT = frozenset((*_PIXEL_DATA, _TRAILING_PADDING))


class Contents:
    """What `content_of` says of files, some of which are read again for it."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, file: str, content: str) -> str:
        """Return the content of a file that was `content` when it was seen: that itself if it is no hash of
        bytes, "" if the file cannot be read or has changed."""
        if not content.startswith(_QUICK):
            return content
        found = self._known.get(content)
        if found is None:
            found = _read_again(file, content)
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            if found:
                self._known[content] = found
        return found


def _read_again(file: str, content: str) -> str:
    from dcmlint.read.opener import read_instance
    from dcmlint.source.blob import open_blob

    try:
        blob = open_blob(file)
    except UnreadableError:
        return ""
    try:
        instance = read_instance(blob.buf)
        found = content_of(instance) if quick_content(instance) == content else ""
        instance.close()
        return found
    finally:
        blob.close()


def quick_content(instance: Instance) -> str:
    """Return hashes of the bytes before pixel data, and of the start of pixel data; as `content_of` if the
    bytes are no file's."""
    root = instance.root
    buf, elements = root.buf, root.elements
    if not instance.on_bytes or type(buf) not in (bytes, mmap):
        return content_of(instance)
    end, most = before_pixels(instance), root.offset + _MOST_HEADER
    if end > most:  # so large that a look at each element does not matter
        return content_of(instance)
    head = buf[root.offset : end]
    if next(reversed(elements), 0) > _PIXEL_DATA[-1]:
        behind = [each for tag, each in elements.items() if _PIXEL_DATA[-1] < tag != _TRAILING_PADDING]
        head += b"".join([buf[offset : offset + length] for _, offset, length, _ in behind])
    return f"{_QUICK}{xxh3_64_hexdigest(head)}:{_pixels(instance)}"


def before_pixels(instance: Instance) -> int:
    """Return where in the buffer of the root its pixel data begin, or the Data Set ends."""
    elements = instance.root.elements
    for tag in _PIXEL_DATA:
        if tag in elements:
            return elements[tag][1]
    return instance.header_end


def content_of(instance: Instance) -> str:
    """Return hashes of what the Data Set says and of its pixel data, in any order of encoding.

    The first is of the Data Set, the second, after ":", of its pixel data, with "~" behind it where only the
    start was looked at. Group lengths and padding are no content (PS3.5 7.2), and neither is how lengths are
    encoded, the Basic Offset Table, or what is private.
    """
    parts: list[Any] = []
    left = _add(instance.root, parts, _MAX_HASHED)
    elements = instance.root.elements
    tags = [tag for tag in elements if tag & 0xFFFF and not tag & 0x10000 and tag not in _NO_CONTENT]
    parts.append(repr(tags).encode())
    mark = "~" if left < 0 else ""
    pixels = _pixels(instance)
    return f"{xxh3_64_hexdigest(b''.join(parts))}:{pixels if pixels.endswith('~') else pixels + mark}"


def _add(item: Item, parts: list[Any], left: int) -> int:
    """Add the values of an Item to what is hashed, `left` bytes of them at most; return what is left then,
    -1 if something was left out."""
    buf, elements, add = item.buf, item.elements, parts.append
    for tag, (_, offset, length, items) in elements.items():
        if tag & 0x10000 or not tag & 0xFFFF or tag in _NO_CONTENT:
            continue
        if items is not None:
            add(b"<%d" % tag)
            for nested in items:
                left = _add(nested, parts, left)
                add(b";")
            add(b">")
        elif length <= left:
            add(buf[offset : offset + length])
            left -= length
        else:
            add(b"%d" % length)
            left = -1
    return left


def _pixels(instance: Instance) -> str:
    """Return a hash of the length of pixel data and of the bytes that they begin with, "~" behind it if that
    is not all of it."""
    parts: list[Any] = []
    complete = True
    for tag in _PIXEL_DATA:
        if tag in instance.root.elements:
            complete = _add_pixels(instance, tag, parts) and complete
    return xxh3_64_hexdigest(b"".join(parts)) + ("" if complete else "~")


def _add_pixels(instance: Instance, tag: int, parts: list[Any]) -> bool:
    """Add the length of pixel data, and the bytes that they begin with; return whether that is all of it.

    What lies behind is not read: it may be large, and far away. The Basic Offset Table is left out.
    """
    buf = instance.root.buf
    _, offset, length, items = instance.root.elements[tag]
    pieces: Sequence[tuple[int, int]] = ((offset, length),)
    if items is not None or length == UNDEFINED_LENGTH:
        listed = [found for item, at, found in instance.fragments if item is instance.root and at == tag]
        pieces = listed[0][1:] if listed else ()
    total = sum([length for _, length in pieces])
    parts.append(b"%d" % total)
    if not pieces:
        return instance.on_bytes
    left = _START
    for offset, length in pieces:
        parts.append(buf[offset : offset + min(left, length)])
        left -= min(left, length)
        if not left:
            break
    return total <= _START

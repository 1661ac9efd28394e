"""Compressed files as bytes that are edited without a toolkit: values, Transfer Syntax, fragments.

Only where elements and fragments lie is taken from dcmlint's reader; nothing of what rules know is used.
"""

from __future__ import annotations

import struct
from typing import Any

from benchmarks.lint import Reported, lint_bytes
from dcmlint.read.opener import read_instance

__all__ = ["ROOT", "EncodedFile", "items"]

ROOT = "1.2.840.10008.1.2."
_PIXEL_DATA = 0x7FE00010
_TRANSFER_SYNTAX_UID = 0x00020010
_GROUP_LENGTH = 0x00020000


def items(fragments: list[bytes]) -> bytes:
    """Return fragments as Items, with the delimiter behind them."""
    found = b"".join(b"\xfe\xff\x00\xe0" + struct.pack("<L", len(each)) + each for each in fragments)
    return found + b"\xfe\xff\xdd\xe0\0\0\0\0"


class EncodedFile:
    """A file whose root has encapsulated Pixel Data in Explicit VR Little Endian.

    `listed` are the contents of all Items, that of the Basic Offset Table first. Raises ValueError for
    others.
    """

    def __init__(self, name: str, content: bytes) -> None:
        instance = read_instance(content)
        pixels = [each for each in instance.fragments if each[0] is instance.root and each[1] == _PIXEL_DATA]
        if (
            not pixels
            or not pixels[0][2]
            or instance.big_endian
            or not instance.explicit
            or instance.meta is None
        ):
            raise ValueError(name)
        self.name = name
        self.content = content
        self.syntax = instance.declared_syntax
        self._root = dict(instance.root.elements)
        self._meta = dict(instance.meta.elements)
        self.listed = [bytes(content[offset : offset + length]) for offset, length in pixels[0][2]]
        last = pixels[0][2][-1]
        end = last[0] + last[1]
        self._behind = content[end + 8 :] if content[end : end + 4] == b"\xfe\xff\xdd\xe0" else content[end:]
        self._value = pixels[0][2][0][0] - 8
        self.before = frozenset(lint_bytes(content))

    def number(self, tag: int) -> int | None:
        """Return the value of a US Attribute of the root."""
        raw = self.raw(tag)
        return int.from_bytes(raw, "little") if raw is not None and len(raw) == 2 else None

    def raw(self, tag: int) -> bytes | None:
        """Return the bytes of an Attribute of the root with a short value."""
        element = self._root.get(tag)
        return None if element is None else self.content[element[1] : element[1] + element[2]]

    @property
    def frames(self) -> int:
        """Number of Frames, 1 if it is absent."""
        raw = (self.raw(0x00280008) or b"1").strip(b" \0")
        return int(raw) if raw.isdigit() else 1

    def with_value(self, tag: int, value: bytes) -> bytes:
        """Return the file with another value of a root Attribute that is there and has a short length."""
        return self._replaced(self._root[tag], value)

    def with_syntax(self, uid: str) -> bytes:
        """Return the file with another Transfer Syntax UID, and the group length that belongs to it."""
        element = self._meta[_TRANSFER_SYNTAX_UID]
        value = uid.encode() + b"\0" * (len(uid) & 1)
        changed = self._replaced(element, value)
        group = self._meta.get(_GROUP_LENGTH)
        if group is None:
            return changed
        length = int.from_bytes(changed[group[1] : group[1] + 4], "little") + len(value) - element[2]
        return changed[: group[1]] + struct.pack("<L", length) + changed[group[1] + 4 :]

    def _replaced(self, element: tuple[Any, ...], value: bytes) -> bytes:
        _, offset, length, _ = element
        start = self.content[: offset - 2] + struct.pack("<H", len(value)) + value
        return start + self.content[offset + length :]

    def with_fragments(self, fragments: list[bytes], *, before: bytes = b"") -> bytes:
        """Return the file with these Items of Pixel Data, and with Data Elements before it."""
        header = self._value - 12
        start = self.content[:header] + before + self.content[header : self._value]
        return start + items(fragments) + self._behind

    def new_findings(self, content: bytes) -> list[Reported]:
        """Return the findings that the unchanged file does not have."""
        return [finding for finding in lint_bytes(content) if finding not in self.before]

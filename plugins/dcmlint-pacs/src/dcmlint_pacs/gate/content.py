"""The content of an object: its Data Set, without the File Meta Information, which each receiver writes."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path
from typing import IO

__all__ = ["content_digest", "has_same_content"]

_PART = 1 << 20
_GROUP_LENGTH = b"\x02\x00\x00\x00UL\x04\x00"
_TRANSFER_SYNTAX = b"\x02\x00\x10\x00UI"
_LONGEST_META = 1 << 20


def content_digest(path: str) -> str:
    """Return the SHA-256 of the Transfer Syntax UID and the bytes of the Data Set, in hexadecimal."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        digest.update(_transfer_syntax(file) + b"\0")
        while part := file.read(_PART):
            digest.update(part)
    return digest.hexdigest()


def has_same_content(one: str, other: str) -> bool:
    """Tell whether two files have the same Transfer Syntax and the same bytes of the Data Set."""
    with Path(one).open("rb") as first, Path(other).open("rb") as second:
        if _transfer_syntax(first) != _transfer_syntax(second):
            return False
        while True:
            left, right = first.read(_PART), second.read(_PART)
            if left != right:
                return False
            if not left:
                return True


def _transfer_syntax(file: IO[bytes]) -> bytes:
    """Return the Transfer Syntax UID, with the file at the first byte of its Data Set.

    Without File Meta Information as PS3.10 7.1 has it, b"" with the file at its start: all of it is content.
    """
    head = file.read(144)
    length = struct.unpack_from("<I", head, 140)[0] if len(head) == 144 else 0
    if head[128:140] != b"DICM" + _GROUP_LENGTH or length > _LONGEST_META:
        file.seek(0)
        return b""
    meta = file.read(length)
    at = meta.find(_TRANSFER_SYNTAX)
    if at < 0 or len(meta) < length:
        file.seek(0)
        return b""
    size = struct.unpack_from("<H", meta, at + 6)[0]
    return meta[at + 8 : at + 8 + size].rstrip(b"\0 ")

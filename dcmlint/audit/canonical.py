"""One way to write a record: JSON of ASCII characters, keys sorted, no white space; and its hash."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Any

__all__ = ["LONGEST_LINE", "NO_HASH", "canonical", "line_hash", "parsed", "quoted"]

LONGEST_LINE = 16 << 20
"""Bytes that one record has at most."""

NO_HASH = "0" * 64
"""What the first record gives as the hash of the one before."""

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(record: dict[str, Any]) -> bytes:
    """Return the record as one line without its end."""
    return _ENCODER.encode(record).encode("ascii")


@lru_cache(maxsize=1 << 14)
def quoted(text: str) -> str:
    """Return a text as `canonical` writes it."""
    return _ENCODER.encode(text)


def line_hash(line: bytes) -> str:
    """Return the SHA-256 of a line without its end, in hexadecimal."""
    return hashlib.sha256(line).hexdigest()


def parsed(line: bytes) -> dict[str, Any]:
    """Return the record of a line; raises ValueError, without any of its content, if it is not canonical."""
    if len(line) > LONGEST_LINE:
        raise ValueError(f"it is longer than {LONGEST_LINE} bytes")
    try:
        record = json.loads(line.decode("ascii"))
        same = isinstance(record, dict) and canonical(record) == line
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not same:
        raise ValueError("it is not written the way records are (canonical JSON)")
    return dict(record)

"""Keyed hashes of what must not stand in a log: 128 bits of HMAC-SHA-256, each under a key of its purpose."""

from __future__ import annotations

from dcmlint.audit.key import AuditKey

__all__ = ["ValueHashes", "path_hash", "uid_hash", "value_hash"]

_DIGITS = 32
"""Hexadecimal digits that are kept: 128 bits (RFC 2104 5)."""


def path_hash(key: AuditKey, path: str) -> str:
    """Return the keyed hash of a relative path, its parts parted by "/"."""
    return key.digest("path", path.encode("utf-8", "surrogateescape"))[:_DIGITS]


def uid_hash(key: AuditKey, uid: str) -> str:
    """Return the keyed hash of a SOP Instance UID."""
    return key.digest("uid", uid.encode("utf-8", "surrogateescape"))[:_DIGITS]


def value_hash(key: AuditKey, side: str, file: str, path: str, value: bytes | memoryview) -> str:
    """Return the keyed hash of a value, `side` "old" or "new", of a file (its keyed hash) and Attribute path.

    Equal values of two files or Attributes have different hashes, so that the log does not tell who is the
    same person, or what is rare.
    """
    return ValueHashes(key, side, file).of(path, value)


class ValueHashes:
    """Makes the hashes that `value_hash` gives of one side of one file."""

    __slots__ = ("_begun", "_key")

    def __init__(self, key: AuditKey, side: str, file: str) -> None:
        self._key = key
        self._begun = key.begun("value", side.encode(), file.encode())

    def of(self, path: str, value: bytes | memoryview) -> str:
        """Return the keyed hash of a value."""
        inner = self._begun.copy()
        name = path.encode()
        inner.update(b"%b%b%b" % (len(name).to_bytes(8, "big"), name, len(value).to_bytes(8, "big")))
        inner.update(value)
        return self._key.ended("value", inner)[:_DIGITS]

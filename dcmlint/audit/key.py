"""The key of an audit log: read from a file or the environment, never shown, one derived key a purpose.

Derivation follows HKDF (RFC 5869): HMAC-SHA-256 extracts, HMAC-SHA-256 of the purpose's name expands.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcmlint.errors import UsageError

if TYPE_CHECKING:
    from hashlib import _Hash

__all__ = ["KEY_VARIABLE", "SHORTEST_KEY", "AuditKey", "load_key", "part", "wanted_key"]

KEY_VARIABLE = "DCMLINT_AUDIT_KEY"
"""The environment variable that holds the key where no file is named."""

SHORTEST_KEY = 32
"""Bytes that a key has at least."""

_LONGEST_KEY = 4096
_BLOCK = 64
"""Bytes that SHA-256 takes at a time, which HMAC pads its key to."""

_SALT = b"dcmlint audit log, format 1"
_MAKE_ONE = "Make one with: openssl rand -hex 32 > FILE"


class AuditKey:
    """A key and what is derived from it. Its text never holds the key.

    HMAC (RFC 2104) is made of two hashes that begin with the padded key: that beginning is hashed once for a
    purpose, and once more for what many messages of it have in common (`begun`).
    """

    __slots__ = ("_derived", "_master", "_padded")

    def __init__(self, secret: bytes) -> None:
        """Raises UsageError if the secret is shorter than SHORTEST_KEY bytes."""
        if len(secret) < SHORTEST_KEY:
            raise UsageError(f"The audit key is shorter than {SHORTEST_KEY} bytes.", _MAKE_ONE)
        self._master = hmac.digest(_SALT, secret, "sha256")
        self._derived: dict[str, bytes] = {}
        self._padded: dict[str, tuple[_Hash, _Hash]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """It travels to worker processes where these cannot be forked, by the pipe that starts them."""
        return _from_master, (self._master,)

    def __repr__(self) -> str:
        return f"AuditKey(id={self.id})"

    @property
    def id(self) -> str:
        """Which key this is, in 32 hexadecimal digits that do not give it away."""
        return self.digest("key id", b"")[:32]

    def derived(self, purpose: str) -> bytes:
        """Return the 32-byte key of one purpose."""
        found = self._derived.get(purpose)
        if found is None:
            found = self._derived[purpose] = hmac.digest(self._master, purpose.encode() + b"\x01", "sha256")
        return found

    def digest(self, purpose: str, *parts: bytes | memoryview) -> str:
        """Return the HMAC-SHA-256 of the parts under the key of a purpose, in 64 hexadecimal digits.

        Each part counts with its length, so that parts cannot run into each other.
        """
        return self.ended(purpose, self.begun(purpose, *parts))

    def begun(self, purpose: str, *parts: bytes | memoryview) -> _Hash:
        """Return the inner hash of the HMAC over the parts: copy it, and add the rest with `part`."""
        inner = (self._padded.get(purpose) or self._pads(purpose))[0].copy()
        for each in parts:
            part(inner, each)
        return inner

    def ended(self, purpose: str, inner: _Hash) -> str:
        """Return the HMAC, in 64 hexadecimal digits, of what `begun` gave and `part` added to."""
        outer = self._padded[purpose][1].copy()
        outer.update(inner.digest())
        return outer.hexdigest()

    def _pads(self, purpose: str) -> tuple[_Hash, _Hash]:
        key = self.derived(purpose).ljust(_BLOCK, b"\0")
        inner, outer = (hashlib.sha256(bytes(byte ^ pad for byte in key)) for pad in (0x36, 0x5C))
        self._padded[purpose] = inner, outer
        return inner, outer


def part(inner: _Hash, value: bytes | memoryview) -> None:
    """Add one part to a hash that `AuditKey.begun` gave."""
    inner.update(len(value).to_bytes(8, "big"))
    inner.update(value)


def _from_master(master: bytes) -> AuditKey:
    key = AuditKey.__new__(AuditKey)
    key._master, key._derived, key._padded = master, {}, {}
    return key


def load_key(file: str = "") -> AuditKey | None:
    """Return the key that the file holds, or else the environment variable; None if neither is given.

    White space at the end is not part of it. Raises UsageError, never with the key in its text.
    """
    if file:
        return AuditKey(_content(file))
    text = os.environ.get(KEY_VARIABLE, "")
    return AuditKey(os.fsencode(text).rstrip()) if text else None


def wanted_key(file: str = "") -> AuditKey:
    """Return what `load_key` does; raises UsageError where it is None."""
    key = load_key(file)
    if key is None:
        raise UsageError(
            "An audit log needs a key.", f"Name a file with --key-file, or set {KEY_VARIABLE}. {_MAKE_ONE}"
        )
    return key


def _content(file: str) -> bytes:
    try:
        with Path(file).open("rb") as stream:
            content = stream.read(_LONGEST_KEY + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name cannot be used as a path"
        raise UsageError(f"The key file {file} cannot be read: {reason}.") from error
    if len(content) > _LONGEST_KEY:
        raise UsageError(f"The key file {file} is longer than {_LONGEST_KEY} bytes.", _MAKE_ONE)
    return content.rstrip()

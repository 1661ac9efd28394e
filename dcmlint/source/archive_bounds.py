"""How much of an archive is read at most, so that none can take a scan hostage.

All counts are of one archive that was named or met in a folder, with all archives in it.
"""

from __future__ import annotations

from dcmlint.errors import UnreadableError

__all__ = [
    "DAMAGED",
    "DEPTH",
    "ENTRIES",
    "FREE_BYTES",
    "MEMBER_BYTES",
    "NESTED_BYTES",
    "RATIO",
    "REFUSED",
    "REST_IS_UNREAD",
    "SPECIAL",
    "UNSAFE_NAME",
    "Budget",
    "damaged",
    "refused",
]

ENTRIES = 5_000_000
"""Members after which no more are visited."""

MEMBER_BYTES = 2 << 30
"""Bytes of one member that has to be in memory: more is refused."""

NESTED_BYTES = 256 << 20
"""Bytes of a zip archive inside of another archive, which has to be in memory: more is refused."""

RATIO = 200
"""Bytes that come of one byte of the archive at most, once FREE_BYTES have come of it."""

FREE_BYTES = 1 << 30
"""Bytes up to which the ratio does not matter: empty label maps are smaller by much more than RATIO."""

DEPTH = 5
"""Archives in archives: one that is deeper is refused."""

REFUSED = "file/archive-refused"
DAMAGED = "file/archive-damaged"
SPECIAL = "file/archive-special-member"
UNSAFE_NAME = "file/archive-member-name"

REST_IS_UNREAD = "the rest is not read"
"""What a reason ends with after which nothing more comes of an archive, nor of those that it is in."""


def refused(reason: str) -> UnreadableError:
    """Return the error that says what is not read, and why."""
    return UnreadableError(reason, REFUSED)


def damaged(reason: str) -> UnreadableError:
    """Return the error that says what is broken."""
    return UnreadableError(reason, DAMAGED)


class Budget:
    """What may still be read of an archive of `stored` bytes. `is_spent` is True after the first refusal."""

    def __init__(self, stored: int) -> None:
        self._limit = max(FREE_BYTES, RATIO * stored)
        self._bytes = 0
        self._entries = 0
        self.is_spent = False

    def entry(self) -> None:
        """Count a member; raises UnreadableError if there are too many."""
        self._entries += 1
        if self._entries > ENTRIES:
            self.is_spent = True
            raise refused(f"it has more than {ENTRIES:,} members; {REST_IS_UNREAD}")

    def inflated(self, count: int) -> None:
        """Count bytes that came of the archive; raises UnreadableError if there are too many."""
        self._bytes += count
        if self._bytes > self._limit:
            self.is_spent = True
            raise refused(f"more than {self._limit:,} bytes come of it; {REST_IS_UNREAD}")

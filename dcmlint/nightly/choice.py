"""Which objects a scan reads."""

from __future__ import annotations

from typing import NamedTuple

from xxhash import xxh3_64_intdigest

from dcmlint.store.rows import Known, Place

__all__ = ["Choice"]

_SHARES = 1 << 32


class Choice(NamedTuple):
    """Which objects are looked at. `fresh_from` is the run since which a check counts.

    `share` of all objects is, chosen by a hash of their paths, and of those the ones modified at `since_ns`
    or later. `verify` is whether objects that look unchanged are read too.
    """

    fresh_from: int = 0
    share: float = 1.0
    since_ns: int = 0
    verify: bool = False

    def is_fresh(self, place: Place, known: Known) -> bool:
        """Tell whether an object is as it was when it was read, as far as its state says."""
        return (
            known.is_there
            and known.mtime_ns != 0
            and (known.mtime_ns, known.size, known.inode, known.etag)
            == (place.mtime_ns, place.size, place.inode, place.etag)
            and known.checked_run >= self.fresh_from
        )

    def is_chosen(self, path: str, place: Place) -> bool:
        """Tell whether an object is of those that are looked at."""
        if self.since_ns and 0 < place.mtime_ns < self.since_ns:
            return False
        if self.share >= 1.0:
            return True
        hashed = xxh3_64_intdigest(path.encode("utf-8", "surrogateescape")) % _SHARES
        return hashed < self.share * _SHARES

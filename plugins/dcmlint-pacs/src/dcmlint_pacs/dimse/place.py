"""Locations of a DIMSE source and of what is below it: dimse://AET@host:port/studies/UID/series/UID/instances/UID."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, unquote

from dcmlint.errors import UsageError
from dcmlint_pacs.peer import DimsePeer, dimse_peer

__all__ = ["Place", "place_of", "segment"]

_NAMES = ("studies", "series", "instances")


class Place(NamedTuple):
    """A peer, and the UIDs of what is meant of it: none, of a Study, of a Series too, of an Instance too."""

    peer: DimsePeer
    uids: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The place as a location, without a slash at the end."""
        parts = (f"/{name}/{segment(uid)}" for name, uid in zip(_NAMES, self.uids, strict=False))
        return self.peer.location + "".join(parts)


def segment(uid: str) -> str:
    """Return a UID as part of a location; what is none is escaped."""
    return quote(uid, safe="", encoding="latin-1", errors="replace") if uid else "%00"


def place_of(location: str) -> Place:
    """Return what a location means; raises UsageError."""
    scheme, _, rest = location.partition("://")
    host, _, path = rest.partition("/")
    peer = dimse_peer(f"{scheme}://{host}")
    parts = path.strip("/").split("/") if path.strip("/") else []
    names, uids = parts[::2], parts[1::2]
    if len(names) != len(uids) or tuple(names) != _NAMES[: len(names)] or not all(uids):
        raise UsageError(
            "After AE title, host and port there is nothing, or a Study or Series.",
            "Such as dimse://ORTHANC@host:104/studies/UID/series/UID",
        )
    return Place(peer, tuple("" if each == "%00" else unquote(each, "latin-1") for each in uids))

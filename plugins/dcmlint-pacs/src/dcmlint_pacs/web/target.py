"""What of a DICOMweb server is meant: all of it, a Study, a Series or an Instance (PS3.18 10.1)."""

from __future__ import annotations

import re
from typing import NamedTuple

from dcmlint.errors import UsageError
from dcmlint_pacs.peer import WebPeer, web_peer
from dcmlint_pacs.uid import is_usable_uid

__all__ = ["Target", "target_of"]

_RESOURCES = re.compile(r"/studies/([^/]+)(?:/series/([^/]+)(?:/instances/([^/]+))?)?$")


class Target(NamedTuple):
    """A resource of a server; UIDs are "" below the level that it is of."""

    peer: WebPeer
    study: str = ""
    series: str = ""
    instance: str = ""

    @property
    def resource(self) -> str:
        """The path of the resource below the root of the server, "" for the root."""
        names = ("studies", self.study), ("series", self.series), ("instances", self.instance)
        return "".join(f"/{name}/{uid}" for name, uid in names if uid)

    @property
    def location(self) -> str:
        """The resource as a location, without a slash at the end."""
        return self.peer.location + self.resource

    @property
    def url(self) -> str:
        """The URL of the resource."""
        return self.peer.url + self.resource


def target_of(location: str) -> Target:
    """Return what is meant by a location, dicomweb+https://host/root with /studies/UID and so on after it.

    Raises UsageError.
    """
    peer = web_peer(location)
    found = _RESOURCES.search(peer.url)
    if found is None:
        return Target(peer)
    uids = [uid or "" for uid in found.groups()]
    if not all(is_usable_uid(uid) for uid in uids if uid):
        raise UsageError(
            "What follows studies, series or instances is no UID.", "Such as https://host/root/studies/1.2.3"
        )
    return Target(WebPeer(peer.url[: found.start()]), *uids)

"""Where a peer is: the locations that users give, without anything secret in them."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from dcmlint.errors import UsageError

__all__ = ["DimsePeer", "WebPeer", "dimse_peer", "is_ae_title", "peer_of", "web_peer"]

_DIMSE = ("dimse", "dimse+tls")
_WEB = ("dicomweb+https", "dicomweb+http")
_AE_TITLE = re.compile(r"[\x20-\x5b\x5d-\x7e]{1,16}")


class DimsePeer(NamedTuple):
    """An application entity that is spoken to by DIMSE (PS3.8): its AE title, host and port."""

    aet: str
    host: str
    port: int
    tls: bool = False

    @property
    def location(self) -> str:
        """The peer as a location, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{_DIMSE[self.tls]}://{self.aet}@{host}:{self.port}"


class WebPeer(NamedTuple):
    """A DICOMweb server: the URL of its root (PS3.18 8.2), without a slash at the end."""

    url: str

    @property
    def location(self) -> str:
        """The peer as a location, without a slash at the end."""
        return f"dicomweb+{self.url}"


def peer_of(location: str) -> DimsePeer | WebPeer:
    """Return the peer at a location; raises UsageError for what is none."""
    scheme = location.partition("://")[0].lower()
    if scheme in _WEB:
        return web_peer(location)
    if scheme in _DIMSE:
        return dimse_peer(location)
    raise UsageError(
        f"{scheme or location}:// is no peer.",
        "Such as dimse://AET@host:104 or dicomweb+https://host/dicom-web",
    )


def web_peer(location: str) -> WebPeer:
    """Return the server at dicomweb+https://host/root; raises UsageError, also for credentials in it."""
    scheme, _, rest = location.partition("://")
    host = rest.partition("/")[0]
    if scheme.lower() not in _WEB or not host:
        raise UsageError("A DICOMweb server needs a host.", "Such as dicomweb+https://host/dicom-web")
    if "@" in host or "?" in rest or "#" in rest:
        raise UsageError(
            f"{scheme}:// takes no user, password or query: reports would show them.",
            "Filters: --where; credentials: see docs/pacs.md.",
        )
    return WebPeer(f"{scheme.lower().removeprefix('dicomweb+')}://{rest.rstrip('/')}")


def dimse_peer(location: str) -> DimsePeer:
    """Return the application entity at dimse://AET@host:port (dimse+tls:// with TLS); raises UsageError."""
    example = "Such as dimse://ORTHANC@pacs.example.org:104"
    try:
        parts = urlsplit(location)
        port = parts.port
    except ValueError as error:
        raise UsageError("The location of the peer has no valid host and port.", example) from error
    if parts.scheme not in _DIMSE or not parts.hostname or not port or not parts.username:
        raise UsageError("A DIMSE peer needs an AE title, a host and a port.", example)
    if parts.password is not None or parts.query or parts.fragment or parts.path.strip("/"):
        raise UsageError("The location of a DIMSE peer has nothing but AE title, host and port.", example)
    if not is_ae_title(parts.username):
        raise UsageError(f"{parts.username} is no AE title: at most 16 characters, no backslash.", example)
    return DimsePeer(parts.username, parts.hostname, port, parts.scheme == "dimse+tls")


def is_ae_title(text: str) -> bool:
    """Tell whether a text can be an AE title: 1 to 16 characters, not only spaces (PS3.5 6.2, VR AE)."""
    return bool(_AE_TITLE.fullmatch(text)) and bool(text.strip())

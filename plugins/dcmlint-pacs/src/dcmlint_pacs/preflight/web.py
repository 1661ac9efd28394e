"""A DICOMweb server: what can be known of what it takes by STOW-RS without storing anything.

Its description of itself (Retrieve Capabilities, PS3.18 8.9) may say which Transfer Syntaxes it takes;
nothing says which SOP Classes. What cannot be known is unknown, never a fault.
"""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from dcmlint.errors import UsageError
from dcmlint_pacs.credentials import from_environment
from dcmlint_pacs.own import Own, client_tls
from dcmlint_pacs.peer import WebPeer
from dcmlint_pacs.preflight.model import Answer, Offer, Proposal

__all__ = ["Capabilities", "capabilities_of", "web_offer"]

_TIMEOUT_S = 15.0
_LIMIT = 1 << 20
_ACCEPT = "application/vnd.sun.wadl+xml, application/json;q=0.9"
_DICOM = re.compile(r"type\s*=\s*\"?application/dicom\"?\s*(?:;|$)|^\s*application/dicom\s*(?:;|$)")
_SYNTAX = re.compile(r"transfer-syntax\s*=\s*\"?([0-9.]{1,64}|\*)")


class Capabilities(NamedTuple):
    """What the description of a server says of storing. `takes_dicom` None means that it does not say;
    `syntaxes` are those that it names, none if it names none or all."""

    takes_dicom: bool | None = None
    syntaxes: frozenset[str] = frozenset()


def web_offer(peer: WebPeer, ours: Own) -> Offer:
    """Return what a server says that it takes. Raises UsageError if there is no HTTP server at all."""
    status, media_type, body = _options(peer, ours)
    described = capabilities_of(media_type, body) if 200 <= status < 300 else Capabilities()
    notes = ["SOP Classes cannot be known without storing: nothing in DICOMweb says which are taken"]
    if described.takes_dicom is None:
        notes.append(
            f"it serves no description of its capabilities that says anything of STOW-RS (HTTP {status})"
        )
    elif described.syntaxes:
        notes.append(f"its capabilities name {len(described.syntaxes)} Transfer Syntaxes for STOW-RS")
    else:
        notes.append("its capabilities name no Transfer Syntaxes for STOW-RS")
    return Offer(peer.location, "web", lambda proposal: _answer(described, proposal), notes=tuple(notes))


def _answer(described: Capabilities, proposal: Proposal) -> Answer:
    named = described.syntaxes
    if named and not named.intersection(proposal.syntaxes):
        return Answer("unknown", detail="its capabilities do not name this Transfer Syntax")
    return Answer("unknown")


def _options(peer: WebPeer, ours: Own) -> tuple[int, str, bytes]:
    """Return status, media type and body of the answer to OPTIONS; raises UsageError. No redirect is
    followed."""
    parts = urlsplit(peer.url)
    context = client_tls(ours) if parts.scheme == "https" else None
    kind: Any = http.client.HTTPSConnection if context else http.client.HTTPConnection
    options = {"context": context} if context else {}
    credentials = from_environment()
    headers = {"Accept": _ACCEPT, "User-Agent": "dcmlint"}
    if credentials is not None:
        headers["Authorization"] = credentials.header()
    try:
        with closing(kind(parts.hostname, parts.port, timeout=_TIMEOUT_S, **options)) as connection:
            connection.request("OPTIONS", f"{parts.path}/", headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers.get_content_type(), answer.read(_LIMIT)
    except ssl.SSLError as error:
        hint = "Is its certificate trusted? See DCMLINT_TLS_CA in docs/pacs.md"
        raise UsageError(f"{peer.location} cannot be asked: TLS fails.", hint) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise UsageError(f"{peer.location} cannot be asked: there is no answer by HTTP.") from error


def capabilities_of(media_type: str, body: bytes) -> Capabilities:
    """Return what a description says of storing by STOW-RS; what cannot be read says nothing."""
    if media_type.endswith(("xml", "wadl")):
        found = list(_of_wadl(body))
    elif media_type.endswith("json"):
        found = list(_of_json(body))
    else:
        return Capabilities()
    if not found:
        return Capabilities()
    dicom = [each for each in found if _DICOM.search(each)]
    named = {syntax for each in dicom for syntax in _SYNTAX.findall(each)}
    return Capabilities(bool(dicom), frozenset() if "*" in named else frozenset(named))


def _of_wadl(body: bytes) -> Iterator[str]:
    """Yield the media types that POST to studies takes. Documents with a DTD are not read: they have
    entities."""
    from xml.etree import ElementTree

    if b"<!" in body.replace(b"<!--", b""):
        return
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError, RecursionError):
        return
    for resource in root.iter():
        if not resource.tag.endswith("resource") or "studies" not in resource.get("path", ""):
            continue
        for method in resource:
            if method.tag.endswith("method") and method.get("name") == "POST":
                for request in (each for each in method if each.tag.endswith("request")):
                    yield from (each.get("mediaType", "") for each in request if each.get("mediaType"))


def _of_json(body: bytes) -> Iterator[str]:
    """Yield the media types that POST to studies takes, in the JSON form of the same."""
    import json

    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return
    yield from _media_types(content, 0, in_post=False)


def _media_types(content: Any, depth: int, *, in_post: bool) -> Iterator[str]:
    if depth > 30:
        return
    if isinstance(content, list):
        for each in content:
            yield from _media_types(each, depth + 1, in_post=in_post)
    elif isinstance(content, dict):
        is_post = in_post or content.get("name") == "POST" or content.get("@name") == "POST"
        for key, value in content.items():
            if key.lstrip("@") == "mediaType" and isinstance(value, str) and is_post:
                yield value
            elif key != "response":
                yield from _media_types(value, depth + 1, in_post=is_post)

"""The findings on objects as files and as they come by C-GET: what differs and why. A benchmark uses it."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError

from counterparts import Peer

__all__ = ["Compared", "Difference", "compare", "data_set", "store"]

_META_RULES = frozenset(
    f"file/{name}"
    for name in (
        "empty-meta-attribute",
        "meta-group-length",
        "meta-version",
        "missing-meta-attribute",
        "missing-meta-information",
        "missing-preamble",
        "polyglot-preamble",
    )
)
"""Rules about preamble and File Meta Information, which no DIMSE message has: what comes has ours."""


class Difference(NamedTuple):
    """A finding that is told of the file alone, or of what came alone."""

    file: str
    only: str
    rule: str
    severity: str
    path: str
    message: str
    why: str
    """What explains it: `meta`, `bytes` (the peer changed the Data Set), "" = nothing does."""


class Compared(NamedTuple):
    """How many objects were compared, which came with other bytes, why some did not, and what differs."""

    objects: int
    changed: list[str]
    unread: dict[str, str]
    differences: list[Difference]


def store(peer: Peer, files: Sequence[Path]) -> dict[str, Path]:
    """Store files in Orthanc; return those that it accepted by the end of their path below the peer.

    Those with the same SOP Instance UID, which Orthanc keeps apart by patient, Study and Series, are left
    out: its C-GET brings them all.
    """
    found: dict[str, list[tuple[str, Path]]] = {}
    for file in files:
        request = urllib.request.Request(
            peer.web.replace("/dicom-web", "/instances"), data=file.read_bytes(), method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                told = json.load(answer)
        except HTTPError:
            continue
        if told["Status"] == "Success":
            key = _key(peer, told["ID"])
            found.setdefault(key.rpartition("/")[2], []).append((key, file))
    return dict(each[0] for each in found.values() if len(each) == 1)


def _key(peer: Peer, number: str) -> str:
    uids = [
        _rest(peer, f"/instances/{number}{above}")["MainDicomTags"][f"{name}InstanceUID"]
        for above, name in (("/study", "Study"), ("/series", "Series"), ("", "SOP"))
    ]
    return "/studies/{}/series/{}/instances/{}".format(*uids)


def _rest(peer: Peer, path: str) -> Any:
    with urllib.request.urlopen(peer.web.replace("/dicom-web", path), timeout=60) as answer:
        return json.load(answer)


def data_set(content: bytes) -> bytes:
    """Return what follows the File Meta Information."""
    if content[128:132] != b"DICM":
        return content
    at = 132
    while content[at : at + 2] == b"\2\0":
        is_long = content[at + 4 : at + 6] in (b"OB", b"UN")
        size = content[at + 8 : at + 12] if is_long else content[at + 6 : at + 8]
        at += (12 if is_long else 8) + int.from_bytes(size, "little")
    return content[at:]


def compare(location: str, stored: dict[str, Path]) -> Compared:
    """Return how the findings on files and on the same objects as they come from a peer differ."""
    from dcmlint_pacs.dimse.source import DimseSource

    from dcmlint.errors import UnreadableError
    from dcmlint.linter import Linter

    source, linter = DimseSource(), Linter()
    objects, changed = 0, list[str]()
    found: list[Difference] = []
    unread: dict[str, str] = {}
    for entry in source.entries(location):
        file = stored.get(entry.path.removeprefix(location))
        if file is None or entry.is_place:
            continue
        try:
            blob = source.open(entry)
        except UnreadableError as error:
            unread[str(file)] = error.reason
            continue
        if blob.remarks:
            print(file.name, blob.remarks)
        original = file.read_bytes()
        is_same = data_set(original) == data_set(blob.buf)
        objects += 1
        changed += [] if is_same else [str(file)]
        before, after = _told(linter.content(original, "")), _told(linter.content(blob.buf, ""))
        found += _differences(str(file), before, after, is_same=is_same)
    source.close()
    return Compared(objects, changed, unread, found)


def _told(linted: Any) -> Counter[tuple[str, str, str, str]]:
    return Counter(
        (each.rule, each.severity, str(each.path), each.message) for each in linted.report.findings
    )


def _differences(
    file: str,
    before: Counter[tuple[str, str, str, str]],
    after: Counter[tuple[str, str, str, str]],
    *,
    is_same: bool,
) -> Iterator[Difference]:
    from pydicom.datadict import tag_for_keyword

    for only, more in (("file", before - after), ("peer", after - before)):
        for each in more.elements():
            is_meta = each[0] in _META_RULES or (tag_for_keyword(each[2]) or 0) >> 16 == 0x0002
            why = "meta" if is_meta else "" if is_same else "bytes"
            yield Difference(file, only, *each, why)

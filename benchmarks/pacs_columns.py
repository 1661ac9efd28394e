"""The same objects as files and out of Orthanc: what is found in each way, and why that differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.pacs_changes import CHANGES
from dcmlint.errors import UnreadableError
from dcmlint.read.bridge import from_json
from dcmlint.read.item import Item
from dcmlint.read.opener import read_instance
from dcmlint.report.render import Renderer
from dcmlint.scan import Session, Settings, lint_blob
from dcmlint.source import Asked, Blob, Entry

__all__ = ["Column", "Kept", "compare", "store"]

BULK = "metadata need not mention bulk data: whether they are there cannot be told"
_LONGEST_UID = 64
_SPACES = "spaces around values are left out, and nothing is left of a value of spaces"
_OWN_WORDS = ("C-GET brings no object: status", "it accepts no Presentation Context")
"""How the reasons begin that are Orthanc's own: a status, or a Presentation Context that it rejects."""

_HEADER = ("MediaStorage", "TransferSyntaxUID", "Implementation", "SourceApplication", "FileMeta")

Uids = tuple[str, str, str]
Found = Counter[tuple[str, str, str, str]]
"""Findings by rule, severity, path and message."""


class Kept(NamedTuple):
    """What Orthanc has taken: the files by the UIDs that it has them under, how many it refused, and the UIDs
    that it has more than one Study, Series or instance of, which it cannot tell apart."""

    files: Mapping[Uids, bytes]
    refused: int
    ambiguous: frozenset[str]


class Column(NamedTuple):
    """One way to the objects: its name, location, and what is asked. `is_bytes` says that whole files come,
    `is_metadata` that metadata do; else it is Data Sets under other File Meta Information."""

    name: str
    location: str
    asked: Asked = Asked()
    is_bytes: bool = False
    is_metadata: bool = False


def store(base: str, files: Sequence[Path]) -> Kept:
    """Store files in an Orthanc by its own API, and return what it took."""
    import requests

    kept: dict[Uids, bytes] = {}
    refused = 0
    have: Counter[str] = Counter()
    with requests.Session() as session:
        for path in files:
            content = path.read_bytes()
            answer = session.post(f"{base}/instances", data=content, timeout=60)
            if not answer.ok:
                refused += 1
            elif answer.json()["Status"] == "Success":
                about = session.get(
                    f"{base}/instances/{answer.json()['ID']}/simplified-tags", timeout=60
                ).json()
                uids = [
                    str(about.get(f"{each}InstanceUID") or "").strip(" \0")
                    for each in ("Study", "Series", "SOP")
                ]
                kept[uids[0], uids[1], uids[2]] = content
                have[uids[2]] += 1
        for level in ("studies", "series"):
            name = "StudyInstanceUID" if level == "studies" else "SeriesInstanceUID"
            for each in session.get(f"{base}/{level}?expand", timeout=60).json():
                have[str(each["MainDicomTags"].get(name) or "").strip(" \0")] += 1
    return Kept(kept, refused, frozenset(uid for uid, count in have.items() if count > 1 or not uid))


def compare(kept: Kept, column: Column) -> int:
    """Print how the findings of a column differ from those on the files; return how many without a reason."""
    session = Session(Settings(asked=column.asked))
    reasons: Counter[str] = Counter()
    unexplained = 0
    met: set[Uids] = set()
    findings = 0
    refused: dict[Uids, str] = {}
    for uids, blob in _objects(session, column):
        if isinstance(blob, str):
            refused[uids] = blob
            continue
        if uids not in kept.files:
            print(f"  not explained: an object that was not stored: {'/'.join(uids)}")
            unexplained += 1
            continue
        met.add(uids)
        if uids[2] in kept.ambiguous:
            reasons["objects that are not compared: Orthanc has several with their UID"] += 1
            continue
        expected = _found(Blob(kept.files[uids]), session, column)
        findings += sum(expected.values())
        for reason, count in _reasons(kept.files[uids], expected, blob, session, column):
            reasons[reason] += count
            if reason.startswith("not explained"):
                unexplained += count
    for uids in kept.files.keys() - met:
        if not kept.ambiguous.isdisjoint(uids):
            reasons[
                "objects that do not come: Orthanc has their Study, Series or UID twice, or without a UID"
            ] += 1
        elif not column.is_bytes and max(len(uid) for uid in uids) > _LONGEST_UID:
            reasons["objects that do not come: a UID of theirs is too long for DIMSE"] += 1
        elif refused.get(uids, "").startswith(_OWN_WORDS):
            reasons[f"objects that do not come: {refused[uids]}"] += 1
        else:
            print(f"  not explained: an object that did not come: {'/'.join(uids)} {refused.get(uids, '')}")
            unexplained += 1
    print(f"{column.name}: {len(met)} of {len(kept.files)} objects, {findings} findings on their files")
    for reason, count in sorted(reasons.items()):
        print(f"  {count:4} {reason}")
    return unexplained


def _objects(session: Session, column: Column) -> Iterator[tuple[Uids, Blob | str]]:
    """Yield each object with its UIDs, or why it does not come."""
    source = session.source(column.location.partition("://")[0])
    for entry in source.entries(column.location):
        if entry.is_place or entry.problem:
            print(f"  {entry.rule or 'file/unreadable'}: {entry.problem}")
            continue
        _, _, path = entry.path.partition("/studies/")
        study, series, instance = (_plain(uid) for uid in path.split("/")[::2])
        try:
            yield (study, series, instance), source.open(entry)
        except UnreadableError as error:
            yield (study, series, instance), error.reason


def _plain(uid: str) -> str:
    return "" if uid == "%00" else uid


def _found(blob: Blob, session: Session, column: Column) -> Found:
    """Return the findings on one object that a column is to have."""
    report = Renderer(session.rules, "").report(lint_blob(Entry("object"), blob, session))
    found: Found = Counter()
    for shown in report.active():
        group = shown.rule.partition("/")[0]
        if not column.is_bytes and (group in ("file", "encoding") or session.rules[shown.rule].on_bytes):
            continue
        if not (column.is_bytes or column.is_metadata) and (shown.path or "").startswith(_HEADER):
            continue
        found[shown.rule, shown.severity, shown.path or "", shown.message] += 1
    return found


def _reasons(
    file: bytes, expected: Found, blob: Blob, session: Session, column: Column
) -> Iterator[tuple[str, int]]:
    """Yield (why, how many) of the findings that differ."""
    different = _difference(expected, _found(blob, session, column))
    if different and blob.content is not None:
        instance = read_instance(file)
        content: dict[str, Any] = deepcopy(dict(blob.content))
        for change in CHANGES:
            if not (different and change.undo(content, instance)):
                continue
            remaining = _difference(expected, _found(Blob(content=content), session, column))
            yield change.what, max(0, len(different) - len(remaining))
            different = remaining
        bulk = [key for key in different if key[0].startswith("module/missing") and _is_bulk(content, key)]
        yield BULK, len(bulk)
        different = [key for key in different if key not in bulk]
    elif different:
        pair = read_instance(file).root, read_instance(blob.buf).root
        spaced = [key for key in different if _is_stripped(key[2], *pair)]
        yield _SPACES, len(spaced)
        different = [key for key in different if key not in spaced]
    for key in different:
        print(f"  not explained: {key}")
    yield "not explained", len(different)


def _is_bulk(content: Mapping[str, Any], key: tuple[str, str, str, str]) -> bool:
    """Tell whether a finding of a file is that something is missing which metadata may leave out."""
    keyword = key[2].rpartition(".")[2]
    with_bulk, without = from_json(content, is_metadata=True), from_json(content)
    pairs = zip(with_bulk.root.walk(), without.root.walk(), strict=True)
    return any(keyword in ours and keyword not in plain for ours, plain in pairs)


def _is_stripped(path: str, file: Item, received: Item) -> bool:
    """Tell whether a value differs from that in the file by spaces around it only."""
    items: list[Item] = [file, received]
    *above, keyword = path.split(".")
    for step in above:
        name, _, number = step.rstrip("]").partition("[")
        nested = [item.items(name) or () for item in items]
        if any(len(each) < int(number) for each in nested):
            return False
        items = [each[int(number) - 1] for each in nested]
    stored, found = (item.raw(keyword) for item in items)
    if stored is None or found is None or stored == found:
        return False
    return stored.strip(b" \0") == found.strip(b" \0")


def _difference(expected: Found, found: Found) -> list[tuple[str, str, str, str]]:
    return [*(expected - found).elements(), *(found - expected).elements()]

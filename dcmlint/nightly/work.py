"""The work on one object of a scan: what `dcmlint check` does, and what a store wants to know besides.

It runs in worker processes if there are any.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from xxhash import xxh3_64_hexdigest, xxh3_128_hexdigest

from dcmlint.read.item import Instance
from dcmlint.report.shown import FileReport
from dcmlint.source import Entry
from dcmlint.store.rows import About, Checked
from dcmlint.work import Work

__all__ = ["ScanWork"]

_HASHED = 16 << 20
"""Bytes of a header that are hashed at most."""

_MOST = 64
"""Characters of a text that are kept."""

_UID_MOST = 128

_FRAME_OF_REFERENCE_UID = 0x00200052
_SERIES_INSTANCE_UID = 0x0020000E
_STUDY_INSTANCE_UID = 0x0020000D
_PATIENT_ID = 0x00100020
_ISSUER = 0x00100021
_MODALITY = 0x00080060
_MANUFACTURER = 0x00080070
_MODEL = 0x00081090
_STATION = 0x00081010
_STUDY_DATE = 0x00080020

Keys = tuple[tuple[str, str], ...]


class ScanWork:
    """The work on one entry; `work` has no reporters."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._seen: tuple[About, bytes, Keys] | None = None
        self._facts = _facts_maker()
        work.session.observe = self._observe

    def __reduce__(self) -> tuple[Any, ...]:
        return ScanWork, (self._work,)

    def __call__(self, entry: Entry) -> Checked:
        """Return what came of the entry; never raises."""
        self._seen = None
        return self._result(self._work(entry))

    def lost(self, entry: Entry, reason: str) -> Checked:
        """Return the result for an entry on which its worker died."""
        self._seen = None
        return self._result(self._work.lost(entry, reason))

    def _result(self, outcome: Any) -> Checked:
        report: FileReport = outcome.contents[0]
        lines = tuple(report.lines)
        if outcome.waived:
            waived = [bool(each.waived) for each in report.findings]
            lines = tuple(line for line, is_waived in zip(lines, waived, strict=True) if not is_waived)
        about, facts, keys = self._seen or (About(content=_text(report.identity)), b"", ())
        return Checked(
            report.kind,
            _text(report.identity, _UID_MOST),
            _text(report.sop_class_uid, _UID_MOST),
            _text(report.sop_instance_uid, _UID_MOST),
            about,
            facts,
            lines,
            keys,
            failed=outcome.check_failed,
        )

    def _observe(self, instance: Instance, buf: Any) -> None:
        """Take from an Instance that was checked what the store keeps of it."""
        facts, keys = self._facts(instance)
        self._seen = (_about(instance, buf), facts, keys)


def _about(instance: Instance, buf: Any) -> About:
    def text(tag: int, most: int = _MOST) -> str:
        raw = instance.root.raw(tag)
        return "" if raw is None else _text(_decoded(raw[: 4 * most]), most)

    patient = (instance.root.raw(_PATIENT_ID) or b"").strip(b" \0")
    issuer = (instance.root.raw(_ISSUER) or b"").strip(b" \0")
    day = text(_STUDY_DATE)
    return About(
        text(_SERIES_INSTANCE_UID, _UID_MOST),
        text(_STUDY_INSTANCE_UID, _UID_MOST),
        text(_FRAME_OF_REFERENCE_UID, _UID_MOST),
        xxh3_64_hexdigest(patient + b"\n" + issuer) if patient else "",
        text(_MODALITY),
        text(_MANUFACTURER),
        text(_MODEL),
        text(_STATION),
        f"{day[:4]}-{day[4:6]}" if day[:6].isdecimal() and day.isascii() and len(day) >= 6 else "",
        xxh3_128_hexdigest(bytes(buf[: min(instance.header_end, _HASHED)])),
    )


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _text(value: str, most: int = _MOST) -> str:
    """Return a value as databases and readers can take it: bounded, on one line, without NUL."""
    value = value[:most].strip(" \0")
    if value.isprintable():
        return value
    return "".join(char if char.isprintable() else "\ufffd" for char in value)


def _facts_maker() -> Callable[[Instance], tuple[bytes, Keys]]:
    """Return what makes an Instance's packed Facts and the keys of its groups."""
    try:
        facts_of = import_module("dcmlint.facts").facts_of
        group_keys = import_module("dcmlint.group").group_keys
    except ModuleNotFoundError:
        return lambda instance: (b"", ())

    def made(instance: Instance) -> tuple[bytes, Keys]:
        facts = facts_of(instance)
        return facts.pack(), tuple((scope, _group_key(scope, key)) for scope, key in group_keys(facts))

    return made


def _group_key(scope: str, key: str) -> str:
    """Return the key of a group as the store has it: that of a patient is a hash."""
    if scope == "patient":
        return xxh3_128_hexdigest(key.encode("utf-8", "surrogateescape"))
    return _text(key, _UID_MOST)

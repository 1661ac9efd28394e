"""The work on one object of a scan: what `dcmlint check` does, and what a store wants to know besides.

It runs in worker processes if there are any.
"""

from __future__ import annotations

from typing import Any

from xxhash import xxh3_64_hexdigest, xxh3_128_hexdigest

from dcmlint.content import before_pixels
from dcmlint.excerpt import packed_facts, uids_of
from dcmlint.facts import DIRECTORY, Facts, patient_of, text_of
from dcmlint.group import directory_of, instance_keys
from dcmlint.read.item import Instance
from dcmlint.report.shown import FileReport
from dcmlint.source import Entry
from dcmlint.store.rows import REFERS, About, Checked, text_of_path
from dcmlint.work import Work

__all__ = ["ScanWork"]

_HASHED = 16 << 20
"""Bytes of a header that are hashed at most."""

_MOST = 64
"""Characters of a text that are kept."""

_UID_MOST = 128

_MODALITY = 0x00080060
_MANUFACTURER = 0x00080070
_MODEL = 0x00081090
_STATION = 0x00081010
_STUDY_DATE = 0x00080020
_PATIENT_ID = 0x00100020
_ISSUER = 0x00100021
_FRAME_OF_REFERENCE_UID = 0x00200052

Keys = tuple[tuple[str, str], ...]


class ScanWork:
    """The work on one entry; `work` has no reporters."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._seen: tuple[About, bytes, Keys] | None = None
        self._is_file = True
        work.session.observe = self._observe

    def __reduce__(self) -> tuple[Any, ...]:
        return ScanWork, (self._work,)

    def __call__(self, entry: Entry) -> Checked:
        """Return what came of the entry; never raises."""
        self._seen = None
        self._is_file = entry.scheme == "file"
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
        facts, uids = packed_facts(instance, can_read_again=self._is_file), uids_of(instance)
        groups = instance_keys(instance, uids)
        keys: list[tuple[str, str]] = [(scope, _text(key, _UID_MOST)) for scope, key in groups]
        if instance.sequences or uids[0] == DIRECTORY:
            keys += _more_keys(Facts(facts), instance.file)
        self._seen = (_about(instance, buf, uids), facts, tuple(keys))


def _about(instance: Instance, buf: Any, uids: tuple[str, str, str, str]) -> About:
    root = instance.root
    day = text_of(root, _STUDY_DATE)
    patient = patient_of(text_of(root, _PATIENT_ID), text_of(root, _ISSUER))
    return About(
        _text(uids[3], _UID_MOST),
        _text(uids[2], _UID_MOST),
        _text(text_of(root, _FRAME_OF_REFERENCE_UID), _UID_MOST),
        xxh3_64_hexdigest(patient.encode("utf-8", "surrogateescape")) if patient else "",
        _text(text_of(root, _MODALITY)),
        _text(text_of(root, _MANUFACTURER)),
        _text(text_of(root, _MODEL)),
        _text(text_of(root, _STATION)),
        f"{day[:4]}-{day[4:6]}" if day[:6].isdecimal() and day.isascii() and len(day) >= 6 else "",
        xxh3_128_hexdigest(bytes(buf[: min(_header_end(instance, buf), _HASHED)])),
    )


def _header_end(instance: Instance, buf: Any) -> int:
    return before_pixels(instance) if instance.root.buf is buf else len(buf)


def _text(value: str, most: int = _MOST) -> str:
    """Return a value as databases and readers can take it: bounded, on one line, without NUL."""
    value = value[:most].strip(" \0")
    if value.isprintable():
        return value
    return "".join(char if char.isprintable() else "\ufffd" for char in value)


def _more_keys(facts: Facts, file: str) -> list[tuple[str, str]]:
    """Return the directory that a DICOMDIR is of, and the studies that an instance refers to (scope
    `refers`)."""
    keys: list[tuple[str, str]] = []
    folder = directory_of(file, facts)
    if folder is not None:
        keys.append(("directory", text_of_path(folder.rstrip("/") + "/")))
    studies = dict.fromkeys(each.study_uid or facts.study_uid for each in facts.references)
    return keys + [(REFERS, _text(study, _UID_MOST)) for study in studies if study]

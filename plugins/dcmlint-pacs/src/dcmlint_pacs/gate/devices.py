"""What each device got wrong, as it arrives: for acceptance tests of modalities.

Bounded, and safe for several threads. Nothing in it is of a patient: names of devices and AE titles are what
senders say of themselves, all else are rules, attribute paths, SOP Classes, counts and times.
"""

from __future__ import annotations

import csv
import io
import re
import threading
from collections import Counter
from typing import Any, NamedTuple

from dcmlint_pacs.gate.model import Happening, RuleCount

__all__ = ["Devices", "Filter", "as_csv", "printable"]

_OTHER = "(other)"
_LONGEST = 160
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ud800-\udfff]"
)
_FORMULA = ("=", "+", "-", "@")
_RANKS = {"error": 0, "warning": 1, "note": 2}
_COLUMNS = (
    *("calling_aet", "device", "address", "severity", "rule", "what", "findings", "objects", "first", "last"),
    *("sop_class", "path"),
)


class Filter(NamedTuple):
    """Which faults are shown: of these severities (empty = all), with a text in the names of the device, the
    rule, the SOP Class or the path, whatever its case."""

    severities: frozenset[str] = frozenset()
    text: str = ""


class _Fault:
    __slots__ = ("findings", "first", "last", "objects", "path", "sop_class")

    def __init__(self, happening: Happening, path: str) -> None:
        self.findings = self.objects = 0
        self.first = self.last = happening.time
        self.sop_class = printable(happening.sop_class_uid)
        self.path = printable(path)


class _Device:
    __slots__ = ("actions", "clean", "faults", "first", "last", "objects")

    def __init__(self, first: float) -> None:
        self.objects = self.clean = 0
        self.first = self.last = first
        self.actions: Counter[str] = Counter()
        self.faults: dict[tuple[str, str], _Fault] = {}


class Devices:
    """Counts by device and rule. `most` bounds the devices, `most_faults` the rules over all devices; what is
    beyond is counted together as (other)."""

    def __init__(self, most: int = 500, most_faults: int = 20_000) -> None:
        self._lock = threading.Lock()
        self._devices: dict[tuple[str, str, str], _Device] = {}
        self._most, self._most_faults = most, most_faults
        self._faults = 0
        self.version = 0

    def heard(self, happening: Happening) -> None:
        """Count an object: a listener of `Events`."""
        calling, device = printable(happening.calling_aet.strip()), printable(happening.device)
        key = (calling or happening.how, device, printable(happening.address))
        with self._lock:
            self.version += 1
            if key not in self._devices and len(self._devices) >= self._most:
                key = (_OTHER, "", "")
            found = self._devices.setdefault(key, _Device(happening.time))
            found.objects += 1
            found.last = happening.time
            found.actions[happening.action] += 1
            found.clean += not happening.rules
            for rule in happening.rules:
                self._count(found, happening, rule)

    def _count(self, device: _Device, happening: Happening, rule: RuleCount) -> None:
        key = (rule.severity, rule.rule)
        if key not in device.faults:
            if self._faults >= self._most_faults:
                key = (rule.severity, _OTHER)
            self._faults += key not in device.faults
        fault = device.faults.setdefault(key, _Fault(happening, rule.path))
        fault.findings += rule.times
        fault.objects += 1
        fault.last = happening.time

    def rows(self, wanted: Filter) -> list[dict[str, Any]]:
        """Return the devices, the latest first, each with its faults: errors first, then by frequency."""
        with self._lock:
            devices = [_row(key, device) for key, device in self._devices.items()]
        devices.sort(key=lambda row: -row["last"])
        shown = []
        for device in devices:
            faults = [fault for fault in device["faults"] if _is_wanted(device, fault, wanted)]
            if faults or not (wanted.severities or wanted.text) or _is_named(device, wanted):
                shown.append({**device, "faults": faults})
        return shown


def as_csv(devices: list[dict[str, Any]]) -> str:
    """Return the faults as CSV, one a row; no cell can be taken for a formula by a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for device in devices:
        for fault in device["faults"]:
            cells = {**device, **fault}
            writer.writerow([_cell(cells[column]) for column in _COLUMNS])
    return text.getvalue()


def printable(text: str) -> str:
    """Return a text that shows as what it is: no controls, marks of direction or invisible characters."""
    return _UNPRINTABLE.sub("\ufffd", text)[:_LONGEST]


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _row(key: tuple[str, str, str], device: _Device) -> dict[str, Any]:
    faults = [
        {
            "severity": severity,
            "rule": rule,
            "what": _title(rule),
            "findings": fault.findings,
            "objects": fault.objects,
            "first": fault.first,
            "last": fault.last,
            "sop_class": _class_name(fault.sop_class),
            "path": fault.path,
        }
        for (severity, rule), fault in device.faults.items()
    ]
    faults.sort(key=lambda fault: (_RANKS.get(str(fault["severity"]), 3), -int(str(fault["objects"]))))
    return {
        "calling_aet": key[0],
        "device": key[1],
        "address": key[2],
        "objects": device.objects,
        "clean": device.clean,
        "first": device.first,
        "last": device.last,
        "actions": dict(device.actions),
        "faults": faults,
    }


def _is_wanted(device: dict[str, Any], fault: dict[str, Any], wanted: Filter) -> bool:
    if wanted.severities and fault["severity"] not in wanted.severities:
        return False
    text = wanted.text.casefold()
    texts = (fault["rule"], fault["what"], fault["path"], fault["sop_class"])
    return _is_named(device, wanted) or any(text in each.casefold() for each in texts)


def _is_named(device: dict[str, Any], wanted: Filter) -> bool:
    text = wanted.text.casefold()
    return bool(text) and any(
        text in device[name].casefold() for name in ("calling_aet", "device", "address")
    )


def _title(rule: str) -> str:
    from dcmlint.catalogue import catalogue

    known = catalogue().get(rule)
    return known.title if known else ""


def _class_name(uid: str) -> str:
    from pydicom.uid import UID

    return str(UID(uid).name) if uid else ""

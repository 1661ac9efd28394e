"""A store of scans with made-up findings and the tables that `dcmlint scan` makes, to be read."""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path

from dcmlint.catalogue import catalogue
from dcmlint.report.shown import Shown, body_of

__all__ = ["EVIL", "SECRET", "TABLES", "fill", "make_store"]

TABLES = """
CREATE TABLE runs(id INTEGER PRIMARY KEY, started TEXT, finished TEXT, state TEXT, version TEXT, edition TEXT,
 policy TEXT, roots TEXT, visited INTEGER, changed INTEGER, removed INTEGER, errors INTEGER, warnings INTEGER,
 notes INTEGER, new_findings INTEGER, resolved_findings INTEGER);
CREATE TABLE folders(id INTEGER PRIMARY KEY, path TEXT UNIQUE);
CREATE TABLE instances(id INTEGER PRIMARY KEY, folder_id INTEGER, name TEXT, size INTEGER, mtime_ns INTEGER,
 inode INTEGER, etag TEXT, kind TEXT, identity TEXT, sop_class_uid TEXT, sop_instance_uid TEXT,
 series_uid TEXT, study_uid TEXT, frame_of_reference_uid TEXT, patient TEXT, modality TEXT,
 manufacturer TEXT, model TEXT, station TEXT, study_month TEXT, content TEXT, facts BLOB,
 first_run INTEGER, changed_run INTEGER, removed_run INTEGER, UNIQUE(folder_id, name));
CREATE TABLE members(scope TEXT, key TEXT, instance_id INTEGER);
CREATE INDEX members_key ON members(scope, key);
CREATE TABLE findings(id INTEGER PRIMARY KEY, instance_id INTEGER, scope TEXT, key TEXT, rule TEXT,
 severity TEXT, fingerprint TEXT, body TEXT, first_run INTEGER, last_run INTEGER, resolved_run INTEGER);
CREATE INDEX findings_instance ON findings(instance_id);
CREATE TABLE dirty(scope TEXT, key TEXT);
CREATE TABLE meta(key TEXT, value TEXT);
"""
"""The tables of a store (the contract of dcmlint/store/)."""

SECRET = "DOE_JANE"
"""What names of files and folders hold and no report may show unless it is asked to."""

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
"""A station that tries to be more than text."""

_MODELS = [("ACME", "CT One"), ("ACME", "MR Two"), ("Globex", "Scan 9"), ("Initech", "XR=1+1"), ("", "")]
_CLASSES = [
    *(("CT", "1.2.840.10008.5.1.4.1.1.2"), ("MR", "1.2.840.10008.5.1.4.1.1.4")),
    *(("DX", "1.2.840.10008.5.1.4.1.1.1.1"), ("SR", "1.2.840.10008.5.1.4.1.1.88.33")),
]
_STUDY = 40
"""Instances of a study."""

_INSTANCE = (
    "INSERT INTO instances VALUES (?,?,?,?,0,0,'','instance',?,?,?,?,?,'','',?,?,?,?,?,'',NULL,1,1,NULL)"
)
_FINDING = "INSERT INTO findings VALUES (?,?,?,?,?,?,?,?,?,?,?)"


def make_store(path: Path, findings: int = 600, *, runs: int = 4, spread: int = 8, seed: int = 5) -> Path:
    """Make a store with this many findings of `runs` runs; `spread` is the number of stations."""
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;" + TABLES)
    fill(connection, findings, runs=runs, spread=spread, seed=seed)
    connection.commit()
    connection.close()
    return path


def fill(connection: sqlite3.Connection, findings: int, *, runs: int, spread: int, seed: int) -> None:
    """Insert instances and findings, then the runs with their numbers."""
    chance = random.Random(seed)
    instances = max(_STUDY, findings // 5)
    connection.execute("INSERT INTO folders VALUES (1, ?)", (f"/archive/{SECRET}/",))
    stations = [EVIL, *(f"STATION{number}" for number in range(1, spread))]
    connection.executemany(_INSTANCE, (_instance(number, stations) for number in range(1, instances + 1)))
    members = ((f"1.2.826.1.{(number - 1) // _STUDY}", number) for number in range(1, instances + 1))
    connection.executemany("INSERT INTO members VALUES ('study', ?, ?)", members)
    rows = (_finding(number, instances, runs, chance) for number in range(1, findings + 1))
    connection.executemany(_FINDING, rows)
    connection.executemany("INSERT INTO meta VALUES (?, ?)", [("schema", "1")])
    for run in range(1, runs + 1):
        _run(connection, run, instances)


def _instance(number: int, stations: list[str]) -> tuple[object, ...]:
    study = (number - 1) // _STUDY
    modality, sop_class = _CLASSES[study % len(_CLASSES)]
    maker, model = _MODELS[study % len(_MODELS)]
    if len(stations) > 50 and maker:
        model = f"{model} {study % 60}"
    uid, series = f"1.2.826.1.{study}.{number % 3}.{number}", f"1.2.826.1.{study}.{number % 3}"
    month = f"{2018 + study % 8}-{1 + study % 12:02}"
    station = stations[study % len(stations)]
    name, of_study = f"{SECRET}_{number}.dcm", f"1.2.826.1.{study}"
    about = (uid, sop_class, uid, series, of_study)
    return (number, 1, name, 1000, *about, modality, maker, model, station, month)


def _finding(number: int, instances: int, runs: int, chance: random.Random) -> tuple[object, ...]:
    rules = _rules()
    rule = rules[min(int(chance.expovariate(0.03)), len(rules) - 1)]
    severity = catalogue()[rule].severity
    fingerprint = f"{chance.getrandbits(128):032x}"
    message = f"PixelSpacing is wrong in case <{number % 7}> & more"
    place = ("PixelSpacing", "(0028,0030)", "PixelSpacing", "PixelSpacing")
    shown = Shown(rule, severity, message, *place, "", (), 812, 8, "PS3.3 C.7.6.3", "2025b", fingerprint)
    first = 1 if chance.random() < 0.6 else 1 + chance.randrange(runs)
    resolved = chance.randint(first + 1, runs) if first < runs and chance.random() < 0.2 else None
    about = (rule, severity, fingerprint, body_of(shown), first, first, resolved)
    if number % 50 == 0:
        return (number, None, "study", f"1.2.826.1.{(number % instances) // _STUDY}", *about)
    return (number, 1 + chance.randrange(instances), None, None, *about)


_RULES: list[str] = []


def _rules() -> list[str]:
    if not _RULES:
        _RULES.extend(sorted(catalogue(), key=lambda rule: (hash_of(rule), rule)))
    return _RULES


def hash_of(text: str) -> int:
    """Return a number that is the same in every process."""
    return sum(ord(character) * (place + 7) for place, character in enumerate(text)) % 97


def _run(connection: sqlite3.Connection, run: int, instances: int) -> None:
    is_open = "first_run <= :run AND (resolved_run IS NULL OR resolved_run > :run)"
    counts = dict(
        connection.execute(
            f"SELECT severity, COUNT(*) FROM findings WHERE {is_open} GROUP BY severity", {"run": run}
        )
    )
    changes = [
        connection.execute(f"SELECT COUNT(*) FROM findings WHERE {column} = ?", (run,)).fetchone()[0]
        for column in ("first_run", "resolved_run")
    ]
    numbers = [counts.get(severity, 0) for severity in ("error", "warning", "note")]
    started, finished = f"2026-11-{run:02}T01:00:00Z", f"2026-11-{run:02}T05:30:00Z"
    about = ("complete", "0.1.0", "2025b", "", json.dumps([f"/archive/{SECRET}"]))
    row = (run, started, finished, *about, instances, 10 * run, run, *numbers, *changes)
    connection.execute(f"INSERT INTO runs VALUES ({','.join('?' * 16)})", row)

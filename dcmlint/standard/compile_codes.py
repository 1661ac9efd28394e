"""Compile what the standard says of codes: concepts, coding schemes, SNOMED RT, UCUM.

The tables of codes are lines in the order of their bytes, so that a reader finds one by bisection and
parses no other.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path

__all__ = ["JUDGED", "compile_codes"]

JUDGED = frozenset(("DCM", "LN", "SCT", "UCUM"))
"""Coding schemes of which PS3.16 has so many codes that one can say something of others."""

_WORD = re.compile(r"[a-z]{3,}")


def compile_codes(source: Path) -> dict[str, bytes]:
    """Return every table of codes by file name, compiled from the folder `source`."""
    concepts = _rows(source / "concepts.tsv")
    return {
        **_concepts(concepts),
        "codes/words.txt": _words(concepts),
        "codes/snomed_rt.txt": _lines({old: [new] for old, new in _rows(source / "snomed_rt.tsv")}),
        "codes/schemes.json": _schemes(_rows(source / "coding_schemes.tsv")),
        "codes/ucum.json": _ucum(_rows(source / "ucum.tsv")),
    }


def _rows(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text().splitlines()[1:]]


def _lines(found: dict[str, list[str]]) -> bytes:
    """Return one line for each key: key and texts, between tabs."""
    return b"".join(sorted("\t".join((key, *texts)).encode() + b"\n" for key, texts in found.items()))


def _concepts(rows: list[list[str]]) -> dict[str, bytes]:
    """Return a table for each coding scheme: code, context groups that have it, its meanings."""
    schemes: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for scheme, code, meaning, cids in rows:
        if scheme in JUDGED:
            groups, *meanings = schemes[scheme].get(code, [""])
            joined = sorted({*groups.split(), *cids.split()}, key=int)
            schemes[scheme][code] = [" ".join(joined), *meanings, meaning]
    return {f"codes/{scheme}.txt": _lines(found) for scheme, found in schemes.items()}


def _words(rows: list[list[str]]) -> bytes:
    """Return the words of all meanings, in small letters."""
    words = {word for _, _, meaning, _ in rows for word in _WORD.findall(meaning.lower())}
    return _lines({word: [""] for word in words})


def _schemes(rows: list[list[str]]) -> bytes:
    """Return the designators that are in use, beginnings of families, and the retired with successors."""
    found = {
        "known": [row[0] for row in rows if row[2] != "retired" and not row[0].endswith("*")],
        "families": [row[0][:-1] for row in rows if row[0].endswith("*")],
        "retired": {row[0]: row[3] for row in rows if row[2] == "retired"},
    }
    return json.dumps(found, separators=(",", ":")).encode() + b"\n"


def _ucum(rows: list[list[str]]) -> bytes:
    found = {kind: [code for each, code in rows if each == kind] for kind in ("prefix", "metric", "other")}
    return json.dumps(found, separators=(",", ":")).encode() + b"\n"

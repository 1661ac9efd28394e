"""Give a fetched edition what the embedded one knows and DocBook does not say.

dicom3tools' conditions and value sets, parser errors found by hand, and what overrides decided belong
to rows, not to editions: where a fetched row stands at the same place of the same Module, it gets
them. Two sources must then agree here too before a finding is an error.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

__all__ = ["adopt", "read_records"]

Row = dict[str, Any]
Records = dict[str, Any]

_ADOPTED = ("d", "m", "q", "v", "r", "o")
_REQUIRED = ("1", "1C", "2", "2C")


def read_records(folder: Path) -> tuple[Records, dict[str, str]]:
    """Return the records of the compiled edition in `folder` by id, and the editions of its sources."""
    index = json.loads((folder / "rows.index.json").read_bytes())
    pack = (folder / "rows.pack").read_bytes()
    at = index["at"].items()
    return {key: json.loads(pack[start : start + length]) for key, (start, length) in at}, index["editions"]


def adopt(records: Records, known: Records, *, older: bool) -> Records:
    """Return `records` with what `known`, the embedded edition's, can add.

    `older` says that the fetched edition precedes the embedded one. A required row that only the older
    edition has at a place that both know is taken as Type 3: PS3.3 of those years has rows that lost
    their ">" and would otherwise be asked of every Data Set.
    """
    pairs = _pairs(records, known)
    result = dict(records)
    for key, partners in pairs.items():
        rows = [_row(row, partners, older=older) for row in records[key]["rows"]]
        result[key] = {**records[key], "rows": rows}
    shared = ("c:", "p:", "l:d3:")
    return result | {key: record for key, record in known.items() if key.startswith(shared)}


def adopt_uses(shard: Row, known: Row | None) -> Row:
    """Return an IOD's shard with the Module links and content constraints of the embedded one."""
    if known is None:
        return shard
    uses = {use["m"]: use for use in known["modules"]}
    modules = []
    for use in shard["modules"]:
        partner = uses.get(use["m"], {})
        modules.append(use | {key: partner[key] for key in ("l", "d") if key in partner})
    return {**shard, "modules": modules, **{key: known[key] for key in ("d3", "pseudo") if key in known}}


def _pairs(records: Records, known: Records) -> dict[str, list[Records]]:
    """Return, by record id, the rows by tag of every embedded list that stands at the same place."""
    pairs: dict[str, list[Records]] = defaultdict(list)
    waiting = [(key, key) for key in records if key[:2] in ("m:", "g:") and key in known]
    seen = set(waiting)
    while waiting:
        ours, theirs = waiting.pop()
        partner = {row["t"]: row for row in known[theirs]["rows"] if "s" not in row}
        pairs[ours].append(partner)
        for row in records[ours]["rows"]:
            other = partner.get(row["t"], {})
            if "i" in row and "i" in other:
                pair = (f"l:{row['i']}", f"l:{other['i']}")
                if pair not in seen and pair[0] in records and pair[1] in known:
                    seen.add(pair)
                    waiting.append(pair)
    return pairs


def _row(row: Row, partners: list[Records], *, older: bool) -> Row:
    """Return a row with what all its partners agree on."""
    found = [partner[row["t"]] for partner in partners if row["t"] in partner]
    if not found:
        if older and row["y"] in _REQUIRED:
            return {key: value for key, value in row.items() if key not in ("c", "p")} | {"y": "3"}
        return row
    if len(found) < len(partners):
        return row
    adopted = {key: found[0][key] for key in _ADOPTED if all(key in other for other in found)}
    adopted = {key: value for key, value in adopted.items() if all(other[key] == value for other in found)}
    flags = {other["b"] for other in found if "b" in other and other.get("c") == row.get("c")}
    if flags:
        adopted["b"] = "over" if "over" in flags else flags.pop()
    return row | adopted

"""Make sr_relationships.json, the Tables A.35.x-2 of PS3.3, from the gathered facts.

Run once for each new delivery of facts: `python standard/import_sr.py ../shared/standard`.
One IOD a line: its SOP Class, its table, and rows (relationship type, value types of the source,
of targets by value, of targets by reference). "*" stands for every value or relationship type.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def relationships(facts: Path) -> None:
    """Write sr_relationships.json."""
    iods = json.loads((facts / "sr_relationships.json").read_text())["iods"]
    lines = [json.dumps(_iod(iod)) for iod in sorted(iods, key=lambda iod: iod["uid"])]
    (HERE / "sr_relationships.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


def _iod(iod: dict[str, Any]) -> dict[str, Any]:
    return {
        "uid": iod["uid"],
        "table": iod["table"] or "",
        "by_reference": iod["byRef"],
        "rows": [_row(row, iod["byRef"]) for row in iod["rows"]],
    }


def _row(row: dict[str, Any], by_reference: bool) -> list[Any]:
    targets = row.get("tgtRef", []) if by_reference else []
    relationship = row["rel"].partition(" except ")[0]
    return [relationship, row["src"], row["tgt"], row["tgt"] if targets == "same" else targets]


if __name__ == "__main__":
    relationships(Path(sys.argv[1]))

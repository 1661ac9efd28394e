"""Derive from the Modules of all IODs which Attributes must agree within an Information Entity.

An Attribute at the root of a Module of an Information Entity describes that entity (PS3.3 A.1.2): all
SOP Instances of one Series say the same of the Series. What does not follow is in
`standard/entities.json`, each with its reason and citation.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

__all__ = ["compile_entities"]

_Placed = dict[int, dict[str, set[str]]]
"""Tag to Information Entity to the IODs where a Module of that entity has the Attribute."""


def compile_entities(source: Path) -> bytes:
    """Return the Attributes of each entity: {entity: {tag: [IODs where it describes something else]}}."""
    wanted = json.loads((source / "entities.json").read_text())
    rows = [line.split("\t") for line in (source / "dictionary.tsv").read_text().splitlines()[1:]]
    tags = {row[3]: int(row[0], 16) for row in rows if "x" not in row[0]}
    sequences = {tags[row[3]] for row in rows if row[1] == "SQ" and row[3] in tags}
    whole = {*wanted["entities"].values(), *wanted["not_of_patients"]}
    left_out = sequences | {tags[each["keyword"]] for each in wanted["exceptions"]}
    placed = _placed(source, tags)
    entities: dict[str, dict[str, list[str]]] = {}
    taken: set[int] = set()
    for name, entity in wanted["entities"].items():
        entities[name] = {}
        for tag, where in sorted(placed.items()):
            if tag in left_out or tag in taken or not where.get(entity):
                continue
            taken.add(tag)
            elsewhere = {iod for other, iods in where.items() if other not in whole for iod in iods}
            entities[name][str(tag)] = sorted(elsewhere)
    lasting = [tags[keyword] for keyword in wanted["lasting"]]
    found = {"entities": entities, "lasting": lasting}
    return json.dumps(found, separators=(",", ":")).encode() + b"\n"


def _placed(source: Path, tags: dict[str, int]) -> _Placed:
    iods: dict[str, Any] = json.loads((source / "iods.json").read_text())["iods"]
    modules: dict[str, Any] = json.loads((source / "modules.json").read_text())["modules"]
    placed: _Placed = defaultdict(lambda: defaultdict(set))
    for iod, described in iods.items():
        for use in described["modules"]:
            for row in modules.get(use["m"], {}).get("rows", ()):
                if row["kw"] in tags:
                    placed[tags[row["kw"]]][use["ie"]].add(iod)
    return placed

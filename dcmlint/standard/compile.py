"""Compile the reviewable source of the tables into what ships: `python -m dcmlint.standard.compile`.

The source is `standard/` of the repository; the result is `dcmlint/standard/data/`. Compiling is
deterministic: a test compares the two.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dcmlint.standard.compile_codes import compile_codes
from dcmlint.standard.compile_entities import compile_entities
from dcmlint.standard.compile_templates import compile_templates
from dcmlint.standard.merge import Facts, apply_overrides, join
from dcmlint.standard.records import Compiler

__all__ = [
    "compile_deid_attributes",
    "compile_deid_profile",
    "compile_dictionary",
    "compile_iods",
    "compile_sr_relationships",
    "compile_tables",
    "compile_uids",
    "dump",
    "pack_records",
]


def compile_tables(source: Path) -> dict[str, bytes]:
    """Return every table by file name, compiled from the folder `source`."""
    loaded = {
        name: json.loads((source / f"{name}.json").read_text())
        for name in ("iods", "modules", "macros", "dicom3tools", "dicom3tools_links", "overrides")
    }
    dictionary = (source / "dictionary.tsv").read_text()
    uids = (source / "uids.tsv").read_text()
    tables = compile_iods(loaded, dictionary, uids)
    return {
        **tables,
        **compile_codes(source),
        **compile_templates(source),
        "dictionary.json": compile_dictionary(dictionary, _placed(tables["rows.pack"])),
        "uids.json": compile_uids(uids),
        "entities.json": compile_entities(source),
        "deid_attributes.json": compile_deid_attributes((source / "deid_attributes.tsv").read_text()),
        "deid_profile.json": compile_deid_profile((source / "deid_profile.tsv").read_text()),
        "vocabulary.json": dump((source / "vocabulary.txt").read_text().split()),
        "sr_relationships.json": compile_sr_relationships(
            json.loads((source / "sr_relationships.json").read_text())
        ),
    }


def dump(value: Any) -> bytes:
    """Return compact JSON with a final newline."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _placed(pack: bytes) -> frozenset[int]:
    """Return the tags that some row of the tables has."""
    records = [json.loads(line) for line in pack.splitlines()]
    return frozenset(row["t"] for found in records if isinstance(found, dict) for row in found["rows"])


def compile_dictionary(text: str, placed: frozenset[int]) -> bytes:
    """Return PS3.6 as columns, the repeating groups as (mask, value) rows.

    `unplaced` are the tags that are not retired and in no row of the tables.
    """
    columns: dict[str, list[Any]] = {name: [] for name in ("tag", "vr", "vm", "keyword", "retired")}
    repeating: list[list[Any]] = []
    for line in text.splitlines()[1:]:
        tag, vr, vm, keyword, retired = line.split("\t")
        if "x" in tag:
            mask = int("".join("0" if digit == "x" else "F" for digit in tag), 16)
            repeating.append([mask, int(tag.replace("x", "0"), 16), vr, vm, keyword, bool(retired)])
            continue
        number = int(tag, 16)
        for name, value in (("tag", number), ("vr", vr), ("vm", vm), ("keyword", keyword)):
            columns[name].append(value)
        if retired:
            columns["retired"].append(number)
    gone = set(columns["retired"])
    columns["unplaced"] = [tag for tag in columns["tag"] if tag not in placed and tag not in gone]
    return dump({**columns, "repeating": repeating})


def compile_uids(text: str) -> bytes:
    """Return the UID registry as rows (uid, type, name, retired, iod)."""
    rows = [line.split("\t") for line in text.splitlines()[1:]]
    return dump([[uid, kind, name, bool(retired), iod] for uid, kind, name, retired, iod, _ in rows])


def compile_deid_attributes(text: str) -> bytes:
    """Return PS3.15 Table E.1-1 as its edition, its tags, and (mask, value) for repeating groups."""
    rows = [line.split("\t") for line in text.splitlines()[1:]]
    masks = [
        [int("".join("0" if digit == "x" else "F" for digit in tag), 16), int(tag.replace("x", "0"), 16)]
        for tag, _, _ in rows
        if "x" in tag
    ]
    tags = [int(tag, 16) for tag, _, _ in rows if "x" not in tag]
    return dump({"edition": max(row[2] for row in rows), "tag": tags, "repeating": masks})


def compile_deid_profile(text: str) -> bytes:
    """Return PS3.15 Table E.1-1 as its columns and its rows: [tag with x for any digit, code by column]."""
    header, *rows = (line.split("\t") for line in text.splitlines())
    return dump({"columns": header[1:], "rows": rows})


def compile_sr_relationships(iods: list[dict[str, Any]]) -> bytes:
    """Return the Tables A.35.x-2 by SOP Class UID.

    `by_value` and `by_reference` have "relationship type/source/target" for each pair that is allowed;
    `types` are the value types that the IOD knows. "*" stands for all.
    """
    return dump({iod["uid"]: _relationships(iod) for iod in iods})


def _relationships(iod: dict[str, Any]) -> dict[str, Any]:
    rows = iod["rows"]
    targets = {target for row in rows for target in row[2]}
    return {
        "table": iod["table"],
        "types": ["*"] if "*" in targets else sorted(targets | {"CONTAINER"}),
        "references": iod["by_reference"],
        "by_value": _pairs((name, sources, by_value) for name, sources, by_value, _ in rows),
        "by_reference": _pairs((name, sources, by_reference) for name, sources, _, by_reference in rows),
    }


def _pairs(rows: Iterable[tuple[str, list[str], list[str]]]) -> list[str]:
    return sorted(
        {
            f"{name}/{source}/{target}"
            for name, sources, targets in rows
            for source in sources
            for target in targets
        }
    )


def compile_iods(loaded: dict[str, Any], dictionary: str, uids: str) -> dict[str, bytes]:
    """Return `iods/<key>.json` (one shard an IOD), and `rows.pack` with its index.

    `loaded` has the blocks iods, modules, macros, dicom3tools, dicom3tools_links and overrides of
    the source. The pack holds what several IODs share, one JSON record a line; the index gives
    (offset, length) by record id, so that a reader loads the records it meets and no others.
    """
    facts = Facts(
        loaded["iods"],
        loaded["modules"],
        loaded["macros"],
        loaded["dicom3tools"],
        loaded["dicom3tools_links"]["modules"],
    )
    apply_overrides(facts, loaded["overrides"])
    tags = _keyword_tags(dictionary)
    join(facts, tags.get)
    d3_names = {row.split("\t")[4]: row.split("\t")[5] for row in uids.splitlines()[1:]}
    compiler = Compiler(facts, tags.get, _vrs(dictionary).__getitem__)
    compiler.compile()
    tables = {f"iods/{key}.json": dump(compiler.iod(key, d3_names.get(key, ""))) for key in facts.iods}
    editions = {"structure": loaded["iods"]["edition"], "dicom3tools": loaded["dicom3tools"]["edition"]}
    return tables | pack_records(compiler.records, editions)


def pack_records(records: dict[str, Any], editions: dict[str, str]) -> dict[str, bytes]:
    """Return `rows.pack`, the records one a line sorted by id, and `rows.index.json`."""
    pack, index, position = [], {}, 0
    for key, record in sorted(records.items()):
        line = dump(record)
        index[key] = [position, len(line)]
        pack.append(line)
        position += len(line)
    return {"rows.pack": b"".join(pack), "rows.index.json": dump({"editions": editions, "at": index})}


def _vrs(dictionary: str) -> dict[int, str]:
    rows = [line.split("\t")[:2] for line in dictionary.splitlines()[1:]]
    return defaultdict(str, {int(tag.replace("x", "0"), 16): vr for tag, vr in rows})


def _keyword_tags(dictionary: str) -> dict[str, int]:
    tags: dict[str, int] = {}
    for line in dictionary.splitlines()[1:]:
        tag, _, _, keyword, _ = line.split("\t")
        tags.setdefault(keyword, int(tag.replace("x", "0"), 16))
    return tags


def main() -> None:
    """Write `dcmlint/standard/data/` from `standard/`."""
    here = Path(__file__).parent
    target = here / "data"
    target.mkdir(exist_ok=True)
    for name, content in compile_tables(here.parents[1] / "standard").items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()

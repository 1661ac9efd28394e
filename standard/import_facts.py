"""Make the reviewable source of the tables in this folder from the gathered facts and pydicom.

Run once for each new delivery of facts: `python standard/import_facts.py ../shared/standard`.
Sentences of the standard are dropped here; what rules need of them is kept as a flag.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def dictionary(facts: Path) -> None:
    """Write dictionary.tsv (PS3.6 chapters 6-8) and uids.tsv (PS3.6 Annex A)."""
    from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
    from pydicom._uid_dict import UID_dictionary

    rows = {f"{tag:08X}": (vr, vm, kw, ret) for tag, (vr, vm, _, ret, kw) in DicomDictionary.items()}
    for mask, (vr, vm, _, ret, kw) in RepeatersDictionary.items():
        rows[mask] = (vr, vm, kw, ret)
    for extra in json.loads((facts / "dictionary_extra.json").read_text()):
        tag = extra["tag"].strip("()").replace(",", "")
        rows.setdefault(
            tag, (extra["vr"], extra["vm"], extra["kw"], "Retired" if extra.get("retired") else "")
        )
    # Changed since pydicom's edition (PS3.6 2025b).
    rows["00102160"] = (*rows["00102160"][:3], "Retired")
    rows["30040012"] = (*rows["30040012"][:3], "")
    rows["00283006"] = (rows["00283006"][0], "1-n or 1", *rows["00283006"][2:])
    lines = ["tag\tvr\tvm\tkeyword\tretired"]
    lines += [
        f"{t}\t{vr}\t{vm}\t{kw}\t{'R' if ret else ''}" for t, (vr, vm, kw, ret) in sorted(rows.items()) if kw
    ]
    (HERE / "dictionary.tsv").write_text("\n".join(lines) + "\n")

    uids = {uid: (kind, name, bool(ret)) for uid, (name, kind, _, ret, _) in UID_dictionary.items()}
    iods = {}
    for sop in json.loads((facts / "sop_classes.json").read_text()):
        uids.setdefault(sop["uid"], ("SOP Class", sop["name"], bool(sop.get("retired"))))
        iods[sop["uid"]] = (sop.get("iod") or "", sop.get("d3") or "")
    lines = ["uid\ttype\tname\tretired\tiod\tdicom3tools"]
    for uid, (kind, name, ret) in sorted(uids.items()):
        iod, d3 = iods.get(uid, ("", ""))
        lines.append(f"{uid}\t{kind}\t{name.replace(' (Retired)', '')}\t{'R' if ret else ''}\t{iod}\t{d3}")
    (HERE / "uids.tsv").write_text("\n".join(lines) + "\n")


ROW_KEYS = ("tag", "kw", "type", "items", "n", "pc", "bad", "src", "type2020", "d3", "mbpo", "d3v", "d3k")


def row_facts(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row without sentences; `mbp` = its text says "may be present" in some case."""
    kept = {key: row[key] for key in ROW_KEYS if key in row}
    text = row.get("cond", "").lower()
    if "may be present" in text or "may also be present" in text:
        kept["mbp"] = 1
    if row.get("ct"):
        kept["ct"] = row["ct"]
    if row.get("enum"):
        kept["enum"] = [enumeration_facts(entry) for entry in row["enum"]]
    return kept


def enumeration_facts(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a value list without sentences; `u` = applies under a condition nobody parsed."""
    kept = {key: entry[key] for key in ("k", "v", "i", "p", "y") if key in entry}
    if "via" in entry:
        kept["via"] = 1
    if "c" in entry and "p" not in entry:
        kept["u"] = 1
    return kept


def use_facts(use: dict[str, Any]) -> dict[str, Any]:
    """Return a Module or Functional Group use without sentences."""
    kept = {key: value for key, value in use.items() if key != "cond"}
    text = use.get("cond", "").lower()
    if "may be present" in text or "may also be present" in text:
        kept["mbp"] = 1
    return kept


FORBIDS = "be present|should not be used|^only permitted|present but|attribute present|^not permitted in"
"""Messages of dicom3tools that say an Attribute may not be there, rather than what its value is."""

VALUES = "required|value is|to be|should be"


def d3_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return dicom3tools rows without messages; `say` = what a `verify` row with a message means."""
    result = []
    for row in rows:
        kept = {key: value for key, value in row.items() if key not in ("note", "errmsg", "warnmsg", "items")}
        message = (row.get("errmsg") or row.get("warnmsg") or "").lower()
        if message:
            forbids = re.search(FORBIDS, message) and not re.search(VALUES, message)
            kept["say"] = ("W" if "warnmsg" in row else "E") + ("forbid" if forbids else "value")
        if "items" in row:
            kept["items"] = d3_rows(row["items"])
        result.append(kept)
    return result


def dump_lines(path: Path, blocks: dict[str, Any]) -> None:
    """Write blocks of records, one record a line, so that a change shows as a line of a diff."""
    parts = []
    for name, records in blocks.items():
        if isinstance(records, dict):
            body = ",\n".join(
                f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
                for key, value in records.items()
            )
            parts.append(f"{json.dumps(name)}: {{\n{body}\n}}")
        else:
            parts.append(f"{json.dumps(name)}: {json.dumps(records, ensure_ascii=False)}")
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n")


def modules(facts: Path) -> None:
    """Write iods.json, modules.json, macros.json (PS3.3) and the map between the two sources."""
    loaded = {
        name: json.loads((facts / f"{name}.json").read_text()) for name in ("iods", "modules", "macros")
    }
    iods = {}
    for key, iod in loaded["iods"]["iods"].items():
        kept = {
            "name": iod["name"],
            "sect": iod["sect"],
            "modules": [use_facts(use) for use in iod["modules"]],
        }
        if "fg" in iod:
            kept["fg"] = [use_facts(use) for use in iod["fg"]]
        iods[key] = kept
    dump_lines(HERE / "iods.json", {"edition": "2025b", "iods": iods})
    modules = {}
    for key, module in loaded["modules"]["modules"].items():
        kept = {name: module[name] for name in ("name", "sect", "new") if name in module}
        modules[key] = {**kept, "rows": [row_facts(row) for row in module["rows"]]}
    dump_lines(HERE / "modules.json", {"edition": "2025b", "modules": modules})
    macros: dict[str, dict[str, Any]] = {"fg": {}, "lists": {}}
    for block in ("fg", "lists"):
        for key, macro in loaded["macros"][block].items():
            kept = {name: macro[name] for name in ("name", "sect", "new", "macro") if name in macro}
            macros[block][key] = {**kept, "rows": [row_facts(row) for row in macro["rows"]]}
    dump_lines(HERE / "macros.json", {"edition": "2025b", **macros})
    links = json.loads((facts / "d3_module_map.json").read_text())
    dump_lines(HERE / "dicom3tools_links.json", {"modules": links})


def dicom3tools(facts: Path) -> None:
    """Write dicom3tools.json: its IODs, modules, macros, conditions, value sets and UID names."""
    source = json.loads((facts / "dicom3tools.json").read_text())
    dump_lines(
        HERE / "dicom3tools.json",
        {
            "edition": "2026a",
            "iods": source["iods"],
            "modules": {key: d3_rows(rows) for key, rows in source["modules"].items()},
            "macros": {key: d3_rows(rows) for key, rows in source["macros"].items()},
            "conditions": source["conditions"],
            "values": source["values"],
            "uids": source["uids"],
        },
    )


def overrides(facts: Path) -> None:
    """Write the delivered corrections as the first part of the overrides, if there are none yet."""
    target = HERE / "overrides.json"
    if not target.exists():
        entries = json.loads((facts / "corrections.json").read_text())
        target.write_text(
            "[\n" + ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries) + "\n]\n"
        )


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    dictionary(folder)
    modules(folder)
    dicom3tools(folder)
    overrides(folder)

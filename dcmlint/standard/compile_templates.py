"""Compile templates and context groups of PS3.16 (see `dcmlint.standard.compile`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["compile_templates"]


def compile_templates(source: Path) -> dict[str, bytes]:
    """Return `templates.pack`, one record a line, and `templates.index.json`."""
    templates = json.loads((source / "templates.json").read_text())
    overrides = json.loads((source / "template_overrides.json").read_text())
    for override in overrides:
        _override(templates, override)
    groups = json.loads((source / "context_groups.json").read_text())
    records = {f"tid{tid}": record for tid, record in templates.items()}
    records |= {f"cid{cid}": record for cid, record in groups.items()}
    lines, index, position = [], {}, 0
    for key, record in sorted(records.items()):
        line = _dump(record)
        index[key] = [position, len(line)]
        lines.append(line)
        position += len(line)
    roots = {tid: each["rows"][0].get("concept") or {} for tid, each in templates.items() if each.get("root")}
    return {
        "templates.pack": b"".join(lines),
        "templates.index.json": _dump({"at": index, "roots": roots}),
    }


def _override(templates: dict[str, Any], override: dict[str, Any]) -> None:
    """Apply one correction: to a template (`tid`) or to rows of it (`tid` and `rows`).

    A value of null takes the key away; "add" gives a new row that follows the row `after`.
    """
    template = templates[override["tid"]]
    if "add" in override:
        places = [number for number, row in enumerate(template["rows"]) if row["row"] == override["after"]]
        template["rows"].insert(places[-1] + 1, override["add"])
        return
    wanted = override.get("rows")
    targets = [row for row in template["rows"] if row["row"] in wanted] if wanted else [template]
    if wanted and len(targets) < len(wanted):
        raise ValueError(f"no such rows in TID {override['tid']}: {wanted}")
    for target in targets:
        for key, value in override["change"].items():
            if value is None:
                target.pop(key, None)
            else:
                target[key] = value


def _dump(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"

"""Type 1 and 2 Attributes of mandatory Modules, straight from the facts, not from dcmlint's tables.

`../shared/standard` where it is there, else the reviewable form in `standard/` of this repository.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.corpus import facts_folder

__all__ = ["Required", "iod_of", "own_modules", "required_in"]

_SOP_CLASS_UID = 0x00080016
_FUNCTIONAL_GROUPS = {
    0x52009229: "SharedFunctionalGroupsSequence",
    0x52009230: "PerFrameFunctionalGroupsSequence",
}


class Required(NamedTuple):
    """An Attribute that must be there: at which path, in which Data Set, of which Type."""

    path: str
    item: Any
    tag: int
    keyword: str
    type: str
    macro: bool


class _Source(NamedTuple):
    """Rows of one Data Set, and the names under which corrections may speak of them."""

    origins: tuple[tuple[str, str], ...]
    rows: list[dict[str, Any]]

    def is_conditional(self, keyword: str) -> bool:
        found = _facts().conditional
        return any((where, f"{path}/{keyword}".lstrip("/")) in found for where, path in self.origins)

    def below(self, keyword: str, items: str) -> _Source:
        paths = tuple((where, f"{path}/{keyword}".lstrip("/")) for where, path in self.origins)
        return _Source((*paths, (f"list:{items}", "")), _facts().lists[items]["rows"])


class _Facts(NamedTuple):
    iods: dict[str, Any]
    modules: dict[str, Any]
    groups: dict[str, Any]
    lists: dict[str, Any]
    conditional: frozenset[tuple[str, str]]
    iod_by_class: dict[str, str]


@cache
def _facts() -> _Facts:
    here = Path(__file__).resolve().parents[1] / "standard"
    folder = facts_folder() or here
    modules = json.loads((folder / "modules.json").read_bytes())["modules"]
    macros = json.loads((folder / "macros.json").read_bytes())
    return _Facts(
        json.loads((folder / "iods.json").read_bytes())["iods"],
        modules,
        macros["fg"],
        macros["lists"],
        _conditional(folder),
        _iod_by_class(folder),
    )


def _iod_by_class(folder: Path) -> dict[str, str]:
    table = folder / "sop_classes.json"
    if table.exists():
        rows = json.loads(table.read_bytes())
        return {row["uid"]: row["iod"] for row in rows if row.get("iod")}
    from dcmlint.standard.dictionary import uids

    return {row.uid: row.iod for row in uids().values() if row.iod}


def _conditional(folder: Path) -> frozenset[tuple[str, str]]:
    """Return (where, path) of rows that the corrections make conditional or optional.

    A macro that is invoked under a condition, Code Meaning where the invocation makes it Type 3, and
    rows that a more special Module overrides.
    """
    table = folder / "corrections.json"
    if not table.exists():
        table = folder / "overrides.json"
    found = set()
    for entry in json.loads(table.read_bytes()):
        path = entry.get("path", "")
        if "inc" in entry["change"]:
            found.add((entry["where"], path))
        for keyword in entry["change"].get("child_type", {}):
            found.add((entry["where"], f"{path}/{keyword}"))
        found |= {(f"module:{name}", path) for name in entry["change"].get("overrides", ())}
    return frozenset(found)


def iod_of(sop_class_uid: str) -> str | None:
    """Return the key of the IOD's facts, None if there are none."""
    iod = _facts().iod_by_class.get(sop_class_uid)
    return iod if iod in _facts().iods else None


def required_in(root: Any, sop_class_uid: str) -> Iterator[Required]:
    """Yield the Type 1 and 2 Attributes of mandatory Modules and functional group macros that apply.

    Those of the root, and of the first Item of each Sequence that is there.
    """
    iod = iod_of(sop_class_uid)
    if iod is None:
        return
    facts = _facts()
    record = facts.iods[iod]
    sources = [
        _Source(((f"module:{use['m']}", ""),), facts.modules[use["m"]]["rows"])
        for use in record["modules"]
        if use["u"] == "M" and "rows" in facts.modules.get(use["m"], {})
    ]
    yield from _level("", root, sources, macro=False)
    mandatory = [
        _Source(((f"fg:{use['g']}", ""),), facts.groups[use["g"]]["rows"])
        for use in record.get("fg", ())
        if use["u"] == "M" and "rows" in facts.groups.get(use["g"], {})
    ]
    for tag, keyword in _FUNCTIONAL_GROUPS.items():
        if tag in root._dict and len(root[tag].value):
            yield from _level(f"{keyword}[1]", root[tag].value[0], mandatory, macro=True)


def _level(path: str, item: Any, sources: Sequence[_Source], *, macro: bool) -> Iterator[Required]:
    types: dict[int, set[str]] = {}
    nested: dict[int, list[_Source]] = {}
    keywords: dict[int, str] = {}
    for source in sources:
        for row in source.rows:
            if "X" in row["tag"] or "inc" in row or source.is_conditional(row["kw"] or ""):
                continue
            tag = int(row["tag"][1:5] + row["tag"][6:10], 16)
            keywords[tag] = row["kw"] or ""
            types.setdefault(tag, set()).add(row["type"] or "")
            if "items" in row:
                nested.setdefault(tag, []).append(source.below(keywords[tag], row["items"]))
    for tag, found in types.items():
        strongest = min(found & {"1", "2"}, default="")
        if strongest and tag in item._dict:
            yield Required(path, item, tag, keywords[tag], strongest, macro)
    for tag, below in nested.items():
        if tag not in item._dict or (not path and tag in _FUNCTIONAL_GROUPS):
            continue
        element = item[tag]
        if element.VR == "SQ" and len(element.value):
            step = f"{path}.{keywords[tag]}[1]".lstrip(".")
            yield from _level(step, element.value[0], below, macro=False)


def own_modules(root: Any, sop_class_uid: str) -> Iterator[tuple[list[str], list[int]]]:
    """Yield, for each mandatory Module that is there: (keywords of Type 1 and 2, tags of all its rows).

    Only Modules that share no Attribute with another one of the IOD and require more than one.
    """
    iod = iod_of(sop_class_uid)
    if iod is None:
        return
    facts = _facts()
    uses = [use for use in facts.iods[iod]["modules"] if "rows" in facts.modules.get(use["m"], {})]
    owners: dict[str, int] = {}
    for use in uses:
        for keyword in {row["kw"] for row in facts.modules[use["m"]]["rows"]}:
            owners[keyword] = owners.get(keyword, 0) + 1
    for use in uses:
        rows = [row for row in facts.modules[use["m"]]["rows"] if "X" not in row["tag"]]
        source = _Source(((f"module:{use['m']}", ""),), rows)
        required = [
            row["kw"]
            for row in rows
            if row["type"] in ("1", "2") and "inc" not in row and not source.is_conditional(row["kw"])
        ]
        alone = all(owners[row["kw"]] == 1 for row in rows)
        tags = [int(row["tag"][1:5] + row["tag"][6:10], 16) for row in rows]
        judged = use["u"] == "M" and alone and len(required) > 1 and _SOP_CLASS_UID not in tags
        if judged and any(tag in root._dict for tag in tags):
            yield required, tags

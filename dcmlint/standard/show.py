"""The standard's tables as text: `dcmlint standard list` and `dcmlint standard show NAME`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dcmlint.errors import UsageError
from dcmlint.standard.dictionary import entry, label, tag_of, uids
from dcmlint.standard.location import EMBEDDED, edition_directory, user_directory
from dcmlint.standard.shards import iod_keys, iod_shard, record, record_ids

__all__ = ["list_editions", "show", "when"]

Row = dict[str, Any]

_NESTING = 3
"""How many levels of nested Items are listed."""

_CODED_ENTRY = frozenset(
    0x00080000 | number for number in (*range(0x0100, 0x0108), 0x010B, 0x010D, 0x010F, *range(0x0117, 0x0123))
)
"""The Attributes of a coded entry (PS3.3 8.8), which are not listed at each Code Sequence."""

_OPERATORS = {
    "+": "{0} is present",
    "++": "{0} has a value",
    "-": "{0} is absent",
    "=": "{0} is {1}",
    "!=": "{0} is not {1}",
    ">": "{0} is above {1}",
    "<": "{0} is below {1}",
    "=>": "{0} points to {1}",
    "!0": "{0} is not zero",
}


def list_editions() -> str:
    """Return the editions that are there, one a line, the one in use marked with "*"."""
    fetched = user_directory() / "editions"
    folders = [EMBEDDED, *sorted(path.parent for path in fetched.glob("[!.]*/rows.index.json"))]
    in_use = edition_directory()
    lines = []
    for folder in folders:
        name = "embedded" if folder == EMBEDDED else folder.name
        mark = "*" if folder == in_use else " "
        count = sum(1 for _ in (folder / "iods").glob("*.json"))
        lines.append(f"{mark} {name:<10} {_composite(folder):<14} {count:>4} IODs")
    return "\n".join(lines)


def show(name: str) -> str:
    """Return what the edition in use says of an IOD, SOP Class UID, Module, Macro, keyword or tag.

    A name that is several of these gets all of them. Raises UsageError if it is none.
    """
    parts = [
        *(_iod(key) for key in _iods_named(name)),
        *(_module(identifier) for identifier in _modules_named(name)),
        *(_attribute(tag) for tag in _tags_named(name)),
    ]
    if not parts:
        near = _near(name)
        raise UsageError(
            f"No IOD, Module or Attribute is named {name!r}.",
            f"Did you mean {', '.join(near)}?" if near else "Attributes go by keyword: PixelSpacing.",
        )
    return "\n\n".join(parts)


def _composite(folder: Path) -> str:
    editions = json.loads((folder / "rows.index.json").read_bytes())["editions"]
    return "+".join(dict.fromkeys(filter(None, editions.values())))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _iods_named(name: str) -> list[str]:
    registered = uids().get(name)
    wanted = registered.iod if registered is not None else _plain(re.sub(r"\s+IOD$", "", name))
    return [key for key in iod_keys() if _plain(key) == _plain(wanted)]


def _modules_named(name: str) -> list[str]:
    wanted = _plain(re.sub(r"\s+(Module|Macro)$", "", name))
    return [name for name in record_ids() if name[:2] in ("m:", "g:") and _plain(name[2:]) == wanted]


def _tags_named(name: str) -> list[int]:
    hexadecimal = re.fullmatch(r"\(?([0-9A-Fa-f]{4}),?([0-9A-Fa-f]{4})\)?", name)
    if hexadecimal:
        return [int(hexadecimal[1] + hexadecimal[2], 16)]
    try:
        return [tag_of(name)]
    except KeyError:
        return []


def _near(name: str) -> list[str]:
    """Return up to five names that look like the one that was not found."""
    import difflib

    from dcmlint.standard.dictionary import keyword_of, vr_by_tag

    modules = [identifier[2:] for identifier in record_ids() if identifier[:2] in ("m:", "g:")]
    keywords = {keyword_of(tag).lower(): keyword_of(tag) for tag in vr_by_tag()}
    known = dict.fromkeys([*iod_keys(), *modules])
    found = difflib.get_close_matches(_plain(name), known, n=3, cutoff=0.7)
    return found + [keywords[near] for near in difflib.get_close_matches(name.lower(), keywords, n=2)]


def _iod(key: str) -> str:
    shard = iod_shard(key)
    assert shard is not None
    lines = [f"{shard['name']} IOD  ({key})  PS3.3 {_section(shard['sect'])}"]
    classes = [f"{found.uid} {found.name}" for found in uids().values() if found.iod == key]
    lines += [f"SOP Class {line}" for line in classes]
    entity = ""
    for use in shard["modules"]:
        if use.get("ie", "") != entity:
            entity = use["ie"]
            lines.append(f"  {entity}")
        lines.append(f"    {use['u']}  {_name(use['m'], 'm'):<44} {use['m']}{when(use)}")
    if "fg" in shard:
        lines.append("  Functional Groups")
    only = {"perframe": "  per-frame only", "shared": "  shared only"}
    for use in shard.get("fg", ()):
        restriction = only.get(use.get("only", ""), "")
        lines.append(f"    {use['u']}  {_name(use['g'], 'g'):<44} {use['g']}{when(use)}{restriction}")
    return "\n".join(lines)


def _name(key: str, prefix: str) -> str:
    found = record(f"{prefix}:{key}")
    return key if found is None else str(found.get("name", key))


def _module(identifier: str) -> str:
    found = record(identifier)
    kind = "Module" if identifier.startswith("m:") else "Functional Group Macro"
    section = f"  PS3.3 {_section(found['sect'])}" if "sect" in found else ""
    lines = [f"{found.get('name', identifier[2:])} {kind}  ({identifier[2:]}){section}"]
    lines += _rows(found["rows"], 0, ())
    users = _users(identifier)
    if users:
        lines.append(f"Used by {len(users)} IODs: {', '.join(users[:8])}{', ...' if len(users) > 8 else ''}")
    return "\n".join(lines)


def _rows(rows: list[Row], depth: int, inside: tuple[str, ...]) -> Iterator[str]:
    for row in rows:
        if "s" in row:
            continue
        name = ">" * depth + label(row["t"])
        tag = f"({row['t'] >> 16:04X},{row['t'] & 0xFFFF:04X})"
        yield f"  {tag}  {row['y']:<3} {name:<48}{_items(row)}{when(row)}{_values(row)}".rstrip()
        nested = row.get("i")
        if nested is None or nested in inside:
            continue
        found = record(f"l:{nested}")
        listed = [] if found is None else _beyond_code(found["rows"])
        if depth < _NESTING:
            yield from _rows(listed, depth + 1, (*inside, nested))
        elif listed:
            yield f"  {'':<11}  {'':<3} {'>' * (depth + 1)}..."


def _beyond_code(rows: list[Row]) -> list[Row]:
    """Return the rows without those of the coded entry, if the Item holds one."""
    tags = {row["t"] for row in rows}
    coded = {0x00080100, 0x00080104} <= tags
    return [row for row in rows if not coded or row["t"] not in _CODED_ENTRY]


def _items(row: Row) -> str:
    return f"  {row['n']} Items" if "n" in row else ""


def when(row: Row) -> str:
    """Return the condition in words: the parsed one, else the name of dicom3tools' one."""
    condition = row.get("c")
    if condition:
        forbidden = condition.get("k") == "NU"
        words = _words(condition)
        words = words[1:-1] if words.startswith("(") else words
        return f"  {'not ' if forbidden else ''}if {words}"
    name = row.get("d", "")
    named = name and not name.startswith("Need") and row.get("y", "C").endswith("C")
    return f"  if {name}" if named else ""


def _words(test: Row | None) -> str:
    if test is None:
        return "..."
    for key, word in (("&", " and "), ("|", " or ")):
        if key in test:
            return "(" + word.join(_words(part) for part in test[key]) + ")"
    attribute = label(test["t"]) + (f" value {test['i'] + 1}" if "i" in test else "")
    values = test.get("v", [])
    if test["o"] == "=>":
        values = [label(int(value)) for value in values]
    return _OPERATORS[test["o"]].format(attribute, " or ".join(values))


def _values(row: Row) -> str:
    parts = []
    for listed in row.get("e", ()):
        kind = {"E": "one of", "D": "terms"}.get(listed["k"])
        if kind:
            place = f"value {listed['i']} " if "i" in listed else ""
            parts.append(f"{place}{kind} {' '.join(listed['v'])}")
    return "  [" + "; ".join(parts) + "]" if parts else ""


def _attribute(tag: int) -> str:
    found = entry(tag)
    title = f"({tag >> 16:04X},{tag & 0xFFFF:04X})  {label(tag)}"
    if found is None:
        return f"{title}  not in PS3.6"
    lines = [f"{title}  VR {found.vr}  VM {found.vm}{'  retired' if found.retired else ''}  PS3.6 6"]
    for identifier in record_ids():
        if identifier[:2] in ("m:", "g:"):
            for row in record(identifier)["rows"]:
                if row["t"] == tag and "s" not in row:
                    kind = "Module" if identifier[0] == "m" else "Functional Group Macro"
                    where = f"{_name(identifier[2:], identifier[0])} {kind}"
                    lines.append(
                        f"  {row['y']:<3} {where:<52}{_items(row)}{when(row)}{_values(row)}".rstrip()
                    )
    nested = sum(
        any(row["t"] == tag for row in record(identifier)["rows"])
        for identifier in record_ids()
        if identifier[:2] == "l:"
    )
    if nested:
        lines.append(f"  and in the Items of {nested} kinds of Sequences")
    return "\n".join(lines)


def _users(identifier: str) -> list[str]:
    block, name = ("modules", "m") if identifier.startswith("m:") else ("fg", "g")
    wanted = identifier[2:]
    return [
        key for key in iod_keys() if any(use[name] == wanted for use in (iod_shard(key) or {}).get(block, ()))
    ]


def _section(sect: str) -> str:
    return sect.partition("#")[0]

"""Fetch an edition of PS3 from NEMA, compile it into the user's data directory, choose one for use."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from dcmlint.errors import UsageError
from dcmlint.standard.compile import compile_iods, dump, pack_records
from dcmlint.standard.location import EMBEDDED, user_directory

__all__ = ["compile_edition", "editions_directory", "fetch", "use"]

_NO_DICOM3TOOLS: dict[str, Any] = {"edition": "", "iods": {}, "modules": {}, "macros": {}} | {
    "conditions": {},
    "values": {},
    "uids": {},
}


def editions_directory() -> Path:
    """Return the folder that holds fetched editions, one folder each."""
    return user_directory() / "editions"


def fetch(edition: str | None = None) -> str:
    """Fetch and compile an edition ("2025c", "2025" for its latest, None for the current one).

    Returns what to tell the user. Raises UsageError if it cannot be had; nothing changes then.
    """
    from dcmlint.standard.nema import Nema, quiet

    with quiet():
        name, docbook = Nema(user_directory() / "nema").docbook(edition or "current")
        tables = compile_edition(docbook, name)
    target = _install(name, tables)
    count = sum(path.startswith("iods/") for path in tables)
    return f"Edition {name}: {count} IODs, compiled into {target}.\nUse it with: dcmlint standard use {name}"


def use(edition: str) -> str:
    """Choose the edition that checks are made against; "embedded" returns to the one that ships.

    Returns what to tell the user. Raises UsageError if it is not there.
    """
    if edition != "embedded":
        folder = _provided().get(edition) or editions_directory() / edition
        if edition in ("", ".", "..") or "/" in edition or not (folder / "rows.pack").is_file():
            raise UsageError(
                f"Edition {edition!r} is not there.",
                f"Get it with: dcmlint standard fetch {edition}\nSee what is there: dcmlint standard list",
            )
        _link(edition, folder)
    try:
        user_directory().mkdir(parents=True, exist_ok=True)
        choice = user_directory() / ".edition"
        choice.write_text(edition + "\n")
        choice.replace(user_directory() / "edition")
    except OSError as error:
        raise UsageError(f"The choice cannot be written: {error}.") from error
    return "Checks use the embedded edition." if edition == "embedded" else f"Checks use edition {edition}."


def compile_edition(docbook: Path, edition: str) -> dict[str, bytes]:
    """Return the tables, by file name, of the edition whose DocBook files are in `docbook`.

    Raises UsageError if they cannot be read as PS3.3, PS3.4 and PS3.6.
    """
    from dcmlint.standard.adopt import adopt, adopt_uses, read_records
    from dcmlint.standard.docbook import read_edition

    uids = json.loads((EMBEDDED / "uids.json").read_bytes())
    try:
        facts = read_edition(docbook, edition, {row[0]: row[4] for row in uids})
        loaded = {"iods": facts.iods, "modules": facts.modules, "macros": facts.macros}
        none = {"dicom3tools": _NO_DICOM3TOOLS, "dicom3tools_links": {"modules": {}}, "overrides": []}
        tables = compile_iods(loaded | none, "", "")
    except Exception as error:  # whatever a third-party reader raises on a document it does not expect
        raise UsageError(
            f"Edition {edition} cannot be read: {type(error).__name__}: {error}.",
            f"The DocBook files are in {docbook}; remove them to fetch them again.",
        ) from error
    if not facts.iods["iods"]:
        raise UsageError(f"Edition {edition} has no IODs.", f"Look at {docbook / 'part03.xml'}.")
    known, editions = read_records(EMBEDDED)
    index = json.loads(tables["rows.index.json"])["at"]
    records = {key: json.loads(tables["rows.pack"][at : at + size]) for key, (at, size) in index.items()}
    records = adopt(records, known, older=edition < editions["structure"])
    for path in [path for path in tables if path.startswith("iods/")]:
        partner = EMBEDDED / path
        shard = json.loads(partner.read_bytes()) if partner.exists() else None
        tables[path] = dump(adopt_uses(json.loads(tables[path]), shard))
    tables |= pack_records(records, {"structure": edition, "dicom3tools": editions["dicom3tools"]})
    tables["dictionary.json"] = _dictionary(facts.dictionary)
    tables["uids.json"] = _uids(
        uids, facts.sop_classes, {path[5:-5] for path in tables if path[:5] == "iods/"}
    )
    return tables


def _dictionary(rows: list[Any]) -> bytes:
    """Return the embedded PS3.6 with the edition's rows in place of its own."""
    content = json.loads((EMBEDDED / "dictionary.json").read_bytes())
    retired = set(content["retired"])
    values = zip(content["vr"], content["vm"], content["keyword"], strict=True)
    merged = dict(zip(content["tag"], values, strict=True))
    for row in rows:
        if "x" not in row.tag:
            tag = int(row.tag, 16)
            merged[tag] = (row.vr, row.vm, row.keyword)
            (retired.add if row.retired else retired.discard)(tag)
    tags = sorted(merged)
    columns = {name: [merged[tag][at] for tag in tags] for at, name in enumerate(("vr", "vm", "keyword"))}
    return dump(content | {"tag": tags, **columns, "retired": sorted(retired)})


def _uids(known: list[Any], sop_classes: dict[str, tuple[str, str]], iods: set[str]) -> bytes:
    """Return the embedded UID registry with the edition's SOP Classes; their IODs are the edition's."""
    rows = {row[0]: [*row[:4], row[4] if row[4] in iods else ""] for row in known}
    for uid, (name, iod) in sop_classes.items():
        rows.setdefault(uid, [uid, "SOP Class", name.replace(" (Retired)", ""), "(Retired)" in name, iod])
        rows[uid][4] = iod or rows[uid][4]
    return dump([rows[uid] for uid in sorted(rows)])


def _install(edition: str, tables: dict[str, bytes]) -> Path:
    """Put an edition in place as a whole, instead of the one that was there."""
    target = editions_directory() / edition
    try:
        editions_directory().mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{edition}-", dir=editions_directory()))
        try:
            for name, content in tables.items():
                path = staging / "new" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            if target.is_symlink():
                target.unlink()
            elif target.exists():
                target.rename(staging / "old")
            (staging / "new").rename(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise UsageError(f"Edition {edition} cannot be written: {error}.") from error
    return target


def _provided() -> dict[str, Path]:
    """Return the editions that plugins bring, the embedded one left out."""
    from dcmlint.plugins import named

    return {name: Path(folder) for name, folder in named("dcmlint_standard").items() if name != "embedded"}


def _link(edition: str, folder: Path) -> None:
    """Make an edition of a plugin appear among the fetched ones."""
    place = editions_directory() / edition
    if folder == place:
        return
    editions_directory().mkdir(parents=True, exist_ok=True)
    if place.is_symlink():
        place.unlink()
    if place.exists():
        raise UsageError(f"Edition {edition} is fetched and brought by a plugin.", f"Remove {place}.")
    place.symlink_to(folder, target_is_directory=True)

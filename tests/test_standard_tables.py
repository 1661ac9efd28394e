"""The tables that ship are what their source gives, hold facts only, and hang together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dcmlint.standard.adopt import read_records
from dcmlint.standard.compile import compile_tables
from dcmlint.standard.location import EMBEDDED

SOURCE = Path(__file__).parents[1] / "standard"
RECORDS, EDITIONS = read_records(EMBEDDED)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def test_the_tables_are_what_the_source_gives() -> None:
    compiled = compile_tables(SOURCE)
    shipped = {path.relative_to(EMBEDDED).as_posix() for path in EMBEDDED.rglob("*") if path.is_file()}
    assert shipped == set(compiled)
    stale = [name for name, content in compiled.items() if (EMBEDDED / name).read_bytes() != content]
    assert not stale, "run `make tables`"


def test_the_tables_are_small() -> None:
    """Tables of codes and templates are apart: only SR documents and codes open them."""
    sizes = {"codes": 0, "templates": 0, "others": 0}
    for path in EMBEDDED.rglob("*"):
        if path.is_file():
            name = path.relative_to(EMBEDDED).parts[0].partition(".")[0]
            sizes[name if name in sizes else "others"] += path.stat().st_size
    assert sizes["codes"] < 1_000_000 and sizes["templates"] < 700_000 and sizes["others"] < 3_000_000


@pytest.mark.parametrize("name", ["iods", "modules", "macros", "dicom3tools"])
def test_the_source_holds_no_sentences(name: str) -> None:
    for text in strings(json.loads((SOURCE / f"{name}.json").read_text())):
        assert not re.search(r"\b(shall|required if|may be present|is present|must)\b", text, re.I), text
        assert len(text.split()) < 12 or text.startswith(("over:", "under:")), text


def test_every_override_has_a_reason_and_a_citation() -> None:
    entries = json.loads((SOURCE / "overrides.json").read_text())
    assert len(entries) > 100
    for entry in entries:
        assert entry["reason"] and entry["citation"], entry


def test_every_row_refers_to_records_that_are_there() -> None:
    missing = set()
    for key, record in RECORDS.items():
        if key.startswith("c:"):
            continue
        for row in record["rows"]:
            if "i" in row and f"l:{row['i']}" not in RECORDS:
                missing.add(row["i"])
            names = [row.get("d"), *row.get("a", {}).get("d", ())]
            for constraint in row.get("v", ()):
                names += [constraint.get("d"), *constraint.get("a", ())]
            missing |= {
                name for name in names if name not in (None, "Always", "Never") and f"c:{name}" not in RECORDS
            }
    assert not missing


def test_every_iod_uses_modules_that_are_there() -> None:
    """Modules without rows are named in the source's list of known holes."""
    missing = set()
    for path in (EMBEDDED / "iods").iterdir():
        shard = json.loads(path.read_bytes())
        missing |= {use["m"] for use in shard["modules"] if f"m:{use['m']}" not in RECORDS}
        missing |= {use["g"] for use in shard.get("fg", ()) if f"g:{use['g']}" not in RECORDS}
        missing |= {entry[0] for entry in shard.get("pseudo", ()) if f"p:{entry[0]}" not in RECORDS}
    holes = (
        "displayed-waveform-segment montage-activation structured-waveform-annotation "
        "textual-waveform-annotation waveform-presentation-montage waveform-presentation-state-relationship "
        "real-time-audio-waveform-current-frame-functional-groups "
        "real-time-video-endoscopic-image-current-frame-functional-groups "
        "real-time-video-photographic-image-current-frame-functional-groups"
    )
    assert missing == set(holes.split())


def test_every_sop_class_with_an_iod_has_its_shard() -> None:
    iods = {path.stem for path in (EMBEDDED / "iods").iterdir()}
    named = {row[4] for row in json.loads((EMBEDDED / "uids.json").read_bytes()) if row[4]}
    assert named <= iods


def test_the_composite_edition_is_named() -> None:
    assert EDITIONS == {"structure": "2025b", "dicom3tools": "2026a"}

"""PS3.15 Table E.1-1 as shipped."""

from __future__ import annotations

from pathlib import Path

from dcmlint.standard.compile import compile_deid_profile, dump
from dcmlint.standard.deid import is_identifying, profile_row, profile_rows, standard_vocabulary

ROOT = Path(__file__).parents[1]


def test_the_table_is_compiled_from_the_source() -> None:
    source = (ROOT / "standard" / "deid_profile.tsv").read_text()
    shipped = ROOT / "dcmlint" / "standard" / "data" / "deid_profile.json"
    assert compile_deid_profile(source) == shipped.read_bytes()


def test_the_vocabulary_is_of_harmless_words() -> None:
    source = (ROOT / "standard" / "vocabulary.txt").read_text().split()
    shipped = ROOT / "dcmlint" / "standard" / "data" / "vocabulary.json"
    assert dump(source) == shipped.read_bytes()
    words = standard_vocabulary()
    assert words == frozenset(source) and len(words) == len(source) == 431
    assert all(len(word) >= 3 and word.isascii() and word.isalpha() and word.islower() for word in words)
    names = (
        "brown may long green head hand small short ray colon brain willis waters law douglas rose gray grace"
    )
    assert not words & set(names.split())
    assert {"chest", "left", "right", "axial", "contrast", "angiography", "abdomen", "with"} <= words


def test_every_row_is_there() -> None:
    rows = profile_rows()
    assert len(rows) == 647
    assert {code for row in rows for code in row.options.values()} == {"K", "C"}
    assert len({column for row in rows for column in row.options}) == 10


def test_rows_by_tag() -> None:
    name = profile_row(0x00100010)
    assert name is not None
    assert (name.basic, dict(name.options)) == ("Z", {})
    curve = profile_row(0x50020010)
    assert curve is not None
    assert curve.tag == "50xxxxxx"
    overlay = profile_row(0x60023000)
    assert overlay is not None
    assert dict(overlay.options) == {"cleanGraph": "C"}
    private = profile_row(0x00091001)
    assert private is not None
    assert dict(private.options) == {"rtnSafePriv": "C"}
    assert profile_row(0x00080008) is None


def test_the_two_tables_of_the_same_facts_agree() -> None:
    assert all(
        is_identifying(int(row.tag, 16))
        for row in profile_rows()
        if row.tag.isalnum() and "x" not in row.tag and row.tag != "private"
    )

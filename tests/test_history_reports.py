"""`dcmlint report` and `dcmlint diff`: what they say of a store (docs/history.md)."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from pathlib import Path

import pytest
from command_line import process

from benchmarks.stored import EVIL, SECRET, make_store
from dcmlint.catalogue import catalogue
from dcmlint.errors import UsageError
from dcmlint.history.cube import AXES, OTHERS, Cube
from dcmlint.history.page import MAX_BYTES
from dcmlint.history.report import FORMATS, Wanted, write_comparison, write_report
from dcmlint.history.rows import COLUMNS
from dcmlint.store.query import DIMENSIONS, Cell
from dcmlint.store.reading import reading

DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("history") / "store.db")


def report(store: Path, form: str, output: Path, run: str = "last", *, files: bool = False) -> bytes:
    write_report(Wanted(str(store), form, str(output), files), run)
    return output.read_bytes()


def page_data(page: bytes) -> dict:
    (text,) = DATA.findall(page.decode())
    return json.loads(text)


def counted(store: Path, where: str) -> int:
    with sqlite3.connect(store) as connection:
        return int(connection.execute(f"SELECT COUNT(*) FROM findings WHERE {where}").fetchone()[0])


NEW = "first_run = 3 AND (resolved_run IS NULL OR resolved_run > 3)"
OPEN = "first_run <= 3 AND (resolved_run IS NULL OR resolved_run > 3)"
RESOLVED = "resolved_run = 3 AND first_run < 3"


def test_json_has_the_numbers_of_the_store(store: Path, tmp_path: Path) -> None:
    told = json.loads(report(store, "json", tmp_path / "r", "3"))
    new, is_open, resolved = counted(store, NEW), counted(store, OPEN), counted(store, RESOLVED)
    assert new and resolved and is_open > new
    assert told["summary"] == {"open": is_open, "new": new, "known": is_open - new, "resolved": resolved}
    assert (told["run"]["id"], told["before"]["id"]) == (3, 2)
    states = [each["state"] for each in told["findings"]]
    assert {state: states.count(state) for state in ("new", "known", "resolved")} == {
        "new": new,
        "known": is_open - new,
        "resolved": resolved,
    }
    assert sum(each["new"] for each in told["rules"]) == new
    assert all(list(each) == list(COLUMNS) for each in told["findings"])


def test_the_first_run_is_all_new(store: Path, tmp_path: Path) -> None:
    told = json.loads(report(store, "json", tmp_path / "r", "1"))
    assert told["before"] is None
    assert told["summary"]["known"] == told["summary"]["resolved"] == 0
    assert told["summary"]["new"] == counted(store, "first_run = 1")


def test_csv_has_a_line_for_each_finding_and_no_formula(store: Path, tmp_path: Path) -> None:
    text = report(store, "csv", tmp_path / "r", "3").decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert tuple(rows[0]) == tuple(COLUMNS)
    assert len(rows) == counted(store, OPEN) + counted(store, RESOLVED)
    assert {row["file"] for row in rows} == {""}
    assert {row["station"] for row in rows} >= {EVIL, "STATION1"}


@pytest.mark.parametrize("form", FORMATS)
def test_files_are_shown_on_request_only(store: Path, tmp_path: Path, form: str) -> None:
    if form == "parquet":
        import pyarrow.parquet

        report(store, form, tmp_path / "r")
        files = pyarrow.parquet.read_table(tmp_path / "r").column("file").to_pylist()
        assert set(files) == {None}
        report(store, form, tmp_path / "r", files=True)
        files = pyarrow.parquet.read_table(tmp_path / "r").column("file").to_pylist()
        assert any(file and SECRET in file for file in files)
        return
    assert SECRET.encode() not in report(store, form, tmp_path / "r")
    shown = report(store, form, tmp_path / "r", files=True)
    assert (SECRET.encode() in shown) is (form != "markdown")


def test_sarif_is_for_github_with_the_open_findings(store: Path, tmp_path: Path) -> None:
    log = json.loads(report(store, "sarif", tmp_path / "r", "3"))
    results = [result for each in log["runs"] for result in each["results"]]
    assert len(results) == counted(store, OPEN)
    levels = [result["level"] for result in results]
    order = ["error", "warning", "note"]
    assert levels == sorted(levels, key=order.index)
    assert {result["partialFingerprints"]["primaryLocationLineHash"][:32] for result in results}
    places = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results]
    assert all(re.fullmatch(r"[0-9.]+|unnamed", place) for place in places)


def test_markdown_is_short_and_says_what_changed(store: Path, tmp_path: Path) -> None:
    text = report(store, "markdown", tmp_path / "r", "3").decode()
    for title in ("## dcmlint: run 3", "### New", "### Got worse", "### Resolved", "### The worst studies"):
        assert title in text
    assert len(text) < 10_000
    assert "<script>" not in text.replace("\\<script\\>", "")


def test_the_page_is_one_file_that_asks_for_nothing(store: Path, tmp_path: Path) -> None:
    page = report(store, "html", tmp_path / "r", "3").decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    assert "default-src 'none'" in policy and "unsafe" not in policy
    outside = DATA.sub("", page)
    assert not re.findall(r"""(?:src|href)=["']?(?!data:|#)[^"'>]+""", outside.partition("<script>")[0])
    assert EVIL not in page and page.count("</script>") == 2
    assert not re.search(r"\beval\(|new Function\(|fetch\(|XMLHttpRequest|WebSocket|import\(", page)


def test_the_page_has_the_numbers_of_the_store(store: Path, tmp_path: Path) -> None:
    data = page_data(report(store, "html", tmp_path / "r", "3"))
    cube = data["cube"]
    assert sum(unpacked(cube["open"])) == counted(store, OPEN)
    assert sum(unpacked(cube["new"])[1::2]) == counted(store, NEW)
    assert sum(unpacked(cube["resolved"])[1::2]) == counted(store, RESOLVED)
    assert [rule["id"] for rule in data["rules"]] == cube["values"]["rule"]
    assert EVIL in cube["values"]["station"]
    assert [run["id"] for run in data["runs"]] == [1, 2, 3]
    known = [rule for rule in data["rules"] if rule["id"] in catalogue()]
    assert known and all("<h2>" in rule["html"] for rule in known)
    worst = [(study[5], study[6], study[7]) for study in data["studies"]]
    assert worst == sorted(worst, reverse=True)


def unpacked(column: list) -> list[int]:
    import base64

    size, raw = column[0], base64.b64decode(column[1])
    return [int.from_bytes(raw[at : at + size], "little") for at in range(0, len(raw), size)]


def cells(stations: int, models: int, months: int) -> list[Cell]:
    assert DIMENSIONS[0] == "rule"
    return [
        Cell(("r/a", "error", "CT", "M", f"m{model}", f"s{station}", "1.2", f"20{month:02}-01"), 1, 2, 3)
        for station in range(stations)
        for model in range(models)
        for month in range(months)
    ]


def test_a_cube_with_too_many_cells_puts_the_rarest_values_together() -> None:
    found = cells(60, 40, 20)
    small = Cube(lambda: found, most=500)
    assert small.packed()["cells"] <= 500
    sums = [sum(each) for each in zip(*small.totals("station").values(), strict=True)]
    assert sums == [48_000, 96_000, 144_000]
    assert OTHERS in small.values["station"]
    (left,) = [each for each in small.left_out() if each.axis == "station"]
    assert left.values == 60 - (len(small.values["station"]) - 1)
    assert len(small.indices(("r/a", "error", "CT", "M m3", "s59", "1.2", "2001-01"))) == len(AXES)


def test_a_cube_does_not_depend_on_the_order_of_its_cells() -> None:
    found = cells(30, 20, 10)
    there, back = Cube(lambda: found, most=700), Cube(lambda: list(reversed(found)), most=700)
    assert there.packed() == back.packed()


def test_a_page_never_exceeds_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make_store(tmp_path / "store.db", 20_000, spread=300)
    whole = report(store, "html", tmp_path / "r")
    assert len(whole) < MAX_BYTES
    monkeypatch.setattr("dcmlint.history.page.MAX_BYTES", len(whole) - 200_000)
    smaller = report(store, "html", tmp_path / "r")
    assert len(smaller) <= len(whole) - 200_000
    data = page_data(smaller)
    assert any("(others)" in note for note in data["notes"])
    assert sum(unpacked(data["cube"]["open"])) == sum(unpacked(page_data(whole)["cube"]["open"]))


def test_parquet_has_the_documented_columns(store: Path, tmp_path: Path) -> None:
    import pyarrow.parquet

    report(store, "parquet", tmp_path / "r", "3")
    table = pyarrow.parquet.read_table(tmp_path / "r")
    assert table.column_names == list(COLUMNS)
    assert table.num_rows == counted(store, OPEN) + counted(store, RESOLVED)
    assert table.schema.metadata[b"dcmlint.run"] == b"3"


def test_diff_counts_and_lists(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "d.json"
    write_comparison(Wanted(str(store), "json", str(out)), ("last~3", "3"), 0)
    told = json.loads(out.read_text())
    appeared = f"first_run > 1 AND {OPEN}"
    gone = "first_run <= 1 AND (resolved_run IS NULL OR resolved_run > 1) AND resolved_run <= 3"
    assert told["counts"]["new"] == len(told["new"]) == counted(store, appeared)
    assert told["counts"]["resolved"] == len(told["resolved"]) == counted(store, gone)
    unchanged = counted(store, OPEN) - counted(store, appeared)
    assert told["counts"]["unchanged"] == len(told["unchanged"]) == unchanged
    order = ["error", "warning", "note"]
    severities = [each["severity"] for each in told["new"]]
    assert severities == sorted(severities, key=order.index)


def test_diff_backwards_swaps_new_and_resolved(store: Path, tmp_path: Path) -> None:
    counts = []
    for runs in (("1", "3"), ("3", "1")):
        write_comparison(Wanted(str(store), "json", str(tmp_path / "d")), runs, 1)
        counts.append(json.loads((tmp_path / "d").read_text())["counts"])
    assert counts[0]["new"] == counts[1]["resolved"] and counts[0]["resolved"] == counts[1]["new"]
    assert counts[0]["unchanged"] == counts[1]["unchanged"]


def test_diff_as_text(store: Path) -> None:
    done = process("diff", "last~1", "last", "--store", str(store), "--limit", "2")
    assert done.status == 0, done.err
    assert "From run 3 (2026-11-03 05:30 UTC) to run 4" in done.out
    assert "lists all" in done.out and SECRET not in done.out


def test_runs_that_did_not_end_are_passed_over_and_told(store: Path, tmp_path: Path) -> None:
    copy = tmp_path / "store.db"
    copy.write_bytes(store.read_bytes())
    with sqlite3.connect(copy) as connection:
        connection.execute("UPDATE runs SET state = 'partial' WHERE id = 3")
        connection.execute("UPDATE runs SET state = 'running', finished = NULL WHERE id = 4")
    data = page_data(report(copy, "html", tmp_path / "r"))
    assert data["run"]["id"] == 3
    assert any("partial" in text for text in data["banners"])
    assert any("later run, 4, is running" in text for text in data["banners"])


def test_the_store_is_not_changed(store: Path, tmp_path: Path) -> None:
    before = store.read_bytes()
    for form in FORMATS:
        report(store, form, tmp_path / "r")
    assert store.read_bytes() == before
    with pytest.raises(UsageError), reading(str(store)) as history:
        list(history._rows("DELETE FROM findings"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report", "--store", "none.db"], "There is no store at none.db"),
        (["report", "--store", "text.db"], "text.db cannot be read"),
        (["report", "--store", "foreign.db"], "foreign.db is not a store"),
        (["report", "--store", "newer.db"], "newer.db was written by a newer dcmlint"),
        (["report", "--store", "store.db", "--format", "pdf"], "Unknown format: pdf"),
        (["report", "--store", "store.db", "--format", "parquet"], "Parquet is no text"),
        (["report", "--store", "store.db", "--run", "99"], "The store has no run 99"),
        (["report", "--store", "store.db", "--run", "last~9"], "there is no last~9"),
        (["report", "--store", "store.db", "--run", "yesterday"], "'yesterday' is no run"),
        (["report", "--store", "store.db", "--output", "no/such/r"], "no/such/r cannot be written"),
        (["diff", "1", "2", "--store", "store.db", "--format", "html"], "Unknown format: html"),
        (["report", "--store", "nodb://user:secret@host/x"], "--store"),
    ],
)
def test_bad_usage_is_one_line(
    arguments: list[str], said: str, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("store.db").write_bytes(store.read_bytes())
    Path("text.db").write_text("no database" * 100)
    sqlite3.connect("foreign.db").execute("CREATE TABLE x(y)").connection.commit()
    Path("newer.db").write_bytes(store.read_bytes())
    with sqlite3.connect("newer.db") as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    done = process(*arguments)
    assert done.status == 2
    assert said in done.err and "Traceback" not in done.err and "secret" not in done.err


def queries() -> list[str]:
    text = (Path(__file__).parents[1] / "docs" / "history.md").read_text()
    return re.findall(r"```sql\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("query", queries(), ids=lambda query: query.splitlines()[0][:30])
def test_the_documented_queries_run(
    query: str, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    report(store, "parquet", tmp_path / "findings.parquet", "3")
    monkeypatch.chdir(tmp_path)
    assert duckdb.sql(query).fetchall()


def test_the_documented_queries_are_right(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    report(store, "parquet", tmp_path / "findings.parquet", "3")
    monkeypatch.chdir(tmp_path)
    states = {row[1]: row[2] for row in duckdb.sql(queries()[-1]).fetchall()}
    assert states["new"] == counted(store, NEW) and states["resolved"] == counted(store, RESOLVED)
    worst = duckdb.sql(queries()[-2]).fetchall()[0]
    told = page_data(report(store, "html", tmp_path / "r", "3"))["studies"][0]
    assert (worst[0], worst[2]) == (told[0], told[5])


def test_every_column_is_documented() -> None:
    text = (Path(__file__).parents[1] / "docs" / "history.md").read_text()
    table = text.partition("| column | type |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| ([^|]+)", table, re.MULTILINE)))) == set(
        COLUMNS
    )

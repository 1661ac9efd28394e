"""CSV read back by the csv module, and the Markdown page read by a Markdown parser."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from report_sample import SUMMARY, found, one_file, report_of, reports, run_info, sample, told

from dcmlint.report.csv_format import COLUMNS
from dcmlint.report.markdown import MAX_BYTES
from dcmlint.report.protocol import Count
from dcmlint.report.shown import FileReport
from dcmlint.rule import Rule


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def as_cell(value: Any) -> str:
    """Return a value of the JSON report as CSV has it."""
    if value is None:
        return ""
    return " ".join(value) if isinstance(value, list) else str(value)


def test_csv_has_what_json_has_but_the_fix() -> None:
    waived = one_file(found(waived="known to the vendor"), told("the waiver has expired", line=7))
    for text, document in (
        (sample("csv"), sample("json")),
        (report_of("csv", [waived]), report_of("json", [waived])),
    ):
        findings = json.loads(document)["findings"]
        assert all(each.pop("fix", "missing") in ("safe", "unsafe", None) for each in findings)
        read = rows(text)
        assert [list(each) for each in read] == [list(each) for each in findings]
        assert read == [{key: as_cell(value) for key, value in each.items()} for each in findings]


def test_csv_of_nothing_is_a_header() -> None:
    assert report_of("csv", [one_file()]) == ",".join(COLUMNS) + "\r\n"


def test_csv_lines_end_as_rfc_4180_has_it() -> None:
    text = sample("csv")
    assert text.count("\r\n") == text.count("\n") == len(rows(text)) + 1


@pytest.mark.parametrize("start", [*"=+-@\t\r\n\uff1d\uff0b\uff0d\uff20'"])
def test_csv_cells_are_no_formulas(start: str) -> None:
    text = f"{start}HYPERLINK(1)"
    (row,) = rows(report_of("csv", [one_file(told(text, waived=text), file=f"/data/{text}")]))
    assert row["message"] == row["file"] == row["waived"] == f"'{text}"


@given(message=st.text(st.characters(), min_size=1, max_size=40), name=st.text(min_size=1, max_size=20))
def test_csv_cells_come_back(message: str, name: str) -> None:
    file = f"s3://{name}"
    (row,) = rows(report_of("csv", [one_file(told(message), file=file)]))
    assert row["file"] == file.replace("\0", "\\x00")
    read = row["message"]
    if read.startswith("'"):
        read = read[1:]
    assert read == re.sub(
        "[\0\ud800-\udfff]", lambda each: each[0].encode("unicode_escape").decode(), message
    )


def html(text: str) -> str:
    return MarkdownIt("commonmark").enable("table").render(text)


def tables(text: str) -> dict[str, list[list[str]]]:
    """Return the cells of each table of a page as a reader sees them, by its heading."""
    found_tables: dict[str, list[list[str]]] = {}
    for part in re.split(r"(?=<h[23]>)", html(text))[1:]:
        heading = re.search(r"<h[23]>(.*?)</h[23]>", part)
        assert heading is not None
        cells = [
            [
                unescape(re.sub(r"<[^>]*>", "", cell))
                for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
            ]
            for row in re.findall(r"<tr>(.*?)</tr>", part, re.DOTALL)
        ]
        assert len({len(row) for row in cells}) == 1, "no text may add a column"
        found_tables[heading[1]] = cells
    return found_tables


def test_markdown_counts() -> None:
    page = tables(sample("markdown"))
    assert list(page) == ["dcmlint", "Rules", "Files with the most findings", "By manufacturer"]
    assert dict(zip(*page["dcmlint"], strict=True)) == {
        "Files": "5",
        "SOP Instances": "3",
        "Not DICOM": "1",
        "Unreadable": "1",
        "Errors": "8",
        "Warnings": "3",
        "Notes": "3",
        "Waived": "0",
        "In the baseline": "0",
    }
    counted = [(row[0], row[1], row[2], row[3]) for row in page["Rules"][1:]]
    assert counted[0] == ("error", "encoding/out-of-order", "3", "2")
    assert sum(int(row[2]) for row in counted) == sum(len(report.findings) for report in reports())
    assert [row[0] for row in page["Rules"][1:]] == ["error"] * 6 + ["warning"] + ["note"] * 2
    assert page["Files with the most findings"][1] == ["scan/a b#ü.dcm", "5", "3", "2"]
    assert page["By manufacturer"][1:] == [["ACME | \\x1b", "error", "5"], ["(none)", "note", "1"]]


def test_markdown_of_a_clean_run_has_no_tables_of_findings() -> None:
    page = report_of("markdown", [one_file()], summary=SUMMARY._replace(statistics={"module": ()}))
    assert list(tables(page)) == ["dcmlint"]


def test_markdown_links_to_the_pages_of_built_in_rules_alone() -> None:
    page = report_of("markdown", [one_file(found(rule="value/invalid-da"), found(rule="site/no-name"))])
    rendered = html(page)
    assert (
        '<a href="https://github.com/dcmlint/dcmlint/blob/main/docs/rules/value/invalid-da.md">' in rendered
    )
    assert rendered.count("<a ") == 1
    assert "site/no-name" in rendered


ODD = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S"], include_characters=" "),
    min_size=1,
    max_size=30,
)


@given(name=ODD, message=ODD)
def test_markdown_has_no_meaning_in_what_is_told(name: str, message: str) -> None:
    name = name.replace("/", "_")
    page = report_of("markdown", [one_file(told(message), file=f"/data/d{name}d.dcm")])
    read = tables(page)
    shown = " ".join(message.split())
    assert " ".join(read["Rules"][1][5].split()) == " ".join(f"d{name}d.dcm: {shown}".split())
    assert " ".join(read["Files with the most findings"][1][0].split()) == " ".join(f"d{name}d.dcm".split())
    assert html(page).count("<a ") == 1, "the one to the page of the rule"


@pytest.mark.parametrize(
    "text",
    [
        "a|b",
        "`a`",
        "``|`",
        "a\\|b",
        "\\",
        "<b>x</b>",
        "<!-- x",
        "[x](http://y)",
        "![x](y)",
        "*a* _b_ ~~c~~",
        "&amp;",
    ],
)
def test_markdown_examples_of_odd_text(text: str) -> None:
    page = report_of("markdown", [one_file(told(f"x {text}"), file=f"/data/{text.replace('/', '_')}")])
    read = tables(page)
    file = text.replace("/", "_")
    assert read["Rules"][1][5] == f"{file}: x {text}"
    assert read["Files with the most findings"][1][0] == file


def test_markdown_escapes_control_characters() -> None:
    page = report_of("markdown", [one_file(told("a\n# b\0"), file="/data/x\n| y.dcm")])
    assert tables(page)["Rules"][1][5] == "x\\n| y.dcm: a\\n# b\\x00"


def test_markdown_has_the_worst_ten_files() -> None:
    inputs = [
        one_file(*[found()] * (number % 13), *[found(severity="note")] * 40, file=f"/data/{number:02}.dcm")
        for number in range(26)
    ]
    read = tables(report_of("markdown", inputs))["Files with the most findings"][1:]
    assert [row[:2] for row in read] == [
        [f"{number:02}.dcm", str(number % 13)] for high in range(12, 7, -1) for number in (high, high + 13)
    ]


def test_markdown_takes_findings_that_come_up_later_for_the_same_file() -> None:
    inputs = [one_file(found()), one_file(found(), told("StudyID is that of b.dcm", rule="site/unique"))]
    read = tables(report_of("markdown", inputs))
    assert read["Rules"][1][:4] == ["error", "module/empty-type-1", "2", "1"]
    assert read["Files with the most findings"][1:] == [["a.dcm", "3", "0", "0"]]


def test_markdown_leaves_waived_findings_out() -> None:
    assert list(tables(report_of("markdown", [one_file(found(waived="known"))]))) == ["dcmlint"]


def many_rules(number: int) -> list[FileReport]:
    return [
        one_file(
            told("ö" * 400, rule=f"site/rule-{each}", severity=("error", "note")[each % 2]),
            file=f"/data/{'ü' * 300}{each}.dcm",
        )
        for each in range(number)
    ]


def test_markdown_is_bounded() -> None:
    rules = {
        f"site/rule-{each}": Rule("error", "file", "", "", id=f"site/rule-{each}", doc="ä" * 5000)
        for each in range(3000)
    }
    statistics = {
        name: [Count("é" * 1000, "error", 1)] * 20_000 for name in ("module", "manufacturer", "sop-class")
    }
    page = report_of(
        "markdown", many_rules(3000), run_info(rules=rules), SUMMARY._replace(statistics=statistics)
    )
    assert MAX_BYTES - 10_000 < len(page.encode()) <= MAX_BYTES
    assert page.endswith("\n_The rest does not fit on this page._\n")
    tables(page)


def test_markdown_says_how_many_rows_are_left_out() -> None:
    statistics = {"manufacturer": [Count(f"Maker {each}", "error", 1) for each in range(1060)]}
    page = report_of("markdown", many_rules(501), summary=SUMMARY._replace(statistics=statistics))
    assert "\n_and 1 more rules_\n" in page and "\n_and 1,010 more rows_\n" in page

"""The JSON contract: snapshots, schema, flat memory."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from report_sample import EXPECTED, FORMATS, RULES, SUMMARY, reports, run_info, sample, shown, written

import dcmlint.report
from dcmlint.model import Finding, InstanceReport
from dcmlint.report import Renders, reporters
from dcmlint.report.markdown import MAX_BYTES
from dcmlint.standard.dictionary import keyword_of, vr_by_tag

SCHEMA: dict[str, Any] = json.loads(
    (Path(dcmlint.report.__file__).parent / "findings.schema.json").read_text()
)

KEYS = SCHEMA["$defs"]["finding"]["required"]


def finding_schema(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})


@pytest.mark.parametrize("name", FORMATS)
def test_reporters_can_render_in_workers(name: str) -> None:
    out = io.StringIO()
    worker, writer = reporters()[name](io.StringIO()), reporters()[name](out)
    assert isinstance(worker, Renders) and isinstance(writer, Renders)
    for each in (worker, writer):
        each.begin(run_info(show_files=True))
    run = run_info(show_files=True)
    for text in [worker.render(shown(report, run)) for report in reports()]:
        writer.add_rendered(text)
    writer.end(SUMMARY)
    assert out.getvalue() == written(name, run_info(show_files=True), reports())


@pytest.mark.parametrize("name", FORMATS)
def test_snapshot(name: str) -> None:
    assert sample(name) == (EXPECTED / FORMATS[name]).read_bytes().decode()


def test_document_is_valid_and_in_the_order_of_the_contract() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    document = json.loads(sample("json"))
    Draft202012Validator(SCHEMA).validate(document)
    assert list(document) == ["tool", "summary", "statistics", "findings"]
    assert list(document["tool"]) == ["name", "version", "edition"]
    assert list(document["summary"]) == SCHEMA["$defs"]["summary"]["required"]
    assert all(list(each) == KEYS for each in document["findings"])
    assert KEYS[:7] == ["rule", "severity", "fix", "file", "sop_class_uid", "sop_instance_uid", "message"]
    assert KEYS[7:12] == ["tag", "keyword", "path", "module", "attributes"]
    assert KEYS[12:] == ["offset", "length", "line", "citation", "edition", "waived", "fingerprint"]
    assert [each["file"] for each in document["findings"]][-5:] == [
        *["/elsewhere/bare.dcm"] * 3,
        "notes.txt",
        "locked.dcm",
    ]


@pytest.mark.parametrize("key", KEYS)
def test_schema_demands_every_key(key: str) -> None:
    finding = json.loads(sample("json"))["findings"][0]
    validator = finding_schema("finding")
    assert validator.is_valid(finding)
    assert not validator.is_valid({**finding, "other": 1})
    del finding[key]
    assert not validator.is_valid(finding)


def test_keywords_fit_the_schema() -> None:
    validator = finding_schema("keyword")
    assert all(validator.is_valid(keyword_of(tag)) for tag in vr_by_tag())


def test_no_findings_make_an_empty_list() -> None:
    document = json.loads(written("json", run_info(), [reports()[1]]))
    Draft202012Validator(SCHEMA).validate(document)
    assert document["findings"] == []
    assert document["statistics"] == {}, "nothing was asked for"


def test_json_lines_are_the_same_findings_and_a_last_line() -> None:
    document = json.loads(sample("json"))
    *findings, last = (json.loads(line) for line in sample("jsonl").splitlines())
    assert findings == document["findings"]
    assert last == {key: document[key] for key in ("tool", "summary", "statistics")}
    assert last["statistics"]["rule"][0] == {
        "name": "encoding/out-of-order",
        "severity": "error",
        "number": 3,
    }
    finding_schema("last_line").validate(last)


def test_a_finding_says_whether_its_rule_has_a_fix() -> None:
    fixes = {each["rule"]: each["fix"] for each in json.loads(sample("json"))["findings"]}
    assert fixes.pop("encoding/out-of-order") == "safe"
    assert fixes.pop("value/invalid-da") == "unsafe"
    assert set(fixes.values()) == {None}
    assert not finding_schema("finding").is_valid(
        {**json.loads(sample("json"))["findings"][0], "fix": "other"}
    )


def test_odd_text_stays_json_and_ascii() -> None:
    finding = Finding("module/empty-type-1", "error", (), None, None, None, {}, module='M "ö"\n\ud800')
    report = InstanceReport('/data/a"\\\n\udcff\U0001f600.dcm', "instance", "", "", "x", (finding,))
    text = written("json", run_info(), [report])
    assert text.isascii()
    found = json.loads(text)["findings"][0]
    assert found["file"] == 'a"\\\n\\xff\U0001f600.dcm'


def many(number: int) -> Iterator[InstanceReport]:
    """Yield reports with `number` findings in all, each at a place of its own."""
    per_file = 100
    for file in range(number // per_file):
        findings = tuple(
            Finding(
                "module/value-not-enumerated",
                "error",
                (0x52009230, file * per_file + each, 0x00289110, 1),
                0x00280030,
                each * 8,
                8,
                {"value": (float(file * per_file + each),), "expected": ("A", "B")},
                "Pixel Measures",
                edition="2025b",
            )
            for each in range(per_file)
        )
        yield InstanceReport(f"/data/{file}.dcm", "instance", "1.2", f"1.3.{file}", f"1.3.{file}", findings)


class Sink(io.TextIOBase):
    """Counts what is written and keeps none of it."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.written = self.longest = 0

    def write(self, text: str) -> int:
        self.written += len(text)
        self.longest = max(self.longest, len(text))
        return len(text)


@pytest.mark.parametrize("name", FORMATS)
def test_allocations_are_bounded(name: str) -> None:
    out = Sink()
    written(name, run_info(), reports())  # what is loaded once is not part of it
    reporter = reporters()[name](out)  # type: ignore[arg-type]
    reporter.begin(run_info())
    tracemalloc.start()
    try:
        for report in many(20_000):
            reporter.add(shown(report, run_info()))
        reporter.end(SUMMARY)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert out.longest < 2 << 20
    if name == "markdown":
        assert 500 < out.written < MAX_BYTES, "numbers of findings, not findings"
    else:
        assert out.written > 20_000 * 150
    assert peak < 12 << 20


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
@pytest.mark.parametrize("name", FORMATS)
def test_memory_stays_flat(name: str) -> None:
    """Peak memory after 200,000 findings is that after 20,000."""
    code = f"""
import re
from pathlib import Path
from report_sample import SUMMARY, run_info, shown
from test_report_json import Sink, many
from dcmlint.report import reporters

def peak_kb():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

out = Sink()
reporter = reporters()["{name}"](out)
reporter.begin(run_info())
for number, report in enumerate(many(200_000)):
    if number == 200:
        before = peak_kb()
    reporter.add(shown(report, run_info()))
reporter.end(SUMMARY)
print(peak_kb() - before, out.written)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=Path(__file__).parent
    )
    assert done.returncode == 0, done.stderr
    growth_kb, characters = map(int, done.stdout.split())
    assert characters > (500 if name == "markdown" else 200_000 * 150)
    assert growth_kb < 8 << 10


def test_spilled_document_is_whole() -> None:
    document = json.loads(written("json", run_info(), many(4000)))
    assert len(document["findings"]) == 4000
    assert len({each["fingerprint"] for each in document["findings"]}) == 4000
    assert RULES.keys() >= {each["rule"] for each in document["findings"]}

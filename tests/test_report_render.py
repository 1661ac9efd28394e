"""Messages, attribute paths, order and fingerprints."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_sample import RULES, enhanced

from dcmlint.model import Finding, InstanceReport
from dcmlint.report.render import (
    Renderer,
    attribute_path,
    message,
    printable,
    relative_path,
    shown_file,
    shown_uid,
)
from dcmlint.rule import Rule


def finding(tag: int | None = 0x00080060, location: tuple[int, ...] = (), **args: object) -> Finding:
    return Finding("value/x", "error", location, tag, None, None, args)


def said(template: str, tag: int | None = 0x00080060, location: tuple[int, ...] = (), **args: object) -> str:
    return message(finding(tag, location, **args), Rule("error", "value", "", template, id="value/x"))


@pytest.mark.parametrize(
    ("location", "tag", "path"),
    [
        ((), 0x00100010, "PatientName"),
        ((0x52009229, 1, 0x00289110, 1), 0x00280030,
         "SharedFunctionalGroupsSequence[1].PixelMeasuresSequence[1].PixelSpacing"),
        ((0x00291010, 12), 0x00291011, "(0029,1010)[12].(0029,1011)"),
        ((0x00081140, 3), None, "ReferencedImageSequence[3]"),
        ((), 0x60020010, "OverlayRows"),
        ((), None, ""),
    ],
)  # fmt: skip
def test_attribute_path(location: tuple[int, ...], tag: int | None, path: str) -> None:
    assert attribute_path(location, tag) == path


@pytest.mark.parametrize(
    ("template", "args", "text"),
    [
        ("{attribute} is odd", {}, "Modality is odd"),
        ("{attribute} has {count} values, {module}", {"count": 3}, "Modality has 3 values, the IOD"),
        ("{attribute} has {missing}", {}, "Modality has ?"),
        ("{attribute} has {missing:d}", {}, "Modality has ?"),
        ("{attribute} has {count:04X}", {"count": 171}, "Modality has 00AB"),
        ("{attribute} has {count:04X}", {"count": "many"}, "Modality has many"),
        ("{attribute} follows {last:tag}", {"last": 0x00080016}, "Modality follows SOPClassUID"),
        ("{attribute} follows {last:tag}", {"last": 0x00090010}, "Modality follows (0009,0010)"),
        ("{attribute} is none of {expected}", {"expected": ("CT", "MR")}, "Modality is none of CT, MR"),
        ("{attribute} is none of {expected}", {"expected": {"B", "A"}}, "Modality is none of A, B"),
        ("{n} too many", {"n": list(range(14))}, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more too many"),
        ("{attribute} is {value}", {"value": "CT"}, 'Modality is "CT"'),
        ("{attribute} is '{value}'.", {"value": "CT"}, 'Modality is "CT".'),
        ("{attribute} is {value!r:>20}", {"value": "CT"}, 'Modality is "CT"'),
        ("{attribute} {{is}} {value}", {"value": ("A", "B")}, 'Modality {is} "A\\B"'),
        ("{what} here", {"what": b"JOHN"}, "(value not shown) here"),
        ("{what} here", {"what": "a\x1b[31m\n"}, "A\\x1b[31m\\n here"),
        ("{what} here", {"what": None}, "None here"),
        ("{what} here", {"what": [b"JOHN"]}, "(value not shown) here"),
        ("{what} here", {"what": [["a"]]}, "A here"),
        ("broken {", {}, "Modality: value/x"),
    ],
)
def test_message(template: str, args: dict[str, object], text: str) -> None:
    assert said(template, **args) == text


def test_message_of_an_item_and_of_the_data_set() -> None:
    assert said("{attribute} is empty", None, (0x00081140, 3)) == "Item 3 of ReferencedImageSequence is empty"
    assert said("{attribute} is empty", None) == "The Data Set is empty"
    assert said("{what} is odd", 0x00189314, what="its length") == "Its length is odd"
    assert said("{attribute} is odd", 0x00181318) == "dBdt is odd"


def test_message_of_an_unknown_rule() -> None:
    assert message(finding(), None) == "Modality: value/x"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
templates = st.sampled_from(
    [
        "{attribute}: {value}",
        "{a} {b}",
        "{a:d}",
        "{a!r} {b:>8}",
        "{a[0]} {a.b}",
        "{value:d} {value2}",
        "{}",
        "{a:tag}",
    ]
)


@given(templates, st.dictionaries(st.sampled_from(["a", "b", "value", "value2"]), anything))
def test_message_never_raises_and_is_printable(template: str, args: dict[str, object]) -> None:
    assert said(template, **args).isprintable()


@given(st.text(), st.integers(1, 300))
def test_printable(text: str, limit: int) -> None:
    shown = printable(text, limit)
    assert shown.isprintable()
    assert shown.isprintable() and (shown == text or len(text) > limit or not text.isprintable())


def test_findings_are_ordered_by_offset_place_and_rule() -> None:
    report = enhanced()
    rendered = Renderer(RULES, "/data").render(report)
    offsets = [-1 if each.offset is None else each.offset for each in rendered]
    assert offsets == sorted(offsets)
    backwards = Renderer(RULES, "/data").render(report._replace(findings=report.findings[::-1]))
    assert [each.fingerprint for each in backwards] == [each.fingerprint for each in rendered]


def test_lines_are_what_findings_come_to() -> None:
    report = enhanced()
    renderer = Renderer(RULES, "/data")
    shown = renderer.report(report)
    lines = renderer.report(report, as_lines=True)
    assert len(lines.lines) == len(report.findings) > 1
    assert list(lines.lines) == list(shown.lines)
    assert list(lines.findings) == list(shown.findings)


def fingerprints(report: InstanceReport) -> list[str]:
    return [each.fingerprint for each in Renderer(RULES, "/data").render(report)]


def test_fingerprints_are_distinct_and_fixed() -> None:
    prints = fingerprints(enhanced())
    assert len(set(prints)) == len(enhanced().findings)
    # The value is part of the contract: a change of it makes every known finding a new one.
    assert prints[0] == "4be6e673f7b46e767587995cb143dca9"


def test_fingerprint_tells_rule_identity_path_and_ordinal() -> None:
    one = finding(location=(0x00081140, 1))
    base = InstanceReport("f", "instance", "1.2", "1.2.3", "1.2.3", (one,))
    others = [
        base,
        base._replace(identity="1.2.4"),
        base._replace(findings=(one._replace(rule="value/y"),)),
        base._replace(findings=(one._replace(tag=0x00080061),)),
        base._replace(findings=(one._replace(tag=None),)),
        base._replace(findings=(one._replace(location=(0x00081140, 2)),)),
        base._replace(findings=(one._replace(location=()),)),
    ]
    assert all(fingerprints(a) != fingerprints(b) for a, b in itertools.combinations(others, 2))
    twice = fingerprints(base._replace(findings=(one, one)))
    assert twice[0] == fingerprints(base)[0] != twice[1]


def test_fingerprint_holds_nothing_else() -> None:
    one = finding(value="A")
    base = InstanceReport("f", "instance", "1.2", "1.2.3", "1.2.3", (one,))
    unrelated = finding(tag=0x00080005)
    for same in (
        base._replace(file="/elsewhere/g"),
        base._replace(sop_class_uid="1.3"),
        base._replace(findings=(one._replace(args={"value": "B"}),)),
        base._replace(findings=(one._replace(offset=12, length=4),)),
        base._replace(findings=(one._replace(severity="note", module="M", citation="C", edition="E"),)),
        base._replace(findings=(one, unrelated)),
    ):
        assert fingerprints(base)[0] in fingerprints(same)


def test_fingerprint_of_what_has_no_identity_tells_files_apart() -> None:
    base = InstanceReport("/data/f", "unreadable", "", "", "", (finding(None),))
    assert fingerprints(base) != fingerprints(base._replace(file="/data/g"))


@pytest.mark.parametrize(
    ("file", "cwd", "path"),
    [
        ("/data/a/b.dcm", "/data", "a/b.dcm"),
        ("a/b.dcm", "/data", "a/b.dcm"),
        ("./a//./b.dcm", "/data", "a/b.dcm"),
        ("a/../b.dcm", "/data", "b.dcm"),
        ("../b.dcm", "/data", "/b.dcm"),
        ("/database/b.dcm", "/data", "/database/b.dcm"),
        ("/x/b.dcm", "/", "x/b.dcm"),
        ("s3://bucket/b.dcm", "/data", "s3://bucket/b.dcm"),
        ("", "/data", ""),
    ],
)
def test_relative_path(file: str, cwd: str, path: str) -> None:
    assert relative_path(file, cwd) == path


def test_shown_file_escapes_bytes_that_are_no_utf8() -> None:
    assert shown_file("/data/M\udcfcller.dcm", "/data") == "M\\xfcller.dcm"
    assert shown_file("/data/Müller.dcm", "/data") == "Müller.dcm"


@pytest.mark.parametrize(
    ("uid", "shown"),
    [("1.2.3", "1.2.3"), ("1.02", "1.02"), ("", None), ("DOE^JOHN", None), ("1.2 3", None), ("1.²", None)],
)
def test_shown_uid(uid: str, shown: str | None) -> None:
    assert shown_uid(uid) == shown


def test_every_place_and_message_of_the_sample_is_rendered() -> None:
    for each in Renderer(RULES, "/data").render(enhanced()):
        assert each.rule in RULES
        assert each.message.isprintable() and len(each.fingerprint) == 32


def test_reporters_import_nothing_heavy() -> None:
    code = (
        "import sys, dcmlint.report.json_format, dcmlint.report.text, dcmlint.report.output\n"
        "heavy = {'pydicom', 'numpy', 'rich', 'sarif_om', 'typer', 'tempfile', 'jsonschema', 'yaml'}\n"
        "sys.exit(str(heavy & sys.modules.keys()) if heavy & sys.modules.keys() else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

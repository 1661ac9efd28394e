"""The report: one page that needs nothing else, shows no value and escapes what it is given."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from audit_logs import ABOUT, HASHES, KEY, NAMES, edits, file_record, records_of, write_log
from command_line import ROOT, Command, dcmlint

from dcmlint.audit.canonical import line_hash
from dcmlint.audit.log import AuditLog
from dcmlint.audit.record import About, EditRecord

__all__ = ["dcmlint"]

EVIL = "<script>alert(1)</script>\"'&"


class Outline(HTMLParser):
    """The tags of a page that are open, and every one that was met."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.met: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.met.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def reported(root: Path, dcmlint: Command, about: About = ABOUT, *, key: bool = True) -> str:
    write_log(root / "log.jsonl", files=5, about=about)
    return page_of(root, dcmlint, key=key)


def page_of(root: Path, dcmlint: Command, *, key: bool = True, status: int = 0) -> str:
    (root / "key").write_bytes(b"a key of the tests, long enough, of no worth")
    given = ("--key-file", root / "key") if key else ()
    done = dcmlint("audit", "report", root / "log.jsonl", "-o", root / "page.html", *given)
    assert done.status == status, done
    return (root / "page.html").read_text()


def test_the_page_needs_nothing_else_and_is_well_formed(tmp_path: Path, dcmlint: Command) -> None:
    text = reported(tmp_path, dcmlint)
    outline = Outline(text)
    assert outline.open == []
    assert not outline.met & {"script", "img", "link", "iframe", "a", "svg", "form"}
    assert not outline.attributes & {"src", "href", "onclick", "onload", "style"}
    assert "http://" not in text and "https://" not in text and "url(" not in text


def test_no_value_is_shown(tmp_path: Path, dcmlint: Command) -> None:
    text = reported(tmp_path, dcmlint)
    assert not any(name in text for name in NAMES)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_what_is_given_is_escaped(tmp_path: Path, dcmlint: Command) -> None:
    about = About(EVIL, EVIL, "0.1.0", profile=EVIL, options={EVIL: EVIL}, actor=EVIL)
    with AuditLog.open(str(tmp_path / "log.jsonl"), about, KEY) as log:
        evil = EditRecord("(0010,0010)", "(0010,0010)", EVIL, EVIL, b"", b"")
        log.record(file_record(0, exceptions=(EVIL,)), [evil])
        log.record(file_record(1, status="failed", reason=EVIL)._replace(after=""))
    text = page_of(tmp_path, dcmlint)
    assert "<script" not in text and text.count("&lt;script&gt;") >= 10
    assert Outline(text).open == []


def test_counts_method_and_exceptions(tmp_path: Path, dcmlint: Command) -> None:
    with AuditLog.open(str(tmp_path / "log.jsonl"), ABOUT, KEY) as log:
        for number in range(4):
            log.record(file_record(number, exceptions=("Burned In Annotation is absent",)), edits())
        log.record(file_record(9, status="refused", reason="it is signed")._replace(after=""))
    rows = cells(page_of(tmp_path, dcmlint))
    assert ["(0010,0010)", "PatientName", "set", "Z", "4", "0"] in rows
    assert ["(0010,0020)", "PatientID", "remove", "X", "0", "4"] in rows
    assert ["Burned In Annotation is absent", "4"] in rows
    assert ["refused", "it is signed", "1"] in rows
    assert ["done", "a result was written", "4"] in rows
    assert ["Key", f"{KEY.id}, as given"] in rows
    sample = ["(0008,1140)[1](0010,0020)", "PatientID", "remove", "X", "a value", "absent"]
    assert rows.count(sample) == 3
    assert ["(0010,0010)", "PatientName", "set", "Z", "a value", "empty"] in rows
    text = (tmp_path / "page.html").read_text()
    assert "5 DICOM files were processed by us with dcmlint 0.1.0 (command “deid apply”)" in text
    assert "8 edits of Data Elements are recorded. Results written: 4;" in text
    assert "<pre>extends: basic\n</pre>" in text
    assert records_of((tmp_path / "log.jsonl").read_bytes())[-1]["head"] not in text


def test_private_attributes_are_one_row(tmp_path: Path, dcmlint: Command) -> None:
    with AuditLog.open(str(tmp_path / "log.jsonl"), ABOUT, KEY) as log:
        for tag in ("(0009,1001)", "(0009,1002)", "(0008,0000)"):
            log.record(file_record(int(tag[-2])), [EditRecord(tag, tag, "remove", "X", b"A", None)])
    rows = cells(page_of(tmp_path, dcmlint))
    assert ["", "(private)", "remove", "X", "2", "0"] in rows
    assert ["(0008,0000)", "(group length)", "remove", "X", "1", "0"] in rows


def test_a_profile_is_told_in_the_words_of_the_standard(tmp_path: Path, dcmlint: Command) -> None:
    text = reported(tmp_path, dcmlint, ABOUT._replace(profile="basic+clean-desc"))
    assert "PS3.15 E.2 with Clean Descriptors Option (113105, DCM). " in text
    (tmp_path / "log.jsonl").unlink()
    text = reported(tmp_path, dcmlint, ABOUT._replace(profile="our own"))
    assert "following the profile “our own”. " in text


def test_the_program_in_the_documentation_checks_the_chain(tmp_path: Path) -> None:
    import subprocess
    import sys

    page = (ROOT / "docs" / "audit.md").read_text()
    (program,) = (
        block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "sys.argv" in block
    )
    log = tmp_path / "log.jsonl"
    content = write_log(log)
    command = [sys.executable, "-c", program, str(log)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["close", line_hash(content.splitlines()[-1])]
    log.write_bytes(content.replace(b'"clause":"Z"', b'"clause":"K"', 1))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "line 3 does not follow" in done.stderr


def cells(text: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL)
    return [
        [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in rows
    ]


@pytest.mark.parametrize(
    ("key", "change", "told"),
    [
        (True, False, "Sound: every record is there"),
        (False, False, "Consistent, but verified without the key"),
        (True, True, "Not sound: 1 problem<"),
    ],
)
def test_the_verdict_comes_first(
    tmp_path: Path, dcmlint: Command, key: bool, change: bool, told: str
) -> None:
    content = write_log(tmp_path / "log.jsonl")
    if change:
        (tmp_path / "log.jsonl").write_bytes(content.replace(b'"clause":"Z"', b'"clause":"K"', 1))
    text = page_of(tmp_path, dcmlint, key=key, status=int(change))
    assert told in text and text.index(told) < text.index("<h2>")
    if change:
        assert any(
            row[0] == "3" and "does not follow from the line before" in row[1] for row in cells(text)[1:]
        )


def test_the_commands_on_the_page_check_the_chain(tmp_path: Path, dcmlint: Command) -> None:
    import html
    import subprocess

    text = reported(tmp_path, dcmlint)
    (lines,) = re.findall(r"<pre>(tail .*?)</pre>", text, re.DOTALL)
    hashed, told = (
        subprocess.run(line.replace("LOG", "log.jsonl"), shell=True, cwd=tmp_path, capture_output=True).stdout
        for line in html.unescape(lines).splitlines()
    )
    assert hashed.split()[0] in told and HASHES[0].encode() not in told

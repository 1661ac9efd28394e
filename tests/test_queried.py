"""Places that are queried: metadata as inputs, remarks, findings about the place, what is asked of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pydicom
import pytest
from archive_sample import exported
from command_line import CLEAN, CT, FAULTY, Result, process

from dcmlint.linter import Linter, worst
from dcmlint.model import InstanceReport
from dcmlint.scan import Session, Settings, lint_blob
from dcmlint.source import Asked, Blob, Entry, Remark

PLUGIN = '''
import json, os
from dcmlint.errors import UsageError
from dcmlint.hookspecs import hookimpl
from dcmlint.rule import Rule
from dcmlint.source import Blob, Entry, Remark

class Server:
    """Lists what is in a file: (path, rule, reason, etag) each."""
    asked = None
    def ask(self, asked):
        if ("Nonsense", "1") in asked.where:
            raise UsageError("There is no Attribute Nonsense.")
        self.asked = asked
    def root(self, location): return location.rstrip("/") + "/"
    def entries(self, location):
        base = location.rstrip("/")
        for name, rule, reason, etag in json.loads(open(os.environ["SERVER"]).read()):
            path = base + name
            if rule:
                yield Entry(path, problem=reason, rule=rule, scheme="srv", is_place=True)
            else:
                yield Entry(path, scheme="srv", etag=etag, modified_ns=1, size=0)
    def open(self, entry):
        with open(os.environ["SERVER"] + ".opened", "a") as log:
            log.write(entry.path + "\\n")
        remarks = [Remark("server/remark", "whole" if self.asked.instances else "metadata")]
        return Blob(content=json.loads(open(os.environ["METADATA"]).read()), remarks=remarks)

@hookimpl
def dcmlint_sources(): return {"srv": Server}

@hookimpl
def dcmlint_rules():
    for name in ("remark", "count", "paging"):
        yield Rule(severity="warning", scope="file", citation="house", message="{reason}",
                   id=f"server/{name}", doc="X.")

@hookimpl
def dcmlint_commands():
    import typer
    def make():
        app = typer.Typer()
        @app.command()
        def hello(name: str) -> None:
            """Say hello."""
            print("hello", name)
        return app
    return {"hello": make, "check": make}
'''


def metadata(path: Path) -> dict[str, Any]:
    ds = pydicom.dcmread(path)
    content = ds.to_json_dict(bulk_data_threshold=4096, bulk_data_element_handler=lambda _: "http://x/bulk")
    return dict(content)


class Site:
    """The plugin installed, and what its server lists."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.list: list[tuple[str, str, str, str]] = []
        site = folder / "site"
        site.mkdir()
        (site / "srv_plugin.py").write_text(PLUGIN)
        (site / "srv_plugin-1.0.dist-info").mkdir()
        (site / "srv_plugin-1.0.dist-info" / "entry_points.txt").write_text("[dcmlint]\nsrv = srv_plugin\n")
        (folder / "metadata.json").write_text(json.dumps(metadata(CT)))

    def run(self, *arguments: str | Path) -> Result:
        listing = self.folder / "listing.json"
        listing.write_text(json.dumps(self.list))
        (self.folder / "listing.json.opened").unlink(missing_ok=True)
        env = {
            "PYTHONPATH": str(self.folder / "site"),
            "SERVER": str(listing),
            "METADATA": str(self.folder / "metadata.json"),
        }
        return process(*arguments, env=env)

    def opened(self) -> list[str]:
        log = self.folder / "listing.json.opened"
        return log.read_text().split() if log.exists() else []


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def lint(blob: Blob) -> InstanceReport:
    return lint_blob(Entry("place"), blob, Session(Settings()))


def test_metadata_is_linted_as_a_data_set() -> None:
    missing = lint(Blob(content=metadata(FAULTY / "missing_type_1.dcm")))
    assert "module/missing-type-1" in {each.rule for each in missing.findings}
    assert lint(Blob(content=metadata(CLEAN / "ct.dcm"))).findings == ()
    assert missing.kind == "instance" and missing.sop_instance_uid


def test_what_is_no_metadata_is_unreadable() -> None:
    content: Any = ["no", "object"]
    found = lint(Blob(content=content))
    assert found.kind == "unreadable" and found.findings[0].rule == "file/unreadable"


def test_metadata_without_uid_has_an_identity() -> None:
    content = metadata(CT)
    del content["00080018"]
    first, same = lint(Blob(content=content)), lint(Blob(content=dict(reversed(content.items()))))
    content["00080060"] = {"vr": "CS", "Value": ["MR"]}
    assert first.identity == same.identity != lint(Blob(content=content)).identity
    assert first.identity


def test_places_and_remarks_are_reported(site: Site) -> None:
    site.list = [
        ("", "server/paging", "the second page is the first again", ""),
        ("/studies/1#", "server/count", "2 are told and 1 is there", ""),
        ("/studies/1/i1", "", "", "a"),
    ]
    told = site.run("check", "srv://host/root", "--format", "json", "--fail-on", "warning", "--isolated")
    report = json.loads(told.out)
    found = {(each["file"], each["rule"]) for each in report["findings"]}
    assert found == {
        ("srv://host/root", "server/paging"),
        ("srv://host/root/studies/1#", "server/count"),
        ("srv://host/root/studies/1/i1", "server/remark"),
    }
    assert told.status == 1 and report["summary"]["files"] == report["summary"]["instances"] == 1
    assert report["summary"]["unreadable"] == 0 and report["summary"]["warnings"] == 3
    for form in ("text", "sarif", "junit", "github-sarif", "csv", "jsonl", "markdown", "gitlab", "github"):
        other = site.run("check", "srv://host/root", "--format", form, "--fail-on", "never", "--isolated")
        assert other.status == 0 and "he second page is the first again" in other.out, form


def test_what_was_asked_reaches_the_source(site: Site) -> None:
    site.list = [("/i1", "", "", "a")]
    assert "Metadata" in site.run("check", "srv://h/r", "--isolated").out
    assert "Whole" in site.run("check", "srv://h/r", "--instances", "--isolated").out
    refused = site.run("check", "srv://h/r", "--where", "Nonsense=1", "--isolated")
    assert refused.status == 2 and "no Attribute Nonsense" in refused.err
    for options, said in (
        (("--where", "Modality"), "--where takes an Attribute and a value."),
        (("--where", "=CT"), "--where takes an Attribute and a value."),
        (("--per-series", "x"), "--per-series takes a number of instances, not x"),
    ):
        refused = site.run("check", "srv://h/r", *options, "--isolated")
        assert refused.status == 2 and said in refused.err
    nowhere = site.run("check", CT, "--instances", "--isolated")
    assert nowhere.status == 2 and "no location is one" in nowhere.err


def test_many_are_shared_out(site: Site) -> None:
    site.list = [(f"/i{number:04}", "", "", "a") for number in range(120)]
    told = site.run(
        "check", "srv://h/r", "--jobs", "2", "--format", "json", "--isolated", "--select", "server"
    )
    assert json.loads(told.out)["summary"]["warnings"] == 120
    assert site.opened().count("srv://h/r/i0119") == 1


def test_scans_read_what_has_changed(site: Site, tmp_path: Path) -> None:
    store = tmp_path / "store.db"

    def scan(*options: str) -> int:
        select = ("--select", "server", "--isolated", "--no-nice", "--quiet")
        return site.run("scan", "srv://host/root", "--store", store, *select, *options).status

    site.list = [
        ("", "server/paging", "the second page is the first again", ""),
        ("/studies/1", "server/count", "2 are told and 1 is there", ""),
        ("/studies/1/i1", "", "", "a"),
        ("/studies/1/i2", "", "", "a"),
    ]
    assert scan() == 0 and len(site.opened()) == 2
    assert [json.loads(row)["rule"] for row in exported(store)] == ["server/paging", "server/count"] + [
        "server/remark"
    ] * 2
    assert scan() == 0 and site.opened() == []
    site.list[3] = ("/studies/1/i2", "", "", "b")
    assert scan() == 0 and site.opened() == ["srv://host/root/studies/1/i2"]
    assert scan("--verify") == 0 and len(site.opened()) == 2
    assert scan("--instances") == 0 and len(site.opened()) == 2
    del site.list[1]
    del site.list[-1]
    assert scan("--instances") == 0
    assert [json.loads(row)["rule"] for row in exported(store)] == ["server/paging", "server/remark"]
    site.list = [site.list[1], site.list[0]]
    assert scan("--instances") == 0  # what is said of the place may come behind what is listed
    site.list = [("/studies/1/i2", "", "", "b"), ("/studies/1/i1", "", "", "a")]
    assert scan("--instances") == 2  # not in order: nothing is taken as gone
    assert "server/remark" in [json.loads(row)["rule"] for row in exported(store)]


def test_commands_of_plugins(site: Site) -> None:
    assert site.run("hello", "you") == (0, "hello you\n", "")
    shown = site.run("--help").out
    assert "Say hello." in shown and shown.count("  check ") == 1
    assert "commands" in site.run("plugins").out
    assert process("hello", "you").status == 2
    missing = process("gate", env={"DCMLINT_DISABLE_PLUGINS": "all"})
    assert missing.status == 2 and "dcmlint[pacs]" in missing.err


def test_linter_judges_by_the_policy(tmp_path: Path) -> None:
    settings = tmp_path / "dcmlint.yaml"
    settings.write_text("severity:\n  module/missing-type-1: warning\n")
    faulty = FAULTY / "missing_type_1.dcm"
    plain, lenient = Linter(read=("Modality", "StationName")), Linter(config=str(settings))
    assert worst(plain.file(str(faulty))) == "error"
    assert lenient.file(str(faulty)).counts()["error"] == plain.file(str(faulty)).counts()["error"] - 1
    assert plain.content(faulty.read_bytes(), "x").report.file == "x"
    linted = plain.content(CT.read_bytes(), "x")
    assert linted.values["Modality"] == "CT" and worst(linted) is None
    assert plain.metadata(metadata(faulty), "x").counts()["error"] >= 1
    assert plain.content(b"nothing of DICOM", "x").kind == "not-dicom"
    assert plain.content(b"nothing of DICOM", "x").values == {"Modality": "", "StationName": ""}


def test_asked_is_small() -> None:
    assert Asked() == ((), 0, False, "")
    assert Asked.parsed(["Modality=CT", "StudyID=a=b", "PatientID="], "2") == Asked(
        (("Modality", "CT"), ("StudyID", "a=b"), ("PatientID", "")), 2
    )
    assert Asked.parsed((), "") == Asked()
    assert Remark("a/b", "c") == ("a/b", "c")

from __future__ import annotations

import csv
import json
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from docbook_sample import IOD_UID, write_edition

from dcmlint.errors import UsageError
from dcmlint.standard import nema
from dcmlint.standard.adopt import adopt, read_records
from dcmlint.standard.docbook import number_of_items, read_edition
from dcmlint.standard.fetch import compile_edition, fetch, use
from dcmlint.standard.location import EMBEDDED

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT.parent / "shared" / "standard" / "docbook-sample"

CORPUS = ROOT.parent / "shared" / "corpus"
SAMPLE_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.2",
    "1.2.840.10008.5.1.4.1.1.2.1",
    "1.2.840.10008.5.1.4.1.1.12.1.1",
    "1.2.840.10008.5.1.4.1.1.481.2",
}

needs_sample = pytest.mark.skipif(not SAMPLE.is_dir(), reason="the DocBook sample is not part of the project")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty user's data directory."""
    monkeypatch.setenv("DCMLINT_DATA_DIR", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A web server on this machine that has NEMA's layout and one edition, 2031b."""
    folder = tmp_path / "site"
    write_edition(tmp_path / "made")
    for part in ("part03", "part04", "part06"):
        for name in ("2031b", "current"):
            place = folder / name / "source" / "docbook" / part
            place.mkdir(parents=True)
            shutil.copy(tmp_path / "made" / f"{part}.xml", place)
    (folder / "index.html").write_text("<a>2031a</a><a>2031b</a>")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(nema.Nema, "base_url", f"http://127.0.0.1:{server.server_port}/")
    yield folder
    server.shutdown()
    thread.join()
    server.server_close()


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


def placed(home: Path, edition: str, source: Path) -> None:
    """Put DocBook files where `fetch` finds them without a network."""
    folder = home / "nema" / edition / "docbook"
    folder.mkdir(parents=True)
    for path in source.glob("part*.xml"):
        shutil.copy(path, folder)
    (home / "nema" / "editions.json").write_text(json.dumps([edition]))


def test_fetch_downloads_and_compiles(home: Path, site: Path) -> None:
    said = fetch("2031b")
    compiled = home / "editions" / "2031b"
    assert "1 IODs" in said and str(compiled) in said
    records, editions = read_records(compiled)
    assert editions["structure"] == "2031b"
    assert [row["t"] for row in records["m:patient"]["rows"]][:2] == [0x00100010, 0x00100040]
    assert not (home / "edition").exists(), "fetching does not choose"
    assert [path.name for path in (home / "editions").iterdir()] == ["2031b"], "nothing half-written stays"


def test_the_current_edition_is_the_default(home: Path, site: Path) -> None:
    assert "2031b" in fetch()


def test_an_edition_that_nema_does_not_have(home: Path, site: Path) -> None:
    with pytest.raises(UsageError, match="no edition '1999z'") as raised:
        fetch("1999z")
    assert "2031a to 2031b" in raised.value.hint


@pytest.mark.parametrize("content", ["{", "5", '["../../x"]', "[5]"])
def test_a_list_of_editions_that_is_none(home: Path, content: str) -> None:
    (home / "nema").mkdir(parents=True)
    (home / "nema" / "editions.json").write_text(content)
    with pytest.raises(UsageError):
        fetch("../../x")
    assert [path.name for path in home.rglob("*")] == ["nema", "editions.json"]


def test_no_network_is_a_clear_error_and_changes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nema.Nema, "base_url", "http://127.0.0.1:9/")
    with pytest.raises(UsageError, match="could not be fetched") as raised:
        fetch("2031b")
    assert "stays as it is" in raised.value.hint
    assert not [path for path in home.rglob("*") if path.is_file()]


def test_a_part_that_is_missing(home: Path, site: Path) -> None:
    (site / "current" / "source" / "docbook" / "part04" / "part04.xml").unlink()
    with pytest.raises(UsageError, match=r"PS3\.4 2031b could not be fetched"):
        fetch("2031b")
    assert not (home / "editions").exists()


def test_a_download_that_is_cut_short(tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "part03.xml"
    url = f"{nema.Nema.base_url}current/source/docbook/part03/part03.xml"
    monkeypatch.setattr(_Silent, "copyfile", lambda self, source, out: out.write(source.read(100)))
    with pytest.raises(OSError, match=r"cut short|IncompleteRead"):
        nema.download(url, target)
    assert not [path for path in tmp_path.iterdir() if "part03" in path.name]


def test_a_download_that_is_too_long(tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nema, "MAX_BYTES", 1000)
    with pytest.raises(OSError, match="more than"):
        nema.download(
            f"{nema.Nema.base_url}current/source/docbook/part03/part03.xml", tmp_path / "part03.xml"
        )


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_only_web_addresses_are_fetched(tmp_path: Path, address: str) -> None:
    with pytest.raises(OSError, match="not a web address"):
        nema.download(address, tmp_path / "x")


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE book [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE book [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE book [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(tmp_path: Path, declaration: str, encoding: str) -> None:
    path = tmp_path / "part03.xml"
    path.write_bytes(f'<?xml version="1.0" encoding="{encoding}"?>{declaration}<book/>'.encode(encoding))
    with pytest.raises(UsageError, match="declares XML entities"):
        nema.refuse_entities(path)


def test_what_is_not_xml_is_refused(home: Path) -> None:
    made = write_edition(home / "made")
    (made / "part06.xml").write_text("<html><body>404")
    placed(home, "2031b", made)
    with pytest.raises(UsageError, match="is not XML"):
        fetch("2031b")


def test_a_document_of_another_shape_leaves_the_earlier_edition(home: Path) -> None:
    placed(home, "2031b", write_edition(home / "made"))
    fetch("2031b")
    before = (home / "editions" / "2031b" / "rows.pack").read_bytes()
    (home / "nema" / "2031b" / "docbook" / "part03.xml").write_text("<book/>")
    with pytest.raises(UsageError, match="2031b"):
        fetch("2031b")
    assert (home / "editions" / "2031b" / "rows.pack").read_bytes() == before
    assert [path.name for path in (home / "editions").iterdir()] == ["2031b"]


def test_fetching_again_replaces(home: Path) -> None:
    placed(home, "2031b", write_edition(home / "made"))
    fetch("2031b")
    (home / "editions" / "2031b" / "iods" / "stale.json").write_text("{}")
    fetch("2031b")
    assert [path.name for path in (home / "editions" / "2031b" / "iods").iterdir()] == ["test.json"]


def test_the_root_logger_is_left_alone(home: Path) -> None:
    placed(home, "2031b", write_edition(home / "made"))
    before = list(logging.getLogger().handlers)
    fetch("2031b")
    assert logging.getLogger().handlers == before


def test_use_chooses_and_returns(home: Path) -> None:
    placed(home, "2031b", write_edition(home / "made"))
    fetch("2031b")
    use("2031b")
    assert (home / "edition").read_text() == "2031b\n"
    use("embedded")
    assert (home / "edition").read_text() == "embedded\n"


@pytest.mark.parametrize("name", ["2031b", "", "..", "../../etc", "."])
def test_use_of_what_is_not_there(home: Path, name: str) -> None:
    with pytest.raises(UsageError, match="is not there"):
        use(name)
    assert not (home / "edition").exists()


def test_rows_of_the_made_edition(tmp_path: Path) -> None:
    facts = read_edition(write_edition(tmp_path), "2031b", {})
    assert facts.iods["iods"] == {
        "test": {"name": "Test", "sect": "A.2", "modules": [{"m": "patient", "ie": "Patient", "u": "M"}]}
    }
    rows = {row["kw"]: row for row in facts.modules["modules"]["patient"]["rows"]}
    assert rows["PatientSex"]["enum"] == [{"k": "E", "v": ["M", "F", "O"]}]
    assert rows["PatientComments"]["pc"] == {"type": "MU", "op": "=", "tag": "(0010,0040)", "values": ["O"]}
    assert rows["EthnicGroup"]["pc"] == {"type": "U"}
    assert rows["OtherPatientIDsSequence"]["n"] == "0-n"
    nested = {
        row["kw"]: row for row in facts.macros["lists"][rows["OtherPatientIDsSequence"]["items"]]["rows"]
    }
    assert nested["PatientID"]["type"] == "1"
    assert nested["IssuerOfPatientID"]["type"] == "3"
    assert nested["NovelAttribute"]["enum"] == [{"k": "D", "v": ["ONE", "TWO"]}]
    assert facts.sop_classes[IOD_UID] == ("Test Storage", "test")


def test_the_dictionary_gains_the_new_rows_and_keeps_the_others(tmp_path: Path) -> None:
    tables = compile_edition(write_edition(tmp_path), "2031b")
    dictionary = json.loads(tables["dictionary.json"])
    at = dictionary["tag"].index(0x00109F01)
    assert (dictionary["keyword"][at], dictionary["vr"][at], dictionary["vm"][at]) == (
        "NovelAttribute",
        "CS",
        "1-n",
    )
    embedded = json.loads((EMBEDDED / "dictionary.json").read_bytes())
    assert set(embedded) == set(dictionary)
    assert len(dictionary["tag"]) == len(embedded["tag"]) + 1 == len(dictionary["vr"])
    uids = {row[0]: row for row in json.loads(tables["uids.json"])}
    assert uids[IOD_UID] == [IOD_UID, "SOP Class", "Test Storage", False, "test"]
    assert uids["1.2.840.10008.5.1.4.1.1.2"][4] == "", "the made edition has no CT Image IOD"


def test_only_an_older_edition_loses_required_rows_that_the_embedded_one_lacks() -> None:
    known = {"m:patient": {"rows": [{"t": 1, "y": "2", "d": "Always"}]}}
    records = {"m:patient": {"rows": [{"t": 1, "y": "2"}, {"t": 2, "y": "1"}]}}
    older = adopt(records, known, older=True)["m:patient"]["rows"]
    newer = adopt(records, known, older=False)["m:patient"]["rows"]
    assert older == [{"t": 1, "y": "2", "d": "Always"}, {"t": 2, "y": "3"}]
    assert newer == [{"t": 1, "y": "2", "d": "Always"}, {"t": 2, "y": "1"}]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Only a single Item shall be included in this Sequence.", "1"),
        ("Only a single Item is permitted in this Sequence.", "0-1"),
        ("One or more Items shall be included in this Sequence.", "1-n"),
        ("Zero or more Items shall be included in this Sequence.", "0-n"),
        ("Zero or one Item shall be included in this Sequence.", "0-1"),
        ("Only a single Item shall be included, unless there are two, in which case both are.", ""),
        ("A Sequence.", ""),
    ],
)
def test_number_of_items(text: str, number: str) -> None:
    assert number_of_items(text) == number


@needs_sample
def test_the_sample_compiles_to_four_iods(home: Path) -> None:
    placed(home, "2016c", SAMPLE)
    assert "4 IODs" in fetch("2016c")
    compiled = home / "editions" / "2016c"
    names = sorted(path.stem for path in (compiled / "iods").iterdir())
    assert names == ["ct-image", "enhanced-ct-image", "enhanced-xa-image", "rt-dose"]
    shard = json.loads((compiled / "iods" / "enhanced-ct-image.json").read_bytes())
    groups = {use["g"]: use for use in shard["fg"]}
    assert groups["frame-content"]["only"] == "perframe"
    assert [use["m"] for use in shard["modules"] if use.get("fg")] == ["multi-frame-functional-groups"]


@needs_sample
def test_the_sample_agrees_with_the_embedded_edition(tmp_path: Path) -> None:
    """Types of the rows that both have differ only where PS3.3 changed between 2016c and 2025b."""
    facts = read_edition(SAMPLE, "2016c", {})
    source = json.loads((ROOT / "standard" / "modules.json").read_text())["modules"]
    differing, same = set(), 0
    for key, module in facts.modules["modules"].items():
        known = {row["tag"]: row for row in source.get(key, {"rows": []})["rows"]}
        for row in module["rows"]:
            if row["tag"] in known and row["type"] != known[row["tag"]]["type"]:
                differing.add((key, row["kw"]))
            same += row["tag"] in known and row["type"] == known[row["tag"]]["type"]
    assert differing == {
        ("cardiac-synchronization", "SkipBeats"),
        ("multi-frame-overlay", "ImageFrameOrigin"),
        ("multi-frame-dimension", "DimensionIndexSequence"),
        ("multi-frame-functional-groups", "PerFrameFunctionalGroupsSequence"),
        ("roi-contour", "ROIContourSequence"),
        ("rt-dose", "DerivationCodeSequence"),
        ("rt-dose", "SpatialTransformOfDose"),
        ("structure-set", "StructureSetROISequence"),
    }
    assert same > 350


@needs_sample
def test_a_fetched_edition_is_what_checks_are_made_against(home: Path) -> None:
    placed(home, "2016c", SAMPLE)
    fetch("2016c")
    for edition, start in (("embedded", "2025b"), ("2016c", "2016c")):
        use(edition)
        report = checked(home, [ROOT / "fixtures" / "clean" / "ct.dcm"])
        assert report["tool"]["edition"].startswith(start)
        assert report["summary"]["errors"] == 0


@needs_sample
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files is not part of the project")
def test_a_fetched_edition_gives_no_errors_of_its_own_on_real_files(home: Path) -> None:
    """What the text of 2016c says differs little: an error that only it gives would be a slip of ours."""
    placed(home, "2016c", SAMPLE)
    fetch("2016c")
    index = csv.DictReader((CORPUS / "index.tsv").read_text().splitlines(), delimiter="\t")
    files = [CORPUS / "files" / row["file"] for row in index if row["sop_class_uid"] in SAMPLE_CLASSES]
    assert len(files) > 50
    errors = {}
    for edition in ("embedded", "2016c"):
        use(edition)
        findings = checked(home, files)["findings"]
        errors[edition] = {
            (finding["file"], finding["rule"], finding["path"])
            for finding in findings
            if finding["severity"] == "error"
        }
    assert errors["2016c"] - errors["embedded"] == set()
    assert len(errors["2016c"]) > 0.9 * len(errors["embedded"])


def checked(home: Path, files: list[Path]) -> dict[str, Any]:
    """Return the JSON report of a run that has its editions in `home`."""
    run = subprocess.run(
        [sys.executable, "-m", "dcmlint", "check", "--format", "json", "-"],
        input="\n".join(map(str, files)),
        cwd=ROOT,
        env={**os.environ, "DCMLINT_DATA_DIR": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode in (0, 1), run.stderr
    report: dict[str, Any] = json.loads(run.stdout)
    return report

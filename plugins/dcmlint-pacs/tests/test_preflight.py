"""Preflight without a network: what data ask for, verdicts on a declared peer, reports, exit status."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from dcmlint_pacs.cli_preflight import app
from dcmlint_pacs.conformance.model import Declared, Service, declared_offer
from dcmlint_pacs.own import Own
from dcmlint_pacs.preflight.as_html import preflight_html
from dcmlint_pacs.preflight.as_json import preflight_json
from dcmlint_pacs.preflight.as_text import preflight_text
from dcmlint_pacs.preflight.demand import Cell, Demand, Instance, Pair, demand_of
from dcmlint_pacs.preflight.model import Answer, Offer
from dcmlint_pacs.preflight.run import Wanted, preflight, run
from dcmlint_pacs.preflight.storescu import with_storescu
from dcmlint_pacs.preflight.transcode import ALTERNATIVES, conversions
from dcmlint_pacs.preflight.verdict import Verdict, judge
from dcmlint_pacs.preflight.words import Preflight, short_syntax
from jsonschema import Draft202012Validator
from samples import CT, EXPLICIT, IMPLICIT, JPEG_LS, SR, written

from dcmlint.errors import UsageError

BIG = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG = "1.2.840.10008.1.2.4.50"
MPEG = "1.2.840.10008.1.2.4.100"
PDF = "1.2.840.10008.5.1.4.1.1.104.1"
SCHEMA = json.loads(
    (Path(__file__).parents[1] / "src/dcmlint_pacs/preflight/preflight.schema.json").read_text("utf-8")
)


def _demand(*pairs: tuple[str, str], is_image: bool = True) -> Demand:
    cells = {
        Pair(*pair): Cell(2, [Instance("a.dcm", "1.2.3")], is_image=is_image, has_pixels=is_image)
        for pair in pairs
    }
    return Demand(cells)


def _declared(**services: tuple[str, ...]) -> Offer:
    classes = {"ct": CT, "sr": SR, "pdf": PDF}
    return declared_offer(
        Declared(
            "peer.yaml", services={classes[name]: Service(("SCP",), each) for name, each in services.items()}
        )
    )


def _one(pair: tuple[str, str], offer: Offer, *, is_image: bool = True) -> Verdict:
    (found,) = judge(_demand(pair, is_image=is_image), offer)
    return found


class TestDemand:
    def test_instances_are_counted_by_sop_class_and_transfer_syntax(self, tmp_path: Path) -> None:
        written(tmp_path / "a.dcm")
        written(tmp_path / "b.dcm")
        written(tmp_path / "c.dcm", syntax=JPEG_LS)
        written(tmp_path / "d.dcm", SR, IMPLICIT, PixelData=None, BitsAllocated=None)
        found = demand_of([str(tmp_path)])
        counts = {pair: (cell.count, cell.is_image, cell.has_pixels) for pair, cell in found.cells.items()}
        assert counts == {
            (CT, EXPLICIT): (2, True, True),
            (CT, JPEG_LS): (1, True, True),
            (SR, IMPLICIT): (1, False, False),
        }
        assert not found.apart and not found.mismatched.count

    def test_members_of_archives_are_read(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.write(written(tmp_path / "a.dcm"), "in/a.dcm")
        (tmp_path / "a.dcm").unlink()
        assert demand_of([str(tmp_path)]).instances == 1

    def test_what_cannot_be_sent_is_counted_apart(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("no DICOM")
        written(tmp_path / "class.dcm", SOPClassUID=None)
        written(tmp_path / "instance.dcm", SOPInstanceUID=None)
        written(tmp_path / "uid.dcm", SOPClassUID="1.2.x")
        written(tmp_path / "DICOMDIR", "1.2.840.10008.1.3.10")
        found = demand_of([str(tmp_path)])
        assert {reason: each.count for reason, each in found.apart.items()} == {
            "not-dicom": 1,
            "no-sop-class": 1,
            "no-sop-instance": 1,
            "no-uid": 1,
            "directory": 1,
        }
        assert not found.instances

    def test_the_data_set_counts_and_a_mismatch_is_told(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.dcm")
        content = path.read_bytes()
        # Only the first occurrence, in the File Meta Information, is of another class.
        path.write_bytes(content.replace(b"1.2.840.10008.5.1.4.1.1.2\0", b"1.2.840.10008.5.1.4.1.1.4\0", 1))
        found = demand_of([str(path)])
        assert list(found.cells) == [(CT, EXPLICIT)] and found.mismatched.count == 1

    def test_a_file_without_meta_information_is_of_the_syntax_of_its_bytes(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.dcm", syntax=IMPLICIT)
        content = path.read_bytes()
        path.write_bytes(content[content.index(b"\x08\x00\x16\x00") :])
        found = demand_of([str(path)])
        assert list(found.cells) == [(CT, IMPLICIT)] and found.cells[Pair(CT, IMPLICIT)].guessed == 1

    def test_missing_study_uids_are_told(self, tmp_path: Path) -> None:
        written(tmp_path / "a.dcm", StudyInstanceUID=None)
        found = demand_of([str(tmp_path)])
        assert found.cells[Pair(CT, EXPLICIT)].without_uids == 1


class TestVerdict:
    def test_what_is_taken_as_it_is_stored_is_accepted(self) -> None:
        found = _one((CT, JPEG_LS), _declared(ct=(JPEG_LS,)))
        assert (found.status, found.rule, found.to) == ("accepted", "", None)

    @pytest.mark.parametrize(
        ("own", "taken", "to", "lossless"),
        [
            (IMPLICIT, (EXPLICIT, BIG), EXPLICIT, True),
            (EXPLICIT, (BIG, DEFLATED), DEFLATED, True),
            (JPEG_LS, (IMPLICIT, "1.2.840.10008.1.2.5"), IMPLICIT, True),
            (JPEG, (EXPLICIT,), EXPLICIT, True),
            (EXPLICIT, (JPEG, "1.2.840.10008.1.2.5"), "1.2.840.10008.1.2.5", True),
            (EXPLICIT, (JPEG,), JPEG, False),
        ],
    )
    def test_the_best_conversion_is_told(
        self, own: str, taken: tuple[str, ...], to: str, lossless: bool
    ) -> None:
        found = _one((CT, own), _declared(ct=taken))
        assert found.status == "transcodable" and found.rule == "interop/transfer-syntax-not-accepted"
        assert found.to is not None and (found.to.syntax, found.to.lossless) == (to, lossless)

    @pytest.mark.parametrize(
        ("pair", "taken", "is_image"),
        [((CT, MPEG), (EXPLICIT, IMPLICIT), True), ((PDF, EXPLICIT), (JPEG_LS, JPEG), False)],
    )
    def test_what_cannot_be_converted_is_rejected(
        self, pair: tuple[str, str], taken: tuple[str, ...], is_image: bool
    ) -> None:
        found = _one(pair, _declared(ct=taken, pdf=taken), is_image=is_image)
        assert (found.status, found.rule) == ("rejected", "interop/no-common-transfer-syntax")

    def test_a_sop_class_that_is_not_declared(self) -> None:
        found = _one((SR, EXPLICIT), _declared(ct=(EXPLICIT,)))
        assert (found.status, found.rule) == ("rejected", "interop/sop-class-not-accepted")

    def test_a_peer_that_is_scu_only(self) -> None:
        offer = declared_offer(Declared(services={CT: Service(("SCU",), (EXPLICIT,))}))
        found = _one((CT, EXPLICIT), offer)
        assert (found.status, found.rule) == ("rejected", "interop/role-not-supported")

    def test_a_reason_that_does_not_name_the_class_is_judged_by_what_else_is_taken(self) -> None:
        taken = Offer("x", "live", lambda proposal: Answer("user-rejection"))
        assert _one((CT, EXPLICIT), taken).rule == "interop/sop-class-not-accepted"

    def test_conversions_are_never_to_what_is_not_asked_for(self) -> None:
        for syntax in (*ALTERNATIVES, MPEG, "1.2.3"):
            found = conversions(syntax, is_image=True)
            assert {each.syntax for each in found} <= set(ALTERNATIVES) - {syntax}
            lossy = [each.lossless for each in found]
            assert lossy == sorted(lossy, reverse=True), "those with loss come last"
        assert not conversions(MPEG, is_image=True) and not conversions("1.2.3", is_image=True)


class TestStorescu:
    @pytest.mark.parametrize(
        ("syntax", "taken", "how", "to"),
        [
            (EXPLICIT, (EXPLICIT,), "as-stored", EXPLICIT),
            (DEFLATED, (EXPLICIT, DEFLATED), "converted", EXPLICIT),
            (IMPLICIT, (EXPLICIT,), "converted", EXPLICIT),
            (EXPLICIT, (IMPLICIT,), "converted", IMPLICIT),
            (EXPLICIT, (BIG,), "converted", BIG),
            (IMPLICIT, (IMPLICIT, BIG), "sent", ""),
            (JPEG_LS, (JPEG_LS, EXPLICIT), "not-sent", ""),
            (JPEG_LS, (JPEG_LS,), "not-sent", ""),
        ],
    )
    def test_it_proposes_what_is_not_compressed(
        self, syntax: str, taken: tuple[str, ...], how: str, to: str
    ) -> None:
        cell = Cell(1, is_image=True, has_pixels=True)
        found = with_storescu(Pair(CT, syntax), cell, _declared(ct=taken).ask)
        assert (found.how, found.syntax) == (how, to)


def _preflight(*names: str) -> Preflight:
    demand = _demand((CT, EXPLICIT), (CT, JPEG_LS), (SR, EXPLICIT), (CT, MPEG))
    for number, name in enumerate(names):
        demand.cells[Pair(CT, EXPLICIT)].instances[0:0] = [Instance(name, f"1.{number}")]
        demand.mismatched.add(name)
        demand.set_apart("not-dicom", name)
    offer = _declared(ct=(EXPLICIT,))._replace(peer="<script>alert(1)</script>.yaml")
    return Preflight(demand, offer, judge(demand, offer))


class TestReports:
    def test_text_fits_a_terminal_and_counts(self) -> None:
        text = preflight_text(_preflight("x" * 30))
        assert all(len(line) <= 100 for line in text.splitlines()), text
        assert "2 yes" in text and "2 conv" in text and "2 no" in text
        assert text.endswith("8 instances: 2 accepted, 2 transcodable, 4 rejected\n")

    def test_json_is_as_its_schema_says(self) -> None:
        Draft202012Validator.check_schema(SCHEMA)
        content = json.loads(preflight_json(_preflight("a"), exit_status=1))
        Draft202012Validator(SCHEMA).validate(content)
        assert content["summary"]["transcodable"] == 2
        assert {each["verdict"] for each in content["verdicts"]} == {"accepted", "transcodable", "rejected"}

    def test_html_holds_nothing_that_runs_or_loads(self) -> None:
        page = preflight_html(_preflight('"><img src=x onerror=alert(1)>', "\ud800\x1b[31m"))
        page.encode("utf-8")
        assert "<script" not in page and "<img" not in page and "\x1b" not in page
        assert "http:" not in page and "https:" not in page and "url(" not in page
        assert "Content-Security-Policy" in page and '<th scope="row">' in page

    def test_labels_of_transfer_syntaxes_tell_them_apart(self) -> None:
        from dcmlint_pacs.names import transfer_syntaxes

        labels = [short_syntax(uid) for uid in transfer_syntaxes()]
        assert len(set(labels)) == len(labels) and max(map(len, labels)) <= 7


PEER = """
dcmlint-conformance: 1
ae-title: PEER
transfer-syntaxes: [ExplicitVRLittleEndian]
sop-classes: [CT Image Storage]
"""


@pytest.fixture
def peer(tmp_path: Path) -> Path:
    file = tmp_path / "peer.yaml"
    file.write_text(PEER)
    return file


def _run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dcmlint", "preflight", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


class TestCommand:
    def test_exit_status_and_strict(self, tmp_path: Path, peer: Path) -> None:
        folder = tmp_path / "data"
        folder.mkdir()

        def statuses() -> list[int]:
            wanted = Wanted((str(folder),), str(peer), ("json",), str(tmp_path / "out.json"))
            return [run(wanted), run(wanted._replace(strict=True))]

        written(folder / "a.dcm")
        assert statuses() == [0, 0]
        written(folder / "b.dcm", syntax=IMPLICIT)
        assert statuses() == [0, 1]
        written(folder / "c.dcm", SR)
        assert statuses() == [1, 1]
        summary = json.loads((tmp_path / "out.json").read_text())["summary"]
        assert [summary[each] for each in ("accepted", "transcodable", "rejected")] == [1, 1, 1]
        (folder / "c.dcm").unlink()
        written(folder / "c.dcm", SOPClassUID=None)
        assert statuses() == [1, 1], "what cannot be sent at all"

    def test_every_format_at_once(self, tmp_path: Path, peer: Path) -> None:
        written(tmp_path / "a.dcm", syntax=IMPLICIT)
        written(tmp_path / "b.dcm", SR)
        names = ("json", "html", "sarif", "junit", "jsonl", "csv", "markdown", "github", "gitlab")
        formats = [part for each in names for part in ("--format", f"{each}:out.{each}")]
        done = _run("a.dcm", "b.dcm", "--peer", peer, "-f", "text", *formats, cwd=tmp_path)
        assert done.returncode == 1, done.stderr
        assert all((tmp_path / f"out.{each}").stat().st_size for each in names)
        run = json.loads((tmp_path / "out.sarif").read_text())["runs"][0]
        assert {each["ruleId"]: each["level"] for each in run["results"]} == {
            "interop/transfer-syntax-not-accepted": "warning",
            "interop/sop-class-not-accepted": "error",
        }
        assert run["invocations"][0]["exitCode"] == 1
        rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
        messages = {row["file"]: row["message"] for row in rows if "rule" in row}
        assert messages["a.dcm"].endswith(
            "does not take CT Image Storage in Implicit VR Little Endian: transfer syntaxes not supported; "
            "it takes Explicit VR Little Endian (lossless; dcmconv --write-xfer-little)"
        )

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("--peer", "ftp://x"), "ftp:// is no peer"),
            (("--peer", "nowhere.yaml"), "nowhere.yaml cannot be read"),
            (("--peer", "peer.yaml", "--format", "pdf"), "Unknown format: pdf"),
            (("--peer", "peer.yaml", "--format", "text", "--format", "json"), "same place"),
            (("--peer", "peer.yaml", "--aet", "x" * 17), "no AE title"),
            (("--peer", "dimse://PEER@127.0.0.1:1"), "cannot be asked: the connection is refused"),
        ],
    )
    def test_what_cannot_be_done(
        self,
        tmp_path: Path,
        peer: Path,
        arguments: tuple[str, ...],
        told: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        written(tmp_path / "a.dcm")
        monkeypatch.chdir(tmp_path)
        with pytest.raises(UsageError, match=told):
            app(["a.dcm", *arguments], standalone_mode=False)

    def test_it_is_one_line_and_exit_status_2(self, tmp_path: Path) -> None:
        done = _run("a.dcm", "--peer", "ftp://x", cwd=tmp_path)
        assert done.returncode == 2 and done.stderr.startswith("dcmlint: error: ftp:// is no peer")

    def test_nothing_to_send(self, tmp_path: Path, peer: Path) -> None:
        (tmp_path / "empty").mkdir()
        for each in (tmp_path / "empty", peer):
            with pytest.raises(UsageError, match="nothing to send"):
                preflight([str(each)], str(peer), Own())

    def test_what_is_named_and_is_not_there_is_no_success(self, tmp_path: Path, peer: Path) -> None:
        found = preflight([str(tmp_path / "gone.dcm")], str(peer), Own())
        assert found.exit_status(strict=False) == 1 and found.demand.apart["unreadable"].count == 1

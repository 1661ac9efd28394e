"""Conformance files: reading with lines, writing, comparing, who can never talk to whom."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from dcmlint_pacs.conformance.compare import differences, talks
from dcmlint_pacs.conformance.model import Declared, Service, declared_offer
from dcmlint_pacs.conformance.read import read_conformance_text
from dcmlint_pacs.conformance.write import conformance_text
from dcmlint_pacs.names import keyword, name, storage_sop_classes, transfer_syntaxes, uid_of
from dcmlint_pacs.preflight.model import Facts, Proposal
from jsonschema import Draft202012Validator

from dcmlint.errors import UsageError

CT, MR, SR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.88.11"
EXPLICIT, IMPLICIT, JPEG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.4.50"
SCHEMA = json.loads(
    (Path(__file__).parents[1] / "src/dcmlint_pacs/conformance/conformance.schema.json").read_text("utf-8")
)

GOOD = """
dcmlint-conformance: 1
name: A scanner
ae-title: CT01
implementation: {class-uid: 1.2.3, version: V1}
max-pdu: 0
operations: {invoked: 1, performed: 1}
roles: [SCU, SCP]
transfer-syntaxes: [ImplicitVRLittleEndian, "JPEG Baseline (Process 1)"]
sop-classes:
  - CTImageStorage
  - 1.2.840.10008.5.1.4.1.1.4
  - sop-class: basic text sr storage
    roles: SCU
    transfer-syntaxes: [1.2.840.10008.1.2.1]
    extended-negotiation: "020003000000"
    notes: reports only
  - sop-class: 9.9.9.9.9
notes: |
  Two lines
  of notes.
"""

HEAD = "dcmlint-conformance: 1\ntransfer-syntaxes: [ExplicitVRLittleEndian]\nsop-classes:\n"


def _read(text: str) -> Declared:
    return read_conformance_text("peer.yaml", text)


class TestReading:
    def test_what_it_declares(self) -> None:
        found = _read(GOOD)
        both, usual = ("SCU", "SCP"), (IMPLICIT, JPEG)
        assert found.services == {
            CT: Service(both, usual),
            MR: Service(both, usual),
            SR: Service(("SCU",), (EXPLICIT,)),
            "9.9.9.9.9": Service(both, usual),
        }
        assert (found.name, found.ae_title, found.notes) == ("A scanner", "CT01", "Two lines\nof notes.\n")
        assert found.facts == Facts("1.2.3", "V1", 0, (1, 1), extended={SR: b"\x02\x00\x03\x00\x00\x00"})

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("[]", "is no conformance file"),
            (
                "dcmlint-conformance: 2\nsop-classes: [CTImageStorage]",
                "line 1: dcmlint-conformance: 1 is expected",
            ),
            (HEAD + "  - CTImageStorag", "line 4: 'CTImageStorag' is no UID, keyword or name of a SOP Class"),
            (HEAD + "  - CTImageStorage\n  - CT Image Storage", f"line 5: the SOP Class {CT} is there twice"),
            (HEAD + "  - sop-class: 1.2.3\n    role: SCU", "line 5: unknown key 'role'"),
            (HEAD + "  - sop-class: 1.2.3\n    roles: [SCX]", "line 5: roles are SCU, SCP or both"),
            (HEAD + "  - sop-class: 1.2.3\n    transfer-syntaxes: []", "line 5: transfer-syntaxes is a list"),
            (
                HEAD + "  - sop-class: 1.2.3\n    transfer-syntaxes:\n      - CTImageStorage",
                "line 6: 'CTImageStorage'",
            ),
            (
                HEAD + "  - sop-class: 1.2.3\n    extended-negotiation: xyz",
                "line 5: extended-negotiation is bytes",
            ),
            (HEAD + "  - 5", "line 4: a SOP Class is its name"),
            (HEAD + "  - {roles: SCU}", "line 4: this is no UID"),
            ("dcmlint-conformance: 1\nsop-classes: [CTImageStorage]", "line 2: it has no Transfer Syntaxes"),
            ("dcmlint-conformance: 1\nsop-classes: []", "line 2: sop-classes is a list"),
            (HEAD + "  - 1.2.3\nae-title: a\\b", "line 5: ae-title has at most 16"),
            (HEAD + "  - 1.2.3\nmax-pdu: -1", "line 5: max-pdu is a whole number"),
            (HEAD + "  - 1.2.3\nmax-pdu: true", "line 5: max-pdu is a whole number"),
            (
                HEAD + "  - 1.2.3\noperations: {invoked: 70000, performed: 1}",
                "line 5: invoked is a whole number",
            ),
            (HEAD + "  - 1.2.3\nimplementation: {version: 12345678901234567}", "line 5: version"),
            (HEAD + "  - 1.2.3\nimplementation: 5", "line 5: implementation is a mapping"),
            (HEAD + "  - &a 1.2.3\n  - *a", "line 5: aliases and tags are not allowed"),
            (HEAD + "  - !!python/name:os.system 1.2.3", "line 4: aliases and tags are not allowed"),
            (HEAD + "  - 1.2.3\nname: a\nname: b", "line 6: the key 'name' is there twice"),
            (HEAD + "  - [", "line 5"),
        ],
    )
    def test_faults_are_told_with_their_lines(self, text: str, told: str) -> None:
        with pytest.raises(UsageError) as caught:
            _read(text)
        assert told in caught.value.message, caught.value.message

    def test_all_faults_are_told_at_once_a_bounded_number(self) -> None:
        with pytest.raises(UsageError) as caught:
            _read(HEAD + "".join(f"  - Wrong{number}\n" for number in range(50)))
        lines = caught.value.message.splitlines()
        assert len(lines) == 21 and lines[0].startswith("peer.yaml, line 4:") and lines[-1] == "and 30 more"

    def test_a_nest_of_lists_is_refused(self) -> None:
        with pytest.raises(UsageError):
            _read(HEAD + "  - " + "[" * 5000 + "]" * 5000)

    def test_the_schema_says_the_same(self) -> None:
        Draft202012Validator.check_schema(SCHEMA)
        validator = Draft202012Validator(SCHEMA)
        validator.validate(yaml.safe_load(GOOD))
        for text in (
            "dcmlint-conformance: 2\nsop-classes: [a]",
            "dcmlint-conformance: 1\nsop-classes: []",
            HEAD + "  - sop-class: 1.2.3\n    role: SCU",
            HEAD + "  - sop-class: 1.2.3\n    roles: [SCX]",
            HEAD + "  - 5",
            HEAD + "  - 1.2.3\nae-title: a\\b",
            HEAD + "  - 1.2.3\nmax-pdu: -1",
            HEAD + "  - 1.2.3\nunknown: -1",
        ):
            assert not validator.is_valid(yaml.safe_load(text)), text


class TestNames:
    def test_every_name_and_keyword_leads_back(self) -> None:
        for uid in storage_sop_classes():
            assert uid_of(keyword(uid), "SOP Class") == uid
        for uid in transfer_syntaxes():
            assert uid_of(keyword(uid), "Transfer Syntax") == uid
            assert uid_of(name(uid).removesuffix(" (retired)"), "Transfer Syntax") == uid

    def test_the_storage_sop_classes(self) -> None:
        names = [name(uid) for uid in storage_sop_classes()]
        assert len(names) > 150 and "CT Image Storage" in names and "Encapsulated PDF Storage" in names
        assert not [each for each in names if "Commitment" in each or "Directory" in each]


class TestWriting:
    @pytest.mark.parametrize("extra", [{}, {"9.9.9": Service(("SCU",), ("1.2.3.4",))}])
    def test_what_is_written_is_read_back(self, extra: dict[str, Service]) -> None:
        syntaxes = transfer_syntaxes()
        services = {uid: Service(("SCP",), syntaxes) for uid in storage_sop_classes()}
        services[CT] = Service(("SCU", "SCP"), (IMPLICIT,))
        services[MR] = Service(("SCP",), syntaxes[1:])
        facts = Facts("1.2.3", 'V"1: #', 16384, (0, 5), extended={CT: b"\x02\x00"})
        declared = Declared("peer.yaml", "a: b # c", "AE 1", services | extra, facts, "two\nlines: [")
        text = conformance_text(declared)
        assert _read(text) == declared
        assert max(map(len, text.splitlines())) <= 130
        Draft202012Validator(SCHEMA).validate(yaml.safe_load(text))


class TestComparing:
    def test_what_differs(self) -> None:
        a = Declared(
            ae_title="A",
            name="x",
            services={CT: Service(("SCP",), (EXPLICIT, IMPLICIT)), MR: Service(("SCP",), (EXPLICIT,))},
        )
        b = Declared(
            ae_title="B",
            name="y",
            services={CT: Service(("SCU",), (IMPLICIT, JPEG)), SR: Service(("SCP",), (EXPLICIT,))},
        )
        found = {(each.what, each.sop_class): (each.a, each.b) for each in differences(a, b)}
        assert found == {
            ("ae-title", ""): ("A", "B"),
            ("roles", CT): (["SCP"], ["SCU"]),
            ("transfer-syntaxes", CT): ([EXPLICIT], [JPEG]),
            ("sop-class", MR): ({"roles": ["SCP"], "transfer-syntaxes": [EXPLICIT]}, None),
            ("sop-class", SR): (None, {"roles": ["SCP"], "transfer-syntaxes": [EXPLICIT]}),
        }

    def test_order_and_names_do_not_count(self) -> None:
        a = Declared(name="x", services={CT: Service(("SCP",), (EXPLICIT, IMPLICIT))})
        b = Declared(name="y", services={CT: Service(("SCP",), (IMPLICIT, EXPLICIT))}, notes="z")
        assert not list(differences(a, b))

    def test_who_can_never_talk(self) -> None:
        a = Declared(
            services={
                CT: Service(("SCU",), (EXPLICIT, JPEG)),
                MR: Service(("SCU",), (JPEG,)),
                SR: Service(("SCU",), (EXPLICIT,)),
                "1.2.3": Service(("SCU",), (EXPLICIT,)),
                "1.2.4": Service(("SCP",), (EXPLICIT,)),
            }
        )
        b = Declared(
            services={
                CT: Service(("SCP",), (IMPLICIT, EXPLICIT)),
                MR: Service(("SCP",), (EXPLICIT,)),
                SR: Service(("SCU",), (EXPLICIT,)),
                "1.2.4": Service(("SCU",), (EXPLICIT,)),
            }
        )
        found = {(each.scu, each.sop_class): (each.why, each.common) for each in talks(a, b)}
        assert found == {
            ("A", CT): ("", (EXPLICIT,)),
            ("A", MR): ("transfer-syntax", ()),
            ("A", SR): ("role", ()),
            ("A", "1.2.3"): ("sop-class", ()),
            ("B", SR): ("role", ()),
            ("B", "1.2.4"): ("", (EXPLICIT,)),
        }

    def test_a_declared_peer_answers_like_a_live_one(self) -> None:
        ask = declared_offer(_read(GOOD)).ask
        assert ask(Proposal(CT, (IMPLICIT,))) == ("accepted", IMPLICIT, "")
        assert ask(Proposal(CT, (EXPLICIT,))).result == "transfer-syntaxes"
        assert ask(Proposal(SR, (EXPLICIT,))).result == "role"
        assert ask(Proposal("1.2.3", (EXPLICIT,))).result == "undeclared"
        assert ask(Proposal(CT, (IMPLICIT, JPEG))) == ("accepted", "", ""), "the peer chooses"


def _run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dcmlint", "conformance", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


class TestCommands:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "a.yaml").write_text(GOOD)
        (tmp_path / "b.yaml").write_text(
            HEAD + "  - CTImageStorage\n  - sop-class: 9.9.9.9.9\n    roles: SCU\n"
        )
        (tmp_path / "bad.yaml").write_text(HEAD + "  - Nothing\n")
        return tmp_path

    def test_check(self, folder: Path) -> None:
        good = _run("check", "a.yaml", "b.yaml", cwd=folder)
        assert good.returncode == 0
        assert "a.yaml: 4 SOP Classes (4 as SCU, 3 as SCP), 3 Transfer Syntaxes" in good.stdout
        bad = _run("check", "a.yaml", "bad.yaml", cwd=folder)
        assert bad.returncode == 2 and "bad.yaml, line 4: 'Nothing' is no UID" in bad.stderr

    def test_diff(self, folder: Path) -> None:
        same = _run("diff", "a.yaml", "a.yaml", cwd=folder)
        assert (same.returncode, same.stdout) == (0, "They declare the same.\n")
        text = _run("diff", "a.yaml", "b.yaml", cwd=folder)
        assert text.returncode == 1 and "MR Image Storage: only in A" in text.stdout
        found = _run("diff", "a.yaml", "b.yaml", "--format", "json", cwd=folder)
        content = json.loads(found.stdout)
        assert found.returncode == 1 and content["format"] == "dcmlint-conformance-diff"
        assert {"what": "ae-title", "sop_class": None, "a": "CT01", "b": ""} in content["differences"]

    def test_pairs(self, folder: Path) -> None:
        text = _run("pairs", "a.yaml", "b.yaml", cwd=folder)
        assert text.returncode == 1
        assert "A as SCU, B as SCP: 0 of 4 SOP Classes can be used" in text.stdout
        assert "never: CT Image Storage: no Transfer Syntax in common: A needs Implicit VR" in text.stdout
        assert "never: 9.9.9.9.9: B has the SOP Class as SCU only" in text.stdout
        found = _run("pairs", "a.yaml", "b.yaml", "-f", "json", "-o", "out.json", cwd=folder)
        assert found.returncode == 1 and not found.stdout
        assert len(json.loads((folder / "out.json").read_text())["pairs"]) == 5

    def test_what_cannot_be_done(self, folder: Path) -> None:
        for arguments in (
            ("diff", "a.yaml", "none.yaml"),
            ("diff", "a.yaml", "b.yaml", "--format", "xml"),
            ("probe", "dicomweb+http://127.0.0.1:1/"),
            ("probe", "dimse://A@127.0.0.1:1"),
            ("probe", "dimse://A@127.0.0.1:1", "--sop-class", "x"),
        ):
            done = _run(*arguments, cwd=folder)
            assert done.returncode == 2 and done.stderr.startswith("dcmlint: error: "), arguments

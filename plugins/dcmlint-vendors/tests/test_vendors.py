"""The plugin is found, and its rules are documented and hold in their own cases."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from dcmlint_vendors.csa import csa_fault, csa_tags
from dcmlint_vendors.dictionary import known_creator, vrs_of

import dcmlint
from dcmlint.catalogue import rules_in
from dcmlint.model import Raw
from dcmlint.read.encode import part10
from dcmlint.rule import Case, Rule

RULES = list(rules_in("dcmlint_vendors.rules"))
CASES = [
    pytest.param(rule, case, id=f"{rule.id}-{number}-{'good' if case.passes else 'bad'}")
    for rule in RULES
    for number, case in enumerate(rule.cases, 1)
]
SELECT = [rule.id for rule in RULES]


def found_in(path: Path, attributes: object, **encoding: str) -> list[dcmlint.Finding]:
    path.write_bytes(part10(attributes or {}, **encoding))  # type: ignore[arg-type]
    return [finding for finding in dcmlint.lint(path, select=SELECT) if finding.rule in SELECT]


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_case(rule: Rule, case: Case, tmp_path: Path) -> None:
    found = [one for one in found_in(tmp_path / "case.dcm", case.attributes) if one.rule == rule.id]
    assert bool(found) != case.passes
    if not case.passes:
        assert case.at in [one.path for one in found]
        assert not any("?" in one.message for one in found), "a placeholder without an argument"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_documentation(rule: Rule) -> None:
    first, _, rest = rule.doc.strip().partition("\n")
    assert first.endswith(".") and len(first) <= 110
    assert re.findall(r"^## (.+)$", rest, re.MULTILINE) == [
        "What it does",
        "Why this matters",
        "Example",
        "Fix",
    ]
    assert rule.severity in ("warning", "note"), "what vendors write is nowhere certain enough for an error"
    assert {case.passes for case in rule.cases} == {True, False}


def test_values_are_read_from_files_of_implicit_vr_too(tmp_path: Path) -> None:
    attributes = {
        "20010010": "Philips Imaging DD 001",
        "20011003": Raw("FL", struct.pack("<f", 2000.0)),
        "DiffusionBValue": 1000.0,
    }
    (found,) = found_in(tmp_path / "case.dcm", attributes, syntax="1.2.840.10008.1.2")
    assert found.rule == "philips/b-value-mismatch"
    assert "2000 s/mm2" in found.message and "is 1000" in found.message


def test_what_a_truncated_file_has_lost_is_not_missing(tmp_path: Path) -> None:
    mosaic = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4",
        "Manufacturer": "SIEMENS",
        "ImageType": ["ORIGINAL", "PRIMARY", "MOSAIC"],
        "Rows": 64,
        "Columns": 64,
        "00290010": "SIEMENS CSA HEADER",
        "00291010": Raw("OB", b"SV10\4\3\2\1" + struct.pack("<2I", 1, 77) + bytes(84)),
    }
    path = tmp_path / "case.dcm"
    assert [one.rule for one in found_in(path, mosaic)] == [
        "siemens/mosaic-tiles",
        "siemens/csa-header-malformed",
    ]
    path.write_bytes(path.read_bytes()[:-50])
    assert [one for one in dcmlint.lint(path, select=SELECT) if one.rule in SELECT] == []


def test_csa_directory_is_read_to_its_end() -> None:
    items = struct.pack("<4i", 5, 5, 77, 5) + b"12345\0\0\0" + struct.pack("<4i", 0, 0, 205, 0)
    tag = struct.pack("<64si4siii", b"Name\0rest", 1, b"IS", 6, 2, 77)
    header = b"SV10\4\3\2\1" + struct.pack("<2I", 2, 77) + (tag + items) * 2
    assert [(one.name, one.values) for one in csa_tags(header)] == [(b"Name", (b"12345", b""))] * 2
    for end in range(16, len(header)):
        assert csa_fault(header[:end]).startswith("ends in tag "), end
    assert csa_fault(header) == ""


def test_vendors_vrs() -> None:
    assert vrs_of("SIEMENS MR HEADER")[0x00190C] == "IS"
    assert vrs_of("GEMS_PARM_01")[0x004339] == "IS"
    assert vrs_of("Philips Imaging DD 001")[0x200103] == "FL"
    assert vrs_of("ACME") == {}
    assert known_creator("siemens mr  header") == "SIEMENS MR HEADER"
    assert known_creator("SIEMENS MR HEADER") == known_creator("ACME") == ""

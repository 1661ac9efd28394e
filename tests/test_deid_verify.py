"""`dcmlint deid verify`: attributes, method, pictures, consistency, and the command itself."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from command_line import Command, dcmlint

from dcmlint.deid_verify.run import Verification, read_pairs, verify
from dcmlint.errors import UsageError
from dcmlint.model import Finding, Raw
from dcmlint.read.encode import part10

__all__ = ["dcmlint"]

CODE = {"CodeValue": "113100", "CodingSchemeDesignator": "DCM", "CodeMeaning": "Basic"}
CLEAN: dict[str, Any] = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
    "SOPInstanceUID": "2.25.111222333",
    "StudyInstanceUID": "2.25.111222334",
    "SeriesInstanceUID": "2.25.111222335",
    "Modality": "CT",
    "PatientName": "",
    "PatientID": "P-0001",
    "StudyDate": "",
    "PatientIdentityRemoved": "YES",
    "DeidentificationMethodCodeSequence": [CODE],
    "Rows": 16,
    "Columns": 16,
    "SamplesPerPixel": 1,
    "BitsAllocated": 8,
    "PixelData": Raw("OB", bytes(range(256))),
}
ORIGINAL = {
    **CLEAN,
    "SOPInstanceUID": "1.2.826.0.1.3680043.9.7.1",
    "StudyInstanceUID": "1.2.826.0.1.3680043.9.7.2",
    "SeriesInstanceUID": "1.2.826.0.1.3680043.9.7.3",
    "PatientName": "Quastenflosser^Balthasar",
    "PatientID": "48213377",
    "StudyDate": "20240229",
}
del ORIGINAL["PatientIdentityRemoved"], ORIGINAL["DeidentificationMethodCodeSequence"]


def write(path: Path, attributes: Mapping[str, Any], **changes: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(part10({**attributes, **changes}))
    return path


def findings(path: Path, profile: str = "basic", against: str = "") -> list[Finding]:
    return [each for report in verify(Verification(str(path), profile, against)) for each in report.findings]


def rules(found: list[Finding]) -> list[tuple[str, str]]:
    return sorted((each.rule.removeprefix("deid/"), each.severity) for each in found)


def test_clean_files_have_no_findings(tmp_path: Path) -> None:
    write(tmp_path / "out" / "a.dcm", CLEAN)
    write(tmp_path / "in" / "a.dcm", ORIGINAL)
    assert findings(tmp_path / "out") == []
    assert findings(tmp_path / "out", against=str(tmp_path / "in")) == []


@pytest.mark.parametrize(
    ("changes", "profile", "expected"),
    [
        ({"OtherPatientIDs": "12345"}, "basic", [("attribute-not-removed", "error")]),
        ({"OtherPatientIDs": ""}, "basic", [("attribute-not-removed", "note")]),
        ({"PatientName": "Meier^Anna"}, "basic", [("attribute-not-emptied", "warning")]),
        ({"PatientName": "ANONYMOUS"}, "basic", []),
        ({"AccessionNumber": "AB12345678"}, "basic", [("attribute-not-emptied", "warning")]),
        ({"StudyDate": "20240229"}, "basic", [("date-not-shifted", "warning")]),
        ({"StudyDate": "20000101"}, "basic", []),
        ({"StudyDescription": "Abdomen"}, "basic", [("attribute-not-removed", "error")]),
        ({"00090010": Raw("LO", b"ACME")}, "basic", [("private-retained", "error")]),
        ({"PatientIdentityRemoved": "NO"}, "basic", [("method-not-recorded", "error")]),
        ({"DeidentificationMethodCodeSequence": []}, "basic", [("method-not-recorded", "error")]),
        ({}, "basic+rtn-uids", [("method-not-recorded", "warning")]),
        ({"BurnedInAnnotation": "YES"}, "basic", [("burned-in-risk", "error")]),
        ({"Modality": "US"}, "basic", [("burned-in-risk", "warning")]),
        ({"Modality": "US", "BurnedInAnnotation": "NO"}, "basic", []),
        ({"BodyPartExamined": "HEAD"}, "basic", [("burned-in-risk", "warning")]),
        ({"BodyPartExamined": "CHEST"}, "basic", []),
        ({"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, "basic", [("burned-in-risk", "warning")]),
        (
            {"ReferencedImageSequence": [{"PatientComments": "of last week"}]},
            "basic",
            [("attribute-not-removed", "error")],
        ),
    ],
)
def test_one_fault_without_originals(
    tmp_path: Path, changes: Mapping[str, Any], profile: str, expected: list[tuple[str, str]]
) -> None:
    assert rules(findings(write(tmp_path / "a.dcm", CLEAN, **changes), profile)) == expected


@pytest.mark.parametrize(
    ("changes", "profile", "expected"),
    [
        ({"StudyInstanceUID": ORIGINAL["StudyInstanceUID"]}, "basic", ["uid-not-replaced"]),
        ({"StudyDate": "20240229"}, "basic", ["date-not-shifted"]),
        ({"PatientID": "48213377"}, "basic", ["attribute-not-emptied", "text-contains-identifier"]),
        ({"ContentCreatorName": "REMOVED"}, "basic", []),
        ({"FilterType": "2.25.1 1.2.826.0.1.3680043.9.7.3"}, "basic", ["uid-not-replaced"]),
        (
            {"ReferencedImageSequence": [{"ReferencedSOPInstanceUID": ORIGINAL["SOPInstanceUID"]}]},
            "basic",
            ["uid-not-replaced"],
        ),
    ],
)
def test_one_fault_with_originals(
    tmp_path: Path, changes: Mapping[str, Any], profile: str, expected: list[str]
) -> None:
    write(tmp_path / "in" / "other.dcm", ORIGINAL)
    found = findings(write(tmp_path / "out" / "a.dcm", CLEAN, **changes), profile, str(tmp_path / "in"))
    assert [rule for rule, _ in rules(found)] == expected


def test_a_file_without_its_original_is_held_against_all(tmp_path: Path) -> None:
    write(tmp_path / "in" / "other.dcm", ORIGINAL)
    uid = ORIGINAL["StudyInstanceUID"]
    pixels = Raw("OB", bytes(256))
    out = write(tmp_path / "out" / "a", CLEAN, StudyInstanceUID=uid, PixelData=pixels, InstanceNumber=7)
    found = findings(out, against=str(tmp_path / "in"))
    assert rules(found) == [("inconsistent", "note"), ("uid-not-replaced", "error")]


def test_a_date_that_stays_where_dates_are_shifted(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.dcm", ORIGINAL)
    out = write(tmp_path / "out" / "a.dcm", CLEAN, StudyDate="20240229")
    found = findings(out, "basic+rtn-long-modif-dates", str(tmp_path / "in"))
    assert ("date-not-shifted", "error") in rules(found)


def two(tmp_path: Path, name: str, **changes: Any) -> None:
    """Write two files of one patient as originals and as outputs; `changes` are of the second output."""
    for number in (1, 2):
        pixels = Raw("OB", bytes(number) + bytes(range(256 - number)))
        uid = {"SOPInstanceUID": f"1.2.826.0.1.3680043.9.7.5{number}", "PixelData": pixels}
        new = {"SOPInstanceUID": f"2.25.77{number}", "PixelData": pixels}
        reference = [{"ReferencedSOPInstanceUID": "1.2.826.0.1.3680043.9.7.51"}]
        write(tmp_path / "in" / f"{number}", ORIGINAL, **uid, ReferencedImageSequence=reference)
        reference = [{"ReferencedSOPInstanceUID": "2.25.771"}]
        write(
            tmp_path / name / f"x{number}",
            CLEAN,
            **{**new, "ReferencedImageSequence": reference, **(changes if number == 2 else {})},
        )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"PatientID": "P-0002"}, "one patient of the originals has several values here"),
        ({"StudyInstanceUID": "2.25.9"}, "one Study of the originals has several values here"),
        (
            {"ReferencedImageSequence": [{"ReferencedSOPInstanceUID": "2.25.999"}]},
            "1 references that the originals could follow lead nowhere here",
        ),
    ],
)
def test_files_that_do_not_hang_together(tmp_path: Path, changes: Mapping[str, Any], words: str) -> None:
    two(tmp_path, "good")
    assert findings(tmp_path / "good", against=str(tmp_path / "in")) == []
    two(tmp_path, "bad", **changes)
    found = findings(tmp_path / "bad", against=str(tmp_path / "in"))
    assert [(each.rule, each.args["how"]) for each in found] == [("deid/inconsistent", words)]


def test_intervals_of_dates(tmp_path: Path) -> None:
    two(tmp_path, "good", StudyDate="20240310")
    found = findings(tmp_path / "good", "basic+rtn-long-modif-dates", str(tmp_path / "in"))
    assert not [each for each in found if each.rule == "deid/inconsistent"]
    write(tmp_path / "good" / "x1", {**CLEAN, "StudyDate": "20240311"}, SOPInstanceUID="2.25.771",
          PixelData=Raw("OB", bytes(1) + bytes(range(255))))  # fmt: skip
    found = findings(tmp_path / "good", "basic+rtn-long-modif-dates", str(tmp_path / "in"))
    assert "deid/inconsistent" in {each.rule for each in found}


def test_a_map_says_which_original_it_is(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a", ORIGINAL, InstanceNumber=1)
    write(tmp_path / "in" / "b", ORIGINAL, InstanceNumber=1, StudyDate="20240301")
    out = write(tmp_path / "out" / "x", CLEAN, StudyDate="20240301", InstanceNumber=1)
    pairs = tmp_path / "map"
    for original, expected in (("b", "error"), ("a", None)):
        pairs.write_text(f"x\t{original}\n")
        asked = Verification(str(out.parent), "basic", str(tmp_path / "in"), read_pairs(str(pairs)))
        found = [each for report in verify(asked) for each in report.findings]
        assert [each.severity for each in found] == ([expected] if expected else [])
    pairs.write_text("no tab\n")
    with pytest.raises(UsageError, match="Line 1"):
        read_pairs(str(pairs))


def test_the_command(tmp_path: Path, dcmlint: Command) -> None:
    write(tmp_path / "in" / "a.dcm", ORIGINAL)
    out = write(tmp_path / "out" / "a.dcm", CLEAN, PatientName="Quastenflosser^Balthasar")
    given = ("deid", "verify", str(out.parent), "--against", str(tmp_path / "in"))
    done = dcmlint(*given, "-f", "jsonl")
    assert done.status == 1
    found = [json.loads(line).get("rule") for line in done.out.splitlines()]
    assert set(found) - {None} == {"deid/attribute-not-emptied", "deid/text-contains-identifier"}
    for form in ("text", "json", "jsonl", "sarif", "csv", "junit", "markdown", "github"):
        told = dcmlint(*given, "-f", form).out
        assert "Quastenflosser" not in told
    assert dcmlint(*given, "--fail-on", "never").status == 0
    assert dcmlint(*given, "--ignore", "deid").status == 0
    assert dcmlint(*given, "--profile", "basic+nothing").status == 2
    assert dcmlint("deid", "verify", str(tmp_path / "no")).status == 2
    assert dcmlint("deid", "verify", str(out), "--against", str(pairs_of(tmp_path))).status == 2


def pairs_of(tmp_path: Path) -> Path:
    path = tmp_path / "empty" / "a.txt"
    path.parent.mkdir()
    path.write_text("no DICOM")
    return path.parent


def test_check_has_nothing_to_do_with_it(tmp_path: Path, dcmlint: Command) -> None:
    write(tmp_path / "a.dcm", ORIGINAL)
    assert "deid/" not in dcmlint("check", str(tmp_path), "--no-cache").out


def test_other_files_among_the_outputs_are_searched(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.dcm", ORIGINAL)
    write(tmp_path / "out" / "a.dcm", CLEAN)
    (tmp_path / "out" / "log.csv").write_text("0001,QUASTENFLOSSER BALTHASAR,48213377\n")
    found = findings(tmp_path / "out", against=str(tmp_path / "in"))
    assert [(each.rule, each.args["how"]) for each in found] == [
        ("deid/text-contains-identifier", "holds an ID of the originals (confidence high)"),
        ("deid/text-contains-identifier", "holds a name of the originals (confidence high)"),
    ]


@pytest.mark.parametrize("seed", range(40))
def test_damaged_files_are_verified_all_the_same(tmp_path: Path, seed: int) -> None:
    content = bytearray(part10({**ORIGINAL, "ReferencedImageSequence": [{"PatientName": "A^B"}]}))
    rng = random.Random(seed)
    for _ in range(6):
        content[rng.randrange(132, 700)] = rng.randrange(256)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(content)
    del content[rng.randrange(200, 600) : rng.randrange(600, 800)]
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a").write_bytes(content)
    write(tmp_path / "in" / "b", ORIGINAL)
    assert findings(tmp_path / "out", against=str(tmp_path / "in"))
    assert findings(tmp_path / "out")

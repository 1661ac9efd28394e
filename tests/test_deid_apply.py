"""`dcmlint deid apply`: folders, keys, policies, references, resumption, refusals."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread

from dcmlint.audit.log import AuditLog
from dcmlint.audit.mapping import identifiers_of
from dcmlint.deid.dates import shifted
from dcmlint.deid.profile import parse_profile
from dcmlint.deid.pseudonym import Pseudonyms
from dcmlint.deid.run import Outcome, Request, apply, deid_key
from dcmlint.errors import UsageError
from dcmlint.model import Raw
from dcmlint.read.encode import part10

KEY = "c3" * 32
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
IMAGE: Mapping[str, Any] = {
    "SOPClassUID": SECONDARY_CAPTURE,
    "SOPInstanceUID": "1.2.3.1",
    "StudyInstanceUID": "1.2.3.8",
    "SeriesInstanceUID": "1.2.3.9",
    "StudyDate": "20240131",
    "ContentDate": "20240201",
    "AcquisitionDateTime": "20240201101500+0100",
    "StudyDescription": "CHEST of Mary Doe",
    "PatientName": "Doe^Mary",
    "PatientID": "4711",
    "PatientBirthDate": "19700101",
    "PatientSex": "F",
    "Modality": "OT",
    "Rows": 2,
    "Columns": 2,
    "PixelData": Raw("OW", b"\1\2\3\4\5\6\7\x08"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "key").write_text(KEY)
    return tmp_path


def put(folder: Path, name: str, changes: Mapping[str, Any] | None = None, **options: Any) -> None:
    (folder / "in" / name).write_bytes(part10({**IMAGE, **(changes or {})}, **options))


def run(folder: Path, profile: str = "basic", policy: str = "", out: str = "out", **more: Any) -> Outcome:
    policies: tuple[str, ...] = ()
    if policy:
        (folder / "policy.yaml").write_text(policy)
        policies = (str(folder / "policy.yaml"),)
    source = str(folder / "in")
    request = Request(source, str(folder / out), profile, policies, str(folder / "key"), **more)
    return apply(request, lambda path, reason: None)


def results(folder: Path, out: str = "out") -> list[Dataset]:
    return [dcmread(path) for path in sorted((folder / out).rglob("*.dcm"))]


def only(folder: Path, out: str = "out") -> Dataset:
    (found,) = results(folder, out)
    return found


def test_basic_profile(folder: Path) -> None:
    put(folder, "Doe_Mary.dcm", {"00091010": Raw("LO", b"Doe "), "00090010": Raw("LO", b"MAKER ")})
    assert run(folder).written == 1
    found = only(folder)
    assert found.PatientName == "" and found.PatientBirthDate == "" and found.StudyDate == ""
    assert re.fullmatch("P[A-Z2-7]{12}", found.PatientID)
    assert "StudyDescription" not in found
    assert not [element for element in found if element.tag.is_private]
    assert found.PatientIdentityRemoved == "YES"
    assert [item.CodeValue for item in found.DeidentificationMethodCodeSequence] == ["113100"]
    assert found.LongitudinalTemporalInformationModified == "REMOVED"
    assert found.PixelData == b"\1\2\3\4\5\6\7\x08"
    assert found.SOPInstanceUID == found.file_meta.MediaStorageSOPInstanceUID != "1.2.3.1"
    path = next((folder / "out").rglob("*.dcm"))
    assert path.name == f"{found.SOPInstanceUID}.dcm"
    assert b"Doe" not in path.read_bytes()


def test_preamble_and_trailing_bytes_go(folder: Path) -> None:
    content = part10(IMAGE, preamble=b"Doe^Mary".ljust(128, b"\0"))
    (folder / "in" / "a").write_bytes(content + b"\0\0\0\0Doe^Mary")
    assert run(folder).written == 1
    content = next((folder / "out").rglob("*.dcm")).read_bytes()
    assert content[:128] == bytes(128)
    assert b"Doe" not in content


def test_references_stay_whole(folder: Path) -> None:
    put(folder, "a.dcm")
    series = [
        {
            "SeriesInstanceUID": "1.2.3.9",
            "ReferencedInstanceSequence": [
                {"ReferencedSOPClassUID": SECONDARY_CAPTURE, "ReferencedSOPInstanceUID": "1.2.3.1"}
            ],
        }
    ]
    put(folder, "b.dcm", {"SOPInstanceUID": "1.2.3.2", "ReferencedSeriesSequence": series})
    assert run(folder).written == 2
    both = {bool("ReferencedSeriesSequence" in each): each for each in results(folder)}
    item = both[True].ReferencedSeriesSequence[0]
    assert item.SeriesInstanceUID == both[False].SeriesInstanceUID
    assert item.ReferencedInstanceSequence[0].ReferencedSOPInstanceUID == both[False].SOPInstanceUID
    assert item.ReferencedInstanceSequence[0].ReferencedSOPClassUID == SECONDARY_CAPTURE


def test_the_same_key_gives_the_same_bytes_and_another_does_not(folder: Path) -> None:
    put(folder, "a.dcm")
    for out in ("first", "second"):
        run(folder, out=out)
    first, second = (next((folder / out).rglob("*.dcm")) for out in ("first", "second"))
    assert first.name == second.name and first.read_bytes() == second.read_bytes()
    (folder / "key").write_text("d4" * 32)
    run(folder, out="third")
    assert only(folder, "third").SOPInstanceUID != only(folder, "first").SOPInstanceUID


def test_dates_move_together_and_intervals_stay(folder: Path) -> None:
    put(folder, "a.dcm")
    put(folder, "b.dcm", {"SOPInstanceUID": "1.2.3.2", "StudyDate": "20240310"})
    run(folder, "basic+rtn-long-modif-dates")
    moved = sorted(each.StudyDate for each in results(folder))
    assert moved != ["20240131", "20240310"]
    assert shifted("DA", moved[0], 39) == moved[1]
    for each in results(folder):
        assert each.AcquisitionDateTime[8:] == "101500+0100"
        assert each.AcquisitionDateTime[:8] == each.ContentDate
        assert each.PatientBirthDate == ""
        assert each.LongitudinalTemporalInformationModified == "MODIFIED"


def test_words_of_the_vocabulary_stay_in_cleaned_text(folder: Path) -> None:
    put(folder, "a.dcm")
    run(folder, "basic+clean-desc", "vocabulary: [CHEST, of]")
    assert only(folder).StudyDescription == "CHEST of"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("CT CHEST with contrast, Dr. Mary Brown, 12 May", "CHEST with contrast"),
        ("Abdomen and Pelvis 3rd, MRN 4711, Long Green", "Abdomen and Pelvis"),
        ("Willis Douglas Towne Waters Parkinson", ""),
        ("knee of Dr. KNEE", ""),
        ("left Schädel of Müller", "left"),
    ],
)
def test_words_of_the_standard_stay_unless_they_are_names(folder: Path, text: str, kept: str) -> None:
    """KNEE is a word of anatomy, but here it is somebody's name as well."""
    names = {"ReferringPhysicianName": "Knee^Anna"}
    put(folder, "a.dcm", {**names, "StudyDescription": text, "SpecificCharacterSet": "ISO_IR 192"})
    run(folder, "basic+clean-desc", "standard_vocabulary: true")
    assert only(folder).get("StudyDescription", "") == kept


def test_own_words_are_added_to_those_of_the_standard_but_names_are_not(folder: Path) -> None:
    put(folder, "a.dcm", {"StudyDescription": "CT chest of Doe"})
    run(folder, "basic+clean-desc", "{standard_vocabulary: true, vocabulary: [ct, doe]}")
    assert only(folder).StudyDescription == "CT chest"


def test_policy_overrides_rows(folder: Path) -> None:
    put(folder, "a.dcm")
    policy = (
        "name: trial 7\nuid_root: '1.2.826.0.1'\nactions: {PatientSex: keep, Modality: remove}\n"
        "set: {ClinicalTrialProtocolID: 'T7', PatientID: 'SUBJECT'}\n"
    )
    run(folder, policy=policy)
    found = only(folder)
    assert found.PatientSex == "F" and "Modality" not in found
    assert found.ClinicalTrialProtocolID == "T7" and found.PatientID == "SUBJECT"
    assert found.SOPInstanceUID.startswith("1.2.826.0.1.") and len(found.SOPInstanceUID) <= 64
    assert "policy trial 7" in found.DeidentificationMethod


def test_safe_private_attributes_stay(folder: Path) -> None:
    private = {
        "00090010": Raw("LO", b"SAFE"),
        "00090011": Raw("LO", b"OTHER "),
        "00091001": Raw("DS", b"1.5 "),
        "00091002": Raw("LO", b"Doe "),
        "00091101": Raw("LO", b"Doe "),
    }
    put(folder, "a.dcm", private)
    run(folder, "basic+rtn-safe-priv", "safe_private: {SAFE: ['01']}")
    tags = [int(element.tag) for element in only(folder) if element.tag.is_private]
    assert tags == [0x00090010, 0x00091001]


def test_structured_content_keeps_its_shape_and_no_text(folder: Path) -> None:
    def name(value: str, scheme: str, meaning: str) -> list[dict[str, str]]:
        return [{"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning}]

    items = [
        {
            "RelationshipType": "CONTAINS",
            "ValueType": "TEXT",
            "TextValue": "Mary Doe has a cough",
            "ConceptNameCodeSequence": name("121106", "DCM", "Comment by Mary Doe"),
        },
        {
            "RelationshipType": "CONTAINS",
            "ValueType": "CODE",
            "ConceptNameCodeSequence": name("Doe", "99HOME", "Mary Doe"),
            "ConceptCodeSequence": name("F", "DCM", "Female"),
        },
    ]
    sr = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.11", "Modality": "SR", "ContentSequence": items}
    put(folder, "a.dcm", sr)
    run(folder)
    path = next((folder / "out").rglob("*.dcm"))
    assert b"Doe" not in path.read_bytes()
    first, second = only(folder).ContentSequence
    assert first.TextValue == "REMOVED" and first.ValueType == "TEXT"
    assert first.ConceptNameCodeSequence[0].CodeMeaning == "Comment"
    assert second.ConceptNameCodeSequence[0].CodingSchemeDesignator == "99DCMLINT"


def test_what_tells_of_the_subject_goes_from_cleaned_content(folder: Path) -> None:
    sex = {
        "RelationshipType": "HAS OBS CONTEXT",
        "ValueType": "CODE",
        "ConceptNameCodeSequence": [
            {"CodeValue": "121032", "CodingSchemeDesignator": "DCM", "CodeMeaning": "Subject Sex"}
        ],
        "ConceptCodeSequence": [{"CodeValue": "F", "CodingSchemeDesignator": "DCM", "CodeMeaning": "Female"}],
    }
    put(folder, "a.dcm", {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.11", "ContentSequence": [sex]})
    run(folder, "basic+clean-struct-cont")
    (found,) = only(folder).ContentSequence
    assert found.ConceptNameCodeSequence[0].CodeValue == "121032"
    assert found.ConceptCodeSequence[0].CodeValue == "REMOVED"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"FFFAFFFA": [{"MACIDNumber": 1}]}, "signed"),
        ({"00041220": [{"DirectoryRecordType": "PATIENT"}]}, "DICOMDIR"),
        ({"EncapsulatedDocument": b"<a/>", "MIMETypeOfEncapsulatedDocument": "text/html"}, "MIME"),
        (
            {"EncapsulatedDocument": b"<a/>", "MIMETypeOfEncapsulatedDocument": "text/XML;charset=utf-16"},
            "MIME",
        ),
    ],
)
def test_what_cannot_be_done_safely_is_refused(folder: Path, changes: Any, reason: str) -> None:
    put(folder, "a.dcm", changes)
    outcome = run(folder)
    assert outcome.written == 0 and reason in outcome.refused[0][1]
    assert not [path for path in (folder / "out").rglob("*") if path.is_file()]


def test_truncated_files_are_refused_and_signatures_broken_if_asked(folder: Path) -> None:
    (folder / "in" / "cut").write_bytes(part10(IMAGE)[:-4])
    put(folder, "signed", {"FFFAFFFA": [{"MACIDNumber": 1}]})
    outcome = run(folder, break_signatures=True)
    assert outcome.written == 1 and "file/truncated" in outcome.refused[0][1]
    assert 0xFFFAFFFA not in only(folder)


@pytest.mark.parametrize(
    ("profile", "policy", "words"),
    [
        ("basic+clean-pixel-data", "", "no column"),
        ("basic+clean-recog-vis-feat", "", "no column"),
        ("basic+rtn-long-full-dates+rtn-long-modif-dates", "", "exclude each other"),
        ("full", "", "begins with basic"),
        ("basic+no-such", "", "no option"),
        ("basic+rtn-safe-priv", "", "no policy has one"),
        ("basic", "actions: {PatientName: hide}", "line 1"),
        ("basic", "actions: {NoSuchKeyword: keep}", "line 1"),
        ("basic", "actions: {PatientIdentityRemoved: remove}", "line 1"),
        ("basic", "uid_root: 'not a uid'", "line 1"),
        ("basic", "nonsense: 1", "unknown key"),
        ("basic", "standard_vocabulary: words", "true or false"),
        ("basic", "set: {Rows: '3'}", "Attributes of text"),
    ],
)
def test_wrong_requests(folder: Path, profile: str, policy: str, words: str) -> None:
    put(folder, "a.dcm")
    with pytest.raises(UsageError, match=words):
        run(folder, profile, policy)
    assert not (folder / "out").exists()


def test_originals_and_results_do_not_mix(folder: Path) -> None:
    put(folder, "a.dcm")
    with pytest.raises(UsageError, match="one folder"):
        run(folder, out="in/out")
    (folder / "out").mkdir()
    (folder / "out" / "stale.dcm").write_text("x")
    with pytest.raises(UsageError, match="not empty"):
        run(folder)


@pytest.mark.parametrize(("most", "told"), [(1, 2), (64, 0)])
def test_a_run_that_was_ended_is_continued(folder: Path, most: int, told: int) -> None:
    for number in range(6):
        put(folder, f"{number}.dcm", {"SOPInstanceUID": f"1.2.3.{number}"})
    put(folder, "same.dcm", {"SOPInstanceUID": "1.2.3.1", "Rows": 4})
    (folder / "in" / "0.txt").write_text("no DICOM")
    code = (
        "import os, sys\nfrom dcmlint.deid import batch as B, run as R\n"
        f"B._MOST = {most}\n"
        "old, count = R.write_new, [0]\n"
        "def new(*a, **k):\n    count[0] += 1\n    found = old(*a, **k)\n"
        "    if count[0] == 3: os.kill(os.getpid(), 9)\n    return found\nR.write_new = new\n"
        "R.apply(R.Request(*sys.argv[1:3], key_file=sys.argv[3]), lambda p, r: None)\n"
    )
    command = [sys.executable, "-c", code, *(str(folder / name) for name in ("in", "out", "key"))]
    assert subprocess.run(command, check=False).returncode == -9
    outcome = run(folder)
    assert (outcome.written, outcome.before) == (7 - told, told)
    assert [Path(path).name for path, _ in outcome.refused] == ["0.txt"]
    assert run(folder, out="whole").written == 7
    names = [
        {str(path.relative_to(folder / out)): path.read_bytes() for path in (folder / out).rglob("*.dcm")}
        for out in ("out", "whole")
    ]
    assert names[0] == names[1] and len(names[0]) == 7


def test_a_copy_is_not_written_and_a_new_original_replaces_no_result(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, "b.dcm")
    shutil.copy(folder / "in" / "b.dcm", folder / "in" / "c.dcm")
    with monkeypatch.context() as patched:
        patched.setattr(AuditLog, "close", AuditLog.leave)  # as if the run had been ended
        assert (run(folder).written, len(results(folder))) == (1, 1)
    first = {path: path.read_bytes() for path in (folder / "out").rglob("*.dcm")}
    put(folder, "a.dcm", {"Rows": 4})
    outcome = run(folder)
    assert (outcome.written, outcome.before, len(outcome.refused)) == (1, 1, 1)
    found = {path: path.read_bytes() for path in (folder / "out").rglob("*.dcm")}
    assert len(found) == 2 and first.items() <= found.items()


def test_the_log_has_every_edit_and_no_value(folder: Path) -> None:
    put(folder, "Doe_Mary.dcm")
    outcome = run(folder)
    text = Path(outcome.log).read_text()
    assert KEY not in text
    without_hashes = re.sub('"[0-9a-f]{32,64}"', "", text)
    assert "Doe" not in without_hashes and "4711" not in without_hashes
    records = [json.loads(line) for line in text.splitlines()]
    edited = {record["path"]: record["clause"] for record in records if record["type"] == "edit"}
    assert edited["(0010,0010)"] == "PS3.15 E.1-1 basic Z"
    assert {"(0012,0062)", "(0002,0003)", "(0008,0018)"} <= edited.keys()


def test_the_log_tells_who_and_which_if_asked(folder: Path) -> None:
    pytest.importorskip("cryptography")
    put(folder, "Doe_Mary.dcm")
    plain = run(folder, out="plain", actor="data office", keeps_identifiers=True)
    text = Path(plain.log).read_text()
    assert "Doe" not in text and '"actor":"data office"' in text
    found = list(identifiers_of(plain.log, deid_key(str(folder / "key"))))
    new = only(folder, "plain").SOPInstanceUID
    assert [(each["path"], each["new_sop_instance_uid"]) for each in found] == [("Doe_Mary.dcm", new)]
    assert found[0]["sop_instance_uid"] == "1.2.3.1" and (folder / "plain" / found[0]["result"]).is_file()
    clear = run(folder, out="clear", keeps_paths=True)
    assert '"name":"Doe_Mary.dcm"' in Path(clear.log).read_text()
    with pytest.raises(UsageError, match="closed"):
        run(folder, out="clear", keeps_paths=True)


CT = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "Modality": "CT"}
CREATOR = {"00090010": Raw("LO", b"MAKER "), "00091001": Raw("LO", b"safe"), "00091002": Raw("LO", b"not ")}


@pytest.mark.parametrize(
    ("changes", "profile", "policy", "told"),
    [
        ({}, "basic", "", {"text may be burned into the pixels: it is a secondary capture"}),
        (CT, "basic", "", set()),
        ({"BurnedInAnnotation": "NO"}, "basic", "", set()),
        ({**CT, "BurnedInAnnotation": "YES"}, "basic", "", {"Burned In Annotation is YES"}),
        ({**CT, "SeriesDescription": "HEAD of Doe"}, "basic", "",
         {"a face may be reconstructed from this CT of a head"}),
        ({**CT, "RecognizableVisualFeatures": "YES"}, "basic", "", {"Recognizable Visual Features is YES"}),
        ({**CT, "ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, "basic", "",
         {"text may be burned into the pixels: Image Type says that it is a picture of a screen"}),
        ({**CT, **CREATOR}, "basic+rtn-safe-priv", "safe_private: {MAKER: ['01']}",
         {"private Attributes stay that a list says are safe"}),
        ({**CT, **CREATOR}, "basic+rtn-safe-priv", "safe_private: {OTHER: ['01']}", set()),
        (CT, "basic+clean-desc", "vocabulary: [chest]", {"descriptors keep words that the vocabulary has"}),
        (CT, "basic+clean-desc", "vocabulary: [brain]", set()),
        (CT, "basic", "actions: {PatientSex: keep, PatientAge: keep, Rows: keep}",
         {"the policy keeps PatientSex (0010,0040)"}),
        ({**CT, "RequestAttributesSequence": [{"FillerOrderNumberImagingServiceRequest": "4711"}]}, "basic",
         "actions: {RequestAttributesSequence: keep, FillerOrderNumberImagingServiceRequest: keep}",
         {"the policy keeps RequestAttributesSequence (0040,0275)",
          "the policy keeps FillerOrderNumberImagingServiceRequest (0040,2017)"}),
        ({**CT, "FFFAFFFA": [{"MACIDNumber": 1}]}, "basic", "", {"its Digital Signatures were removed"}),
    ],
)  # fmt: skip
def test_what_is_to_be_known_of_a_file_is_in_the_log(
    folder: Path, changes: Any, profile: str, policy: str, told: set[str]
) -> None:
    put(folder, "a.dcm", changes)
    outcome = run(folder, profile, policy, break_signatures=True)
    assert dict(outcome.exceptions) == dict.fromkeys(told, 1)
    records = [json.loads(line) for line in Path(outcome.log).read_text().splitlines()]
    (record,) = (record for record in records if record["type"] == "file")
    assert set(record["exceptions"]) == told and record["status"] == "done"


def test_what_is_to_be_known_of_an_item_is_told_of_each_file_that_has_it(folder: Path) -> None:
    """Items of equal bytes recur: what was found of one must not be forgotten for the others."""
    item = {"FillerOrderNumberImagingServiceRequest": "4711", "RequestedProcedureID": "12"}
    for number in range(3):
        own = {"SOPInstanceUID": f"1.2.3.{number}", "RequestAttributesSequence": [item, item]}
        put(folder, str(number), {**CT, **own})
    kept = "{RequestAttributesSequence: keep, FillerOrderNumberImagingServiceRequest: keep}"
    told = run(folder, policy=f"actions: {kept}").exceptions
    assert told["the policy keeps FillerOrderNumberImagingServiceRequest (0040,2017)"] == 3


def test_a_document_that_is_replaced_tells_nothing(folder: Path) -> None:
    document = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.104.1",
        "Modality": "DOC",
        "EncapsulatedDocument": b"%PDF",
        "MIMETypeOfEncapsulatedDocument": "application/pdf",
    }
    whole = {name: value for name, value in IMAGE.items() if name != "PixelData"}
    (folder / "in" / "a").write_bytes(part10({**whole, **document}))
    assert not run(folder).exceptions
    kept = run(folder, policy="actions: {EncapsulatedDocument: keep}", out="kept").exceptions
    assert set(kept) == {
        "text may be burned into the pixels: it is an encapsulated PDF",
        "the policy keeps EncapsulatedDocument (0042,0011)",
    }


def test_uids_of_the_standard_stay_and_others_are_uuids() -> None:
    pseudonyms = Pseudonyms(b"k" * 32)
    assert pseudonyms.uid(SECONDARY_CAPTURE) == SECONDARY_CAPTURE
    assert pseudonyms.uid("1.2.840.10008.1.4.1.1") == "1.2.840.10008.1.4.1.1"
    new = pseudonyms.uid("1.2.3")
    number = int(new.removeprefix("2.25."))
    assert number >> 76 & 0xF == 8 and number >> 62 & 3 == 2 and number < 1 << 128
    assert pseudonyms.uid("1.2.840.10008.1.999999") != "1.2.840.10008.1.999999"


def test_shifts_are_never_zero_and_within_bounds() -> None:
    shifts = {Pseudonyms(b"k" * 32, most_days=3).shift_days(b"%d" % number) for number in range(300)}
    assert shifts == {-3, -2, -1, 1, 2, 3}


def test_profile_text_is_in_the_order_of_the_options() -> None:
    assert parse_profile("basic+clean-desc+rtn-uids").text == "basic+rtn-uids+clean-desc"


def test_command_line_and_key_in_the_environment(folder: Path) -> None:
    put(folder, "a.dcm")
    command = [sys.executable, "-m", "dcmlint", "deid", "apply", str(folder / "in"), str(folder / "out")]
    missing = subprocess.run(command, capture_output=True, text=True, check=False)
    assert missing.returncode == 2 and "DCMLINT_DEID_KEY" in missing.stderr
    import os

    environment = {**os.environ, "DCMLINT_DEID_KEY": KEY}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0 and "1 files de-identified" in done.stdout, done.stderr
    assert "To be known of 1 of them: text may be burned into the pixels" in done.stdout
    page = str(folder / "page.html")
    report = [*command[:3], "audit", "report", str(folder / "out.audit.jsonl"), "-o", page]
    subprocess.run(report, check=True, capture_output=True)
    assert "it is a secondary capture" in Path(page).read_text()


def test_deflated_and_big_endian_and_implicit(folder: Path) -> None:
    for name, syntax in (
        ("d", "1.2.840.10008.1.2.1.99"),
        ("b", "1.2.840.10008.1.2.2"),
        ("i", "1.2.840.10008.1.2"),
    ):
        content = {"SOPInstanceUID": f"1.2.3.{ord(name)}", "PixelData": Raw("OW", b"\1\2" * 4)}
        put(folder, name, content, syntax=syntax)
    assert run(folder).written == 3
    for path in (folder / "out").rglob("*.dcm"):
        found = dcmread(io.BytesIO(path.read_bytes()))
        assert found.PatientName == "" and found.PixelData == b"\1\2" * 4


def test_meta_of_an_object_without_sop_instance_uid_tells_nothing(folder: Path) -> None:
    without = {key: value for key, value in IMAGE.items() if key != "SOPInstanceUID"}
    meta = {"MediaStorageSOPInstanceUID": "1.2.3.77", "SourceApplicationEntityTitle": "DOE_WARD"}
    (folder / "in" / "a").write_bytes(part10(without, meta=meta))
    assert run(folder).written == 1
    content = next((folder / "out").rglob("*.dcm")).read_bytes()
    assert b"1.2.3.77" not in content and b"DOE_WARD" not in content


def test_uids_that_are_kept_name_no_place_outside_of_the_output(folder: Path) -> None:
    put(folder, "a.dcm", {"StudyInstanceUID": "../../x", "SOPInstanceUID": "..", "SeriesInstanceUID": "/tmp"})
    run(folder, "basic+rtn-uids")
    (path,) = (folder / "out").rglob("*.dcm")
    assert all(re.fullmatch("[0-9a-f]{32}(.dcm)?", part) for part in path.relative_to(folder / "out").parts)
    assert only(folder).StudyInstanceUID == "../../x"

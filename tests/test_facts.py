"""Facts: what checks over several instances see of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcmlint.content import Contents, content_of, quick_content
from dcmlint.excerpt import packed_facts, uids_of
from dcmlint.facts import DIRECTORY, Facts
from dcmlint.group import group_keys, instance_keys
from dcmlint.model import Raw
from dcmlint.read.encode import part10
from dcmlint.read.opener import read_instance
from dcmlint.references import MAX_REFERENCES
from dcmlint.scan import Session, Settings, lint_instance
from dcmlint.standard.dictionary import tag_of

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
FIXTURES = Path(__file__).parents[1] / "fixtures"

IMAGE = {
    "SOPClassUID": CT,
    "SOPInstanceUID": "1.2.3.4",
    "StudyInstanceUID": "1.2.3.1",
    "SeriesInstanceUID": "1.2.3.2",
    "FrameOfReferenceUID": "1.2.3.3",
    "PatientID": "id",
    "IssuerOfPatientID": "hospital",
    "PatientName": "Doe^Jane ",
    "ImagePositionPatient": ["0", "1.5", "-2"],
    "Rows": 4,
    "PixelData": Raw("OW", b"\0" * 32),
}


def facts(attributes: dict[str, object], **keywords: str) -> Facts:
    return Facts(packed_facts(read_instance(part10(attributes, **keywords))))


def test_identity_and_values() -> None:
    found = facts(IMAGE)
    uids = (found.sop_class_uid, found.sop_instance_uid, found.study_uid, found.series_uid)
    assert uids == (CT, "1.2.3.4", "1.2.3.1", "1.2.3.2")
    assert (found.patient, found.frame_of_reference_uid) == ("id^^^hospital", "1.2.3.3")
    assert found.value(tag_of("PatientName")) == "Doe^Jane"
    assert found.value(tag_of("ImagePositionPatient")) == "0\\1.5\\-2"
    assert found.value(tag_of("Rows")) == "4"
    assert found.value(tag_of("TransferSyntaxUID")) == EXPLICIT
    assert found.value(tag_of("Columns")) == ""
    assert found.frames == 1


def test_values_are_decoded_and_bounded() -> None:
    found = facts(
        {
            **IMAGE,
            "SpecificCharacterSet": "ISO_IR 192",
            "PatientName": "Müller^Ä",
            "PatientComments": "x" * 5000,
        }
    )
    assert found.value(tag_of("PatientName")) == "Müller^Ä"
    assert len(found.value(tag_of("PatientComments"))) == 256


def test_unknown_vr_reads_like_the_known_one() -> None:
    found = facts({"SliceThickness": Raw("UN", b"5.000000"), "Rows": Raw("UN", b"\4\0")})
    assert found.value(tag_of("SliceThickness")) == "5.000000"
    assert found.value(tag_of("Rows")) == "4"


@pytest.mark.parametrize("attributes", [{}, {"SOPInstanceUID": "", "PatientID": None}])
def test_what_says_nothing_of_itself(attributes: dict[str, object]) -> None:
    found = facts(attributes)
    assert found == facts(attributes) != facts(IMAGE)
    assert found.sop_instance_uid == "2.25.1", "that of the File Meta Information"
    assert (found.study_uid, found.patient, found.frames) == ("", "", 1)
    assert (found.tags(), found.references, found.records) == (set(), (), ())


def test_what_is_not_facts_is_refused() -> None:
    right = packed_facts(read_instance(part10(IMAGE)))
    changed = [right[:at] + bytes((right[at] ^ 1,)) + right[at + 1 :] for at in range(len(right))]
    cut = [right[:length] for length in range(len(right))]
    of_another_version = b"\x01" + right[1:]
    for packed in (*changed, *cut, of_another_version, right + b"x"):
        with pytest.raises(ValueError, match="facts"):
            Facts(packed)


def test_content_is_that_of_the_data_set_and_not_of_its_encoding() -> None:
    again = {**IMAGE, "ReferencedImageSequence": [{"ReferencedSOPInstanceUID": "1.2.3.9"}]}
    one = facts(again)
    assert facts(again, syntax=IMPLICIT).content == one.content
    assert facts({**again, "PatientName": "Doe^John"}).content != one.content
    assert facts({**again, "DataSetTrailingPadding": Raw("OB", b"\0\0")}).content == one.content
    other = {**again, "PixelData": Raw("OW", b"\1" * 32)}
    head, _, pixels = facts(other).content.partition(":")
    assert head == one.content.partition(":")[0]
    assert pixels != one.content.partition(":")[2]


def test_of_large_pixel_data_the_start_is_compared() -> None:
    def content(*changed: int, length: int = 1 << 20) -> str:
        pixels = bytearray(length)
        for at in changed:
            pixels[at] = 1
        return facts({**IMAGE, "PixelData": Raw("OW", bytes(pixels))}).content

    assert content().endswith("~") and not content(length=4096).endswith("~")
    assert content() == content(1 << 19), "what lies behind is not read"
    assert len({content(), content(100), content(length=(1 << 20) + 2)}) == 3


def test_fragments_are_compared_without_their_offset_table() -> None:
    def content(*items: bytes) -> str:
        return facts({**IMAGE, "PixelData": list(items)}, syntax="1.2.840.10008.1.2.4.50").content

    assert content(b"", b"ab", b"cd") == content(b"\0\0\0\0", b"ab", b"cd")
    assert content(b"", b"ab", b"cd") != content(b"", b"ab", b"ce")


def test_references_say_where_they_lead() -> None:
    found = facts(
        {
            **IMAGE,
            "ReferencedSeriesSequence": [
                {
                    "SeriesInstanceUID": "1.2.3.7",
                    "ReferencedInstanceSequence": [
                        {"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": "1.2.3.8"}
                    ],
                }
            ],
            "SourceImageSequence": [
                {
                    "ReferencedSOPClassUID": CT,
                    "ReferencedSOPInstanceUID": "1.2.3.9",
                    "ReferencedFrameNumber": [1, 3],
                }
            ]
            * 2,
            "StudiesContainingOtherReferencedInstancesSequence": [
                {
                    "StudyInstanceUID": "1.2.4",
                    "ReferencedSeriesSequence": [
                        {
                            "SeriesInstanceUID": "1.2.4.1",
                            "ReferencedInstanceSequence": [{"ReferencedSOPInstanceUID": "1.2.4.2"}],
                        }
                    ],
                }
            ],
        }
    )
    assert {each.sop_instance_uid: each[2:] for each in found.references} == {
        "1.2.3.8": ((), tag_of("ReferencedInstanceSequence"), "1.2.3.7", "1.2.3.1"),
        "1.2.3.9": ((1, 3), tag_of("SourceImageSequence"), "", ""),
        "1.2.4.2": ((), tag_of("ReferencedInstanceSequence"), "1.2.4.1", "1.2.4"),
    }
    assert len(found.references) == 3


def test_the_study_of_a_structure_set_s_images() -> None:
    series = {"SeriesInstanceUID": "1.2.7", "ContourImageSequence": [{"ReferencedSOPInstanceUID": "1.2.8"}]}
    study = {"ReferencedSOPInstanceUID": "1.2.6", "RTReferencedSeriesSequence": [series]}
    found = facts({"ReferencedFrameOfReferenceSequence": [{"RTReferencedStudySequence": [study]}]})
    assert ("1.2.8", "1.2.7", "1.2.6") in [
        (each[1], each.series_uid, each.study_uid) for each in found.references
    ]


def test_references_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_REFERENCES == 100_000
    monkeypatch.setattr("dcmlint.references.MAX_REFERENCES", 3)
    many = [{"ReferencedSOPInstanceUID": f"1.2.{number}"} for number in range(10)]
    assert len(facts({"SourceImageSequence": many}).references) == 3


def test_records_of_a_directory() -> None:
    found = facts({"SOPClassUID": DIRECTORY, "DirectoryRecordSequence": [{"ReferencedFileID": ["A", "B"]}]})
    assert [each.file for each in found.records] == ["A/B"]


def test_facts_are_read_only_when_asked_for() -> None:
    instance = read_instance(part10(IMAGE))
    assert lint_instance(instance, Session()).facts == b""
    packed = lint_instance(instance, Session(Settings(facts=True))).facts
    assert Facts(packed) == facts(IMAGE)


def test_elements_as_they_lie_in_the_file_say_what_single_values_do(monkeypatch: pytest.MonkeyPatch) -> None:
    instances = [read_instance(path.read_bytes()) for path in sorted(FIXTURES.rglob("*.dcm"))]
    as_they_lie = [Facts(packed_facts(each)) for each in instances]
    monkeypatch.setattr("dcmlint.excerpt._described", lambda instance: None)
    one_by_one = [Facts(packed_facts(each)) for each in instances]
    assert len(instances) > 30
    assert sum(one != other for one, other in zip(as_they_lie, one_by_one, strict=True)) > 30
    for one, other in zip(as_they_lie, one_by_one, strict=True):
        assert {tag: one.value(tag) for tag in one.tags()} == {tag: other.value(tag) for tag in other.tags()}


def test_contents_are_read_again_where_their_bytes_differ(tmp_path: Path) -> None:
    explicit, implicit, other = (tmp_path / name for name in ("explicit", "implicit", "other"))
    explicit.write_bytes(part10(IMAGE))
    implicit.write_bytes(part10(IMAGE, syntax=IMPLICIT))
    other.write_bytes(part10({**IMAGE, "PatientName": "Doe^John"}))
    quick = {path: quick_content(read_instance(path.read_bytes())) for path in (explicit, implicit, other)}
    assert len(set(quick.values())) == 3
    contents = Contents()
    assert contents.of(str(explicit), quick[explicit]) == contents.of(str(implicit), quick[implicit]) != ""
    assert contents.of(str(explicit), quick[explicit]) != contents.of(str(other), quick[other])
    assert Contents().of(str(explicit), quick[other]) == "", "it has changed meanwhile"
    other.unlink()
    assert Contents().of(str(other), quick[other]) == ""
    of_an_archive = content_of(read_instance(part10(IMAGE)))
    assert contents.of("a.zip!/b", of_an_archive) == of_an_archive


def test_the_groups_of_an_instance_are_those_of_its_facts() -> None:
    person = {**IMAGE, "PatientBirthDate": "19561101", "PatientSex": "F", "FrameOfReferenceUID": "1.2.7 "}
    for attributes in (IMAGE, person, {}, {"SOPInstanceUID": "1.2"}, {"SOPClassUID": DIRECTORY}):
        instance = read_instance(part10(attributes))
        found = instance_keys(instance, uids_of(instance))
        assert found == group_keys(Facts(packed_facts(instance)))
    assert len(instance_keys(read_instance(part10(person)), uids_of(read_instance(part10(person))))) == 6

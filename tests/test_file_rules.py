"""What the reader makes of irregular bytes: which fault, where, how often, and what it still reads."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from dcmlint.model import UNDEFINED_LENGTH, Raw
from dcmlint.read.encode import ABSENT, encode_data_set, part10
from dcmlint.read.item import Instance
from dcmlint.read.opener import looks_like_dicom, read_instance
from dcmlint.report.render import attribute_path

IMPLICIT_LE = "1.2.840.10008.1.2"
EXPLICIT_LE = "1.2.840.10008.1.2.1"
EXPLICIT_BE = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG = "1.2.840.10008.1.2.4.50"

SEQUENCE = b"\x08\x00\x10\x11SQ\0\0\xff\xff\xff\xff"
ITEM = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
ITEM_END = b"\xfe\xff\x0d\xe0\0\0\0\0"
SEQUENCE_END = b"\xfe\xff\xdd\xe0\0\0\0\0"

ATTRIBUTES: dict[str, Any] = {
    "SOPInstanceUID": "1.2.3",
    "ReferencedStudySequence": [{"ReferencedSOPInstanceUID": "1.2.3.4"}],
    "PatientID": "123456",
    "PixelData": bytes(20),
}


def faults(content: bytes) -> list[tuple[str, str]]:
    """Return (rule, path) of each fault."""
    return _faults(read_instance(content))


def _faults(instance: Instance) -> list[tuple[str, str]]:
    return [(fault.rule, attribute_path(fault.item.location, fault.tag)) for fault in instance.faults]


def item(content: bytes) -> bytes:
    return b"\xfe\xff\x00\xe0" + len(content).to_bytes(4, "little") + content


class TestTruncation:
    def test_every_cut_is_told_once_or_at_an_element_boundary(self) -> None:
        whole = part10(ATTRIBUTES)
        start = len(part10({}))
        for end in range(start + 1, len(whole)):
            found = faults(whole[:end])
            rules = [rule for rule, _ in found if rule.startswith("file/")]
            assert len(rules) <= 1, (end, found)
            assert not [rule for rule, _ in found if rule == "encoding/length-overrun"], (end, found)

    def test_no_cut_within_a_value_is_missed(self) -> None:
        whole = part10({"PatientID": "1" * 40})
        for end in range(len(whole) - 39, len(whole)):
            assert faults(whole[:end]) == [("file/truncated", "PatientID")]

    @pytest.mark.parametrize("syntax", [IMPLICIT_LE, EXPLICIT_LE, EXPLICIT_BE])
    def test_a_cut_header_is_told(self, syntax: str) -> None:
        whole = part10({"PatientID": "12", "StudyID": ""}, syntax=syntax)
        assert faults(whole[:-3]) == [("file/truncated", "StudyID")]

    def test_the_innermost_element_is_named(self) -> None:
        content = part10({}) + SEQUENCE + ITEM + encode_data_set({"ReferencedSOPInstanceUID": "1.2.3.4"})
        assert faults(content[:-3]) == [
            ("file/truncated", "ReferencedStudySequence[1].ReferencedSOPInstanceUID")
        ]

    def test_the_missing_bytes_are_those_of_the_file(self) -> None:
        content = part10({"ReferencedStudySequence": [{"PatientComments": "x" * 100}, {"PatientID": "1"}]})
        [fault] = read_instance(content[:-50]).faults
        assert fault.args == {"what": "the file ends 50 bytes too early"}

    def test_a_wrong_length_inside_is_not_a_cut(self) -> None:
        inner = encode_data_set({"ReferencedSOPInstanceUID": "1.2.3.4"})[:-2]
        content = part10({"ReferencedStudySequence": Raw("SQ", item(inner))})
        path = "ReferencedStudySequence[1].ReferencedSOPInstanceUID"
        assert faults(content) == [("encoding/length-overrun", path)]

    def test_a_length_up_to_the_end_of_the_file_is_a_cut(self) -> None:
        content = part10({}) + b"\x10\x00\x00\x40UT\0\0" + struct.pack("<L", UNDEFINED_LENGTH - 1) + b"text"
        assert faults(content) == [("file/truncated", "PatientComments")]


class TestTrailingBytes:
    @pytest.mark.parametrize("tail", [b"\0", b"\0" * 7, b"\0" * 512, b"\r\n", b"garbage" * 20, b"\xff" * 64])
    @pytest.mark.parametrize("syntax", [IMPLICIT_LE, EXPLICIT_LE, EXPLICIT_BE])
    def test_after_pixel_data(self, tail: bytes, syntax: str) -> None:
        instance = read_instance(part10(ATTRIBUTES, syntax=syntax) + tail)
        assert _faults(instance) == [("file/trailing-bytes", "")]
        assert instance.faults[0].length == len(tail)

    def test_zeros_after_any_element(self) -> None:
        assert faults(part10({"PatientID": "1"}) + bytes(100)) == [("file/trailing-bytes", "")]

    def test_the_offset_is_that_of_the_file(self) -> None:
        whole = part10(ATTRIBUTES)
        [fault] = read_instance(whole + b"tail of the file").faults
        assert fault.offset == len(whole)


class TestDeflated:
    def test_one_pad_byte_is_fine(self) -> None:
        content = encode_data_set(ATTRIBUTES)
        deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        stream = deflater.compress(content) + deflater.flush()
        header = part10({}, meta={"TransferSyntaxUID": DEFLATED})
        assert faults(header + stream) == []
        assert faults(header + stream + b"\0") == []
        assert faults(header + stream + b"\0\0") == [("file/trailing-bytes", "")]

    def test_offsets_are_those_of_the_inflated_data_set(self) -> None:
        content = part10({**ATTRIBUTES, "PatientID": b"odd"}, syntax=DEFLATED)
        [fault] = read_instance(content).faults
        assert fault.rule == "encoding/odd-length"
        assert fault.offset == encode_data_set({**ATTRIBUTES, "PatientID": b"odd"}).index(b"odd")

    def test_what_was_inflated_is_read(self) -> None:
        content = part10({"PatientID": "1" * 60, "PatientComments": "x" * 5000}, syntax=DEFLATED)
        instance = read_instance(content[:-10])
        assert instance.faults[0].rule == "file/truncated"
        assert instance.first("PatientID") == "1" * 60

    @pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"])
    def test_the_other_deflated_syntaxes(self, syntax: str) -> None:
        content = part10(ATTRIBUTES, syntax=DEFLATED, meta={"TransferSyntaxUID": syntax})
        instance = read_instance(content)
        assert instance.first("PatientID") == "123456"

    def test_a_bomb_is_inflated_up_to_the_limit_only(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("dcmlint.read.opener.INFLATE_LIMIT", 1 << 21)
        content = part10({"PatientID": "1", "PixelData": bytes(1 << 23)}, syntax=DEFLATED)
        instance = read_instance(content)
        assert "file/deflate-bomb" in [fault.rule for fault in instance.faults]
        assert "file/truncated" not in [fault.rule for fault in instance.faults]
        assert len(instance.root.buf) <= 1 << 20
        assert instance.first("PatientID") == "1"


class TestEncodingIsDetected:
    @pytest.mark.parametrize("actual", [IMPLICIT_LE, EXPLICIT_LE, EXPLICIT_BE, DEFLATED])
    @pytest.mark.parametrize("declared", [IMPLICIT_LE, EXPLICIT_LE, EXPLICIT_BE, DEFLATED])
    def test_the_data_set_is_read_as_it_is(self, declared: str, actual: str) -> None:
        instance = read_instance(part10(ATTRIBUTES, syntax=actual, meta={"TransferSyntaxUID": declared}))
        assert instance.first("PatientID") == "123456"
        assert len(list(instance.root.walk())) == 2
        wrong = [] if declared == actual else [("file/transfer-syntax-mismatch", "")]
        assert _faults(instance) == wrong

    @pytest.mark.parametrize("actual", [IMPLICIT_LE, EXPLICIT_LE, EXPLICIT_BE])
    @pytest.mark.parametrize("declared", ["1.2.840.113619.5.2", "1.2.840.10008.5.1.4.1.1.2", ABSENT, None])
    def test_nothing_is_declared_that_we_know(self, declared: Any, actual: str) -> None:
        instance = read_instance(part10(ATTRIBUTES, syntax=actual, meta={"TransferSyntaxUID": declared}))
        assert instance.first("PatientID") == "123456"
        assert _faults(instance) == []

    @pytest.mark.parametrize(
        "first",
        [{"00080000": 10}, {"00090010": "ACME"}, {"50000005": 1}, {"60000010": 1}, {"LengthToEnd": 5}],
    )
    @pytest.mark.parametrize("syntax", [IMPLICIT_LE, EXPLICIT_LE, EXPLICIT_BE])
    def test_whatever_comes_first(self, first: dict[str, Any], syntax: str) -> None:
        assert faults(part10({**first, "FillerOrderNumberImagingServiceRequest": "1"}, syntax=syntax)) == []

    def test_pixel_data_encapsulated_in_a_native_syntax(self) -> None:
        instance = read_instance(part10({**ATTRIBUTES, "PixelData": [b"", b"\xff\xd8"]}))
        assert [fault.args["part"] for fault in instance.faults] == ["Pixel Data"]
        assert instance.syntax == ""

    def test_encapsulated_float_pixel_data_has_no_such_length(self) -> None:
        content = part10({}) + b"\xe0\x7f\x08\x00OF\0\0\xff\xff\xff\xff" + SEQUENCE_END
        assert faults(content) == [("encoding/undefined-length", "FloatPixelData")]

    def test_items_in_implicit_vr_in_an_explicit_data_set(self) -> None:
        inside = encode_data_set({"ReferencedSOPInstanceUID": "1.2.3.4", "PatientID": "1"}, explicit=False)
        sequence = Raw("SQ", item(inside) + item(inside[:16]) + item(inside))
        instance = read_instance(part10({"ReferencedStudySequence": sequence, "StudyID": "12"}))
        assert [fault.args.get("part") for fault in instance.faults] == ["Item"]
        nested = instance.items("ReferencedStudySequence") or ()
        assert [each.first("ReferencedSOPInstanceUID") for each in nested] == ["1.2.3.4"] * 3
        assert instance.first("StudyID") == "12"

    def test_items_that_were_reported_once_are_reported_in_the_next_file(self) -> None:
        """The second Item is not reported, and must not be remembered as right."""
        inside = encode_data_set({"ReferencedSOPInstanceUID": "1.2.3.4.5"}, explicit=False)
        for count in (2, 1):
            sequence = Raw("SQ", item(inside) * count)
            instance = read_instance(part10({"ReferencedStudySequence": sequence}))
            assert [fault.args.get("part") for fault in instance.faults] == ["Item"]

    def test_items_of_undefined_length_in_implicit_vr(self) -> None:
        inside = encode_data_set({"ReferencedSOPInstanceUID": "1.2.3.4"}, explicit=False)
        tail = encode_data_set({"StudyID": "12"})
        content = part10({}) + SEQUENCE + ITEM + inside + ITEM_END + SEQUENCE_END + tail
        instance = read_instance(content)
        assert _faults(instance) == [("file/transfer-syntax-mismatch", "ReferencedStudySequence[1]")]
        assert instance.first("StudyID") == "12"

    def test_items_in_explicit_vr_in_an_implicit_data_set(self) -> None:
        inside = encode_data_set({"ReferencedSOPInstanceUID": "1.2.3.4", "PatientID": "1"})
        attributes = {"ReferencedStudySequence": Raw("SQ", item(inside)), "StudyID": "12"}
        instance = read_instance(part10(attributes, syntax=IMPLICIT_LE))
        assert _faults(instance) == [("file/transfer-syntax-mismatch", "ReferencedStudySequence[1]")]
        assert (instance.items("ReferencedStudySequence") or ())[0].first("PatientID") == "1"
        assert instance.first("StudyID") == "12"

    def test_sequences_in_un_are_implicit(self) -> None:
        inside = encode_data_set({"ReferencedSOPInstanceUID": "1.2.3.4"}, explicit=False)
        content = part10({}) + b"\x08\x00\x10\x11UN\0\0\xff\xff\xff\xff" + item(inside) + SEQUENCE_END
        instance = read_instance(content)
        assert _faults(instance) == []
        assert (instance.items("ReferencedStudySequence") or ())[0].first(
            "ReferencedSOPInstanceUID"
        ) == "1.2.3.4"


class TestInvalidVr:
    @pytest.mark.parametrize("vr", ["\0\0", "??", "da", "ZZ", "  "])
    def test_reading_goes_on(self, vr: str) -> None:
        content = part10({"StudyDate": Raw(vr, b"20200101"), "PatientID": "1", "PatientSex": "M"})
        instance = read_instance(content)
        assert _faults(instance) == [("encoding/invalid-vr", "StudyDate")]
        assert instance.first("PatientSex") == "M"

    def test_an_implicit_element_among_explicit_ones(self) -> None:
        content = (
            part10({"Modality": "OT"})
            + encode_data_set({"PatientName": "A^B "}, explicit=False)
            + encode_data_set({"PatientID": "1"})
        )
        instance = read_instance(content)
        assert _faults(instance) == [("encoding/invalid-vr", "PatientName")]
        assert instance.first("PatientID") == "1"

    def test_a_later_vr_is_read_with_a_long_length(self) -> None:
        content = part10({}) + b"\x08\x00\x20\x00QQ\0\0\4\0\0\0abcd" + encode_data_set({"PatientID": "1"})
        instance = read_instance(content)
        assert _faults(instance) == [("encoding/invalid-vr", "StudyDate")]
        assert instance.raw("StudyDate") == b"abcd"

    def test_what_cannot_be_read_is_said(self) -> None:
        content = part10({"Modality": "OT"}) + b"\x10\x00\x10\x00\x01\x02\x03\x04" + b"\x55" * 40
        [fault] = read_instance(content).faults
        assert fault.rule == "encoding/invalid-vr"
        assert "48 bytes" in fault.args["then"]


class TestWithoutPreamble:
    @pytest.mark.parametrize("explicit", [True, False])
    @pytest.mark.parametrize("big_endian", [True, False])
    def test_bare_data_sets_are_recognised(self, explicit: bool, big_endian: bool) -> None:
        content = encode_data_set(ATTRIBUTES, explicit=explicit, big_endian=big_endian)
        assert looks_like_dicom(content[:1024])
        instance = read_instance(content)
        assert _faults(instance) == [("file/missing-preamble", "")]
        assert instance.first("PatientID") == "123456"

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\0" * 200,
            b"%PDF-1.7" * 30,
            b"\xff\xd8\xff\xe0" * 50,
            b"PK\3\4" * 60,
            b"text\n" * 60,
            b"II*\0" * 50,
        ],
    )
    def test_other_files_are_not(self, content: bytes) -> None:
        assert not looks_like_dicom(content)
        read_instance(content)

    def test_big_endian_header(self) -> None:
        header = encode_data_set({"00020010": EXPLICIT_BE}, big_endian=True)
        content = bytes(128) + b"DICM" + header + encode_data_set(ATTRIBUTES, big_endian=True)
        instance = read_instance(content)
        assert [fault.args["part"] for fault in instance.faults] == ["File Meta Information"]
        assert instance.first("PatientID") == "123456"


def test_faults_are_bounded() -> None:
    content = part10({}) + encode_data_set({"PatientID": b"1"}) * 5000
    assert len(read_instance(content).faults) <= 1000


def test_a_file_of_the_size_of_a_scan_is_read_by_its_headers(tmp_path: Path) -> None:
    import mmap

    path = tmp_path / "sparse.dcm"
    start = part10({"SOPInstanceUID": "1.2.3", "PixelData": Raw("OW", b"")})[:-4]
    size = 3 << 30
    with path.open("wb") as stream:
        stream.write(start + size.to_bytes(4, "little"))
        stream.truncate(len(start) + 4 + size)
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as buf:
        instance = read_instance(buf)
        assert instance.faults == []
        assert instance.root.elements[0x7FE00010][2] == size

"""Headers of codestreams from the bytes of frames, and the rules that compare them with the Data Set."""

from __future__ import annotations

import itertools
import os
import struct
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.codestream_defects import main as measure
from dcmlint.catalogue import catalogue
from dcmlint.check import check_instance
from dcmlint.codestream import Header, Kind, Span, is_start, read_header
from dcmlint.codestream.encode import jpeg, jpeg2000, rle
from dcmlint.codestream.rle import decoded_length
from dcmlint.encapsulated import SAMPLED_FRAMES, SYNTAXES, encapsulated, headers
from dcmlint.plan import Plans
from dcmlint.read.encode import part10
from dcmlint.read.opener import read_instance
from dcmlint.scan import Session, Settings, lint_file

ROOT = "1.2.840.10008.1.2."
KINDS: list[Kind] = sorted(set(SYNTAXES.values()))
STARTS = [
    *(
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\0\x10JFIF\0",
        b"\xff\x4f\xff\x51",
        b"\xff\x0a",
        b"\0\0\1\xb3",
        b"\0\0\0\1\x67",
    ),
    *(
        b"\0\0\0\x0cjP  \r\n\x87\n",
        b"\0\0\0\x0cJXL \r\n\x87\n",
        b"\0\0\1\x42\1",
        b"\1\0\0\0\x40\0\0\0",
        jpeg(),
        jpeg2000(),
    ),
]


def span(content: bytes) -> Span:
    return Span(content, [(0, len(content))])


def header(content: bytes, expected: Kind = "") -> Header:
    return read_header(span(content), expected, measure=True)


@given(st.sampled_from(STARTS), st.binary(max_size=300), st.sampled_from(KINDS))
def test_no_bytes_raise(start: bytes, rest: bytes, kind: Kind) -> None:
    found = header(start + rest, kind)
    assert isinstance(found, Header)
    assert found.said == tuple(found[:-2])


@given(st.data())
def test_no_change_of_a_codestream_raises(data: st.DataObject) -> None:
    content = bytearray(
        data.draw(st.sampled_from([jpeg(), jpeg(frame=0xF7), jpeg2000(components=3), rle(b"\xc1\0")]))
    )
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    assert isinstance(header(bytes(content[:cut]), "RLE"), Header)


@given(
    st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=4), st.integers(0, 70), st.integers(0, 70)
)
def test_a_frame_in_pieces_reads_like_one(content: bytes, cuts: list[int], position: int, count: int) -> None:
    bounds = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    pieces = [(start, end - start) for start, end in itertools.pairwise(bounds)]
    split = Span(content, pieces)
    assert split.size == len(content)
    assert split.read(position, count) == content[position : position + count]
    assert split.end_marker() == span(content).end_marker()


@given(st.lists(st.tuples(st.booleans(), st.integers(2, 128)), max_size=20))
def test_runs_are_added_up(runs: list[tuple[bool, int]]) -> None:
    content, length = b"", 0
    for literal, count in runs:
        content += bytes((count - 1,)) + bytes(count) if literal else bytes((257 - count, 7))
        length += count
    assert decoded_length(content) == length
    assert decoded_length(content + b"\0" * (len(content) & 1)) == length


def test_jpeg() -> None:
    found = header(jpeg(rows=300, columns=200, bits=12, frame=0xC1))
    assert (found.kind, found.process, found.rows, found.columns) == ("JPEG", "extended", 300, 200)
    assert (found.bits, found.components, found.lossless, found.complete) == (12, 1, False, True)
    adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\1"
    assert header(jpeg(components=3, applications=adobe)).color == "YBR"
    assert header(jpeg(components=3, applications=adobe[:-1] + b"\0")).color == "RGB"
    assert header(jpeg(components=3, applications=b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0")).color == "YBR"
    lossless = header(jpeg(frame=0xC3, scan=(4, 0, 0)))
    assert (lossless.lossless, lossless.selection) == (True, 4)
    assert header(jpeg(frame=0xC3, scan=(1, 0, 2))).lossless is False  # a point transform
    assert header(jpeg(rows=0)).rows is None  # it comes later, in DNL


def test_markers_far_behind_are_found() -> None:
    profile = b"".join(b"\xff\xe2\xff\xff" + bytes(0xFFFD) for _ in range(3))
    assert header(jpeg(rows=77, applications=profile)).rows == 77


def test_jpeg_ls() -> None:
    found = header(jpeg(frame=0xF7, rows=5, bits=10, scan=(0, 0, 0)))
    assert (found.kind, found.lossless, found.rows, found.bits) == ("JPEG-LS", True, 5, 10)
    assert header(jpeg(frame=0xF7, scan=(3, 0, 0))).lossless is False


def test_jpeg_2000() -> None:
    found = header(jpeg2000(rows=70, columns=90, bits=14, signed=True))
    assert (found.kind, found.rows, found.columns, found.bits, found.signed) == (
        "JPEG 2000",
        70,
        90,
        14,
        True,
    )
    assert (found.color, found.lossless, found.complete) == ("none", True, True)
    assert header(jpeg2000(components=3, transformed=1)).color == "RCT"
    irreversible = header(jpeg2000(components=3, transformed=1, reversible=False))
    assert (irreversible.color, irreversible.lossless) == ("ICT", False)
    assert header(jpeg2000(high_throughput=True)).kind == "HTJ2K"
    assert header(jpeg2000(high_throughput=True, progression=2)).process == "RPCL"
    boxed = b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0\0\0\x08free" + b"\0\0\0\0jp2c" + jpeg2000(rows=70)
    assert (header(boxed).rows, header(boxed).wrapped) == (70, "JP2")


def test_jpeg_xl() -> None:
    # SizeHeader: not div8, 9 bits for 3 rows, no ratio, 9 bits for 5 columns; then all defaults.
    bits = "0" + "00" + f"{2:09b}"[::-1] + "000" + "00" + f"{4:09b}"[::-1] + "1"
    found = header(b"\xff\x0a" + _low_first(bits) + bytes(8))
    assert (found.kind, found.rows, found.columns, found.bits) == ("JPEG XL", 3, 5, 8)
    assert (found.color, found.lossless, found.components) == ("XYB", False, 3)
    # div8: 4 x 8 rows, ratio 1; no defaults, no extra fields, integers of 12 bits, no XYB, gray.
    bits = (
        "1" + f"{3:05b}"[::-1] + "100" + "0" + "0" + "0" + "01" + "1" + "00" + "0" + "0" + "0" + "10" + "00"
    )
    found = header(b"\xff\x0a" + _low_first(bits) + bytes(8))
    assert (found.rows, found.columns, found.bits, found.components, found.color) == (32, 32, 12, 1, "none")
    boxed = b"\0\0\0\x0cJXL \r\n\x87\n" + b"\0\0\0\0jxlc" + b"\xff\x0a" + _low_first(bits) + bytes(8)
    assert header(boxed).rows == 32


def _low_first(bits: str) -> bytes:
    padded = bits + "0" * (-len(bits) % 8)
    return bytes(int(padded[at : at + 8][::-1], 2) for at in range(0, len(padded), 8))


@pytest.mark.parametrize(
    ("start", "rows", "columns", "bits", "components", "color"),
    [
        ("ff0a58098e81a0b8110804010086e5022bf9038c14c02132", 300, 200, 8, 1, "none"),
        ("ff0a181318142d0208040100ede54b3842e636d04379f0fa", 100, 100, 12, 1, "none"),
        ("ff0a2081d0078804080201004c07000020ff0ca0fd0ca005", 37, 1001, 8, 3, "none"),
        ("ff0af8be010188556ad71920410ca0b50b50deec3f082079", 480, 640, 8, 3, "XYB"),
        ("ff0af83e90143702012053cd42671eba006eba0039d56681", 480, 640, 8, 1, "XYB"),
        (
            "0000000c4a584c200d0a870a00000014667479706a786c20000000006a786c20000000096a786c6c0a0000219b6a786c63ff0a4ff003142d020804010015764b",
            64,
            64,
            16,
            1,
            "none",
        ),
    ],
)
def test_jpeg_xl_that_libjxl_wrote(
    start: str, rows: int, columns: int, bits: int, components: int, color: str
) -> None:
    found = header(bytes.fromhex(start))
    assert (found.rows, found.columns, found.bits, found.components) == (rows, columns, bits, components)
    assert found.color == color


@pytest.mark.parametrize(
    ("start", "kind", "rows", "columns"),
    [
        (
            "0000000167640028acd940780227e584000003000400000300c83c60c6580000000168ebe3cb22c0",
            "H.264",
            1080,
            1920,
        ),
        (
            "000000016764001facd9405005ba1000000300100000030320f18319600000000168ebe3cb22c000",
            "H.264",
            720,
            1280,
        ),
        (
            "0000000140010c01ffff01600000030090000003000003007895980900000001420101016000000300900000030000030078a003c08010e596566924cae68080000003008000000c84000000014401c172b462400000014e0105ffffffffffffffffff05",
            "HEVC",
            1080,
            1920,
        ),
        (
            "0000000140010c01ffff01600000030090000003000003005a9598090000000142010101600000030090000003000003005aa006b201e1d796566924cae68080000003008000000c84000000014401c172b462400000014e0105ffffffffffffffffff03",
            "HEVC",
            480,
            854,
        ),
        ("000001b32d024013ffffe000000001b5148a00010000000001b800080040", "MPEG-2", 576, 720),
        (
            "000001ba2100010001c33367000001bb0009c333670021ffe0e0e6000001e007df3100037bb11100035f91000001b35002d033ffffe000000001b5146a00010000000001b80008004000000100000ffff8000001b58ffff34180",
            "MPEG-2",
            720,
            1280,
        ),
    ],
)
def test_video_that_ffmpeg_wrote(start: str, kind: Kind, rows: int, columns: int) -> None:
    found = header(bytes.fromhex(start), "H.264")
    assert (found.kind, found.rows, found.columns, found.bits) == (kind, rows, columns, 8)


def test_rle() -> None:
    found = header(rle(b"\xc1\0", b"\xc1\0"), "RLE")
    assert (found.segments, found.measured, found.fault) == (2, 64, "")
    assert header(rle(b"\xc1\0")[:50], "RLE").fault
    assert header(struct.pack("<16L", 2, 64, 64, *([0] * 13)) + b"\xc1\0", "RLE").fault
    assert header(struct.pack("<16L", 16, *([64] * 15)), "RLE").fault


def test_deflated() -> None:
    import zlib

    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    content = deflater.compress(bytes(5000)) + deflater.flush()
    assert header(content, "Deflate").measured == 5000
    assert header(content + b"\0", "Deflate").complete is True
    assert header(content[:-4], "Deflate").complete is False
    assert header(b"\x07\xff\xff", "Deflate").fault


def test_video() -> None:
    mpeg2 = b"\0\0\1\xb3" + bytes.fromhex("2d0240330000") + b"\0\0\1\xb5" + bytes.fromhex("148200010000")
    found = header(mpeg2, "MPEG-2")
    assert (found.kind, found.columns, found.rows) == ("MPEG-2", 720, 576)
    # Profile 100, level 40: 4:2:0, 8 bits, 120 x 68 macroblocks, cropped to 1080 rows.
    bits = (
        f"{100:08b}"
        + "0" * 8
        + f"{40:08b}"
        + "1"
        + _golomb(1)
        + "11"
        + "0"
        + "0"
        + "1"
        + _golomb(2)
        + "1"
        + "0"
    )
    bits += _golomb(119) + _golomb(67) + "1" + "1" + "1" + _golomb(0) * 3 + _golomb(4) + "1"
    content = b"\0\0\0\1\x67" + _high_first(bits)
    found = header(content, "H.264")
    assert (found.kind, found.columns, found.rows, found.bits) == ("H.264", 1920, 1080, 8)
    bits = "0000" + "000" + "1" + "0" * 96 + _golomb(0) + _golomb(1) + _golomb(1920) + _golomb(1088)
    bits += "1" + _golomb(0) * 3 + _golomb(4) + _golomb(0) + "1"
    found = header(b"\0\0\0\1\x42\1" + _high_first(bits).replace(b"\0\0\0", b"\0\0\3\0"), "HEVC")
    assert (found.kind, found.columns, found.rows, found.bits) == ("HEVC", 1920, 1080, 8)
    assert header(b"\0\0\0\x18ftypmp42" + bytes(40), "H.264").kind == ""
    assert header(b"\0\0\1\xba" + bytes(40), "H.264").kind == ""


def _golomb(number: int) -> str:
    text = f"{number + 1:b}"
    return "0" * (len(text) - 1) + text


def _high_first(bits: str) -> bytes:
    padded = bits + "0" * (-len(bits) % 8)
    return bytes(int(padded[at : at + 8], 2) for at in range(0, len(padded), 8))


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        (b"\xff\xd9", (True, 0)),
        (b"\xff\xd9\0", (True, 0)),
        (b"\xff\xd9\xff", (True, 0)),
        (b"\xff\xd9" + bytes(200), (True, 0)),
        (b"\xff\xd9junk", (True, 4)),
        (b"", (False, 0)),
        (bytes(5000), (None, 0)),
    ],
)
def test_the_end_is_found(tail: bytes, expected: tuple[bool | None, int]) -> None:
    assert span(b"\x55" * 30 + tail).end_marker() == expected


def test_starts_are_of_their_kind() -> None:
    assert is_start(jpeg()[:12], "JPEG-LS") and not is_start(jpeg()[:12], "JPEG 2000")
    assert is_start(jpeg2000()[:12], "HTJ2K") and not is_start(jpeg2000()[:12], "JPEG")
    assert not is_start(b"\xff\x0a", "JPEG")


FRAME = jpeg() + b"\0" * (len(jpeg()) & 1)
IMAGE = {
    "Rows": 8,
    "Columns": 8,
    "SamplesPerPixel": 1,
    "BitsAllocated": 8,
    "BitsStored": 8,
    "LossyImageCompression": "01",
}


def instance_of(items: list[bytes], number: str = "4.50", **changes: Any) -> Any:
    return read_instance(part10({**IMAGE, "PixelData": items, **changes}, syntax=ROOT + number))


def pixel_findings(instance: Any) -> list[tuple[str, str]]:
    rules = {name: rule for name, rule in catalogue().items() if rule.group in ("pixel", "internal")}
    return [(found.rule, found.severity) for found in check_instance(instance, Plans(rules))]


def test_frames_are_found_by_table_by_marker_and_by_count() -> None:
    table = struct.pack("<2L", 0, 8 + len(FRAME))
    by_table = encapsulated(instance_of([table, FRAME, FRAME[:8], FRAME[8:]], NumberOfFrames=2))
    by_marker = encapsulated(instance_of([b"", FRAME[:8], FRAME[8:], FRAME], NumberOfFrames=2))
    alone = encapsulated(instance_of([b"", FRAME[:8], FRAME[8:]]))
    assert by_table is not None and by_marker is not None and alone is not None
    assert by_table.groups == [(0, 1), (1, 3)]
    assert by_marker.groups == [(0, 2), (2, 3)]
    assert alone.groups == [(0, 2)]


def test_many_frames_are_sampled_from_the_first_to_the_last() -> None:
    instance = instance_of([b"", *([FRAME] * 1000)], NumberOfFrames=1000)
    found = headers(instance)
    assert len(found) <= SAMPLED_FRAMES
    assert (found[0].number, found[-1].number) == (1, 1000)
    assert headers(instance) is found


def test_a_wrong_last_frame_of_many_is_reported_once() -> None:
    odd = jpeg(rows=16) + b"\0" * (len(jpeg()) & 1)
    instance = instance_of([b"", *([FRAME] * 200), odd], NumberOfFrames=201)
    assert pixel_findings(instance) == [("pixel/codestream-mismatch", "error")]


def test_a_file_that_breaks_off_is_not_called_a_wrong_number_of_fragments() -> None:
    content = part10(
        {**IMAGE, "NumberOfFrames": 3, "PixelData": [b"", FRAME, FRAME, FRAME]}, syntax=ROOT + "4.50"
    )
    for cut in (4, 10, 20, 2 * len(FRAME)):
        assert pixel_findings(read_instance(content[:-cut])) == []
    whole_frames = content[: -len(FRAME) - 16]  # nothing shows that there was a third
    assert pixel_findings(read_instance(whole_frames)) == [("pixel/fragment-count", "error")]


def test_nothing_is_said_of_an_unknown_or_a_wrong_transfer_syntax() -> None:
    for syntax in ("1.2.3.4", "1.2.840.10008.1.2.1"):
        content = part10({**IMAGE, "Rows": 9, "PixelData": [b"", FRAME, b""]}, syntax=syntax)
        assert encapsulated(read_instance(content)) is None
        assert pixel_findings(read_instance(content)) == []


@given(st.binary(max_size=80), st.sampled_from(sorted(SYNTAXES)), st.integers(0, 3))
def test_no_fragments_make_a_rule_fail(content: bytes, syntax: str, frames: int) -> None:
    items = [content[:8], content[8:40], content[40:]]
    instance = read_instance(part10({**IMAGE, "NumberOfFrames": frames, "PixelData": items}, syntax=syntax))
    assert ("internal/check-failed", "error") not in pixel_findings(instance)


def test_the_measure_of_defects_is_met() -> None:
    assert measure(["--reduced"]) == 0


needs_decoders = pytest.mark.skipif(
    not all(__import__("importlib.util").util.find_spec(name) for name in ("numpy", "pylibjpeg", "openjpeg")),
    reason="the extra `deep` is not installed",
)


def sample(name: str) -> Path:
    import pydicom

    return Path(pydicom.__file__).parent / "data" / "test_files" / name


def deep(path: Path) -> list[tuple[str, str]]:
    session = Session(Settings(select=("pixel/does-not-decode",), deep=True))
    try:
        return [(found.rule, found.severity) for found in lint_file(str(path), session).findings]
    finally:
        assert session.decoder is not None
        session.decoder.close()


@needs_decoders
def test_deep_decodes_what_is_right_and_reports_what_is_not(tmp_path: Path) -> None:
    assert deep(sample("MR_small_jp2klossless.dcm")) == []
    assert deep(sample("CT_small.dcm")) == []
    assert deep(sample("JPEG2000-embedded-sequence-delimiter.dcm")) == [("pixel/does-not-decode", "error")]


def test_deep_survives_what_its_process_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A process that crashes, one that hangs, and one that is asked again afterwards."""
    from dcmlint.deep import Decoder

    content = sample("MR_small_jp2klossless.dcm").read_bytes()
    fake = tmp_path / "fake.py"
    for code, severity in (("import os; os._exit(9)", "warning"), ("import time; time.sleep(60)", "warning")):
        fake.write_text(f"#!{sys.executable}\n{code}\n")
        fake.chmod(0o755)
        decoder = Decoder(seconds=1.0)
        with monkeypatch.context() as patched:
            patched.setattr(sys, "executable", str(fake))
            found = list(decoder.findings(read_instance(content), content))
        assert [each.severity for each in found] == [severity]
        assert not decoder._worker.is_running
        decoder.close()


def test_deep_is_off_by_default() -> None:
    assert Session().decoder is None
    assert Session(Settings(deep=True, ignore=("pixel/does-not-decode",))).decoder is None


def test_deep_answers_never_hold_what_decoders_say() -> None:
    from dcmlint.deep_worker import answer

    assert answer(b"") == "skipped"
    assert answer(os.urandom(200)) == "skipped"

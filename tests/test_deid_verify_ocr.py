"""`dcmlint deid verify --ocr`: what is matched although misread, what tesseract reads, and its bounds."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from command_line import Command, dcmlint

from benchmarks.deid_burned import ENCODINGS, SIZES, burned, can_read
from benchmarks.deid_hidden import TEXTS, original
from benchmarks.deid_ocr import read, unclean
from dcmlint.deid_verify.blurred import SHORTEST_MISREAD, blur, blurred
from dcmlint.deid_verify.burned_in import BurnedIn
from dcmlint.deid_verify.frames import FrameReader, ReadFrame, chosen
from dcmlint.deid_verify.identifiers import Identifiers
from dcmlint.deid_verify.profile import Demands
from dcmlint.deid_verify.tesseract import Tesseract, Word, find_tesseract, lines_of, words_of_table
from dcmlint.model import Finding, Raw
from dcmlint.read.encode import part10
from dcmlint.read.opener import read_instance

__all__ = ["dcmlint"]

needs_tesseract = pytest.mark.skipif(not can_read(), reason="tesseract, NumPy or Pillow is not installed")

DAY = date(1951, 3, 14)


def sought() -> Identifiers:
    found = Identifiers()
    found.add_name("Zwetschgenbaum^Ottilie")
    found.add_name("Li^Wei")
    found.add_name("Meier^Anna")
    found.add_id("MRN-48213377")
    found.add_id("501510")
    found.add_id("testpattern")
    found.add_phone("+49 (30) 5551-2377")
    return found


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("ZWETSCHGENBAUM", {"name"}),
        ("Zwetschgenbaurn", {"name"}),
        ("ZVVET5CHGENBAUM", {"name"}),
        ("OTTlLIE", {"name"}),
        ("0tti1ie", {"name"}),
        ("MElER, ANNA", {"name"}),
        ("MElER", set()),
        ("Li Wei", set()),
        ("MRN 482I3377", {"ID"}),
        ("MRN4B213377", {"ID"}),
        ("MRN 46213377", set()),
        ("mrn 482l3377 2", {"ID"}),
        ("48213377", set()),
        ("5O151O", {"ID"}),
        ("502510", set()),
        ("TEST PATTERN", set()),
        ("+49 3O 555l 2377", {"telephone number"}),
        ("l4.O3.1951", {"date"}),
        ("l5.O3.1951", set()),
        ("R L kV 120 mA 200 SUPINE HFS", set()),
    ],
)
def test_what_is_found_although_misread(text: str, kinds: set[str]) -> None:
    misread = blurred(sought())
    assert misread.kinds_in((blur(text),), frozenset((DAY,)), shortest=SHORTEST_MISREAD) == kinds


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("Zwetschgenbaum4Ottilie", True),
        ("Zwetschgenbaum<Ottilie", True),
        ("MEIERAANNA", True),
        ("Zwetschgenbaum^Anna", True),
        ("Meiers", False),
        ("Ottilien", False),
        ("Liaweis", False),
    ],
)
def test_the_sign_between_names_is_read_as_a_letter(text: str, is_found: bool) -> None:
    assert [severity for _, severity, _ in told([frame((text, 45))], sought())] == ["warning"] * is_found


def test_words_of_descriptions_stay_common_when_they_are_blurred() -> None:
    found = sought()
    found.add_common("TRICOLOR")
    found.add_name("Tricol0r^Anna")
    misread = blurred(found)
    assert misread.kinds_in((blur("tricolor"),), frozenset(), shortest=SHORTEST_MISREAD) == set()


IMAGE: dict[str, Any] = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7",
    "SOPInstanceUID": "2.25.1",
    "Rows": 8,
    "Columns": 8,
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "BitsAllocated": 8,
    "BitsStored": 8,
    "HighBit": 7,
    "PixelRepresentation": 0,
    "PixelData": Raw("OB", bytes(64)),
}


def picture(**attributes: object) -> bytes:
    return part10({**IMAGE, **attributes})


def frame(*words: tuple[str, float], number: int = 1) -> ReadFrame:
    return ReadFrame(number, (tuple(Word(text, sure, ("1",)) for text, sure in words),))


def told(
    frames: list[ReadFrame], identifiers: Identifiers | None, profile: str = "basic", **attributes: object
) -> list[tuple[str, str, str]]:
    instance = read_instance(picture(**attributes))
    found = BurnedIn(identifiers, Demands(profile)).findings(instance, frames, frozenset((DAY,)))
    return [(each.rule.removeprefix("deid/"), each.severity, words(each)) for each in found]


def words(found: Finding) -> str:
    return found.args.get("why") or f"{found.args['what']} {found.args['how']}"


def test_how_sure_a_finding_is() -> None:
    def severities(*words: tuple[str, float]) -> list[str]:
        return [severity for _, severity, _ in told([frame(*words)], sought())]

    assert severities(("Zwetschgenbaum", 95)) == ["error"]
    assert severities(("Zwetschgenbaum", 40)) == ["warning"]
    assert severities(("Zwetschgenbaurn", 95)) == ["warning"]
    assert severities(("Zwetschgenbaum", 10)) == []
    assert severities(("Anna", 95)) == []
    assert severities(("Meier", 40)) == []
    assert severities(("48213377", 95)) == []
    assert severities(("14.03.1951", 95)) == ["error"]


def test_a_kind_is_told_once_where_it_is_surest() -> None:
    frames = [
        frame(("Zwetschgenbaurn", 90), number=1),
        frame(("Zwetschgenbaum", 90), number=5),
        frame(("Zwetschgenbaum", 90), number=9),
    ]
    assert told(frames, sought()) == [
        (
            "text-contains-identifier",
            "error",
            "the picture of frame 5 holds a name of the originals (confidence high)",
        )
    ]


def test_what_the_profile_lets_stay_may_be_in_the_pixels() -> None:
    read_date = [frame(("14.03.1951", 95))]
    assert told(read_date, sought(), "basic+rtn-long-full-dates") == []
    assert [rule for rule, *_ in told(read_date, None, "basic+rtn-long-full-dates")] == []


def test_without_originals_nothing_is_sure() -> None:
    found = told([frame(("MRN:", 95), ("123456", 96))], None)
    assert [severity for _, severity, _ in found] == ["warning"]
    assert told([frame(("MRN:", 95), ("123456", 50))], None) == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("NO", [("warning", "though Burned In Annotation is NO")]),
        ("", [("warning", "there is text in frame 1: look at it")]),
        ("YES", []),
    ],
)
def test_text_that_the_header_does_not_tell_of(said: str, expected: list[tuple[str, str]]) -> None:
    found = told([frame(("COLON", 95), ("TRANSVERSE", 90))], sought(), BurnedInAnnotation=said)
    assert [rule for rule, *_ in found] == ["burned-in-risk"] * len(expected)
    for (_, severity, text), (wanted, part) in zip(found, expected, strict=True):
        assert severity == wanted and part in text


@pytest.mark.parametrize(
    "words",
    [
        (("COLON", 95),),
        (("COLON", 95), ("colon", 95), ("Colon", 95)),
        (("COLON", 70), ("TRANSVERSE", 79)),
        (("L", 99), ("R", 99), ("12", 99), ("cm", 99)),
        (("are", 95), ("say", 95)),
        (("----------", 95), ("||||||||||", 95)),
    ],
)
def test_what_is_no_text(words: tuple[tuple[str, float], ...]) -> None:
    assert told([frame(*words)], sought(), BurnedInAnnotation="NO") == []


def test_frames_that_are_looked_at() -> None:
    assert chosen(1, every_frame=False) == [0]
    assert chosen(2, every_frame=False) == [0, 1]
    assert chosen(300, every_frame=False) == [0, 150, 299]
    assert chosen(5, every_frame=True) == [0, 1, 2, 3, 4]
    assert len(chosen(2**31 - 1, every_frame=True)) == 4096


def test_the_table_of_tesseract() -> None:
    row = "5\t1\t{}\t1\t1\t1\t0\t0\t9\t9\t{}\t{}"
    rows = [
        "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext",
        "4\t1\t1\t1\t1\t0\t0\t0\t9\t9\t-1\t",
        row.format(1, "96.5", "Ottilie"),
        row.format(1, "88", "Zwetschgenbaum"),
        row.format(2, "95", " "),
        row.format(2, "30", "kV"),
        "5\tcut",
    ]
    found = list(words_of_table("\n".join(rows)))
    assert [word.confidence for word in found] == [96.5, 88, 30]
    assert lines_of(found) == "Ottilie Zwetschgenbaum\nkV"


def test_without_tesseract_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dcmlint: Command
) -> None:
    (tmp_path / "a.dcm").write_bytes(picture())
    monkeypatch.setenv("PATH", str(tmp_path))
    done = dcmlint("deid", "verify", tmp_path, "--ocr")
    assert done.status == 2 and "apt-get install tesseract-ocr" in done.err
    fake(tmp_path, "print('List of available languages (1):\\nosd')")
    done = dcmlint("deid", "verify", tmp_path, "--ocr")
    assert done.status == 2 and "eng.traineddata" in done.err
    for options in (("--ocr-frames", "all"), ("--ocr", "--ocr-frames", "some")):
        assert dcmlint("deid", "verify", tmp_path, *options).status == 2


def fake(folder: Path, code: str) -> str:
    """Write a program that is called tesseract, and return its path."""
    program = folder / "tesseract"
    program.write_text(f"#!{sys.executable}\n{code}\n")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize(
    "code",
    [
        "import time; time.sleep(60)",
        "import sys; sys.exit(3)",
        "import sys\nwhile True: sys.stdout.write('x' * 65536)",
        "import os; os.close(0); os._exit(9)",
    ],
)
def test_a_program_that_hangs_fails_or_never_ends(tmp_path: Path, code: str) -> None:
    program = Tesseract(fake(tmp_path, code), seconds=1.0)
    assert program.words(b"P5\n1000 1000\n255\n" + bytes(1_000_000)) is None


def test_frames_that_cannot_be_looked_at_are_told(tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    jpeg = {"PixelData": [b"", b"\xff\xd8\xff\xd9"]}
    cases = {
        "no decoder": part10({**IMAGE, **jpeg}, syntax="1.2.840.10008.1.2.4.50"),
        "too many pixels": picture(Rows=65535, Columns=65535),
        "tesseract fails": picture(),
    }
    reader = FrameReader(Tesseract(fake(tmp_path, "import sys; sys.exit(3)")))
    for words, content in cases.items():
        (tmp_path / words).write_bytes(content)
        instance = read_instance(content)
        found = reader.read(str(tmp_path / words), instance)
        assert len(found) == 1 and words in found[0].problem
        (note,) = BurnedIn(None, Demands("basic")).findings(instance, found, frozenset())
        assert note.severity == "note" and "frame 1 was not looked at" in note.args["why"]
    assert reader.told() == "OCR read 0 of 3 frames in 3 files; 3 could not be looked at"
    reader.close()


def test_a_process_that_crashes_ends_the_frames_of_its_file_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("PIL")
    content = picture(NumberOfFrames="3", PixelData=Raw("OB", bytes(192)))
    (tmp_path / "a.dcm").write_bytes(content)
    reader = FrameReader(Tesseract(fake(tmp_path, "")))
    (tmp_path / "crash").write_text(f"#!{sys.executable}\nimport os; os._exit(9)\n")
    (tmp_path / "crash").chmod(0o755)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", str(tmp_path / "crash"))
        found = reader.read(str(tmp_path / "a.dcm"), read_instance(content))
    assert [each.problem for each in found] == ["the process that decodes it crashed"] * 3
    found = reader.read(str(tmp_path / "a.dcm"), read_instance(content))
    assert [each.problem for each in found] == [""] * 3
    reader.close()


@needs_tesseract
@pytest.mark.parametrize("known", [True, False])
def test_identifiers_in_pixels_are_read_and_clean_pictures_are_clean(known: bool) -> None:
    texts = (TEXTS[2], TEXTS[5])
    pictures = list(read(texts, SIZES[2:3], known=known))
    assert len(pictures) == 2 * len(ENCODINGS)
    for each in pictures:
        severity = each.found.get("deid/text-contains-identifier")
        assert severity == ("error" if known else "warning") or (not known and each.text == TEXTS[2]), each
        assert each.found, each
    assert not list(unclean(1, known=known))


@needs_tesseract
def test_noise_is_not_read(tmp_path: Path) -> None:
    import numpy as np

    rng = np.random.default_rng(5)
    reader = FrameReader(find_tesseract())
    for high in (2, 60, 256):
        noise = rng.integers(0, high, (400, 400)).astype("u1").tobytes()
        content = picture(Rows=400, Columns=400, PixelData=Raw("OB", noise), BurnedInAnnotation="NO")
        (tmp_path / "a.dcm").write_bytes(content)
        instance = read_instance(content)
        found = reader.read(str(tmp_path / "a.dcm"), instance)
        assert not found[0].problem and found[0].views
        for identifiers in (None, sought()):
            assert not list(BurnedIn(identifiers, Demands("basic")).findings(instance, found, frozenset()))
    reader.close()


@needs_tesseract
def test_the_command(tmp_path: Path, dcmlint: Command) -> None:
    base = ENCODINGS["MONOCHROME2, 8 bits"][0]
    for folder, made in (
        ("in", original(base)),
        ("out", burned("MONOCHROME2, 8 bits", "OTTILIE ZWETSCHGENBAUM", 18, 1)),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.dcm").write_bytes(made.content)
    given = ("deid", "verify", tmp_path / "out", "--against", tmp_path / "in", "-f", "json")
    assert "text-contains-identifier" not in dcmlint(*given).out
    done = dcmlint(*given, "--ocr", "--ocr-frames", "all")
    assert done.status == 1 and "OCR read 1 of 1 frames in 1 files" in done.err
    messages = {each["message"] for each in json.loads(done.out)["findings"]}
    assert "The picture of frame 1 holds a name of the originals (confidence high)" in messages
    assert "wetschgen" not in (done.out + done.err).lower()

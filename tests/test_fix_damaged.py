"""Fixes of files that are damaged, and of every encoding: nothing else may be read otherwise afterwards."""

from __future__ import annotations

import random
import zlib

import pytest
from command_line import CLEAN, FAULTY
from test_fix_rules import FIXES, Recorded, findings, fixed, only_edited

from dcmlint.fix.same import same_elsewhere
from dcmlint.model import Raw
from dcmlint.read.encode import part10
from dcmlint.read.opener import looks_like_dicom, read_instance

SYNTAXES = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99")
BEFORE = {"Manufacturer": Raw("LO", b"ACM\0"), "ReferencedStudySequence": [{"StudyID": Raw("SH", b"AB\0\0")}]}
AFTER = {"Manufacturer": "ACM", "ReferencedStudySequence": [{"StudyID": "AB"}]}


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_every_encoding(syntax: str) -> None:
    rest = {"Modality": "OT", "Rows": 512}
    done = fixed(part10({**BEFORE, **rest}, syntax=syntax), ["encoding/padding"])
    assert done.applied["encoding/padding"] == 2
    wanted = read_instance(part10({**AFTER, **rest}, syntax=syntax))
    found = read_instance(done.content)
    assert bytes(found.root.buf[found.root.offset :]) == bytes(wanted.root.buf[wanted.root.offset :])


def test_numbers_of_an_unknown_vr_are_left_in_big_endian() -> None:
    content = part10({"Rows": Raw("UN", b"\0\1"), "StudyID": Raw("UN", b"1 ")}, syntax=SYNTAXES[2])
    found = read_instance(fixed(content, ["encoding/vr-unknown"]).content)
    assert found.root.elements[0x00280010][0] == "UN"
    assert found.root.elements[0x00200010][0] == "SH"


def test_elements_of_a_deflated_data_set_are_not_moved() -> None:
    start = len(part10({}))
    data_set = part10({"StudyID": "1"})[start:] + part10({"Modality": "OT"})[start:]
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    head = part10({}, meta={"TransferSyntaxUID": SYNTAXES[3]})
    content = head + deflater.compress(data_set) + deflater.flush()
    assert any(key[0] == "encoding/out-of-order" for key in findings(content))
    assert fixed(content, ["encoding/out-of-order"]).content is content


@pytest.mark.parametrize("seed", range(4))
def test_damaged_files(seed: int) -> None:
    chance = random.Random(seed)
    files = [path.read_bytes() for path in sorted([*FAULTY.glob("*.dcm"), *CLEAN.glob("*.dcm")])]
    sources = [case.before() for fix in FIXES.values() for case in fix.cases]
    sources += [each for each in files if len(each) < 20_000]
    changed = 0
    for _ in range(120):
        content = _damaged(chance.choice(sources), chance)
        if not looks_like_dicom(content[:1024]):
            continue
        recorded = Recorded(unsafe=True)
        done = fixed(content, originals=recorded)
        assert not findings(done.content) - findings(content)
        only_edited(content, done, recorded.places)
        assert fixed(done.content).content is done.content
        changed += done.content is not content
    assert changed > 30


def _damaged(source: bytes, chance: random.Random) -> bytes:
    """Return the file with a few bytes changed, left out, put in, or cut off."""
    content = bytearray(source)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(content))
        kind = chance.random()
        if kind < 0.5:
            content[at] = chance.choice((0, 1, 2, 8, 0x20, 0xFF, chance.randrange(256)))
        elif kind < 0.7:
            del content[at : at + chance.choice((1, 2, 8))]
        elif kind < 0.9:
            content[at:at] = bytes(chance.choice(content) for _ in range(chance.choice((1, 2, 8))))
        else:
            del content[max(at, 1) :]
    return bytes(content)


PLACE = (0x00081110, 1, 0x00100020)
NESTED = {"ReferencedStudySequence": [{"PatientID": "1", "StudyID": "1"}], "Modality": "OT"}


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"ReferencedStudySequence": [{"PatientID": "22", "StudyID": "1"}], "Modality": "OT"}, True),
        ({"ReferencedStudySequence": [{"StudyID": "1"}], "Modality": "OT"}, True),
        ({**NESTED, "00080000": 4}, True),
        ({**NESTED, "Modality": "CT"}, False),
        ({**NESTED, "Modality": Raw("LO", b"OT")}, False),
        ({**NESTED, "StudyID": "1"}, False),
        ({"ReferencedStudySequence": [{"PatientID": "1", "StudyID": "1"}]}, False),
        ({"ReferencedStudySequence": [{"PatientID": "1", "StudyID": "2"}], "Modality": "OT"}, False),
        ({"ReferencedStudySequence": [], "Modality": "OT"}, False),
    ],
)
def test_what_is_the_same_elsewhere(changed: dict[str, object], *, same: bool) -> None:
    before, after = read_instance(part10(NESTED)), read_instance(part10(changed))
    assert same_elsewhere(before, after, {PLACE}) is same


def test_fragments_are_compared() -> None:
    syntax = "1.2.840.10008.1.2.4.50"
    one, other = (
        read_instance(part10({"PixelData": [b"", b"\xff\xd8" + rest]}, syntax=syntax))
        for rest in (b"\0\0", b"\0\1")
    )
    assert same_elsewhere(one, one, ())
    assert not same_elsewhere(one, other, ())


def test_an_element_in_the_wrong_part_of_the_file_is_left_alone() -> None:
    """No Edit reaches an element of another group in the File Meta Information, or one of 0002 behind it."""
    content = part10({"StudyID": Raw("SH", b"1\0")})
    inside = content.replace(b"\x02\0\x03\0UI", b"\x02\0\x03\0UY")  # where it ends cannot be seen any more
    assert read_instance(inside).meta.elements.keys() >= {0x00200010}  # type: ignore[union-attr]
    behind = part10({"Modality": "OT"}) + b"\x02\0\x16\0AE\x04\0ME\0\0"
    for each in (inside, behind):
        assert any(key[0] == "encoding/padding" for key in findings(each))
        done = fixed(each, ["encoding/padding"])
        assert done.content is each
        assert not done.refused

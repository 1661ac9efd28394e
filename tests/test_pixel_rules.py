"""The rules of the group pixel hold in every encoding, and say nothing where they cannot know."""

from __future__ import annotations

from typing import Any

import pytest

from dcmlint.catalogue import catalogue
from dcmlint.check import check_instance
from dcmlint.image import code, frames, numbers, unsigned, value_length, words
from dcmlint.model import Raw
from dcmlint.plan import Plans
from dcmlint.read.encode import part10
from dcmlint.read.item import Item
from dcmlint.read.opener import read_instance
from dcmlint.report.render import attribute_path
from dcmlint.rule import Case, Rule

SYNTAXES = {
    "implicit": "1.2.840.10008.1.2",
    "explicit": "1.2.840.10008.1.2.1",
    "big endian": "1.2.840.10008.1.2.2",
    "deflated": "1.2.840.10008.1.2.1.99",
}
RULES = {rule_id: rule for rule_id, rule in catalogue().items() if rule.group == "pixel" and rule.check}
FAILED = catalogue()["internal/check-failed"]
BAD = [
    pytest.param(rule, case, id=f"{rule.id}-{number}")
    for rule in RULES.values()
    for number, case in enumerate(rule.cases, 1)
    if not case.passes and case.attributes
]


def found(rule: Rule, content: bytes) -> list[str]:
    """Return the paths of what the rule finds; a check that raises fails the test."""
    findings = check_instance(read_instance(content), Plans({rule.id: rule, FAILED.id: FAILED}))
    assert not [each for each in findings if each.rule == FAILED.id]
    return [attribute_path(each.location, each.tag) for each in findings]


@pytest.mark.parametrize(("rule", "case"), BAD)
@pytest.mark.parametrize("syntax", ["big endian", "deflated"])
def test_in_every_explicit_encoding(rule: Rule, case: Case, syntax: str) -> None:
    assert case.attributes is not None
    if syntax == "big endian" and any(isinstance(value, Raw) for value in case.attributes.values()):
        pytest.skip("the bytes of the case are little endian")
    assert case.at in found(rule, part10(case.attributes, syntax=SYNTAXES[syntax]))


@pytest.mark.parametrize(("rule", "case"), BAD)
def test_absence_and_emptiness_are_survived(rule: Rule, case: Case) -> None:
    assert case.attributes is not None
    for keyword in case.attributes:
        rest = {name: value for name, value in case.attributes.items() if name != keyword}
        found(rule, part10(rest))
        found(rule, part10({**rest, keyword: None}))


@pytest.mark.parametrize("garbage", [b"", b"\0", b"\xff", b"\xff\xff\xff", b"x" * 70, b"\\\\\\\\", b"1e999 "])
@pytest.mark.parametrize(("rule", "case"), BAD)
def test_garbage_is_survived(rule: Rule, case: Case, garbage: bytes) -> None:
    assert case.attributes is not None
    for keyword in case.attributes:
        for vr in ("US", "DS", "UN", "SQ", "FD"):
            found(rule, part10({**case.attributes, keyword: Raw(vr, garbage)}))


@pytest.mark.parametrize("syntax", ["implicit", "explicit", "big endian", "deflated"])
@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({}, []),
        ({"Rows": 3}, ["PixelData"]),
        ({"NumberOfFrames": 2}, ["PixelData"]),
        ({"BitsAllocated": 8}, ["PixelData"]),
        ({"Columns": 0}, []),
    ],
)
def test_length_of_pixel_data(syntax: str, changes: dict[str, Any], path: list[str]) -> None:
    attributes = {
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": 2,
        "Columns": 4,
        "BitsAllocated": 16,
        "PixelData": Raw("OW", bytes(16)),
        **changes,
    }
    assert found(RULES["pixel/length-mismatch"], part10(attributes, syntax=SYNTAXES[syntax])) == path


def item(attributes: dict[str, Any], syntax: str = "explicit") -> Item:
    return read_instance(part10(attributes, syntax=SYNTAXES[syntax])).root


@pytest.mark.parametrize("syntax", SYNTAXES)
class TestValues:
    def test_unsigned(self, syntax: str) -> None:
        assert unsigned(item({"Rows": 513}, syntax), 0x00280010) == 513
        assert unsigned(item({"Rows": [1, 2]}, syntax), 0x00280010) is None
        assert unsigned(item({"Rows": None}, syntax), 0x00280010) is None
        assert unsigned(item({}, syntax), 0x00280010) is None

    def test_words(self, syntax: str) -> None:
        descriptor = {"LUTDescriptor": [256, -1, 16], "PixelRepresentation": 1}
        assert words(item(descriptor, syntax), 0x00283002, 3) == (256, 0xFFFF, 16)
        assert words(item({"LUTDescriptor": [256, 1]}, syntax), 0x00283002, 3) is None

    def test_code(self, syntax: str) -> None:
        assert code(item({"PhotometricInterpretation": "RGB"}, syntax), 0x00280004) == "RGB"
        assert code(item({"PhotometricInterpretation": "RGB\\RGB"}, syntax), 0x00280004) is None
        assert code(item({"PhotometricInterpretation": "  "}, syntax), 0x00280004) is None

    def test_numbers(self, syntax: str) -> None:
        assert numbers(item({"PixelSpacing": ["0.5", " 1 "]}, syntax), 0x00280030, 2) == (0.5, 1)
        assert numbers(item({"PixelSpacing": ["0.5"]}, syntax), 0x00280030, 2) is None
        assert numbers(item({"PixelSpacing": ["0.5", "inf"]}, syntax), 0x00280030, 2) is None
        assert numbers(item({"PixelSpacing": ["0.5", "x"]}, syntax), 0x00280030) is None

    def test_frames(self, syntax: str) -> None:
        assert frames(item({}, syntax)) == 1
        assert frames(item({"NumberOfFrames": 12}, syntax)) == 12
        assert frames(item({"NumberOfFrames": "0"}, syntax)) is None
        assert frames(item({"NumberOfFrames": None}, syntax)) is None


def test_the_length_of_a_value_that_is_cut_off_is_not_known() -> None:
    assert value_length(item({"PixelData": bytes(8)}), 0x7FE00010) == 8
    assert value_length(item({"PixelData": b"123"}), 0x7FE00010) == 3
    cut = read_instance(part10({"PixelData": bytes(8)})[:-2])
    assert value_length(cut.root, 0x7FE00010) is None

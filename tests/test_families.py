"""Rules of object families: what their cases cannot hold."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import cos, sin
from pathlib import Path

import pytest

from benchmarks.family_changes import FAMILIES
from benchmarks.subjects import Subject, clean_subjects
from dcmlint.catalogue import catalogue
from dcmlint.check import check_instance
from dcmlint.model import Finding
from dcmlint.plan import Plans
from dcmlint.read.encode import part10
from dcmlint.read.opener import read_instance

GROUPS = ("seg", "rt", "pr", "ko", "wsi", "waveform", "document")
RULES = {
    rule: one
    for rule, one in catalogue().items()
    if rule.startswith(tuple(f"{group}/" for group in GROUPS)) or rule in FAMILIES
}
FAILED = catalogue()["internal/check-failed"]
SUBJECTS = {subject.name: subject for subject in clean_subjects()}


def found(content: bytes, rule: str) -> list[Finding]:
    return check_instance(read_instance(content), Plans({rule: RULES[rule]}))


def contour(points: list[tuple[float, float, float]]) -> dict[str, object]:
    flat = [f"{coordinate:.3f}" for point in points for coordinate in point]
    return {
        "ContourGeometricType": "CLOSED_PLANAR",
        "NumberOfContourPoints": len(points),
        "ContourData": flat,
    }


def structures(*contours: dict[str, object]) -> bytes:
    return part10({"ROIContourSequence": [{"ContourSequence": list(contours)}]})


def circle(plane: Callable[[float, float], tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    return [plane(30 * cos(angle / 10), 30 * sin(angle / 10)) for angle in range(62)]


def test_every_family_rule_is_seeded() -> None:
    assert RULES.keys() == FAMILIES.keys()


@pytest.mark.parametrize("name", sorted(SUBJECTS))
def test_clean_fixtures_have_no_finding_of_families(name: str) -> None:
    assert [one for one in SUBJECTS[name].before if one.rule in RULES] == []


@pytest.mark.parametrize("name", sorted(SUBJECTS))
def test_no_rule_raises_on_a_file_that_is_cut(name: str) -> None:
    content = SUBJECTS[name].content
    for share in (0.3, 0.6, 0.9, 0.99):
        instance = read_instance(content[: int(len(content) * share)])
        findings = check_instance(instance, Plans({**RULES, FAILED.id: FAILED}))
        assert "internal/check-failed" not in {finding.rule for finding in findings}


@pytest.mark.parametrize("seed", range(8))
def test_no_rule_raises_on_changed_bytes(seed: int) -> None:
    chooser = random.Random(seed)
    for subject in SUBJECTS.values():
        content = bytearray(subject.content)
        for _ in range(30):
            content[chooser.randrange(132, len(content))] = chooser.randrange(256)
        findings = check_instance(read_instance(bytes(content)), Plans({**RULES, FAILED.id: FAILED}))
        assert "internal/check-failed" not in {finding.rule for finding in findings}


def test_what_is_cut_off_is_not_called_missing() -> None:
    subject: Subject = SUBJECTS["fixture rt_plan"]
    whole = subject.content
    at = whole.rindex(b"\x0a\x30\xb0\x00")
    assert found(whole, "rt/plan-reference") == []
    assert found(whole[: at + 40], "rt/plan-reference") == []


@pytest.mark.parametrize("tilt", [0.0, 0.1, 0.7, 1.5])
def test_a_tilted_contour_is_planar(tilt: float) -> None:
    points = circle(lambda x, y: (x, y * cos(tilt), y * sin(tilt) + 100))
    assert found(structures(contour(points)), "rt/contour-not-planar") == []
    x, y, z = points[7]
    points[7] = (x, y - 2 * sin(tilt), z + 2 * cos(tilt))
    assert len(found(structures(contour(points)), "rt/contour-not-planar")) == 1


def test_a_contour_that_is_nearly_a_line_is_not_judged() -> None:
    points = circle(lambda x, y: (x, y / 1000, abs(x) / 50))
    assert found(structures(contour(points)), "rt/contour-not-planar") == []


def test_faults_of_many_contours_are_one_finding_with_their_number() -> None:
    wrong = contour(circle(lambda x, y: (x, y, 5.0))) | {"NumberOfContourPoints": 7}
    (finding,) = found(structures(wrong, wrong, wrong), "rt/contour-points")
    assert finding.args["what"] == "is 7, but Contour Data has 62 points; so it is in 2 more contours"


def test_the_content_of_a_document_is_in_no_finding() -> None:
    content = part10(
        {"EncapsulatedDocument": b"Jane Doe 1970-01-01 ", "MIMETypeOfEncapsulatedDocument": "application/pdf"}
    )
    (finding,) = found(content, "document/media-type")
    assert finding.args == {"what": "has no PDF header"}


def test_names_of_layers_are_in_no_finding() -> None:
    content = part10(
        {
            "GraphicLayerSequence": [{"GraphicLayer": "NOTES"}],
            "GraphicAnnotationSequence": [{"GraphicLayer": "JANE_DOE"}],
        }
    )
    (finding,) = found(content, "pr/layer")
    assert "JANE" not in str(finding.args)


def test_big_endian_waveforms_are_read() -> None:
    group = {
        "NumberOfWaveformChannels": 2,
        "NumberOfWaveformSamples": 4,
        "WaveformBitsAllocated": 16,
        "WaveformData": bytes(14),
    }
    content = part10({"WaveformSequence": [group]}, syntax="1.2.840.10008.1.2.2")
    (finding,) = found(content, "waveform/data-length")
    assert finding.args == {"length": 14, "expected": 16}


def test_rules_of_families_name_no_value_of_text() -> None:
    """Only numbers, codes of the standard and keywords: the messages never take `value`."""
    folder = Path(__file__).parents[1] / "rules"
    for group in GROUPS:
        for path in (folder / group).glob("*.py"):
            assert '"value"' not in path.read_text(encoding="utf-8")

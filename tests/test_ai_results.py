"""Results of algorithms: what highdicom makes is traceable, and what is taken from it is missed."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from highdicom_objects import OBJECTS, series
from pydicom import Dataset

import dcmlint
from dcmlint.algorithmic import result
from dcmlint.read.bridge import from_pydicom


@pytest.fixture(scope="module")
def made() -> dict[str, Dataset]:
    images = series()
    return {name: make(images) for name, make in OBJECTS.items()}


def told(dataset: Dataset) -> dict[str, str]:
    """Return the severities of the rules about results that report something."""
    return {each.rule: each.severity for each in dcmlint.lint_dataset(dataset) if each.rule.startswith("ai/")}


def without(*keywords: str) -> Callable[[Dataset], None]:
    def spoil(dataset: Dataset) -> None:
        for keyword in keywords:
            delattr(dataset, keyword)

    return spoil


def no_sources(dataset: Dataset) -> None:
    for keyword in ("ReferencedSeriesSequence", "SourceImageSequence"):
        if keyword in dataset:
            delattr(dataset, keyword)
    for frame in dataset.get("PerFrameFunctionalGroupsSequence", ()):
        if "DerivationImageSequence" in frame:
            del frame.DerivationImageSequence


def no_identification(dataset: Dataset) -> None:
    for segment in dataset.SegmentSequence:
        if "SegmentationAlgorithmIdentificationSequence" in segment:
            del segment.SegmentationAlgorithmIdentificationSequence


def nor_a_version(dataset: Dataset) -> None:
    no_identification(dataset)
    del dataset.SoftwareVersions


def other_study(dataset: Dataset) -> None:
    dataset.StudyInstanceUID = "1.2.3"


def only_other_studies(dataset: Dataset) -> None:
    study = Dataset()
    study.StudyInstanceUID = "1.2.3"
    study.ReferencedSeriesSequence = dataset.ReferencedSeriesSequence
    del dataset.ReferencedSeriesSequence
    dataset.StudiesContainingOtherReferencedInstancesSequence = [study]


def same_series(dataset: Dataset) -> None:
    dataset.SeriesInstanceUID = dataset.ReferencedSeriesSequence[0].SeriesInstanceUID


def same_instance(dataset: Dataset) -> None:
    source = dataset.ReferencedSeriesSequence[0].ReferencedInstanceSequence[0]
    dataset.SOPInstanceUID = source.ReferencedSOPInstanceUID


def no_evidence(dataset: Dataset) -> None:
    del dataset.CurrentRequestedProcedureEvidenceSequence
    drop(dataset, "ReferencedSOPSequence")


def drop(dataset: Dataset, keyword: str) -> None:
    for item in dataset.get("ContentSequence", ()):
        if keyword in item:
            delattr(item, keyword)
        drop(item, keyword)


SEG, MAP, REPORT = "segmentation, binary", "parametric map", "report"
DEFECTS = {
    (SEG, no_sources): {"ai/missing-source-reference": "warning"},
    (SEG, no_identification): {"ai/algorithm-not-identified": "note"},
    (SEG, nor_a_version): {"ai/algorithm-not-identified": "warning"},
    (SEG, only_other_studies): {"ai/result-not-linked-to-study": "warning"},
    (SEG, same_series): {"ai/reused-source-uid": "error"},
    (SEG, same_instance): {"ai/reused-source-uid": "error"},
    (MAP, no_sources): {"ai/missing-source-reference": "warning"},
    (MAP, without("SoftwareVersions", "ContributingEquipmentSequence")): {
        "ai/algorithm-not-identified": "warning"
    },
    (MAP, same_series): {"ai/reused-source-uid": "error"},
    (REPORT, no_evidence): {"ai/missing-source-reference": "warning"},
    (REPORT, other_study): {"ai/result-not-linked-to-study": "warning"},
}


@pytest.mark.parametrize("kind", OBJECTS)
def test_objects_of_highdicom_are_traceable(made: dict[str, Dataset], kind: str) -> None:
    assert told(made[kind]) == {}


@pytest.mark.parametrize(("kind", "spoil"), DEFECTS, ids=lambda each: getattr(each, "__name__", each))
def test_what_is_taken_away_is_missed(
    made: dict[str, Dataset], kind: str, spoil: Callable[[Dataset], None]
) -> None:
    dataset = copy.deepcopy(made[kind])
    spoil(dataset)
    assert told(dataset) == DEFECTS[kind, spoil]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (SEG, "segmentation"),
        ("segmentation, label map", "segmentation"),
        (MAP, "map"),
        (REPORT, "report"),
        ("presentation state", ""),
        ("key objects", ""),
        ("secondary capture", ""),
    ],
)
def test_what_says_that_an_algorithm_made_it(made: dict[str, Dataset], kind: str, expected: str) -> None:
    assert result(from_pydicom(made[kind])) == expected


def test_the_work_of_people_is_left_alone(made: dict[str, Dataset]) -> None:
    """Nothing is asked of a segment that was drawn by hand, nor of a capture or selection without a hint."""
    drawn = copy.deepcopy(made[SEG])
    nor_a_version(drawn)
    no_sources(drawn)
    for segment in drawn.SegmentSequence:
        segment.SegmentAlgorithmType = "MANUAL"
    assert told(drawn) == {}
    selected = copy.deepcopy(made["key objects"])
    no_evidence(selected)
    assert told(selected) == {}
    captured = copy.deepcopy(made["secondary capture"])
    no_sources(captured)
    assert told(captured) == {}
    captured.SeriesDescription = "Deep learning overlay"
    del captured.ContributingEquipmentSequence  # highdicom names itself
    assert set(told(captured)) == {
        "ai/missing-source-reference",
        "ai/contributing-equipment",
        "ai/secondary-capture-unlabelled",
    }


def test_a_document_that_contains_itself_many_times_over_ends() -> None:
    """The content is read to a depth that no document needs."""
    item: Dataset = Dataset()
    for _ in range(60):
        outer = Dataset()
        outer.ContentSequence = [item]
        item = outer
    item.SOPClassUID, item.ValueType = "1.2.840.10008.5.1.4.1.1.88.65", "CONTAINER"
    assert told(item) == {"ai/missing-source-reference": "warning", "ai/algorithm-not-identified": "warning"}

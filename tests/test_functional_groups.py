"""Functional Groups of whole objects: shared, per frame, missing, in the wrong place."""

from __future__ import annotations

from typing import Any

import pytest

from dcmlint.catalogue import catalogue
from dcmlint.check import check_instance
from dcmlint.frames import frame_items, is_cut, macro, shared_item
from dcmlint.model import Finding
from dcmlint.plan import Plans
from dcmlint.read.encode import part10
from dcmlint.read.opener import read_instance
from dcmlint.report.render import attribute_path

CT = "1.2.840.10008.5.1.4.1.1.2.1"
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
RULES = {
    rule_id: rule for rule_id, rule in catalogue().items() if rule.group in ("module", "functional-group")
}
MACROS: dict[str, list[dict[str, Any]]] = {
    "PixelMeasuresSequence": [{"PixelSpacing": [1, 1]}],
    "PlaneOrientationSequence": [{"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}],
    "FrameAnatomySequence": [{"FrameLaterality": "U"}],
    "PixelValueTransformationSequence": [{"RescaleSlope": 1, "RescaleIntercept": 0, "RescaleType": "HU"}],
    "IrradiationEventIdentificationSequence": [{"IrradiationEventUID": "2.25.1"}],
    "CTImageFrameTypeSequence": [{"FrameType": ["DERIVED", "PRIMARY", "VOLUME", "NONE"]}],
    "PlanePositionSequence": [{"ImagePositionPatient": [0, 0, 0]}],
    "FrameContentSequence": [{"FrameAcquisitionNumber": 1}],
}
PER_FRAME = ("PlanePositionSequence", "FrameContentSequence")


def findings(attributes: dict[str, Any]) -> list[Finding]:
    return check_instance(read_instance(part10(attributes)), Plans(RULES))


def groups(attributes: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return (rule, severity, path) of the findings about functional groups."""
    return [
        (each.rule.partition("/")[2], each.severity, attribute_path(each.location, each.tag))
        for each in findings(attributes)
        if each.rule.startswith("functional-group/")
    ]


def some(*keywords: str) -> dict[str, Any]:
    return {keyword: MACROS[keyword] for keyword in keywords}


def ct(shared: dict[str, Any] | None, *frames: dict[str, Any], **more: Any) -> dict[str, Any]:
    attributes: dict[str, Any] = {"SOPClassUID": CT, **more}
    if shared is not None:
        attributes["SharedFunctionalGroupsSequence"] = [shared]
    if frames:
        attributes["PerFrameFunctionalGroupsSequence"] = list(frames)
        attributes["NumberOfFrames"] = len(frames)
    return attributes


SHARED = some(*(keyword for keyword in MACROS if keyword not in PER_FRAME))
FRAME = some(*PER_FRAME)


def shared_without(keyword: str) -> dict[str, Any]:
    return {name: items for name, items in SHARED.items() if name != keyword}


def test_shared_and_per_frame_groups_that_are_complete() -> None:
    assert groups(ct(SHARED, FRAME, FRAME)) == []


def test_all_groups_may_be_per_frame() -> None:
    assert groups(ct({}, SHARED | FRAME, SHARED | FRAME)) == []


def test_a_group_may_be_per_frame_in_one_object_and_shared_in_another() -> None:
    position = some("PlanePositionSequence")
    assert groups(ct(SHARED | position, some("FrameContentSequence"))) == []


class TestMissing:
    def test_once_in_the_first_frame_that_lacks_it(self) -> None:
        lacking = some("FrameContentSequence")
        path = "PerFrameFunctionalGroupsSequence[2].PlanePositionSequence"
        assert groups(ct(SHARED, FRAME, lacking, lacking)) == [("missing-macro", "error", path)]

    def test_in_all_frames(self) -> None:
        found = groups(ct(shared_without("PixelMeasuresSequence"), FRAME, FRAME))
        path = "PerFrameFunctionalGroupsSequence[1].PixelMeasuresSequence"
        assert found == [("missing-macro", "error", path)]

    def test_without_frames_in_the_shared_groups(self) -> None:
        found = groups(ct(shared_without("PixelMeasuresSequence") | some("PlanePositionSequence")))
        path = "SharedFunctionalGroupsSequence[1].PixelMeasuresSequence"
        assert found == [("missing-macro", "error", path)]

    def test_without_either_sequence_nothing_is_said_of_groups(self) -> None:
        assert groups({"SOPClassUID": CT, "NumberOfFrames": 1}) == []

    @pytest.mark.parametrize("image_type", ["ORIGINAL", "MIXED"])
    def test_conditional_where_the_condition_holds(self, image_type: str) -> None:
        attributes = ct(SHARED, FRAME, ImageType=[image_type, "PRIMARY", "VOLUME", "NONE"])
        found = {(rule, severity) for rule, severity, _ in groups(attributes)}
        assert found == {("missing-macro", "warning")}
        assert any(path.endswith("CTExposureSequence") for _, _, path in groups(attributes))

    def test_conditional_where_it_fails_or_is_unknown(self) -> None:
        assert groups(ct(SHARED, FRAME, ImageType=["DERIVED", "PRIMARY", "VOLUME", "NONE"])) == []
        assert groups(ct(SHARED, FRAME)) == []

    def test_conditional_by_what_the_frame_says(self) -> None:
        real_world = {"RealWorldValueMappingSequence": [{}]}
        attributes = ct(SHARED, FRAME, FRAME | real_world, PixelPresentation="MONOCHROME")
        assert groups(attributes) == []


class TestPlace:
    def test_shared_and_per_frame(self) -> None:
        found = groups(ct(SHARED, FRAME, FRAME | some("PixelMeasuresSequence")))
        path = "PerFrameFunctionalGroupsSequence[2].PixelMeasuresSequence"
        assert found == [("shared-and-per-frame", "error", path)]

    def test_frame_content_may_not_be_shared(self) -> None:
        found = groups(ct(SHARED | some("FrameContentSequence"), some("PlanePositionSequence")))
        path = "SharedFunctionalGroupsSequence[1].FrameContentSequence"
        assert ("not-permitted", "error", path) in found

    def test_per_frame_groups_are_required_where_a_group_may_only_be_there(self) -> None:
        attributes = ct(SHARED | some("PlanePositionSequence"), NumberOfFrames=1)
        rules = {(each.rule, attribute_path(each.location, each.tag)) for each in findings(attributes)}
        assert ("module/missing-type-1c", "PerFrameFunctionalGroupsSequence") in rules
        attributes["PerFrameFunctionalGroupsSequence"] = None
        rules = {(each.rule, attribute_path(each.location, each.tag)) for each in findings(attributes)}
        assert ("module/empty-type-1c", "PerFrameFunctionalGroupsSequence") in rules

    def test_not_in_a_tiled_full_slide(self) -> None:
        attributes = {
            "SOPClassUID": SLIDE,
            "DimensionOrganizationType": "TILED_FULL",
            "SharedFunctionalGroupsSequence": [some("PixelMeasuresSequence")],
        }
        paths = {attribute_path(each.location, each.tag) for each in findings(attributes)}
        assert "PerFrameFunctionalGroupsSequence" not in paths


class TestContent:
    """What is in a macro's sequence is checked, shared or not."""

    def paths(self, attributes: dict[str, Any], rule: str) -> set[str]:
        return {
            attribute_path(each.location, each.tag)
            for each in findings(attributes)
            if each.rule == rule and each.location
        }

    def test_missing_type_1(self) -> None:
        shared = SHARED | {"PixelValueTransformationSequence": [{"RescaleSlope": 1}]}
        found = self.paths(ct(shared, FRAME), "module/missing-type-1")
        place = "SharedFunctionalGroupsSequence[1].PixelValueTransformationSequence[1]."
        expected = {f"{place}RescaleIntercept", f"{place}RescaleType"}
        assert {path for path in found if path.startswith(place)} == expected

    def test_in_each_frame(self) -> None:
        bare = some("FrameContentSequence") | {"IrradiationEventIdentificationSequence": [{}]}
        shared = shared_without("IrradiationEventIdentificationSequence") | some("PlanePositionSequence")
        found = self.paths(ct(shared, bare, bare), "module/missing-type-1")
        assert {path for path in found if path.startswith("PerFrame")} == {
            f"PerFrameFunctionalGroupsSequence[{number}].IrradiationEventIdentificationSequence[1]"
            ".IrradiationEventUID"
            for number in (1, 2)
        }

    def test_values(self) -> None:
        shared = SHARED | {"FrameAnatomySequence": [{"FrameLaterality": "X"}]}
        found = self.paths(ct(shared, FRAME), "module/value-not-enumerated")
        assert found == {"SharedFunctionalGroupsSequence[1].FrameAnatomySequence[1].FrameLaterality"}

    def test_an_item_without_groups_is_no_fault(self) -> None:
        found = self.paths(ct({}, SHARED | FRAME), "module/sequence-empty-item")
        assert found == set()

    def test_conditions_look_into_the_groups_of_the_frame(self) -> None:
        """Frame Acquisition DateTime (1C) hangs on the Frame Type, which another group holds."""
        for frame_type, required in (("ORIGINAL", True), ("DERIVED", False)):
            kind = {"CTImageFrameTypeSequence": [{"FrameType": [frame_type, "PRIMARY", "VOLUME", "NONE"]}]}
            attributes = ct(SHARED | kind, FRAME, ImageType=[frame_type, "PRIMARY", "VOLUME", "NONE"])
            found = self.paths(attributes, "module/missing-type-1c")
            path = "PerFrameFunctionalGroupsSequence[1].FrameContentSequence[1].FrameAcquisitionDateTime"
            assert (path in found) is required


class TestFrames:
    """The view that rules have of the groups."""

    def test_groups_of_an_object(self) -> None:
        found = read_instance(part10(ct(SHARED, FRAME, FRAME)))
        shared = shared_item(found)
        frames = frame_items(found)
        assert shared is not None
        assert len(frames) == 2
        place, measures = macro(0x00209113, frames[0], shared), macro(0x00289110, frames[0], shared)
        assert place is not None
        assert place.get("ImagePositionPatient") == (0.0, 0.0, 0.0)
        assert measures is not None
        assert measures.parent is shared
        assert macro(0x00189999, frames[0], shared, None) is None

    def test_an_object_without_groups(self) -> None:
        found = read_instance(part10({"PatientID": "1"}))
        assert shared_item(found) is None
        assert len(frame_items(found)) == 0
        assert not is_cut(found)

    def test_damage_in_the_per_frame_groups(self) -> None:
        content = part10(ct({}, FRAME, FRAME))
        assert not is_cut(read_instance(content))
        for cut in (20, 100):
            assert is_cut(read_instance(content[:-cut]))

    def test_no_frames_are_missed_in_a_cut_file(self) -> None:
        content = part10(ct({}, FRAME, FRAME, FRAME))
        cut = read_instance(content[:-200])
        assert len(frame_items(cut)) < 3
        rules = {each.rule for each in check_instance(cut, Plans(RULES))}
        assert "functional-group/frame-count" not in rules
        whole = read_instance(part10(ct({}, FRAME, FRAME) | {"NumberOfFrames": 3}))
        rules = {each.rule for each in check_instance(whole, Plans(RULES))}
        assert "functional-group/frame-count" in rules


def test_a_segmentation_lists_its_own_groups() -> None:
    segment = {"SegmentIdentificationSequence": [{"ReferencedSegmentNumber": 1}]}
    attributes = {
        "SOPClassUID": SEGMENTATION,
        "NumberOfFrames": 1,
        "SegmentationType": "BINARY",
        "SharedFunctionalGroupsSequence": [{}],
        "PerFrameFunctionalGroupsSequence": [{"FrameContentSequence": [{"DimensionIndexValues": [1]}]}],
    }
    missing = "PerFrameFunctionalGroupsSequence[1].SegmentIdentificationSequence"
    assert missing not in {path for _, _, path in groups(attributes)}, "its condition is unknown"
    attributes["DimensionOrganizationType"] = "3D"
    assert ("missing-macro", "warning", missing) in groups(attributes)
    attributes["SharedFunctionalGroupsSequence"] = [segment]
    assert missing not in {path for _, _, path in groups(attributes)}

"""Modules in whole objects: missing ones, what is missing in those that are there, severities."""

from __future__ import annotations

from typing import Any

import pytest

from dcmlint.catalogue import catalogue
from dcmlint.check import check_instance
from dcmlint.model import Finding
from dcmlint.plan import Plans
from dcmlint.read.encode import part10
from dcmlint.read.opener import read_instance
from dcmlint.report.render import attribute_path, message
from dcmlint.standard.dictionary import keyword_of, tag_of

CT = "1.2.840.10008.5.1.4.1.1.2"
SC = "1.2.840.10008.5.1.4.1.1.7"
US = "1.2.840.10008.5.1.4.1.1.6.1"
MODULE_RULES = {rule_id: rule for rule_id, rule in catalogue().items() if rule.group == "module"}


def findings(attributes: dict[str, Any], **more: Any) -> list[Finding]:
    content = part10({**attributes, **more})
    return check_instance(read_instance(content), Plans(MODULE_RULES))


def of(found: list[Finding], *rules: str) -> dict[str, str]:
    """Return severity by path for the findings of some rules."""
    return {
        attribute_path(each.location, each.tag): each.severity
        for each in found
        if each.rule.removeprefix("module/") in rules
    }


def keywords(finding: Finding) -> set[str]:
    return {keyword_of(tag) for tag in finding.attributes}


class TestMissingModule:
    """A Module of which nothing is there is one finding, not one for each Attribute."""

    def plane(self, *present: str) -> list[Finding]:
        values = {"ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "ImagePositionPatient": [0, 0, 0]}
        attributes = {keyword: values.get(keyword, "1") for keyword in present}
        return findings(attributes, SOPClassUID=CT)

    def test_it_lists_what_it_requires(self) -> None:
        (found,) = [each for each in self.plane() if each.module == "Image Plane"]
        assert found.rule == "module/missing-module"
        assert found.severity == "error"
        assert found.citation == "PS3.3 C.7.6.2, Table C.7-10"
        assert keywords(found) == {
            "PixelSpacing",
            "ImageOrientationPatient",
            "ImagePositionPatient",
            "SliceThickness",
        }

    def test_what_it_lists_is_not_reported_again(self) -> None:
        missing = of(self.plane(), "missing-type-1", "missing-type-2")
        assert not {"PixelSpacing", "ImageOrientationPatient", "SliceThickness"} & missing.keys()

    def test_with_one_attribute_there_each_gap_is_reported(self) -> None:
        found = self.plane("SliceThickness")
        assert "Image Plane" not in {each.module for each in found if each.rule == "module/missing-module"}
        assert {"PixelSpacing", "ImageOrientationPatient"} <= of(found, "missing-type-1").keys()

    def test_an_optional_attribute_counts_as_well(self) -> None:
        found = findings({"SliceLocation": "1"}, SOPClassUID=CT)
        assert "Image Plane" not in {each.module for each in found if each.rule == "module/missing-module"}
        assert {"PixelSpacing", "ImagePositionPatient"} <= of(found, "missing-type-1").keys()
        assert "SliceThickness" in of(found, "missing-type-2")

    def test_a_module_that_requires_one_attribute_is_reported_by_it(self) -> None:
        found = findings({}, SOPClassUID=SC, PatientID="1")
        assert "SC Equipment" not in {each.module for each in found if each.rule == "module/missing-module"}
        assert "ConversionType" in of(found, "missing-type-1")

    def test_only_required_attributes_are_listed(self) -> None:
        (found,) = [each for each in findings({}, SOPClassUID=US) if each.module == "General Study"]
        assert "StudyDescription" not in keywords(found)
        assert "StudyInstanceUID" in keywords(found)


class TestConditionalModule:
    """Usage C: required where its condition holds, forbidden where it fails, silent if unknown."""

    MODULE = "Palette Color Lookup Table"
    PALETTE = (
        "RedPaletteColorLookupTableDescriptor",
        "GreenPaletteColorLookupTableDescriptor",
        "BluePaletteColorLookupTableDescriptor",
    )

    def palette(self, photometric: str | None, *present: str) -> list[Finding]:
        attributes: dict[str, Any] = {keyword: [256, 0, 16] for keyword in present}
        if photometric is not None:
            attributes["PhotometricInterpretation"] = photometric
        return findings(attributes, SOPClassUID=US)

    def test_required(self) -> None:
        found = {each.rule: each for each in self.palette("PALETTE COLOR") if each.module == self.MODULE}
        missing = found["module/conditional-module-missing"]
        assert keywords(missing) == set(self.PALETTE)
        assert "module/missing-type-1" not in found

    def test_partly_there(self) -> None:
        found = self.palette("PALETTE COLOR", self.PALETTE[0])
        assert set(self.PALETTE[1:]) <= of(found, "missing-type-1").keys()

    @pytest.mark.parametrize("photometric", ["RGB", None])
    def test_not_required(self, photometric: str | None) -> None:
        assert self.MODULE not in {each.module for each in self.palette(photometric)}


class TestUserModule:
    """Usage U: checked in full once it is evidently there, its faults as warnings."""

    def test_absent(self) -> None:
        found = findings({}, SOPClassUID=CT)
        assert "ClinicalTrialSponsorName" not in of(found, "missing-type-1", "missing-module")

    def test_present_by_the_condition_of_dicom3tools(self) -> None:
        found = of(findings({}, SOPClassUID=CT, ClinicalTrialProtocolID="1"), "missing-type-1")
        assert found["ClinicalTrialSponsorName"] == "error"


class TestNesting:
    """Items of sequences are checked against their own rows."""

    def test_each_item(self) -> None:
        complete = {"CodeValue": "1", "CodingSchemeDesignator": "99TEST", "CodeMeaning": "x"}
        found = findings({}, SOPClassUID=SC, ProcedureCodeSequence=[complete, {"CodeValue": "2"}])
        assert "ProcedureCodeSequence[2].CodeMeaning" in of(found, "missing-type-1")
        assert "ProcedureCodeSequence[1].CodeMeaning" not in of(found, "missing-type-1")

    def test_items_of_the_same_content_are_each_reported(self) -> None:
        found = findings({}, SOPClassUID=SC, ProcedureCodeSequence=[{"CodeValue": "2"}] * 3)
        paths = {f"ProcedureCodeSequence[{number}].CodeMeaning" for number in (1, 2, 3)}
        assert paths <= of(found, "missing-type-1").keys()

    def test_deep(self) -> None:
        nested = [{"RequestedProcedureCodeSequence": [{"CodeMeaning": None}]}]
        found = findings({}, SOPClassUID=SC, RequestAttributesSequence=nested)
        path = "RequestAttributesSequence[1].RequestedProcedureCodeSequence[1].CodeMeaning"
        assert of(found, "empty-type-1") == {path: "error"}

    def test_private_sequences_are_nobody_s(self) -> None:
        private = {"00090010": "ACME", "00091001": [{"CodeValue": "1"}]}
        paths = of(findings(private, SOPClassUID=SC), "missing-type-1", "missing-type-1c")
        assert not [path for path in paths if path.startswith("(0009")]


class TestEmptiness:
    """Type 1 needs a value, Type 2 only the Attribute, Type 1C none at all or one."""

    @pytest.mark.parametrize(
        ("keyword", "rule"),
        [("StudyInstanceUID", "empty-type-1"), ("StudyID", ""), ("StudyDescription", "")],
    )
    def test_without_value(self, keyword: str, rule: str) -> None:
        found = findings({keyword: None}, SOPClassUID=SC)
        rules = {each.rule for each in found if each.tag == tag_of(keyword)}
        assert rules == ({f"module/{rule}"} if rule else set())

    def test_type_1c_whose_condition_fails(self) -> None:
        found = findings({}, SOPClassUID=SC, SamplesPerPixel=1, PlanarConfiguration=None)
        assert "PlanarConfiguration" not in of(found, "empty-type-1c")

    def test_a_value_is_not_empty(self) -> None:
        found = findings({"StudyInstanceUID": "1.2"}, SOPClassUID=SC)
        assert "StudyInstanceUID" not in of(found, "empty-type-1")


class TestValues:
    """Value lists: by position, conditional, enumerated or defined, with padding."""

    def test_padding_is_no_fault(self) -> None:
        assert "PatientSex" not in of(findings({"PatientSex": "F"}, SOPClassUID=CT), "value-not-enumerated")

    def test_each_position_has_its_list(self) -> None:
        found = findings({"ImageType": ["PRIMARY", "ORIGINAL", "AXIAL"]}, SOPClassUID=CT)
        wrong = [each for each in found if each.rule == "module/value-not-enumerated"]
        assert {each.args["position"] for each in wrong} == {1, 2}

    def test_empty_values_between_others_are_left_alone(self) -> None:
        found = findings({"ImageType": ["ORIGINAL", "PRIMARY", "", "x"]}, SOPClassUID=CT)
        positions = {each.args["position"] for each in found if each.tag == tag_of("ImageType")}
        assert not positions & {1, 2}

    @pytest.mark.parametrize("value", [11, 12, 13, 14, 15])
    def test_numbers_within_the_list(self, value: int) -> None:
        assert "HighBit" not in of(findings({"HighBit": value}, SOPClassUID=CT), "value-not-enumerated")

    def test_a_number_outside_the_list(self) -> None:
        assert "HighBit" in of(findings({"HighBit": 40}, SOPClassUID=CT), "value-not-enumerated")

    def test_big_endian_numbers(self) -> None:
        for value, wrong in ((15, False), (40, True)):
            content = part10({"SOPClassUID": CT, "HighBit": value}, syntax="1.2.840.10008.1.2.2")
            found = check_instance(read_instance(content), Plans(MODULE_RULES))
            assert ("HighBit" in of(found, "value-not-enumerated")) is wrong

    def test_defined_terms_are_notes(self) -> None:
        found = findings({"ConversionType": "SCANNED"}, SOPClassUID=SC)
        assert of(found, "value-not-defined-term")["ConversionType"] == "note"

    def test_the_message_names_what_is_allowed(self) -> None:
        (found,) = [
            each
            for each in findings({"PixelRepresentation": 7}, SOPClassUID=SC)
            if each.tag == tag_of("PixelRepresentation") and each.rule == "module/value-not-enumerated"
        ]
        assert '"7"' in message(found, MODULE_RULES[found.rule])
        assert "allows only" in message(found, MODULE_RULES[found.rule])


class TestStandardExtension:
    """Attributes of PS3.6 that the IOD does not have are one note."""

    def extra(self, **attributes: Any) -> set[str]:
        rule = "module/attribute-not-in-iod"
        found = [each for each in findings(attributes, SOPClassUID=CT) if each.rule == rule]
        assert len(found) <= 1
        return keywords(found[0]) if found else set()

    def test_one_note_for_all(self) -> None:
        assert self.extra(NumberOfBeams=1, PlanIntent="x", KVP=120) == {"NumberOfBeams", "PlanIntent"}

    def test_none_without(self) -> None:
        assert self.extra(KVP=120, PatientID="1", OverlayRows=2) == set()

    def test_overlays_of_any_group_belong_to_the_overlay_plane(self) -> None:
        assert self.extra(**{"60020010": 2, "601E0011": 2}) == set()

    def test_private_attributes_do_not_count(self) -> None:
        assert self.extra(**{"00090010": "ACME", "00091001": "x"}) == set()


def test_severity_falls_where_the_module_is_only_presumed() -> None:
    """A Module without condition in dicom3tools that is evidently there."""
    frames = {"FrameOfReferenceUID": "2.25.1"}
    found = findings(frames, SOPClassUID="1.2.840.10008.5.1.4.1.1.481.3")
    missing = {each.tag: each.severity for each in found if each.module == "Frame of Reference"}
    assert set(missing.values()) <= {"warning"}


def test_unselected_rules_report_nothing() -> None:
    only = {"module/missing-type-1": MODULE_RULES["module/missing-type-1"]}
    found = check_instance(read_instance(part10({"SOPClassUID": CT, "PatientSex": "W"})), Plans(only))
    assert {each.rule for each in found} == {"module/missing-type-1"}


def test_offsets_point_at_the_attribute() -> None:
    content = part10({"SOPClassUID": CT, "PatientSex": "W"})
    (found,) = [
        each
        for each in check_instance(read_instance(content), Plans(MODULE_RULES))
        if each.tag == tag_of("PatientSex") and each.rule == "module/value-not-enumerated"
    ]
    assert found.offset is not None
    assert content[found.offset : found.offset + 2] == b"W "


def test_what_lies_beyond_the_cut_of_a_truncated_file_is_not_missing() -> None:
    whole = part10({"SOPClassUID": CT, "SOPInstanceUID": "2.25.2", "StudyDate": "20260101", "Modality": "CT"})
    without = [each.rule for each in check_instance(read_instance(whole), Plans(catalogue()))]
    cut = [each.rule for each in check_instance(read_instance(whole[:-1]), Plans(catalogue()))]
    assert "module/missing-module" in without
    assert "module/missing-module" not in cut
    assert "file/truncated" in cut


def test_what_lies_beyond_the_cut_of_a_nested_item_is_not_missing() -> None:
    reference = {"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": "2.25.123456"}
    whole = part10({"SOPClassUID": CT, "SOPInstanceUID": "2.25.2", "ReferencedImageSequence": [reference]})
    lacking = part10({"SOPClassUID": CT, "ReferencedImageSequence": [{"ReferencedSOPClassUID": CT}]})
    cut = whole[: whole.rindex(b"\x08\x00\x55\x11") - 2]

    def missing(content: bytes) -> list[str]:
        found = check_instance(read_instance(content), Plans(catalogue()))
        return [attribute_path(each.location, each.tag) for each in found if each.location]

    assert "ReferencedImageSequence[1].ReferencedSOPInstanceUID" in missing(lacking)
    assert "ReferencedImageSequence[1].ReferencedSOPInstanceUID" not in missing(cut)

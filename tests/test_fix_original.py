"""What unsafe fixes replace is kept as PS3.3 C.12.1.1.9 has it: Sequences, bytes of what does not conform."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from command_line import Command, dcmlint
from test_fix_rules import FIXES, WHEN, fixed

from dcmlint.fix.original import Originals
from dcmlint.model import Raw
from dcmlint.read.encode import part10
from dcmlint.read.item import Instance, Item
from dcmlint.read.opener import read_instance

__all__ = ["dcmlint"]

OBJECT = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "SOPInstanceUID": "1.2.3", "Modality": "OT"}
SRT = {"CodeValue": "T-62000", "CodingSchemeDesignator": "SRT", "CodeMeaning": "Liver"}
SCT = {"CodeValue": "10200004", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Liver"}
LEFT = {"CodeValue": "7771000", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Left"}
SYNTAXES = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")


def kept(content: bytes) -> Item:
    """Return the one Item of Original Attributes Sequence."""
    (item,) = read_instance(content).items("OriginalAttributesSequence") or ()
    return item


def modified(content: bytes) -> Item:
    (item,) = kept(content).items("ModifiedAttributesSequence") or ()
    return item


def values(content: bytes) -> list[tuple[Any, ...]]:
    """Return pointer, Items, Attribute, number and bytes of each value that does not conform."""
    return [
        (
            each.get("SelectorSequencePointer"),
            each.get("SelectorSequencePointerItems"),
            each.first("SelectorAttribute"),
            each.first("SelectorValueNumber"),
            each.raw("NonconformingDataElementValue"),
        )
        for each in kept(content).items("NonconformingModifiedAttributesSequence") or ()
    ]


def codes(items: Any) -> list[Any]:
    return [each.first("CodeValue") for each in items or ()]


def mended(attributes: dict[str, Any], syntax: str = SYNTAXES[1]) -> bytes:
    """Return an object with these Attributes after all fixes; the same after them once more."""
    content = part10({**OBJECT, **attributes}, syntax=syntax)
    done = fixed(content)
    assert done.applied and not done.left_out
    assert fixed(done.content).content is done.content
    return bytes(done.content)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_the_whole_sequence_is_kept_if_something_in_it_is_replaced(syntax: str) -> None:
    region = {**LEFT, "AnatomicRegionModifierSequence": [LEFT, SRT]}
    content = mended({"AnatomicRegionSequence": [LEFT, region], "ViewCodeSequence": [LEFT]}, syntax)
    assert sorted(modified(content).elements) == [0x00082218]
    before, after = (
        each.items("AnatomicRegionSequence") or () for each in (modified(content), read_instance(content))
    )
    assert codes(before) == codes(after) == ["7771000", "7771000"]
    assert codes(before[1].items("AnatomicRegionModifierSequence")) == ["7771000", "T-62000"]
    assert codes(after[1].items("AnatomicRegionModifierSequence")) == ["7771000", "10200004"]
    assert values(content) == []


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_value_that_does_not_conform_is_kept_as_bytes(syntax: str) -> None:
    content = mended({"PatientName": "A^B^C^D^E^F", "FailedSOPInstanceUIDList": ["1.2.03", "1.2.5"]}, syntax)
    assert {tag: modified(content).get(tag) for tag in modified(content).elements} == {
        0x00080058: (),
        0x00100010: (),
    }
    assert values(content) == [
        (None, None, 0x00080058, 1, b"1.2.03"),
        (None, None, 0x00080058, 2, b"1.2.5\0"),
        (None, None, 0x00100010, 1, b"A^B^C^D^E^F "),
    ]


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_value_in_a_sequence_that_does_not_conform_has_its_place(syntax: str) -> None:
    reference = {"ReferencedSOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "ReferencedSOPInstanceUID": "1.2.03"}
    studies = [{"StudyInstanceUID": "1.9"}, {"StudyInstanceUID": "1.8", "ReferencedSOPSequence": [reference]}]
    content = mended({"StudiesContainingOtherReferencedInstancesSequence": studies}, syntax)
    sequence = modified(content).items(0x00081200) or ()
    (item,) = sequence[1].items("ReferencedSOPSequence") or ()
    assert item.get("ReferencedSOPInstanceUID") == ()
    assert item.first("ReferencedSOPClassUID") == OBJECT["SOPClassUID"]
    assert sequence[0].first("StudyInstanceUID") == "1.9"
    assert values(content) == [((0x00081200, 0x00081199), (2, 1), 0x00081155, 1, b"1.2.03")]


def test_private_attributes_have_their_creators() -> None:
    private = {"00091000": "x"}
    attributes = {
        "00090010": "ACME",
        "00091001": Raw("UI", b"1.2.03"),
        "000B0011": "OTHER",
        "000B1101": [{"00090010": "ACME", "00091001": Raw("UI", b"1.2.04")}],
        "ReferencedImageSequence": [{"ReferencedSOPInstanceUID": "1.2.06"}],
    }
    content = mended({**attributes, **private})
    assert sorted(modified(content).elements) == [0x00081140, 0x00090010, 0x00091001, 0x000B0011, 0x000B1101]
    assert {each[:3] + each[4:] for each in values(content)} == {
        (None, None, 0x00090001, b"1.2.03"),
        ((0x000B0001,), (1,), 0x00090001, b"1.2.04"),
        ((0x00081140,), (1,), 0x00081155, b"1.2.06"),
    }
    creators = [
        (each.get("SelectorAttributePrivateCreator"), each.get("SelectorSequencePointerPrivateCreator"))
        for each in kept(content).items("NonconformingModifiedAttributesSequence") or ()
    ]
    assert sorted(creators, key=str) == [(("ACME",), ("OTHER",)), (("ACME",), None), (None, None)]


def test_group_lengths_are_not_kept() -> None:
    sequence = [{"00080000": Raw("UL", struct.pack("<L", 48)), **SRT}]
    content = mended({"AnatomicRegionSequence": sequence})
    (item,) = modified(content).items("AnatomicRegionSequence") or ()
    assert sorted(item.elements) == [0x00080100, 0x00080102, 0x00080104]


def test_what_was_kept_before_is_left_as_it_is() -> None:
    other = {
        "ModifiedAttributesSequence": [{"ViewCodeSequence": [SRT]}],
        "AttributeModificationDateTime": "20200101",
        "ModifyingSystem": "PACS",
        "SourceOfPreviousValues": None,
        "ReasonForTheAttributeModification": "CORRECT",
    }
    content = mended({"AnatomicRegionSequence": [SRT], "OriginalAttributesSequence": [other]})
    items = read_instance(content).items("OriginalAttributesSequence") or ()
    assert [each.first("ModifyingSystem") for each in items] == ["PACS", "dcmlint"]
    (before,) = items[0].items("ModifiedAttributesSequence") or ()
    assert codes(before.items("ViewCodeSequence")) == ["T-62000"]


def test_it_does_not_grow_without_bounds() -> None:
    large = {"AnatomicRegionSequence": [{**SRT, "00091000": b"x" * (1 << 20), "00090010": "ACME"}]}
    content = part10({**OBJECT, **large, "ViewCodeSequence": [SRT]})
    done = fixed(content)
    assert "more than 1 MB" in done.left_out
    assert sorted(modified(done.content).elements) == [0x00540220], "what there is room for"
    assert len(done.content) < len(content) + 1000
    assert codes(read_instance(done.content).items("AnatomicRegionSequence")) == ["10200004"]
    assert fixed(done.content).content is done.content


def test_that_something_is_left_out_is_said(dcmlint: Command, tmp_path: Path) -> None:
    large = {**SRT, "00091000": b"x" * (1 << 20), "00090010": "ACME"}
    path = tmp_path / "a.dcm"
    path.write_bytes(part10({**OBJECT, "AnatomicRegionSequence": [large]}))
    result = dcmlint("fix", path, "--output", tmp_path / "out", "--unsafe-fixes")
    assert "previous values are not all kept: more than 1 MB" in result.err
    instance = read_instance((tmp_path / "out" / "a.dcm").read_bytes())
    assert instance.items("OriginalAttributesSequence") is None


def test_safe_fixes_keep_nothing() -> None:
    content = part10({**OBJECT, "AnatomicRegionSequence": [{**LEFT, "CodeMeaning": Raw("LO", b"Left\0\0")}]})
    done = fixed(content, [rule for rule, fix in FIXES.items() if fix.safe], unsafe=False)
    assert done.applied
    assert read_instance(done.content).items("OriginalAttributesSequence") is None


def test_nothing_is_kept_of_nothing() -> None:
    instance: Instance = read_instance(part10(OBJECT))
    assert Originals(unsafe=True, when=WHEN).edit(instance) is None

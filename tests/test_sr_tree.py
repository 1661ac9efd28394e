"""The content tree of documents, the tables of their relationships, and rules that supersede others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dcmlint.catalogue import catalogue
from dcmlint.check import check_instance
from dcmlint.model import Finding
from dcmlint.plan import Plans
from dcmlint.read.encode import part10
from dcmlint.read.item import Instance
from dcmlint.read.opener import read_instance
from dcmlint.report.render import attribute_path
from dcmlint.sr import tree
from dcmlint.sr.graphics import unevenness
from dcmlint.sr.sample import code, container, content, document, image, number, pointer
from dcmlint.sr.tree import content_items, content_tree, is_cut, of_type, references
from dcmlint.sr.values import code_value, numeric, reference, text
from dcmlint.standard.compile import compile_sr_relationships
from dcmlint.standard.dictionary import uid
from dcmlint.standard.sr import relationships

ROOT = Path(__file__).parents[1]
COMPREHENSIVE = "1.2.840.10008.5.1.4.1.1.88.33"
BASIC_TEXT = "1.2.840.10008.5.1.4.1.1.88.11"


def instance_of(attributes: dict[str, Any]) -> Instance:
    return read_instance(part10(attributes))


def findings_of(attributes: dict[str, Any], *groups: str) -> list[tuple[str, str]]:
    """Return (rule, path) of what rules of the groups find."""
    rules = {name: rule for name, rule in catalogue().items() if rule.group in groups}
    found: list[Finding] = check_instance(instance_of(attributes), Plans(rules))
    return [(finding.rule, attribute_path(finding.location, finding.tag)) for finding in found]


def test_the_tree_has_positions_parents_and_order() -> None:
    instance = instance_of(document(container(number(), image()), pointer(1, 1, 2)))
    items = content_items(instance)
    assert [node.path for node in items] == ["/1", "/1.1", "/1.1.1", "/1.1.2", "/1.2"]
    assert [node.value_type for node in items] == ["CONTAINER", "CONTAINER", "NUM", "IMAGE", ""]
    assert [node.relationship for node in items[:2]] == ["", "CONTAINS"]
    root = content_tree(instance)
    assert root is items[0] and root.parent is None and root.depth == 1
    assert [node.path for node in items[3].ancestors()] == ["/1.1", "/1"]
    assert list(root.walk()) == list(items)
    assert items[2].concept is not None and items[2].concept.key == ("121071", "DCM")
    assert items[4].target is items[3] and references(instance) == [items[4]]
    assert list(of_type(instance, "IMAGE", "NUM")) == [items[2], items[3]]
    assert content_items(instance) is items


@pytest.mark.parametrize("identifier", [(), (2, 1), (1, 0), (1, 3), (1, 1, 1)])
def test_a_reference_to_nothing_has_no_target(identifier: tuple[int, ...]) -> None:
    instance = instance_of(document(image(), pointer(*identifier)))
    (node,) = references(instance)
    assert node.target is None


@pytest.mark.parametrize("identifier", [(1,), (1, 1)])
def test_a_reference_may_point_anywhere_in_the_tree(identifier: tuple[int, ...]) -> None:
    instance = instance_of(document(image(), pointer(*identifier)))
    (node,) = references(instance)
    assert node.target is not None and node.target.position == ".".join(map(str, identifier))


def test_values_are_read_by_value_type() -> None:
    qualifier = [code("114000", "DCM", "Not a number")]
    instance = instance_of(
        document(
            number("12.5"),
            number(MeasuredValueSequence=[], NumericValueQualifierCodeSequence=qualifier),
            content("CODE", ConceptCodeSequence=[code("1", "99X", "one")]),
            content("TEXT", TextValue="a\\b"),
            content("PNAME", PersonName=None),
            image("2.25.7", ReferencedFrameNumber=["1", "3"]),
            content("DATE"),
        )
    )
    value, missing, coded, words, person, picture, date = content_items(instance)[1:]
    assert numeric(value).value == "12.5"
    units = numeric(value).units
    assert units is not None and units.key == ("mm", "UCUM") and numeric(value).qualifier is None
    assert numeric(missing).value is None and numeric(missing).qualifier is not None
    assert code_value(coded) == ("1", "99X", "one")
    assert (text(words), text(person), text(date), text(value)) == ("a\\b", "", None, None)
    found = reference(picture)
    assert found is not None and (found.sop_instance_uid, found.frames, found.segments) == (
        "2.25.7",
        (1, 3),
        None,
    )
    assert reference(date) is None


def test_long_and_urn_code_values_are_code_values() -> None:
    urn = {"URNCodeValue": "urn:x:1", "CodeMeaning": "one"}
    long = {"LongCodeValue": "x" * 20, "CodingSchemeDesignator": "99X", "CodeMeaning": "one"}
    instance = instance_of(
        document(content("CODE", ConceptCodeSequence=[urn]), content("CODE", ConceptCodeSequence=[long]))
    )
    first, second = of_type(instance, "CODE")
    assert code_value(first) == ("urn:x:1", "", "one")
    assert code_value(second) == ("x" * 20, "99X", "one")


def test_only_documents_have_a_tree() -> None:
    assert content_tree(instance_of({"PatientID": "1"})) is None
    assert content_tree(instance_of(document(SOPClassUID="1.2.840.10008.5.1.4.1.1.2"))) is None
    assert content_tree(instance_of(document(SOPClassUID="1.2.3.4"))) is not None
    assert content_tree(instance_of(document(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.76"))) is not None


def test_the_tree_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = number()
    for _ in range(6):
        deep = container(deep)
    monkeypatch.setattr(tree, "MAX_DEPTH", 4)
    instance = instance_of(document(deep))
    assert is_cut(instance) and max(node.depth for node in content_items(instance)) == 4
    monkeypatch.setattr(tree, "MAX_DEPTH", 128)
    monkeypatch.setattr(tree, "MAX_ITEMS", 5)
    instance = instance_of(document(*[number() for _ in range(9)]))
    assert is_cut(instance) and len(content_items(instance)) == 1


def test_what_is_missing_from_a_truncated_document_is_not_reported() -> None:
    whole = part10(document(number(ContentSequence=[pointer(1, 2)]), image(), SOPClassUID=COMPREHENSIVE))
    rules = {"sr/by-reference": catalogue()["sr/by-reference"]}
    complete = read_instance(whole)
    assert check_instance(complete, Plans(rules)) == []
    target = content_items(complete)[-1].item
    instance = read_instance(whole[: target.base + target.offset - 8])
    assert is_cut(instance) and references(instance)
    assert all(node.target is None for node in references(instance))
    assert check_instance(instance, Plans(rules)) == []


def test_one_fault_is_reported_once_and_by_the_rule_that_says_more() -> None:
    cases: dict[str, tuple[dict[str, Any], str]] = {
        "sr/missing-value": (content("TEXT"), "TextValue"),
        "sr/empty-value": (content("PNAME", PersonName=None), "PersonName"),
        "sr/missing-concept-name": (number(ConceptNameCodeSequence=...), "ConceptNameCodeSequence"),
        "sr/relationship": (content("TEXT", ..., TextValue="x"), "RelationshipType"),
        "sr/value-type": (content("SCOORD3D"), "ValueType"),
    }
    for rule, (item, keyword) in cases.items():
        path = f"ContentSequence[1].ContentSequence[1].{keyword}"
        attributes = document(container(item), SOPClassUID=COMPREHENSIVE)
        both = [name for name, where in findings_of(attributes, "sr", "module") if where == path]
        tables = [name for name, where in findings_of(attributes, "module") if where == path]
        assert both == [rule]
        assert len(tables) == 1 and tables[0].startswith("module/")


def test_regions_in_space_may_be_polygons() -> None:
    square = [0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 9.0, 9.0, 0.0, 0.0, 0.0, 0.0]
    for graphic_type, data in (("POLYGON", square), ("ELLIPSOID", [float(n) for n in range(18)])):
        region = content(
            "SCOORD3D", GraphicType=graphic_type, GraphicData=data, ReferencedFrameOfReferenceUID="2.25.5"
        )
        attributes = document(region, SOPClassUID="1.2.840.10008.5.1.4.1.1.88.34")
        found = findings_of(attributes, "sr", "module")
        assert [rule for rule, path in found if path.startswith("ContentSequence")] == []


def test_contains_by_reference_is_left_to_the_tables_of_the_iod() -> None:
    attributes = document(container(image()), pointer(1, 1, 1, relationship="CONTAINS"))
    allowed = findings_of(attributes | {"SOPClassUID": COMPREHENSIVE}, "sr", "module")
    assert not [rule for rule, path in allowed if "ReferencedContentItemIdentifier" in path]
    excluded = findings_of(attributes | {"SOPClassUID": BASIC_TEXT}, "sr", "module")
    assert ("sr/by-reference", "ContentSequence[2].ReferencedContentItemIdentifier") in excluded


def test_unevenness_is_the_distance_from_the_plane() -> None:
    flat = [(0.0, 0.0, 1.0), (4.0, 0.0, 1.0), (4.0, 4.0, 1.0), (0.0, 4.0, 1.0)]
    apart, extent = unevenness(flat)
    assert apart == pytest.approx(0) and extent == pytest.approx(2 * 8**0.5)
    apart, _ = unevenness([*flat[:3], (0.0, 4.0, 2.0)])
    assert 0.2 < apart < 0.6


def test_relationships_ship_as_their_source_says() -> None:
    source = json.loads((ROOT / "standard" / "sr_relationships.json").read_text())
    shipped = ROOT / "dcmlint" / "standard" / "data" / "sr_relationships.json"
    assert compile_sr_relationships(source) == shipped.read_bytes()
    assert len(source) == 22
    for iod in source:
        assert uid(iod["uid"]) is not None
        assert {relationship for relationship, *_ in iod["rows"]} <= {*tree.RELATIONSHIPS, "*"}
        for _, sources, by_value, by_reference in iod["rows"]:
            assert {*sources, *by_value, *by_reference} <= {*tree.VALUE_TYPES, "*"}


@pytest.mark.parametrize(
    ("sop_class", "relationship", "source", "target", "by_value", "by_reference"),
    [
        (BASIC_TEXT, "CONTAINS", "CONTAINER", "TEXT", True, False),
        (BASIC_TEXT, "CONTAINS", "CONTAINER", "NUM", False, False),
        (COMPREHENSIVE, "INFERRED FROM", "NUM", "SCOORD", True, True),
        (COMPREHENSIVE, "CONTAINS", "CONTAINER", "CONTAINER", True, False),
        (COMPREHENSIVE, "HAS CONCEPT MOD", "IMAGE", "CODE", True, False),
        (COMPREHENSIVE, "SELECTED FROM", "SCOORD", "WAVEFORM", False, False),
        ("1.2.840.10008.5.1.4.1.1.88.35", "HAS PROPERTIES", "TABLE", "TABLE", True, True),
        ("1.2.840.10008.5.1.4.1.1.88.35", "CONTAINS", "TABLE", "TABLE", False, False),
        ("1.2.840.10008.5.1.4.1.1.88.59", "CONTAINS", "CONTAINER", "CONTAINER", False, False),
    ],
)
def test_relationships_of_iods(
    sop_class: str, relationship: str, source: str, target: str, by_value: bool, by_reference: bool
) -> None:
    """PS3.3 Tables A.35.1-2, A.35.3-2, A.35.4-2 and A.35.15."""
    allowed = relationships(sop_class)
    assert allowed is not None
    assert allowed.allows(relationship, source, target) is by_value
    assert allowed.allows_reference(relationship, source, target) is by_reference


def test_the_relationships_of_an_iod_without_a_table_are_unknown() -> None:
    assert relationships("1.2.840.10008.5.1.4.1.1.88.76") is None
    odd = document(number(ContentSequence=[content("TEXT", TextValue="x")]))
    found = findings_of(odd | {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.76"}, "sr")
    assert [rule for rule, _ in found] == []


def test_many_references_in_a_circle_end() -> None:
    count = 300
    items = [number(ContentSequence=[pointer(1, n % count + 1)]) for n in range(1, count + 1)]
    found = findings_of(document(*items, SOPClassUID=COMPREHENSIVE), "sr")
    assert [rule for rule, _ in found].count("sr/by-reference") == count

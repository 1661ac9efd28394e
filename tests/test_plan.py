"""Plans: the index of conditional rows, overriding rows, overlays, decisions on Modules, cells."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dcmlint.check import check_instance
from dcmlint.iod import ModuleUse, iod_of, load
from dcmlint.model import Finding
from dcmlint.plan import Node, Plans, repeating_base
from dcmlint.read.encode import part10
from dcmlint.read.item import Instance, Item
from dcmlint.read.opener import read_instance
from dcmlint.rows import Part
from dcmlint.rule import Rule
from dcmlint.standard.dictionary import tag_of
from dcmlint.standard.shards import iod_keys, record

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "corpus" / "files"
CLEAN = ROOT / "fixtures" / "clean"
CT = "1.2.840.10008.5.1.4.1.1.2"
SC = "1.2.840.10008.5.1.4.1.1.7"


def instance(**attributes: Any) -> Instance:
    return read_instance(part10(attributes))


def table_rules(*ids: str) -> dict[str, Rule]:
    return {name: Rule("error", "table", "PS3.3 C.1", "{attribute}", id=name) for name in ids}


def findings(attributes: dict[str, Any], *ids: str) -> list[Finding]:
    return check_instance(read_instance(part10(attributes)), Plans(table_rules(*ids)))


def visits(item: Item, node: Node) -> Iterator[tuple[Item, Node]]:
    """Yield every Item with the Node that it is checked against."""
    yield item, node
    for tag, element in item.elements.items():
        if element[3] and not tag & 0x10000:
            attribute = node.attribute(tag)
            for nested in element[3] if attribute.rows else ():
                yield from visits(nested, attribute.node)


def asleep_though_required(item: Item, node: Node) -> list[int]:
    """Return the tags of conditional rows that are required here and that the index left asleep."""
    awake = set(map(id, node.conditional.awake(item))) if node.conditional else set()
    return [
        row.tag
        for rows in node.rows.values()
        for row in rows
        if row.conditional and row.type != "3" and repeating_base(row.tag) == row.tag
        if row.tag >> 24 not in (0x50, 0x60)
        if id(row) not in awake and row.tag not in item.elements and row.required(item) is not None
    ]


def with_less(item: Item, chance: random.Random) -> Item:
    """Return a copy of an Item without some of its elements: conditions then ask for what is gone."""
    copy = Item(item.instance, item.buf, item.base, item.parent, item.tag, item.index, item.offset)
    copy.elements = {tag: element for tag, element in item.elements.items() if chance.random() < 0.6}
    return copy


def check_index(path: Path, plans: Plans) -> None:
    found = read_instance(path.read_bytes())
    key = iod_of(found)
    plan = plans.iods.setdefault(key, load(plans, key))
    if plan is None:
        return
    chance = random.Random(path.name)
    seen: dict[int, int] = {}
    for item, node in visits(found.root, plan.variant(found).node):
        # Items of one Sequence are alike: a few of them will do.
        seen[id(node)] = seen.get(id(node), 0) + 1
        if seen[id(node)] > 20:
            continue
        for looked_at in (item, with_less(item, chance), with_less(item, chance)):
            assert asleep_though_required(looked_at, node) == [], f"{path.name} at {item.location}"


def test_the_index_wakes_whatever_is_required() -> None:
    plans = Plans({})
    paths = sorted(CLEAN.glob("*.dcm"))
    assert len(paths) > 10
    for path in paths:
        check_index(path, plans)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="needs ../shared/corpus")
def test_the_index_wakes_whatever_is_required_in_the_corpus() -> None:
    plans = Plans({})
    for path in sorted(each for each in CORPUS.rglob("*") if each.is_file()):
        check_index(path, plans)


def every_node(plans: Plans) -> Iterator[Node]:
    """Yield the Node of each Module and item list of the tables."""
    seen: set[str] = set()
    waiting = [f"m:{use['m']}" for key in iod_keys() for use in _shard(key)["modules"]]
    while waiting:
        name = waiting.pop()
        rows = (record(name) or {"rows": ()})["rows"]
        if name in seen or not rows:
            continue
        seen.add(name)
        yield plans.node((Part(name, "Test", "PS3.3"),))
        waiting += [f"l:{row['i']}" for row in rows if "i" in row]


def _shard(key: str) -> dict[str, Any]:
    from dcmlint.standard.shards import iod_shard

    return iod_shard(key) or {}


def test_the_index_wakes_whatever_is_required_in_any_list() -> None:
    """Items made of the attributes that the conditions of a list ask for, present or not, in turn."""
    plans = Plans({})
    chance = random.Random(0)
    nodes = list(every_node(plans))
    assert len(nodes) > 500
    for node in nodes:
        values = dict(_asked(node))
        for _ in range(12 if values else 0):
            chosen = {tag: chance.choice(found) for tag, found in values.items() if chance.random() < 0.5}
            item = instance(SOPClassUID=CT).root
            buf = bytearray()
            for tag, value in chosen.items():
                item.elements[tag] = ("LO", len(buf), len(value), None)
                buf += value
            item.buf = bytes(buf)
            assert asleep_though_required(item, node) == []


def _asked(node: Node) -> Iterator[tuple[int, list[bytes]]]:
    """Yield each tag that a condition of the Node tests, with values that it tests for."""
    found: dict[int, set[bytes]] = {}

    def visit(test: Any) -> None:
        if isinstance(test, list):
            for each in test:
                visit(each)
        elif isinstance(test, dict):
            if isinstance(test.get("t"), int):
                values = test.get("v", ())
                texts = values if isinstance(values, list) else [values]
                found.setdefault(test["t"], {b"", b"NOTHING"}).update(str(text).encode() for text in texts)
            for each in test.values():
                visit(each)

    for rows in node.rows.values():
        for row in rows:
            visit([row.row.get("c"), row.row.get("a")])
            for name in (row.row.get("d"), *row.row.get("a", {}).get("d", ())):
                visit(record(f"c:{name}") if name else None)
    yield from ((tag, sorted(values)) for tag, values in found.items() if tag != 0x00080016)


class TestOverridingRows:
    """A Module may say that its definition overrides that of another."""

    def modality(self, *modules: str) -> set[str]:
        node = Plans({}).node(tuple(Part(f"m:{name}", name, "") for name in modules))
        return {row.part.module for row in node.rows[tag_of("Modality")]}

    def test_the_special_module_replaces_the_row(self) -> None:
        assert self.modality("general-series", "sc-equipment") == {"sc-equipment"}
        assert self.modality("sc-equipment", "general-series") == {"sc-equipment"}

    def test_alone_each_has_its_row(self) -> None:
        assert self.modality("general-series") == {"general-series"}
        assert self.modality("sc-equipment") == {"sc-equipment"}

    def test_a_secondary_capture_needs_no_modality(self) -> None:
        attributes = {"SOPClassUID": SC, "SeriesInstanceUID": "2.25.1", "ConversionType": "WSD"}
        missing = findings(attributes, "module/missing-type-1")
        assert tag_of("Modality") not in {found.tag for found in missing}
        missing = findings({**attributes, "SOPClassUID": CT}, "module/missing-type-1")
        assert tag_of("Modality") in {found.tag for found in missing}


class TestOverlays:
    """The Overlay Plane Module applies once to each repeating group that holds an overlay."""

    PLANE = (("0010", 5), ("0011", 5), ("0040", "G"), ("0050", [1, 1]), ("0100", 1), ("0102", 0))

    def overlay(self, group: str, *, without: str = "", data: bytes = bytes(4)) -> dict[str, Any]:
        plane = {f"{group}{element}": value for element, value in self.PLANE if element != without}
        return plane | ({f"{group}3000": data} if data else {})

    def missing(self, attributes: dict[str, Any]) -> set[int | None]:
        rules = ("module/missing-type-1", "module/missing-type-1c")
        found = findings({"SOPClassUID": SC, **attributes}, *rules)
        return {each.tag for each in found if each.tag is not None and each.tag >> 24 == 0x60}

    def test_complete_planes(self) -> None:
        assert self.missing(self.overlay("6000") | self.overlay("6002")) == set()

    def test_what_is_missing_is_missing_in_its_own_group(self) -> None:
        assert self.missing(self.overlay("6000") | self.overlay("6002", without="0040")) == {0x60020040}
        assert self.missing(self.overlay("6000", without="0010") | self.overlay("601E")) == {0x60000010}

    def test_a_layer_for_an_overlay_in_the_image_is_no_plane(self) -> None:
        assert self.missing({"60021001": "LAYER"}) == set()

    def test_without_an_overlay_nothing_is_missing(self) -> None:
        assert self.missing({"PatientID": "1"}) == set()

    @pytest.mark.parametrize(
        ("tag", "base"),
        [
            (0x60020010, 0x60000010),
            (0x501E0010, 0x50000010),
            (0x00280010, 0x00280010),
            (0x60010010, 0x60010010),
        ],
    )
    def test_repeating_base(self, tag: int, base: int) -> None:
        assert repeating_base(tag) == base


class TestInvocation:
    """Rows of SR content macros apply to the Value Type that their macro is for."""

    def missing(self, *content: dict[str, Any]) -> set[str]:
        attributes = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.33", "ContentSequence": list(content)}
        found = findings(
            attributes, "module/missing-type-1", "module/missing-type-1c", "module/missing-type-2"
        )
        return {_keyword(each.tag) for each in found if each.location}

    def item(self, **attributes: Any) -> dict[str, Any]:
        name = [{"CodeValue": "1", "CodingSchemeDesignator": "99TEST", "CodeMeaning": "Name"}]
        return {"RelationshipType": "CONTAINS", "ConceptNameCodeSequence": name, **attributes}

    def test_each_value_type_asks_for_its_own_value(self) -> None:
        assert self.missing(self.item(ValueType="TEXT")) == {"TextValue"}
        assert self.missing(self.item(ValueType="NUM")) == {"MeasuredValueSequence"}
        assert self.missing(self.item(ValueType="UIDREF")) == {"UID"}
        assert self.missing(self.item(ValueType="TEXT", TextValue="x")) == set()

    def test_a_reference_to_an_item_has_no_value_type(self) -> None:
        reference = {"RelationshipType": "INFERRED FROM", "ReferencedContentItemIdentifier": [1, 1]}
        assert self.missing(reference) == set()

    def test_an_item_has_one(self) -> None:
        assert "ValueType" in self.missing(self.item(TextValue="x"))


def _keyword(tag: int | None) -> str:
    from dcmlint.standard.dictionary import keyword_of

    return "" if tag is None else keyword_of(tag)


HOLDS = {"o": "+", "t": 0x00100020, "k": "MU"}
FAILS = {"o": "-", "t": 0x00100020, "k": "MU"}
UNKNOWN = {"o": "=", "t": 0x00080060, "v": ["CT"], "k": "MU"}
TRUE, FALSE = "AnchorPointPresent", "ContentSequencePresent"
PRESENT = {"ClinicalTrialSponsorName": "x"}


class TestDecisions:
    """Whether a Module applies: Usage, the parsed condition, dicom3tools' condition, evidence."""

    def decide(self, usage: str, condition: Any = None, d3: str = "", **attributes: Any) -> tuple[Any, ...]:
        use: dict[str, Any] = {"m": "clinical-trial-subject", "u": usage}
        if condition is not None:
            use["c"] = condition
        if d3:
            use["d"] = d3
        attributes = {"PatientID": "1", "AnchorPoint": [1.0, 2.0], **attributes}
        return tuple(ModuleUse(use).decide(instance(**attributes).root))

    def test_mandatory(self) -> None:
        assert self.decide("M") == (True, True, True, "mandatory")
        assert self.decide("M", FAILS, FALSE) == (True, True, True, "mandatory")

    def test_condition_holds(self) -> None:
        assert self.decide("C", HOLDS) == (True, True, True, "condition")
        assert self.decide("C", HOLDS, TRUE) == (True, True, True, "condition")

    def test_where_dicom3tools_disagrees_it_is_not_certain(self) -> None:
        assert self.decide("C", HOLDS, FALSE) == (True, False, True, "condition")

    def test_condition_fails(self) -> None:
        assert self.decide("C", FAILS) == (False, False, False, "condition-false")
        assert self.decide("C", FAILS, FALSE) == (False, False, False, "condition-false")

    def test_dicom3tools_decides_where_the_text_does_not(self) -> None:
        assert self.decide("C", UNKNOWN, TRUE) == (True, True, True, "present")
        assert self.decide("C", None, TRUE) == (True, True, True, "present")
        assert self.decide("C", UNKNOWN, FALSE) == (False, False, False, "absent")
        assert self.decide("U", None, TRUE) == (True, True, False, "present")
        assert self.decide("U", None, FALSE) == (False, False, False, "absent")

    def test_evidence_does_not_overrule_dicom3tools(self) -> None:
        assert self.decide("U", None, FALSE, **PRESENT)[0] is False

    def test_evidence_counts_where_nothing_decides(self) -> None:
        for usage in ("U", "C"):
            assert self.decide(usage, None, **PRESENT) == (True, False, False, "present")
        assert self.decide("C", UNKNOWN, **PRESENT) == (True, False, False, "present")

    def test_nothing_decides_and_nothing_is_there(self) -> None:
        assert self.decide("U") == (False, False, False, "absent")
        assert self.decide("C") == (False, False, False, "unknown")
        assert self.decide("C", UNKNOWN) == (False, False, False, "unknown")


class TestIod:
    """The IOD comes from the Data Set's SOP Class."""

    def test_sop_class_of_the_data_set(self) -> None:
        assert iod_of(instance(SOPClassUID=CT)) == "ct-image"
        assert iod_of(instance(SOPClassUID="1.2.3")) == ""

    def test_not_that_of_the_file_meta_information(self) -> None:
        content = part10({"PatientID": "1"}, meta={"MediaStorageSOPClassUID": CT})
        assert iod_of(read_instance(content)) == ""

    def test_directory(self) -> None:
        assert (
            iod_of(instance(DirectoryRecordSequence=[{"DirectoryRecordType": "PATIENT"}]))
            == "basic-directory"
        )

    def test_without_tables_nothing_of_them_is_reported(self) -> None:
        assert findings({"SOPClassUID": "1.2.3"}, "module/missing-type-1", "module/missing-module") == []

    @pytest.mark.parametrize("key", iod_keys())
    def test_every_iod_has_a_plan(self, key: str) -> None:
        plans = Plans({})
        plan = load(plans, key)
        assert plan is not None
        assert plan.variant(instance(PatientID="1")).uses


def test_nothing_of_one_file_is_kept_for_the_next() -> None:
    plans = Plans(table_rules("module/missing-type-1c", "module/not-permitted"))
    color = part10({"SOPClassUID": SC, "SamplesPerPixel": 3, "Rows": 1})
    grey = part10({"SOPClassUID": SC, "SamplesPerPixel": 1, "Rows": 1, "PlanarConfiguration": 0})
    planar = tag_of("PlanarConfiguration")
    for _ in range(2):
        for content, rule in ((color, "module/missing-type-1c"), (grey, "module/not-permitted")):
            found = check_instance(read_instance(content), plans)
            assert [(each.rule, each.tag) for each in found if each.tag == planar] == [(rule, planar)]

"""Conditions of the tables: three values for the parsed ones, two for those of dicom3tools."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, product
from typing import Any

import pytest

from dcmlint.condition import compile_parsed, find, is_local, texts
from dcmlint.d3_condition import compile_d3, d3_is_local
from dcmlint.read.encode import part10
from dcmlint.read.item import Item
from dcmlint.read.opener import read_instance
from dcmlint.standard.dictionary import tag_of

MODALITY = tag_of("Modality")
PATIENT_ID = tag_of("PatientID")
IMAGE_TYPE = tag_of("ImageType")
ROWS = tag_of("Rows")
SLICE_THICKNESS = tag_of("SliceThickness")
PROCEDURE_CODES = tag_of("ProcedureCodeSequence")
CODE_VALUE = tag_of("CodeValue")
FRAME_INCREMENT_POINTER = tag_of("FrameIncrementPointer")
EMPTY: tuple[int, ...] = ()

D3 = Callable[..., Callable[[Item], bool]]


def root(**attributes: Any) -> Item:
    return read_instance(part10(attributes)).root


def parsed(operator: str, tag: int, *values: str, local: tuple[int, ...] = EMPTY, **more: Any) -> Any:
    condition = {"o": operator, "t": tag, "v": list(values), **more}
    return compile_parsed(condition, frozenset(local))


ABSENT: dict[str, Any] = {}
NO_VALUE: dict[str, Any] = {"Modality": None}
CT: dict[str, Any] = {"Modality": "CT"}
MR: dict[str, Any] = {"Modality": "MR"}


@pytest.mark.parametrize(
    ("operator", "values", "absent", "empty", "same", "other"),
    [
        ("+", (), False, True, True, True),
        ("-", (), True, False, False, False),
        ("++", (), False, False, True, True),
        ("=", ("CT",), None, False, True, False),
        ("=", ("PT", "CT"), None, False, True, False),
        ("=", ("",), None, True, False, False),
        ("=", ("CT", ""), None, True, True, False),
        ("!=", ("CT",), None, None, False, True),
        ("!=", ("CT", "MR"), None, None, False, False),
        ("!=", ("",), None, False, True, True),
        (">", ("1",), None, None, None, None),
    ],
)
def test_every_operator_on_absent_empty_and_two_values(
    operator: str,
    values: tuple[str, ...],
    absent: bool | None,
    empty: bool | None,
    same: bool | None,
    other: bool | None,
) -> None:
    condition = parsed(operator, MODALITY, *values)
    found = [condition(root(**attributes)) for attributes in (ABSENT, NO_VALUE, CT, MR)]
    assert found == [absent, empty, same, other]


@pytest.mark.parametrize(
    ("operator", "limit", "value", "expected"),
    [
        (">", "1", 2, True),
        (">", "1", 1, False),
        ("<", "1", 0, True),
        ("<", "1", 1, False),
        (">", "nothing", 1, None),
    ],
)
def test_comparison_of_binary_numbers(operator: str, limit: str, value: int, expected: bool | None) -> None:
    assert parsed(operator, ROWS, limit)(root(Rows=value)) is expected


@pytest.mark.parametrize(("value", "expected"), [("1.5", True), ("-3", False), (" 1.50 ", True), ("a", None)])
def test_comparison_of_decimal_strings(value: str, expected: bool | None) -> None:
    assert parsed(">", SLICE_THICKNESS, "1.2")(root(SliceThickness=value)) is expected


def test_every_value_of_a_multi_valued_attribute_is_tried() -> None:
    item = root(ScanOptions=["FILTERED", "TOMO"])
    scan_options = tag_of("ScanOptions")
    assert parsed("=", scan_options, "TOMO")(item) is True
    assert parsed("!=", scan_options, "TOMO")(item) is False
    assert parsed("=", scan_options, "SPIRAL")(item) is False


def test_a_value_number_asks_for_that_value_only() -> None:
    item = root(ImageType=["ORIGINAL", "SECONDARY", "AXIAL"])
    assert parsed("=", IMAGE_TYPE, "SECONDARY", i=1)(item) is True
    assert parsed("=", IMAGE_TYPE, "ORIGINAL", i=1)(item) is False
    assert parsed("=", IMAGE_TYPE, "ORIGINAL", i=3)(item) is None


def test_image_type_without_a_value_number_means_value_1() -> None:
    item = root(ImageType=["DERIVED", "PRIMARY", "ORIGINAL"])
    assert parsed("=", IMAGE_TYPE, "ORIGINAL")(item) is False
    assert parsed("=", IMAGE_TYPE, "DERIVED")(item) is True


def test_a_pointer_is_compared_with_a_tag() -> None:
    item = root(FrameIncrementPointer=0x00181063)
    assert parsed("=>", FRAME_INCREMENT_POINTER, "(0018,1063)")(item) is True
    assert parsed("=>", FRAME_INCREMENT_POINTER, "1577059")(item) is True
    assert parsed("=>", FRAME_INCREMENT_POINTER, "(0018,1065)")(item) is False


def test_padding_is_no_part_of_a_value() -> None:
    assert parsed("=", tag_of("SOPClassUID"), "1.2.3")(root(SOPClassUID="1.2.3")) is True
    assert parsed("=", tag_of("PatientSex"), "F")(root(PatientSex="F")) is True


def test_items_of_a_sequence_are_its_value() -> None:
    for codes, has_value in (([{}], True), (None, False)):
        item = root(ProcedureCodeSequence=codes)
        assert parsed("+", PROCEDURE_CODES)(item) is True
        assert parsed("++", PROCEDURE_CODES)(item) is has_value
        assert parsed("=", PROCEDURE_CODES, "x")(item) is None


class TestScope:
    """Where a tested Attribute is looked up: Item, enclosing Items, frame, shared groups."""

    def nested(self, **attributes: Any) -> Item:
        return root(ProcedureCodeSequence=[{"CodeValue": "1"}], **attributes).items(PROCEDURE_CODES)[0]  # type: ignore[index]

    def test_the_item_itself_comes_first(self) -> None:
        item = root(Modality="CT", ReferencedSeriesSequence=[{"Modality": "MR"}])
        inner = item.items("ReferencedSeriesSequence")[0]  # type: ignore[index]
        assert parsed("=", MODALITY, "MR")(inner) is True
        assert parsed("=", MODALITY, "CT")(item) is True

    def test_then_the_enclosing_items(self) -> None:
        inner = self.nested(Modality="CT")
        assert parsed("=", MODALITY, "CT")(inner) is True
        assert parsed("+", MODALITY)(inner) is True

    def test_a_row_of_the_same_list_is_looked_up_in_the_item_only(self) -> None:
        inner = self.nested(Modality="CT")
        assert parsed("=", MODALITY, "CT", local=(MODALITY,))(inner) is None
        assert parsed("+", MODALITY, local=(MODALITY,))(inner) is False
        assert parsed("-", MODALITY, l=1)(inner) is True

    def frame(self, number: int, shared: dict[str, Any], *frames: dict[str, Any]) -> Item:
        item = root(SharedFunctionalGroupsSequence=[shared], PerFrameFunctionalGroupsSequence=list(frames))
        return item.items("PerFrameFunctionalGroupsSequence")[number]  # type: ignore[index]

    def test_then_the_groups_of_the_same_frame(self) -> None:
        one = {"MRImageFrameTypeSequence": [{"FrameType": "ORIGINAL"}]}
        two = {"MRImageFrameTypeSequence": [{"FrameType": "DERIVED"}]}
        for number, expected in enumerate((True, False)):
            frame = self.frame(number, {}, one, two)
            assert parsed("=", tag_of("FrameType"), "ORIGINAL")(frame) is expected
            (inner,) = frame.items("MRImageFrameTypeSequence") or ()
            assert parsed("=", tag_of("FrameType"), "ORIGINAL")(inner) is expected

    def test_then_the_shared_groups(self) -> None:
        shared = {"MRImageFrameTypeSequence": [{"FrameType": "ORIGINAL"}]}
        frame = self.frame(0, shared, {"PlanePositionSequence": [{}]})
        (inner,) = frame.items("PlanePositionSequence") or ()
        assert parsed("=", tag_of("FrameType"), "ORIGINAL")(inner) is True
        assert parsed("=", tag_of("FrameType"), "DERIVED")(inner) is False

    def test_not_the_groups_of_another_frame(self) -> None:
        frame = self.frame(0, {}, {}, {"MRImageFrameTypeSequence": [{"FrameType": "ORIGINAL"}]})
        assert parsed("=", tag_of("FrameType"), "ORIGINAL")(frame) is None

    def test_find_tells_where_it_was_found(self) -> None:
        inner = self.nested(Modality="CT")
        holder, element = find(inner, MODALITY)  # type: ignore[misc]
        assert holder is not None
        assert holder is inner.parent
        assert texts(holder, element) == [b"CT"]
        assert find(inner, ROWS) is None


THREE = {True: {"o": "+", "t": PATIENT_ID}, False: {"o": "-", "t": PATIENT_ID}, None: None}


@pytest.mark.parametrize("values", list(product((True, False, None), repeat=2)))
def test_and_or_of_three_values(values: tuple[bool | None, ...]) -> None:
    parts = [THREE[value] for value in values]
    item = root(PatientID="1")
    both = False if False in values else None if None in values else True
    either = True if True in values else None if None in values else False
    assert compile_parsed({"&": parts}, frozenset())(item) is both
    assert compile_parsed({"|": parts}, frozenset())(item) is either


def test_groups_nest() -> None:
    inner = {"|": [THREE[False], THREE[True]]}
    assert compile_parsed({"&": [THREE[True], inner]}, frozenset())(root(PatientID="1")) is True
    assert (
        compile_parsed({"&": [THREE[True], {"&": [inner, None]}]}, frozenset())(root(PatientID="1")) is None
    )


@pytest.fixture
def d3(monkeypatch: pytest.MonkeyPatch) -> D3:
    """Return a function that compiles tests of dicom3tools as a condition of a fresh name."""
    numbers = count()

    def compiled(*tests: dict[str, Any]) -> Callable[[Item], bool]:
        name = f"TestCondition{next(numbers)}"
        compile_d3.cache_clear()
        monkeypatch.setattr("dcmlint.standard.shards.record", lambda identifier: list(tests))
        return compile_d3(name)

    return compiled


def present(tag: int, **more: Any) -> dict[str, Any]:
    return {"t": tag, "k": "present", **more}


def text(tag: int, value: str, **more: Any) -> dict[str, Any]:
    return {"t": tag, "k": "str", "v": value, **more}


class TestDicom3tools:
    """Conditions with two values: what is absent is false."""

    @pytest.mark.parametrize(
        ("operators", "values", "expected"),
        [
            (("or", "and"), (True, True, False), False),
            (("and", "or"), (False, False, True), True),
            (("or", "and"), (True, False, True), True),
            (("and", "and"), (True, True, True), True),
            (("xor", "and"), (True, True, True), False),
            (("or", "xor"), (True, False, True), False),
            (("xor", "xor"), (True, True, True), True),
            (("xor", "or"), (True, False, False), True),
        ],
    )
    def test_operators_have_no_precedence(
        self, d3: D3, operators: tuple[str, str], values: tuple[bool, ...], expected: bool
    ) -> None:
        tags = (PATIENT_ID, MODALITY)
        tests = [present(tags[not value]) for value in values]
        for test, operator in zip(tests[1:], operators, strict=True):
            test["o"] = operator
        assert d3(*tests)(root(PatientID="1")) is expected

    def test_or_is_the_operator_where_none_is_given(self, d3: D3) -> None:
        condition = d3(present(MODALITY), present(PATIENT_ID))
        assert condition(root(PatientID="1")) is True
        assert condition(root(Rows=1)) is False

    def test_negation_belongs_to_its_test(self, d3: D3) -> None:
        condition = d3(present(PATIENT_ID), present(MODALITY, o="and", n=1))
        assert condition(root(PatientID="1")) is True
        assert condition(root(PatientID="1", Modality="CT")) is False
        assert d3(present(PATIENT_ID, n=1), present(MODALITY))(root(PatientID="1", Modality="CT")) is True

    def test_groups_nest(self, d3: D3) -> None:
        group = {"g": [present(MODALITY), present(ROWS)], "o": "and", "n": 1}
        condition = d3(present(PATIENT_ID), group)
        assert condition(root(PatientID="1")) is True
        assert condition(root(PatientID="1", Rows=1)) is False

    def test_absent_is_false_and_its_negation_true(self, d3: D3) -> None:
        item = root(Rows=1)
        assert d3(text(MODALITY, "CT"))(item) is False
        assert d3(text(MODALITY, "CT", n=1))(item) is True

    def test_value_number(self, d3: D3) -> None:
        item = root(ImageType=["ORIGINAL", "PRIMARY"])
        assert d3(text(IMAGE_TYPE, "PRIMARY"))(item) is True
        assert d3(text(IMAGE_TYPE, "PRIMARY", i=0))(item) is False
        assert d3(text(IMAGE_TYPE, "PRIMARY", i=1))(item) is True
        assert d3(present(IMAGE_TYPE, i=1))(item) is True
        assert d3(present(IMAGE_TYPE, i=2))(item) is False

    @pytest.mark.parametrize(
        ("relation", "limit", "expected"),
        [
            ("==", 3, True),
            ("!=", 3, False),
            (">", 2, True),
            ("<", 3, False),
            (">=", 3, True),
            ("<=", 2, False),
        ],
    )
    def test_numbers(self, d3: D3, relation: str, limit: float, expected: bool) -> None:
        assert d3({"t": ROWS, "k": "num", "v": [relation, limit]})(root(Rows=3)) is expected

    def test_has_value(self, d3: D3) -> None:
        condition = d3({"t": MODALITY, "k": "hasvalue"})
        assert [condition(root(**each)) for each in (ABSENT, NO_VALUE, CT)] == [False, False, True]

    @pytest.mark.parametrize(("kind", "expected"), [("items", True), ("items==2", True), ("items>2", False)])
    def test_number_of_items(self, d3: D3, kind: str, expected: bool) -> None:
        assert d3({"t": PROCEDURE_CODES, "k": kind})(root(ProcedureCodeSequence=[{}, {}])) is expected

    def test_scopes(self, d3: D3) -> None:
        item = root(Modality="CT", ProcedureCodeSequence=[{"CodeValue": "A"}, {"CodeValue": "B"}])
        first, second = item.items(PROCEDURE_CODES) or ()
        assert d3(text(MODALITY, "CT"))(first) is False
        assert d3(text(MODALITY, "CT", w="root", p=[]))(first) is True
        assert d3(text(MODALITY, "CT", w="parent", p=[]))(first) is True
        assert d3(text(CODE_VALUE, "B", w="path", p=[PROCEDURE_CODES]))(first) is True
        assert d3(text(CODE_VALUE, "B", w="path1", p=[PROCEDURE_CODES]))(second) is False
        assert d3(text(CODE_VALUE, "B", w="within", p=[PROCEDURE_CODES]))(item) is True
        assert d3(text(CODE_VALUE, "B", w="within", p=[PROCEDURE_CODES]))(second) is False

    def test_alternatives_in_several_sequences(self, d3: D3) -> None:
        condition = d3(
            text(CODE_VALUE, "A", w="path", p=[PROCEDURE_CODES]),
            present(ROWS, w="path", p=[tag_of("IconImageSequence")]),
        )
        assert condition(root(IconImageSequence=[{"Rows": 1}])) is True
        assert condition(root(ProcedureCodeSequence=[{"CodeValue": "A"}])) is True
        assert condition(root(ProcedureCodeSequence=[{"CodeValue": "B"}])) is False

    def test_file_meta_information(self, d3: D3) -> None:
        condition = d3(text(0x00020010, "1.2.840.10008.1.2.1"))
        item = root(ProcedureCodeSequence=[{"CodeValue": "A"}])
        assert condition(item) is True
        assert condition(item.items(PROCEDURE_CODES)[0]) is True  # type: ignore[index]
        assert d3(text(0x00020010, "1.2.840.10008.1.2"))(item) is False

    def test_repeating_groups(self, d3: D3) -> None:
        condition = d3(present(tag_of("OverlayRows"), v="0xff00"))
        assert condition(root(**{"60020010": 5})) is True
        assert condition(root(**{"60000010": 5})) is True
        assert condition(root(**{"60000011": 5})) is False

    def test_what_an_instance_says_is_asked_once_for_each_instance(self, d3: D3) -> None:
        condition = d3(text(MODALITY, "CT", w="root", p=[]), text(0x00020010, "1.2.840.10008.1.2.1", o="and"))
        assert [condition(root(**each)) for each in (CT, MR, CT)] == [True, False, True]


def test_always_never_and_unknown_names() -> None:
    assert compile_d3("Always")(root()) is True
    assert compile_d3("Never")(root(PatientID="1")) is False
    assert compile_d3("NoSuchConditionAnywhere")(root(PatientID="1")) is False


def test_local_conditions_look_at_their_item_only() -> None:
    own, other = {"o": "+", "t": PATIENT_ID}, {"o": "+", "t": MODALITY}
    local = frozenset({PATIENT_ID})
    assert is_local(own, local)
    assert not is_local(other, local)
    assert not is_local({"|": [own, other]}, local)
    assert is_local({**other, "l": 1}, local)
    assert not is_local({**own, "z": other}, local)
    assert d3_is_local("CodeValueAndLongCodeValueAbsent")
    assert not d3_is_local("ImageTypeValue1OriginalOrMixedAndNotTILED_FULLAndNotLegacyConvertedOrWholeSlide")


def test_texts_of_every_kind_of_value() -> None:
    item = root(
        Rows=3,
        ImageType=["A ", " B"],
        FrameIncrementPointer=[0x00181063, 0x00181065],
        RealWorldValueSlope=0.5,
        PatientID=None,
        ProcedureCodeSequence=[{}],
    )
    found = {tag: texts(item, element) for tag, element in item.elements.items()}
    assert found[ROWS] == [b"3"]
    assert found[IMAGE_TYPE] == [b"A", b"B"]
    assert found[FRAME_INCREMENT_POINTER] == [b"1577059", b"1577061"]
    assert found[tag_of("RealWorldValueSlope")] == [b"0.5"]
    assert found[PATIENT_ID] == []
    assert found[PROCEDURE_CODES] == []


def test_texts_of_big_endian_numbers() -> None:
    item = read_instance(part10({"Rows": 3}, syntax="1.2.840.10008.1.2.2")).root
    assert texts(item, item.elements[ROWS]) == [b"3"]

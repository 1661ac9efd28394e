"""One row of the tables: when it is required, when it is forbidden, and how surely."""

from __future__ import annotations

from typing import Any

import pytest

from dcmlint.model import Severity
from dcmlint.read.encode import part10
from dcmlint.read.item import Item
from dcmlint.read.opener import read_instance
from dcmlint.rows import Part, RowPlan
from dcmlint.standard.dictionary import tag_of
from dcmlint.standard.shards import record

TAG = tag_of("PlanarConfiguration")
PATIENT_ID = tag_of("PatientID")
MODALITY = tag_of("Modality")
PART = Part("m:test", "Test", "PS3.3 C.1")

# A condition of the text that is true, false or unknown, and one of dicom3tools that is true or false.
PARSED: dict[str, dict[str, Any] | None] = {
    "true": {"o": "+", "t": PATIENT_ID},
    "false": {"o": "-", "t": PATIENT_ID},
    "unknown": {"o": "=", "t": MODALITY, "v": ["CT"]},
    "none": None,
}
D3 = {"true": "AnchorPointPresent", "false": "ContentSequencePresent", "none": None}


def root() -> Item:
    """Return a Data Set in which the conditions above are what their names say."""
    return read_instance(part10({"PatientID": "1", "AnchorPoint": [1.0, 2.0]})).root


def plan(
    parsed: str = "none",
    d3: str = "none",
    *,
    kind: str = "MU",
    attribute_type: str = "1C",
    part: Part = PART,
    **more: Any,
) -> RowPlan:
    row: dict[str, Any] = {"t": TAG, "y": attribute_type, **more}
    condition = PARSED[parsed]
    if condition is not None:
        row["c"] = {**condition, "k": kind}
    if D3[d3] is not None:
        row["d"] = D3[d3]
    return RowPlan(row, part, frozenset())


def test_the_conditions_of_these_tests_are_what_they_are_called() -> None:
    assert record("c:AnchorPointPresent") == [{"t": tag_of("AnchorPoint"), "k": "present"}]
    assert record("c:ContentSequencePresent") == [{"t": tag_of("ContentSequence"), "k": "present"}]
    values = [plan(name).parsed(root()) for name in ("true", "false", "unknown")]  # type: ignore[misc]
    assert values == [True, False, None]
    assert [plan(d3=name).d3(root()) for name in ("true", "false")] == [True, False]  # type: ignore[misc]


REQUIRED: list[tuple[str, str, Severity | None]] = [
    ("true", "true", "error"),
    ("true", "false", "warning"),
    ("true", "none", "warning"),
    ("false", "true", "warning"),
    ("false", "false", None),
    ("false", "none", None),
    ("unknown", "true", "error"),
    ("unknown", "false", None),
    ("unknown", "none", None),
    ("none", "true", "error"),
    ("none", "false", None),
    ("none", "none", None),
]


@pytest.mark.parametrize(("parsed", "d3", "expected"), REQUIRED)
@pytest.mark.parametrize("attribute_type", ["1C", "2C"])
def test_required(parsed: str, d3: str, expected: Severity | None, attribute_type: str) -> None:
    assert plan(parsed, d3, attribute_type=attribute_type).required(root()) == expected
    assert plan(parsed, d3, attribute_type=attribute_type, x="R").required(root()) == expected


@pytest.mark.parametrize(("parsed", "d3", "expected"), REQUIRED)
@pytest.mark.parametrize("source", [{"x": "L"}, {"x": "P"}, {"x": "K"}, {"x": "-"}, {"s": 1}])
def test_text_of_another_place_gives_warnings_only(
    parsed: str, d3: str, expected: Severity | None, source: dict[str, Any]
) -> None:
    lowered = "warning" if expected == "error" else expected
    assert plan(parsed, d3, **source).required(root()) == lowered


@pytest.mark.parametrize(("parsed", "d3", "expected"), REQUIRED)
def test_a_module_that_may_not_be_meant_gives_warnings_only(
    parsed: str, d3: str, expected: Severity | None
) -> None:
    lowered = "warning" if expected == "error" else expected
    assert plan(parsed, d3, part=PART._replace(strict=False)).required(root()) == lowered


@pytest.mark.parametrize(("d3", "expected"), [("true", "error"), ("false", None), ("none", None)])
def test_a_condition_known_to_ask_too_much_does_not_count(d3: str, expected: Severity | None) -> None:
    assert plan("true", d3, b="over").required(root()) == expected


def test_a_condition_known_to_ask_too_little_counts_where_it_is_true() -> None:
    assert plan("true", "true", b="under").required(root()) == "error"
    assert plan("true", b="under").required(root()) == "warning"


def test_a_prohibition_requires_nothing() -> None:
    assert plan("true", kind="NU").required(root()) is None
    assert plan("true", "true", kind="NU").required(root()) == "error"


@pytest.mark.parametrize("kind", ["MN", "MC"])
def test_other_kinds_of_condition_require_like_the_plain_one(kind: str) -> None:
    assert plan("true", "true", kind=kind).required(root()) == "error"
    assert plan("false", "false", kind=kind).required(root()) is None


@pytest.mark.parametrize("attribute_type", ["1", "2"])
def test_types_1_and_2_are_required_without_a_condition(attribute_type: str) -> None:
    assert plan(attribute_type=attribute_type).required(root()) == "error"
    lowered = plan(attribute_type=attribute_type, part=PART._replace(strict=False))
    assert lowered.required(root()) == "warning"


def test_groups_take_the_types_of_their_sequences_as_optional() -> None:
    row = plan("true", "true", part=PART._replace(optional=True))
    assert row.type == "3"
    assert not row.conditional


# (kind, parsed, d3, more) and what is forbidden where nothing says that it may be present otherwise.
FORBIDDEN: list[tuple[str, str, str, Severity | None]] = [
    ("MU", "false", "false", "error"),
    ("MU", "false", "true", None),
    ("MU", "false", "none", None),
    ("MU", "true", "false", None),
    ("MU", "true", "true", None),
    ("MU", "none", "false", "warning"),
    ("MU", "none", "true", None),
    ("MU", "none", "none", None),
    ("MU", "unknown", "none", None),
    ("MU", "unknown", "true", None),
    ("MN", "false", "none", "error"),
    ("MN", "false", "false", "error"),
    ("MN", "false", "true", "warning"),
    ("MN", "true", "none", None),
    ("MN", "unknown", "none", None),
    ("NU", "true", "none", "error"),
    ("NU", "true", "false", "error"),
    ("NU", "false", "false", None),
    ("NU", "unknown", "none", None),
]


@pytest.mark.parametrize(("kind", "parsed", "d3", "expected"), FORBIDDEN)
def test_forbidden(kind: str, parsed: str, d3: str, expected: Severity | None) -> None:
    assert plan(parsed, d3, kind=kind).forbidden(root()) == expected
    lowered = "warning" if expected == "error" else expected
    assert plan(parsed, d3, kind=kind, x="L").forbidden(root()) == lowered
    assert plan(parsed, d3, kind=kind, part=PART._replace(strict=False)).forbidden(root()) == lowered


@pytest.mark.parametrize("permission", [{"m": 1}, {"p": 1}])
def test_what_may_be_present_otherwise_is_not_forbidden(permission: dict[str, int]) -> None:
    for parsed in ("false", "unknown", "none"):
        assert plan(parsed, "false", **permission).forbidden(root()) is None


def test_an_express_prohibition_outranks_a_permission() -> None:
    assert plan("false", kind="MN", m=1).forbidden(root()) == "error"
    assert plan("true", kind="NU", p=1).forbidden(root()) == "error"


@pytest.mark.parametrize("bad", ["over", "under"])
def test_a_condition_that_was_misread_forbids_nothing(bad: str) -> None:
    assert plan("false", kind="MN", b=bad).forbidden(root()) is None
    assert plan("true", kind="NU", b=bad).forbidden(root()) is None


@pytest.mark.parametrize(
    ("parsed", "other", "expected"),
    [
        ("true", "false", None),
        ("false", "true", None),
        ("false", "false", "error"),
        ("false", "unknown", None),
        ("unknown", "false", None),
    ],
)
def test_permitted_under_another_condition(parsed: str, other: str, expected: Severity | None) -> None:
    row = plan(parsed, kind="MC")
    row.row["c"]["z"] = PARSED[other]
    assert row.forbidden(root()) == expected


@pytest.mark.parametrize("attribute_type", ["1", "2", "3"])
def test_without_a_prohibition_only_conditional_types_are_forbidden(attribute_type: str) -> None:
    assert plan("false", "false", attribute_type=attribute_type).forbidden(root()) is None
    assert plan("true", kind="NU", attribute_type=attribute_type).forbidden(root()) == "error"


def test_rows_that_can_forbid_are_known_beforehand() -> None:
    assert plan("true", kind="NU", attribute_type="3").may_forbid
    assert plan(d3="false").may_forbid
    assert not plan("false").may_forbid
    assert not plan(d3="false", m=1).may_forbid
    for kind, parsed, d3, expected in FORBIDDEN:
        row = plan(parsed, d3, kind=kind)
        assert row.may_forbid or expected is None


@pytest.mark.parametrize(
    ("parsed", "d3", "expected"),
    [
        ("true", "true", False),
        ("true", "false", True),
        ("false", "true", True),
        ("false", "none", True),
        ("unknown", "none", False),
        ("unknown", "false", True),
        ("none", "none", False),
    ],
)
def test_surely_not_required(parsed: str, d3: str, expected: bool) -> None:
    assert plan(parsed, d3).surely_not_required(root()) is expected


class TestInvocation:
    """Rows of a macro that is only invoked under a condition."""

    @pytest.mark.parametrize(("name", "expected"), [("true", "error"), ("false", None), ("unknown", None)])
    @pytest.mark.parametrize("attribute_type", ["1", "2"])
    def test_by_the_text(self, name: str, expected: Severity | None, attribute_type: str) -> None:
        row = plan(attribute_type=attribute_type, a={"c": PARSED[name]})
        assert row.conditional
        assert row.required(root()) == expected

    def test_not_evaluable_means_not_invoked(self) -> None:
        assert plan(attribute_type="1", a={"c": None}).required(root()) is None

    @pytest.mark.parametrize(("name", "expected"), [("true", "error"), ("false", None)])
    def test_by_dicom3tools(self, name: str, expected: Severity | None) -> None:
        assert plan(attribute_type="1", a={"d": [D3[name]]}).required(root()) == expected

    def test_all_conditions_must_hold(self) -> None:
        assert plan(attribute_type="1", a={"d": [D3["true"], D3["false"]]}).required(root()) is None
        assert plan(attribute_type="1", a={"d": [D3["false"]], "c": PARSED["true"]}).required(root()) is None

    def test_what_is_not_invoked_forbids_nothing(self) -> None:
        assert plan("false", "false", a={"c": PARSED["false"]}).forbidden(root()) is None
        assert plan("false", "false", a={"c": PARSED["true"]}).forbidden(root()) == "error"


def test_the_edition_is_that_of_the_facts() -> None:
    assert plan("true").edition == "2020"
    assert plan("true", x="R").edition == "2025b"
    assert plan(attribute_type="1").edition == "2025b"
    assert plan(d3="true", s=1).edition == "2026a"

"""`exists` and `all` in expressions: an element that cannot be told does not decide for all."""

from __future__ import annotations

from typing import Any

import pytest

from dcmlint.policy.bindings import Bindings
from dcmlint.policy.data_set import example_instance
from dcmlint.policy.document import Document
from dcmlint.policy.expression import Expression
from dcmlint.policy.syntax import ExpressionError

ITEMS: dict[str, Any] = {
    "PatientID": "A",
    "ImageType": ["ORIGINAL", "AXIAL"],
    "RequestAttributesSequence": [
        {"ScheduledProcedureStepID": "S"},
        {
            "RequestedProcedureID": "P",
            "ScheduledProtocolCodeSequence": [{"CodeMeaning": "m"}, {"CodeValue": "v"}],
        },
    ],
}


def bindings(attributes: dict[str, Any]) -> Bindings:
    return Bindings.of(example_instance(Document("test", {}, {}, ""), (0,), attributes))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('ImageType.exists(t, t == "AXIAL")', True),
        ('ImageType.exists(t, t == "MIP")', False),
        ('ImageType.all(t, t != "MIP")', True),
        ('ImageType.all(t, t != "AXIAL")', False),
        ("[].exists(t, true)", False),
        ("[].all(t, false)", True),
        # PatientName is absent.
        ('ImageType.exists(t, t == "AXIAL" || PatientName == "x")', True),
        ('ImageType.exists(t, t == "MIP" || PatientName == "x")', None),
        ('ImageType.exists(t, t == "AXIAL" && PatientName == "x")', None),
        ('ImageType.all(t, t == "AXIAL" && PatientName == "x")', False),
        ('["B", "A"].exists(r, PatientName.startsWith(r) || PatientID.startsWith(r))', True),
        ('!["B", "A"].exists(r, PatientID.startsWith(r) || PatientName.startsWith(r))', False),
        # The first Item has no RequestedProcedureID.
        ('RequestAttributesSequence.exists(r, r.RequestedProcedureID == "P")', True),
        ('RequestAttributesSequence.exists(r, r.RequestedProcedureID == "Q")', None),
        ('RequestAttributesSequence.all(r, r.RequestedProcedureID == "P")', None),
        ('RequestAttributesSequence.all(r, r.RequestedProcedureID == "Q")', False),
        ("RequestAttributesSequence.all(r, has(r.RequestedProcedureID) || r.ScheduledProcedureStepID != '')",
         True),
        (
            "RequestAttributesSequence.exists(r, "
            'r.ScheduledProtocolCodeSequence.exists(c, c.CodeValue == "v"))',
            True,
        ),
        (
            "RequestAttributesSequence.exists(r, "
            'r.ScheduledProtocolCodeSequence.exists(c, c.CodeValue == "w"))',
            None,
        ),
        # The list itself is absent.
        ('OtherPatientIDs.exists(i, i == "A")', None),
        ('OtherPatientIDs.exists(i, i == "A") || PatientID == "A"', True),
        ('OtherPatientIDs.all(i, i == "A") && PatientID == "B"', False),
        ('ImageType.exists_one(t, t == "AXIAL")', True),
        ('ImageType.filter(t, t != "AXIAL").size() == 1', True),
    ],
)  # fmt: skip
def test_loops_have_three_values(text: str, expected: bool | None) -> None:
    assert Expression(text)(bindings(ITEMS)) is expected


def test_an_expression_tells_the_same_of_each_instance() -> None:
    """What a loop has counted of one Instance, or before it failed, does not bear on another."""
    condition = Expression('ImageType.exists(t, t == "AXIAL" || PatientName == "x")')
    told = [condition(bindings(each)) for each in (ITEMS, {}, {"ImageType": ["MIP"]}, ITEMS)]
    assert told == [True, None, None, True]
    one = bindings(ITEMS)
    assert [Expression("OtherPatientIDs.exists(i, i == 'A')")(one), condition(one)] == [None, True]


@pytest.mark.parametrize("text", ["ImageType.exists(t, t > 5)", "ImageType.all(t, t + 1 == 2)"])
def test_types_that_do_not_fit_are_refused_in_loops_too(text: str) -> None:
    with pytest.raises(ExpressionError, match="it mixes types"):
        Expression(text)


@pytest.mark.parametrize("name", ["__some", "__start", "__lost"])
def test_functions_of_loops_are_not_for_policies(name: str) -> None:
    with pytest.raises(ExpressionError, match="there is no function"):
        Expression(f"{name}()")

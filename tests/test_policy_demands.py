"""Short forms in each way that they can be written, and what is refused of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcmlint.errors import UsageError
from dcmlint.explain_policy import policy_test
from dcmlint.policy.load import load_policy, read_waivers


def outcome(folder: Path, demand: str, passing: str, failing: str) -> str:
    path = folder / "site.yaml"
    path.write_text(f"rules:\n- id: one\n  {demand}\n  pass: [{passing}]\n  fail: [{failing}]\n")
    return policy_test([str(path)])[0]


@pytest.mark.parametrize(
    ("demand", "passing", "failing"),
    [
        ("required: PatientID", "{PatientID: A}", "{}"),
        ("required: {attributes: PatientID, may_be_empty: true}", "{PatientID: null}", "{}"),
        ("forbidden: PatientID", "{PatientID: null}", "{PatientID: A}"),
        ("forbidden: {attributes: PatientID, even_if_empty: true}", "{}", "{PatientID: null}"),
        ("one_of: {Modality: CT}", "{Modality: CT}", "{Modality: C}, {Modality: T}"),
        ("one_of: {BitsAllocated: [8, 16]}", "{BitsAllocated: 16}", "{BitsAllocated: 1}"),
        ("one_of: {SliceThickness: 1.0}", "{SliceThickness: '1.00'}", "{SliceThickness: '1.01'}"),
        ("uid_root: {SOPInstanceUID: 1.2.3}", "{SOPInstanceUID: 1.2.3.4}", "{SOPInstanceUID: 1.2.34}"),
        (
            "uid_root: {SOPInstanceUID: [1.2.3, '2.25']}",
            "{SOPInstanceUID: 2.25.4}",
            "{SOPInstanceUID: 1.3.4}",
        ),
        ("unique: PatientID", "[{PatientID: A}, {PatientID: B}]", "[{PatientID: A}, {PatientID: A}]"),
    ],
)
def test_one_thing_alone_stands_for_a_list_of_it(
    tmp_path: Path, demand: str, passing: str, failing: str
) -> None:
    assert outcome(tmp_path, demand, passing, failing).endswith("all as they should be")


@pytest.mark.parametrize(
    ("limits", "passing", "failing"),
    [
        ("{from: 2020-01-31}", "20200131 99991231", "20200130"),
        ("{to: 2020-01-31}", "18000101 20200131", "20200201"),
        ("{from: 2020-01-31, to: '20200131'}", "20200131", "20200130 20200201"),
        ("{to: today}", "20200131", "29990101"),
        ("{from: today}", "29990101", "20200131"),
        ("{}", "20200131", ""),
    ],
)
def test_ranges_of_dates_may_be_open(tmp_path: Path, limits: str, passing: str, failing: str) -> None:
    examples = [", ".join(f"{{StudyDate: {day}}}" for day in days.split()) for days in (passing, failing)]
    assert outcome(tmp_path, f"date_range: {{StudyDate: {limits}}}", *examples).endswith(
        "all as they should be"
    )


@pytest.mark.parametrize(
    "limit", ["tomorrow", "2020", "2020-13-01", "2020-W01-1", "20200230", "null", "true"]
)
def test_limits_that_are_no_dates_are_refused(tmp_path: Path, limit: str) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(f"rules:\n- id: one\n  date_range:\n    StudyDate:\n      from: {limit}\n")
    with pytest.raises(UsageError, match=r"line 5: (rules.1.date_range.StudyDate.from: )?.* is no date"):
        load_policy(str(path))


def test_only_a_check_says_where_its_fault_is(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text("rules:\n- id: one\n  forbidden: PatientName\n  attribute: PatientID\n")
    with pytest.raises(UsageError, match=r"line 4: rules.1.attribute: only a rule with `check`"):
        load_policy(str(path))


def test_uids_of_waivers_are_uids(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text("waivers:\n- rule: value/vm\n  reason: known\n  uid: [1.2.3, study-17]\n")
    with pytest.raises(UsageError, match=r"line 4: waivers.1.uid.2: 'study-17' is not of the form"):
        read_waivers(str(path))


@pytest.mark.parametrize(
    ("value", "applies"), [("5", True), ("4", False), ('"A"', False), ("[5, 6]", False), ("null", False)]
)
def test_private_values_may_be_compared_with_numbers(tmp_path: Path, value: str, applies: bool) -> None:
    """Which type they have the file tells; another one than the expression asks for is unknown."""
    demand = 'when: private("ACME", 0x29, 0x10) > 4\n  required: PatientID'
    text = outcome(tmp_path, demand, "", f'{{"(0029,xx10,ACME)": {value}}}')
    assert ("1 not as it should be" in text) != applies

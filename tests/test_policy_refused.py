"""What is refused of a policy though it looks well formed."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcmlint.errors import UsageError
from dcmlint.policy.load import load_policy, read_waivers


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


@pytest.mark.parametrize("limit", ["soon", "'2020-02-30'", "'2020-W01-1'", "'20200131'", "20200131", "2020"])
def test_limits_that_are_no_days(tmp_path: Path, limit: str) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(f"rules:\n- id: one\n  date_range:\n    StudyDate:\n      from: {limit}\n")
    with pytest.raises(UsageError, match=r"line 5: rules.1.date_range.StudyDate.from: a day is expected"):
        load_policy(str(path))

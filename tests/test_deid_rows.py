"""Every row of PS3.15 Table E.1-1 under the Basic Profile and under each option that says something of it."""

from __future__ import annotations

import pytest

from benchmarks.deid_rows import COLUMNS, complaint, expected, table, with_attribute
from dcmlint.deid.decisions import Decisions
from dcmlint.deid.instance import Deidentifier
from dcmlint.deid.policy import Policy
from dcmlint.deid.profile import parse_profile
from dcmlint.deid.pseudonym import Pseudonyms
from dcmlint.fix.splice import spliced
from dcmlint.read.opener import read_instance


def deidentified(content: bytes, deidentifier: Deidentifier) -> bytes:
    instance = read_instance(content)
    changes = deidentifier.changes(content, instance)
    return b"".join(spliced(content, changes.edits, changes.patches, instance=instance))


@pytest.mark.parametrize("option", ["", *COLUMNS])
def test_every_row(option: str) -> None:
    policy = Policy(safe_private={"ANOTHER MAKER": frozenset((1,))})
    profile = parse_profile("basic" + (f"+{option}" if option else ""))
    deidentifier = Deidentifier(Decisions(profile, policy), Pseudonyms(b"k" * 32), break_signatures=True)
    wrong = []
    for row in table():
        if option and COLUMNS[option] not in row.codes:
            continue
        original = with_attribute(row.tag)
        found = complaint(row, option, original, deidentified(original, deidentifier))
        if found:
            wrong.append(f"{row.tag:08X} {expected(row, option)}: {found}")
    assert not wrong, "\n".join(wrong)

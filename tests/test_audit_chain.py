"""A log that is not as it was written: any byte, any record, with the key and without."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from audit_logs import KEY, OTHER_KEY, problems_of, rebuilt, records_of, write_log
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcmlint.audit.chain import mac_of
from dcmlint.audit.key import AuditKey

KEYS: tuple[AuditKey | None, ...] = (KEY, None)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_log(tmp_path_factory.mktemp("audit") / "log.jsonl")


@pytest.mark.parametrize("key", KEYS)
def test_what_was_written_has_no_problem(log: bytes, key: AuditKey | None) -> None:
    assert problems_of(log, key) == []
    assert [record["type"] for record in records_of(log)] == [
        *("header", "edit", "edit", "file", "edit", "edit", "file", "close")
    ]


@pytest.mark.parametrize("key", KEYS)
@given(data=st.data())
@QUICK
def test_any_byte_that_is_another_shows(log: bytes, key: AuditKey | None, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(log) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != log[place]))
    changed = log[:place] + bytes([byte]) + log[place + 1 :]
    line = log[:place].count(b"\n") + 1
    assert any(line <= problem.line <= line + 1 for problem in problems_of(changed, key))


@pytest.mark.parametrize("key", KEYS)
def test_every_byte_of_the_closing_record_counts(log: bytes, key: AuditKey | None) -> None:
    """Nothing follows it that would not fit: its own hash tells."""
    start = log[:-1].rindex(b"\n") + 1
    for place in range(start, len(log)):
        other = b"1" if log[place : place + 1].isdigit() else b"a"
        other = b"2" if other == log[place : place + 1] else other
        if other == log[place : place + 1]:
            continue
        assert problems_of(log[:place] + other + log[place + 1 :], key), place


@pytest.mark.parametrize("key", KEYS)
@given(data=st.data())
@QUICK
def test_any_bytes_put_in_or_taken_out_show(log: bytes, key: AuditKey | None, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(log)))
    end = data.draw(st.integers(start, len(log)))
    put = data.draw(st.binary(max_size=20))
    changed = log[:start] + put + log[end:]
    assert (problems_of(changed, key) == []) == (changed == log)


@pytest.mark.parametrize("key", KEYS)
def test_cut_off_anywhere_shows(log: bytes, key: AuditKey | None) -> None:
    for end in range(len(log)):
        assert problems_of(log[:end], key), end


def test_cut_off_between_records_names_the_line_that_is_missing(log: bytes) -> None:
    lines = log.splitlines(keepends=True)
    for count in range(1, len(lines)):
        (problem,) = (one for one in problems_of(b"".join(lines[:count])))
        assert problem.line == count + 1 and "ends without a closing record" in problem.text


@pytest.mark.parametrize("key", KEYS)
def test_a_record_that_is_missing_shows_where(log: bytes, key: AuditKey | None) -> None:
    lines = log.splitlines(keepends=True)
    for number in range(len(lines) - 1):
        found = problems_of(b"".join(lines[:number] + lines[number + 1 :]), key)
        assert found[0].line == number + 1
        assert f"records {number + 1} to {number + 1} are missing before it" in found[0].text


@pytest.mark.parametrize("key", KEYS)
def test_records_that_changed_places_show(log: bytes, key: AuditKey | None) -> None:
    lines = log.splitlines(keepends=True)
    for one, other in combinations(range(len(lines)), 2):
        moved = list(lines)
        moved[one], moved[other] = moved[other], moved[one]
        found = problems_of(b"".join(moved), key)
        assert found[0].line == one + 1 and "moved" in found[0].text


@pytest.mark.parametrize("key", KEYS)
def test_a_record_that_is_put_in_shows_where(log: bytes, key: AuditKey | None) -> None:
    lines = log.splitlines(keepends=True)
    for taken in range(len(lines)):
        for place in range(taken + 1, len(lines) + 1):
            found = problems_of(b"".join([*lines[:place], lines[taken], *lines[place:]]), key)
            assert found[0].line == place + 1, (taken, place)


def test_a_chain_rebuilt_without_the_key_shows_with_it(log: bytes) -> None:
    records = records_of(log)
    for number in range(len(records)):
        if records[number]["type"] in ("header", "close"):
            continue
        left = [record for place, record in enumerate(records) if place != number]
        for record in left:
            if record["type"] == "file":
                record["edits"] = 1 if records[number]["type"] == "edit" else record["edits"]
        assert any("MAC" in problem.text for problem in problems_of(rebuilt(left)))


def test_a_file_taken_out_and_the_chain_rebuilt_is_consistent_without_the_key_only(log: bytes) -> None:
    records = records_of(log)
    forged = rebuilt([*records[:1], *records[4:]])
    assert problems_of(forged, None) == []
    assert [problem.line for problem in problems_of(forged)] == [4, 5]
    assert all("MAC is not of this key" in problem.text for problem in problems_of(forged))


def test_macs_of_another_key_show(log: bytes) -> None:
    forged = rebuilt([{**record, "mac": mac_of(record, OTHER_KEY)} for record in records_of(log)])
    assert problems_of(forged)


def test_another_key_is_said_once(log: bytes) -> None:
    (problem,) = problems_of(log, OTHER_KEY)
    assert problem.line == 1 and "another key" in problem.text


def test_an_end_that_is_forged_with_right_counts_shows(log: bytes) -> None:
    records = records_of(log)
    assert any("MAC" in problem.text for problem in problems_of(rebuilt([*records[:4], records[-1]])))


@given(content=st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_foreign_bytes_are_problems_and_raise_nothing(content: bytes) -> None:
    assert problems_of(content)


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 100_000,
        b'{"n":1' + b"0" * 5000 + b"}",
        b"{}",
        b"[]",
        b"null",
        b'{"type":[]}',
        b'{"n":NaN}',
        b"\n",
    ],
)
def test_lines_meant_to_do_harm_are_problems(line: bytes) -> None:
    assert problems_of(line + b"\n")


def test_problems_tell_nothing_of_a_record(log: bytes, tmp_path: Path) -> None:
    told = b'{"type":"file","Lovelace^Ada":1}\n{"Lovelace^Ada"\n' + log.replace(b'"set"', b'"Lovelace^Ada"')
    assert "Lovelace" not in str(problems_of(told))

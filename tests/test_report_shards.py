"""What fits into an upload for GitHub code scanning, and lines that wait for another order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcmlint.model import SEVERITIES
from dcmlint.report.buckets import Buckets
from dcmlint.report.shards import MAX_RESULTS, MAX_RUNS, STANDING, Counts, Range, planned

RULES = ("a/1", "b/2", "c/3")

COUNTS = st.dictionaries(
    st.tuples(st.sampled_from(SEVERITIES), st.sampled_from(RULES)), st.integers(1, 120_000)
)


def test_standing_runs_fill_an_upload() -> None:
    assert sum(STANDING.values()) == MAX_RUNS
    assert tuple(STANDING) == SEVERITIES


def test_few_findings_are_in_the_first_run_of_their_severity() -> None:
    plan = planned({("error", "b/2"): 3, ("error", "a/1"): 2, ("note", "a/1"): 5_000})
    filled = {shard.category: shard.ranges for shard in plan.shards if shard.ranges}
    assert filled == {"error": (Range("a/1", 0, 2), Range("b/2", 0, 3)), "note": (Range("a/1", 0, 5_000),)}
    assert len(plan.shards) == MAX_RUNS and plan.left_out == () and plan.missing() == []


def test_one_more_than_fits_into_a_run() -> None:
    plan = planned({("warning", "a/1"): MAX_RESULTS + 1})
    filled = [(shard.category, shard.ranges) for shard in plan.shards if shard.ranges]
    assert filled == [
        ("warning", (Range("a/1", 0, MAX_RESULTS),)),
        ("warning/2", (Range("a/1", MAX_RESULTS, MAX_RESULTS + 1),)),
    ]


def test_most_frequent_rules_are_cut_to_the_same_number() -> None:
    plan = planned({("error", "a/1"): 900, ("error", "b/2"): 50, ("error", "c/3"): 800}, 650)
    assert plan.shards[0].ranges == (Range("a/1", 0, 300), Range("b/2", 0, 50), Range("c/3", 0, 300))
    assert [tuple(each) for each in plan.left_out] == [("error", "a/1", 600), ("error", "c/3", 500)]


def test_errors_alone_leave_the_first_runs_of_the_others() -> None:
    plan = planned({("error", "a/1"): 120_000, ("note", "a/1"): 7})
    assert [shard.category for shard in plan.shards[-3:]] == ["error/18", "warning", "note"]
    assert [shard.results for shard in plan.shards] == [MAX_RESULTS] * 18 + [0, 0]
    assert [tuple(each) for each in plan.left_out] == [("error", "a/1", 30_000), ("note", "a/1", 7)]
    assert [shard.category for shard in plan.missing()] == [
        f"{severity}/{number}" for severity in ("warning", "note") for number in range(2, 7)
    ]


@settings(max_examples=300, deadline=None)
@given(COUNTS, st.integers(0, MAX_RUNS * MAX_RESULTS))
def test_plans(counts: Counts, limit: int) -> None:
    plan = planned(counts, limit)
    assert len(plan.shards) == MAX_RUNS
    assert len({shard.category for shard in plan.shards}) == MAX_RUNS
    assert {"error", "warning", "note"} <= {shard.category for shard in plan.shards}
    assert all(shard.results <= MAX_RESULTS for shard in plan.shards)
    assert plan.results <= limit
    order = [SEVERITIES.index(shard.severity) for shard in plan.shards]
    assert order == sorted(order)
    left = {(severity, rule): number for severity, rule, number in plan.left_out}
    for (severity, rule), number in counts.items():
        ranges = [
            each
            for shard in plan.shards
            if shard.severity == severity
            for each in shard.ranges
            if each.rule == rule
        ]
        ends = [0, *(each.stop for each in ranges)]
        assert [each.start for each in ranges] == ends[:-1]
        assert ends[-1] + left.get((severity, rule), 0) == number
    cut = [SEVERITIES.index(severity) for severity, _ in left]
    if cut:
        kept = [SEVERITIES.index(shard.severity) for shard in plan.shards if shard.results]
        assert max(kept, default=0) <= min(cut)


@pytest.mark.parametrize("length", [3, 4_000])
def test_lines_come_back_by_key(length: int) -> None:
    buckets = Buckets(most=25)
    for number in range(60):
        buckets.add("ab"[number % 2], f"{number}".rjust(length))
    assert buckets.counts == {"a": 30, "b": 30}
    for start, stop in ((0, 25), (3, 21), (24, 25), (7, 8), (5, 5)):
        lines = [line.strip() for some in buckets.read("b", start, stop) for line in some]
        assert lines == [str(number) for number in range(1 + 2 * start, 1 + 2 * stop, 2)]
    assert [len(some) for some in buckets.read("a", 0, 30)][-1:] and sum(
        len(some) for some in buckets.read("a", 0, 30)
    ) == 25
    assert list(buckets.read("none", 0, 5)) == []
    assert buckets.size == 50 * (length + 1)
    buckets.close()
    assert list(buckets.read("a", 0, 25)) == []


def test_lines_of_many_keys_share_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    opened = []
    original = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda mode: opened.append(mode) or original(mode))
    buckets = Buckets(most=1_000)
    for number in range(3_000):
        buckets.add(str(number % 5), "x" * 500)
    assert len(opened) == 1
    assert [sum(map(len, buckets.read(str(key), 0, 1_000))) for key in range(5)] == [600] * 5
    buckets.close()

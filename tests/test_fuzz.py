"""No bytes make the check raise, hang or need much memory (a small run of benchmarks/fuzz.py)."""

from __future__ import annotations

import itertools
import os
import random

import pytest
from hypothesis import HealthCheck, given, settings

from benchmarks.fuzz import bases, failure
from benchmarks.inputs import attacks, data_sets, mutated


@settings(max_examples=700, deadline=None, suppress_health_check=list(HealthCheck))
@given(data_sets())
def test_generated_files_are_survived(content: bytes) -> None:
    assert failure(content) == ""


@pytest.mark.parametrize("seed", range(4))
def test_mutations_of_real_files_are_survived(seed: int) -> None:
    source = random.Random(seed)
    contents = bases()
    source.shuffle(contents)
    failures = []
    for number, content in enumerate(itertools.islice(itertools.cycle(contents), 600)):
        changed = mutated(source, content, contents)
        reason = failure(changed, traced=number % 60 == 0)
        if reason:
            failures.append((number, reason))
    assert failures == []


@pytest.mark.parametrize(("name", "content"), list(attacks(1)), ids=[name for name, _ in attacks(1)])
def test_attacks_are_survived(name: str, content: bytes) -> None:
    assert failure(content) == ""


def test_a_failing_check_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    import benchmarks.fuzz as fuzz

    def raising(content: bytes) -> set[str]:
        raise ValueError

    def hoarding(content: bytes) -> set[str]:
        hoard.append(b"x" * (200 << 20))
        hoard.clear()
        return set()

    def hanging(content: bytes) -> set[str]:
        while True:
            pass

    hoard: list[bytes] = []
    monkeypatch.setattr(fuzz, "_SECONDS", 1.0)
    for check, reason in (
        (raising, "raises ValueError"),
        (hoarding, "needs "),
        (hanging, "takes more than"),
    ):
        monkeypatch.setattr(fuzz, "report_rules", check)
        assert failure(b"", traced=True).startswith(reason)
        if check is not hoarding or os.access("/proc/self/clear_refs", os.W_OK):
            assert failure(b"").startswith(reason)

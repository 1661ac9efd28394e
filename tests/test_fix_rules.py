"""The fixes of rules: what each makes of its cases, that once is enough, and that nothing gets worse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from command_line import CLEAN, FAULTY

from dcmlint.catalogue import catalogue
from dcmlint.fix.original import Originals
from dcmlint.fix.passes import Mending, mended
from dcmlint.model import Finding, InstanceReport
from dcmlint.read.opener import read_instance
from dcmlint.rule import Mended
from dcmlint.scan import Session, lint_instance

WHEN = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)
FIXES = {rule_id: rule.fix for rule_id, rule in catalogue().items() if rule.fix is not None}
CASES = [(rule_id, case) for rule_id, fix in FIXES.items() for case in fix.cases]
ORIGINAL_ATTRIBUTES = 0x04000561


@cache
def session() -> Session:
    return Session()


def held(chunks: Iterable[Any]) -> bytes:
    return b"".join(map(bytes, chunks))


def fixed(content: bytes, rules: Iterable[str] = tuple(FIXES), *, unsafe: bool = True) -> Mending:
    """Return what comes of a file if the findings of these rules are mended."""
    chosen = frozenset(rules)

    def wanted(buf: bytes, report: InstanceReport) -> list[Finding]:
        return [each for each in report.findings if each.rule in chosen]

    return mended(content, session(), wanted, held=held, originals=Originals(unsafe=unsafe, when=WHEN))


def findings(content: bytes) -> Counter[tuple[Any, ...]]:
    """Return the findings by rule and place, what Original Attributes Sequence keeps left out."""
    found = lint_instance(read_instance(content), session()).findings
    return Counter(
        (each.rule, each.location, each.tag, each.attributes)
        for each in found
        if each.location[:1] != (ORIGINAL_ATTRIBUTES,)
    )


def values(content: bytes) -> dict[tuple[Any, ...], tuple[str, bytes]]:
    """Return the VR and bytes of each Data Element by its place, Original Attributes Sequence left out."""
    instance = read_instance(content)
    found: dict[tuple[Any, ...], tuple[str, bytes]] = {}
    for item in (*([instance.meta] if instance.meta else []), *instance.root.walk()):
        for tag in item.elements:
            if ORIGINAL_ATTRIBUTES not in (*item.location[::2], tag):
                found[(*item.location, tag)] = (item.elements[tag][0], item.raw(tag) or b"")
    return found


@pytest.mark.parametrize(
    ("rule_id", "case"), CASES, ids=[f"{rule_id} {number}" for number, (rule_id, _) in enumerate(CASES)]
)
def test_case(rule_id: str, case: Mended) -> None:
    before, after = case.before(), case.after()
    assert findings(before), "the case has no fault"
    assert any(key[0] == rule_id for key in findings(before))
    done = fixed(before, [rule_id])
    assert values(done.content) == values(after)
    if before != after:
        assert done.applied[rule_id] > 0
    else:
        assert done.content is before
    if ORIGINAL_ATTRIBUTES not in read_instance(done.content).root.elements:
        assert done.content == after


@pytest.mark.parametrize("rule_id", sorted(FIXES))
def test_every_fix_has_a_case_that_it_changes(rule_id: str) -> None:
    assert any(case.before() != case.after() for case in FIXES[rule_id].cases)
    assert FIXES[rule_id].says.endswith(".")


def inputs() -> Iterator[bytes]:
    for path in sorted([*FAULTY.glob("*.dcm"), *CLEAN.glob("*.dcm")]):
        yield path.read_bytes()
    for rule in catalogue().values():
        for case in rule.cases:
            if case.file is not None:
                yield case.file()


@pytest.mark.parametrize("unsafe", [False, True])
def test_once_is_enough_and_nothing_gets_worse(unsafe: bool) -> None:
    changed = 0
    for content in inputs():
        done = fixed(content, unsafe=unsafe)
        again = fixed(done.content, unsafe=unsafe)
        assert again.content is done.content, again.applied
        assert not findings(done.content) - findings(content)
        changed += done.content is not content
    assert changed > 50


def test_clean_files_stay_as_they_are() -> None:
    for path in sorted(CLEAN.glob("*.dcm")):
        content = path.read_bytes()
        assert fixed(content).content is content

"""The fixes of rules: what each makes of its cases, that once is enough, and that nothing gets worse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from command_line import CLEAN, FAULTY

from dcmlint.catalogue import _flaw, catalogue
from dcmlint.fix.edit import Edit, NewElement
from dcmlint.fix.fixes import Proposal
from dcmlint.fix.original import Originals
from dcmlint.fix.passes import Mending, mended
from dcmlint.model import Finding, InstanceReport, Location, Raw
from dcmlint.read.encode import part10
from dcmlint.read.item import Instance
from dcmlint.read.opener import read_instance
from dcmlint.rule import Faulty, Fix, Mended
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


class Recorded(Originals):
    """Remembers each place that is edited."""

    def __init__(self, *, unsafe: bool) -> None:
        super().__init__(unsafe=unsafe, when=WHEN)
        self.places: set[tuple[int, ...]] = set()

    def keep(self, instance: Instance, used: Iterable[Proposal], wrong: Collection[Location] = ()) -> None:
        used = list(used)
        self.places.update((*edit.location, edit.tag) for each in used for edit in each.edits)
        super().keep(instance, used, wrong)


def fixed(
    content: bytes,
    rules: Iterable[str] = tuple(FIXES),
    *,
    unsafe: bool = True,
    originals: Originals | None = None,
) -> Mending:
    """Return what comes of a file if the findings of these rules are mended."""
    chosen = frozenset(rules)

    def wanted(buf: bytes, report: InstanceReport) -> list[Finding]:
        return [each for each in report.findings if each.rule in chosen]

    originals = originals or Originals(unsafe=unsafe, when=WHEN)
    return mended(content, session(), wanted, held=held, originals=originals)


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
        recorded = Recorded(unsafe=unsafe)
        done = fixed(content, originals=recorded)
        only_edited(content, done, recorded.places)
        again = fixed(done.content, unsafe=unsafe)
        assert again.content is done.content, again.applied
        assert not findings(done.content) - findings(content)
        changed += done.content is not content
    assert changed > 50


def only_edited(before: bytes, done: Mending, places: set[tuple[int, ...]]) -> None:
    """Assert that elements are as they were, VR and bytes, but for those that an edit names and group 0002
    that was not there."""
    old, new = values(before), values(done.content)
    has_meta = any(place[0] >> 16 == 2 for place in old)
    for place in old.keys() | new.keys():
        if old.get(place) != new.get(place) and (has_meta or place[0] >> 16 != 2):
            above = {place[:length] for length in range(1, len(place) + 1, 2)}
            assert above & places or not place[-1] & 0xFFFF, place
    if read_instance(before).fragments:
        fragments = read_instance(before).fragments[0][2], read_instance(done.content).fragments[0][2]
        one, other = (
            [content[start : start + size] for start, size in each]
            for content, each in zip((before, done.content), fragments, strict=True)
        )
        assert one == other


def test_clean_files_stay_as_they_are() -> None:
    for path in sorted(CLEAN.glob("*.dcm")):
        content = path.read_bytes()
        assert fixed(content).content is content


def test_a_fix_that_fails_is_told_and_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(faulty: Faulty) -> Iterator[Edit]:
        raise KeyError("a value")

    rule = catalogue()["encoding/padding"]
    assert rule.fix is not None
    broken = replace(rule, fix=replace(rule.fix, edits=fails))
    monkeypatch.setattr(session(), "rules", {**session().rules, rule.id: broken})
    content = rule.fix.cases[0].before()
    done = fixed(content, [rule.id])
    assert done.content is content
    assert done.refused == {rule.id: "its fix failed (KeyError)"}


def test_a_fix_that_makes_it_worse_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def worsens(faulty: Faulty) -> Iterator[Edit]:
        yield Edit((), 0x00080060, "set", NewElement(0x00080060, "CS", b"no good"))

    rule = catalogue()["encoding/padding"]
    assert rule.fix is not None
    broken = replace(rule, fix=replace(rule.fix, edits=worsens))
    monkeypatch.setattr(session(), "rules", {**session().rules, rule.id: broken})
    content = part10({"Modality": "CT", "StudyID": Raw("SH", b"1\0"), "StationName": b"123"})
    done = fixed(content)
    assert done.applied == Counter({"encoding/odd-length": 1})
    assert "another fault (" in done.refused[rule.id]
    assert read_instance(done.content).raw("Modality") == b"CT"


def test_a_plugin_rule_with_a_fix_that_cannot_be_called_is_left_out() -> None:
    rule = replace(catalogue()["encoding/padding"], fix=Fix(True, None, "Nothing."))  # type: ignore[arg-type]
    assert "a fix that cannot be called" in _flaw(rule)
    assert not _flaw(catalogue()["encoding/padding"])

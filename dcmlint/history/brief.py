"""A short page in Markdown, for chat or mail: what is new, what got worse, what was resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dcmlint.history.cube import OTHERS
from dcmlint.history.overview import Overview, banners, when, worse
from dcmlint.report.markdown import heading, linked, more_rows, plain, table_row

__all__ = ["brief"]

_ROWS = 10
_STUDIES = 5
_AXES: Mapping[str, str] = {"rule": "Rule", "device": "Model", "station": "Station"}


def brief(found: Overview) -> str:
    """Return the page; what does not fit is counted."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Overview) -> Iterator[str]:
    run, before = found.compared.run, found.compared.before
    since = f"run {before.id} ({when(before.finished)})" if before else "the beginning: it is the first run"
    yield f"## dcmlint: run {run.id}, {when(run.finished)}"
    yield ""
    for text in banners(found):
        yield f"**{plain(text)}**"
        yield ""
    yield from _numbers(found)
    yield ""
    seen = f"{run.visited:,} objects visited, {run.changed:,} of them new or changed"
    yield f"New and resolved since {since}. {seen}."
    yield from _changed(found, "New", 0)
    yield from _worse(found)
    yield from _changed(found, "Resolved", 2)
    yield from _studies(found)


def _numbers(found: Overview) -> Iterator[str]:
    yield table_row("", "Open", "New", "Resolved")
    yield table_row("---", "--:", "--:", "--:")
    for severity, (new, known, resolved) in _by_severity(found):
        yield table_row(f"{severity}s", f"{new + known:,}", f"{new:,}", f"{resolved:,}")


def _by_severity(found: Overview) -> Iterator[tuple[str, list[int]]]:
    totals = found.cube.totals("severity")
    for severity in ("error", "warning", "note"):
        yield severity, totals.get(severity, [0, 0, 0])


def _changed(found: Overview, title: str, state: int) -> Iterator[str]:
    severities = found.cube.severities()
    rules = [(rule, numbers) for rule, numbers in found.cube.totals("rule").items() if numbers[state]]
    if not rules:
        return
    rules.sort(key=lambda item: (-item[1][state], item[0]))
    yield from heading(title, "Severity", "Rule", "Findings:")
    for rule, numbers in rules[:_ROWS]:
        name = "(others)" if rule == OTHERS else linked(rule)
        yield table_row(severities[rule], name, f"{numbers[state]:,}")
    yield from more_rows(len(rules) - _ROWS, "rules")


def _worse(found: Overview) -> Iterator[str]:
    rows = worse(found.cube, *_AXES) if found.compared.before else []
    if rows:
        yield from heading("Got worse", "What", "", "Before:", "Now:")
        for each in rows[:_ROWS]:
            name = linked(each.value) if each.axis == "rule" else plain(each.value)
            yield table_row(_AXES[each.axis], name, f"{each.before:,}", f"{each.now:,}")
        yield from more_rows(len(rows) - _ROWS, "rules, models and stations")


def _studies(found: Overview) -> Iterator[str]:
    if found.studies:
        yield from heading("The worst studies", "Study", "Errors:", "Warnings:", "Notes:", "New:")
        for study in found.studies[:_STUDIES]:
            numbers = (study.errors, study.warnings, study.notes, study.new)
            yield table_row(f"`{study.study_uid}`", *(f"{number:,}" for number in numbers))

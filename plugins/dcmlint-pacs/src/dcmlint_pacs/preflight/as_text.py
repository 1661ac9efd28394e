"""A preflight as text for a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dcmlint_pacs.names import name
from dcmlint_pacs.preflight.demand import REASONS, Demand
from dcmlint_pacs.preflight.verdict import STATUSES, Verdict
from dcmlint_pacs.preflight.words import (
    WORDS,
    Preflight,
    facts_lines,
    plural,
    short_syntax,
    storescu_sums,
    sums,
)

__all__ = ["preflight_text"]

_WIDTH = 100
_FIRST = 34
_COLUMN = 11
_MOST_LINES = 200
_HOW = {
    "as-stored": "send {} as stored",
    "converted": "convert {}",
    "sent": "send {} as stored or converted",
    "not-sent": "not send {}",
    "unknown": "(unknown for {})",
}


def preflight_text(preflight: Preflight) -> str:
    """Return the matrix, what is to be said of each cell that is not accepted, and sums."""
    return "\n".join(_lines(preflight)) + "\n"


def _lines(preflight: Preflight) -> Iterator[str]:
    for what, value in facts_lines(preflight.offer):
        yield from _wrapped(f"{what + ':':<16}{value}", 16)
    yield ""
    yield from _matrix(preflight.verdicts)
    yield from _details(preflight.verdicts)
    yield from _apart(preflight.demand)
    counted = storescu_sums(preflight) if preflight.offer.kind != "web" else {}
    told = ", ".join(text.format(f"{counted[how]:,}") for how, text in _HOW.items() if counted.get(how))
    if told:
        yield f"DCMTK's storescu --required would {told}."
    yield sums(preflight)


def _matrix(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield the table in blocks that fit: a row for each SOP Class, a column for each Transfer Syntax."""
    syntaxes = list(dict.fromkeys(each.pair.syntax for each in sorted(verdicts, key=_by_syntax)))
    room = (_WIDTH - _FIRST) // _COLUMN
    for start in range(0, len(syntaxes), room):
        columns = syntaxes[start : start + room]
        yield f"{'SOP Class':<{_FIRST}}" + "".join(f"{short_syntax(each):>{_COLUMN}}" for each in columns)
        for sop_class in dict.fromkeys(each.pair.sop_class for each in verdicts):
            cells = {each.pair.syntax: each for each in verdicts if each.pair.sop_class == sop_class}
            if any(each in cells for each in columns):
                row = "".join(f"{_cell(cells.get(each)):>{_COLUMN}}" for each in columns)
                yield f"{_cut(name(sop_class)):<{_FIRST}}{row}".rstrip()
        yield ""
    if verdicts:
        yield "yes: accepted; conv: not as stored, but after a conversion; no: rejected; ?: unknown"
        yield from _wrapped("; ".join(f"{short_syntax(each)}: {name(each)}" for each in syntaxes), 2)
        yield ""


def _by_syntax(verdict: Verdict) -> tuple[int, ...]:
    return tuple(int(part) for part in verdict.pair.syntax.split("."))


def _cell(verdict: Verdict | None) -> str:
    return "" if verdict is None else f"{verdict.cell.count:,} {WORDS[verdict.status]}"


def _cut(text: str) -> str:
    return text if len(text) < _FIRST else text[: _FIRST - 2] + "…"


def _details(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield what is to be said of what is not accepted: what is said of several Transfer Syntaxes, once."""
    told = 0
    for status in reversed(STATUSES):
        groups: dict[tuple[str, str], list[Verdict]] = {}
        for each in verdicts:
            if each.status == status and status != "accepted":
                groups.setdefault((each.pair.sop_class, _said(each)), []).append(each)
        if not groups:
            continue
        yield f"{status.capitalize()}:"
        for (sop_class, said), group in groups.items():
            told += 1
            if told <= _MOST_LINES:
                yield from _wrapped(_detail(sop_class, said, group), 10)
        yield ""
    if told > _MOST_LINES:
        yield f"{told - _MOST_LINES:,} more are in the other formats."


def _said(verdict: Verdict) -> str:
    """Return what is said of a verdict, without its Transfer Syntax and the tools, which depend on it."""
    to = verdict.to
    if to is not None:
        return f"{verdict.answer.why}; takes {name(to.syntax)}, {'lossless' if to.lossless else 'WITH LOSS'}"
    if verdict.rule == "interop/no-common-transfer-syntax":
        return f"{verdict.answer.why}; takes nothing that it can be converted to"
    return verdict.answer.why


def _detail(sop_class: str, said: str, group: Sequence[Verdict]) -> str:
    count = sum(each.cell.count for each in group)
    syntaxes = ", ".join(short_syntax(each.pair.syntax) for each in group)
    tools = dict.fromkeys(each.to.tool or "no common tool" for each in group if each.to is not None)
    by = f" ({'; '.join(tools)})" if tools else ""
    return f"{count:>8,}  {name(sop_class)} in {syntaxes}: {said}{by}"


def _apart(demand: Demand) -> Iterator[str]:
    lines = [(each.count, REASONS[reason], each.examples) for reason, each in demand.apart.items()]
    if demand.mismatched.count:
        what = "File Meta Information and Data Set disagree about SOP Class or Instance; the Data Set counts"
        lines.append((demand.mismatched.count, what, demand.mismatched.examples))
    without = sum(cell.without_uids for cell in demand.cells.values())
    if without:
        lines.append((without, "no Study or Series Instance UID: archives may refuse them at C-STORE", []))
    for count, what, examples in lines:
        such = f" (such as {_printable(examples[0])})" if examples else ""
        yield from _wrapped(f"{plural(count, 'file')}: {what}{such}", 4)
    if lines:
        yield ""


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text)


def _wrapped(text: str, indent: int) -> Iterator[str]:
    """Yield lines of at most 100 columns, the further ones indented; a long word stays whole."""
    line = ""
    head = text[: len(text) - len(text.lstrip())]
    for word in text.strip().split(" "):
        if line and len(line) + 1 + len(word) > _WIDTH:
            yield line
            line = " " * indent + word
        else:
            line = f"{line} {word}" if line else head + word
    yield line

"""A preflight as one page of HTML that loads nothing: no scripts, no fonts, no addresses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from dcmlint_pacs.names import name
from dcmlint_pacs.preflight.demand import REASONS, Demand
from dcmlint_pacs.preflight.verdict import STATUSES, Verdict
from dcmlint_pacs.preflight.words import (
    WORDS,
    Preflight,
    conversion_text,
    facts_lines,
    plural,
    short_syntax,
    storescu_text,
    sums,
)

__all__ = ["preflight_html"]

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
"""
_FIRST = ("rejected", "transcodable", "unknown", "accepted")
"""What there is to do about comes first."""

_TITLES = {
    "accepted": "accepted as stored",
    "transcodable": "after a conversion",
    "rejected": "rejected",
    "unknown": "unknown",
}


def preflight_html(preflight: Preflight) -> str:
    """Return the page."""
    title = f"Preflight: {preflight.offer.peer}"
    style = Path(__file__).with_name("preflight.css").read_text(encoding="utf-8")
    return "\n".join(
        [
            _HEAD.format(title=escape(title), style=style),
            f"<h1>{escape(title)}</h1>",
            f'<p class="sub">Will this peer take these data? {escape(sums(preflight))}.</p>',
            *_sums(preflight),
            *_matrix(preflight.verdicts),
            *_details(preflight.verdicts),
            *_peer(preflight),
            *_apart(preflight.demand),
            "</main>\n</body>\n</html>\n",
        ]
    )


def _sums(preflight: Preflight) -> Iterator[str]:
    yield '<ul class="sums">'
    count = preflight.instances()
    for status in STATUSES:
        if status != "unknown" or count[status]:
            yield f'<li class="{status}"><b>{count[status]:,}</b> {_TITLES[status]}</li>'
    yield "</ul>"


def _matrix(verdicts: Sequence[Verdict]) -> Iterator[str]:
    syntaxes = sorted(
        {each.pair.syntax for each in verdicts}, key=lambda uid: [int(n) for n in uid.split(".")]
    )
    yield "<h2>SOP Class by Transfer Syntax</h2>"
    yield '<div class="wide" role="region" aria-label="Matrix" tabindex="0"><table class="matrix">'
    yield "<caption>Instances, and whether the peer takes them: yes as stored, conv after a conversion, no."
    yield "</caption>"
    yield '<thead><tr><th scope="col">SOP Class</th>'
    for uid in syntaxes:
        full = escape(f"{name(uid)} ({uid})")
        yield f'<th scope="col"><abbr title="{full}">{escape(short_syntax(uid))}</abbr></th>'
    yield "</tr></thead><tbody>"
    for sop_class in dict.fromkeys(each.pair.sop_class for each in verdicts):
        cells = {each.pair.syntax: each for each in verdicts if each.pair.sop_class == sop_class}
        yield f'<tr><th scope="row"><span title="{escape(sop_class)}">{escape(name(sop_class))}</span></th>'
        yield "".join(_cell(cells.get(uid)) for uid in syntaxes) + "</tr>"
    yield "</tbody></table></div>"


def _cell(verdict: Verdict | None) -> str:
    if verdict is None:
        return "<td></td>"
    hint = conversion_text(verdict) or verdict.answer.why
    title = f' title="{escape(hint)}"' if hint else ""
    return f'<td class="{verdict.status}"{title}>{verdict.cell.count:,} {WORDS[verdict.status]}</td>'


def _details(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield "<h2>Each of them</h2>"
    yield '<div class="wide" role="region" aria-label="Verdicts" tabindex="0"><table>'
    yield "<caption>What is rejected comes first.</caption>"
    yield "<thead><tr>"
    for title in (
        "Verdict",
        "Instances",
        "SOP Class",
        "Transfer Syntax",
        "Why, and what could be done",
        "DCMTK's storescu",
        "Such as",
    ):
        yield f'<th scope="col">{title}</th>'
    yield "</tr></thead><tbody>"
    for each in sorted(verdicts, key=lambda verdict: _FIRST.index(verdict.status)):
        yield _row(each)
    yield "</tbody></table></div>"


def _row(verdict: Verdict) -> str:
    pair = verdict.pair
    to = f"<small>takes {escape(conversion_text(verdict))}</small>" if verdict.to is not None else ""
    such = escape(_printable(verdict.cell.instances[0].file)) if verdict.cell.instances else ""
    return (
        f'<tr><td class="{verdict.status}">{verdict.status}</td><td class="n">{verdict.cell.count:,}</td>'
        f"<td>{escape(name(pair.sop_class))}<small>{escape(pair.sop_class)}</small></td>"
        f"<td>{escape(name(pair.syntax))}<small>{escape(pair.syntax)}</small></td>"
        f"<td>{escape(verdict.answer.why)}{to}</td><td>{escape(storescu_text(verdict))}</td>"
        f"<td><small>{such}</small></td></tr>"
    )


def _peer(preflight: Preflight) -> Iterator[str]:
    yield "<h2>The peer</h2>\n<dl>"
    for what, value in facts_lines(preflight.offer):
        yield f"<dt>{escape(what)}</dt><dd>{escape(value)}</dd>"
    yield "</dl>"


def _apart(demand: Demand) -> Iterator[str]:
    rows = [(each, REASONS[reason]) for reason, each in demand.apart.items()]
    if demand.mismatched.count:
        rows.append((demand.mismatched, "File Meta Information and Data Set disagree; the Data Set counts"))
    if not rows:
        return
    yield "<h2>Besides</h2>\n<ul>"
    for each, what in rows:
        such = f"<small>{escape(_printable(', '.join(each.examples)))}</small>"
        yield f"<li>{plural(each.count, 'file')}: {escape(what)}{such}</li>"
    yield "</ul>"


def _printable(text: str) -> str:
    """Return a name of a file that can be written as UTF-8."""
    return "".join(each if each.isprintable() else "?" for each in text)

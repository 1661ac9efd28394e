"""Parts of the report's page; whatever text goes in is escaped here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

__all__ = [
    "Markup",
    "breakable",
    "code",
    "commands",
    "definitions",
    "joined",
    "paragraph",
    "section",
    "table",
]

_BREAKS = re.compile(r"(?<=\])|(?<=[a-z])(?=[A-Z])")


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def joined(parts: Iterable[object], between: str = "") -> Markup:
    """Return the parts, each escaped unless it is Markup."""
    return Markup(between.join(_safe(part) for part in parts))


def paragraph(*parts: object) -> Markup:
    """Return a paragraph."""
    return Markup(f"<p>{joined(parts)}</p>\n")


def code(text: object) -> Markup:
    """Return text in a fixed-width font."""
    return Markup(f"<code>{_safe(text)}</code>")


def breakable(text: str) -> Markup:
    """Return a keyword or a path that lines may break in: between its words, after its Items."""
    return Markup(_BREAKS.sub("<wbr>", escape(text)))


def commands(*lines: str) -> Markup:
    """Return lines to be typed, or text whose lines stay as they are."""
    return Markup(f"<pre>{escape(chr(10).join(lines))}</pre>\n")


def section(title: str, *parts: object) -> Markup:
    """Return a section under its heading."""
    return Markup(f"<section>\n<h2>{escape(title)}</h2>\n{joined(parts)}</section>\n")


def definitions(rows: Iterable[tuple[object, object]]) -> Markup:
    """Return a table of names and what they stand for."""
    body = "".join(
        f"<tr><th scope=row>{_safe(name)}</th><td>{_safe(value)}</td></tr>\n" for name, value in rows
    )
    return Markup(f"<table class=facts>\n{body}</table>\n")


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    """Return a table; cells that are numbers are aligned as such."""
    rows = list(rows)
    if not rows:
        return paragraph("None.")
    kinds = [" class=n" if isinstance(value, int) else "" for value in rows[0]]
    head = "".join(
        f"<th scope=col{kind}>{escape(name)}</th>" for name, kind in zip(heads, kinds, strict=True)
    )
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>\n" for row in rows)
    return Markup(f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n")


def _cell(value: object) -> str:
    return f"<td class=n>{value:,}</td>" if isinstance(value, int) else f"<td>{_safe(value)}</td>"


def _safe(part: object) -> str:
    return part if isinstance(part, Markup) else escape(str(part))

"""What several reports say in the same words: a finding, its whereabouts, an input's SOP Class, a run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from dcmlint.model import SEVERITIES, Severity
from dcmlint.report.protocol import Summary
from dcmlint.report.render import shown_uid
from dcmlint.report.shown import FileReport, Shown
from dcmlint.standard.dictionary import uid

__all__ = [
    "Paint",
    "alike",
    "bare",
    "class_name",
    "counted",
    "fix_line",
    "listed",
    "sentence",
    "severity_style",
    "summary_line",
    "told",
    "whereabouts",
]

Paint = Callable[[str, str], str]
"""Gives text a style of a terminal, such as "1;31"."""

_STYLES: dict[Severity, str] = {"error": "1;31", "warning": "33", "note": "36"}
_MAX_NAMES = 12
_ITEM_NUMBER = re.compile(r"\[\d+\]")


def bare(text: str, style: str) -> str:
    """Return the text as it is: the Paint of what is no terminal."""
    return text


def severity_style(severity: Severity) -> str:
    """Return the style of a severity."""
    return _STYLES[severity]


def sentence(shown: Shown) -> str:
    """Return the message with the attribute path and tag, for viewers that cannot show binary files."""
    message = shown.message
    if shown.path is None:
        return message
    where = shown.path if shown.tag is None or shown.keyword is None else f"{shown.path} {shown.tag}"
    start, rest = message[: len(shown.label)], message[len(shown.label) :]
    if shown.tag is not None and start == shown.label and not rest[:1].isalnum():
        return where + rest
    return f"{where}: {message}"


def told(shown: Shown) -> str:
    """Return the sentence of a finding with the attributes that it lists and does not name itself."""
    names = [name for name in shown.attributes if name not in shown.message]
    return f"{sentence(shown)}: {listed(names)}" if names else sentence(shown)


def whereabouts(shown: Shown) -> str:
    """Return what else there is to say of a finding, "byte 812; PS3.5 7.4.1", "" if nothing."""
    byte = None if shown.offset is None else f"byte {shown.offset}"
    return "; ".join(part for part in (byte, shown.citation) if part)


def listed(names: Sequence[str]) -> str:
    """Return names with commas between, the first twelve of them."""
    more = len(names) - _MAX_NAMES
    return ", ".join(names[:_MAX_NAMES]) + (f" and {more} more" if more > 0 else "")


def alike(findings: Iterable[Shown]) -> Iterable[list[Shown]]:
    """Return findings that say the same of the same attribute in several Items together."""
    together: dict[tuple[object, ...], list[Shown]] = {}
    for shown in findings:
        path = shown.path and (_ITEM_NUMBER.sub("[]", shown.path) if "[" in shown.path else shown.path)
        key = (shown.rule, shown.severity, path, shown.message, shown.attributes, shown.line)
        together.setdefault(key, []).append(shown)
    return together.values()


def class_name(report: FileReport) -> str:
    """Return the name of the SOP Class, its UID if PS3.6 has no name, "" if there is none."""
    found = uid(report.sop_class_uid)
    return shown_uid(report.sop_class_uid) or "" if found is None else found.name


def counted(numbers: Iterable[tuple[str, int]]) -> str:
    """Return "2 errors, 1 note" of the numbers that are not zero."""
    return ", ".join(f"{number} {name}{'' if number == 1 else 's'}" for name, number in numbers if number)


def summary_line(summary: Summary, paint: Paint = bare) -> str:
    """Return one line on a run: what was checked, what was found."""
    checked = f"{_number(summary.instances, 'SOP Instance')} in {_number(summary.files, 'file')}"
    found = [
        paint(_number(number, name), _STYLES[name])
        for name, number in zip(SEVERITIES, (summary.errors, summary.warnings, summary.notes), strict=True)
        if number
    ]
    others = (
        ("unreadable", summary.unreadable),
        ("not DICOM", summary.skipped),
        ("waived", summary.waived),
        ("in the baseline", summary.known),
    )
    besides = [f"{number:,} {name}" for name, number in others if number]
    verdict = ", ".join(found) or paint("no findings", "32")
    line = f"{checked} checked in {summary.elapsed_s:.1f} s: {verdict}"
    return f"{line} ({', '.join(besides)})" if besides else line


def fix_line(summary: Summary) -> str:
    """Return a line on what of it `dcmlint fix` has a fix for, "" if nothing."""
    safe, unsafe = summary.fixable, summary.fixable_unsafe
    if not safe:
        return f"{_number(unsafe, 'finding')} may be fixed by dcmlint fix --unsafe-fixes" if unsafe else ""
    more = f", {unsafe:,} more with --unsafe-fixes" if unsafe else ""
    return f"{_number(safe, 'finding')} may be fixed by dcmlint fix{more}"


def _number(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"

"""Findings to what reports show of them: message, attribute path, file name, fingerprint.

Messages are made here and nowhere else, so that `dcmlint.report.redaction` sees every value.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from string import Formatter
from typing import Any, NamedTuple

from xxhash import xxh3_128_hexdigest

from dcmlint.model import UNDEFINED_LENGTH, Finding, InstanceReport, Location
from dcmlint.report.redaction import HIDDEN, shown_value
from dcmlint.report.shown import FileReport, Line, Shown, body, head_of, tail_of
from dcmlint.rule import Rule
from dcmlint.standard.dictionary import format_tag, keyword_of, label

__all__ = [
    "Place",
    "Renderer",
    "attribute_path",
    "message",
    "printable",
    "shown_file",
    "shown_uid",
]

_MAX_TEXT = 200
_MAX_LISTED = 12
_MAX_PLACES = 4096


class Place(NamedTuple):
    """Where a finding is, as text: None where there is none (the Data Set as a whole).

    `key` is the same in tags, for fingerprints: it does not change with a dictionary.
    """

    path: str | None
    tag: str | None
    keyword: str | None
    label: str
    key: str


class Renderer:
    """Makes the text of findings; remembers places, a bounded number of them.

    `rules` has every rule that may report, `cwd` is the folder that paths are shown relative to.
    """

    def __init__(self, rules: Mapping[str, Rule], cwd: str) -> None:
        self.rules = rules
        self.cwd = cwd
        self._places: dict[tuple[Location, int | None], Place] = {}
        self._messages: dict[tuple[Any, ...], str] = {}

    def report(self, report: InstanceReport, *, as_lines: bool = False) -> FileReport:
        """Return the report of one input with its findings as text; as JSON text if that is all that is
        wanted."""
        return FileReport(
            report.file,
            report.kind,
            report.sop_class_uid,
            report.sop_instance_uid,
            report.manufacturer,
            report.identity,
            shown=None if as_lines else self.render(report),
            lines=self.lines(report) if as_lines else None,
        )

    def render(self, report: InstanceReport) -> list[Shown]:
        """Return the findings of one input by offset (those without one first), tag path and rule."""
        shown = []
        identity, seen = self._identity(report), _Seen()
        for finding in _sorted(report.findings):
            rule, place = self.rules.get(finding.rule), self._place(finding)
            length = finding.length
            shown.append(
                Shown(
                    finding.rule,
                    finding.severity,
                    self._message(finding, rule, place.label),
                    place.path,
                    place.tag,
                    place.keyword,
                    place.label,
                    finding.module,
                    _labels(finding),
                    finding.offset,
                    None if length == UNDEFINED_LENGTH else length,
                    finding.citation or (rule.citation if rule is not None else ""),
                    finding.edition,
                    seen.fingerprint(finding.rule, place.key, identity),
                )
            )
        return shown

    def lines(self, report: InstanceReport) -> list[Line]:
        """Return what `render` does as JSON text."""
        lines = []
        identity, seen = self._identity(report), _Seen()
        for finding in _sorted(report.findings):
            rule, place = self.rules.get(finding.rule), self._place(finding)
            length = finding.length
            message = self._message(finding, rule, place.label)
            text = body(
                head_of(message, place.tag, place.keyword, place.path, finding.module, _labels(finding)),
                finding.offset,
                None if length == UNDEFINED_LENGTH else length,
                0,
                tail_of(finding.citation or (rule.citation if rule is not None else ""), finding.edition, ""),
                seen.fingerprint(finding.rule, place.key, identity),
            )
            lines.append(Line(finding.rule, finding.severity, text))
        return lines

    def _identity(self, report: InstanceReport) -> str:
        return report.identity or shown_file(report.file, self.cwd)

    def _message(self, finding: Finding, rule: Rule | None, attribute: str) -> str:
        """Return the message; what many Instances have wrong in the same way is worded once."""
        key = (finding.rule, attribute, finding.location, finding.module, *_signature(finding.args))
        found = self._messages.get(key)
        if found is None:
            if len(self._messages) >= _MAX_PLACES:
                self._messages.clear()
            found = self._messages[key] = message(finding, rule, attribute)
        return found

    def _place(self, finding: Finding) -> Place:
        location, tag = finding.location, finding.tag
        found = self._places.get((location, tag))
        if found is not None:
            return found
        if len(self._places) >= _MAX_PLACES:
            self._places.clear()
        place = self._places[location, tag] = Place(
            attribute_path(location, tag) or None,
            None if tag is None else format_tag(tag),
            None if tag is None else keyword_of(tag) or None,
            _attribute_label(location, tag),
            "".join(f"{seq:08X}[{number}]" for seq, number in _steps(location))
            + ("" if tag is None else f"{tag:08X}"),
        )
        return place


class _Seen:
    """The places of findings that were met in one input: what is found at one more than once has numbers."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}

    def fingerprint(self, rule: str, key: str, identity: str) -> str:
        """Return the fingerprint of the next finding of a rule at a place."""
        number = self._numbers[rule, key] = self._numbers.get((rule, key), 0) + 1
        return xxh3_128_hexdigest(f"{rule}\n{identity}\n{key}\n{number}".encode())


def _sorted(findings: Sequence[Finding]) -> Sequence[Finding]:
    return sorted(findings, key=_order) if len(findings) > 1 else findings


def _labels(finding: Finding) -> tuple[str, ...]:
    return tuple([label(tag) for tag in finding.attributes]) if finding.attributes else ()


def _signature(args: Mapping[str, Any]) -> list[Any]:
    """Return what tells arguments apart, as text where equal ones may read differently (1 and 1.0)."""
    found: list[Any] = []
    for name, value in args.items():
        found.append(name)
        found.append(value if isinstance(value, str) else (repr(value),))
    return found


def _order(finding: Finding) -> tuple[int, Location, str]:
    offset, tag = finding.offset, finding.tag
    return (-1 if offset is None else offset, (*finding.location, -1 if tag is None else tag), finding.rule)


def _steps(location: Location) -> Iterable[tuple[int, int]]:
    return zip(location[::2], location[1::2], strict=True)


def attribute_path(location: Location, tag: int | None) -> str:
    """Return "SequenceKeyword[1].Keyword", tags without keyword as "(gggg,eeee)".

    Without a tag it is the path of the Item, "" for the Data Set.
    """
    parts = [f"{label(sequence)}[{number}]" for sequence, number in _steps(location)]
    if tag is not None:
        parts.append(label(tag))
    return ".".join(parts)


def _attribute_label(location: Location, tag: int | None) -> str:
    if tag is not None:
        return label(tag)
    return f"Item {location[-1]} of {label(location[-2])}" if location else "the Data Set"


def message(finding: Finding, rule: Rule | None, attribute: str | None = None) -> str:
    """Return the rule's message about the finding, redacted; never raises.

    A placeholder without an argument reads "?". `{name:tag}` shows an int as keyword or tag.
    Arguments whose name starts with "value", and bytes, are attribute values: see redaction.
    """
    if attribute is None:
        attribute = _attribute_label(finding.location, finding.tag)
    if rule is None:
        return f"{attribute}: {finding.rule}"
    try:
        template, tags = _template(rule.message)
    except ValueError:
        return f"{attribute}: {finding.rule}"
    known: dict[str, Any] = _Known(attribute=attribute, module=finding.module or "the IOD")
    for name, value in finding.args.items():
        if name.startswith("value"):
            known[name] = shown_value(value, finding.location, finding.tag)
        elif name in tags and isinstance(value, int):
            known[name] = label(value)
        elif type(value) is int:
            known[name] = value
        else:
            known[name] = _argument(value)
    try:
        text = template.format_map(known)
    except (LookupError, ValueError, TypeError, AttributeError):
        text = _without_specs(rule.message, known)
    if text[:1].islower() and (finding.tag is None or not text.startswith(attribute)):
        return text[0].upper() + text[1:]
    return text


class _Known(dict[str, Any]):
    """Arguments of a message; what is missing reads "?"."""

    def __missing__(self, name: str) -> str:
        return "?"


@lru_cache(maxsize=1024)
def _template(text: str) -> tuple[str, frozenset[str]]:
    """Return the template without what redaction does itself, and the names that are shown as tags.

    Values come quoted where they are text, so quotes and conversions around them are dropped.
    """
    parts: list[str] = []
    tags = set()
    quoted = ""
    for literal, name, spec, conversion in Formatter().parse(text):
        if quoted and literal[:1] == quoted:
            literal = literal[1:]
        quoted = ""
        if name is not None and name.startswith("value"):
            if literal[-1:] in ("'", '"', "`"):
                quoted, literal = literal[-1], literal[:-1]
            spec = conversion = None
        elif spec == "tag":
            tags.add(str(name))
            spec = None
        parts.append(literal.replace("{", "{{").replace("}", "}}"))
        if name is not None:
            parts.append(f"{{{name}{'!' + conversion if conversion else ''}{':' + spec if spec else ''}}}")
    return "".join(parts), frozenset(tags)


def _without_specs(text: str, known: Mapping[str, Any]) -> str:
    """Return the message where an argument does not have the type that its placeholder expects."""
    parts = []
    for literal, name, _, _ in Formatter().parse(text):
        parts.append(literal)
        if name is not None:
            parts.append(str(known[name]))
    return "".join(parts)


def _argument(value: Any) -> Any:
    """Return an argument that is no attribute value: printable, clipped, lists joined by commas."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, bytes):
        return HIDDEN
    if isinstance(value, (set, frozenset)):
        return _listed(tuple(sorted(value, key=str)))
    if isinstance(value, (tuple, list)):
        try:
            return _listed(tuple(value))
        except TypeError:  # holds something that cannot be cached
            return _listed(tuple(str(_argument(each)) for each in value))
    return "none" if value is None else type(value).__name__


@lru_cache(maxsize=1024, typed=True)
def _listed(values: tuple[Any, ...]) -> str:
    listed = ", ".join(str(_argument(each)) for each in values[:_MAX_LISTED])
    more = len(values) - _MAX_LISTED
    return f"{listed} and {more} more" if more > 0 else listed


def printable(text: str, limit: int = _MAX_TEXT) -> str:
    """Return the text with control characters and lone surrogates escaped, clipped to `limit`."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shown_uid(uid: str) -> str | None:
    """Return a UID, or None if it is absent or holds what no UID may hold, which may be PHI."""
    return uid if uid and len(uid) <= 128 and uid.isascii() and uid.replace(".", "0").isdigit() else None


def shown_file(file: str, cwd: str) -> str:
    """Return `relative_path`, bytes that are no UTF-8 as escapes."""
    path = relative_path(file, cwd)
    if path.isascii():
        return path
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def relative_path(file: str, cwd: str) -> str:
    """Return the POSIX path relative to `cwd` when under it, otherwise absolute.

    What has a URI scheme stays as it is.
    """
    if not file or "://" in file:
        return file
    path = os.path.normpath(os.path.join(cwd, file))  # noqa: PTH118 - a hot path; pathlib costs ten times more
    folder = cwd if cwd.endswith(os.sep) else cwd + os.sep
    if path.startswith(folder):
        path = path[len(folder) :]
    return path if os.sep == "/" else path.replace(os.sep, "/")

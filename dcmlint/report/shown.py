"""Findings as every report tells them, and the report of one input that reporters are given.

A FileReport holds its findings as `Shown` or as JSON text, whichever they were made as, and makes the
other only when somebody asks: a cached run that writes JSON copies text and takes nothing apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quote
from typing import Any, NamedTuple

from dcmlint.model import Severity
from dcmlint.rule import FixKind

__all__ = [
    "FileReport",
    "Line",
    "Shown",
    "about",
    "body",
    "body_of",
    "head_of",
    "place_label",
    "tail_of",
]


class Shown(NamedTuple):
    """One finding as text. Attribute values that may be PHI are in none of it.

    `path` leads from the Data Set to the Attribute ("SharedFunctionalGroupsSequence[1].PixelSpacing"),
    `tag` reads "(0028,0030)"; both and `keyword` are None for a fault of the Data Set as a whole.
    `label` is what the message calls the place. `attributes` are keywords of a fault that concerns
    several. `offset` and `length` are bytes of the file, `line` is a line of a text file (of a
    policy). `waived` is the reason given by the waiver that covers it, "" if none does.
    """

    rule: str
    severity: Severity
    message: str
    path: str | None
    tag: str | None
    keyword: str | None
    label: str
    module: str
    attributes: tuple[str, ...]
    offset: int | None
    length: int | None
    citation: str
    edition: str
    fingerprint: str
    waived: str = ""
    line: int = 0


class Line(NamedTuple):
    """One finding as JSON text: `body` is what follows rule, severity and owner in the contract."""

    rule: str
    severity: Severity
    body: str

    @property
    def fingerprint(self) -> str:
        """The fingerprint, which ends the body."""
        return self.body[-34:-2]


class FileReport:
    """What one input came to. `file` is its path as it was visited or its URI.

    `kind` is "instance", "not-dicom", "unreadable", "place" for a server that inputs come from, or "settings"
    for what concerns the files that dcmlint itself was given (a waiver that has expired). UIDs and
    `manufacturer` are "" if absent.
    `identity` is what fingerprints count as the input: its SOP Instance UID, or else a hash of its content.
    """

    __slots__ = (
        "_lines",
        "_shown",
        "file",
        "identity",
        "kind",
        "manufacturer",
        "sop_class_uid",
        "sop_instance_uid",
    )

    def __init__(
        self,
        file: str,
        kind: str,
        sop_class_uid: str = "",
        sop_instance_uid: str = "",
        manufacturer: str = "",
        identity: str = "",
        *,
        shown: Sequence[Shown] | None = None,
        lines: Sequence[Line] | None = None,
    ) -> None:
        self.file = file
        self.kind = kind
        self.sop_class_uid = sop_class_uid
        self.sop_instance_uid = sop_instance_uid
        self.manufacturer = manufacturer
        self.identity = identity
        self._shown = shown
        self._lines = lines

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (*self._about(), self._shown, self._lines)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FileReport):
            return NotImplemented
        return self._about() == other._about() and list(self.lines) == list(other.lines)

    __hash__ = None  # type: ignore[assignment]

    def _about(self) -> tuple[str, str, str, str, str, str]:
        names = self.sop_class_uid, self.sop_instance_uid, self.manufacturer, self.identity
        return (self.file, self.kind, *names)

    @property
    def findings(self) -> Sequence[Shown]:
        """The findings by offset (those without one first), tag path and rule; waived ones too."""
        if self._shown is None:
            self._shown = [_parsed(line) for line in self._lines or ()]
        return self._shown

    @property
    def lines(self) -> Sequence[Line]:
        """The findings as JSON text, in the order of `findings`."""
        if self._lines is None:
            self._lines = [Line(each.rule, each.severity, body_of(each)) for each in self._shown or ()]
        return self._lines

    @property
    def keys(self) -> Sequence[Shown] | Sequence[Line]:
        """The findings in the form that is there: rule, severity and fingerprint are what both have."""
        return self._lines if self._lines is not None else self._shown or ()

    def with_findings(self, findings: Sequence[Shown] | Sequence[Line]) -> FileReport:
        """Return this report with other findings, all of one form."""
        as_lines = bool(findings) and isinstance(findings[0], Line)
        lines: Any = findings if as_lines else None
        shown: Any = None if as_lines else findings
        return FileReport(*self._about(), shown=shown, lines=lines)

    def active(self) -> list[Shown]:
        """Return the findings that no waiver covers."""
        return [each for each in self.findings if not each.waived]

    def counts(self) -> dict[str, int]:
        """Return the number of findings by severity, waived ones left out."""
        counts: dict[str, int] = {"error": 0, "warning": 0, "note": 0}
        if self._shown is None:  # lines are never of waived findings: waivers need the findings themselves
            for line in self._lines or ():
                counts[line.severity] += 1
        else:
            for shown in self._shown:
                if not shown.waived:
                    counts[shown.severity] += 1
        return counts

    def fixable(self, fixes: Mapping[str, FixKind]) -> tuple[int, int]:
        """Return the number of findings of rules with a safe fix and with another one, waived ones left out.

        `fixes` says by rule which it has.
        """
        if self._shown is None:
            kinds = [fixes[line.rule] for line in self._lines or () if line.rule in fixes]
        else:
            kinds = [fixes[each.rule] for each in self._shown if each.rule in fixes and not each.waived]
        safe = kinds.count("safe")
        return safe, len(kinds) - safe


def _again(*parts: Any) -> FileReport:
    return FileReport(*parts[:6], shown=parts[6], lines=parts[7])


def body_of(shown: Shown) -> str:
    """Return the JSON text of a finding from its message on, as docs/json.md has it."""
    return body(
        head_of(shown.message, shown.tag, shown.keyword, shown.path, shown.module, shown.attributes),
        *(shown.offset, shown.length, shown.line),
        tail_of(shown.citation, shown.edition, shown.waived),
        shown.fingerprint,
    )


def body(head: str, offset: int | None, length: int | None, line: int, tail: str, fingerprint: str) -> str:
    """Return that text of its parts: `head_of` and `tail_of` have the first and the last of them."""
    return (
        f'{head},"offset":{"null" if offset is None else offset}'
        f',"length":{"null" if length is None else length},"line":{line or "null"}'
        f'{tail}"{fingerprint}"}}'
    )


@lru_cache(maxsize=4096)
def head_of(
    message: str,
    tag: str | None,
    keyword: str | None,
    path: str | None,
    module: str,
    attributes: tuple[str, ...],
) -> str:
    """Return the part of `body` up to the attributes."""
    return (
        f'"message":{quote(message)},"tag":{_text(tag)},"keyword":{_text(keyword)},"path":{_text(path)}'
        f',"module":{quote(module) if module else "null"}'
        f',"attributes":{_list(attributes) if attributes else "[]"}'
    )


@lru_cache(maxsize=1024)
def tail_of(citation: str, edition: str, waived: str) -> str:
    """Return the part of `body` from the citation on."""
    return (
        f',"citation":{_text(citation)},"edition":{quote(edition) if edition else "null"}'
        f',"waived":{_text(waived)},"fingerprint":'
    )


def _text(value: str | None) -> str:
    return quote(value) if value else "null"


def _list(values: Iterable[str]) -> str:
    return json.dumps(list(values), separators=(",", ":"))


def _parsed(line: Line) -> Shown:
    found = json.loads("{" + line.body)
    path, tag, keyword = found["path"], found["tag"], found["keyword"]
    return Shown(
        line.rule,
        line.severity,
        found["message"],
        path,
        tag,
        keyword,
        place_label(path, tag, keyword),
        found["module"] or "",
        tuple(found["attributes"]),
        found["offset"],
        found["length"],
        found["citation"] or "",
        found["edition"] or "",
        found["fingerprint"],
        found["waived"] or "",
        found["line"] or 0,
    )


def place_label(path: str | None, tag: str | None, keyword: str | None) -> str:
    """Return what messages call a place: the Attribute, "Item 2 of X", or "the Data Set"."""
    if tag is not None:
        return keyword or tag
    if path is None:
        return "the Data Set"
    sequence, _, number = path.rpartition(".")[2].rpartition("[")
    return f"Item {number[:-1]} of {sequence}"


def about(name: str, value: str | None) -> str:
    """Return a member of a JSON object with a comma before it: null if there is no value."""
    return f',"{name}":{_text(value)}'

"""JSON and JSON Lines: the contract of docs/json.md and findings.schema.json.

A finding is put together from JSON text that is made once for each file, rule and place; only the
message, offsets and fingerprint are its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from json.encoder import encode_basestring_ascii as quote
from typing import IO, TextIO

from dcmlint.model import Finding, InstanceReport
from dcmlint.report.protocol import RunInfo, Summary
from dcmlint.report.render import Place, Renderer, shown_file, shown_uid
from dcmlint.standard.dictionary import label

__all__ = ["JsonLinesReporter", "JsonReporter"]

_SPILL_BYTES = 1 << 20
"""Bytes of JSON that are kept in memory before they go to a temporary file."""

_COPY_BYTES = 1 << 18

_MAX_FRAGMENTS = 4096


class _Findings:
    """Writes the findings of one run as JSON objects."""

    def __init__(self, run: RunInfo) -> None:
        self.run = run
        self._renderer = Renderer(run)
        self._places: dict[str, str] = {}
        self._sources: dict[tuple[str, str], str] = {}

    def objects(self, report: InstanceReport) -> Iterator[str]:
        """Yield one JSON object, without line breaks, for each finding of one input."""
        owner = (
            f',"file":{_text(shown_file(report.file, self.run.cwd))}'
            f',"sop_class_uid":{_text(shown_uid(report.sop_class_uid))}'
            f',"sop_instance_uid":{_text(shown_uid(report.sop_instance_uid))}'
        )
        for finding, place, message, citation, offset, length, fingerprint in self._renderer.render(report):
            edition = finding.edition
            where = self._places.get(place.key) or self._place(place)
            source = self._sources.get((citation, edition)) or self._source(citation, edition)
            yield (
                f'{{"rule":{quote(finding.rule)},"severity":"{finding.severity}","message":{quote(message)}'
                f'{owner}{where},"module":{quote(finding.module) if finding.module else "null"}'
                f',"attributes":{_attributes(finding) if finding.attributes else "[]"}'
                f',"offset":{"null" if offset is None else offset}'
                f',"length":{"null" if length is None else length}'
                f'{source},"fingerprint":"{fingerprint}"}}'
            )

    def _place(self, place: Place) -> str:
        if len(self._places) >= _MAX_FRAGMENTS:
            self._places.clear()
        text = f',"tag":{_text(place.tag)},"keyword":{_text(place.keyword)},"path":{_text(place.path)}'
        self._places[place.key] = text
        return text

    def _source(self, citation: str, edition: str) -> str:
        if len(self._sources) >= _MAX_FRAGMENTS:
            self._sources.clear()
        text = f',"citation":{_text(citation)},"edition":{_text(edition)}'
        self._sources[citation, edition] = text
        return text


def _text(value: str | None) -> str:
    return quote(value) if value else "null"


def _attributes(finding: Finding) -> str:
    return json.dumps([label(tag) for tag in finding.attributes], separators=(",", ":"))


def _tool(run: RunInfo) -> str:
    return json.dumps({"name": "dcmlint", "version": run.version, "edition": run.edition})


class _Spill:
    """ASCII text that waits: in memory while it is short, else in a temporary file without a name."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._size = 0
        self._file: IO[str] | None = None

    def write(self, text: str) -> None:
        """Append."""
        self._pieces.append(text)
        self._size += len(text)
        if self._size > _SPILL_BYTES:
            if self._file is None:
                from tempfile import TemporaryFile

                self._file = TemporaryFile("w+", encoding="ascii", newline="")  # noqa: SIM115
            self._file.write("".join(self._pieces))
            self._pieces.clear()
            self._size = 0

    def copy(self, out: TextIO) -> None:
        """Write all of it to `out` and forget it."""
        if self._file is not None:
            with self._file:
                self._file.seek(0)
                while piece := self._file.read(_COPY_BYTES):
                    out.write(piece)
        out.write("".join(self._pieces))
        self._pieces.clear()


class JsonReporter:
    """Writes one JSON document: tool, summary, findings.

    The summary is known last but comes first, so findings wait in a buffer that spills to disk.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, run: RunInfo) -> None:
        """Start the report."""
        self._run = run
        self._findings = _Findings(run)
        self._spill = _Spill()
        self._separator = "\n"

    def add(self, report: InstanceReport) -> None:
        """Report one input."""
        self.add_rendered(self.render(report))

    def render(self, report: InstanceReport) -> str:
        """Return the findings of one input."""
        return ",\n".join(self._findings.objects(report)) if report.findings else ""

    def add_rendered(self, text: str) -> None:
        """Report one input by what `render` returned."""
        if text:
            self._spill.write(self._separator + text)
            self._separator = ",\n"

    def end(self, summary: Summary) -> None:
        """Write the document."""
        out = self._out
        out.write(
            f'{{\n"tool": {_tool(self._run)},\n"summary": {json.dumps(summary.contract())},\n"findings": ['
        )
        self._spill.copy(out)
        out.write("\n]\n}\n")


class JsonLinesReporter:
    """Writes one finding a line as it comes, and a last line with tool and summary."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, run: RunInfo) -> None:
        """Start the report."""
        self._run = run
        self._findings = _Findings(run)

    def add(self, report: InstanceReport) -> None:
        """Report one input."""
        self.add_rendered(self.render(report))

    def render(self, report: InstanceReport) -> str:
        """Return a line for each finding of one input."""
        return "".join(f"{each}\n" for each in self._findings.objects(report)) if report.findings else ""

    def add_rendered(self, text: str) -> None:
        """Report one input by what `render` returned."""
        self._out.write(text)

    def end(self, summary: Summary) -> None:
        """Write the last line."""
        self._out.write(f'{{"tool": {_tool(self._run)}, "summary": {json.dumps(summary.contract())}}}\n')

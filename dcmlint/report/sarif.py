"""SARIF 2.1.0: the log's head from sarif-om objects, the results streamed after it."""

from __future__ import annotations

import json
import os
from json.encoder import encode_basestring_ascii as quote
from typing import TextIO
from urllib.parse import quote_from_bytes

from dcmlint.report.protocol import RunInfo, Summary
from dcmlint.report.render import relative_path, shown_uid
from dcmlint.report.sarif_run import ROOT, log_head
from dcmlint.report.shown import FileReport, Shown
from dcmlint.report.words import sentence

__all__ = ["FINGERPRINT", "SarifReporter"]

FINGERPRINT = "dcmlint/v1"
"""Name of the fingerprint among a result's partialFingerprints (SARIF 2.1.0 3.27.17)."""

_URI_CHARACTERS = "%:/?#[]@!$&'()*+,;="
"""What stays as it is in a path that is a URI already (RFC 3986 2.2)."""

_MAX_FRAGMENTS = 4096


class SarifReporter:
    """Writes one SARIF log as the findings come."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, run: RunInfo) -> None:
        """Write the log up to its results."""
        self._run = run
        self._places: dict[str, str] = {}
        self._properties: dict[tuple[str | None, str, str, str], str] = {}
        self._rules = {
            rule_id: f'"ruleId":{quote(rule_id)},"ruleIndex":{index}'
            for index, rule_id in enumerate(run.rules)
        }
        self._separator = "\n"
        head = json.dumps(log_head(run), indent=1)
        # The head ends with the brackets of run, runs and log; the run goes on with its results.
        self._out.write(head[: head.rindex("}", 0, head.rindex("]"))].rstrip() + ',\n   "results": [')

    def add(self, report: FileReport) -> None:
        """Write the results of one input."""
        self.add_rendered(self.render(report))

    def render(self, report: FileReport) -> str:
        """Return the results of one input."""
        if not report.findings:
            return ""
        artifact = _artifact(relative_path(report.file, self._run.cwd))
        instance = _instance(report)
        return ",\n".join(self._result(each, artifact, instance) for each in report.active())

    def add_rendered(self, text: str) -> None:
        """Write the results of one input by what `render` returned."""
        if text:
            self._out.write(self._separator + text)
            self._separator = ",\n"

    def end(self, summary: Summary) -> None:
        """Write what follows the results."""
        invocations = json.dumps([{"executionSuccessful": summary.failed_checks == 0}])
        properties = json.dumps({"summary": summary.contract()})
        self._out.write(
            f'\n   ],\n   "invocations": {invocations},\n   "properties": {properties}\n  }}\n ]\n}}\n'
        )

    def _result(self, shown: Shown, artifact: str, instance: str) -> str:
        physical = artifact and f'"physicalLocation":{{{artifact}{_region(shown.offset, shown.length)}}}'
        logical = "" if shown.path is None else self._places.get(shown.path) or self._logical(shown)
        both = "," if physical and logical else ""
        properties = self._properties.get((shown.path, shown.module, shown.citation, shown.edition))
        if properties is None or shown.attributes:
            properties = self._described(shown)
        rule = self._rules.get(shown.rule) or f'"ruleId":{quote(shown.rule)}'
        return (
            f'{{{rule},"level":"{shown.severity}","message":{{"text":{quote(sentence(shown))}}}'
            f',"locations":[{{{physical}{both}{logical}}}]'
            f',"partialFingerprints":{{"{FINGERPRINT}":"{shown.fingerprint}"}}'
            f',"properties":{{{instance}{"," if instance and properties else ""}{properties}}}}}'
        )

    def _logical(self, shown: Shown) -> str:
        if len(self._places) >= _MAX_FRAGMENTS:
            self._places.clear()
        path = shown.path or ""
        text = self._places[path] = (
            f'"logicalLocations":[{{"name":{quote(shown.label)}'
            f',"fullyQualifiedName":{quote(path)},"kind":"member"}}]'
        )
        return text

    def _described(self, shown: Shown) -> str:
        """Return the properties of a result, those of its SOP Instance left out."""
        parts = {
            "tag": shown.tag,
            "keyword": shown.keyword,
            "module": shown.module,
            "attributes": shown.attributes,
            "citation": shown.citation,
            "edition": shown.edition,
        }
        kept = {name: value for name, value in parts.items() if value}
        text = json.dumps(kept, separators=(",", ":"))[1:-1]
        if not shown.attributes:
            if len(self._properties) >= _MAX_FRAGMENTS:
                self._properties.clear()
            self._properties[shown.path, shown.module, shown.citation, shown.edition] = text
        return text


def _artifact(path: str) -> str:
    """Return the artifact location of a path: a relative reference under ROOT, or an absolute URI."""
    if not path:
        return ""
    if "://" in path:
        uri = quote_from_bytes(os.fsencode(path), safe=_URI_CHARACTERS)
        return f'"artifactLocation":{{"uri":{quote(uri)}}}'
    uri = quote_from_bytes(os.fsencode(path), safe="/")
    if path.startswith("/"):
        return f'"artifactLocation":{{"uri":"file://{uri}"}}'
    if path[1:3] == ":/":
        return f'"artifactLocation":{{"uri":"file:///{path[:2]}{quote_from_bytes(os.fsencode(path[2:]))}"}}'
    return f'"artifactLocation":{{"uri":"{uri}","uriBaseId":"{ROOT}"}}'


def _region(offset: int | None, length: int | None) -> str:
    if offset is None:
        return ""
    extent = "" if length is None else f',"byteLength":{length}'
    return f',"region":{{"byteOffset":{offset}{extent}}}'


def _instance(report: FileReport) -> str:
    named = {
        "sop_class_uid": shown_uid(report.sop_class_uid),
        "sop_instance_uid": shown_uid(report.sop_instance_uid),
    }
    return json.dumps({name: uid for name, uid in named.items() if uid}, separators=(",", ":"))[1:-1]

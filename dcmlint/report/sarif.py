"""SARIF 2.1.0: the log's head from sarif-om objects, the results streamed after it."""

from __future__ import annotations

import json
import os
from json.encoder import encode_basestring_ascii as quote
from typing import TextIO
from urllib.parse import quote_from_bytes

from dcmlint.model import InstanceReport
from dcmlint.report.protocol import RunInfo, Summary
from dcmlint.report.render import Place, Rendered, Renderer, relative_path, shown_uid
from dcmlint.report.sarif_run import ROOT, log_head
from dcmlint.standard.dictionary import label

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
        self._renderer = Renderer(run)
        self._places: dict[str, str] = {}
        self._properties: dict[tuple[str, str, str, str], str] = {}
        self._rules = {
            rule_id: f'"ruleId":{quote(rule_id)},"ruleIndex":{index}'
            for index, rule_id in enumerate(run.rules)
        }
        self._separator = "\n"
        head = json.dumps(log_head(run), indent=1)
        # The head ends with the brackets of run, runs and log; the run goes on with its results.
        self._out.write(head[: head.rindex("}", 0, head.rindex("]"))].rstrip() + ',\n   "results": [')

    def add(self, report: InstanceReport) -> None:
        """Write the results of one input."""
        self.add_rendered(self.render(report))

    def render(self, report: InstanceReport) -> str:
        """Return the results of one input."""
        if not report.findings:
            return ""
        artifact = _artifact(relative_path(report.file, self._run.cwd))
        instance = _instance(report)
        return ",\n".join(self._result(each, artifact, instance) for each in self._renderer.render(report))

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

    def _result(self, rendered: Rendered, artifact: str, instance: str) -> str:
        finding, place, _, citation, offset, length, fingerprint = rendered
        physical = artifact and f'"physicalLocation":{{{artifact}{_region(offset, length)}}}'
        logical = self._places.get(place.key)
        if logical is None:
            logical = self._logical(place)
        both = "," if physical and logical else ""
        properties = self._properties.get((place.key, finding.module, citation, finding.edition))
        if properties is None or finding.attributes:
            properties = self._described(rendered)
        rule = self._rules.get(finding.rule) or f'"ruleId":{quote(finding.rule)}'
        return (
            f'{{{rule},"level":"{finding.severity}","message":{{"text":{quote(_text(rendered))}}}'
            f',"locations":[{{{physical}{both}{logical}}}]'
            f',"partialFingerprints":{{"{FINGERPRINT}":"{fingerprint}"}}'
            f',"properties":{{{instance}{"," if instance and properties else ""}{properties}}}}}'
        )

    def _logical(self, place: Place) -> str:
        if len(self._places) >= _MAX_FRAGMENTS:
            self._places.clear()
        text = ""
        if place.path is not None:
            text = (
                f'"logicalLocations":[{{"name":{quote(place.label)}'
                f',"fullyQualifiedName":{quote(place.path)},"kind":"member"}}]'
            )
        self._places[place.key] = text
        return text

    def _described(self, rendered: Rendered) -> str:
        """Return the properties of a result, those of its SOP Instance left out."""
        finding, place = rendered.finding, rendered.place
        parts = {
            "tag": place.tag,
            "keyword": place.keyword,
            "module": finding.module,
            "attributes": [label(tag) for tag in finding.attributes],
            "citation": rendered.citation,
            "edition": finding.edition,
        }
        kept = {name: value for name, value in parts.items() if value}
        text = json.dumps(kept, separators=(",", ":"))[1:-1]
        if not finding.attributes:
            if len(self._properties) >= _MAX_FRAGMENTS:
                self._properties.clear()
            self._properties[place.key, finding.module, rendered.citation, finding.edition] = text
        return text


def _text(rendered: Rendered) -> str:
    """Return the message with the attribute path and tag: viewers cannot show binary files."""
    place, message = rendered.place, rendered.message
    if place.path is None:
        return message
    where = place.path if place.tag is None or place.keyword is None else f"{place.path} {place.tag}"
    start, rest = message[: len(place.label)], message[len(place.label) :]
    if place.tag is not None and start == place.label and not rest[:1].isalnum():
        return where + rest
    return f"{where}: {message}"


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


def _instance(report: InstanceReport) -> str:
    named = {
        "sop_class_uid": shown_uid(report.sop_class_uid),
        "sop_instance_uid": shown_uid(report.sop_instance_uid),
    }
    return json.dumps({name: uid for name, uid in named.items() if uid}, separators=(",", ":"))[1:-1]

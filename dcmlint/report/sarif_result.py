"""The text of a SARIF result, what follows its rule (SARIF 2.1.0 3.27), and where artifacts are."""

from __future__ import annotations

import json
import os
from json.encoder import encode_basestring_ascii as quote
from urllib.parse import quote_from_bytes

from dcmlint.report.render import shown_uid
from dcmlint.report.shown import FileReport, Shown
from dcmlint.report.words import sentence

__all__ = ["FINGERPRINT", "GITHUB_FINGERPRINT", "ROOT", "ResultTexts", "artifact", "instance"]

ROOT = "%SRCROOT%"
"""What relative paths are relative to, by GitHub's name for it.

Its own URI is left out, so that the log is the same on every machine (SARIF 2.1.0 3.14.14).
"""

FINGERPRINT = "dcmlint/v1"
"""Name of the fingerprint among a result's partialFingerprints (SARIF 2.1.0 3.27.17)."""

GITHUB_FINGERPRINT = "primaryLocationLineHash"
"""Name of the only fingerprint that GitHub reads.

If it is absent, the upload action makes one from the line of the file, and all findings of a rule in one
file of DICOM, which has no lines, become one alert.
"""

_URI_CHARACTERS = "%:/?#[]@!$&'()*+,;="
"""What stays as it is in a path that is a URI already (RFC 3986 2.2)."""

_MAX_FRAGMENTS = 4096


class ResultTexts:
    """Makes the text of results; remembers fragments, a bounded number of them."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}
        self._properties: dict[tuple[str | None, str, str, str], str] = {}

    def text(self, shown: Shown, artifact: str, instance: str, *, more: str = "") -> str:
        """Return a result from its level to its end.

        `artifact` and `instance` are what the functions of these names return, `more` is JSON of further
        members with a comma after it.
        """
        physical = artifact and f'"physicalLocation":{{{artifact},"region":{{{_region(shown)}}}}}'
        logical = "" if shown.path is None else self._places.get(shown.path) or self._logical(shown)
        both = "," if physical and logical else ""
        properties = self._properties.get((shown.path, shown.module, shown.citation, shown.edition))
        if properties is None or shown.attributes:
            properties = self._described(shown)
        fingerprint = shown.fingerprint
        fingerprints = f'"{FINGERPRINT}":"{fingerprint}","{GITHUB_FINGERPRINT}":"{fingerprint}:1"'
        return (
            f'"level":"{shown.severity}","message":{{"text":{quote(sentence(shown))}}}'
            f',"locations":[{{{physical}{both}{logical}}}]'
            f',"partialFingerprints":{{{fingerprints}}}'
            f',{more}"properties":{{{instance}{"," if instance and properties else ""}{properties}}}}}'
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


def _region(shown: Shown) -> str:
    """Return the members of a region: the bytes, and a place in text for viewers that ask for one.

    A file of DICOM has no lines: the place is its first character. Text and bytes of a region are
    independent of each other (SARIF 2.1.0 3.30.4).
    """
    line = shown.line or 1
    place = f'"startLine":{line},"startColumn":1,"endLine":{line},"endColumn":1'
    if shown.offset is None:
        return place
    extent = "" if shown.length is None else f',"byteLength":{shown.length}'
    return f'{place},"byteOffset":{shown.offset}{extent}'


def artifact(path: str) -> str:
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


def instance(report: FileReport) -> str:
    """Return the properties that tell which SOP Instance a result is of."""
    named = {
        "sop_class_uid": shown_uid(report.sop_class_uid),
        "sop_instance_uid": shown_uid(report.sop_instance_uid),
    }
    return json.dumps({name: uid for name, uid in named.items() if uid}, separators=(",", ":"))[1:-1]

"""The gate's counters as OpenMetrics 1.0 text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from dcmlint_pacs.gate.devices import printable
from dcmlint_pacs.gate.events import Snapshot

__all__ = ["CONTENT_TYPE", "openmetrics"]

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"

_PREFIX = "dcmlint_gate_"


class _Family(NamedTuple):
    name: str
    label: str
    help: str
    unit: str = ""


_COUNTERS = {
    "objects": _Family("objects", "action", "Objects that arrived, by what was done with them."),
    "status": _Family("answers", "status", "Objects by the status that was answered (PS3.4 B.2.3)."),
    "bytes": _Family("received_bytes", "how", "Bytes of objects that arrived.", "bytes"),
    "findings": _Family("findings", "rule", "Findings by rule."),
    "duplicates": _Family("duplicates", "", "Objects that were there already."),
    "conflicts": _Family("conflicts", "", "Objects with a SOP Instance UID that another content has."),
    "associations": _Family("associations", "result", "Connections that ended, by how they ended."),
    "refused": _Family("refusals", "reason", "Associations and requests that were refused."),
    "forwarded": _Family("forwarded", "target", "Objects that a target has acknowledged."),
    "requests": _Family("http_requests", "result", "HTTP requests by route and status."),
}
_GAUGES = {
    "free bytes": _Family("free_bytes", "", "Bytes free on the file system of the spool.", "bytes"),
    "associations": _Family("open_associations", "", "Associations that are open."),
    "waiting": _Family("waiting_objects", "target", "Objects that wait to be forwarded."),
    "connections": _Family("open_http_connections", "", "HTTP connections that are open."),
    "threads": _Family("threads", "", "Threads of the process."),
}


def openmetrics(snapshot: Snapshot, gauges: Mapping[tuple[str, str], float]) -> str:
    """Return the exposition of all counters and gauges, with its final # EOF."""
    lines: list[str] = []
    for name, values in _grouped(snapshot.counters).items():
        family = _COUNTERS.get(name) or _Family(_sanitized(name), "label", "")
        lines += _lines(family, "counter", values)
    for name, values in _grouped(gauges).items():
        family = _GAUGES.get(name) or _Family(_sanitized(name), "label", "")
        lines += _lines(family, "gauge", values)
    started = _Family("start_time_seconds", "", "When the gate was started, since the epoch.", "seconds")
    lines += _lines(started, "gauge", {"": snapshot.started})
    return "\n".join([*lines, "# EOF", ""])


def _grouped(values: Mapping[tuple[str, str], float]) -> dict[str, dict[str, float]]:
    groups: dict[str, dict[str, float]] = {}
    for (name, label), value in sorted(values.items()):
        group = groups.setdefault(name, {})
        shown = printable(label)
        group[shown] = group.get(shown, 0) + value
    return groups


def _lines(family: _Family, kind: str, values: Mapping[str, float]) -> Iterable[str]:
    name = _PREFIX + family.name
    yield f"# TYPE {name} {kind}"
    if family.unit:
        yield f"# UNIT {name} {family.unit}"
    if family.help:
        yield f"# HELP {name} {family.help}"
    suffix = "_total" if kind == "counter" else ""
    for label, value in values.items():
        labels = f'{{{family.label}="{_escaped(label)}"}}' if family.label and label else ""
        yield f"{name}{suffix}{labels} {value:.17g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _sanitized(name: str) -> str:
    return re.sub(r"[^a-z0-9_]", "_", name.lower())

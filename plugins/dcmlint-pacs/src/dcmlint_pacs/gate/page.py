"""What can be read of a gate: status page, page about devices, metrics and health."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from importlib import resources
from typing import TYPE_CHECKING, Any

from dcmlint_pacs.gate.devices import Devices, Filter, as_csv, printable
from dcmlint_pacs.gate.metrics import CONTENT_TYPE, openmetrics
from dcmlint_pacs.gate.stow import Reply

if TYPE_CHECKING:
    from aiohttp import web

    from dcmlint_pacs.gate.model import Happening
    from dcmlint_pacs.gate.service import Gate

__all__ = ["Page"]

_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
_FILES = {
    "/": "status.html",
    "/devices": "devices.html",
    "/page.css": "page.css",
    "/page.js": "page.js",
    "/status.js": "status.js",
    "/devices.js": "devices.js",
}
_LAST = 100
_SENDERS = 200
_LONGEST_TEXT = 100
_SEVERITIES = frozenset(("error", "warning", "note"))


class Page:
    """The answers about one gate; it listens to its events from now on."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._devices = Devices()
        gate.events.listen(self._devices.heard)
        folder = resources.files("dcmlint_pacs.gate") / "static"
        self._files = {name: (folder / name).read_bytes() for name in _FILES.values()}

    def reply(self, request: web.BaseRequest) -> tuple[str, Reply]:
        """Return the name of a route and its answer."""
        name = _FILES.get(request.path)
        if name is not None:
            media_type = _TYPES[name.rpartition(".")[2]]
            return "page", Reply(200, {"Content-Type": f"{media_type}; charset=utf-8"}, self._files[name])
        if request.path == "/favicon.ico":
            return "page", Reply(204, {}, b"")
        if request.path == "/status.json":
            return "status", _json(self._status())
        if request.path == "/metrics":
            return "metrics", self._metrics()
        if request.path in ("/devices.json", "/devices.csv"):
            return "devices", self._devices_as(request)
        return "none", Reply(404, {"Content-Type": "text/plain"}, b"there is nothing here\n", "not found")

    def health(self) -> Reply:
        """Return 200 if objects are let in, 503 with the reason if not."""
        why = self._gate.refuses()
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        return Reply(503 if why else 200, headers, f"{why or 'ok'}\n".encode(), why)

    def _metrics(self) -> Reply:
        text = openmetrics(self._gate.events.snapshot(), self._gate.gauges())
        return Reply(200, {"Content-Type": CONTENT_TYPE}, text.encode())

    def _devices_as(self, request: web.BaseRequest) -> Reply:
        """Return the faults by device; a browser that has this version already is told so."""
        wanted = Filter(
            frozenset(request.query.getall("severity", [])) & _SEVERITIES,
            request.query.get("text", "")[:_LONGEST_TEXT],
        )
        tag = f'"{self._devices.version}-{int(self._gate.events.snapshot().started)}"'
        if request.headers.get("If-None-Match") == tag:
            return Reply(304, {"ETag": tag}, b"")
        rows = self._devices.rows(wanted)
        download = {"ETag": tag}
        if "download" in request.query:
            name = request.path.removeprefix("/")
            download["Content-Disposition"] = f'attachment; filename="{name}"'
        if request.path.endswith(".csv"):
            return Reply(200, {"Content-Type": "text/csv; charset=utf-8", **download}, as_csv(rows).encode())
        return _json({"now": time.time(), "devices": rows}, **download)

    def _status(self) -> dict[str, Any]:
        gate, config = self._gate, self._gate.config
        snapshot = gate.events.snapshot()
        counters: dict[str, dict[str, int]] = {}
        for (name, label), value in snapshot.counters.items():
            if name != "findings":
                counters.setdefault(name, {})[printable(label)] = value
        gauges = [
            {"name": name, "label": printable(label), "value": value}
            for (name, label), value in sorted(gate.gauges().items())
        ]
        last = [_shown(each) for each in reversed(gate.events.since(0, _LAST))]
        return {
            "aet": config.aet,
            "started": snapshot.started,
            "now": snapshot.now,
            "refuses": gate.refuses(),
            "limits": asdict(config.limits),
            "targets": [target.location for target in config.forward.targets],
            "counters": counters,
            "gauges": gauges,
            "senders": [_sender(each) for each in snapshot.senders[:_SENDERS]],
            "last": last,
        }


def _sender(sender: Any) -> dict[str, Any]:
    return {
        "calling_aet": printable(sender.calling_aet),
        "address": printable(sender.address),
        "device": printable(sender.device),
        "objects": sender.objects,
        "last": sender.last,
        "actions": sender.actions,
        "findings": sum(sender.rules.values()),
    }


def _shown(happening: Happening) -> dict[str, Any]:
    from pydicom.uid import UID

    sop_class = UID(happening.sop_class_uid).name if happening.sop_class_uid else ""
    return {
        "number": happening.number,
        "time": happening.time,
        "how": happening.how,
        "sender": printable(happening.calling_aet.strip() or happening.address),
        "device": printable(happening.device),
        "sop_class": printable(str(sop_class)),
        "size": happening.size,
        "action": happening.action,
        "status": f"{happening.status:04X}",
        "rule": happening.rule,
        "findings": sum(found.times for found in happening.rules),
        "is_duplicate": happening.is_duplicate,
        "note": printable(happening.note),
    }


def _json(content: Any, **headers: str) -> Reply:
    body = json.dumps(content).encode("ascii")
    return Reply(200, {"Content-Type": "application/json", **headers}, body)

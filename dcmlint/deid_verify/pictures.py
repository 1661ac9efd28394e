"""The risks that pixels, overlays or a face are, as findings."""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.deid.pictures import has_pictures, picture_risks
from dcmlint.deid_verify.made import finding
from dcmlint.deid_verify.profile import Demands
from dcmlint.model import Finding, Severity
from dcmlint.read.item import Instance

__all__ = ["picture_findings"]

_SEVERITIES: dict[str, Severity] = {"high": "error", "medium": "warning"}


def picture_findings(instance: Instance, demands: Demands) -> Iterator[Finding]:
    """Yield the risks that pixels, overlays and recognizable features are, each once."""
    if not has_pictures(instance, document=True):
        return
    for risk in picture_risks(instance):
        why = f"{risk.why} (confidence {risk.confidence})"
        yield _risk(_SEVERITIES[risk.confidence], risk.tag, why)
    for tag in instance.root.elements:
        if tag & 0xFF00FFFF == 0x60003000 and demands.action(tag) != "X":
            yield _risk("note", tag, "an overlay plane may hold text: look at it (confidence low)")


def _risk(severity: Severity, tag: int | None, why: str) -> Finding:
    return finding("burned-in-risk", severity, ((), tag, None), why=why)

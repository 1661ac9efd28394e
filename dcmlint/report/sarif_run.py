"""A SARIF log and its runs without their results, made with sarif-om (SARIF 2.1.0 3.13, 3.14, 3.19)."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dcmlint.documentation import PAGES
from dcmlint.errors import UsageError
from dcmlint.report.protocol import RunInfo, Summary
from dcmlint.report.sarif_result import ROOT
from dcmlint.report.sarif_rule import descriptor

if TYPE_CHECKING:
    import sarif_om

__all__ = ["CATEGORY", "LOG_END", "SCHEMA", "category", "counts", "log_start", "plain", "run_start"]

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

CATEGORY = "DCMLINT_SARIF_CATEGORY"
"""The environment variable that names the category of the runs, which is `dcmlint` if it is not set."""

LOG_END = "\n ]\n}\n"


def category() -> str:
    """Return the category of the runs; raises UsageError if the environment names an impossible one."""
    name = os.environ.get(CATEGORY, "").strip("/") or "dcmlint"
    if not re.fullmatch(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*", name) or len(name) > 100:
        raise UsageError(f"{CATEGORY} takes letters, digits and . _ - / (at most 100)", "Such as: phantoms")
    return name


def log_start() -> str:
    """Return a log up to its runs."""
    return f'{{\n "$schema": "{SCHEMA}",\n "version": "2.1.0",\n "runs": [\n'


def run_start(
    run: RunInfo, automation_id: str, rules: Iterable[str], *, max_markdown: int | None = None
) -> str:
    """Return a run with these rules up to its results."""
    head = json.dumps(_run(run, automation_id, rules, max_markdown), indent=1)
    return head[: head.rindex("}")].rstrip() + ',\n "results": ['


def counts(summary: Summary) -> dict[str, int | float]:
    """Return the summary without the time that the run took, so that equal runs give equal logs."""
    return {name: value for name, value in summary.contract().items() if name != "elapsed_s"}


def _run(run: RunInfo, automation_id: str, rules: Iterable[str], max_markdown: int | None) -> Any:
    import sarif_om

    driver = sarif_om.ToolComponent(
        name="dcmlint",
        version=run.version,
        semantic_version=run.version if re.fullmatch(r"\d+\.\d+\.\d+", run.version) else None,
        short_description=sarif_om.MultiformatMessageString(text="A linter for DICOM"),
        information_uri=PAGES.partition("/blob/")[0],
        rules=[
            descriptor(rule, run.rules[rule], max_markdown=max_markdown)
            for rule in rules
            if rule in run.rules
        ],
        properties={"edition": run.edition},
    )
    content = plain(
        sarif_om.Run(
            tool=sarif_om.Tool(driver=driver),
            automation_details=sarif_om.RunAutomationDetails(id=automation_id),
            column_kind="utf16CodeUnits",
            original_uri_base_ids={ROOT: _root()},
        )
    )
    content["tool"]["driver"].setdefault("rules", [])  # GitHub asks for them even if there are none
    return content


def _root() -> sarif_om.ArtifactLocation:
    import sarif_om

    text = "The working directory of dcmlint, or the repository that it is in."
    return sarif_om.ArtifactLocation(description=sarif_om.Message(text=text))


def plain(value: Any) -> Any:
    """Return a sarif-om object as JSON values under the schema's names, defaults left out.

    jschema_to_python does the same some fifty times slower.
    """
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    fields = getattr(type(value), "__attrs_attrs__", None)
    if fields is None:
        return value
    content = {}
    for field in fields:
        each = getattr(value, field.name)
        default = getattr(field.default, "factory", lambda default=field.default: default)()
        if field.name == "level" or (each is not None and each != default):
            content[field.metadata["schema_property_name"]] = plain(each)
    return content

"""The head of a SARIF log, log to rules, made with sarif-om (SARIF 2.1.0 3.13, 3.14, 3.19, 3.49)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dcmlint.report.protocol import RunInfo
from dcmlint.rule import Rule

if TYPE_CHECKING:
    import sarif_om

__all__ = ["MAX_RULE_TEXT", "ROOT", "SCHEMA", "log_head", "plain"]

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

ROOT = "%SRCROOT%"
"""What relative paths are relative to: the working directory of the run, by GitHub's name for it.

Its own URI is left out, so that the log is the same on every machine (SARIF 2.1.0 3.14.14).
"""

MAX_RULE_TEXT = 1024
"""Characters that GitHub takes of a text of a rule."""


def log_head(run: RunInfo) -> dict[str, Any]:
    """Return a SARIF log of one run with its tool and rules, and without results, as plain JSON values."""
    import sarif_om

    driver = sarif_om.ToolComponent(
        name="dcmlint",
        version=run.version,
        semantic_version=run.version if re.fullmatch(r"\d+\.\d+\.\d+", run.version) else None,
        short_description=sarif_om.MultiformatMessageString(text="A linter for DICOM"),
        rules=[_descriptor(rule_id, rule) for rule_id, rule in run.rules.items()],
        properties={"edition": run.edition},
    )
    log = sarif_om.SarifLog(
        version="2.1.0",
        schema_uri=SCHEMA,
        runs=[
            sarif_om.Run(
                tool=sarif_om.Tool(driver=driver),
                column_kind="utf16CodeUnits",
                original_uri_base_ids={
                    ROOT: sarif_om.ArtifactLocation(
                        description=sarif_om.Message(text="The working directory of dcmlint.")
                    )
                },
            )
        ],
    )
    content = plain(log)
    return {name: content[name] for name in ("$schema", "version", "runs")}


def _descriptor(rule_id: str, rule: Rule) -> sarif_om.ReportingDescriptor:
    import sarif_om

    title, _, rest = rule.doc.strip().partition("\n")
    title, body = title.strip() or rule_id, rest.strip()
    reason = _section(body, "Why this matters")
    source = f"Source: {rule.citation}" if rule.citation else ""
    return sarif_om.ReportingDescriptor(
        id=rule_id,
        name="".join(word.capitalize() for word in re.split(r"[^0-9A-Za-z]+", rule_id)),
        short_description=sarif_om.MultiformatMessageString(text=_clip(title)),
        full_description=sarif_om.MultiformatMessageString(text=_clip(reason or title)),
        help=sarif_om.MultiformatMessageString(
            text=_clip("\n\n".join(part for part in (title, _unmarked(body), source) if part)),
            markdown="\n\n".join(part for part in (f"# {title}", body, source) if part),
        ),
        default_configuration=sarif_om.ReportingConfiguration(level=rule.severity),
        properties={"tags": ["dicom", rule_id.partition("/")[0]], "citation": rule.citation},
    )


def _section(markdown: str, title: str) -> str:
    """Return the text under "## title" as one paragraph, "" if there is none."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", markdown, re.MULTILINE | re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def _unmarked(markdown: str) -> str:
    """Return Markdown of rule documentation as plain text: headings end with a colon."""
    return re.sub(r"^#+ (.*)$", r"\1:", markdown, flags=re.MULTILINE)


def _clip(text: str) -> str:
    return text if len(text) <= MAX_RULE_TEXT else text[: MAX_RULE_TEXT - 1] + "…"


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

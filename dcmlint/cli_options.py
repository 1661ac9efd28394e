"""Options of several commands, so that they read and mean the same everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

from dcmlint import completion

__all__ = [
    "Archives",
    "Config",
    "Exclude",
    "Executor",
    "ExtendIgnore",
    "ExtendSelect",
    "Ignore",
    "Instances",
    "Isolated",
    "Jobs",
    "Keep",
    "KeepIdentifiers",
    "KeepPaths",
    "LogActor",
    "PerSeries",
    "Policies",
    "Scheduler",
    "Select",
    "Set",
    "SkipNonDicom",
    "Where",
    "names",
]

Select = Annotated[
    list[str] | None,
    typer.Option(
        metavar="RULES",
        help="Only these: ids or groups, with commas between. May be repeated.",
        autocompletion=completion.rules_and_groups,
    ),
]

ExtendSelect = Annotated[
    list[str] | None, typer.Option(metavar="RULES", help="These too, besides what the settings select.")
]

Ignore = Annotated[
    list[str] | None,
    typer.Option(
        metavar="RULES",
        help="Not these. An id outranks a group, whichever option names it.",
        autocompletion=completion.rules_and_groups,
    ),
]

ExtendIgnore = Annotated[
    list[str] | None, typer.Option(metavar="RULES", help="Nor these, besides what the settings ignore.")
]

Config = Annotated[
    str, typer.Option("--config", metavar="FILE", help="Settings file; default: found by walking up.")
]

Isolated = Annotated[bool, typer.Option("--isolated", help="Read no settings file.")]

Policies = Annotated[
    list[str] | None,
    typer.Option(
        "--policy", metavar="NAME", help="Apply this policy too: a name or a file. May be repeated."
    ),
]

Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="One setting, such as severity.value/padding=off."),
]

Exclude = Annotated[
    list[str] | None, typer.Option(metavar="GLOB", help="Do not visit these in folders. May be repeated.")
]

SkipNonDicom = Annotated[
    bool, typer.Option("--skip-non-dicom", help="Pass over what is not DICOM, even if named.")
]

Archives = Annotated[
    str, typer.Option(metavar="WHICH", help="Archives to look into: all (default), named, none.")
]

Jobs = Annotated[
    str, typer.Option("--jobs", "-j", metavar="N", help="Processes to work in; default: one per processor.")
]

Executor = Annotated[
    str,
    typer.Option(
        "--executor",
        metavar="NAME",
        help="Who does the work: serial, pool, or one of a plugin (dask).",
        autocompletion=completion.executors,
    ),
]

Scheduler = Annotated[
    str,
    typer.Option("--scheduler", metavar="ADDRESS", help="Scheduler of the executor, as tcp://host:8786."),
]


Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ATTRIBUTE=VALUE",
        help="Of a PACS, only what matches, such as StudyDate=20261101- or Modality=CT. May be repeated.",
    ),
]

PerSeries = Annotated[
    str, typer.Option("--per-series", metavar="N", help="Of a PACS, only so many instances of each series.")
]

Instances = Annotated[
    bool, typer.Option("--instances", help="Of a DICOMweb server, get whole objects, not their metadata.")
]

Keep = Annotated[
    str, typer.Option("--keep", metavar="FOLDER", help="Keep the objects that were got from a PACS here.")
]

LogActor = Annotated[
    str | None,
    typer.Option(
        "--actor",
        metavar="NAME",
        help="Who runs this, in clear in the audit log; default: your login name; '' for nobody.",
    ),
]

KeepPaths = Annotated[
    bool, typer.Option("--keep-paths", help="Names of files in clear in the audit log: they may be PHI.")
]

KeepIdentifiers = Annotated[
    bool,
    typer.Option(
        "--keep-identifiers",
        help="Encrypted in the audit log: which file and SOP Instance UID became which. "
        "Whoever has log and key can read it.",
    ),
]


def names(values: list[str] | None) -> tuple[str, ...]:
    """Return the names in repeated options, each with commas between."""
    return tuple(name for value in values or () for part in value.split(",") if (name := part.strip()))

"""The page for people: one HTML file with all it needs, which asks no network for anything."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from typing import Any

from dcmlint.catalogue import catalogue
from dcmlint.documentation import help_uri
from dcmlint.extra import import_extra
from dcmlint.history.cube import AXES, OTHERS, Cube, axes_of
from dcmlint.history.overview import Overview, banners, overview, run_facts
from dcmlint.report.render import printable, shown_file, shown_uid
from dcmlint.store.query import DIMENSIONS, Compared, History, Record, Run, Study

__all__ = ["MAX_BYTES", "page"]

MAX_BYTES = 4_900_000
"""Bytes that the page has at most."""

_EXAMPLES = 3_600
_EACH = 5
_MAX_TEXT = 300
_MAX_DOC = 6_000
_SCRIPTS = ("uplot.min.js", "cube.js", "page.js")
_STYLES = ("uplot.min.css", "page.css")

_IN_WORDS: Mapping[str, str] = {
    "rule": "rules",
    "modality": "modalities",
    "device": "models",
    "station": "stations",
    "sop_class": "SOP Classes",
    "month": "months",
}


def page(history: History, compared: Compared, *, files: bool, version: str) -> str:
    """Return the page about a run, at most MAX_BYTES of it.

    With `files` the paths of files are on it, which may be named after patients.
    """
    found = overview(history, compared)
    each = max(1, min(_EACH, _EXAMPLES // (3 * max(1, len(found.cube.values["rule"])))))
    examples = list(history.examples(found.compared, each, files=files))[:_EXAMPLES]
    rules = list(_rules(found.cube))
    while True:
        text = _assembled(found, examples, rules, version, each)
        if len(text.encode()) <= MAX_BYTES:
            return text
        if found.cube.packed()["cells"] > 2_000:
            found.cube.shrink()
            rules = list(_rules(found.cube))
        elif examples:
            examples = examples[: len(examples) // 2]
        else:
            return text


def _assembled(
    found: Overview, examples: list[Record], rules: list[dict[str, str]], version: str, each: int
) -> str:
    before = found.compared.before
    content = {
        "run": run_facts(found.compared.run),
        "before": run_facts(before) if before else None,
        "runs": [_trend(run) for run in found.runs],
        "first": found.first,
        "banners": list(banners(found)),
        "cube": found.cube.packed(),
        "rules": rules,
        "studies": [_study(study) for study in found.studies],
        "examples": [_example(found.cube, record) for record in examples],
        "notes": list(_notes(found, version, len(examples), each)),
    }
    run = found.compared.run
    return _filled(f"dcmlint report: run {run.id} of {(run.finished or run.started)[:10]}", content)


def _filled(title: str, content: Any) -> str:
    """Return the template with its parts; scripts and styles are admitted by their hashes only."""
    script = "\n".join(map(_static, _SCRIPTS))
    style = "\n".join(map(_static, _STYLES))
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = {"CSP": policy, "STYLE": style, "DATA": _in_script(content), "SCRIPT": script}
    parts["TITLE"] = html.escape(title)
    return re.sub("%([A-Z]+)%", lambda found: parts[found[1]], _static("page.html"))


def _static(name: str) -> str:
    return files("dcmlint.history").joinpath("static", name).read_text("utf-8").rstrip("\n")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _in_script(content: Any) -> str:
    """Return JSON in which nothing can end the element that it is in."""
    text = json.dumps(content, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _trend(run: Run) -> dict[str, str | int]:
    numbers = {name: getattr(run, name) for name in ("errors", "warnings", "notes")}
    changes = {"new": run.new_findings, "resolved": run.resolved_findings}
    return {"id": run.id, "finished": run.finished or run.started, "state": run.state, **numbers, **changes}


def _rules(cube: Cube) -> Iterator[dict[str, str]]:
    """Yield what there is to say of each rule of the cube, in its order."""
    known, severities, render = catalogue(), cube.severities(), _markdown()
    for name in cube.values["rule"]:
        rule = known.get(name)
        about = {"id": name, "severity": severities.get(name, "note")}
        if name == OTHERS:
            yield {
                **about,
                "id": "(others)",
                "title": "Rules that are not among the most frequent.",
                "html": "",
            }
        elif rule is None:
            text = "<p>A rule of a policy, or of a plugin that is not installed here.</p>"
            yield {**about, "title": "", "html": text}
        else:
            body = rule.doc.strip().partition("\n")[2].strip()[:_MAX_DOC]
            more = {"title": rule.title, "citation": rule.citation, "html": render(body)}
            yield {**about, **more, "uri": help_uri(name) or ""}


def _markdown() -> Callable[[str], str]:
    """Return what makes HTML of Markdown; HTML in it is text, images are left out."""
    library = import_extra("markdown_it", extra="archive", wanted_by="--format html")
    render: Callable[[str], str] = library.MarkdownIt("commonmark", {"html": False}).disable("image").render
    return render


def _study(study: Study) -> list[str | int]:
    dimensions = {name: getattr(study, name, "") for name in DIMENSIONS}
    key = dict(zip(AXES, axes_of(dimensions), strict=True))
    texts = [key[axis] for axis in ("modality", "device", "station", "month")]
    return [study.study_uid, *texts, study.errors, study.warnings, study.notes, study.new]


def _example(cube: Cube, record: Record) -> list[Any]:
    """Return an example as page.js reads it."""
    told = record.told()
    uids = (record.sop_instance_uid, record.study_uid, record.series_uid)
    return [
        cube.indices(axes_of({name: getattr(record, name) for name in DIMENSIONS})),
        record.state,
        printable(told["message"], _MAX_TEXT),
        printable(told["path"] or "", _MAX_TEXT),
        told["tag"] or "",
        *(shown_uid(uid) or "" for uid in uids),
        record.first_run,
        record.resolved_run,
        record.scope,
        shown_file(record.file, "/") if record.file else "",
    ]


def _notes(found: Overview, version: str, examples: int, each: int) -> Iterator[str]:
    """Yield what the page is, and what is not on it."""
    run = found.compared.run
    yield f"Made by dcmlint {version} from a store of scans; run {run.id} used tables {run.edition}."
    yield (
        "Attribute values that may identify a person are not on this page, and names of files only if they "
        "were asked for. Instances and studies are named by their UIDs."
    )
    yield (
        f"All numbers are exact. Of single findings the page has {examples:,} as examples: of each rule at "
        f"most {each} new, {each} known and {each} resolved ones, the most severe first. The search looks "
        "into rules and these examples. dcmlint report --format csv, json or parquet has all findings."
    )
    for axis, values, findings in found.cube.left_out():
        yield (
            f"{values:,} of the {_IN_WORDS[axis]} ({findings:,} findings) are together as (others): "
            f"{'the latest' if axis == 'month' else 'the most frequent'} have rows of their own."
        )

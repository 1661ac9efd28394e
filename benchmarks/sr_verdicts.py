"""What PixelMed's SR validator, dciodvfy and dcmlint say of Structured Reports, in one shape.

A fault has a key (source, TID, row, kind): the row is the one that the Content Item fills, or should fill;
outside the content tree both are "". The kind is that of a template rule, or the keyword of the Attribute
that is wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.corpus import Corpus
from dcmlint.standard.dictionary import label

__all__ = ["Document", "Key", "Verdict", "dciodvfy_verdicts", "dcmlint_verdicts", "pixelmed_verdicts"]

_CONTENT = 0x0040A730
_TAIL = re.compile(r"(?P<head>.*?): (?:within )?(?P<at>1(?:\.\d+)*): (?P<path>/.*)", re.DOTALL)
_TEMPLATE = re.compile(r"Template (\w+) ")
_ROW = re.compile(r"\[Row (\w+)\]")
_STEP = re.compile(r"ContentSequence\(0040,a730\)\[(\d+)\]")

PIXELMED: tuple[tuple[str, str], ...] = (
    ("Missing required content item", "missing-row"),
    ("Missing conditional content item", "missing-row"),
    ("Incorrect units", "value-set"),
    ("not found in context group", "value-set"),
    ("Incorrect relationship", "relationship"),
    ("Incorrect content item value multiplicity", "multiplicity"),
    ("Conditional content item present", "condition"),
    ("Missing value", "value"),
    ("is present but should not be used", "obsolete"),
)
"""What a message of PixelMed has in it, and the kind of fault that it is."""

DCIODVFY = {"sr-evidence": "evidence"}
"""Kind of dciodvfy's message to the kind of fault; others are the keyword of the Attribute."""

RULES: Mapping[str, tuple[str, ...]] = {
    "sr/template-value-type": ("value-type", "missing-row"),
    "sr/missing-value": ("value", "value-set"),
    "sr/empty-value": ("value", "value-set"),
    "sr/evidence-not-listed": ("evidence",),
}
"""Rule to the kinds of fault that it reports, the first of them its own."""


class Key(NamedTuple):
    """What is compared."""

    source: str
    tid: str
    row: str
    kind: str


class Verdict(NamedTuple):
    """One message: `keys` are the faults that it may be, the first of them what it is counted as."""

    file: str
    severity: str
    keys: tuple[Key, ...]
    text: str


class Document:
    """One SR document: its findings, and which row each Content Item fills."""

    def __init__(self, path: Path, name: str) -> None:
        from dcmlint.read.opener import read_instance
        from dcmlint.sr.template import judged
        from dcmlint.sr.tree import content_items

        self.name = name
        instance = read_instance(path.read_bytes())
        judgement = judged(instance)
        rows = judgement.rows if judgement is not None else {}
        self.rows = {node.position: rows.get(id(node), ()) for node in content_items(instance)}

    def places(self, position: str) -> list[tuple[str, str]]:
        """Return (TID, row) of the rows that the Content Item at a position such as "1.3.2" fills."""
        if position == "1":
            return [("", "")]
        found = [(row.tid, row.number) for row in self.rows.get(position, ())]
        return found or [("", position.count(".") * ">")]


def pixelmed_verdicts(corpus: Corpus, file: Path) -> Iterator[Verdict]:
    """Yield PixelMed's errors and warnings."""
    with file.open(encoding="utf-8") as lines:
        for found in map(json.loads, lines):
            if found["severity"] in ("error", "warning"):
                key = _pixelmed_key(corpus.source(found["file"]), found["text"])
                if key is not None:
                    yield Verdict(found["file"], found["severity"], (key,), found["text"])


def _pixelmed_key(source: str, text: str) -> Key | None:
    match = _TAIL.match(text)
    head = match["head"] if match is not None else text.partition(": ")[0]
    template, rows = _TEMPLATE.match(head), _ROW.findall(head)
    kind = next((kind for phrase, kind in PIXELMED if phrase in text), None)
    if kind is None:  # the corpus has long messages cut
        kind = "value-set" if re.search(r": (Inc\w*|Code \(.*)$", text) else None
    if template is None or kind is None:
        return None
    tid = template[1].upper() if template[1].startswith("10003") else re.sub(r"[A-Za-z]+$", "", template[1])
    return Key(source, tid, rows[-1] if rows else "", kind)


def dciodvfy_verdicts(corpus: Corpus, documents: Mapping[str, Document]) -> Iterator[Verdict]:
    """Yield dciodvfy's errors and warnings on the documents."""
    for found in corpus.verdicts():
        document = documents.get(found["file"])
        if document is None or "path" not in found or found["severity"] not in ("error", "warning"):
            continue
        steps = _STEP.findall(found["path"])
        place = document.places(".".join(["1", *steps]))[0]
        kind = DCIODVFY.get(found["kind"], found.get("keyword") or found["kind"])
        yield Verdict(
            found["file"],
            found["severity"],
            (Key(corpus.source(found["file"]), *place, kind),),
            f"{found['kind']} {found['path']} {found['text']}",
        )


def dcmlint_verdicts(corpus: Corpus, document: Document, findings: Iterable[Any]) -> Iterator[Verdict]:
    """Yield dcmlint's findings on a document."""
    source = corpus.source(document.name)
    for found in findings:
        position = _position(found.location)
        places = document.places(position)
        kinds = list(RULES.get(found.rule, ()))
        if found.rule.startswith("sr/template-"):
            kinds = kinds or [found.rule.removeprefix("sr/template-")]
            named = (found.args["tid"], found.args["row"])
            places = [named, *(places if named in places else ())]
        keys = [Key(source, *place, kind) for place in places for kind in kinds]
        tags = found.attributes or ((found.tag,) if found.tag is not None else ())
        keys += [Key(source, *place, label(tag)) for place in document.places(position) for tag in tags]
        keys = keys or [Key(source, *places[0], found.rule)]
        text = f"{found.rule} {found.severity} {position} {dict(found.args)}"
        yield Verdict(document.name, found.severity, tuple(keys), text)


def _position(location: tuple[int, ...]) -> str:
    """Return the position of the Content Item that a location is in."""
    numbers = ["1"]
    for tag, number in zip(location[::2], location[1::2], strict=True):
        if tag != _CONTENT:
            break
        numbers.append(str(number))
    return ".".join(numbers)

"""The text of `dcmlint sr FILE`: the content tree of a document with its rows and findings, for people."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping

from dcmlint.errors import UnreadableError, UsageError
from dcmlint.model import Location
from dcmlint.read.item import Instance
from dcmlint.read.opener import looks_like_dicom, read_instance
from dcmlint.report.redaction import shown_code, shown_value
from dcmlint.report.render import Renderer, printable
from dcmlint.scan import Session, lint_instance
from dcmlint.source.blob import open_blob
from dcmlint.source.kind import content_kind
from dcmlint.sr.rows import template
from dcmlint.sr.template import Judgement, judged
from dcmlint.sr.tree import Code, ContentItem, content_items, is_cut
from dcmlint.sr.values import code_value, numeric, references_of, text
from dcmlint.standard.concepts import meaning_of
from dcmlint.standard.dictionary import uid

__all__ = ["tree_text"]

_CONTENT = 0x0040A730
_NUMERIC = 0x0040A30A
_MEASURED = 0x0040A300


def tree_text(path: str, *, values: bool = False) -> str:
    """Return the content tree of a document, one line a Content Item, with what is wrong below each.

    Values that may be PHI are shown only if `values` is true. Raises UsageError if the file cannot be read,
    is not DICOM or has no content tree.
    """
    try:
        blob = open_blob(path)
    except UnreadableError as error:
        raise UsageError(f"{path} cannot be read: {error.reason}") from error
    try:
        if not looks_like_dicom(bytes(blob.buf[:1024])):
            what = content_kind(bytes(blob.buf[:1024]))
            raise UsageError(f"{path} is not DICOM" + (f" but {what}" if what else ""))
        instance = read_instance(blob.buf)
        judgement = judged(instance)
        if judgement is None:
            raise UsageError(f"{path} has no content tree", "dcmlint check says what is wrong with it")
        return "\n".join(_Page(instance, judgement, values=values).lines())
    finally:
        blob.close()


class _Page:
    """The lines of one document."""

    def __init__(self, instance: Instance, judgement: Judgement, *, values: bool) -> None:
        self.instance = instance
        self.judgement = judgement
        self.values = values
        self.findings, self.elsewhere = _findings(instance)

    def lines(self) -> Iterator[str]:
        """Yield what the document is, its Content Items, and how many findings there are elsewhere."""
        entry = uid(self.instance.sop_class_uid)
        yield f"{entry.name if entry is not None else 'SOP Class that is not known'}, {self._template()}"
        yield ""
        for node in content_items(self.instance):
            yield from self._item(node)
        if is_cut(self.instance):
            yield "(parts of the tree may be missing: it is too large, or its bytes are damaged)"
        yield ""
        if not self.values:
            yield "Values and private codes are not shown; with --show-values they are (they may be PHI)."
        if self.elsewhere:
            yield f"{self.elsewhere} more finding(s) outside the content tree: see dcmlint check"

    def _template(self) -> str:
        root = self.judgement.root
        if not root.tid:
            return "no template named, and none that fits the concept of the root"
        known = template(root.tid)
        if known is None:
            return f"TID {root.tid}, of which the tables have no rows"
        how = "guessed from the concept of the root" if root.guessed else "named by the document"
        return f"TID {root.tid} {known.name} ({how}; rows of {known.edition})"

    def _item(self, node: ContentItem) -> Iterator[str]:
        indent = "  " * (node.depth - 1)
        parts = [node.position]
        parts += [printable(part) for part in (node.relationship, node.value_type) if part]
        if node.reference is not None:
            parts.append("-> " + ".".join(str(number) for number in node.reference))
        if node.concept is not None:
            parts.append(self._code(node.concept))
        value = self._value(node)
        if value:
            parts.append(f"= {value}")
        rows = self.judgement.rows.get(id(node), ())
        if rows:
            parts.append("[" + ", ".join(f"TID {row.tid} row {row.number}" for row in rows) + "]")
        yield indent + " ".join(parts)
        for line in self.findings.get(node.position, ()):
            yield f"{indent}    ! {line}"

    def _code(self, code: Code) -> str:
        if self.values:
            return printable(str(code))
        return shown_code(code.value, code.scheme, meaning_of(code.value, code.scheme))

    def _value(self, node: ContentItem) -> str:
        kind = node.value_type
        if kind == "CODE":
            value = code_value(node)
            return self._code(value) if value is not None else ""
        if kind == "NUM":
            return self._measured(node)
        if kind in ("IMAGE", "COMPOSITE", "WAVEFORM"):
            names = [uid(reference.sop_class_uid) for reference in references_of(node.item)]
            return ", ".join(name.name if name is not None else "?" for name in names)
        written = text(node)
        if written is None:
            return ""
        return printable(f'"{written}"') if self.values else shown_value(written, (), None)

    def _measured(self, node: ContentItem) -> str:
        measured = numeric(node)
        if measured.value is None:
            return f"no value: {self._code(measured.qualifier)}" if measured.qualifier else "no value"
        location = (*node.item.location, _MEASURED, 1)
        value = printable(measured.value) if self.values else shown_value(measured.value, location, _NUMERIC)
        return f"{value} {self._code(measured.units)}" if measured.units else value


def _findings(instance: Instance) -> tuple[Mapping[str, list[str]], int]:
    """Return the findings by the position of the Content Item that they are in, and how many are in none."""
    session = Session()
    report = lint_instance(instance, session)
    renderer = Renderer(session.rules, os.getcwd())  # noqa: PTH109 - what the renderer takes
    found: dict[str, list[str]] = defaultdict(list)
    elsewhere = 0
    for finding in report.findings:
        position = _position(finding.location)
        if position == "1" and not finding.rule.startswith("sr/"):
            elsewhere += 1
            continue
        shown = renderer.render(report._replace(findings=(finding,)))[0]
        found[position].append(f"{shown.severity} {shown.rule}: {shown.message}")
    return found, elsewhere


def _position(location: Location) -> str:
    numbers = ["1"]
    for tag, number in zip(location[::2], location[1::2], strict=True):
        if tag != _CONTENT:
            break
        numbers.append(str(number))
    return ".".join(numbers)

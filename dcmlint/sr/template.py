"""What a document does to the templates that it follows (PS3.16): one pass, shared by all rules.

`judged(instance)` says which template the root follows, which row each Content Item fills, and what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from dcmlint.model import Found, Severity
from dcmlint.read.item import Instance, Item
from dcmlint.sr.condition import Document
from dcmlint.sr.frame import Frame, Kind, Wrong
from dcmlint.sr.level import Slot
from dcmlint.sr.match import declared_tid
from dcmlint.sr.root import Root, root_of
from dcmlint.sr.rows import Row, Template, template
from dcmlint.sr.tree import ContentItem, content_tree, is_cut

__all__ = ["Breach", "Judgement", "breaches", "judged"]

_TEMPLATE = 0x0040A504


class Breach(NamedTuple):
    """One thing that is wrong: where it is, and the row that it breaks (None: the template as a whole)."""

    kind: Kind
    severity: Severity
    node: ContentItem
    item: Item
    tag: int | None
    tid: str
    row: Row | None
    args: Mapping[str, Any]


class Judgement(NamedTuple):
    """What is known of a document: the template of the root, the rows by id() of the Content Item that fills
    them, and what is wrong.

    A Content Item fills more than one row where several templates at one level say the same.
    """

    root: Root
    rows: Mapping[int, tuple[Row, ...]]
    breaches: tuple[Breach, ...]


def judged(instance: Instance) -> Judgement | None:
    """Return the judgement of an Instance, None if it has no content tree."""
    if "templates" not in instance.memo:
        tree = content_tree(instance)
        if tree is None:
            instance.memo["templates"] = None
        else:
            instance.memo["templates"] = _Pass(tree, instance).judgement
    found: Judgement | None = instance.memo["templates"]
    return found


def breaches(instance: Instance, kind: Kind) -> Iterable[Found]:
    """Return the breaches of one kind as a rule reports them."""
    judgement = judged(instance)
    if judgement is None or not judgement.breaches:
        return ()
    return [
        Found(breach.tag, breach.args, breach.item, severity=breach.severity)
        for breach in judgement.breaches
        if breach.kind == kind
    ]


class _Pass:
    """One pass over a document."""

    def __init__(self, tree: ContentItem, instance: Instance) -> None:
        self.document = Document(tree)
        self.root = root_of(tree, instance.sop_class_uid)
        self.doubtful = self.root.guessed or is_cut(instance)
        self.rows: dict[int, tuple[Row, ...]] = {}
        self.found: list[Breach] = []
        known = template(self.root.tid) if self.root.tid else None
        if known is None:
            if self.root.tid:
                self._add(Wrong("unknown", "note", tree, None, tree.item, _TEMPLATE, {}), self.root.tid)
            self._declared_below(tree)
        elif self.root.fits:
            self._follow(tree, known)
        else:
            args = {"alternatives": ""}
            row = known.rows[0]
            severity: Severity = "error" if row.firm else "warning"
            self._add(Wrong("missing-row", severity, tree, row, tree.item, _TEMPLATE, args), known.tid)

    @property
    def judgement(self) -> Judgement:
        """What the pass has found."""
        return Judgement(self.root, self.rows, tuple(self.found))

    def _follow(self, node: ContentItem, known: Template) -> None:
        """Judge what is below a Content Item that fills the first row of a template."""
        row = known.rows[0]
        self.rows[id(node)] = (row,)
        waiting = [(node, Slot(0, row, (), "", None, None))]
        while waiting:
            node, slot = waiting.pop()
            waiting.extend(reversed(self._below(node, slot)))

    def _below(self, node: ContentItem, slot: Slot) -> list[tuple[ContentItem, Slot]]:
        """Judge the children of a Content Item; return those of which other rows say more."""
        frame = Frame(node, slot.below, self.document)
        for wrong in frame.wrongs():
            self._add(wrong, slot.row.tid)
        found = []
        for match in frame.matches:
            child, filled = match.node, match.slot
            if filled is None:
                if not self._declared(child):
                    self._declared_below(child)
            elif match.fit != "value type" and child.reference is None:
                self.rows[id(child)] = filled.alike if match.fit == "full" else (filled.row,)
                if filled.row.children:
                    found.append((child, filled))
        return found

    def _declared_below(self, node: ContentItem) -> None:
        """Judge the parts below a Content Item that name a template themselves."""
        waiting = list(reversed(node.children))
        while waiting:
            each = waiting.pop()
            if not self._declared(each):
                waiting.extend(reversed(each.children))

    def _declared(self, node: ContentItem) -> bool:
        tid = declared_tid(node) if _TEMPLATE in node.item.elements else ""
        known = template(tid) if tid else None
        if known is None or len(known.rows) != 1 or known.rows[0].value_type != node.value_type:
            return False
        self._follow(node, known)
        return True

    def _add(self, wrong: Wrong, tid: str) -> None:
        """Note what is wrong; where bytes are missing or the template is guessed, as a warning or note."""
        row = wrong.row
        severity = wrong.severity
        if self.root.guessed and not self.root.demanded:
            severity = "note"
        elif self.doubtful and severity == "error":
            severity = "warning"
        args = {
            "tid": row.tid if row is not None else tid,
            "row": row.number if row is not None else "",
            "name": row.name if row is not None else "",
            "path": wrong.node.path,
            "guess": " (the template is guessed)" if self.root.guessed else "",
            **wrong.args,
        }
        self.found.append(
            Breach(wrong.kind, severity, wrong.node, wrong.item, wrong.tag, args["tid"], row, args)
        )

"""Which template the root of a document follows: named by it, demanded by its IOD, or guessed."""

from __future__ import annotations

from typing import NamedTuple

from dcmlint.sr.level import Slot
from dcmlint.sr.match import declared_tid, likeness
from dcmlint.sr.rows import Template, concept_terms, template
from dcmlint.sr.tree import ContentItem
from dcmlint.standard.templates import current, root_tids

__all__ = ["Root", "root_of"]

_KEY_OBJECT_SELECTION = "1.2.840.10008.5.1.4.1.1.88.59"
"""The SOP Class whose IOD demands TID 2010 (PS3.3 A.35.4.3.1.1)."""


_DEMANDED = {
    "1.2.840.10008.5.1.4.1.1.88.67": ("10001", "10011"),
    "1.2.840.10008.5.1.4.1.1.88.68": ("10021",),
    "1.2.840.10008.5.1.4.1.1.88.50": ("4000",),
}
"""SOP Classes whose IOD demands one of these templates (PS3.3 A.35.8, A.35.14, A.35.5)."""


class Root(NamedTuple):
    """The template of the root, "" if none is known.

    It is guessed where the root names none; the IOD may demand it all the same. `fits` is False where its
    first row has another concept than the root.
    """

    tid: str
    guessed: bool
    demanded: bool
    fits: bool


def root_of(tree: ContentItem, sop_class_uid: str) -> Root:
    """Return the template that the root of a document follows."""
    tid = declared_tid(tree)
    if not tid and sop_class_uid == _KEY_OBJECT_SELECTION:
        tid = "2010"
    if tid:
        known = template(tid)
        return Root(tid, guessed=False, demanded=True, fits=known is None or _fits(tree, known))
    demanded = _DEMANDED.get(sop_class_uid, ())
    alike = [
        known
        for each in demanded or root_tids()
        if (known := template(each)) is not None and _named(tree, known)
    ]
    if not alike:
        return Root("", guessed=True, demanded=False, fits=True)
    best = max(alike, key=lambda known: likeness(tree, Slot(0, known.rows[0], (), "", None, None)))
    return Root(best.tid, guessed=True, demanded=bool(demanded), fits=True)


def _fits(tree: ContentItem, known: Template) -> bool:
    """Tell whether the root may be the first row of a template; where that is not known, it may.

    It may not where the concepts are a closed list, or where the root has the concept of another template.
    """
    terms = concept_terms(known.rows[0], ())
    key = tree.key
    if terms is None or key is None or terms.has(key):
        return True
    others = (said["code"] for said in root_tids().values() if "code" in said)
    return not terms.closed and key not in {current(code[0], code[1]) for code in others}


def _named(tree: ContentItem, known: Template) -> bool:
    """Tell whether the concept of the root is one that the first row of a template names."""
    terms = concept_terms(known.rows[0], ())
    key = tree.key
    return terms is not None and key is not None and terms.has(key)

"""What most SOP Instances have in common, so that rules about exceptions need not look at them one by one."""

from __future__ import annotations

from dcmlint.read.item import Instance
from dcmlint.standard.dictionary import uid

__all__ = ["IMPLEMENTATION_CLASS_UID", "has_current_class", "has_usual_meta"]

IMPLEMENTATION_CLASS_UID = "2.25.39510978189604443544128458222062743080"
"""Implementation Class UID of files that dcmlint writes (PS3.7 D.3.3.2); the gate of dcmlint-pacs has the
same."""

_GROUP_LENGTH, _VERSION, _SYNTAX, _IMPLEMENTATION = 0x00020000, 0x00020001, 0x00020010, 0x00020012
_MEDIA_CLASS, _MEDIA_INSTANCE = 0x00020002, 0x00020003
_SOP_CLASS, _SOP_INSTANCE = 0x00080016, 0x00080018
_PADDING = b" \0"

_classes: dict[str, bool] = {}
_syntaxes: dict[str, bool] = {}
_MOST_REMEMBERED = 1024


def has_usual_meta(instance: Instance) -> bool:
    """Tell whether File Meta Information is complete, fits the Data Set and names a Transfer Syntax in force.

    And the preamble starts with zero (PS3.10 7.1).
    """
    meta = instance.meta
    if meta is None or instance.faults or meta.buf[0] != 0:
        return False
    get = meta.elements.get
    length, version = get(_GROUP_LENGTH), get(_VERSION)
    if length is None or version is None or length[2] != 4 or version[0] != "OB":
        return False
    if meta.raw(_VERSION) != b"\0\1" or not meta.raw(_IMPLEMENTATION) or not meta.raw(_SYNTAX):
        return False
    if not (meta.raw(_IMPLEMENTATION) or b"").strip(_PADDING) or not _is_current(instance.declared_syntax):
        return False
    root = instance.root
    return (
        _says_its_length(instance)
        and _same(meta.raw(_MEDIA_CLASS), root.raw(_SOP_CLASS))
        and _same(meta.raw(_MEDIA_INSTANCE), root.raw(_SOP_INSTANCE))
    )


def _says_its_length(instance: Instance) -> bool:
    meta = instance.meta
    if meta is None:
        return False
    _, start, size, _ = meta.elements[_GROUP_LENGTH]
    end = 0
    for _, offset, length, _ in meta.elements.values():
        end = max(end, offset + length)
    declared = int.from_bytes(bytes(meta.buf[start : start + size]), "little")
    return declared == end - start - size and meta.buf[meta.offset] != 0


def _same(there: bytes | None, here: bytes | None) -> bool:
    return there is not None and there == here and bool(there.strip(_PADDING))


def _is_current(syntax: str) -> bool:
    found = _syntaxes.get(syntax)
    if found is None:
        known = uid(syntax)
        found = known is not None and known.kind == "Transfer Syntax" and not known.retired
        _remember(_syntaxes, syntax, found)
    return found


def has_current_class(instance: Instance) -> bool:
    """Tell whether the SOP Class is in force and its Modules are known, and there is a SOP Instance UID."""
    sop_class = instance.sop_class_uid
    found = _classes.get(sop_class)
    if found is None:
        known = uid(sop_class)
        found = known is not None and known.kind == "SOP Class" and not known.retired and bool(known.iod)
        _remember(_classes, sop_class, found)
    return found and bool(instance.sop_instance_uid)


def _remember(known: dict[str, bool], value: str, found: bool) -> None:
    if len(known) >= _MOST_REMEMBERED:
        known.clear()
    known[value] = found

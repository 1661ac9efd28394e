"""One Instance de-identified: its edits, its patches, and the name of its file."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from dcmlint.deid.decisions import Decisions
from dcmlint.deid.leaves import Leaves
from dcmlint.deid.method import method_edits, method_text
from dcmlint.deid.pictures import Pictures, has_pictures
from dcmlint.deid.pseudonym import Pseudonyms
from dcmlint.deid.walk import NotSafeError, Subject, Walk
from dcmlint.fix.edit import Edit, NewElement, Patch
from dcmlint.iod import iod_of, load
from dcmlint.plan import Node, Plans
from dcmlint.read.item import Instance, Item
from dcmlint.standard.dictionary import format_tag, implicit_vr

__all__ = ["Changes", "Deidentifier"]

_HARMLESS = frozenset(
    (
        *("file/missing-preamble", "file/trailing-bytes", "file/transfer-syntax-mismatch"),
        *("encoding/odd-length", "encoding/out-of-order", "encoding/missing-delimiter"),
        *("encoding/undefined-length", "encoding/invalid-vr"),
    )
)
"""What is irregular and leaves no doubt about where each Data Element begins and ends."""

_DIRECTORY_RECORDS, _DOCUMENT = 0x00041220, 0x00420011
_SOP_INSTANCE, _SERIES, _STUDY, _MEDIA_INSTANCE = 0x00080018, 0x0020000E, 0x0020000D, 0x00020003
_PATIENT_ID, _PATIENT_NAME = 0x00100020, 0x00100010
_PATIENT = (_PATIENT_NAME, _PATIENT_ID, 0x00100030, 0x00100040)
_UID = re.compile(r"[0-9][0-9.]{0,63}\Z")
_PLACES = (0x00020016, 0x00020017, 0x00020018, 0x00020026, 0x00020027, 0x00020028, 0x00020100, 0x00020102)
"""File Meta Information that names applications and places, or is private."""


class Changes(NamedTuple):
    """What makes a de-identified file of a file.

    `name` is the path of the result, "STUDY/SERIES/INSTANCE.dcm" in new UIDs. `exceptions` are what a review
    board should know of the result: what pictures may tell, and what stays that the Basic Profile would not
    keep or that was taken for it. They hold no value.
    """

    edits: tuple[Edit, ...]
    patches: tuple[Patch, ...]
    name: PurePosixPath
    new_sop_instance_uid: str
    exceptions: tuple[str, ...] = ()


class Deidentifier:
    """Says how to de-identify Instances under one profile, policy and key."""

    def __init__(self, decisions: Decisions, pseudonyms: Pseudonyms, *, break_signatures: bool) -> None:
        from dcmlint import __version__

        self._decisions = decisions
        self._pseudonyms = pseudonyms
        self._break_signatures = break_signatures
        self._pictures = Pictures()
        self._leaves = Leaves(
            has_vocabulary=bool(decisions.policy.vocabulary),
            shifts=decisions.profile.has("rtn-long-modif-dates"),
        )
        self._plans = Plans({})
        self._generic = self._plans.node(())
        self._method = method_text(decisions.profile, decisions.policy, __version__)

    def changes(self, buf: Any, instance: Instance) -> Changes:
        """Return what is to be changed; raises NotSafeError, which says why nothing may be written."""
        self._readable(instance)
        root = instance.root
        subject = Subject(self._pseudonyms, self._pseudonyms.shift_days(patient_of(root)))
        walk = Walk(
            self._decisions, subject, self._generic, self._leaves, break_signatures=self._break_signatures
        )
        node = self._node(instance)
        walk.data_set(root, (), node)
        written = {edit.tag: edit for edit in method_edits(root, self._decisions.profile, self._method)}
        own = [edit for edit in walk.edits if edit.location or edit.tag not in written]
        own += self._added(root, node)
        uids = [_uid_after(root, own, tag) for tag in (_STUDY, _SERIES, _SOP_INSTANCE)]
        edits = (*own, *written.values(), *self._meta(instance, uids[2]))
        study, series, own_name = (self._component(uid) for uid in uids)
        name = PurePosixPath(study or "no-study", series or "no-series", f"{own_name}.dcm")
        exceptions = (*self._pictured(instance, own), *sorted(walk.told))
        return Changes(edits, tuple(_patches(buf, instance)), name, uids[2], exceptions)

    def _pictured(self, instance: Instance, edits: list[Edit]) -> tuple[str, ...]:
        """Return what pictures may tell, among them a document that is not replaced."""
        changed = any(edit.tag == _DOCUMENT and not edit.location for edit in edits)
        if not has_pictures(instance, document=not changed):
            return ()
        return self._pictures.risks(instance)

    def _component(self, uid: str) -> str:
        """Return a UID as part of a path; its hash where one that is kept is no UID but any text."""
        if not uid or _UID.match(uid):
            return uid
        return self._pseudonyms.digest("name", uid.encode("latin-1", "replace"))[:16].hex()

    def name_of(self, sha256: str) -> str:
        """Return 16 hexadecimal digits that stand for a file's content under the key."""
        return self._pseudonyms.digest("file", sha256.encode())[:8].hex()

    def _readable(self, instance: Instance) -> None:
        """Raise NotSafeError where bytes would be passed on that nobody has looked at."""
        for fault in instance.faults:
            unread = fault.rule == "encoding/invalid-vr" and fault.args.get("then")
            nested = fault.rule == "file/trailing-bytes" and fault.item is not instance.root
            if fault.rule not in _HARMLESS or unread or nested:
                where = "" if fault.tag is None else f" at {format_tag(fault.tag)}"
                raise NotSafeError(f"It cannot be read as a whole: {fault.rule}{where}.")
        if _DIRECTORY_RECORDS in instance.root.elements:
            raise NotSafeError("It is a DICOMDIR: files get new names, so make a new one of the results.")
        if not instance.root.elements:
            raise NotSafeError("There is no Data Set.")

    def _node(self, instance: Instance) -> Node:
        """Return what the tables say of the root, the generic Node for an IOD that they do not have."""
        key = iod_of(instance)
        if key not in self._plans.iods:
            self._plans.iods[key] = load(self._plans, key)
        plan = self._plans.iods[key]
        found: Node = self._generic if plan is None else plan.variant(instance).node
        return found

    def _added(self, root: Item, node: Node) -> list[Edit]:
        """Return the edits that add what the policy sets and the root lacks, and what is of Type 2 beside
        Patient Identity Removed, empty."""
        added = {tag: ("", _BESIDE) for tag in _PATIENT if tag in node.required}
        added |= {tag: (text, "policy: set") for tag, text in self._decisions.policy.values.items()}
        return [
            Edit((), tag, "set", NewElement(tag, implicit_vr(tag), text.encode()), clause)
            for tag, (text, clause) in added.items()
            if tag not in root.elements
        ]

    def _meta(self, instance: Instance, sop_instance_uid: str) -> list[Edit]:
        """Return the edits of the File Meta Information (PS3.10 7.1)."""
        meta = instance.meta
        if meta is None:
            return []
        gone = [Edit((), tag, "remove", None, _META) for tag in _PLACES if tag in meta.elements]
        own = (meta.raw(_MEDIA_INSTANCE) or b"").rstrip(b"\0 ")
        if own and not self._decisions.profile.has("rtn-uids"):
            new = sop_instance_uid or self._pseudonyms.uid(own.decode("latin-1"))
            if new.encode("latin-1") != own:
                element = NewElement(_MEDIA_INSTANCE, "UI", new.encode("latin-1"))
                gone.append(Edit((), _MEDIA_INSTANCE, "set", element, "PS3.15 E.1-1 basic U"))
        return gone


_BESIDE = "PS3.3 C.7.1.1 Type 2, beside (0012,0062)"
_META = "PS3.10 7.1 File Meta Information that names applications"


def patient_of(root: Item) -> bytes:
    """Return what tells a patient from others: Patient ID, else Patient's Name, else the Study."""
    for tag in (_PATIENT_ID, _PATIENT_NAME, _STUDY):
        if value := (root.raw(tag) or b"").strip(b"\0 "):
            return value
    return b""


def _uid_after(root: Item, edits: list[Edit], tag: int) -> str:
    """Return the UID that the root has after the edits, "" for none."""
    for edit in edits:
        if edit.tag == tag and not edit.location:
            return "" if edit.element is None else edit.element.value.decode("latin-1")
    return (root.raw(tag) or b"").strip(b"\0 ").decode("latin-1")


def _patches(buf: Any, instance: Instance) -> list[Patch]:
    """Return the patches that clear the preamble and drop what follows the Data Set."""
    patches = []
    if buf[128:132] == b"DICM" and any(buf[:128]):
        patches.append(Patch(0, 128, bytes(128), "PS3.10 7.1 preamble"))
    for fault in instance.faults:
        if fault.rule == "file/trailing-bytes":
            end = fault.offset + fault.length
            patches.append(Patch(fault.offset, end, b"", "bytes after the Data Set"))
    return patches

"""Instances to seed defects into: read and written by pydicom, edited as raw Data Elements."""

from __future__ import annotations

import copy
import io
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from benchmarks.lint import Reported, lint_bytes

__all__ = ["Subject", "clean_subjects", "real_subjects"]


_CHARACTER_SET = 0x00080005


class _Place(NamedTuple):
    """One Data Set of a subject: the attribute path it is at, and the pydicom Data Set."""

    path: str
    item: Any


class Subject:
    """One instance and what dcmlint says of it before any defect is seeded."""

    def __init__(self, name: str, content: bytes) -> None:
        import pydicom

        logging.disable(logging.CRITICAL)
        self.name = name
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.root = pydicom.dcmread(io.BytesIO(content), force=True)
            self.decoded = pydicom.dcmread(io.BytesIO(content), force=True)
            self.implicit, self.little = self.root.original_encoding
            for _ in self.places(every=True):
                pass
        self.sop_class_uid = str(self.decoded.get("SOPClassUID", ""))
        syntax = self.decoded.file_meta.get("TransferSyntaxUID")
        self.encapsulated = syntax is not None and bool(syntax.is_compressed)
        self.content = self.write()
        self.before = frozenset(lint_bytes(self.content))

    def write(self) -> bytes:
        """Return the bytes of the instance as it is now."""
        import pydicom

        out = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pydicom.dcmwrite(
                out,
                self.root,
                implicit_vr=self.implicit,
                little_endian=self.little,
                enforce_file_format=False,
            )
        return out.getvalue()

    def places(self, *, every: bool = False) -> Iterator[_Place]:
        """Yield the root and nested Items: the first Item of each Sequence, or every one."""
        yield from _places(_Place("", self.root), every)

    @contextmanager
    def edited(self, item: Any) -> Iterator[Any]:
        """Give a Data Set to edit; it is as before afterwards."""
        saved = dict(item._dict)
        try:
            yield item
        finally:
            changed = _CHARACTER_SET in saved or _CHARACTER_SET in item._dict
            item._dict.clear()
            item._dict.update(saved)
            if changed and item is self.root:
                self._keep_text()

    def put(self, item: Any, tag: int, vr: str, value: bytes) -> None:
        """Set a Data Element to these very bytes."""
        from pydicom.dataelem import RawDataElement
        from pydicom.tag import BaseTag

        item._dict[BaseTag(tag)] = RawDataElement(
            BaseTag(tag), vr, len(value), value, 0, self.implicit, self.little
        )

    def with_values(self, values: Mapping[int, tuple[str, bytes] | None]) -> bytes:
        """Return the bytes with root Data Elements set to (VR, bytes), or removed where None."""
        with self.edited(self.root) as root:
            for tag, value in values.items():
                if value is None:
                    root._dict.pop(tag, None)
                else:
                    self.put(root, tag, *value)
            if _CHARACTER_SET in values:
                self._keep_text()
            return self.write()

    def _keep_text(self) -> None:
        """Let pydicom write the text as it is, not again in the character set declared now."""
        for _, item in self.places(every=True):
            item.set_original_encoding(self.implicit, self.little, item._character_set)

    def with_dataset(self, change: Callable[[Any], None]) -> bytes:
        """Return the bytes after a change to a deep copy of the pydicom Data Set."""
        saved = self.root
        self.root = copy.deepcopy(saved)
        try:
            change(self.root)
            return self.write()
        finally:
            self.root = saved

    def vr(self, element: Any) -> str:
        """Return the VR of a Data Element, of PS3.6 where the bytes have none, "" if ambiguous."""
        from pydicom.datadict import dictionary_VR

        vr, tag = element.VR, element.tag
        if vr is None:
            try:
                vr = dictionary_VR(tag)
            except KeyError:
                return ""
        return str(vr) if len(str(vr)) == 2 else ""

    def new_findings(self, content: bytes) -> list[Reported]:
        """Return the findings that the unchanged instance does not have."""
        return [finding for finding in lint_bytes(content) if finding not in self.before]


def _places(place: _Place, every: bool) -> Iterator[_Place]:
    from pydicom.datadict import keyword_for_tag

    yield place
    for tag in sorted(place.item._dict):
        raw = place.item._dict[tag]
        if raw.VR not in ("SQ", None) or tag & 0x10000:
            continue
        try:
            element = place.item[tag] if raw.VR == "SQ" or _is_sequence(tag) else None
        except Exception:
            continue
        if element is None or element.VR != "SQ":
            continue
        items = element.value if every else element.value[:1]
        for number, item in enumerate(items, 1):
            step = f"{keyword_for_tag(tag) or _hex(tag)}[{number}]"
            yield from _places(_Place(f"{place.path}.{step}".lstrip("."), item), every)


def _hex(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _is_sequence(tag: int) -> bool:
    from pydicom.datadict import dictionary_VR

    try:
        return str(dictionary_VR(tag)) == "SQ"
    except KeyError:
        return False


def clean_subjects() -> Iterator[Subject]:
    """Yield the clean fixtures, one of each SOP Class."""
    from dcmlint.read.encode import part10
    from fixtures.generate import clean_instances

    for name, attributes in clean_instances().items():
        yield Subject(f"fixture {name}", part10(attributes))


def real_subjects(limit_bytes: int = 60_000) -> Iterator[Subject]:
    """Yield, for each SOP Class with an IOD, the corpus file with the fewest errors."""
    from benchmarks.corpus import find_corpus
    from benchmarks.required import iod_of

    corpus = find_corpus()
    best: dict[str, tuple[int, int, str, bytes]] = {}
    for path in corpus.files:
        if path.stat().st_size > limit_bytes:
            continue
        content = path.read_bytes()
        sop_class = _sop_class(content)
        if iod_of(sop_class) is None:
            continue
        errors = sum(finding.severity == "error" for finding in lint_bytes(content))
        candidate = (errors, len(content), corpus.name(path), content)
        if sop_class not in best or candidate[:3] < best[sop_class][:3]:
            best[sop_class] = candidate
    for _, _, name, content in best.values():
        try:
            yield Subject(name, content)
        except Exception as error:
            print(f"  skipped {name}: pydicom cannot write it again ({type(error).__name__})")


def _sop_class(content: bytes) -> str:
    from dcmlint.read.opener import read_instance

    return read_instance(content).sop_class_uid

"""The originals: what each held, and which of them an output was made from, told without trusting UIDs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from xxhash import xxh3_128_digest

from dcmlint.deid.fold import fold, spelt_out, words_of
from dcmlint.deid_verify.collect import collect
from dcmlint.deid_verify.dummy import is_placeholder
from dcmlint.deid_verify.identifiers import Identifiers
from dcmlint.deid_verify.profile import Demands
from dcmlint.deid_verify.vrs import plain_vr
from dcmlint.deid_verify.words import dates_in
from dcmlint.read.item import Instance, Item

__all__ = ["Original", "Originals", "Traits", "patient_of", "traits_of"]

_PIXELS = (0x7FE00010, 0x7FE00008, 0x7FE00009, 0x00420011, 0x54000100)
_PATIENT_ID, _PATIENT_NAME = 0x00100020, 0x00100010
_KEPT = (
    *("SOPClassUID", "Modality", "Rows", "Columns", "NumberOfFrames", "BitsAllocated", "SamplesPerPixel"),
    *("InstanceNumber", "SeriesNumber", "ImageType", "ImagePositionPatient", "ImageOrientationPatient"),
    *("SliceThickness", "PixelSpacing", "RescaleIntercept", "RescaleSlope", "EchoTime", "TriggerTime"),
)
"""Attributes that de-identification has no reason to change ."""


_SAYING = frozenset("AE AS DA DT LO LT PN SH ST TM UC UI UN UT".split())
_OF_CODES = frozenset((*range(0x00080100, 0x00080125), 0x00081150, 0x0040DB00))
"""Attributes of codes (PS3.3 8.8), Referenced SOP Class UID and Template Identifier."""


class Traits(NamedTuple):
    """What an Instance has in common with what is made from it: hashes, b"" where there is nothing to hash.

    `pixels` is of the pixel or document bytes, `kept` of Attributes that no profile changes.
    """

    path: str
    uid: str
    pixels: bytes
    kept: bytes


class Original(NamedTuple):
    """One original. `values` has hashes of the values by tag that the profile wants changed; `all_uids` are
    the UIDs of all originals. `days` are the dates of its patient, `names` the parts of Person Names by tag.
    """

    traits: Traits
    patient: str
    values: Mapping[int, frozenset[bytes]]
    texts: Mapping[int, str]
    all_uids: set[str]
    days: frozenset[date]
    names: Mapping[int, frozenset[str]]

    def has_value(self, item: Item, tag: int, *, whole: bool = False) -> bool:
        """Tell whether the value that an Attribute has here is one that it had in the original, anywhere.

        Of a Sequence, what is prose, a name, an identifier or a time counts, not its codes and numbers,
        unless it is asked of the `whole`.
        """
        known = self.values.get(tag)
        return known is not None and value_hash(item, tag, whole=whole) in known


def value_hash(item: Item, tag: int, *, whole: bool = False) -> bytes:
    """Return a hash of a value, padding left out; b"" of an empty one. See `Original.has_value`."""
    element = item.elements[tag]
    if element[3] is not None:
        parts = [
            value_hash(nested, inner, whole=whole)
            for nested in element[3]
            for inner, (vr, *_) in nested.elements.items()
            if whole or vr == "SQ" or (vr in _SAYING and inner not in _OF_CODES)
        ]
        return xxh3_128_digest(b"".join(parts)) if any(parts) else b""
    raw = (item.raw(tag) or b"").strip(b" \0")
    return xxh3_128_digest(raw) if raw else b""


def traits_of(instance: Instance, path: str) -> Traits:
    """Return the traits of an Instance; `path` is below the folder that was named."""
    kept = b"\0".join((instance.raw(keyword) or b"").strip(b" \0") for keyword in _KEPT)
    return Traits(path, instance.sop_instance_uid, _pixels(instance), xxh3_128_digest(kept))


def _pixels(instance: Instance) -> bytes:
    root = instance.root
    for item, tag, fragments in instance.fragments:
        if item is root and tag in _PIXELS:
            parts = [xxh3_128_digest(item.buf[offset : offset + length]) for offset, length in fragments]
            return xxh3_128_digest(b"".join(parts))
    for tag in _PIXELS:
        element = root.elements.get(tag)
        if element is not None and element[3] is None and 0 < element[2] != 0xFFFFFFFF:
            return xxh3_128_digest(root.buf[element[1] : element[1] + element[2]])
    return b""


class _Taken(NamedTuple):
    """What is taken from one original: hashes, texts and parts of names by tag, the dates of its patient."""

    values: dict[int, set[bytes]]
    texts: dict[int, str]
    names: dict[int, set[str]]
    days: set[date]


def _parts(name: str) -> Iterator[str]:
    for folded in (fold(name), spelt_out(name)):
        yield from (word.text for word in words_of(folded))


def patient_of(instance: Instance) -> str:
    """Return Patient ID, else Patient's Name; "" where neither is there, or says itself that it is none.

    What has a number in it tells patients apart, even if it begins with "anonymous".
    """
    root = instance.root
    for tag in (_PATIENT_ID, _PATIENT_NAME):
        text = (root.raw(tag) or b"").decode("latin-1").strip(" \0")
        if text and (any(digit in text for digit in "123456789") or not is_placeholder(root, tag)):
            return text
    return ""


class Originals:
    """All originals of a run: their identifiers, and a way from an output to its original.

    `pairs` maps the path of an output to that of its original, as a map of the user's says.
    """

    def __init__(self, demands: Demands, pairs: Mapping[str, str] | None = None) -> None:
        self.identifiers = Identifiers()
        self._demands = demands
        self._pairs = pairs or {}
        self._all: list[Original] = []
        self._by: tuple[dict[Any, list[int]], ...] = ({}, {}, {}, {})
        self._days: dict[str, set[date]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def add(self, instance: Instance, path: str) -> None:
        """Take in one original."""
        patient = patient_of(instance)
        taken = _Taken({}, {}, {}, self._days.setdefault(patient or path, set()))
        meta = () if instance.meta is None else (instance.meta,)
        for item in (*meta, *instance.root.walk()):
            for tag in item.elements:
                self._take(item, tag, taken, at_root=item is instance.root)
        self._index(traits_of(instance, path), patient, taken)

    def _take(self, item: Item, tag: int, taken: _Taken, *, at_root: bool) -> None:
        vr, action = plain_vr(item.elements[tag][0], tag), self._demands.action(tag)
        collect(self.identifiers, item, tag, action)
        if vr == "PN":
            for value in item.get(tag) or ():
                taken.names.setdefault(tag, set()).update(_parts(str(value)))
        if action == "K":
            return
        for digest in {value_hash(item, tag), value_hash(item, tag, whole=True)} - {b""}:
            taken.values.setdefault(tag, set()).add(digest)
        if vr in ("DA", "DT", "UI"):
            text = (item.raw(tag) or b"").decode("latin-1").strip(" \0")
            if vr != "UI":
                taken.days.update(dates_in(text[:8]))
            if at_root and vr != "DT":
                taken.texts[tag] = text

    def _index(self, traits: Traits, patient: str, taken: _Taken) -> None:
        number = len(self._all)
        values = {tag: frozenset(each) for tag, each in taken.values.items()}
        names = {tag: frozenset(each) for tag, each in taken.names.items()}
        self._all.append(
            Original(traits, patient, values, taken.texts, self.identifiers.uids, frozenset(), names)
        )
        for index, key in zip(self._by, _keys(traits), strict=True):
            if key:
                index.setdefault(key, []).append(number)

    def of(self, traits: Traits) -> Original | None:
        """Return the original that an output was made from, None if that cannot be told.

        What the user's map says counts first. Then the one original that has the same pixels and, of several,
        agrees in what no profile changes, in path or in UID; then what no profile changes, then UID.
        """
        if (path := self._pairs.get(traits.path)) is not None:
            return self._given(self._by[2].get(path, []))
        found = [
            set(index.get(key, ())) if key else set()
            for index, key in zip(self._by, _keys(traits), strict=True)
        ]
        pixels, kept, path_, uid = found
        for candidates in (pixels & kept & path_, pixels & uid, pixels & kept, pixels & path_, pixels,
                           kept & path_, kept & uid, kept, uid):  # fmt: skip
            if len(candidates) == 1:
                return self._given(candidates)
        return None

    def _given(self, numbers: Iterable[int]) -> Original | None:
        for number in numbers:
            original = self._all[number]
            days = self._days[original.patient or original.traits.path]
            return original._replace(days=frozenset(days))
        return None


def _keys(traits: Traits) -> Iterator[Any]:
    yield traits.pixels
    yield traits.kept
    yield traits.path
    yield traits.uid

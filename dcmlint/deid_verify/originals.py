"""The originals: what each held, and which of them an output was made from, told without trusting UIDs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from xxhash import xxh3_128_digest

from dcmlint.deid_verify.collect import collect
from dcmlint.deid_verify.identifiers import Identifiers
from dcmlint.deid_verify.profile import Demands
from dcmlint.deid_verify.words import dates_in
from dcmlint.read.item import Instance, Item

__all__ = ["Original", "Originals", "Traits", "traits_of"]

_PIXELS = (0x7FE00010, 0x7FE00008, 0x7FE00009, 0x00420011, 0x54000100)
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
    the UIDs of all originals. `days` are the dates of its patient."""

    traits: Traits
    patient: str
    values: Mapping[int, frozenset[bytes]]
    texts: Mapping[int, str]
    all_uids: set[str]
    days: frozenset[date]

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
        patient = str(instance.first("PatientID") or instance.first("PatientName") or "")
        values: dict[int, set[bytes]] = {}
        texts: dict[int, str] = {}
        days = self._days.setdefault(patient, set())
        for item in instance.root.walk():
            for tag, element in item.elements.items():
                action = self._demands.action(tag)
                collect(self.identifiers, item, tag, action)
                if action == "K":
                    continue
                for digest in {value_hash(item, tag), value_hash(item, tag, whole=True)} - {b""}:
                    values.setdefault(tag, set()).add(digest)
                if element[0] in ("DA", "DT") and action != "K":
                    text = (item.raw(tag) or b"").decode("latin-1").strip(" \0")
                    days |= dates_in(text[:8])
                    if item is instance.root and element[0] == "DA":
                        texts[tag] = text
                elif element[0] == "UI" and item is instance.root:
                    texts[tag] = (item.raw(tag) or b"").decode("latin-1").strip(" \0")
        self._index(instance, path, patient, {tag: frozenset(each) for tag, each in values.items()}, texts)

    def _index(
        self,
        instance: Instance,
        path: str,
        patient: str,
        values: Mapping[int, frozenset[bytes]],
        texts: Mapping[int, str],
    ) -> None:
        traits = traits_of(instance, path)
        number = len(self._all)
        self._all.append(Original(traits, patient, values, texts, self.identifiers.uids, frozenset()))
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
            return original._replace(days=frozenset(self._days[original.patient]))
        return None


def _keys(traits: Traits) -> Iterator[Any]:
    yield traits.pixels
    yield traits.kept
    yield traits.path
    yield traits.uid

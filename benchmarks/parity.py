"""The scanner against pydicom: same tags, VRs, lengths, value bytes, offsets and nesting.

Every file of the corpus that pydicom reads is read by both, down to the last nested Item. A
difference counts unless `EXPLANATIONS` holds for it: each explanation is a reason together with a
test that the difference is really of that kind.
"""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.corpus import find_corpus
from benchmarks.limits import Figures
from dcmlint.model import UNDEFINED_LENGTH
from dcmlint.read.item import Instance, Item
from dcmlint.read.opener import read_instance

__all__ = ["EXPLANATIONS", "Difference", "Explanation", "compare_file", "explain", "main"]

_PIXEL_DATA = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})


class Difference(NamedTuple):
    """Where the scanner and pydicom disagree; `ours` and `theirs` never hold attribute values."""

    file: str
    kind: str
    path: str
    tag: int
    ours: Any
    theirs: Any


class Explanation(NamedTuple):
    """Why a kind of difference is right, and the test that a difference is of that kind."""

    name: str
    reason: str
    holds: Callable[[Difference], bool]


def _is_private(tag: int) -> bool:
    return bool(tag & 0x10000)


def _is_noise(file: str) -> bool:
    """Tell whether the file is one of pydicom's test files that hold no Data Set at all."""
    return file.rpartition("/")[2] == "no_meta.dcm"


EXPLANATIONS: tuple[Explanation, ...] = (
    Explanation(
        "ambiguous VR, implicit",
        "PS3.6 allows several VRs and the bytes hold none; the scanner takes the one of PS3.5 A.1 "
        "or the unsigned one, pydicom keeps both names",
        lambda d: d.kind in ("vr", "vr-implicit") and " or " in d.theirs and d.ours in d.theirs.split(" or "),
    ),
    Explanation(
        "private element, implicit",
        "the VR of a private element in Implicit VR is not in the bytes: UN, Private Creator LO "
        "(PS3.5 7.8.1); pydicom asks its private dictionary when the value is decoded",
        lambda d: (
            d.kind == "vr-implicit"
            and _is_private(d.tag)
            and d.ours == ("LO" if 0x10 <= d.tag & 0xFFFF <= 0xFF else "UN")
        ),
    ),
    Explanation(
        "group length, implicit",
        "(gggg,0000) is UL in every group (PS3.5 7.2); pydicom's dictionary lists few of them",
        lambda d: d.kind == "vr-implicit" and d.tag & 0xFFFF == 0 and d.ours == "UL",
    ),
    Explanation(
        "UN of undefined length",
        "the scanner keeps the VR that the bytes have, or UN where they have none and the tag is "
        "private, and reads the Items; pydicom renames the element to SQ (PS3.5 6.2.2 Note 2)",
        lambda d: d.kind == "vr-undefined-length" and (d.ours, d.theirs) == ("UN", "SQ"),
    ),
    Explanation(
        "empty UN that a private dictionary calls SQ",
        "a zero length UN element has no Items either way; pydicom's private dictionary says SQ",
        lambda d: d.kind == "nesting-missing" and _is_private(d.tag) and d.ours == 0 and d.theirs == 0,
    ),
    Explanation(
        "value cut by the end of the bytes",
        "the scanner gives the length that is there and reports the fault, pydicom the length "
        "that is declared; the bytes are the same",
        lambda d: d.kind == "length-cut" and d.ours < d.theirs,
    ),
    Explanation(
        "no Data Set",
        "the file lacks its first byte: the scanner finds nothing, pydicom one meaningless tag",
        lambda d: d.kind == "tag-missing" and d.tag == 0x08200500 and _is_noise(d.file),
    ),
    Explanation(
        "pydicom lost the Data Set",
        "the encapsulated Pixel Data has no delimiter: pydicom gives up at the end of the file and "
        "drops every element that it had read",
        lambda d: d.kind == "tag-extra" and d.theirs == "empty Data Set",
    ),
)


def explain(difference: Difference) -> Explanation | None:
    """Return the explanation that holds for a difference, None if there is none."""
    return next((known for known in EXPLANATIONS if known.holds(difference)), None)


class _Comparison:
    """Both readings of one file, and what was counted on the way."""

    def __init__(self, file: str, instance: Instance) -> None:
        self.file = file
        self.instance = instance
        self.elements = 0
        self.differences: list[Difference] = []

    def differ(self, kind: str, path: str, tag: int, ours: Any, theirs: Any) -> None:
        self.differences.append(Difference(self.file, kind, path, tag, ours, theirs))

    def data_set(self, item: Item, theirs: Any, path: str, shift: int) -> None:
        """Compare one level; `shift` is where pydicom's offsets of this level start."""
        ours, raw = item.elements, theirs._dict
        missing = "empty Data Set" if not raw else None
        for tag in sorted(ours.keys() - raw.keys()):
            self.differ("tag-extra", path, tag, ours[tag][0], missing)
        for tag in sorted(raw.keys() - ours.keys()):
            self.differ("tag-missing", path, int(tag), None, raw[tag].VR)
        for tag in sorted(ours.keys() & raw.keys()):
            self.elements += 1
            self.element(item, tag, theirs, path, shift)

    def element(self, item: Item, tag: int, theirs: Any, path: str, shift: int) -> None:
        from pydicom.dataelem import RawDataElement

        raw = theirs._dict[tag]
        items = item.elements[tag][3]
        if isinstance(raw, RawDataElement):
            self.header(item, tag, raw, path, shift)
            shift += raw.value_tell
        elif items is None:
            self.decoded(item, tag, raw, path)
        else:
            vr, _, length, _ = item.elements[tag]
            if vr != raw.VR:
                self.differ("vr-undefined-length", path, tag, vr, str(raw.VR))
            if not raw.is_undefined_length or length != UNDEFINED_LENGTH:
                self.differ("length", path, tag, length, "undefined")
        self.nesting(item, tag, theirs, path, shift)

    def header(self, item: Item, tag: int, raw: Any, path: str, shift: int) -> None:
        """Compare VR, length, offset and bytes of an element that pydicom has not decoded."""
        vr, offset, length, _ = item.elements[tag]
        if raw.VR is None:
            known = _dictionary_vr(tag)
            if known != vr:
                self.differ("vr-implicit", path, tag, vr, known)
        elif vr != raw.VR:
            self.differ("vr", path, tag, vr, raw.VR)
        if item.base + offset != shift + raw.value_tell:
            self.differ("offset", path, tag, item.base + offset, shift + raw.value_tell)
        if length != raw.length:
            cut = raw.length != UNDEFINED_LENGTH and length == len(raw.value or b"")
            self.differ("length-cut" if cut else "length", path, tag, length, raw.length)
        if length == UNDEFINED_LENGTH:
            self.fragments(item, tag, raw, path, shift)
        elif tag not in _PIXEL_DATA and bytes(item.buf[offset : offset + length]) != (raw.value or b""):
            self.differ("bytes", path, tag, length, len(raw.value or b""))

    def fragments(self, item: Item, tag: int, raw: Any, path: str, shift: int) -> None:
        """Compare where encapsulated data ends (pydicom stops before the delimiter)."""
        found = [pieces for owner, owned, pieces in self.instance.fragments if owner is item and owned == tag]
        end = found[0][-1][0] + found[0][-1][1] if found and found[0] else None
        theirs = shift + raw.value_tell + len(raw.value or b"")
        if item.elements[tag][3] is None and (end is None or item.base + end != theirs):
            self.differ("fragments", path, tag, end, theirs)

    def decoded(self, item: Item, tag: int, element: Any, path: str) -> None:
        """Compare an element of which pydicom keeps only the decoded value, by decoding our bytes."""
        from pydicom.dataelem import RawDataElement, convert_raw_data_element
        from pydicom.tag import BaseTag

        vr, offset, length, _ = item.elements[tag]
        value = bytes(item.buf[offset : offset + length])
        explicit = self.instance.explicit or item is self.instance.meta
        little = item is self.instance.meta or not self.instance.big_endian
        raw = RawDataElement(BaseTag(tag), vr if explicit else None, length, value, 0, not explicit, little)
        again = convert_raw_data_element(raw)
        if (again.VR, again.value) != (element.VR, element.value):
            self.differ("decoded", path, tag, vr, str(element.VR))

    def nesting(self, item: Item, tag: int, theirs: Any, path: str, shift: int) -> None:
        items = item.elements[tag][3]
        converted = theirs[tag]
        if converted.VR != "SQ":
            if items is not None:
                self.differ("nesting-extra", path, tag, len(items), str(converted.VR))
            return
        if items is None:
            self.differ("nesting-missing", path, tag, item.elements[tag][2], len(converted.value))
            return
        if len(items) != len(converted.value):
            self.differ("items", path, tag, len(items), len(converted.value))
        for number, (ours, nested) in enumerate(zip(items, converted.value, strict=False), 1):
            self.data_set(ours, nested, f"{path}/{tag:08X}[{number}]", shift)


def _dictionary_vr(tag: int) -> str:
    from pydicom.datadict import dictionary_VR

    try:
        return str(dictionary_VR(tag))
    except KeyError:
        return "unknown"


def compare_file(path: Path, name: str) -> tuple[int, list[Difference]] | None:
    """Return (elements compared, differences) of one file, None if pydicom cannot read it."""
    import pydicom

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theirs = pydicom.dcmread(path, force=True)
        except Exception:
            return None
        instance = read_instance(path.read_bytes())
        comparison = _Comparison(name, instance)
        comparison.data_set(instance.root, theirs, "", 0)
        meta = instance.meta or Item(instance, b"", 0, None, 0, 0, 0)
        comparison.data_set(meta, theirs.file_meta, "0002", 0)
    return comparison.elements, comparison.differences


def unexplained(differences: Iterable[Difference]) -> Iterator[Difference]:
    """Yield the differences for which no explanation holds."""
    return (difference for difference in differences if explain(difference) is None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print how many files and elements agree; return 1 if a difference is unexplained."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parity", description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="the same: this measure is small")
    parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    corpus = find_corpus()
    files = elements = unread = 0
    explained: Counter[str] = Counter()
    left: list[Difference] = []
    for path in corpus.files:
        compared = compare_file(path, corpus.name(path))
        if compared is None:
            unread += 1
            continue
        files += 1
        elements += compared[0]
        for difference in compared[1]:
            known = explain(difference)
            if known is None:
                left.append(difference)
            else:
                explained[known.name] += 1
    print(f"parity: {files} files, {elements} elements compared; pydicom cannot read {unread} files")
    for known in EXPLANATIONS:
        print(f"  {explained[known.name]:5d} explained: {known.name} - {known.reason}")
    for difference in left:
        where = f"{difference.path}/{difference.tag:08X}"
        print(
            f"  UNEXPLAINED {difference.kind} {difference.file} {where}: "
            f"scanner {difference.ours}, pydicom {difference.theirs}"
        )
    figures = Figures(reduced=False)
    figures.add("parity", len(left), f"{files} files, {elements} elements")
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

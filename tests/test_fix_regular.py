"""Edits of a regular file by what the scanner tells of it make the bytes that a walk over them makes."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from command_line import CLEAN, CT, FAULTY

from dcmlint.errors import FixError
from dcmlint.fix import splice
from dcmlint.fix.edit import Edit, NewElement
from dcmlint.fix.regular import regular_splices
from dcmlint.fix.splice import spliced
from dcmlint.read.item import Instance, Item
from dcmlint.read.opener import looks_like_dicom, read_instance

_CORPUS = Path(os.environ.get("DCMLINT_SHARED", Path(__file__).parents[2] / "shared")) / "corpus" / "files"
_MOST = 2_000_000
_NEW = {0x00080000: "UL", 0x00080081: "ST", 0x00104000: "LT", 0x00211010: "UN", 0x7FE10010: "OB"}


def _files() -> Iterator[Path]:
    yield from sorted([*FAULTY.glob("*.dcm"), *CLEAN.glob("*.dcm")])
    yield from sorted((Path(pydicom.__file__).parent / "data" / "test_files").glob("*.dcm"))
    yield from sorted(path for path in _CORPUS.rglob("*") if path.is_file())


def _edits(instance: Instance, chance: random.Random) -> list[Edit]:
    """Return edits of a few elements anywhere, the last of a Data Set and new ones among them."""
    items = list(instance.root.walk())
    edits = [_edit(chance.choice(items), chance) for _ in range(chance.choice((1, 3, 12)))]
    if instance.meta is not None and chance.random() < 0.5:
        edits.append(_edit(instance.meta, chance))
    return edits


def _edit(item: Item, chance: random.Random) -> Edit:
    tags = list(item.elements)
    tag = chance.choice([*tags, *tags[-1:], *_NEW])
    if chance.random() < 0.4 and tag in item.elements:
        return Edit(item.location, tag, "remove")
    vr = item.elements[tag][0] if tag in item.elements else _NEW[tag]
    if vr == "SQ":
        inner = ((NewElement(0x00080100, "SH", b"A"), NewElement(0x00080104, "LO", b"")),)
        return Edit(item.location, tag, "set", NewElement(tag, vr, items=chance.choice(((), inner))))
    return Edit(item.location, tag, "set", NewElement(tag, vr, b"12" * chance.choice((0, 2, 6))))


def _bytes(content: bytes, edits: list[Edit]) -> bytes | str:
    try:
        return b"".join(spliced(content, edits))
    except FixError as error:
        return str(error)


@pytest.mark.parametrize("seed", range(3))
def test_both_ways_make_the_same_bytes(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    taken = 0
    for path in _files():
        content = path.read_bytes()
        if len(content) > _MOST or not looks_like_dicom(content[:4096]):
            continue
        for _ in range(3):
            instance = read_instance(content)
            edits = _edits(instance, chance)
            regular = regular_splices(instance, edits)
            quick = _bytes(content, edits)
            with monkeypatch.context() as patched:
                patched.setattr(splice, "regular_splices", lambda *_: None)
                slow = _bytes(content, edits)
            assert quick == slow, (path, edits)
            taken += regular is not None and isinstance(slow, bytes)
    assert taken > 100  # of some 300 without the corpus


def test_what_is_irregular_is_left_alone() -> None:
    content = CT.read_bytes()
    edit = Edit((), 0x00080060, "set", NewElement(0x00080060, "CS", b"OT"))
    assert regular_splices(read_instance(content), [edit]) is not None
    assert regular_splices(read_instance(content[:-1]), [edit]) is None
    assert regular_splices(read_instance(content), [edit, edit]) is None
    assert regular_splices(read_instance(content), [edit._replace(tag=0x00100010)]) is None

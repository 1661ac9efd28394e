"""Edits of real files: the fixtures and the test files of pydicom, and files that are broken on purpose."""

from __future__ import annotations

import itertools
import mmap
import random
import subprocess
import sys
import warnings
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from benchmarks.fuzz import bases
from benchmarks.inputs import attacks, mutated
from dcmlint.errors import FixError
from dcmlint.fix.edit import Edit, NewElement
from dcmlint.fix.layout import Encoding, Layout, Level
from dcmlint.fix.splice import spliced
from dcmlint.read.encode import part10
from dcmlint.read.item import Instance, Item
from dcmlint.read.opener import read_instance

FIXTURES = Path(__file__).parents[1] / "fixtures"
TEXT = {"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UI", "UT"}
KEPT = {0x00020010, 0x00080005}


@cache
def files() -> tuple[tuple[str, bytes], ...]:
    import pydicom

    folders = (FIXTURES, Path(pydicom.__file__).parent / "data" / "test_files")
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in ("", ".dcm")]
    contents = [(path.name, path.read_bytes()) for path in paths if path.is_file()]
    return tuple(found for found in contents if len(read_instance(found[1]).root.elements) > 1)


def edited(content: bytes, *edits: Edit) -> bytes:
    return b"".join(spliced(content, edits))


def view(item: Item, *, lengths: bool = False) -> dict[int, Any]:
    """Return what an Item says: VR and bytes by tag, and the Items of Sequences; group lengths if asked."""
    found: dict[int, Any] = {}
    for tag, (vr, offset, length, items) in item.elements.items():
        if not tag & 0xFFFF and not lengths:
            continue
        if items is not None:
            found[tag] = [view(each, lengths=lengths) for each in items]
        else:
            found[tag] = vr, length == 0xFFFFFFFF or bytes(item.buf[offset : offset + length])
    return found


def own_elements(instance: Instance) -> list[Edit]:
    """Return Edits that set plain elements, group lengths left out, to the bytes that they have."""
    twice = {id(fault.item) for fault in instance.faults if fault.rule == "encoding/duplicate-element"}
    edits = []
    for item in itertools.chain(instance.root.walk(), (instance.meta,) if instance.meta else ()):
        for tag, (vr, offset, length, items) in item.elements.items():
            if id(item) in twice or items is not None or length & 1 or length > 60_000 or not tag & 0xFFFF:
                continue
            value = bytes(item.buf[offset : offset + length])
            edits.append(Edit(item.location, tag, "set", NewElement(tag, vr, value)))
    return edits


def test_there_are_files() -> None:
    assert len(files()) > 150


def test_without_edits_every_file_is_what_it_was() -> None:
    for name, content in files():
        assert edited(content) == content, name


def test_the_layout_is_what_the_scanner_reads() -> None:
    for name, content in files():
        instance = read_instance(content)
        layout = Layout(instance.root.buf)
        encoding = Encoding(instance.explicit, instance.big_endian)
        level = layout.data_set(instance.root.offset, len(instance.root.buf), encoding)
        compare(name, layout, level, instance.root, 0)


def compare(name: str, layout: Layout, level: Level, item: Item, depth: int) -> None:
    found = {extent.tag: extent for extent in level.extents}
    assert set(found) <= set(item.elements), name
    assert level.unknown or set(found) == set(item.elements), name
    for tag, extent in found.items():
        _, offset, length, items = item.elements[tag]
        assert extent.value == item.base + offset, (name, tag)
        if items is None:
            assert length == 0xFFFFFFFF or extent.close == extent.value + length, (name, tag)
            continue
        inner = layout.items(extent, depth + 1)
        assert [each.content for each in inner] == [each.base + each.offset for each in items], (name, tag)
        for place, each in zip(inner, items, strict=True):
            compare(name, layout, layout.item(place, depth + 1), each, depth + 1)


def test_values_set_to_themselves_change_no_more_than_wrong_group_lengths() -> None:
    same = 0
    for name, content in files():
        instance = read_instance(content)
        edits = [edit for edit in own_elements(instance) if edit.tag not in KEPT][:2000]
        try:
            result = edited(content, *edits)
        except FixError:
            assert instance.faults, name
            continue
        same += result == content
        assert view(read_instance(result).root) == view(instance.root), name
    assert same > 0.9 * len(files())


def changes() -> list[tuple[str, bytes, Instance, Edit]]:
    """Return one longer value for up to three elements of each file."""
    found = []
    for name, content in files():
        instance = read_instance(content)
        edits = [edit for edit in own_elements(instance) if edit.tag not in KEPT]
        texts = [edit for edit in edits if edit.element is not None and edit.element.vr in TEXT]
        for edit in (*texts[:1], *sorted(texts, key=lambda edit: len(edit.location))[-2:]):
            found.append((name, content, instance, edit))
    return found


def at(found: dict[int, Any], location: tuple[int, ...]) -> dict[int, Any]:
    for sequence, number in zip(location[::2], location[1::2], strict=True):
        found = found[sequence][number - 1]
    return found


def test_an_edit_touches_only_its_path() -> None:
    done = 0
    for name, content, instance, edit in changes():
        element = edit.element
        assert element is not None
        longer = edit._replace(element=element._replace(value=element.value + b"1"))
        try:
            after = read_instance(result := edited(content, longer))
        except FixError:
            assert instance.faults, name
            continue
        in_meta = not edit.location and edit.tag >> 16 == 2
        kept = (instance.root, after.root) if in_meta else (instance.meta, after.meta)
        assert kept[0] is None or kept[1] is None or view(kept[0]) == view(kept[1]), name
        parts = (instance.meta, after.meta) if in_meta else (instance.root, after.root)
        assert parts[0] is not None
        assert parts[1] is not None
        before, changed = view(parts[0]), view(parts[1])
        padding = b"\0" if element.vr == "UI" else b" "
        assert at(changed, edit.location).pop(edit.tag)[1] == element.value + b"1" + padding, name
        del at(before, edit.location)[edit.tag]
        assert before == changed, name
        rules = [Counter(fault.rule for fault in each.faults) for each in (instance, after)]
        assert rules[0] == rules[1], name
        assert edited(result, longer) == result, name
        done += 1
    assert done > 400


def test_an_element_that_is_removed_and_added_again_is_where_it_was() -> None:
    for name, content, instance, edit in changes():
        try:
            without = edited(content, Edit(edit.location, edit.tag, "remove"))
            again = edited(without, edit)
        except FixError:
            assert instance.faults, name
            continue
        root = read_instance(without).root
        if edit.tag >> 16 != 2:
            assert edit.tag not in at(view(root), edit.location), name
        disordered = any(fault.rule == "encoding/out-of-order" for fault in instance.faults)
        if not disordered:
            assert view(read_instance(again).root) == view(instance.root), name
            assert len(again) == len(content) or instance.root.buf is not content, name


def test_pydicom_reads_what_was_not_edited_as_before() -> None:
    import pydicom
    from pydicom.filebase import DicomBytesIO

    def read(content: bytes) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data_set = pydicom.dcmread(DicomBytesIO(content), force=True)
            data_set.walk(lambda *_: None)
        return data_set

    done = 0
    for name, content, instance, edit in changes()[::3]:
        if instance.faults or edit.tag >> 16 == 2:
            continue
        element = edit.element
        assert element is not None
        longer = edit._replace(element=element._replace(value=element.value + b"1"))
        before, after = read(content), read(edited(content, longer))
        for data_set in (before, after):
            holder = data_set
            for sequence, number in zip(edit.location[::2], edit.location[1::2], strict=True):
                holder = holder[sequence].value[number - 1]
            del holder[edit.tag]
            for tag in [tag for tag in data_set.keys() if not tag & 0xFFFF]:  # noqa: SIM118
                del data_set[tag]
        assert before == after, name
        done += 1
    assert done > 60


def test_a_mapped_file_is_edited_like_its_bytes(tmp_path: Path) -> None:
    name, content, _, edit = changes()[0]
    path = tmp_path / name
    path.write_bytes(content)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        removed = Edit(edit.location, edit.tag, "remove")
        chunks = list(spliced(mapped, [removed]))
        result = b"".join(chunks)
        for chunk in chunks:
            if isinstance(chunk, memoryview):
                chunk.release()
    assert result == edited(content, removed)


LARGE = """
import sys, os
from pathlib import Path
from dcmlint.fix.edit import Edit
from dcmlint.fix.splice import spliced
from dcmlint.fix.write import write_new
from dcmlint.source.blob import open_blob
os.utime(sys.argv[1], (1, 1))
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
before = peak()
write_new(Path(sys.argv[2]), spliced(open_blob(sys.argv[1]).buf, [Edit((), 0x00080060, "remove")]))
print(peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_pixel_data_are_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    head = part10({"Modality": "CT"}) + b"\xe0\x7f\x10\0OW\0\0" + (200 << 20).to_bytes(4, "little")
    with source.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + (200 << 20))
    command = [sys.executable, "-c", LARGE, str(source), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert target.stat().st_size == source.stat().st_size - 10
    assert int(done.stdout) < 60_000, "KiB more than before"


@pytest.mark.parametrize("seed", range(3))
def test_broken_files_are_edited_or_refused(seed: int) -> None:
    source = random.Random(seed)
    contents = bases()
    for content in itertools.islice(itertools.cycle(contents), 250):
        changed = mutated(source, content, contents)
        attempt(changed, source)


@pytest.mark.parametrize(("name", "content"), list(attacks(1)), ids=[name for name, _ in attacks(1)])
def test_attacks_are_edited_or_refused(name: str, content: bytes) -> None:
    attempt(content, random.Random(0))


def attempt(content: bytes, source: random.Random) -> None:
    """Edit some places of a file: what comes out has the edit, or it is refused."""
    assert edited(content) == content
    instance = read_instance(content)
    items = list(itertools.islice(instance.root.walk(), 50))
    for item in source.sample(items, min(4, len(items))):
        tags = [tag for tag in item.elements if tag >> 16 != 2 and tag & 0xFFFF]
        for tag in source.sample(tags, min(3, len(tags))):
            try:
                result = edited(content, Edit(item.location, tag, "remove"))
            except FixError:
                continue
            assert len(result) < len(content) or instance.root.buf is not content

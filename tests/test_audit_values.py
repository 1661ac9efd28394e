"""What stands for a value in keyed hashes: the same from a file as from the edit that made it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from audit_logs import NAME, REFERENCE, SCENE, STUDIES, Changed
from hypothesis import given, settings
from hypothesis import strategies as st

from dcmlint.audit.changes import unrecorded
from dcmlint.audit.values import (
    attribute_path,
    edit_records,
    item_at,
    parsed_path,
    patch_record,
    value_of,
    value_of_new,
)
from dcmlint.fix.edit import Edit, NewElement
from dcmlint.fix.splice import spliced
from dcmlint.read.encode import part10
from dcmlint.read.opener import read_instance

SYNTAXES = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99")
TAGS = st.integers(0, 0xFFFFFFFF)

SEQUENCE = NewElement(
    STUDIES,
    "SQ",
    items=((NewElement(REFERENCE, "UI", b"2.25.123"), NewElement(0x00081150, "UI", b"1.2.3")), ()),
)


@given(st.lists(st.tuples(TAGS, st.integers(1, 10**9)), max_size=5), TAGS)
@settings(max_examples=100, deadline=None)
def test_paths_are_read_as_they_are_written(steps: list[tuple[int, int]], tag: int) -> None:
    location = tuple(part for step in steps for part in step)
    assert parsed_path(attribute_path(location, tag)) == (location, tag)


@pytest.mark.parametrize(
    "path", ["", "x", "(0010,0010)[0](0010,0010)", "(0010,001g)", "(0010,0010)\n", "@1-2"]
)
def test_what_is_no_path(path: str) -> None:
    assert parsed_path(path) is None


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(
    "element",
    [
        NewElement(NAME, "PN", b"odd"),
        NewElement(NAME, "PN", b""),
        NewElement(0x00080018, "UI", b"2.25.1"),
        NewElement(0x00080018, "UI", b"2.25.12"),
        NewElement(0x7FE00010, "OW", b"\1\2"),
        NewElement(0x00420011, "OB", b"\1\2\3"),
        SEQUENCE,
        SEQUENCE._replace(items=()),
    ],
)
def test_a_value_is_the_same_before_and_after_it_is_written(syntax: str, element: NewElement) -> None:
    content = part10(SCENE, syntax=syntax)
    result = read_instance(b"".join(map(bytes, spliced(content, [Edit((), element.tag, "set", element)]))))
    assert value_of(result.root, element.tag) == value_of_new(element) is not None


def test_values_of_a_sequence_tell_its_form_apart() -> None:
    def made(items: Any) -> bytes | None:
        return value_of(read_instance(part10({**SCENE, "ReferencedStudySequence": items})).root, STUDIES)

    uid = {"ReferencedSOPInstanceUID": "2.25.1"}
    values = [made(items) for items in ([], [{}], [{}, {}], [uid], [uid, {}], [{}, uid])]
    assert values[0] == b"" and len(set(values)) == len(values)


def test_fragments_count(tmp_path: Path) -> None:
    def made(*fragments: bytes) -> bytes | None:
        content = part10({**SCENE, "PixelData": [b"", *fragments]}, syntax="1.2.840.10008.1.2.4.50")
        return value_of(read_instance(content).root, 0x7FE00010)

    assert len({made(b"\1\2\3\4"), made(b"\1\2", b"\3\4"), made(b"\1\2\3\5"), made()}) == 4


def test_records_of_edits() -> None:
    instance = read_instance(part10(SCENE))
    uid = NewElement(REFERENCE, "UI", b"2.25.1")
    wanted = [Edit((STUDIES, 1), REFERENCE, "set", uid, "E.1-1"), Edit((), NAME, "remove", None, "E.1-1")]
    nested, name = edit_records(instance, wanted)
    assert nested.path == "(0008,1110)[1](0008,1155)" and nested.tag == "(0008,1155)"
    assert (nested.action, nested.clause) == ("set", "E.1-1")
    assert nested.old == b"1.2.840.99999.1.8\0" and nested.new == b"2.25.1"
    assert (name.old, name.new) == (b"Lovelace^Ada", None)


def test_places_that_are_not_there() -> None:
    instance = read_instance(part10(SCENE))
    assert item_at(instance, (STUDIES, 2), NAME) is None
    assert item_at(instance, (NAME, 1), NAME) is None
    assert value_of(item_at(instance, (), 0x00020010), 0x00020010) == b"1.2.840.10008.1.2.1\0"
    assert value_of(None, NAME) is value_of(instance.root, 0x00100040) is None


def test_bytes_that_are_no_element() -> None:
    record = patch_record(b"0123456789", (2, 4), b"xyz", "file/missing-preamble")
    assert (record.path, record.tag, record.old, record.new) == ("@2-4", "", b"23", b"xyz")


def test_every_attribute_that_differs_is_found_and_no_other(tmp_path: Path) -> None:
    file = Changed(tmp_path, "0.dcm", SCENE)
    added = NewElement(0x00120062, "CS", b"YES")
    longer = NewElement(REFERENCE, "UI", b"2.25.1")
    file.change(((), NAME, None), ((), 0x00120062, added), ((STUDIES, 1), REFERENCE, longer))
    one, other = (read_instance(path.read_bytes()) for path in (file.original, file.result))
    assert list(unrecorded(one, one, ())) == []
    differing = ["(0008,1110)[1](0008,1155)", "(0010,0010)", "(0012,0062)"]
    assert list(unrecorded(one, other, ())) == differing
    assert list(unrecorded(one, other, {"(0008,1110)", "(0012,0062)"})) == ["(0010,0010)"]

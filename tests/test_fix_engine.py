"""Edits of generated Data Sets: the result is what an encoder of its own makes of the edited content."""

from __future__ import annotations

import struct
import zlib
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcmlint.errors import FixError
from dcmlint.fix.edit import Edit, NewElement, Patch
from dcmlint.fix.element import element_bytes
from dcmlint.fix.layout import Encoding
from dcmlint.fix.splice import spliced
from dcmlint.read.encode import part10

IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
BIG, DEFLATED = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
JPEG = "1.2.840.10008.1.2.4.50"
LONG = {"OB", "OW", "UN", "SQ", "UT"}

TEXTS = {
    0x00080060: "CS",
    0x00080080: "LO",
    0x00081030: "LO",
    0x00100010: "PN",
    0x00100020: "LO",
    0x00104000: "LT",
}
SEQUENCES = (0x00081115, 0x00081140, 0x00400275, 0x00409096)
BINARY = {0x00280010: "US", 0x00280011: "US", 0x00209158: "LT", 0x00291010: "UN", 0x7FE00010: "OW"}


class Sequence(NamedTuple):
    """A Sequence as it is to be encoded: (of undefined length, elements) for each Item."""

    undefined: bool
    items: tuple[tuple[bool, dict[int, Any]], ...]
    vr: str = "SQ"


def vr_of(tag: int) -> str:
    return "UL" if not tag & 0xFFFF else TEXTS.get(tag) or BINARY[tag]


def encoded(elements: dict[int, Any], order: str, *, explicit: bool) -> bytes:
    """Return the bytes of a model; the group lengths in it (value None) are right."""
    parts = {
        tag: one(tag, value, order, explicit=explicit) for tag, value in elements.items() if tag & 0xFFFF
    }
    for tag in elements:
        if not tag & 0xFFFF:
            size = sum(
                len(part) for other, part in parts.items() if other >> 16 == tag >> 16 and other & 0xFFFF
            )
            parts[tag] = one(tag, struct.pack(order + "L", size), order, explicit=explicit)
    return b"".join(parts[tag] for tag in sorted(parts))


def one(tag: int, value: Any, order: str, *, explicit: bool) -> bytes:
    if isinstance(value, Sequence):
        vr, inside, within = value.vr, explicit and value.vr == "SQ", "<" if value.vr == "UN" else order
        content = b"".join(item(undefined, each, within, explicit=inside) for undefined, each in value.items)
        length = 0xFFFFFFFF if value.undefined else len(content)
        content += struct.pack(within + "HHL", 0xFFFE, 0xE0DD, 0) if value.undefined else b""
    else:
        vr = vr_of(tag)
        content = value + (b"\0" if vr in LONG else b" ") * (len(value) & 1)
        length = len(content)
    start = struct.pack(order + "HH", tag >> 16, tag & 0xFFFF)
    if not explicit:
        return start + struct.pack(order + "L", length) + content
    form = "HL" if vr in LONG else "H"
    numbers = (0, length) if vr in LONG else (length,)
    return start + vr.encode() + struct.pack(order + form, *numbers) + content


def item(undefined: bool, elements: dict[int, Any], order: str, *, explicit: bool) -> bytes:
    content = encoded(elements, order, explicit=explicit)
    length = 0xFFFFFFFF if undefined else len(content)
    end = struct.pack(order + "HHL", 0xFFFE, 0xE00D, 0) if undefined else b""
    return struct.pack(order + "HHL", 0xFFFE, 0xE000, length) + content + end


def whole(elements: dict[int, Any], syntax: str) -> bytes:
    head = part10({}, syntax=syntax)[: -2 if syntax == DEFLATED else None]
    content = encoded(elements, ">" if syntax == BIG else "<", explicit=syntax != IMPLICIT)
    if syntax == DEFLATED:
        deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        content = deflater.compress(content) + deflater.flush()
        content += b"\0" * (len(content) & 1)
    return head + content


EVEN = st.binary(max_size=4).map(lambda value: value * 2)
TEXT = st.text("ABC^ 09", max_size=11).map(str.encode)


def plain() -> st.SearchStrategy[dict[int, Any]]:
    choices: dict[int, st.SearchStrategy[Any]] = {
        **dict.fromkeys(TEXTS, TEXT),
        **dict.fromkeys(BINARY, EVEN),
        0x00080000: st.none(),
        0x00280000: st.none(),
    }
    return st.lists(st.sampled_from(sorted(choices)), unique=True, max_size=7).flatmap(
        lambda tags: st.fixed_dictionaries({tag: choices[tag] for tag in tags})
    )


def nested(below: st.SearchStrategy[dict[int, Any]]) -> st.SearchStrategy[dict[int, Any]]:
    items = st.lists(st.tuples(st.booleans(), below), max_size=3).map(tuple)
    usual = st.tuples(st.booleans(), items).map(lambda parts: Sequence(*parts))
    unknown = items.map(lambda found: Sequence(True, found, "UN"))
    return st.tuples(
        plain(),
        st.dictionaries(st.sampled_from(SEQUENCES), usual, max_size=2),
        st.dictionaries(st.sampled_from((0x00291020, 0x00291021)), unknown, max_size=1),
    ).map(lambda parts: {**parts[0], **parts[1], **parts[2]})


DATA_SETS = st.recursive(plain(), nested, max_leaves=9).map(
    lambda elements: {**elements, 0x00080060: b"CT", 0x00080080: b"Somewhere"}
)


def places(
    elements: dict[int, Any], location: tuple[int, ...] = ()
) -> list[tuple[tuple[int, ...], dict[int, Any]]]:
    found = [(location, elements)]
    for tag, value in elements.items():
        if isinstance(value, Sequence):
            for number, (_, each) in enumerate(value.items, start=1):
                found += places(each, (*location, tag, number))
    return found


def with_change(elements: dict[int, Any], location: tuple[int, ...], tag: int, value: Any) -> dict[int, Any]:
    """Return the model with one element changed, removed (value ...) or added."""
    if not location:
        changed = {other: kept for other, kept in elements.items() if other != tag}
        return changed if value is ... else {**changed, tag: value}
    sequence, number = location[:2]
    before = elements[sequence]
    items = list(before.items)
    undefined, inner = items[number - 1]
    items[number - 1] = undefined, with_change(inner, location[2:], tag, value)
    return {**elements, sequence: before._replace(items=tuple(items))}


def new_element(tag: int, value: Any) -> NewElement:
    if not isinstance(value, Sequence):
        return NewElement(tag, vr_of(tag), value)
    items = tuple(tuple(new_element(inner, each) for inner, each in item.items()) for _, item in value.items)
    return NewElement(tag, "SQ", items=items)


def edited(content: bytes, *edits: Edit, patches: tuple[Patch, ...] = ()) -> bytes:
    return b"".join(spliced(content, edits, patches))


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(DATA_SETS, st.sampled_from((IMPLICIT, EXPLICIT, BIG, DEFLATED)), st.data())
def test_edits_give_what_encoding_the_edited_content_gives(
    elements: dict[int, Any], syntax: str, choice: st.DataObject
) -> None:
    content = whole(elements, syntax)
    assert edited(content) == content
    edits, wanted, taken = [], elements, set()
    for _ in range(choice.draw(st.integers(1, 5))):
        location, level = choice.draw(st.sampled_from(places(elements)))
        tag = choice.draw(st.sampled_from(sorted({*TEXTS, *BINARY, *(tag for tag in level if tag & 0xFFFF)})))
        inside = {(*location, tag)[:end] for end in range(1, len(location) + 2, 2)}
        below = any(other[: len(location) + 1] == (*location, tag) for other in taken)
        if below or inside & taken:
            continue
        taken.add((*location, tag))
        if tag in level and choice.draw(st.booleans()):
            edits.append(Edit(location, tag, "remove"))
            wanted = with_change(wanted, location, tag, ...)
            continue
        items = ((False, {0x00080060: b"MR", 0x00100010: b"X"}),) * 2
        value = Sequence(False, items) if tag in SEQUENCES else None
        if value is None and tag in level and isinstance(level[tag], Sequence):
            continue
        value = value or choice.draw(TEXT if tag in TEXTS else EVEN)
        edits.append(Edit(location, tag, "set", new_element(tag, value)))
        wanted = with_change(wanted, location, tag, value)
    assert edited(content, *edits) == whole(wanted, syntax)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(DATA_SETS, st.sampled_from((IMPLICIT, EXPLICIT, BIG, DEFLATED)))
def test_a_value_set_to_itself_changes_nothing(elements: dict[int, Any], syntax: str) -> None:
    content = whole(elements, syntax)
    edits = [
        Edit(location, tag, "set", new_element(tag, value))
        for location, level in places(elements)
        for tag, value in level.items()
        if tag & 0xFFFF and not isinstance(value, Sequence)
    ]
    assert edited(content, *edits) == content


SMALL = {
    0x00080060: b"CT",
    0x00100010: b"SECRET^NAME",
    0x00081140: Sequence(False, ((False, {0x00100020: b"12"}),)),
}


def small(syntax: str = EXPLICIT, **more: Any) -> bytes:
    return whole({**SMALL, **{int(key[1:], 16): value for key, value in more.items()}}, syntax)


def name(value: bytes = b"X", tag: int = 0x00100010) -> Edit:
    return Edit((), tag, "set", NewElement(tag, "PN", value))


def test_pixel_data_are_the_memory_of_the_file() -> None:
    content = small(t7FE00010=bytes(100_000))
    chunks = list(spliced(content, [name()]))
    large = [chunk for chunk in chunks if len(chunk) > 1000]
    assert len(large) == 1
    assert isinstance(large[0], memoryview)
    assert large[0].obj is content


def test_group_0002_has_its_length_after_an_edit() -> None:
    content = small()
    edit = Edit((), 0x00020013, "set", NewElement(0x00020013, "SH", b"DCMLINT"))
    result = edited(content, edit)
    added = b"\x02\0\x13\0SH\x08\0DCMLINT "
    assert len(result) == len(content) + len(added)
    assert added in result
    assert result[140:144] == struct.pack("<L", int.from_bytes(content[140:144], "little") + len(added))


def test_group_0002_is_made_where_there_is_none() -> None:
    data_set = encoded({0x00080060: b"CT", 0x00100010: b"A"}, "<", explicit=True)
    wanted = small()[144:]
    meta = wanted[: wanted.index(b"\x08\0")]
    edits = [
        Edit((), 0x00020010, "set", NewElement(0x00020010, "UI", EXPLICIT.encode())),
        Edit((), 0x00020000, "set", NewElement(0x00020000, "UL")),
    ]
    result = edited(data_set, *edits, patches=(Patch(0, 0, bytes(128) + b"DICM"),))
    uid = b"\x02\0\x10\0UI\x14\0" + EXPLICIT.encode() + b"\0"
    length = b"\x02\0\0\0UL\x04\0" + struct.pack("<L", len(uid))
    assert meta
    assert result == bytes(128) + b"DICM" + length + uid + data_set


@pytest.mark.parametrize("value", [IMPLICIT, JPEG, ""])
def test_the_transfer_syntax_stays(value: str) -> None:
    with pytest.raises(FixError, match="TransferSyntaxUID"):
        edited(small(), Edit((), 0x00020010, "set", NewElement(0x00020010, "UI", value.encode())))
    with pytest.raises(FixError):
        edited(small(), Edit((), 0x00020010, "remove"))


def test_the_transfer_syntax_may_be_set_to_what_it_is() -> None:
    content = small()
    assert (
        edited(content, Edit((), 0x00020010, "set", NewElement(0x00020010, "UI", EXPLICIT.encode())))
        == content
    )


def test_elements_that_are_there_twice_become_one() -> None:
    twice = encoded({0x00100010: b"A"}, "<", explicit=True) + encoded(
        {0x00100010: b"SECRET"}, "<", explicit=True
    )
    head = small()[: -len(encoded(SMALL, "<", explicit=True))]
    content = head + encoded({0x00080060: b"CT"}, "<", explicit=True) + twice
    assert edited(content, name(b"NN")) == head + encoded(
        {0x00080060: b"CT", 0x00100010: b"NN"}, "<", explicit=True
    )
    assert edited(content, Edit((), 0x00100010, "remove")) == content[: -len(twice)]


def test_a_value_too_long_for_its_vr_is_unknown_only_where_that_is_allowed() -> None:
    value = b"1" * 70_000
    little = Encoding(explicit=True, big_endian=False)
    long = element_bytes(NewElement(0x00104000, "LT", value), little)
    assert long == b"\x10\0\0\x40UN\0\0" + struct.pack("<L", len(value)) + value
    implicit = element_bytes(NewElement(0x00104000, "LT", value), little._replace(explicit=False))
    assert implicit == b"\x10\0\0\x40" + struct.pack("<L", len(value)) + value
    for tag, vr, encoding in (
        (0x00020013, "SH", little),
        (0x00290010, "LO", little),
        (0x00283006, "US", little._replace(big_endian=True)),
    ):
        with pytest.raises(FixError, match="longer"):
            element_bytes(NewElement(tag, vr, value), encoding)


@pytest.mark.parametrize(
    ("vr", "padded"),
    [("UI", b"1\0"), ("OB", b"1\0"), ("UN", b"1\0"), ("LO", b"1 "), ("DS", b"1 "), ("UT", b"1 ")],
)
def test_odd_values_are_padded(vr: str, padded: bytes) -> None:
    assert element_bytes(NewElement(0x00091001, vr, b"1"), Encoding(True, False)).endswith(padded)


@pytest.mark.parametrize(
    "element",
    [
        NewElement(0x00280010, "US", b"1"),
        NewElement(0x00280010, "XX", b"1 "),
        NewElement(0x00280010, "SQ", b"1 "),
        NewElement(0x00280010, "LO", b"", ()),
        NewElement(0xFFFEE000, "UN", b""),
        NewElement(0x00081140, "SQ", items=((NewElement(0x00100020, "LO"), NewElement(0x00100020, "LO")),)),
    ],
)
def test_what_is_no_data_element_is_refused(element: NewElement) -> None:
    with pytest.raises(FixError):
        element_bytes(element, Encoding(True, False))


REFUSED = {
    "no such element": ([Edit((), 0x00100030, "remove")], "PatientBirthDate: there is no such element"),
    "no such Sequence": ([Edit((0x00081115, 1), 0x00100010, "remove")], "ReferencedSeriesSequence: "),
    "no Sequence": ([Edit((0x00100010, 1), 0x00100010, "remove")], "PatientName: "),
    "no such Item": (
        [Edit((0x00081140, 2), 0x00100020, "remove")],
        "ReferencedImageSequence: there is no Item 2",
    ),
    "Item 0": ([Edit((0x00081140, 0), 0x00100020, "remove")], "ReferencedImageSequence: there is no Item 0"),
    "twice": ([name(), name()], "PatientName: two edits"),
    "Sequence and Item": (
        [Edit((), 0x00081140, "remove"), Edit((0x00081140, 1), 0x00100020, "remove")],
        "ReferencedImageSequence: one edit",
    ),
    "another element": (
        [Edit((), 0x00100010, "set", NewElement(0x00100020, "LO"))],
        "PatientName: the edit has no",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_edits_without_a_place_are_refused_before_any_chunk(case: str) -> None:
    edits, message = REFUSED[case]
    with pytest.raises(FixError) as caught:
        spliced(small(), edits)
    assert str(caught.value).startswith(message)
    assert "SECRET" not in str(caught.value)


def test_nothing_is_edited_beyond_what_is_known() -> None:
    lost = b"\x08\0\x90\0??\xff\xff\xff\x7f"
    content = small()
    at = content.index(b"\x10\0\x10\0PN")
    broken = content[:at] + lost + content[at:]
    assert edited(broken, Edit((), 0x00080060, "remove")) == broken.replace(b"\x08\0\x60\0CS\2\0CT", b"")
    for edit in (
        name(),
        Edit((), 0x00100010, "remove"),
        Edit((), 0x00200010, "set", NewElement(0x00200010, "SH")),
    ):
        with pytest.raises(FixError, match="cannot be known"):
            edited(broken, edit)


def test_an_element_that_is_cut_off_is_not_edited() -> None:
    content = small()[:-4]
    with pytest.raises(FixError, match="end within"):
        edited(content, name())
    assert edited(content, Edit((), 0x00080060, "remove")) == content.replace(b"\x08\0\x60\0CS\2\0CT", b"")


def test_encapsulated_pixel_data_are_passed_on_and_not_replaced() -> None:
    content = part10({"Modality": "OT", "PixelData": [b"", b"\xff\xd8\xff\xd9"]}, syntax=JPEG)
    result = edited(content, Edit((), 0x00080060, "remove"))
    assert result == content.replace(b"\x08\0\x60\0CS\2\0OT", b"")
    with pytest.raises(FixError, match="encapsulated"):
        edited(content, Edit((), 0x7FE00010, "set", NewElement(0x7FE00010, "OB", b"12")))
    assert edited(content, Edit((), 0x7FE00010, "remove")) == content[: content.index(b"\xe0\x7f\x10\0OB")]


def test_patches_stay_out_of_elements() -> None:
    content = small() + b"trailing"
    end = len(content)
    assert edited(content, name(b"SECRET^NAME"), patches=(Patch(end - 8, end, b""),)) == content[:-8]
    assert edited(content, patches=(Patch(0, 4, b"DUMP"),)) == b"DUMP" + content[4:]
    at = content.index(b"SECRET")
    assert edited(content, patches=(Patch(at, at + 6, b"HIDDEN"),)) == content.replace(b"SECRET", b"HIDDEN")
    with pytest.raises(FixError, match="PatientName"):
        spliced(content, [], [Patch(at, at + 6, b"")])
    with pytest.raises(FixError, match="same bytes"):
        spliced(content, [name()], [Patch(at, at + 6, b"HIDDEN")])
    with pytest.raises(FixError):
        spliced(content, [], [Patch(end, end + 1, b"")])


def test_bytes_after_a_deflated_data_set_may_be_patched_and_its_own_may_not() -> None:
    content = small(DEFLATED)
    trailing = content + b"\0" * (len(content) & 1) + b"SECRET"
    end = len(trailing)
    patch = Patch(end - 6, end, b"")
    assert edited(trailing, patches=(patch,)) == trailing[:-6]
    assert edited(trailing, name(b"SECRET^NAME"), patches=(patch,))[: len(content) - 1] == content[:-1]
    with pytest.raises(FixError):
        spliced(content, [], [Patch(len(content) - 9, len(content) - 8, b"x")])
    with pytest.raises(FixError, match="not whole"):
        spliced(content[:-6], [Edit((), 0x00080060, "remove")])


def test_too_many_edits_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcmlint.fix.splice.MAX_EDITS", 2)
    with pytest.raises(FixError, match="more than 2 edits"):
        spliced(small(), [name()] * 3)

"""Screens accept only what no rule of scope `value` reports, quickly on any bytes."""

from __future__ import annotations

import re
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcmlint.catalogue import catalogue
from dcmlint.read.forms import FORMS
from dcmlint.read.item import Instance, Item
from dcmlint.read.vr import BINARY_SIZE
from dcmlint.screen import fixed_length, screen, value_counts
from dcmlint.standard.dictionary import tag_of, vr_by_tag
from dcmlint.value import Value

TEXT_VRS = ["LO", "LT", "PN", "SH", "ST", "UC", "UT"]
STRING_VRS = ["AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI", "UR"]
NUMBER_VRS = ["AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"]
VMS = ["", "1", "1-n", "2", "3", "1-2", "1-3", "2-n", "2-2n", "3-3n", "1-n or 1", "16"]
CHARACTER_SETS = [b"", b"ISO_IR 100", b"ISO_IR 13 ", b"ISO_IR 192", b"GB18030 ", b"\\ISO 2022 IR 87", b"FOO "]
TAGS = {
    "DA": ["PatientBirthDate", "StudyDate", "ContentDate"],
    "LO": ["PatientID", "OtherPatientIDs"],
    "PN": ["PatientName", "PerformingPhysicianName"],
    "SH": ["AccessionNumber"],
    "UI": ["SOPInstanceUID", "FrameOfReferenceUID", "SOPClassUID"],
}
SPECIFIC_CHARACTER_SET = 0x00080005
PRIVATE = 0x00091001
VALUE_RULES = [rule for rule in catalogue().values() if rule.scope == "value"]

WORDS = st.sampled_from(
    [
        *(b"A", b"Doe", b"\\", b"^", b"=", b" ", b"  ", b"\0", b"\n", b"\r\n", b"\t", b"\x1b$B", b"\x1b(B"),
        *(b"unknown", b"NONE", b"test", b"Patient", b"0", b"1", b"9", b"99999", b"xxx", b"19000101"),
        *(b"&amp;", b"?", b"??", b"\xc3\xbc", b"\xff", b"\x81\x5c", b"\x7f", b"%", b"%20", b"/", b"."),
        *(b"1.2.840.10008.", b"2.25.", b"34028236692093846346337460743176821145", b"1.3.", b"0.0.", b"01"),
        *(b"+", b"-", b"E", b"e99", b"1e999", b"20240229", b"20230229", b"235960", b".5", b"D", b"Y"),
        *(b"x" * 15, b"x" * 60, b"A b c ", b"2147483647", b"(", b"abc def gh ijkl mno"),
    ]
)
FREE = st.one_of(
    st.lists(WORDS, max_size=12).map(b"".join),
    st.text(alphabet=st.characters(max_codepoint=127), max_size=80).map(str.encode),
    st.binary(max_size=40),
    st.integers(1, 70).map(lambda count: b"Word and " * count),
)


def values(vr: str) -> st.SearchStrategy[bytes]:
    """Return value fields of a VR, most of them nearly right."""
    if vr not in FORMS:
        return FREE
    part = st.from_regex(re.compile(FORMS[vr]), fullmatch=True)
    padding = st.sampled_from([b"", b"", b" ", b"\0", b"  ", b" \0", b"\0\0"])
    fields = st.tuples(st.lists(part, max_size=4).map(b"\\".join), padding).map(b"".join)
    mixed = st.tuples(part, FREE, part).map(b"".join)
    return st.one_of(fields, fields, mixed, FREE)


def reports(vr: str, vm: str, tag: int, raw: bytes, charset: bytes) -> list[str]:
    """Return the ids of the value rules that report the value."""
    instance = Instance()
    item = instance.root = Item(instance, charset + raw, 0, None, 0, 0, 0)
    if charset:
        item.elements[SPECIFIC_CHARACTER_SET] = ("CS", 0, len(charset), None)
    item.elements[tag] = (vr, len(charset), len(raw), None)
    value = Value(item, tag, vr, raw, vm)
    return [rule.id for rule in VALUE_RULES if vr in rule.selects and rule.check and list(rule.check(value))]


def tags(vr: str) -> st.SearchStrategy[int]:
    return st.sampled_from([PRIVATE, 0x00081030, *(tag_of(keyword) for keyword in TAGS.get(vr, ()))])


@pytest.mark.parametrize("vr", TEXT_VRS + STRING_VRS)
@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_what_passes_is_not_reported(vr: str, data: st.DataObject) -> None:
    raw = data.draw(values(vr))
    vm = data.draw(st.sampled_from(["1", "1-n", *VMS]))
    tag = data.draw(tags(vr))
    passes = screen(vr, vm, tag)
    assert passes is not None
    buffer = b"  1\\" + raw + b"9 "
    if passes(buffer, 4, 4 + len(raw)):
        assert reports(vr, vm, tag, raw, data.draw(st.sampled_from(CHARACTER_SETS))) == []


@pytest.mark.parametrize("vr", NUMBER_VRS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_numbers_that_pass_are_not_reported(vr: str, data: st.DataObject) -> None:
    size = BINARY_SIZE[vr]
    special = [b"\0\0\0\0\0\0\xf0\x7f"[-size:], b"\x7f\xf0\0\0\0\0\0\0"[:size], b"\0\0\xc0\x7f"[-size:]]
    part = st.one_of(st.binary(min_size=size, max_size=size), st.sampled_from(special), st.just(b"\1\2"))
    raw = b"".join(data.draw(st.lists(part, max_size=18)))
    vm = data.draw(st.sampled_from(VMS))
    passes = screen(vr, vm, 0x00189073)
    if passes is None:
        clean = not raw or fixed_length(vr, vm) == len(raw)
    else:
        clean = bool(passes(raw, 0, len(raw)))
    if clean:
        assert reports(vr, vm, 0x00189073, raw, b"") == []


CLEAN = [
    ("AE", "1", "RetrieveAETitle", b"ARCHIVE "),
    ("AS", "1", "PatientAge", b"056Y"),
    ("CS", "2-n", "ImageType", b"ORIGINAL\\PRIMARY\\AXIAL\\CT_SOM5 SPI "),
    ("DA", "1", "StudyDate", b"20240131"),
    ("DS", "2", "PixelSpacing", b"0.48828125\\4.8828125E-01 "),
    ("DS", "3-3n", "ContourData", b"-1\\2.\\.3\\4\\5\\6"),
    ("DT", "1", "AcquisitionDateTime", b"20240131120000.123456+0100"),
    ("IS", "1", "SeriesNumber", b" 12 "),
    ("LO", "1", "SeriesDescription", b"CHEST PA/LAT (erect), 100% + 5"),
    ("LO", "1", "PatientID", b"4711"),
    ("LT", "1", "AdditionalPatientHistory", b"Line\r\nC:\\path "),
    ("PN", "1", "PatientName", b"Doe^John^^Dr."),
    ("SH", "1", "AccessionNumber", b"123456789012345 "),
    ("ST", "1", "InstitutionAddress", b"Street\nTown"),
    ("TM", "1", "StudyTime", b"112000.123 "),
    ("UC", "1", "LongCodeValue", b"x" * 200),
    ("UI", "1", "SOPInstanceUID", b"1.2.826.0.1.3680043.8.498.1\0"),
    ("UI", "1", "SOPInstanceUID", b"2.25.329800735698586629295641978511506172918"),
    ("UI", "1", "SOPClassUID", b"1.2.840.10008.5.1.4.1.1.2\0"),
    ("UR", "1", "RetrieveURL", b"https://example.org/a%20b?c=d"),
    ("UT", "1", "TextValue", b"Long text.\r\n" * 200),
    ("FD", "1", "TagAngleFirstAxis", b"\x9a\x99\x99\x99\x99\x99\xb9\x3f"),
    ("FL", "2", "ReferencedImageRealWorldValueMappingSequence", b"\0\0\x80\x3f\0\0\x80\xbf"),
    ("US", "1-n", "SimpleFrameList", b"\1\0\2\0\3\0"),
]


@pytest.mark.parametrize(("vr", "vm", "keyword", "raw"), CLEAN, ids=lambda part: str(part)[:30])
def test_clean_values_pass(vr: str, vm: str, keyword: str, raw: bytes) -> None:
    passes = screen(vr, vm, tag_of(keyword))
    assert passes is not None
    assert passes(raw, 0, len(raw))
    assert passes(b"x" + raw + b"x", 1, 1 + len(raw))
    assert passes(b"", 0, 0)


LOOKED_AT = [
    ("SH", "StationName", b"LARGE BOWTIE FIL"),
    ("LO", "SeriesDescription", b"x" * 64),
    ("PN", "PatientName", b"x" * 64),
    ("PN", "ReferringPhysicianName", b"UNKNOWN "),
    ("PN", "PatientName", b"M?ller"),
    ("LO", "PatientID", b"0 "),
    ("LO", "SeriesDescription", b"A &amp; B "),
    ("LO", "SeriesDescription", b"M\xc3\xbcller "),
    ("DA", "PatientBirthDate", b"19000101"),
    ("UI", "SOPInstanceUID", b"1.2.840.10008.5.1\0"),
    ("ST", "InstitutionAddress", b"x" * 1024),
    ("LT", "AdditionalPatientHistory", b"x" * 10240),
]


@pytest.mark.parametrize(("vr", "keyword", "raw"), LOOKED_AT, ids=lambda part: str(part)[:30])
def test_suspicious_values_do_not_pass(vr: str, keyword: str, raw: bytes) -> None:
    passes = screen(vr, "1", tag_of(keyword))
    assert passes is not None
    assert not passes(raw, 0, len(raw))


def test_bulk_data_has_no_screen() -> None:
    for vr in ("OB", "OD", "OF", "OL", "OV", "OW", "UN", "SQ"):
        assert screen(vr, "1", 0x7FE00010) is None
        assert fixed_length(vr, "1") is None


@pytest.mark.parametrize(
    ("vr", "vm", "length"),
    [
        ("US", "1", 2),
        ("FD", "3", 24),
        ("AT", "1", 4),
        ("US", "1-n", None),
        ("SL", "2-2n", None),
        ("UV", "", None),
    ],
)
def test_fixed_length(vr: str, vm: str, length: int | None) -> None:
    assert fixed_length(vr, vm) == length


@pytest.mark.parametrize(
    ("vm", "counts"),
    [
        ("1", (1, 1, 1)),
        ("2-2n", (2, None, 2)),
        ("3-3n", (3, None, 3)),
        ("1-8", (1, 8, 1)),
        ("6-n", (6, None, 1)),
        ("1-n or 1", (1, None, 1)),
    ],
)
def test_value_counts(vm: str, counts: tuple[int, int | None, int]) -> None:
    assert value_counts(vm) == counts


@pytest.mark.parametrize(
    ("vm", "good", "bad"),
    [("1", [1], [2, 3]), ("2-2n", [2, 4, 8], [1, 3]), ("1-3", [1, 2, 3], [4]), ("3-n", [3, 4, 9], [1, 2])],
)
def test_multiplicity(vm: str, good: list[int], bad: list[int]) -> None:
    strings, numbers = screen("IS", vm, PRIVATE), screen("UL", vm, PRIVATE)
    assert strings is not None
    for count in good + bad:
        raw = b"\\".join([b"7"] * count)
        assert bool(strings(raw, 0, len(raw))) is (count in good)
        if numbers is not None:
            assert bool(numbers(raw, 0, 4 * count)) is (count in good)
            assert not numbers(raw, 0, 4 * count + 2)


def test_every_vm_of_the_dictionary_compiles() -> None:
    from dcmlint.standard.dictionary import entry

    for tag in vr_by_tag():
        row = entry(tag)
        assert row is not None
        for vr in row.vr.split(" or "):
            if vr not in ("NONE", "SQ"):
                screen(vr, row.vm, tag)


@pytest.mark.parametrize("vr", TEXT_VRS + STRING_VRS + ["FD", "FL"])
def test_screens_are_linear(vr: str) -> None:
    """No value takes longer than its length warrants: a million bytes in well under a second."""
    passes = screen(vr, "1-n", tag_of("PatientName"))
    assert passes is not None
    long = [b"1" * 10**6, b"1\\" * 500_000 + b"x", b"A " * 500_000 + b"\0", b"1.2." * 250_000, b" " * 10**6]
    for raw in long:
        started = process_time()
        passes(raw, 0, len(raw))
        assert process_time() - started < 1

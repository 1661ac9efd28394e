"""Specific Character Set: parsing, decoding by character, faults; the same text as pydicom reads."""

# ruff: noqa: RUF001 - the scripts of the world are the subject

from __future__ import annotations

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmlint.read.charset import (
    EXTENSION_TERMS,
    SINGLE_TERMS,
    UNICODE_TERMS,
    Charset,
    charset_of,
    decode_text,
    parse_charset,
)
from dcmlint.read.encode import encode_text, part10
from dcmlint.read.escape import ESCAPES
from dcmlint.read.opener import read_instance

SAMPLES = [
    ("ISO_IR 100", "Müller^Jürgen^ß"),
    ("ISO_IR 101", "Wałęsa^Łódź"),
    ("ISO_IR 109", "Ĝoĥano^Ŭ"),
    ("ISO_IR 110", "Bērziņš^Ķ"),
    ("ISO_IR 144", "Люкceмбypг"),
    ("ISO_IR 127", "قباني^لنزار"),
    ("ISO_IR 126", "Διονυσιος"),
    ("ISO_IR 138", "שרון^דבורה"),
    ("ISO_IR 148", "Çavuşoğlu^İ"),
    ("ISO_IR 203", "Œuvre^Ÿ^€"),
    ("ISO_IR 13", "ﾔﾏﾀﾞ^ﾀﾛｳ"),
    ("ISO_IR 166", "นามสกุล^ชื่อ"),
    ("ISO_IR 192", "Wang^XiaoDong=王^小东=やまだ"),
    ("GB18030", "Wang^XiaoDong=王^小东"),
    ("GBK", "Wang^XiaoDong=王^小东"),
    ("\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    ("\\ISO 2022 IR 159", "丂^丄"),
    ("\\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞=홍^길동"),
    ("\\ISO 2022 IR 58", "Zhang^XiaoDong=张^小东="),
    ("ISO 2022 IR 100\\ISO 2022 IR 144", "Müller=Люк^ceмбypг"),
]

UNKNOWN_TO_PYDICOM = ("ISO_IR 203", "\\ISO 2022 IR 58")
"""pydicom 3.0 lacks Latin-9, and leaves the escape sequences of ISO-IR 58 in the text."""


@pytest.mark.parametrize(("terms", "text"), SAMPLES, ids=[terms for terms, _ in SAMPLES])
def test_decodes_as_pydicom_does(terms: str, text: str) -> None:
    from pydicom.charset import convert_encodings, decode_bytes

    raw = encode_text(text, terms.split("\\"))
    assert not raw.isascii() or b"\x1b" in raw
    decoded = decode_text(raw, parse_charset(terms.encode()))
    assert decoded.fault is None
    assert decoded.value == text
    if terms in UNKNOWN_TO_PYDICOM:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert decoded.value == decode_bytes(raw, convert_encodings(terms.split("\\")), {0x5C, 0x5E, 0x3D})


def test_escape_sequences_are_those_of_pydicom() -> None:
    import codecs

    from pydicom.charset import CODES_TO_ENCODINGS

    romaji_and_ascii = (b"\x1b(J", b"\x1b(B")
    for escape, encoding in CODES_TO_ENCODINGS.items():
        if escape not in romaji_and_ascii:
            assert codecs.lookup(ESCAPES[escape].codec).name == codecs.lookup(encoding).name, escape
    latin_9 = b"\x1b-b"
    assert set(ESCAPES) == {*CODES_TO_ENCODINGS, latin_9}


def test_example_of_ps3_5_annex_h_3_2() -> None:
    """A Japanese name in single-byte Katakana, Kanji and Hiragana."""
    raw = (
        b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J"
        b"=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J"
    )
    decoded = decode_text(raw, parse_charset(b"ISO 2022 IR 13\\ISO 2022 IR 87 "))
    assert decoded == ("ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう", None)


@pytest.mark.parametrize(
    ("raw", "kind", "terms"),
    [
        (b"", "default", ()),
        (b"ISO_IR 6", "default", ()),
        (b"ISO_IR 100", "single", ("ISO_IR 100",)),
        (b"ISO-IR 100", "single", ("ISO_IR 100",)),
        (b"ISO_IR_192", "variable", ("ISO_IR 192",)),
        (b"UTF-8 ", "variable", ("ISO_IR 192",)),
        (b"\\ISO 2022 IR 87 ", "extended", ("", "ISO 2022 IR 87")),
        (b"ISO_IR 100\\ISO 2022 IR 87 ", "extended", ("ISO 2022 IR 100", "ISO 2022 IR 87")),
        (b"ISO 2022 IR 100 ", "extended", ("ISO 2022 IR 100",)),
        (b"FOO ", "unknown", ("FOO",)),
        (b"ISO_IR 192\\ISO 2022 IR 87", "unknown", ("ISO_IR 192", "ISO 2022 IR 87")),
    ],
)
def test_parse(raw: bytes, kind: str, terms: tuple[str, ...]) -> None:
    found = parse_charset(raw)
    assert (found.kind, found.terms) == (kind, terms)


@pytest.mark.parametrize(
    ("terms", "raw", "kind", "offset"),
    [
        (b"", b"M\xfcller", "undeclared", 1),
        (b"ISO_IR 100", b"A\x96", "undeclared", 1),
        (b"ISO_IR 13", b"\xb1\xe0", "undeclared", 1),
        (b"ISO_IR 166", b"\xa1\xdb", "undeclared", 1),
        (b"ISO_IR 126", b"\xc1\xff", "undeclared", 1),
        (b"ISO_IR 192", b"A\xfcB", "undecodable", 1),
        (b"ISO_IR 192", b"A\xe5\xb1", "incomplete", 1),
        (b"GB18030", b"A\x81\x30", "incomplete", 1),
        (b"GBK", b"\xd5\xc5\xff", "undecodable", 2),
        (b"", b"\x1b$B;3\x1b(B", "escape", 0),
        (b"ISO_IR 192", b"A\x1b(B", "escape", 1),
        (b"\\ISO 2022 IR 87", b"\xb1", "undeclared", 0),
        (b"\\ISO 2022 IR 149", b"A\xfb\xf3", "escape", 1),
        (b"\\ISO 2022 IR 149", b"\x1b$)C\xfb\xf3^\xd1\xce", "escape", 7),
        (b"\\ISO 2022 IR 149", b"\x1b$)C\xfb", "incomplete", 4),
        (b"\\ISO 2022 IR 87", b"\x1b$B;3ED", "unclosed", 7),
        (b"\\ISO 2022 IR 87", b"\x1b$B;3E", "incomplete", 3),
        (b"\\ISO 2022 IR 87", b"\x1b$B;3\r\n\x1b(B", "escape", 5),
        (b"\\ISO 2022 IR 87", b"\x1b$(D;3\x1b(B", "escape", 0),
        (b"\\ISO 2022 IR 87", b"\x1b%G", "escape", 0),
    ],
)
def test_faults(terms: bytes, raw: bytes, kind: str, offset: int) -> None:
    fault = decode_text(raw, parse_charset(terms)).fault
    assert fault is not None
    assert (fault.kind, fault.offset) == (kind, offset)
    assert fault.what


@pytest.mark.parametrize(
    ("terms", "raw", "values"),
    [
        (b"GB18030", b"\x81\x5c\\b", ["乗", "b"]),
        (b"GBK", b"\x81\x5e^b", ["乛^b"]),
        (b"\\ISO 2022 IR 87", b"\x1b$B!\\\x1b(B\\b", ["±", "b"]),
        (b"\\ISO 2022 IR 87", b"\x1b$B!=\x1b(B=b", ["‐=b"]),
        (b"ISO_IR 13", b"\xd4\\\xcf", ["ﾔ", "ﾏ"]),
    ],
)
def test_delimiters_are_characters_of_their_own(terms: bytes, raw: bytes, values: list[str]) -> None:
    decoded = decode_text(raw, parse_charset(terms))
    assert decoded.fault is None
    assert len(decoded.value.split("\\")) == len(values)
    assert decoded.value.count("^") + decoded.value.count("=") == "".join(values).count("^") + "".join(
        values
    ).count("=")


def test_unknown_terms_are_read_as_well_as_can_be() -> None:
    assert decode_text("Müller".encode(), parse_charset(b"FOO")) == ("Müller", None)
    assert decode_text("Müller".encode("latin-1"), parse_charset(b"FOO")) == ("Müller", None)


ANY_CHARSET = st.one_of(
    st.sampled_from([*SINGLE_TERMS, *UNICODE_TERMS, *sorted(EXTENSION_TERMS), "", "FOO"]).map(str.encode),
    st.lists(st.sampled_from(["", *sorted(EXTENSION_TERMS), "ISO_IR 100", "GBK"]), max_size=4).map(
        lambda terms: "\\".join(terms).encode()
    ),
    st.binary(max_size=20),
)
PIECES = st.sampled_from(
    [*ESCAPES, b"\x1b", b"\\", b"^", b"=", b"\n", b";3", b"\xfb\xf3", b"\xc3\xbc", b"A "]
)


@given(st.one_of(st.binary(max_size=60), st.lists(PIECES, max_size=12).map(b"".join)), ANY_CHARSET)
def test_never_raises(raw: bytes, terms: bytes) -> None:
    text, fault = decode_text(raw, parse_charset(terms))
    assert isinstance(text, str)
    if raw.isascii() and b"\x1b" not in raw:
        assert (text, fault) == (raw.decode(), None)
    if fault is not None:
        assert 0 <= fault.offset <= len(raw)


def test_item_inherits_the_character_set_of_what_encloses_it() -> None:
    item = {"PatientName": "x"}
    own = {"SpecificCharacterSet": "ISO_IR 192", "ReferencedSeriesSequence": [item]}
    content = part10({"SpecificCharacterSet": "ISO_IR 144", "ReferencedStudySequence": [item, own]})
    root = read_instance(content).root
    inheriting, overriding = root.items("ReferencedStudySequence") or ()
    assert charset_of(root).terms == ("ISO_IR 144",)
    assert charset_of(inheriting).terms == ("ISO_IR 144",)
    assert charset_of(overriding).terms == ("ISO_IR 192",)
    assert charset_of((overriding.items("ReferencedSeriesSequence") or ())[0]).terms == ("ISO_IR 192",)
    assert charset_of(root) is charset_of(root)


def test_without_specific_character_set_it_is_iso_646() -> None:
    assert charset_of(read_instance(part10({"PatientName": "x"})).root) == Charset("default", (), "ascii")


def test_ordinary_text_needs_no_pydicom() -> None:
    import subprocess
    import sys

    code = """import sys
from dcmlint.read.charset import decode_text, parse_charset
decode_text(bytes([27]) + b"$B;3" + bytes([27]) + b"(B", parse_charset(bytes([92]) + b"ISO 2022 IR 87"))
decode_text(bytes([0xC3, 0xBC]), parse_charset(b"ISO_IR 192"))
assert "pydicom" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)

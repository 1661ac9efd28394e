"""Identifiers in text: what is found in which spelling, what is too short or common, and where it hides."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.deid_hidden import BASES, PLACES
from benchmarks.deid_verify import missed, unclean
from dcmlint.deid_verify.codestreams import comments_of
from dcmlint.deid_verify.icc import profile_texts
from dcmlint.deid_verify.identifiers import Identifiers
from dcmlint.deid_verify.looks import in_path, looks_in, unexpected
from dcmlint.deid_verify.pdf import pdf_texts
from dcmlint.deid_verify.words import dates_in

DAY = date(1951, 3, 14)


def sought() -> Identifiers:
    found = Identifiers()
    found.add_name("Müller-Zwetschgenbaum^Ottilie=山田^太郎")
    found.add_name("Li^Wei")
    found.add_name("Иванов^Пётр")
    found.add_id("MRN-48213377")
    found.add_id("1234")
    found.add_address("Eichhörnchenallee 17, 10115 Berlin")
    found.add_phone("+49 (30) 5551-2377")
    found.add_contacts("ottilie@zwetschgenbaum.example")
    found.uids.add("1.2.826.0.1.3680043.9.7.1")
    return found


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("zwetschgenbaum", {"name"}),
        ("OTTILIE", {"name"}),
        ("seen with Muller Zwetschgenbaum", {"name"}),
        ("MUELLER", {"name"}),
        ("山田太郎様", {"name"}),
        ("ИВАНОВ", {"name"}),
        ("Wei Li", {"name"}),
        ("Li, Wei", {"name"}),
        ("Wei", set()),
        ("Lithium Weight", set()),
        ("mrn 48213377", {"ID"}),
        ("img_mrn-48213377_1", {"ID"}),
        ("MRN48213377", {"ID"}),
        ("1234", set()),
        ("148213377", set()),
        ("Eichhoernchenallee 17", {"address"}),
        ("in Berlin", set()),
        ("call 030/5551 2377", {"telephone number"}),
        ("Ottilie@Zwetschgenbaum.Example", {"e-mail address", "name"}),
        ("see 1.2.826.0.1.3680043.9.7.1 there", {"UID"}),
        ("see 1.2.826.0.1.3680043.9.7.12", set()),
        ("14.03.1951", {"date"}),
        ("1951-03-14", {"date"}),
        ("14 March 1951", {"date"}),
        ("Mar 14, 1951", {"date"}),
        ("19510314", {"date"}),
        ("15.03.1951", set()),
        ("T1W axial, thin slices, 512 x 512, kVp 120", set()),
        ("&#90;wetschgen&#x62;aum &#AB; &#x110000;", {"name"}),
        ("T3R0aWxpZSBad2V0c2NoZ2VuYmF1bQ==", {"name"}),
        ("http://x.example/Ottilie%20Zwetschgenbaum", {"name"}),
    ],
)
def test_what_is_found_in_which_spelling(text: str, kinds: set[str]) -> None:
    assert sought().kinds_in((text,), frozenset((DAY,))) == kinds


def test_words_of_everyday_are_no_names() -> None:
    found = Identifiers()
    found.add_name("Head^Image")
    found.add_common("Siemens Biograph")
    found.add_name("Siemens^Ottokar")
    assert found.kinds_in(("head", "an image", "SIEMENS"), frozenset()) == set()
    assert found.kinds_in(("Image Head",), frozenset()) == {"name"}


def test_plain_words_are_no_id() -> None:
    found = Identifiers()
    found.add_id("TEST PATTERN")
    found.add_id("TEST-QUASTEN")
    assert found.kinds_in(("a test pattern",), frozenset()) == set()
    assert found.kinds_in(("test quasten",), frozenset()) == {"ID"}


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "shift_jis", "euc_jp", "gb18030", "iso2022_jp"])
def test_names_in_bytes_of_any_encoding(codec: str) -> None:
    content = b"\x01\x02" * 9 + "山田太郎".encode(codec) + b"\xff\xfe"
    assert sought().is_in_bytes(content)
    assert not sought().is_in_bytes(content.replace("山田太郎".encode(codec), b""))


def test_dates_may_be_read_in_two_ways() -> None:
    assert dates_in("02/03/2020") == {date(2020, 2, 3), date(2020, 3, 2)}
    assert dates_in("20200231 120200301 1.2.3") == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Dr. Anna Meier", "name"),
        ("Patient: Anna Meier", "name"),
        ("MEIER^ANNA", "name"),
        ("reported by Meier", "name"),
        ("MRN: 123456", "ID"),
        ("Accession No. 20-4711", "ID"),
        ("DOB 1/2/1950", "date of birth"),
        ("on 1950-02-01", "date"),
        ("+1 (555) 123-4567", "telephone number"),
        ("221 Baker Street", "address"),
        ("Hauptstraße 12", "address"),
        ("a.meier@example.org", "e-mail address"),
        (r"C:\Users\meier\scan", "user name"),
    ],
)
def test_what_looks_like_an_identifier(text: str, kind: str) -> None:
    assert kind in {look.kind for look in looks_in((text,))}


@pytest.mark.parametrize(
    "text",
    [
        "T2 TSE axial 3.0 mm",
        "ORIGINAL PRIMARY AXIAL",
        "1.2.840.10008.5.1.4.1.1.2",
        "Gadolinium 0.1 mmol/kg",
        "syngo MR E11",
        "512 x 512, 120 kVp, 200 mAs",
        "measured, FWHM 5.0",
        "STANDARD\\AX 5.0",
    ],
)
def test_what_does_not(text: str) -> None:
    assert not list(looks_in((text,)))


def test_paths_and_places_without_text() -> None:
    assert [look.confidence for look in in_path(("Meier_Anna.dcm",))] == ["low"]
    assert not list(in_path(("IM000001.dcm", "series_0003", "Head_Axial")))
    assert [look.confidence for look in unexpected(("hidden here",))] == ["medium"]
    assert not list(unexpected(("a b",)))


def test_every_place_is_found_and_clean_objects_have_no_finding() -> None:
    assert len(PLACES) >= 25 and len({place.base for place in PLACES}) >= 10
    assert not [found for known in (True, False) for found in unclean(known=known)]
    assert not list(missed(1, known=True))
    assert len(list(missed(1, known=False))) <= 0.2 * len(PLACES)
    assert set(BASES) == {place.base for place in PLACES}


@pytest.mark.parametrize("unit", ["A-", "Aa^", "a@a.", "[(", "(\\", "1 Ab ", "&#", "%4", "Aa ", "1.", "a.a@"])
def test_long_texts_take_no_more_than_their_length(unit: str) -> None:
    texts = tuple(unit * (size // len(unit)) for size in (20_000, 80_000))
    took = []
    for text in texts:
        start = time.process_time()
        list(looks_in((text,)))
        list(in_path((text,)))
        sought().kinds_in((text,), frozenset((DAY,)))
        pdf_texts(b"%PDF-1.4 " + text.encode())
        took.append(time.process_time() - start)
    assert took[1] < 12 * took[0] + 0.2


@given(st.binary(max_size=400))
def test_readers_of_foreign_bytes_never_raise(content: bytes) -> None:
    for head in (b"", b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  \r\n\x87\n"):
        list(comments_of(head + content))
    for head in (b"%PDF-1.4\nstream\n", b"%PDF-1.4 ("):
        pdf_texts(head + content)
    profile_texts(content)

"""Codes of PS3.16 as tables, units of UCUM, and rules about codes in whole objects."""

from __future__ import annotations

import copy
import io
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcmlint.catalogue import catalogue
from dcmlint.check import check_instance
from dcmlint.coded import is_of_the_standard, kind_of_scheme
from dcmlint.plan import Plans
from dcmlint.read.encode import part10
from dcmlint.read.opener import read_instance
from dcmlint.report.render import attribute_path
from dcmlint.standard.codes import codes_with, context_groups, is_word, meanings, schemes, snomed_ct
from dcmlint.standard.compile_codes import JUDGED, compile_codes
from dcmlint.standard.ucum import is_ucum

ROOT = Path(__file__).parents[1]
CODES = {rule_id: rule for rule_id, rule in catalogue().items() if rule_id.startswith("sr/cod")} | {
    "sr/units": catalogue()["sr/units"]
}


def concepts() -> list[list[str]]:
    lines = (ROOT / "standard" / "concepts.tsv").read_text().splitlines()[1:]
    return [row for row in (line.split("\t") for line in lines) if row[0] in JUDGED]


def found(attributes: dict[str, object]) -> set[tuple[str, str]]:
    """Return (rule, path) of what the rules about codes find in a Data Set."""
    instance = read_instance(part10(attributes))
    return {
        (each.rule, attribute_path(each.location, each.tag))
        for each in check_instance(instance, Plans(CODES))
    }


def code(value: str, scheme: str, meaning: str) -> dict[str, object]:
    return {"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning}


# --- tables -----------------------------------------------------------------------------------------------


def test_what_ships_is_compiled_from_the_source() -> None:
    data = ROOT / "dcmlint" / "standard" / "data"
    compiled = compile_codes(ROOT / "standard")
    assert {f"codes/{path.name}" for path in (data / "codes").iterdir()} == set(compiled)
    assert [name for name, content in compiled.items() if (data / name).read_bytes() != content] == []


def test_every_code_is_found_with_its_meaning() -> None:
    for scheme, value, meaning, groups in concepts():
        assert meaning in meanings(scheme, value)
        assert context_groups(scheme, value) >= frozenset(groups.split())


@pytest.mark.parametrize("key", ["", "0", "zzz", "113745\t", "11374", "\n", "é"])
def test_no_other_key_is_found(key: str) -> None:
    assert meanings("DCM", key) == ()
    assert snomed_ct(key) == ""


def test_codes_are_found_by_meaning() -> None:
    assert codes_with("DCM", "patient TABLE relationship") == ["113745"]
    assert codes_with("DCM", "Patient Table") == []
    for scheme, value, meaning, _ in random.Random(1).sample(concepts(), 100):
        if scheme != "UCUM":
            assert value in codes_with(scheme, meaning)


def test_words_and_identifiers_of_snomed_rt() -> None:
    assert is_word("liver") and not is_word("leber")
    assert snomed_ct("T-62000") == "10200004"


def test_the_standards_own_codes_have_no_findings() -> None:
    """None of the codes that PS3.16 lists breaks a rule about codes."""
    listed = [code(value, scheme, meaning) for scheme, value, meaning, _ in concepts() if len(value) <= 16]
    assert found({"ProcedureCodeSequence": listed}) == set()


def test_schemes() -> None:
    assert {kind_of_scheme(name) for name in (b"SCT", b"NCIt", b"IBT1234", b"I10")} == {"known"}
    assert {kind_of_scheme(name) for name in (b"99X", b"L")} == {"private"}
    assert [kind_of_scheme(name) for name in (b"SRT", b"X", b"")] == ["retired", "unknown", "none"]
    assert not schemes().known & set(schemes().retired)


# --- units ------------------------------------------------------------------------------------------------


ATOMS = ("m", "g", "s", "Pa", "[in_i]", "10*", "%", "mol", "Cel", "[hnsf'U]", "B[10.nV]", "m[Hg]", "d", "cd")
PIECES = st.tuples(
    st.sampled_from(["", "", "k", "m", "u", "da", "X"]),
    st.sampled_from(ATOMS),
    st.sampled_from(["", "", "2", "-1", "+3", "^2"]),
    st.sampled_from(["", "", "{a}", "{a"]),
).map("".join) | st.sampled_from(["1", "100", "(m/s)", "(m", "{x}", "/(s)", "", "cc", "MM"])
UNITS = st.lists(PIECES, min_size=1, max_size=3).flatmap(
    lambda parts: st.sampled_from([".", "/", "..", " "]).map(lambda operator: operator.join(parts))
)


@settings(max_examples=400, deadline=None)
@given(UNITS)
def test_units_are_those_of_ucumvert(unit: str) -> None:
    assert is_ucum(unit) == oracle(unit)


def oracle(unit: str) -> bool:
    from lark.exceptions import LarkError
    from ucumvert import get_ucum_parser

    if not hasattr(oracle, "parser"):
        oracle.parser = get_ucum_parser()  # type: ignore[attr-defined]
    try:
        oracle.parser.parse(unit)  # type: ignore[attr-defined]
    except LarkError:
        return False
    return True


def test_examples_of_ucum_are_units() -> None:
    import ucumvert

    path = Path(ucumvert.__file__).parent / "vendor" / "ucum_examples.tsv"
    examples = [line.split("\t")[1] for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    assert len(examples) > 800
    assert [unit for unit in examples if not is_ucum(unit)] == []


@given(st.text(max_size=40))
def test_any_text_has_an_answer(unit: str) -> None:
    assert is_ucum(unit) in (True, False)


@pytest.mark.parametrize("unit", ["{SUVbw}g/ml", "{X-Ray sources}", "ml/[100]g/min", "Torr"])
def test_units_beyond_the_grammar_that_dicom_has(unit: str) -> None:
    assert is_ucum(unit)


# --- rules ------------------------------------------------------------------------------------------------


def test_a_code_is_reported_where_it_occurs_first_and_once() -> None:
    liver = code("T-62000", "SRT", "Liver")
    document = {"ProcedureCodeSequence": [liver, liver], "AnatomicRegionSequence": [liver]}
    path = "ProcedureCodeSequence[1].CodingSchemeDesignator"
    assert found(document) == {("sr/coding-scheme-retired", path)}


def test_depth_and_iod_do_not_matter() -> None:
    nested: dict[str, object] = {"ConceptNameCodeSequence": [code("Gym2", "UCUM", "unit")]}
    for _ in range(10):
        nested = {"ContentSequence": [nested]}
    for sop_class in ("1.2.840.10008.5.1.4.1.1.88.67", "1.2.840.10008.5.1.4.1.1.2", "1.2.3"):
        path = "ContentSequence[1]." * 10 + "ConceptNameCodeSequence[1].CodeValue"
        assert found({"SOPClassUID": sop_class, **nested}) == {("sr/units", path)}


def test_what_another_object_declares_does_not_count() -> None:
    used = {"ProcedureCodeSequence": [code("1", "99ACME", "One")]}
    declared = {**used, "CodingSchemeIdentificationSequence": [{"CodingSchemeDesignator": "99ACME"}]}
    assert found(declared) == set()
    assert {rule for rule, _ in found(used)} == {"sr/coding-scheme-private"}
    assert found(declared) == set()


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"])
def test_codes_are_accepted_in_every_encoding(syntax: str) -> None:
    attributes = {"ProcedureCodeSequence": [code("113745", "DCM", "Patient Table Relationship ")]}
    instance = read_instance(part10(attributes, syntax=syntax))
    assert is_of_the_standard((instance.items("ProcedureCodeSequence") or ())[0])


def test_no_part_of_a_code_that_may_be_phi_is_shown() -> None:
    from dcmlint import lint_dataset
    from dcmlint.read.bridge import to_pydicom

    secret = "19500101"
    items = [
        code(secret, "DCM", f"Roe^Jane {secret}"),
        code(f"x {secret}", "UCUM", "unit"),
        code("1", secret, "One"),
        code("1", f"99{secret}", "One"),
    ]
    instance = read_instance(part10({"ProcedureCodeSequence": items}))
    told = [str(each) for each in lint_dataset(to_pydicom(instance)) if each.rule in CODES]
    assert len(told) >= 4
    assert not [text for text in told if "1950" in text or "Roe" in text]


# --- seeded defects ---------------------------------------------------------------------------------------


SEEDS = {
    "retired scheme": ("CodingSchemeDesignator", "SRT", "sr/coding-scheme-retired"),
    "unknown scheme": ("CodingSchemeDesignator", "DMC", "sr/coding-scheme-unknown"),
    "private scheme": ("CodingSchemeDesignator", "99NOBODY", "sr/coding-scheme-private"),
    "code that is none": ("CodeValue", "T-62000", "sr/code-unknown"),
    "meaning of another": ("CodeMeaning", "Patient Table Relationship", "sr/code-meaning-mismatch"),
    "URN as code": ("CodeValue", "urn:oid:1.2", "sr/code-incomplete"),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["report", "segmentation, binary", "key objects"])
def test_seeded_defects_are_found_at_their_place(kind: str, seed: str) -> None:
    """Each code of DCM of an object that highdicom makes is spoilt in turn; the rule reports that one."""
    from highdicom_objects import OBJECTS, series
    from pydicom import dcmread

    import dcmlint

    written = io.BytesIO()
    OBJECTS[kind](series()).save_as(written)
    written.seek(0)
    made = dcmread(written)
    keyword, value, rule = SEEDS[seed]
    places = [path for path, item in walk(made, ()) if item.get("CodingSchemeDesignator") == "DCM"]
    assert places
    clean = {each.path for each in dcmlint.lint_dataset(made) if each.rule == rule}
    for place in places:
        spoilt = copy.deepcopy(made)
        item = spoilt
        for sequence, number in place:
            item = item[sequence].value[number]
        setattr(item, keyword, value)
        path = ".".join(f"{sequence}[{number + 1}]" for sequence, number in place) + f".{keyword}"
        told = {each.path for each in dcmlint.lint_dataset(spoilt) if each.rule == rule} - clean
        assert told == {path}, place


def walk(dataset: object, path: tuple[tuple[str, int], ...]) -> object:
    """Yield (path, Item) of every Item of a pydicom Dataset."""
    for element in dataset:  # type: ignore[attr-defined]
        if element.VR == "SQ":
            for number, item in enumerate(element.value):
                inner = (*path, (element.keyword, number))
                yield inner, item
                yield from walk(item, inner)  # type: ignore[misc]

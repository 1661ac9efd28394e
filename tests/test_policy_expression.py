"""Expressions: what they mean in three values, and what is refused before it runs."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policies import instance

from benchmarks.policy import hostile_expressions
from dcmlint.policy.bindings import Bindings
from dcmlint.policy.cost import MAX_UNITS, largest_input, nesting
from dcmlint.policy.engine import matcher
from dcmlint.policy.expression import Expression
from dcmlint.policy.syntax import MAX_LENGTH, ExpressionError, parse, unparse, walk
from dcmlint.read.item import Instance


def subject() -> Instance:
    return instance(
        file="/data/st1/im.dcm",
        Modality="CT",
        PatientID="",
        PatientName="Doe^Jane",
        StudyDate="20200229",
        StudyTime="1200",
        Rows=512,
        SliceThickness="2.5",
        PixelSpacing=["0.5", "0.5"],
        ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        WindowCenter="40",
        KVP="many",
        ReferencedStudySequence=[
            {"ReferencedSOPClassUID": "1.2", "ReferencedSOPInstanceUID": "1.2.3"},
            {"ReferencedSOPClassUID": "1.2"},
        ],
        **{"00290010": "ACME 1.1", "00291005": b""},  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('Modality == "CT"', True),
        ('Modality in ["MR", "PT"]', False),
        ("Rows == 512 && Rows > 1.5", True),
        ("SliceThickness == 2.5", True),
        ("SliceThickness * 2.0 == 5.0", True),
        ("PixelSpacing[0] == PixelSpacing[1]", True),
        ("PixelSpacing.all(s, s > 0.0)", True),
        ('"AXIAL" in ImageType', True),
        ("ImageType.size() == 3 && size(ImageType) == 3", True),
        ("WindowCenter[0] == 40.0", True),  # PS3.6 lets it have several values, so it is a list
        ("PatientAge == '030Y'", None),  # absent
        ("PatientAge != '030Y'", None),
        ("!(PatientAge == '030Y')", None),
        ("PatientAge == '030Y' || true", True),
        ("false && PatientAge == '030Y'", False),
        ("PatientAge == '030Y' && true", None),
        ('PatientID == ""', None),  # empty: no value
        ("present(PatientID)", True),
        ("filled(PatientID)", False),
        ("empty(PatientID)", True),
        ("present(PatientAge) || empty(PatientAge) || filled(PatientAge)", False),
        ("KVP > 100.0", None),  # no number
        ("present(KVP)", True),
        ('values(Modality) == ["CT"]', True),
        ('date(StudyDate) == timestamp("2020-02-29T00:00:00Z")', True),
        ('date(StudyDate).getFullYear() == 2020', True),
        ('date(StudyTime) == timestamp("2020-02-29T00:00:00Z")', None),
        ('PatientName.matches("^[A-Z][a-z]+\\\\^.*$")', True),
        ('PatientName.startsWith("Doe") ? Rows == 512 : false', True),
        ('ReferencedStudySequence.all(s, s.ReferencedSOPClassUID == "1.2")', True),
        ("ReferencedStudySequence.all(s, present(s.ReferencedSOPInstanceUID))", False),
        ("ReferencedStudySequence.exists(s, has(s.ReferencedSOPInstanceUID))", True),
        ('ReferencedStudySequence.all(s, s.ReferencedSOPInstanceUID == "1.2.3")', None),
        ("present(ReferencedStudySequence) && filled(ReferencedStudySequence)", True),
        ("present(PixelData)", False),
        ('private("ACME 1.1", 0x0029, 0x05) == ""', None),
        ('present(private("ACME 1.1", 0x0029, 0x05))', True),
        ('present(private("ACME 2", 0x0029, 0x05))', False),
        ('file.name == "im.dcm" && file.folder == "st1"', True),
        ("file.size > 100", True),
        ("encoding.explicit && !encoding.compressed && !encoding.big_endian", True),
        ('encoding.private_creators == ["ACME 1.1"]', True),
        ('TransferSyntaxUID == encoding.transfer_syntax', True),
        ("Rows / 0 == 1", None),
        ("PixelSpacing[7] > 0.0", None),
    ],
)  # fmt: skip
def test_three_values(text: str, answer: bool | None) -> None:
    assert Expression(text)(Bindings(subject())) is answer


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Modalty == 'CT'", "did you mean Modality?"),
        ("Modality = 'CT'", "'='"),
        ("Modality == CT", "there is no Attribute CT"),
        ("Rows == '512'", "no quotes"),
        ("Modality == 5", "put quotes"),
        ("ImageType == 'ORIGINAL'", "several values"),
        ("SliceThickness * 2 == 5.0", "mixes types"),
        ("Modality", "neither true nor false"),
        ("PixelData == 'x'", "bulk data"),
        ("has(Modality)", "present()"),
        ("present('x')", "keyword"),
        ("sizze(Modality) > 1", "did you mean size?"),
        ("Modality.upper() == 'CT'", "no function .upper()"),
        ("file.nam == 'x'", "did you mean file.name?"),
        ("ReferencedStudySequence.all(s, s.Nonsense == '')", "Nonsense"),
        ("ImageType.all(Modality, Modality == '')", "cannot be a variable"),
        ("Modality.matches(PatientID)", "in quotes"),
        ("Modality.matches('(')", "no regular expression"),
        ("Modality.matches('" + "a" * 600 + "')", "characters"),
        ("private('X', 0x0028, 1) == ''", "private() takes"),
        ("import == 1", "keeps for itself"),
        ("true &&", "ends too early"),
        ("(true", "missing"),
        ("true true", "too many"),
        ("ImageType.all(x, ImageType.all(y, ImageType.all(z, true)))", "nested"),
        ("(" * 30 + "true" + ")" * 30, "nested"),
        ("!" * 30 + "true", "nested"),
        ("true" + "||true" * 300, "more than"),
        ("true" + " " * MAX_LENGTH, "characters"),
        ("Modality == b'x'", "too many"),
    ],
)
def test_refused_with_a_reason(text: str, said: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        Expression(text)
    assert said in str(refused.value)


@pytest.mark.parametrize("text", hostile_expressions())
def test_hostile_expressions_are_refused_or_fast(text: str) -> None:
    started = time.process_time()
    names = [f"Name{number}^A" for number in range(990)]
    try:
        answer = Expression(text)(Bindings(instance(PatientName="a" * 60, OtherPatientNames=names)))
    except ExpressionError:
        answer = None
    assert answer in (True, False, None)
    assert time.process_time() - started < 1.0


def test_large_values_are_unknown_not_slow() -> None:
    names = [f"N{number}" for number in range(MAX_UNITS + 1)]
    many = Bindings(instance(OtherPatientNames=names, TextValue="x" * 70_000))
    assert Expression("OtherPatientNames.size() == 1001")(many) is None
    assert Expression("present(OtherPatientNames)")(many) is True
    assert Expression('TextValue.contains("y")')(many) is None


def test_cost_of_nested_loops_bounds_their_input() -> None:
    once = parse("OtherPatientNames.all(x, x != '')")
    twice = parse("OtherPatientNames.all(x, OtherPatientNames.all(y, x != y))")
    assert (nesting(once), nesting(twice)) == (1, 2)
    assert largest_input(once) == MAX_UNITS > largest_input(twice) > 50


def test_answers_are_remembered_for_equal_bytes_only() -> None:
    rule = Expression("Rows > 100")
    assert [rule(Bindings(instance(Rows=rows))) for rows in (512, 64, 512, 64)] == [True, False, True, False]
    text = Expression("PatientName == 'M\u00fcller'")
    latin = {"SpecificCharacterSet": "ISO_IR 100", "PatientName": "Müller"}
    unicode = {"SpecificCharacterSet": "ISO_IR 192", "PatientName": "Müller"}
    assert text(Bindings(instance(**latin))) is True
    assert text(Bindings(instance(**unicode))) is True


texts = st.recursive(
    st.sampled_from(["Rows", "Columns", "1", "2", "true", "(Rows == 1)", "'a'", "Modality"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||", "==", "<", "+", "-", "*", "in"]), inner).map(" ".join),
        inner.map(lambda text: f"!({text})"),
        inner.map(lambda text: f"[{text}, 3]"),
        st.tuples(inner, inner, inner).map(lambda three: "({} ? {} : {})".format(*three)),
    ),
    max_leaves=8,
)


@given(texts)
@settings(max_examples=150, deadline=None)
def test_the_text_of_a_tree_means_what_was_written(text: str) -> None:
    """What runs is the unparsed tree: CEL gives the same for it as for the text that was written."""
    import cel

    context = {"Rows": 1, "Columns": 2, "Modality": "CT"}
    assert _given(cel, unparse(parse(text)), context) == _given(cel, text, context)


def _given(cel: object, text: str, context: dict[str, object]) -> object:
    try:
        return cel.compile(text).execute(context)  # type: ignore[attr-defined]
    except Exception as error:
        return type(error)


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_refused_or_understood(text: str) -> None:
    try:
        assert list(walk(parse(text)))
    except ExpressionError:
        return


def test_matcher_takes_whole_values_in_linear_time() -> None:
    assert matcher("[A-Z]{2}[0-9]+")("AB12") and not matcher("[A-Z]{2}[0-9]+")("xAB12")
    assert not matcher("a|b")("ab")
    started = time.process_time()
    assert not matcher("(a*)*b")("a" * 20_000)
    assert time.process_time() - started < 1.0


def test_cel_is_loaded_without_its_command_line() -> None:
    code = (
        "import sys\nfrom dcmlint.policy.expression import Expression\nExpression('Rows > 1')\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "print(*sorted(loaded & {'rich', 'pydantic', 'typer'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []

"""Code Meaning is that of another code.

## What it does
Compares Code Meaning with what PS3.16 writes for the same code of DCM, SNOMED CT (SCT; SRT and SNM3 through
it) or LOINC (LN), in every Code Sequence, of any IOD and at any depth. Case, punctuation, plurals, word order
and synonyms that the standard has are no difference. The meaning of another code is a warning: for DCM of any
other, and for the others, which have synonyms, of one that a context group offers beside this code, if the
two meanings have no word in common. A meaning of a code of DCM that has no word in common with the
standard's, though its words are English ones of the standard, is a note. Abbreviations, other languages and
characters outside ASCII are left alone: a meaning may be translated.
Each code is reported once for a SOP Instance.

## Why this matters
People read the meaning, software reads the code. Where they differ, one of them is told something wrong, and
a report that a person signed says something else to the machine.

## Example
Code 113745 of DCM, "Patient Table Relationship", with Code Meaning "X-Ray Detector Data Available", which is
113945.

## Fix
Find out which of the two was meant, and write code and meaning of that concept.
"""

from __future__ import annotations

import re

from dcmlint.coded import CODE, NOT_JUDGED, Key, Verdict, code_value, is_of_the_standard, judged, scheme_of
from dcmlint.model import Severity
from dcmlint.read.item import Item
from dcmlint.rule import Rule, bad, good
from dcmlint.standard.codes import codes_with, context_groups, is_word, meanings, snomed_ct

_CODE_MEANING = 0x00080104

_TABLES = {b"DCM": "DCM", b"SCT": "SCT", b"LN": "LN", b"SRT": "SCT", b"SNM3": "SCT"}

_SNOMED_RT = frozenset((b"SRT", b"SNM3"))

_WORD = re.compile(r"[a-z]{3,}|[0-9]+")


def _key(item: Item) -> Key:
    scheme = scheme_of(item)
    if scheme not in _TABLES:
        return NOT_JUDGED
    meaning = item.raw(_CODE_MEANING)
    return (scheme, code_value(item), meaning) if meaning else NOT_JUDGED


def _judge(key: Key) -> Verdict | None:
    table, raw = _TABLES[key[0]], key[2]
    code = key[1].decode("latin-1")
    if key[0] in _SNOMED_RT:
        code = snomed_ct(code)
    expected = meanings(table, code)
    if not expected or not raw.isascii() or b"\x1b" in raw:
        return None
    text = " ".join(raw.decode("ascii").strip(" \0").split())
    given = _words(text)
    if not given or any(_plain(text) == _plain(each) or given == _words(each) for each in expected):
        return None
    what = ""
    severity: Severity | None = None
    other = _other(table, code, text)
    common = any(given & _words(each) for each in expected)
    if other:
        what, severity = f"is that of {other}", "warning" if table == "DCM" or not common else None
    elif table == "DCM" and not common and _is_english(given):
        what, severity = "is not that of this code", "note"
    return None if severity is None else ({"what": what, "expected": f"{code} means {expected[0]}"}, severity)


def _other(table: str, code: str, text: str) -> str:
    """Return a code with this meaning that is sure to be another concept, "" if there is none.

    Codes of DCM are one concept each. SNOMED CT has several that are all but the same: that two are not is
    sure if a context group offers both.
    """
    groups = context_groups(table, code)
    for other in codes_with(table, text):
        if table == "DCM" or groups & context_groups(table, other):
            return other
    return ""


def _is_english(words: frozenset[str]) -> bool:
    """Tell whether half of the words or more are in meanings of the standard."""
    known = sum(map(is_word, words))
    return bool(known) and 2 * known >= len(words)


def _words(text: str) -> frozenset[str]:
    """Return the words of a meaning in small letters, without the s of a plural."""
    return frozenset(
        word[:-1] if word.endswith("s") and len(word) > 4 else word for word in _WORD.findall(text.lower())
    )


def _plain(text: str) -> str:
    return "".join(each for each in text.lower() if each.isalnum())


def _code(value: str, scheme: str, meaning: str | bytes | None) -> list[dict[str, str | bytes | None]]:
    return [{"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning}]


_DCM = (
    "Patient Table Relationship",
    "PATIENT TABLE RELATIONSHIPS",
    "Relationship of patient and table",
    "Patient-Table Relationship",
    "Patienten-Tisch-Beziehung",
    "Lagerung",
    "PTR",
    None,
)
_AT = "ConceptNameCodeSequence[1].CodeMeaning"

RULE = Rule(
    severity="warning",
    scope="item",
    citation="PS3.3 Section 8.3; PS3.16 Annex D",
    message="{attribute} {what}: {expected}",
    selects=CODE,
    check=judged("meanings", _key, _judge, at=lambda _: _CODE_MEANING),
    accepts=is_of_the_standard,
    cases=(
        *(good(ConceptNameCodeSequence=_code("113745", "DCM", meaning)) for meaning in _DCM),
        good(ConceptNameCodeSequence=_code("113745", "99ACME", "X-Ray Detector Data Available")),
        good(ConceptNameCodeSequence=_code("999999", "DCM", "X-Ray Detector Data Available")),
        good(ConceptNameCodeSequence=_code("10200004", "SCT", "Liver structure")),
        good(ConceptNameCodeSequence=_code("10200004", "SCT", "Hepatic organ")),
        good(ConceptNameCodeSequence=_code("T-62000", "SRT", "LIVER")),
        good(ConceptNameCodeSequence=_code("121058", "DCM", "procedure reported")),
        bad(_AT, ConceptNameCodeSequence=_code("113745", "DCM", "X-Ray Detector Data Available")),
        bad(_AT, ConceptNameCodeSequence=_code("113745", "DCM", "Image Library")),
        bad(_AT, ConceptNameCodeSequence=_code("113745", "DCM", "wrong image")),
        bad(_AT, ConceptNameCodeSequence=_code("10200004", "SCT", "Spleen")),
        bad(_AT, ConceptNameCodeSequence=_code("T-62000", "SRT", "Spleen")),
    ),
)

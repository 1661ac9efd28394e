"""The language of the content is not said in a way that readers understand.

## What it does
Looks at each Content Item Language of Content Item and Descendants (121049, DCM) whose code is of the schemes
RFC5646, RFC3066 or RFC1766: the Code Value must be a language tag, such as en or pt-BR, that begins with the
two-letter code where the language has one.

## Why this matters
The tag chooses fonts, voices, translations and search. A tag that is none is ignored, and the report is taken
for one in the language of the reader.

## Example
(eng, RFC5646, "English"): the tag of English is en.

## Fix
Write a language tag of CID 5000, such as (en, RFC5646, "English").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import code, content, document
from dcmlint.sr.tree import of_type
from dcmlint.sr.values import code_value

_LANGUAGE = ("121049", "DCM")
_CONCEPT_CODE = 0x0040A168
_CODE_VALUE = 0x00080100
_SCHEMES = ("RFC5646", "RFC3066", "RFC1766")

_TAG = re.compile(
    r"(?:[a-z]{2,8}(?:-[a-z0-9]{1,8})*|x(?:-[a-z0-9]{1,8})+|i(?:-[a-z0-9]{1,8})+)", re.IGNORECASE | re.ASCII
)
"""A language tag as RFC 3066 2.1 has it, which every tag of RFC 5646 is."""

_SHORT = dict(
    pair.split(":")
    for pair in "ara:ar bul:bg cat:ca ces:cs chi:zh cze:cs dan:da deu:de dut:nl ell:el eng:en est:et fin:fi "
    "fra:fr fre:fr ger:de gre:el heb:he hin:hi hrv:hr hun:hu ind:id ita:it jpn:ja kor:ko lav:lv "
    "lit:lt nld:nl nor:no pol:pl por:pt ron:ro rum:ro rus:ru slk:sk slo:sk slv:sl spa:es srp:sr "
    "swe:sv tha:th tur:tr ukr:uk vie:vi zho:zh".split()
)
"""Three-letter codes of ISO 639-2 to the two-letter ones that RFC 5646 2.2.1 demands in their place."""


def check(instance: Instance) -> Iterator[Found]:
    """Yield each language whose code is no language tag (PS3.16 TID 1204, CID 5000)."""
    for node in of_type(instance, "CODE"):
        if node.relationship != "HAS CONCEPT MOD" or node.concept is None or node.concept.key != _LANGUAGE:
            continue
        language = code_value(node)
        if language is None or language.scheme not in _SCHEMES or not language.value:
            continue
        short = _SHORT.get(language.value.lower().partition("-")[0])
        what = ""
        if not _TAG.fullmatch(language.value):
            what = f"is no language tag of {language.scheme}"
        elif short is not None:
            what = f"is a three-letter code; the language tag has the two letters {short}"
        if what:
            yield Found(_CODE_VALUE, {"what": what}, (node.item.items(_CONCEPT_CODE) or (node.item,))[0])


_AT = "ContentSequence[1].ConceptCodeSequence[1].CodeValue"


def _language(value: str, scheme: str = "RFC5646") -> dict[str, object]:
    name = [code("121049", "DCM", "Language of Content Item and Descendants")]
    value_code = [code(value, scheme, "a language")]
    attributes = {"ConceptNameCodeSequence": name, "ConceptCodeSequence": value_code}
    return document(content("CODE", "HAS CONCEPT MOD", **attributes))


RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.16 CID 5000",
    message="{attribute} {what}",
    selects=("ContentSequence",),
    check=check,
    cases=(
        good(_language("en-US")),
        good(_language("pt", "RFC3066")),
        good(_language("zh-Hant-TW")),
        good(_language("haw")),
        good(_language("eng", "ISO639_2")),
        good(document(content("CODE", ConceptCodeSequence=[code("eng", "RFC5646", "English")]))),
        bad(_AT, _language("eng")),
        bad(_AT, _language("ger-AT", "RFC3066")),
        bad(_AT, _language("en_US")),
        bad(_AT, _language("English (US)")),
    ),
)

r"""A code is of a coding scheme that is retired.

## What it does
Looks at the Coding Scheme Designator of every Code Sequence, of any IOD and at any depth, for SRT, SNM3,
99SDM and MA. Where the concept has an identifier in SNOMED CT, the message says which. Each code is reported
once for a SOP Instance, where it occurs first.

## Why this matters
DICOM replaced the identifiers of SNOMED RT by those of SNOMED CT in 2018 (CP 1752 and others), since SNOMED
RT is no longer maintained. Software that looks for 10200004 does not find T-62000. Objects written before
stay valid; new ones must not use them.

## Example
Code Value T-62000 with Coding Scheme Designator SRT, for the liver: now 10200004 with SCT.

## Fix
Write the SNOMED CT identifier and SCT. Code Meaning may stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.coded import (
    CODE,
    CODE_VALUES,
    CODING_SCHEME_DESIGNATOR,
    NOT_JUDGED,
    Key,
    Verdict,
    code_value,
    is_of_the_standard,
    judged,
    kind_of_scheme,
    scheme_of,
    value_tag,
)
from dcmlint.read.encode import part10
from dcmlint.read.item import Item
from dcmlint.rule import Faulty, Fix, Mended, Rule, bad, good
from dcmlint.standard.codes import schemes, snomed_ct

if TYPE_CHECKING:
    from dcmlint.fix.edit import Edit


def _key(item: Item) -> Key:
    scheme = scheme_of(item)
    return (scheme, code_value(item)) if kind_of_scheme(scheme) == "retired" else NOT_JUDGED


def _judge(key: Key) -> Verdict:
    scheme, code = (part.decode("latin-1") for part in key)
    instead = schemes().retired[scheme]
    current = snomed_ct(code) if instead == "SCT" else ""
    advice = f"; use {instead}" if instead else ""
    if current:
        advice = f"; the concept is {current} in {instead}"
    return {"scheme": scheme, "advice": advice}, "warning"


_SRT = {"CodeValue": "T-62000", "CodingSchemeDesignator": "SRT", "CodeMeaning": "Liver"}
_LIVER = {"CodeValue": "10200004", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Liver"}

_CODING_SCHEME_VERSION = 0x00080103
_LONG_CODE_VALUE = 0x00080119
_LONGEST_CODE = 16


def fixed(faulty: Faulty) -> Iterator[Edit]:
    """Yield the SNOMED CT identifier wherever the same code is (PS3.3 8.1, 8.2)."""
    key = _key(faulty.item)
    current = (
        snomed_ct(key[1].decode("latin-1"))
        if key and schemes().retired[key[0].decode("latin-1")] == "SCT"
        else ""
    )
    if current:
        for item in faulty.instance.root.walk():
            if scheme_of(item) == key[0] and code_value(item) == key[1]:
                yield from _as_snomed_ct(item, current.encode())


def _as_snomed_ct(item: Item, code: bytes) -> Iterator[Edit]:
    from dcmlint.fix.make import added, removed, replaced

    old, is_long = value_tag(item), len(code) > _LONGEST_CODE
    new = _LONG_CODE_VALUE if is_long else CODE_VALUES[0]
    yield added(item, new, "UC" if is_long else "SH", code)
    if old != new:
        yield removed(item, old)
    yield replaced(item, CODING_SCHEME_DESIGNATOR, b"SCT")
    if _CODING_SCHEME_VERSION in item.elements:
        yield removed(item, _CODING_SCHEME_VERSION)


RULE = Rule(
    severity="warning",
    scope="item",
    citation="PS3.16 Section 8, Table 8-1",
    message="{attribute} is {scheme}, which is retired{advice}",
    selects=CODE,
    check=judged("retired schemes", _key, _judge, at=lambda _: CODING_SCHEME_DESIGNATOR),
    accepts=is_of_the_standard,
    fix=Fix(
        False,
        fixed,
        "Writes the SNOMED CT identifier and SCT wherever the code is, without the version of the old "
        "scheme; the "
        "meaning stays. A code that PS3.16 gives no SNOMED CT identifier for is left.",
        (
            Mended(
                lambda: part10({"AnatomicRegionSequence": [{**_SRT, "CodingSchemeVersion": "1"}, _SRT]}),
                lambda: part10({"AnatomicRegionSequence": [_LIVER, _LIVER]}),
            ),
            Mended(
                lambda: part10({"ViewCodeSequence": [{**_SRT, "CodeValue": "X"}]}),
                lambda: part10({"ViewCodeSequence": [{**_SRT, "CodeValue": "X"}]}),
            ),
        ),
    ),
    cases=(
        good(AnatomicRegionSequence=[_LIVER]),
        good(AnatomicRegionSequence=[{**_SRT, "CodingSchemeDesignator": None}]),
        good(AnatomicRegionSequence=[{**_SRT, "CodingSchemeDesignator": "99SRT"}]),
        good(OriginalAttributesSequence=[{"ModifiedAttributesSequence": [{"ViewCodeSequence": [_SRT]}]}]),
        bad("AnatomicRegionSequence[1].CodingSchemeDesignator", AnatomicRegionSequence=[_SRT]),
        bad(
            "AnatomicRegionSequence[1].AnatomicRegionModifierSequence[2].CodingSchemeDesignator",
            AnatomicRegionSequence=[{**_LIVER, "AnatomicRegionModifierSequence": [_LIVER, _SRT]}],
        ),
        bad(
            "ViewCodeSequence[1].CodingSchemeDesignator",
            ViewCodeSequence=[{**_SRT, "CodeValue": "X", "CodingSchemeDesignator": "SNM3"}],
        ),
        bad(
            "ViewCodeSequence[1].CodingSchemeDesignator",
            ViewCodeSequence=[{**_SRT, "CodingSchemeDesignator": "MA"}],
        ),
    ),
)

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

from dcmlint.coded import (
    CODE,
    CODING_SCHEME_DESIGNATOR,
    NOT_JUDGED,
    Key,
    Verdict,
    code_value,
    is_of_the_standard,
    judged,
    kind_of_scheme,
    scheme_of,
)
from dcmlint.read.item import Item
from dcmlint.rule import Rule, bad, good
from dcmlint.standard.codes import schemes, snomed_ct


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

RULE = Rule(
    severity="warning",
    scope="item",
    citation="PS3.16 Section 8, Table 8-1",
    message="{attribute} is {scheme}, which is retired{advice}",
    selects=CODE,
    check=judged("retired schemes", _key, _judge, at=lambda _: CODING_SCHEME_DESIGNATOR),
    accepts=is_of_the_standard,
    cases=(
        good(AnatomicRegionSequence=[_LIVER]),
        good(AnatomicRegionSequence=[{**_SRT, "CodingSchemeDesignator": None}]),
        good(AnatomicRegionSequence=[{**_SRT, "CodingSchemeDesignator": "99SRT"}]),
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

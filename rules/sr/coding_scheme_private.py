"""A private coding scheme is used and nothing in the object says whose it is.

## What it does
Looks at the Coding Scheme Designator of every Code Sequence, of any IOD and at any depth, for those that are
private: they begin with 99, or are L. Coding Scheme Identification Sequence should then name the scheme.
Each designator is reported once for a SOP Instance.

## Why this matters
Two makers may both choose 99ABC. Without the name, UID or responsible organization in Coding Scheme
Identification Sequence, nobody who receives the object later can find out what the code means. The standard
recommends the Sequence and does not require it: this is a note.

## Example
Coding Scheme Designator 99ACME, and no Coding Scheme Identification Sequence.

## Fix
Add an Item to Coding Scheme Identification Sequence (0008,0110) with the designator, Coding Scheme UID or
Coding Scheme Name, and Coding Scheme Responsible Organization; or use a standard code.
"""

from __future__ import annotations

from dcmlint.coded import (
    CODE,
    CODING_SCHEME_DESIGNATOR,
    Key,
    Verdict,
    is_of_the_standard,
    judged,
    shown_code,
    undeclared_scheme,
)
from dcmlint.rule import Rule, bad, good


def _judge(key: Key) -> Verdict:
    shown = shown_code(key[0])
    return {"which": f"{shown}, a private scheme" if shown else "that of a private scheme"}, "note"


_CODE = {"CodeValue": "1", "CodingSchemeDesignator": "99ACME", "CodeMeaning": "One"}

RULE = Rule(
    severity="note",
    scope="item",
    citation="PS3.3 Sections 8.2 and C.12.1",
    message="{attribute} is {which} that Coding Scheme Identification Sequence does not explain",
    selects=CODE,
    check=judged(
        "private schemes", undeclared_scheme("private"), _judge, at=lambda _: CODING_SCHEME_DESIGNATOR
    ),
    accepts=is_of_the_standard,
    cases=(
        good(ProcedureCodeSequence=[{**_CODE, "CodingSchemeDesignator": "DCM"}]),
        good(ProcedureCodeSequence=[{**_CODE, "CodingSchemeDesignator": "99SDM"}]),
        good(
            CodingSchemeIdentificationSequence=[
                {"CodingSchemeDesignator": "99ACME", "CodingSchemeName": "A"}
            ],
            ProcedureCodeSequence=[_CODE],
        ),
        bad("ProcedureCodeSequence[1].CodingSchemeDesignator", ProcedureCodeSequence=[_CODE, _CODE]),
        bad(
            "ProcedureCodeSequence[1].CodingSchemeDesignator",
            CodingSchemeIdentificationSequence=[{"CodingSchemeDesignator": "99OTHER"}],
            ProcedureCodeSequence=[{**_CODE, "CodingSchemeDesignator": "L"}],
        ),
    ),
)

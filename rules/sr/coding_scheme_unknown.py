"""A code is of a coding scheme that neither DICOM nor HL7 knows and the object does not explain.

## What it does
Looks at the Coding Scheme Designator of every Code Sequence, of any IOD and at any depth. Known are those of
PS3.16 Table 8-1 and of HL7 v2 table 0396; private ones begin with 99, or are L. Others are accepted if Coding
Scheme Identification Sequence names them. Each designator is reported once for a SOP Instance.

## Why this matters
A code means something only together with its scheme. Codes of procedures from a local information system
(BROKER, RIS, LOCAL) and misspelt designators (UCM, NCIT) cannot be looked up by anybody else, and may be
taken for those of a scheme that will be registered under that name.

## Example
Coding Scheme Designator UCM for a unit: the Unified Code for Units of Measure is UCUM.

## Fix
Correct the designator; let that of a local scheme begin with 99, and name the scheme in Coding Scheme
Identification Sequence (0008,0110).
"""

from __future__ import annotations

from difflib import get_close_matches

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
from dcmlint.standard.codes import schemes

_FREQUENT = ("DCM", "SCT", "UCUM", "NCIt", "RADLEX", "IBSI", "UMLS", "FMA", "RFC5646", "ISO3166_1")


def _judge(key: Key) -> Verdict:
    name = key[0].decode("latin-1")
    alike = [known for known in sorted(schemes().known) if known.lower() == name.lower()]
    alike = alike or get_close_matches(name, _FREQUENT, 1, 0.8)
    shown = shown_code(key[0])
    return {
        "which": f"{shown}, which is" if shown else "one that is",
        "advice": f"; is it {alike[0]}?" if alike else "",
    }, "warning"


_CODE = {"CodeValue": "1", "CodingSchemeDesignator": "BROKER", "CodeMeaning": "One"}

RULE = Rule(
    severity="warning",
    scope="item",
    citation="PS3.16 Section 8; PS3.3 Section 8.2",
    message="{attribute} is {which} no coding scheme of DICOM or HL7, and not private{advice}",
    selects=CODE,
    check=judged(
        "unknown schemes", undeclared_scheme("unknown"), _judge, at=lambda _: CODING_SCHEME_DESIGNATOR
    ),
    accepts=is_of_the_standard,
    cases=(
        good(ProcedureCodeSequence=[{**_CODE, "CodingSchemeDesignator": "DCM"}]),
        good(ProcedureCodeSequence=[{**_CODE, "CodingSchemeDesignator": "SRT"}]),
        good(ProcedureCodeSequence=[{**_CODE, "CodingSchemeDesignator": "99BROKER"}]),
        good(ProcedureCodeSequence=[{**_CODE, "CodingSchemeDesignator": "JJ1017"}]),
        good(ProcedureCodeSequence=[{**_CODE, "CodingSchemeDesignator": "HL70005"}]),
        good(ProcedureCodeSequence=[{**_CODE, "CodingSchemeDesignator": None}]),
        good(
            CodingSchemeIdentificationSequence=[{"CodingSchemeDesignator": "BROKER"}],
            ProcedureCodeSequence=[_CODE],
        ),
        bad("ProcedureCodeSequence[1].CodingSchemeDesignator", ProcedureCodeSequence=[_CODE]),
        bad(
            "ProcedureCodeSequence[1].CodingSchemeDesignator",
            ProcedureCodeSequence=[{**_CODE, "CodingSchemeDesignator": "dcm"}],
        ),
    ),
)

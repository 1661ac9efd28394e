"""An Item of a sequence is empty.

## What it does
Finds Items without any attribute in the sequences of the modules that apply. In the Shared and Per-frame
Functional Groups Sequences an Item may be empty.

## Why this matters
An Item stands for something: a code, a reference, a frame. When it is empty, software that counts the Items
finds one more thing than there is. Sequences that have nothing to say are written without Items.

## Example
Procedure Code Sequence with one Item that has no attributes, where there was no code to write.

## Fix
Remove the Item. Leave the sequence without Items if it is of Type 2, and out of the object if it is of Type
1C, 2C or 3.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

_SC = "1.2.840.10008.5.1.4.1.1.7"
_CODE = {"CodeValue": "1", "CodingSchemeDesignator": "99TEST", "CodeMeaning": "Test"}

RULE = Rule(
    severity="warning",
    scope="table",
    citation="PS3.5 Section 7.5.1",
    message="{attribute} has no attributes",
    cases=(
        good(SOPClassUID=_SC, ProcedureCodeSequence=[_CODE]),
        good(SOPClassUID=_SC, ProcedureCodeSequence=None),
        bad("ProcedureCodeSequence[2]", SOPClassUID=_SC, ProcedureCodeSequence=[_CODE, {}]),
        bad(
            "RequestAttributesSequence[1].RequestedProcedureCodeSequence[1]",
            SOPClassUID=_SC,
            RequestAttributesSequence=[{"RequestedProcedureCodeSequence": [{}]}],
        ),
    ),
)

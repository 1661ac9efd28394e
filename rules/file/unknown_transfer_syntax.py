"""The Transfer Syntax UID names no Transfer Syntax of PS3.6.

## What it does
Looks up (0002,0010) among the Transfer Syntaxes of PS3.6 Annex A. A UID that PS3.6 registers as something
else, and a value that is no UID, are errors. A private UID is a warning, since an agreement between two
implementations may define it; so is a UID of the DICOM root that the edition in use lacks, since a later
edition may have it.

## Why this matters
A reader that does not know the Transfer Syntax cannot decode the Data Set, and must not guess.

## Example
(0002,0010) holds 1.2.840.10008.5.1.4.1.1.2, which is a SOP Class.

## Fix
Write the UID of the Transfer Syntax that the file is in, or convert it to a standard one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from dcmlint.model import Found
from dcmlint.read.encode import part10
from dcmlint.read.item import Instance
from dcmlint.read.usual import has_usual_meta
from dcmlint.rule import Case, Rule
from dcmlint.standard.dictionary import uid

_TRANSFER_SYNTAX_UID = 0x00020010
_USUAL = frozenset(("1.2.840.10008.1.2", "1.2.840.10008.1.2.1"))
# Registered since the embedded edition: JPEG XL and Deflated Image Frame Compression.
_RECENT = frozenset(
    (
        "1.2.840.10008.1.2.4.110",
        "1.2.840.10008.1.2.4.111",
        "1.2.840.10008.1.2.4.112",
        "1.2.840.10008.1.2.8.1",
    )
)


def check(instance: Instance) -> Iterator[Found]:
    """Yield a Transfer Syntax UID that PS3.6 Table A-1 lacks."""
    declared = instance.declared_syntax.strip()
    if instance.meta is None or not declared or declared in _USUAL:
        return
    known = uid(declared)
    if declared in _RECENT or (known is not None and known.kind == "Transfer Syntax"):
        return
    doubtful = known is None and declared.isascii() and declared.replace(".", "0").isdigit()
    yield Found(
        _TRANSFER_SYNTAX_UID,
        {"value": declared},
        item=instance.meta,
        severity="warning" if doubtful else None,
    )


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.6 Annex A",
    message="{attribute} {value} is no Transfer Syntax of PS3.6",
    check=check,
    accepts=has_usual_meta,
    on_bytes=True,
    cases=(
        Case(passes=True, file=lambda: part10({})),
        Case(passes=True, file=lambda: part10({}, syntax="1.2.840.10008.1.2.1.99")),
        Case(passes=True, file=lambda: part10({}, syntax="1.2.840.10008.1.2.4.201")),
        Case(passes=True, file=lambda: part10({}, syntax="1.2.840.10008.1.2.2")),
        Case(passes=True, file=lambda: part10({}, meta={"TransferSyntaxUID": None})),
        *(
            Case(
                passes=False,
                file=partial(part10, {"Modality": "OT"}, meta={"TransferSyntaxUID": value}),
                at="TransferSyntaxUID",
            )
            for value in (
                "1.2.840.10008.5.1.4.1.1.2",
                "1.2.840.10008.1.2.4.999",
                "1.2.840.113619.5.2",
                "EXPLICIT",
            )
        ),
    ),
)

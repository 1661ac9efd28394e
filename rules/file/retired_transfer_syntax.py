"""The file is in a retired Transfer Syntax.

## What it does
Reports a Transfer Syntax UID that PS3.6 marks as retired: Explicit VR Big Endian, RFC 2557 MIME, the
JPEG processes that nobody used, and others.

## Why this matters
Implementations no longer have to read it, and new ones do not. The content itself may be faultless.

## Example
(0002,0010) holds 1.2.840.10008.1.2.2, Explicit VR Big Endian.

## Fix
Convert the file to Explicit VR Little Endian, which loses nothing for uncompressed Pixel Data.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.encode import part10
from dcmlint.read.item import Instance
from dcmlint.read.usual import has_usual_meta
from dcmlint.rule import Case, Rule
from dcmlint.standard.dictionary import uid

_TRANSFER_SYNTAX_UID = 0x00020010
_USUAL = frozenset(("1.2.840.10008.1.2", "1.2.840.10008.1.2.1"))


def check(instance: Instance) -> Iterator[Found]:
    """Yield a Transfer Syntax UID that PS3.6 Table A-1 marks as retired."""
    declared = instance.declared_syntax.strip()
    if instance.meta is None or declared in _USUAL:
        return
    known = uid(declared)
    if known is not None and known.kind == "Transfer Syntax" and known.retired:
        yield Found(_TRANSFER_SYNTAX_UID, {"value": declared}, item=instance.meta)


RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.6 Annex A",
    message="{attribute} {value} is a retired Transfer Syntax",
    check=check,
    accepts=has_usual_meta,
    on_bytes=True,
    cases=(
        Case(passes=True, file=lambda: part10({"Modality": "OT"})),
        Case(passes=True, file=lambda: part10({"Modality": "OT"}, syntax="1.2.840.10008.1.2.4.70")),
        Case(passes=True, file=lambda: part10({"Modality": "OT"}, syntax="1.2.3.4")),
        Case(
            passes=False,
            file=lambda: part10({"Modality": "OT"}, syntax="1.2.840.10008.1.2.2"),
            at="TransferSyntaxUID",
        ),
        Case(
            passes=False,
            file=lambda: part10({"Modality": "OT"}, syntax="1.2.840.10008.1.2.4.55"),
            at="TransferSyntaxUID",
        ),
    ),
)

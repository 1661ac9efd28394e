"""A standard attribute is written with VR UN.

## What it does
Reports attributes of PS3.6 whose VR in the file is UN. Values longer than 65534 bytes under a VR with a
16-bit length are left out: UN is the only way to write those.

## Why this matters
UN is for writers that do not know an attribute. What it holds is bytes to most readers: they show no
value, do not search it, and do not find the Items of a Sequence in it. Nor do de-identifiers.

## Example
(0008,1032) Procedure Code Sequence with VR UN, after a proxy with an old dictionary.

## Fix
Write the attribute with the VR of PS3.6: update the dictionary of the software that converts the object.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import UNDEFINED_LENGTH, Found
from dcmlint.read.encode import encode_data_set, part10
from dcmlint.read.vr import LONG_VRS
from dcmlint.rule import Faulty, Fix, Mended, Raw, Rule, bad, good
from dcmlint.standard.dictionary import entry
from dcmlint.value import Value

if TYPE_CHECKING:
    from dcmlint.fix.edit import Edit

_LONG = frozenset(LONG_VRS.values())
_LONGEST_SHORT = 0xFFFE


def check(value: Value) -> Iterator[Found]:
    """Yield an attribute of PS3.6 that is written as UN (PS3.5 6.2.2)."""
    item, tag = value.item, value.tag
    if value.vr != "UN":
        return
    known = entry(tag)
    if known is None or known.vr == "UN":
        return
    _, offset, length, _ = item.elements[tag]
    if known.vr not in _LONG and _LONGEST_SHORT < length < UNDEFINED_LENGTH:
        return
    # An element whose VR bytes are none is read as UN: it has a rule of its own.
    if item.instance.on_bytes and item.buf[offset - 8 : offset - 6] != b"UN":
        return
    yield Found(tag, {"expected": known.vr})


def fixed(faulty: Faulty) -> Iterator[Edit]:
    """Yield the element with its VR, where that is certain and its value can be of it (PS3.5 6.2.2).

    In big endian the bytes of a number would have to be turned: it is left.
    """
    from dcmlint.fix.edit import Edit, NewElement
    from dcmlint.fix.make import as_elements, certain_vr, fits, replaced
    from dcmlint.read.vr import BINARY_SIZE

    item, tag = faulty.item, faulty.tag or 0
    vr, (_, _, length, items) = certain_vr(tag), item.elements[tag]
    if not vr or (faulty.instance.big_endian and (vr == "SQ" or BINARY_SIZE.get(vr, 1) > 1)):
        return
    if vr == "SQ":
        found = [as_elements(each) for each in items or ()]
        if (items is not None or not length) and None not in found:
            kept = tuple(each for each in found if each is not None)
            yield Edit(item.location, tag, "set", NewElement(tag, "SQ", items=kept))
    elif items is None and fits(vr, length):
        yield replaced(item, tag, item.raw(tag) or b"", vr)


_REFERENCE = {"ReferencedSOPInstanceUID": "1.2.3"}
_UNKNOWN = b"\xfe\xff\0\xe0\x0e\0\0\0" + encode_data_set(_REFERENCE, explicit=False)

RULE = Rule(
    severity="warning",
    scope="value",
    citation="PS3.5 Section 6.2.2",
    message="{attribute} is written with VR UN; PS3.6 has {expected}",
    selects=("other vr",),
    check=check,
    on_bytes=True,
    fix=Fix(
        True,
        fixed,
        "Writes the VR of PS3.6 where it leaves no choice, and the Items of a Sequence in Explicit VR.",
        (
            Mended(
                lambda: part10({"StudyID": Raw("UN", b"1 "), "Rows": Raw("UN", b"\1\0")}),
                lambda: part10({"StudyID": "1", "Rows": 1}),
            ),
            Mended(
                lambda: part10({"ReferencedStudySequence": Raw("UN", _UNKNOWN)}),
                lambda: part10({"ReferencedStudySequence": [_REFERENCE]}),
            ),
            Mended(
                lambda: part10({"SmallestImagePixelValue": Raw("UN", b"\1\0")}),
                lambda: part10({"SmallestImagePixelValue": Raw("UN", b"\1\0")}),
            ),
        ),
    ),
    cases=(
        good(StudyID="1"),
        good({"00090010": "ACME", "00091001": Raw("UN", b"1 ")}),
        good({"000800F1": Raw("UN", b"1 ")}),
        good(StudyID=Raw("ZZ", b"1 "), Modality="OT"),
        good(ImageComments=Raw("UN", b"a" * 0x10000)),
        bad("StudyID", StudyID=Raw("UN", b"1 ")),
        bad("StudyID", StudyID=Raw("UN", b"")),
        bad("ReferencedStudySequence", ReferencedStudySequence=Raw("UN", b"")),
        bad(
            "ReferencedStudySequence",
            ReferencedStudySequence=Raw(
                "UN", b"\xfe\xff\0\xe0\x0e\0\0\0" + encode_data_set({"PatientID": "123456"}, explicit=False)
            ),
        ),
        bad("TextValue", TextValue=Raw("UN", b"a" * 0x10000)),
        bad(
            "ReferencedStudySequence[1].StudyID",
            ReferencedStudySequence=[{"StudyID": Raw("UN", b"1 ")}],
        ),
    ),
)

"""A UID is not built as an object identifier.

## What it does
Checks each value of VR UI that consists of digits and periods: at most 64 characters, components without
leading zeros and none of them empty, a first component 0, 1 or 2, a second one below 40 under 0 and 1. It
warns of roots that no organisation is registered for (such as 1.9) and of 2.25 with a number that is no
UUID. Other characters are `value/invalid-ui`.

## Why this matters
Receivers reject such UIDs, or keep them differently: `1.02` and `1.2` may become the same. UIDs below a root
that belongs to nobody can collide with anybody's.

## Example
SOP Instance UID (0008,0018) `1.2.826.0.1.05.7`, or a Study Instance UID that is a date.

## Fix
Write components as numbers without leading zeros below a root that is yours, or use 2.25 and a UUID.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found, Severity
from dcmlint.read.encode import part10
from dcmlint.read.uid_form import uid_fault
from dcmlint.rule import Faulty, Fix, Mended, Raw, Rule, bad, good
from dcmlint.standard.dictionary import keyword_of
from dcmlint.value import Value
from dcmlint.value_field import trailing_stripped

if TYPE_CHECKING:
    from dcmlint.fix.edit import Edit


def check(value: Value) -> Iterator[Found]:
    """Yield a finding for the first UID that is not well built."""
    parts = trailing_stripped(value)
    for number, part in enumerate(parts, 1):
        text = part.decode("latin-1")
        if not text or text.strip("0123456789.") or not text.isascii() or set(text) - set("0123456789."):
            continue
        fault = uid_fault(text)
        if fault is not None:
            subject = "it" if len(parts) == 1 else f"value {number}"
            severity: Severity | None = None if fault.certain else "warning"
            yield Found(value.tag, {"what": f"{subject} {fault.what}"}, severity=severity)
            return


def fixed(faulty: Faulty) -> Iterator[Edit]:
    """Yield the value with other UIDs for those that have leading zeros."""
    from dcmlint.fix.make import replaced
    from dcmlint.fix.uids import mended_uid

    item, tag = faulty.item, faulty.tag or 0
    raw = item.raw(tag)
    if raw is None:
        return
    parts = raw.rstrip(b"\0 ").decode("latin-1").split("\\")
    keyword = keyword_of(tag) or ""
    mended = [mended_uid(part.rstrip(" "), keyword) or part for part in parts]
    if mended != parts:
        yield replaced(item, tag, "\\".join(mended).encode("latin-1"), "UI")


_BEFORE = {
    "SOPInstanceUID": "1.2.826.0.1.05.7",
    "ReferencedImageSequence": [{"ReferencedSOPInstanceUID": "1.2.03"}],
}
_AFTER = {
    "SOPInstanceUID": "2.25.286300397121370755038195039256243742162",
    "ReferencedImageSequence": [{"ReferencedSOPInstanceUID": "2.25.92456895620595627757385145734169204832"}],
}

RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Section 9.1",
    message="{attribute} is no well formed UID: {what}",
    selects=("UI",),
    check=check,
    by_value=True,
    fix=Fix(
        False,
        fixed,
        "Only of UIDs with leading zeros: each becomes one below 2.25 made of a hash of it, the same in "
        "every file "
        "and run, so that references stay whole; the zeros alone are taken away where a UID of PS3.6 is "
        "left. "
        "UIDs in text, in private attributes without a VR and outside of what is fixed stay as they are.",
        (
            Mended(lambda: part10(_BEFORE), lambda: part10(_AFTER)),
            Mended(
                lambda: part10(
                    {"ReferencedImageSequence": [{"ReferencedSOPClassUID": "1.2.840.10008.5.1.4.1.1.07"}]}
                ),
                lambda: part10(
                    {"ReferencedImageSequence": [{"ReferencedSOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}]}
                ),
            ),
            Mended(
                lambda: part10({"StudyInstanceUID": "1.2..3"}), lambda: part10({"StudyInstanceUID": "1.2..3"})
            ),
        ),
    ),
    cases=(
        good(StudyInstanceUID="1.2.840.113619.2.55.3"),
        good(StudyInstanceUID="2.25.340282366920938463463374607431768211455"),
        good(StudyInstanceUID="1.3.6.1.4.1.0.0"),
        good(StudyInstanceUID="0.4.0.127"),
        good(StudyInstanceUID="2.16.840." + "1" * 55),
        good(StudyInstanceUID="05fa52f0e599f17b"),
        good(StudyInstanceUID=""),
        bad("StudyInstanceUID", StudyInstanceUID="2.16.840." + "1" * 57),
        bad("StudyInstanceUID", StudyInstanceUID="1.2.826.0.1.05.7"),
        bad("StudyInstanceUID", StudyInstanceUID="1.2..3"),
        bad("StudyInstanceUID", StudyInstanceUID="1.2.826."),
        bad("StudyInstanceUID", StudyInstanceUID=Raw("UI", b".1.2.3")),
        bad("StudyInstanceUID", StudyInstanceUID="3.1.2"),
        bad("StudyInstanceUID", StudyInstanceUID="1.40.2"),
        bad("StudyInstanceUID", StudyInstanceUID="20241218160000"),
        bad("StudyInstanceUID", StudyInstanceUID="0.0.0.0"),
        bad("StudyInstanceUID", StudyInstanceUID="1.9.999.3"),
        bad("StudyInstanceUID", StudyInstanceUID="2.25.340282366920938463463374607431768211456"),
        bad("FailedSOPInstanceUIDList", FailedSOPInstanceUIDList=["1.2.3", "1.02.3"]),
    ),
)

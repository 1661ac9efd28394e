"""The flags of a document say something else than its verifying observers.

## What it does
Compares Verification Flag, Completion Flag and Verifying Observer Sequence: a VERIFIED document has an
observer who answers for it and is complete; an UNVERIFIED one has none.

## Why this matters
VERIFIED is the signature under a report. Receivers show such a report as final, and ask who signed it.

## Example
Verification Flag VERIFIED without Verifying Observer Sequence.

## Fix
Write the name, organization and time of the person who verified the document, or UNVERIFIED.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import code
from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good

_OBSERVERS = 0x0040A073
_COMPLETION = 0x0040A491
_VERIFICATION = 0x0040A493


def check(instance: Instance) -> Iterator[Found]:
    """Yield what the flags of PS3.3 C.17.2 contradict."""
    root = instance.root
    flag = code(root, _VERIFICATION)
    if flag == "VERIFIED":
        if not root.items(_OBSERVERS):
            what = "is empty" if _OBSERVERS in root.elements else "is missing"
            yield Found(_OBSERVERS, {"what": f"{what}, but the document is VERIFIED"})
        if code(root, _COMPLETION) == "PARTIAL":
            what = "is VERIFIED, but Completion Flag says that the document is PARTIAL"
            yield Found(_VERIFICATION, {"what": what}, severity="warning")
    elif flag == "UNVERIFIED" and _OBSERVERS in root.elements:
        yield Found(_OBSERVERS, {"what": "is there, but the document is UNVERIFIED"})


_OBSERVER = {"VerifyingObserverName": "A^B", "VerifyingOrganization": "C"}
_DONE = {"VerificationFlag": "VERIFIED", "CompletionFlag": "COMPLETE"}
_OPEN = {"VerificationFlag": "UNVERIFIED", "CompletionFlag": "PARTIAL"}
_SIGNED = {"VerifyingObserverSequence": [_OBSERVER]}

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.17.2",
    message="{attribute} {what}",
    selects=("VerificationFlag",),
    check=check,
    supersedes=(
        *("module/missing-type-1c", "module/empty-type-1c", "module/not-permitted"),
        "module/required-value",
    ),
    cases=(
        good(_DONE | _SIGNED),
        good(_OPEN),
        good(_SIGNED, VerificationFlag="OTHER"),
        bad("VerifyingObserverSequence", _DONE),
        bad("VerifyingObserverSequence", _DONE, VerifyingObserverSequence=[]),
        bad("VerifyingObserverSequence", _OPEN | _SIGNED),
        bad("VerificationFlag", _SIGNED | _DONE, CompletionFlag="PARTIAL"),
    ),
)

"""What a de-identified Instance says of what was done to it (PS3.3 C.7.1.1, C.12.1, PS3.15 E.1.1)."""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.deid.policy import Policy
from dcmlint.deid.profile import Profile
from dcmlint.fix.edit import Edit, NewElement
from dcmlint.read.item import Item
from dcmlint.standard.codes import meanings

__all__ = ["CLAUSE", "method_edits", "method_text"]

CLAUSE = "PS3.15 E.1.1 what was done"

_REMOVED, _METHOD, _CODES, _TEMPORAL = 0x00120062, 0x00120063, 0x00120064, 0x00280303
_BASIC = ("113100", "Basic Application Confidentiality Profile")


def method_text(profile: Profile, policy: Policy, version: str) -> tuple[str, ...]:
    """Return the values of De-identification Method (0012,0063), each of at most 64 characters."""
    options = (option.name for option in profile.options)
    names = (f"policy {name}" for name in policy.names)
    return (f"dcmlint {version}"[:64], "PS3.15 2025b Table E.1-1 basic", *options, *names)


def method_edits(root: Item, profile: Profile, method: tuple[str, ...]) -> Iterator[Edit]:
    """Yield the edits of the root that record what is done, added to what earlier tools have recorded."""
    yield _edit(NewElement(_REMOVED, "CS", b"YES"))
    earlier = (root.raw(_METHOD) or b"").rstrip(b"\0 ").split(b"\\")
    told = [text.strip() for text in earlier if text.strip()] + [text.encode() for text in method]
    yield _edit(NewElement(_METHOD, "LO", b"\\".join(dict.fromkeys(told))))
    yield _edit(NewElement(_CODES, "SQ", items=tuple(_codes(root, profile))))
    yield _edit(NewElement(_TEMPORAL, "CS", _temporal(profile)))


def _temporal(profile: Profile) -> bytes:
    """Return the value of Longitudinal Temporal Information Modified (0028,0303)."""
    if profile.has("rtn-long-full-dates"):
        return b"UNMODIFIED"
    return b"MODIFIED" if profile.has("rtn-long-modif-dates") else b"REMOVED"


def _codes(root: Item, profile: Profile) -> Iterator[tuple[NewElement, ...]]:
    """Yield the Items of De-identification Method Code Sequence: codes of CID 7050, earlier ones first."""
    codes: dict[str, str] = {}
    for item in root.items(_CODES) or ():
        code = (item.raw(0x00080100) or b"").strip(b"\0 ").decode("latin-1")
        names = meanings("DCM", code)
        if names:
            codes[code] = names[0]
    codes |= dict((_BASIC, *((option.code, option.meaning) for option in profile.options)))
    for code, meaning in codes.items():
        yield (
            NewElement(0x00080100, "SH", code.encode()),
            NewElement(0x00080102, "SH", b"DCM"),
            NewElement(0x00080104, "LO", meaning.encode()[:64]),
        )


def _edit(element: NewElement) -> Edit:
    return Edit((), element.tag, "set", element, CLAUSE)

"""Whether the method is recorded as PS3.15 E.1 asks for, and as what is seen allows."""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.deid_verify.made import finding
from dcmlint.deid_verify.profile import Demands
from dcmlint.model import Finding
from dcmlint.read.item import Instance

__all__ = ["method_findings"]

_PATIENT_IDENTITY_REMOVED, _METHOD, _METHOD_CODES = 0x00120062, 0x00120063, 0x00120064
_BURNED_IN, _RECOGNIZABLE, _TEMPORAL = 0x00280301, 0x00280302, 0x00280303
_CLEAN_PIXELS, _CLEAN_VISUAL = "113101", "113102"
_DICOMDIR = "1.2.840.10008.1.3.10"
_CODES = frozenset(str(code) for code in range(113100, 113113))


def method_findings(instance: Instance, demands: Demands) -> Iterator[Finding]:
    """Yield what is missing of the record of the method, and what it claims wrongly.

    A DICOMDIR has none: the Attributes are of the Patient Module (PS3.3 C.7.1.1), and its IOD lacks that
    (PS3.3 F.3).
    """
    if instance.sop_class_uid == _DICOMDIR:
        return
    root = instance.root
    if root.first(_PATIENT_IDENTITY_REMOVED) != "YES":
        yield _wrong(_PATIENT_IDENTITY_REMOVED, "is not YES", error=True)
    codes = {str(item.first(0x00080100) or "") for item in root.items(_METHOD_CODES) or ()}
    if not codes and not (root.raw(_METHOD) or b"").strip(b"\0 "):
        yield _wrong(_METHOD, "and the code sequence are both without a value", error=True)
    elif codes:
        yield from _of_codes(instance, codes & _CODES, demands)
    yield from _of_times(instance, demands)


def _of_codes(instance: Instance, codes: set[str], demands: Demands) -> Iterator[Finding]:
    for code, meaning in demands.codes.items():
        if code not in codes:
            yield _wrong(_METHOD_CODES, f"has no code for the {meaning}", error=False)
    for code in sorted(codes - set(demands.codes) - {_CLEAN_PIXELS, _CLEAN_VISUAL}):
        # The code may be of a tool that was there before, so it is no more than a note.
        how = f"has the code {code} of an option that is not in the profile"
        yield _wrong(_METHOD_CODES, how, error=False)._replace(severity="note")
    if _CLEAN_PIXELS in codes and instance.first(_BURNED_IN) == "YES":
        yield _wrong(_METHOD_CODES, "claims clean pixels, and Burned In Annotation is YES", error=True)
    if _CLEAN_VISUAL in codes and instance.first(_RECOGNIZABLE) == "YES":
        yield _wrong(
            _METHOD_CODES, "claims that no face is left, and Recognizable Visual Features is YES", error=True
        )


def _of_times(instance: Instance, demands: Demands) -> Iterator[Finding]:
    """PS3.15 E.3.6 and PS3.3 C.12.1: Longitudinal Temporal Information Modified says what was done."""
    said = instance.first(_TEMPORAL)
    full, modified = demands.has("rtn-long-full-dates"), demands.has("rtn-long-modif-dates")
    wanted = "UNMODIFIED" if full else "MODIFIED" if modified else "REMOVED"
    if said != wanted and (said is not None or full or modified):
        yield _wrong(_TEMPORAL, f"is not {wanted}", error=False)


def _wrong(tag: int, how: str, *, error: bool) -> Finding:
    return finding("method-not-recorded", "error" if error else "warning", ((), tag, None), how=how)

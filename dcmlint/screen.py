"""Screens: patterns that accept, straight from the bytes, values that no value rule would report.

The screen of a VR and VM is one compiled pattern; most values of most files pass it, and only those
that do not are looked at by the rules of scope `value`. A screen may reject a good value (it is then
looked at for nothing), it must never accept one that a rule reports, whatever the Specific Character
Set is. Patterns are linear: each value is matched in an atomic group, so nothing is tried twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from dcmlint.read.forms import DATE, DATETIME, FORMS, TIME
from dcmlint.read.placeholder import is_placed, placeholder_pattern
from dcmlint.read.uid_roles import is_instance_role
from dcmlint.read.vr import BINARY_SIZE

__all__ = ["Screen", "fixed_length", "screen", "value_counts"]

Screen = Callable[[Any, int, int], Any]
"""screen(buffer, start, end) is true where no value rule has anything to report."""

# Printable ISO 646 without backslash, and without "&", which may start a character reference.
_PLAIN = rb"[ -%'-\[\]-~]"
# The same without "?", "^" and "=": inside one component of a Person Name.
_NAME = rb"[ -%'-<>@-\[\]_-~]"
_TEXT = rb"[\t\n\f\r -%'-~]"
_FINITE = {
    # The two highest bytes, in either byte order, are not those of an infinity or NaN.
    "FD": rb"(?:[^\x7f\xff].|[\x7f\xff][\x00-\xef]).{4}(?:[\x00-\xef].|[\xf0-\xff][^\x7f\xff])",
    "FL": rb"(?:[^\x7f\xff].|[\x7f\xff][\x00-\x7f])(?:[\x00-\x7f].|[\x80-\xff][^\x7f\xff])",
}

_VALUES: dict[str, bytes] = {
    "AE": rb"(?! )(?=[!-\[\]-~])[ -\[\]-~]{1,16}(?<! )",
    "AS": FORMS["AS"],
    "CS": rb"(?! )[A-Z0-9 _]{1,16}(?<! )",
    "DA": DATE,
    "DS": rb" *(?![^\\]{17})[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d\d?)? *",
    "DT": DATETIME,
    "IS": rb" *(?![^\\]{13})[+-]?\d{1,9} *",
    "LO": rb"(?! )" + _PLAIN + rb"{1,63}(?<! )",
    "PN": rb"(?! )(?![^\\]{64})" + _NAME + rb"*+(?:\^" + _NAME + rb"*+){0,4}+(?<! )",
    "SH": rb"(?! )" + _PLAIN + rb"{1,15}(?<! )",
    "TM": TIME + rb" *",
    "UC": rb"(?! )" + _PLAIN + rb"++(?<! )",
    "UI": (
        rb"(?![0-9.]{65})(?:1\.[0-3]|2\.(?!25\.(?:\d{40}|(?:3[4-9]|[4-9]\d)\d{37}))(?:0|[1-9]\d*+))"
        rb"(?:\.(?:[1-9]\d*+|0))++"
    ),
}
_FIELDS: dict[str, bytes] = {
    "LT": _TEXT + rb"{0,10239}",
    "ST": _TEXT + rb"{0,1023}",
    "UR": rb"(?:" + FORMS["UR"] + rb")?",
    "UT": _TEXT + rb"*",
}


def screen(vr: str, vm: str, tag: int) -> Screen | None:
    """Return the screen of an Attribute, or None where its length alone decides or nothing does.

    `vm` is as PS3.6 gives it ("1", "1-n", "2-2n", ...), "" where the tag is unknown.
    """
    if vr in _FIELDS:
        return _field_screen(vr)
    if vr in _VALUES:
        return _value_screen(vr, vm or "1-n", *_special(vr, tag))
    if vr in ("FL", "FD"):
        return _float_screen(vr, vm or "1-n")
    if vr in BINARY_SIZE and vr[0] != "O" and fixed_length(vr, vm) is None:
        return _length_screen(vr, vm or "1-n")
    return None


@cache
def fixed_length(vr: str, vm: str) -> int | None:
    """Return the only length that values of a binary VR and this VM may have (zero length aside).

    None for other VRs, for bulk data (OB, OW, ...) and where the VM leaves a choice.
    """
    size = BINARY_SIZE.get(vr)
    if size is None or vr[0] == "O" or not vm:
        return None
    least, most, _ = value_counts(vm)
    return least * size if least == most else None


@cache
def value_counts(vm: str) -> tuple[int, int | None, int]:
    """Return (least, most, step) of a PS3.6 VM; most is None where it is open.

    "1-n or 1" has the widest of its choices.
    """
    if " or " in vm:
        choices = [value_counts(choice) for choice in vm.split(" or ")]
        return max(choices, key=lambda counts: float("inf") if counts[1] is None else counts[1])
    least, _, most = vm.partition("-")
    if not most:
        return int(least), int(least), 1
    if most.endswith("n"):
        return int(least), None, int(most[:-1] or 1)
    return int(least), int(most), 1


def _special(vr: str, tag: int) -> tuple[bool, bool]:
    """Return (placeholders are looked for, reserved UIDs are looked for) of an Attribute."""
    return is_placed(tag), vr == "UI" and is_instance_role(tag)


@cache
def _field_screen(vr: str) -> Screen:
    end = rb" *" if vr == "UR" else rb" ?"
    return re.compile(_FIELDS[vr] + end).fullmatch


@cache
def _value_screen(vr: str, vm: str, placed: bool, instance: bool) -> Screen:
    value = b"(?>" + _VALUES[vr] + b")"
    end = b"\\0?" if vr == "UI" else b"" if vr in ("DA", "AS", "DS", "IS", "TM") else b" ?"
    first = b""
    if placed:
        before = b"" if vm == "1" else rb"(?:[^\\]*\\)*"
        first = b"(?!" + before + placeholder_pattern(vr) + b")"
    if instance:
        first = rb"(?!1\.2\.840\.10008[.\0])"
    return re.compile(b"(?:" + first + _repeated(value, vm) + end + b")?").fullmatch


def _repeated(value: bytes, vm: str, delimiter: bytes = rb"\\") -> bytes:
    """Return the pattern of as many values as a VM allows."""
    least, most, step = value_counts(vm)
    more = b"(?:" + delimiter + value + b")"
    pattern = value + (more + b"{%d}" % (least - 1) if least > 1 else b"")
    if most is None:
        return pattern + (more + b"*+" if step == 1 else b"(?:" + more + b"{%d})*+" % step)
    return pattern + (more + b"{0,%d}+" % (most - least) if most > least else b"")


@cache
def _float_screen(vr: str, vm: str) -> Screen:
    pattern = b"(?>" + _FINITE[vr] + b")"
    return re.compile(b"(?s:(?:" + _repeated(pattern, vm, b"") + b")?)").fullmatch


@cache
def _length_screen(vr: str, vm: str) -> Screen:
    size = BINARY_SIZE[vr]
    least, most, step = value_counts(vm)

    def fits(buf: Any, start: int, end: int) -> bool:
        count, rest = divmod(end - start, size)
        if rest or not count:
            return not rest
        return count >= least and (most is None or count <= most) and not (count - least) % step

    return fits

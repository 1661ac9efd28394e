"""The Basic Application Confidentiality Profile and its options (PS3.15 E.1 to E.3)."""

from __future__ import annotations

from typing import NamedTuple

from dcmlint.errors import UsageError

__all__ = ["OPTIONS", "Option", "Profile", "parse_profile"]


class Option(NamedTuple):
    """An option of the Basic Profile: its name here, its column in Table E.1-1, its code in CID 7050."""

    name: str
    column: str
    code: str
    meaning: str


OPTIONS: tuple[Option, ...] = (
    Option("rtn-safe-priv", "rtnSafePriv", "113111", "Retain Safe Private Option"),
    Option("rtn-uids", "rtnUIDs", "113110", "Retain UIDs Option"),
    Option("rtn-dev-id", "rtnDevId", "113109", "Retain Device Identity Option"),
    Option("rtn-inst-id", "rtnInstId", "113112", "Retain Institution Identity Option"),
    Option("rtn-pat-chars", "rtnPatChars", "113108", "Retain Patient Characteristics Option"),
    Option(
        "rtn-long-full-dates",
        "rtnLongFullDates",
        "113106",
        "Retain Longitudinal Temporal Information Full Dates Option",
    ),
    Option(
        "rtn-long-modif-dates",
        "rtnLongModifDates",
        "113107",
        "Retain Longitudinal Temporal Information Modified Dates Option",
    ),
    Option("clean-desc", "cleanDesc", "113105", "Clean Descriptors Option"),
    Option("clean-struct-cont", "cleanStructCont", "113104", "Clean Structured Content Option"),
    Option("clean-graph", "cleanGraph", "113103", "Clean Graphics Option"),
)
"""The options that have a column in PS3.15 Table E.1-1."""

_REFUSED = {
    "clean-pixel-data": "Clean Pixel Data has no column in PS3.15 Table E.1-1: it asks for burned-in text to "
    "be found and removed from the pixels, which no table says how to do",
    "clean-recog-vis-feat": "Clean Recognizable Visual Features has no column in PS3.15 Table E.1-1: it asks "
    "for faces and the like to be made unrecognizable in the pixels, which no table says how to do",
}
_HINT = "Options: " + ", ".join(option.name for option in OPTIONS)


class Profile(NamedTuple):
    """The Basic Profile with the options that were chosen, in the order of `OPTIONS`."""

    options: tuple[Option, ...]

    @property
    def text(self) -> str:
        """The profile as it is given on the command line, options in the order of `OPTIONS`."""
        return "+".join(("basic", *(option.name for option in self.options)))

    def has(self, name: str) -> bool:
        """Tell whether the option was chosen."""
        return any(option.name == name for option in self.options)


def parse_profile(text: str) -> Profile:
    """Return the profile that "basic+clean-desc+..." names.

    Raises UsageError for what is no option, for options that exclude each other (PS3.15 E.3.6), and, with the
    reason, for those that no table describes.
    """
    first, *names = (part.strip() for part in text.split("+"))
    if first != "basic":
        raise UsageError(f"A profile begins with basic: {text!r} does not.", _HINT)
    known = {option.name: option for option in OPTIONS}
    for name in names:
        if name in _REFUSED:
            raise UsageError(f"{_REFUSED[name]}.", "Use a tool for that, then give its output to dcmlint.")
        if name not in known:
            raise UsageError(f"{name!r} is no option of the Basic Profile.", _HINT)
    if {"rtn-long-full-dates", "rtn-long-modif-dates"} <= set(names):
        raise UsageError("Dates are either kept in full or modified: both options exclude each other.")
    return Profile(tuple(option for option in OPTIONS if option.name in names))

"""What profile and policy say of each Attribute, whatever Instance it is in."""

from __future__ import annotations

from typing import NamedTuple

from dcmlint.deid.policy import Policy
from dcmlint.deid.profile import Profile
from dcmlint.standard.deid import profile_row
from dcmlint.standard.dictionary import entry

__all__ = ["Decision", "Decisions"]


class Decision(NamedTuple):
    """What is done with an Attribute.

    `code` is one of Table E.1-1 ("X/Z", "U" ...), "K", "C", or a word: "remove", "empty", "dummy", "uid",
    "shift", "clean", "pseudonym", "private", "set", "keep" (what
    the table would change). `basic` is the code of the Basic Profile where C cannot
    be done, `column` the option's column that says C, `clause` what asks for it, for the audit log.
    """

    code: str
    clause: str
    basic: str = ""
    column: str = ""


_UNKNOWN: Decision = Decision("remove", "Attribute that PS3.6 does not define")
_GROUP_LENGTH = Decision("remove", "PS3.5 7.2 group length")
_PADDING = Decision("remove", "PS3.10 7.2 Data Set Trailing Padding")
_OVERLAY = Decision("remove", "PS3.15 E.1-1 (60xx,3000) X: the whole overlay")
_DATA_SET_TRAILING_PADDING = 0xFFFCFFFC


class Decisions:
    """Decisions by tag under one profile and policy; None: neither says anything of the Attribute."""

    def __init__(self, profile: Profile, policy: Policy) -> None:
        self.profile = profile
        self.policy = policy
        self._known: dict[int, Decision | None] = {}

    def of(self, tag: int) -> Decision | None:
        """Return the decision on an Attribute."""
        try:
            return self._known[tag]
        except KeyError:
            if len(self._known) > 1 << 16:
                self._known.clear()
            found = self._known[tag] = self._decided(tag)
            return found

    def _decided(self, tag: int) -> Decision | None:
        if tag in self.policy.values:
            return Decision("set", "policy: set")
        action = self.policy.actions.get(tag)
        row = profile_row(tag)
        if action is not None:
            basic = row.basic if row is not None else ""
            kept = "keep" if basic else "K"
            return Decision(kept if action == "keep" else action, f"policy: {action}", basic)
        if tag == _DATA_SET_TRAILING_PADDING:
            return _PADDING
        if tag & 0xFFFF == 0 and tag >> 16 > 2:
            return _GROUP_LENGTH
        if tag >> 24 == 0x60 and not tag & 0x10000:
            return _OVERLAY
        if row is None:
            return _UNKNOWN if entry(tag) is None else None
        return self._of_table(row.tag, row.basic, dict(row.options))

    def _of_table(self, tag: str, basic: str, codes: dict[str, str]) -> Decision:
        """Return what the table says: C of an option goes before K, as less is kept."""
        options = [option for option in self.profile.options if option.column in codes]
        for code in ("C", "K"):
            for option in options:
                if codes[option.column] == code:
                    clause = f"PS3.15 E.1-1 {option.name} {code}"
                    return Decision("private" if tag == "private" else code, clause, basic, option.column)
        clause = f"PS3.15 E.1-1 basic {basic}"
        return Decision("remove" if "x" in tag or tag == "private" else basic, clause, basic)

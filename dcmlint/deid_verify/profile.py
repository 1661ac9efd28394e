"""What a profile and its options ask of each Attribute (PS3.15 Table E.1-1), as verification needs it."""

from __future__ import annotations

from functools import cached_property

from dcmlint.deid.profile import parse_profile
from dcmlint.standard.deid import profile_row

__all__ = ["Demands"]


class Demands:
    """The demands of the profile that a text such as `basic+clean-desc` names; raises UsageError."""

    def __init__(self, text: str) -> None:
        self._profile = parse_profile(text)
        self._columns = tuple(option.column for option in self._profile.options)
        self._actions: dict[int, str] = {}

    def action(self, tag: int) -> str:
        """Return the action code for an Attribute: K where the table has none.

        Where options disagree the one that retains has the word: what it keeps is not asked to be gone.
        """
        found = self._actions.get(tag)
        if found is None:
            found = self._actions[tag] = self._action(tag)
        return found

    def _action(self, tag: int) -> str:
        row = profile_row(tag)
        if row is None or tag & 0xFFFF == 0:
            return "K"
        asked = [row.options[column] for column in self._columns if column in row.options]
        return "K" if "K" in asked else "C" if "C" in asked else row.basic

    def has(self, option: str) -> bool:
        """Tell whether an option was named, as `rtn-uids`."""
        return self._profile.has(option)

    @cached_property
    def codes(self) -> dict[str, str]:
        """The codes that De-identification Method Code Sequence must have (CID 7050), with what each says."""
        named = {option.code: option.meaning for option in self._profile.options}
        return {"113100": "Basic Application Confidentiality Profile", **named}

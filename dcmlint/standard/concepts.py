"""The meanings of public codes, from pydicom's concept dictionaries (PS3.16)."""

from __future__ import annotations

from functools import cache

from dcmlint.standard.templates import Key, current

__all__ = ["meaning_of"]


def meaning_of(value: str, scheme: str) -> str | None:
    """Return the meaning of a code, that of the SNOMED CT code for a SNOMED-RT one, None if it is unknown."""
    known = _meanings()
    return known.get((value, scheme)) or known.get(current(value, scheme))


@cache
def _meanings() -> dict[Key, str]:
    from pydicom.sr._concepts_dict import concepts

    return {
        (value, scheme): meaning
        for scheme, keywords in concepts.items()
        for codes in keywords.values()
        for value, (meaning, _) in codes.items()
    }

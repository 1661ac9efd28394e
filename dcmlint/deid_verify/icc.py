"""Texts of an ICC profile (ICC.1 7.2, 10): descriptions, copyright, and what lies between tags."""

from __future__ import annotations

from dcmlint.deid_verify.runs import strings

__all__ = ["profile_texts"]

_HEADER = 128


def profile_texts(content: bytes) -> tuple[str, ...]:
    """Return the runs of text behind the header of a profile: its elements hold ASCII or UTF-16.

    Signatures of tags (four letters) are shorter than what is looked at.
    """
    return tuple(run for run in strings(content[_HEADER:], 6) if len(run.strip()) >= 6)

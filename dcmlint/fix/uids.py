"""UIDs that cannot stay as they are, each with what takes its place wherever it occurs (PS3.5 9.1, B.2)."""

from __future__ import annotations

import hashlib
import re

from dcmlint.standard.dictionary import uid

__all__ = ["mended_uid"]

_LEADING_ZERO = re.compile(r"(?:^|\.)0\d")
_OF_A_STANDARD = re.compile("Class|Syntax|Scheme|Context|Template|MappingResource|Creator")
_MOST = 128
_COMPONENTS = re.compile(r"\d+(?:\.\d+)+")


def mended_uid(text: str, keyword: str) -> str:
    """Return what takes the place of a UID with leading zeros in its components, "" if it has none such.

    `keyword` is that of its Attribute ("" if unknown): what names a class or another thing of a standard,
    not an object, is left where PS3.6 does not know it.

    A UID of PS3.6 is meant where that is what is left without the zeros. Any other gets one below 2.25 that
    is made of a hash of it: the same in every file and every run, so that references stay whole, and never
    one that another object has, as it could be without the zeros.
    """
    if len(text) > _MOST or not _COMPONENTS.fullmatch(text) or not _LEADING_ZERO.search(text):
        return ""
    plain = ".".join(str(int(arc)) for arc in text.split("."))
    if uid(plain) is not None:
        return plain
    if _OF_A_STANDARD.search(keyword):
        return ""
    return f"2.25.{int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], 'big')}"

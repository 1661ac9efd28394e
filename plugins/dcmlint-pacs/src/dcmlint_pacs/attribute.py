"""Attributes as users name them in --where: by keyword, or by tag."""

from __future__ import annotations

import re
from typing import NamedTuple

from dcmlint.errors import UsageError
from dcmlint_pacs.near import nearest

__all__ = ["Attribute", "attribute_of", "not_in_ps3_6"]

_TAG = re.compile(r"\(?([0-9A-Fa-f]{4}),?([0-9A-Fa-f]{4})\)?")
_SHOWN = 64


class Attribute(NamedTuple):
    """An Attribute: `vr` may read "US or SS"; it and `keyword` are "" where PS3.6 does not have the tag."""

    tag: int
    vr: str
    keyword: str


def attribute_of(name: str) -> Attribute:
    """Return the Attribute of a keyword, or of a tag such as 00080060 or (0008,0060).

    Raises UsageError, with the keyword that may be meant, for what is neither.
    """
    from pydicom.datadict import dictionary_keyword, dictionary_VR, keyword_dict

    written = _TAG.fullmatch(name)
    tag = int(written[1] + written[2], 16) if written else keyword_dict.get(name) if name else None
    if tag is None:
        raise not_in_ps3_6(name)
    try:
        return Attribute(int(tag), str(dictionary_VR(tag)), str(dictionary_keyword(tag)))
    except KeyError:
        return Attribute(int(tag), "", "")


def not_in_ps3_6(name: str) -> UsageError:
    """Return what is said of a name that is no Attribute of PS3.6."""
    from pydicom.datadict import keyword_dict

    near = nearest(name[:_SHOWN], keyword_dict)
    hint = f"Did you mean {near}?" if near else "Such as --where Modality=CT or --where 00080060=CT"
    return UsageError(f"--where: {name[:_SHOWN]} is no Attribute of PS3.6.", hint)

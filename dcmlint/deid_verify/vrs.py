"""The VR that an Attribute has by the dictionary where its Data Element has the VR UN."""

from __future__ import annotations

from dcmlint.standard.dictionary import implicit_vr

__all__ = ["plain_vr"]


def plain_vr(vr: str, tag: int) -> str:
    """Return the VR of an element, that of PS3.6 in the place of UN (PS3.5 6.2.2), which hides nothing.

    Private and unknown Attributes, and Sequences that were not taken apart, stay UN.
    """
    if vr != "UN" or tag & 0x10000:
        return vr
    known = implicit_vr(tag)
    return vr if known == "SQ" else known

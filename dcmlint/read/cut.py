"""Signs that a text was cut where its VR, or a buffer of that size, ended."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

__all__ = ["cut_sign"]

_WORD = re.compile(r"(?<![^\W_])[^\W\d_]+(?![^\W_])")
_KEYWORD_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"), ("<", ">"))
# Words of requests and protocols that are met cut; what is left of an abbreviation is not one of them.
_RADIOLOGY = """
    abdomen angiography appendicular arterial axial bilateral bladder brachial calcaneus cardiac
    cardiology carotid cervical chest clavicle contrast coronal coronary cranium department diffusion
    emergency examination extremity femoral fluoroscopy functional gastrointestinal head hospital
    humerus institute intravenous knee lateral localizer lumbar mammography mandible medical medicine
    myocardial neurology obliques oncology orthopaedic pancreas patient pediatric pelvis perfusion
    peripheral phantom portable portal posterior procedure protocol pulmonary radiograph radiography
    radiology reconstruction renal rotation routine sacroiliac scapula screening sequence shoulder
    sinuses skeletal spectroscopy spine standard supine surgery surgical temporal thoracic thorax
    thyroid tomography trauma ultrasound university urography vascular venous vertebral weighted whole
    without
"""


@cache
def _radiology() -> frozenset[str]:
    return frozenset(_RADIOLOGY.split())


def cut_sign(text: str, vr: str, keyword: str, others: Iterable[str]) -> str:
    """Return what shows that a text of just the greatest length was cut, "" if nothing does.

    `others` are the other texts of the same Instance. The length alone shows nothing: identifiers,
    versions and codes are often made to fit.
    """
    words = _WORD.findall(text)
    if len(words) < 2:
        return ""
    if any(text.count(opening) > text.count(closing) for opening, closing in _BRACKETS):
        return "and does not close a bracket"
    if text[-1] in ",;:&/":
        return f"and ends with {text[-1]!r}"
    last = words[-1].casefold()
    if not text.endswith(words[-1]) or (len(last) == 1 and words[-1].isupper()):
        return ""
    listed = list(others)
    if any(len(other) > len(text) and other.startswith(text) for other in listed):
        return "and is the beginning of a longer text of the same SOP Instance"
    near = {word.casefold() for other in (*listed, text[: -len(last)]) for word in _WORD.findall(other)}
    own = {word.casefold() for word in _KEYWORD_WORD.findall(keyword)}
    if last in near or last in own or last in _radiology():
        return ""
    if _begins(last, own, 2, 0.0) or _begins(last, near, 4, 0.6) or _begins(last, _radiology(), 5, 0.7):
        return "and ends inside a word"
    if _is_prose(vr, keyword, words):
        return "and ends with a word, not with the end of the text"
    return ""


def _begins(last: str, words: Iterable[str], least: int, share: float) -> bool:
    """Tell whether `last` is the beginning, long enough to be no abbreviation, of one of the words."""
    return len(last) >= least and any(
        word.startswith(last) and len(last) < len(word) and len(last) >= share * len(word) for word in words
    )


def _is_prose(vr: str, keyword: str, words: list[str]) -> bool:
    """Tell whether a text is free text that somebody wrote, so that it ends at the limit by accident.

    Short Strings are made to fit, and Code Meanings are written to fit 64 characters.
    """
    if vr == "SH" or keyword == "CodeMeaning":
        return False
    return len(words) >= (2 if vr == "PN" else 5) and len(words[-1]) > 1

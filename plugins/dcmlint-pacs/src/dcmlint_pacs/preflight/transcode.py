"""Transfer Syntaxes that stored data can be converted to, what is lost, and which tools do it.

Lossless is meant relative to what is stored: to decompress what was compressed with loss adds no loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = [
    "ALTERNATIVES",
    "BIG_ENDIAN",
    "DEFLATED",
    "EXPLICIT",
    "IMPLICIT",
    "NATIVE",
    "Conversion",
    "conversions",
]

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"

NATIVE = (EXPLICIT, IMPLICIT, DEFLATED, BIG_ENDIAN)
"""Without compression of pixels, best first: Big Endian is retired (PS3.5 A.3)."""

_DECODERS = {
    "1.2.840.10008.1.2.1.98": "",
    "1.2.840.10008.1.2.8.1": "",
    "1.2.840.10008.1.2.4.50": "dcmdjpeg",
    "1.2.840.10008.1.2.4.51": "dcmdjpeg",
    "1.2.840.10008.1.2.4.53": "dcmdjpeg",
    "1.2.840.10008.1.2.4.55": "dcmdjpeg",
    "1.2.840.10008.1.2.4.57": "dcmdjpeg",
    "1.2.840.10008.1.2.4.70": "dcmdjpeg",
    "1.2.840.10008.1.2.4.80": "dcmdjpls",
    "1.2.840.10008.1.2.4.81": "dcmdjpls",
    "1.2.840.10008.1.2.4.90": "gdcmconv --raw",
    "1.2.840.10008.1.2.4.91": "gdcmconv --raw",
    "1.2.840.10008.1.2.4.92": "",
    "1.2.840.10008.1.2.4.93": "",
    "1.2.840.10008.1.2.4.110": "",
    "1.2.840.10008.1.2.4.111": "",
    "1.2.840.10008.1.2.4.112": "",
    "1.2.840.10008.1.2.4.201": "",
    "1.2.840.10008.1.2.4.202": "",
    "1.2.840.10008.1.2.4.203": "",
    "1.2.840.10008.1.2.5": "dcmdrle",
}
"""Compressed pixels that can be decompressed, and by which tool ("" = none that is common)."""

_LOSSLESS = (
    ("1.2.840.10008.1.2.4.80", "dcmcjpls"),
    ("1.2.840.10008.1.2.4.90", "gdcmconv --j2k"),
    ("1.2.840.10008.1.2.4.70", "dcmcjpeg"),
    ("1.2.840.10008.1.2.4.57", "dcmcjpeg --encode-lossless"),
    ("1.2.840.10008.1.2.5", "dcmcrle"),
)
_LOSSY = (
    ("1.2.840.10008.1.2.4.81", "dcmcjpls --encode-nearlossless"),
    ("1.2.840.10008.1.2.4.91", "gdcmconv --j2k --lossy"),
    ("1.2.840.10008.1.2.4.51", "dcmcjpeg --encode-extended"),
    ("1.2.840.10008.1.2.4.50", "dcmcjpeg --encode-baseline"),
)

_NATIVE_TOOLS = {
    EXPLICIT: "dcmconv --write-xfer-little",
    IMPLICIT: "dcmconv --write-xfer-implicit",
    DEFLATED: "dcmconv --write-xfer-deflated",
    BIG_ENDIAN: "dcmconv --write-xfer-big",
}

ALTERNATIVES: tuple[str, ...] = (*NATIVE, *(syntax for syntax, _ in (*_LOSSLESS, *_LOSSY)))
"""All Transfer Syntaxes that anything is ever converted to."""


class Conversion(NamedTuple):
    """A Transfer Syntax that data can be converted to. `tool` names a program that does it ("" = none that
    is common), `lossless` whether nothing is lost that is stored."""

    syntax: str
    lossless: bool
    tool: str


def conversions(syntax: str, *, is_image: bool) -> Sequence[Conversion]:
    """Return what data in a Transfer Syntax can be converted to, the best first, those with loss last.

    `is_image` says that there are pixels of 8 or 16 bits: what is no image is never compressed. Video, JPIP
    and Transfer Syntaxes that are not known give nothing.
    """
    if syntax in NATIVE:
        steps: tuple[str, ...] = ()
    elif syntax in _DECODERS:
        steps = (_DECODERS[syntax],)
    else:
        return ()
    found = [_conversion(steps, to, _NATIVE_TOOLS[to]) for to in NATIVE]
    if is_image:
        found += [_conversion(steps, to, tool) for to, tool in _LOSSLESS]
        found += [_conversion(steps, to, tool, lossless=False) for to, tool in _LOSSY]
    return [each for each in found if each.syntax != syntax]


def _conversion(steps: tuple[str, ...], to: str, tool: str, *, lossless: bool = True) -> Conversion:
    """Return one conversion: what decompresses writes Explicit VR Little Endian itself."""
    tools = steps if steps and to == EXPLICIT else (*steps, tool)
    return Conversion(to, lossless, "" if "" in tools else ", then ".join(tools))

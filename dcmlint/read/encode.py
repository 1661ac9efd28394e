"""Attributes by keyword to bytes: the Data Sets and files of rule cases, fixtures and bridges.

Small on purpose: one way to write each thing, so that a case shows its fault and nothing else.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from dcmlint.model import UNDEFINED_LENGTH, Raw
from dcmlint.read.vr import LONG_VRS, TEXT_VRS, ambiguous_vr, permitted_vrs
from dcmlint.standard.dictionary import entry, tag_of

__all__ = ["ABSENT", "encode_data_set", "encode_text", "encode_value", "part10"]

ABSENT: Any = object()
"""As a value of `meta`: leave this attribute out."""

EXPLICIT_LE = "1.2.840.10008.1.2.1"
_IMPLICIT_LE = "1.2.840.10008.1.2"
_EXPLICIT_BE = "1.2.840.10008.1.2.2"
_DEFLATED = "1.2.840.10008.1.2.1.99"

_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_SPECIFIC_CHARACTER_SET = 0x00080005
_PIXEL_REPRESENTATION = 0x00280103

_FORMATS = {
    "AT": "HH", "FD": "d", "FL": "f", "OB": "B", "OD": "d", "OF": "f", "OL": "L", "OV": "Q",
    "OW": "H", "SL": "l", "SS": "h", "SV": "q", "UL": "L", "US": "H", "UV": "Q",
}  # fmt: skip
_LONG = frozenset(LONG_VRS.values())
_DELIMITERS = re.compile(r"([\\^=\t\n\f\r])")

# Defined Term to (codec, escape sequence that puts it into force), PS3.3 C.12.1.1.2.
_CODECS: dict[str, tuple[str, bytes]] = {
    "": ("ascii", b"\x1b(B"),
    "6": ("ascii", b"\x1b(B"),
    "100": ("latin_1", b"\x1b-A"),
    "101": ("iso8859_2", b"\x1b-B"),
    "109": ("iso8859_3", b"\x1b-C"),
    "110": ("iso8859_4", b"\x1b-D"),
    "144": ("iso8859_5", b"\x1b-L"),
    "127": ("iso8859_6", b"\x1b-G"),
    "126": ("iso8859_7", b"\x1b-F"),
    "138": ("iso8859_8", b"\x1b-H"),
    "148": ("iso8859_9", b"\x1b-M"),
    "203": ("iso8859_15", b"\x1b-b"),
    "13": ("shift_jis", b"\x1b)I"),
    "166": ("tis_620", b"\x1b-T"),
    "87": ("iso2022_jp", b""),
    "159": ("iso2022_jp_2", b""),
    "149": ("euc_kr", b"\x1b$)C"),
    "58": ("gb2312", b"\x1b$)A"),
    "192": ("utf_8", b""),
    "GB18030": ("gb18030", b""),
    "GBK": ("gbk", b""),
}


class _Encoding(NamedTuple):
    explicit: bool = True
    big_endian: bool = False
    charsets: tuple[str, ...] = ()
    signed: bool = False

    @property
    def order(self) -> str:
        return ">" if self.big_endian else "<"


def encode_data_set(
    attributes: Mapping[str, Any], *, explicit: bool = True, big_endian: bool = False
) -> bytes:
    """Return the Data Set's bytes, its Data Elements in ascending order of tag.

    Keys are keywords or eight hex digits. Values: str, int, float or a list of them; bytes as they
    are; a dict or a list of dicts for Items; a list of bytes for the fragments of encapsulated Pixel
    Data (PS3.5 A.4, the Basic Offset Table first); `Raw` for another VR; None for zero length.
    Sequences and Items get defined lengths (PS3.5 7.5).
    Raises KeyError for an unknown keyword, TypeError or struct.error for an unfit value.
    """
    return _data_set(attributes, _Encoding(explicit, big_endian))


def part10(
    attributes: Mapping[str, Any],
    *,
    syntax: str = EXPLICIT_LE,
    meta: Mapping[str, Any] | None = None,
    preamble: bytes = bytes(128),
) -> bytes:
    """Return a whole DICOM file (PS3.10 7.1) in the Transfer Syntax `syntax`.

    The File Meta Information follows from the attributes; `meta` replaces its attributes by
    keyword, or leaves one out where the value is ABSENT.
    """
    encoding = _Encoding(syntax != _IMPLICIT_LE, syntax == _EXPLICIT_BE)
    content = _data_set(attributes, encoding)
    if syntax == _DEFLATED:
        deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        content = deflater.compress(content) + deflater.flush()
        content += b"\0" * (len(content) & 1)
    return preamble + b"DICM" + _meta(attributes, syntax, meta or {}) + content


def _meta(attributes: Mapping[str, Any], syntax: str, changes: Mapping[str, Any]) -> bytes:
    elements = {
        "FileMetaInformationVersion": b"\0\1",
        "MediaStorageSOPClassUID": attributes.get("SOPClassUID") or _SECONDARY_CAPTURE,
        "MediaStorageSOPInstanceUID": attributes.get("SOPInstanceUID") or "2.25.1",
        "TransferSyntaxUID": syntax,
        "ImplementationClassUID": "2.25.2",
        **changes,
    }
    length = elements.pop("FileMetaInformationGroupLength", None)
    content = encode_data_set({key: value for key, value in elements.items() if value is not ABSENT})
    if length is ABSENT:
        return content
    own = {"FileMetaInformationGroupLength": len(content) if length is None else length}
    return encode_data_set(own) + content


def _data_set(attributes: Mapping[str, Any], encoding: _Encoding) -> bytes:
    by_tag = {tag_of(key): value for key, value in attributes.items()}
    if _SPECIFIC_CHARACTER_SET in by_tag:
        encoding = encoding._replace(charsets=_terms(by_tag[_SPECIFIC_CHARACTER_SET]))
    if _PIXEL_REPRESENTATION in by_tag:
        encoding = encoding._replace(signed=by_tag[_PIXEL_REPRESENTATION] == 1)
    return b"".join(_element(tag, by_tag[tag], encoding) for tag in sorted(by_tag))


def _terms(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value.split("\\"))
    if isinstance(value, (list, tuple)) and not isinstance(value, Raw):
        return tuple(str(term) for term in value)
    return ()


def _element(tag: int, value: Any, encoding: _Encoding) -> bytes:
    if isinstance(value, dict):
        value = [value]
    vr = value.vr if isinstance(value, Raw) else _vr(tag, value, encoding)
    if vr == "SQ" and not isinstance(value, (bytes, Raw)):
        content = b"".join(_item(item, encoding) for item in value or ())
    elif isinstance(value, list) and value and all(isinstance(part, bytes) for part in value):
        content = b"".join(_fragment(part) for part in value) + b"\xfe\xff\xdd\xe0\0\0\0\0"
        return _header(tag, vr, UNDEFINED_LENGTH, encoding) + content
    elif isinstance(value, Raw):
        content = value.value
    else:
        content = encode_value(vr, value, big_endian=encoding.big_endian, charsets=encoding.charsets)
    return _header(tag, vr, len(content), encoding) + content


def _header(tag: int, vr: str, length: int, encoding: _Encoding) -> bytes:
    order = encoding.order
    start = struct.pack(order + "HH", tag >> 16, tag & 0xFFFF)
    if not encoding.explicit:
        return start + struct.pack(order + "L", length)
    if vr in _LONG:
        return start + vr.encode() + struct.pack(order + "HL", 0, length)
    return start + vr.encode() + struct.pack(order + "H", length)


def _item(attributes: Mapping[str, Any], encoding: _Encoding) -> bytes:
    content = _data_set(attributes, encoding)
    return struct.pack(encoding.order + "HHL", 0xFFFE, 0xE000, len(content)) + content


def _fragment(value: bytes) -> bytes:
    return b"\xfe\xff\x00\xe0" + struct.pack("<L", len(value)) + value


def _vr(tag: int, value: Any, encoding: _Encoding) -> str:
    """Return the VR to write: PS3.6's, and what fits the value where that leaves a choice."""
    if isinstance(value, list) and value and isinstance(value[0], (dict, bytes)):
        return "SQ" if isinstance(value[0], dict) else "OB"
    found = entry(tag)
    if found is None:
        if tag & 0xFFFF == 0:
            return "UL"
        return "LO" if isinstance(value, str) else "UN"
    choices = permitted_vrs(found.vr)
    if "SS" in choices and not isinstance(value, bytes):
        values = value if isinstance(value, (list, tuple)) else (value,)
        negative = any(isinstance(number, int) and number < 0 for number in values)
        return "SS" if encoding.signed or negative else "US"
    if "US" in choices and not isinstance(value, bytes):
        return "US"
    return ambiguous_vr(found.vr)


def encode_value(vr: str, value: Any, *, big_endian: bool = False, charsets: Sequence[str] = ()) -> bytes:
    """Return the bytes of a value field of even length; bytes stay as they are.

    Raises struct.error or TypeError where the value does not fit the VR.
    """
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    if vr in _FORMATS:
        if vr == "AT":
            values = [half for tag in values for half in divmod(_tag_value(tag), 0x10000)]
        code = _FORMATS[vr][0]
        content = struct.pack(f"{'>' if big_endian else '<'}{len(values)}{code}", *values)
        return content + b"\0" * (len(content) & 1)
    text = "\\".join(_number(part) if isinstance(part, (int, float)) else str(part) for part in values)
    content = encode_text(text, charsets) if vr in TEXT_VRS else text.encode("latin_1", "replace")
    return content + (b"\0" if vr == "UI" else b" ") * (len(content) & 1)


def _tag_value(tag: int | str) -> int:
    return tag_of(tag) if isinstance(tag, str) else tag


def _number(value: float) -> str:
    """Return a number as IS or DS: at most 16 characters (PS3.5 6.2)."""
    text = repr(value)
    digits = 16
    while len(text) > 16 and digits:
        digits -= 1
        text = f"{value:.{digits}g}"
    return text


def encode_text(text: str, charsets: Sequence[str] = ()) -> bytes:
    """Return text in the Specific Character Set `charsets` (PS3.3 C.12.1.1.2, PS3.5 6.1.2.5).

    Text that none of them can write comes out in UTF-8, which the rules then report.
    """
    if text.isascii():
        return text.encode()
    codecs = [found for term in charsets or ("",) if (found := _codec(term)) is not None]
    if len(charsets) > 1:
        encoded = [_extended(part, codecs) for part in _DELIMITERS.split(text)]
        if None not in encoded:
            return b"".join(part for part in encoded if part is not None)
    for codec, _ in codecs[:1]:
        try:
            return text.encode(codec)
        except UnicodeEncodeError:
            break
    return text.encode()


@cache
def _codec(term: str) -> tuple[str, bytes] | None:
    return _CODECS.get(re.sub(r"^(ISO_IR|ISO 2022 IR) ", "", term.strip()))


def _extended(text: str, codecs: Sequence[tuple[str, bytes]]) -> bytes | None:
    """Return text between two delimiters by the first code extension that has its characters."""
    for number, (codec, escape) in enumerate(codecs):
        try:
            return (escape if number and not text.isascii() else b"") + text.encode(codec)
        except UnicodeEncodeError:
            continue
    return None

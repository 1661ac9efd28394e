"""An encapsulated document is not of the media type that it says.

## What it does
Looks at the first bytes of Encapsulated Document (0042,0011): a PDF has %PDF- near its start, XML and HTML
begin with a tag, a binary STL has the length that its number of triangles asks for, OBJ and MTL are text.
Where the bytes are surely of another type than MIME Type of Encapsulated Document (0042,0012), that is
reported. The content is never shown.

## Why this matters
Viewers choose the program that opens the document by its media type. A report that does not open is a report
that nobody reads; an executable in its place is an attack.

## Example
The type is application/pdf, but the value is an image or an XML document.

## Fix
Correct the media type and use the SOP Class for it, or store the right document.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import ENCAPSULATED, value_length
from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Raw, Rule, bad, good

_DOCUMENT = 0x00420011
_MEDIA_TYPE = 0x00420012
_FIRST_BYTES = 1024
_STL_HEADER = 84
_STL_TRIANGLE = 50
_MARKS = (
    (b"%PDF-", "a PDF"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x89PNG", "a PNG image"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"{\\rtf", "an RTF document"),
)


def check(instance: Instance) -> Iterator[Found]:
    """Yield a document that cannot be of its media type (PS3.3 C.24.2)."""
    length = value_length(instance.root, _DOCUMENT)
    values = instance.root.get(_MEDIA_TYPE)
    if length is None or length == ENCAPSULATED or not values or not isinstance(values[0], str):
        return
    start = _start(instance, length)
    media_type = values[0].partition(";")[0].strip().lower()
    fault = _fault(media_type, start, length)
    if fault:
        what = next((what for mark, what in _MARKS if start.startswith(mark)), "")
        yield Found(_DOCUMENT, {"what": f"{fault}; it begins like {what}" if what else fault})


def _start(instance: Instance, length: int) -> bytes:
    item = instance.root
    at = item.elements[_DOCUMENT][1]
    return bytes(item.buf[at : at + min(length, _FIRST_BYTES)])


def _fault(media_type: str, start: bytes, length: int) -> str:
    """Return what the bytes lack for a media type, "" where nothing is certain."""
    if media_type == "application/pdf":
        return "" if b"%PDF-" in start else "has no PDF header"
    if media_type.endswith(("/xml", "+xml")) or media_type == "text/html":
        return "" if _is_markup(start) else "does not begin with a tag"
    if media_type == "model/stl":
        return "" if _is_stl(start, length) else "is no STL: its length does not fit its number of triangles"
    if media_type in ("model/obj", "model/mtl"):
        return "holds NUL bytes, but is declared as text" if b"\0" in start[: length - 1] else ""
    return ""


def _is_markup(start: bytes) -> bool:
    for mark, encoding in (
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
        (b"\xef\xbb\xbf", "utf-8"),
    ):
        if start.startswith(mark):
            text = start[len(mark) :].decode(encoding, "ignore")
            return text.lstrip().startswith("<")
    return start.lstrip().startswith((b"<", b"\0<"))


def _is_stl(start: bytes, length: int) -> bool:
    if start.lstrip().startswith(b"solid"):
        return True
    if length < _STL_HEADER:
        return False
    expected = _STL_HEADER + _STL_TRIANGLE * int.from_bytes(start[80:84], "little")
    return expected <= length


def _document(media_type: str | None, content: bytes) -> dict[str, object]:
    return {
        "EncapsulatedDocument": Raw("OB", content + b"\0" * (len(content) & 1)),
        "MIMETypeOfEncapsulatedDocument": media_type,
    }


_STL = bytes(80) + b"\2\0\0\0" + bytes(100)

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.24.2",
    message="{attribute} {what}",
    selects=("EncapsulatedDocument",),
    check=check,
    cases=(
        good(_document("application/pdf", b"%PDF-1.7\n")),
        good(_document("application/pdf", b"\xef\xbb\xbf%PDF-1.4\n")),
        good(_document("text/xml", b'<?xml version="1.0"?><ClinicalDocument/>')),
        good(_document("text/XML; charset=utf-8", b"\xef\xbb\xbf\n<ClinicalDocument/>")),
        good(_document("text/xml", "\ufeff<ClinicalDocument/>".encode("utf-16-le"))),
        good(_document("model/stl", _STL)),
        good(_document("model/stl", b"solid heart\nendsolid")),
        good(_document("model/obj", b"v 0 0 0\nv 1 0 0\n.")),
        good(_document("application/octet-stream", b"MZ\0\0")),
        good(_document(None, b"MZ\0\0")),
        good(_document("application/pdf", b"")),
        bad("EncapsulatedDocument", _document("application/pdf", b"\xff\xd8\xff\xe0" + bytes(20))),
        bad("EncapsulatedDocument", _document("text/xml", b"%PDF-1.7\n")),
        bad("EncapsulatedDocument", _document("model/stl", _STL[:-60])),
        bad("EncapsulatedDocument", _document("model/stl", b"v 0 0 0\n")),
        bad("EncapsulatedDocument", _document("model/obj", _STL)),
    ),
)

"""Objects of ten SOP Classes, de-identified, and places in them where an identifier can hide.

Each Place takes the clean object and puts a text into it. None of the texts is in the objects otherwise.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from dcmlint.model import Raw
from dcmlint.read.encode import part10

__all__ = ["BASES", "PLACES", "TEXTS", "Hidden", "Place", "clean", "hidden", "original"]

_ROOT = "1.2.826.0.1.3680043.9.7"
_CLASSES = "1.2.840.10008.5.1.4.1.1."
_JPEG, _JPEG_2000, _DEFLATED = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.1.99"

TEXTS = (
    "Zwetschgenbaum^Ottilie",
    "Ottilie Zwetschgenbaum",
    "OTTILIE ZWETSCHGENBAUM",
    "Dr. Ottilie Zwetschgenbaum",
    "patient name: Ottilie Zwetschgenbaum",
    "MRN 48213377",
    "born 14.03.1951",
    "tel. +49 30 5551 2377",
    "ottilie@zwetschgenbaum.example",
)
"""What is hidden, one after the other: each is in the originals in one form or another."""

_PATIENT = {
    "PatientName": "Zwetschgenbaum^Ottilie",
    "PatientID": "48213377",
    "PatientBirthDate": "19510314",
    "PatientSex": "F",
    "PatientTelephoneNumbers": "+49 30 5551 2377",
    "PatientComments": "write to ottilie@zwetschgenbaum.example",
    "StudyDate": "20240229",
    "StudyTime": "101112",
    "AccessionNumber": "ACC7731904",
    "ReferringPhysicianName": "Quastenflosser^Balthasar",
}
_REMOVED = {
    "PatientName": "",
    "PatientID": "",
    "PatientBirthDate": "",
    "PatientSex": "",
    "StudyDate": "",
    "StudyTime": "",
    "AccessionNumber": "",
    "ReferringPhysicianName": "",
    "PatientIdentityRemoved": "YES",
    "BurnedInAnnotation": "NO",
    "RecognizableVisualFeatures": "NO",
    "DeidentificationMethodCodeSequence": [
        {
            "CodeValue": "113100",
            "CodingSchemeDesignator": "DCM",
            "CodeMeaning": "Basic Application Confidentiality Profile",
        }
    ],
}
_IMAGE = {
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "Rows": 64,
    "Columns": 64,
    "BitsAllocated": 16,
    "BitsStored": 12,
    "HighBit": 11,
    "PixelRepresentation": 0,
}


def _pixels(seed: int, size: int = 8192) -> bytes:
    """Return bytes that do not repeat, the same ones for the same seed."""
    state, content = seed * 2654435761 % 2**32 or 1, bytearray()
    while len(content) < size:
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        content += state.to_bytes(4, "little")
    return bytes(content)


def _image(number: int, modality: str, **more: Any) -> dict[str, Any]:
    return {**_IMAGE, "Modality": modality, "PixelData": Raw("OW", _pixels(number)), **more}


_SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + bytes(200) + b"\xff\xd9"
_FRAME = b"\xff\xc0\x00\x0b\x08\x00\x40\x00\x40\x01\x01\x11\x00"
_SIZE = b"\xff\x51\x00\x29" + struct.pack(">H8L", 0, 64, 64, 0, 0, 64, 64, 0, 0) + b"\x00\x01\x0b\x01\x01"
_TILE = b"\xff\x90\x00\x0a\x00\x00\x00\x00\x00\x00\x00\x01\xff\x93" + bytes(100) + b"\xff\xd9"


def _jpeg(segment: bytes = b"", behind: bytes = b"") -> bytes:
    return _even(b"\xff\xd8" + segment + _FRAME + _SCAN + behind)


def _jpeg_2000(segment: bytes = b"") -> bytes:
    return _even(b"\xff\x4f" + _SIZE + segment + _TILE)


def _even(content: bytes) -> bytes:
    return content + bytes(len(content) & 1)


def _segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def _pdf(information: bytes = b"", stream: bytes = b"", xmp: bytes = b"") -> bytes:
    content = (
        b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n2 0 obj\n<< " + information + b" >>\nendobj\n"
    )
    for head, body in ((b"/Filter /FlateDecode", zlib.compress(stream)), (b"/Type /Metadata", xmp)):
        content += (
            b"3 0 obj\n<< %s /Length %d >>\nstream\n" % (head, len(body)) + body + b"\nendstream\nendobj\n"
        )
    return _even(content + b"trailer\n<< /Root 1 0 R >>\n%%EOF\n")


def _icc(text: bytes) -> bytes:
    tags = struct.pack(">L4sLL", 1, b"desc", 144, 12 + len(text))
    return bytes(128) + tags + b"desc\0\0\0\0" + struct.pack(">L", len(text)) + text


_CONTENT = {
    "ValueType": "CONTAINER",
    "ContinuityOfContent": "SEPARATE",
    "ContentSequence": [{"ValueType": "TEXT", "RelationshipType": "CONTAINS", "TextValue": "REMOVED"}],
}

BASES: dict[str, tuple[str, str, Mapping[str, Any]]] = {
    "CT": (_CLASSES + "2", "1.2.840.10008.1.2.1", _image(1, "CT")),
    "MR": (_CLASSES + "4", "1.2.840.10008.1.2", _image(2, "MR")),
    "CR": (_CLASSES + "1", _DEFLATED, _image(3, "CR")),
    "US": (_CLASSES + "6.1", _JPEG, _image(4, "US", PixelData=[b"", _jpeg()])),
    "XC": (_CLASSES + "77.1.4", _JPEG_2000, _image(5, "XC", PixelData=[b"", _jpeg_2000()])),
    "SC": (_CLASSES + "7", "1.2.840.10008.1.2.2", _image(6, "OT")),
    "DOC": (
        _CLASSES + "104.1",
        "1.2.840.10008.1.2.1",
        {
            "Modality": "DOC",
            "MIMETypeOfEncapsulatedDocument": "application/pdf",
            "EncapsulatedDocument": _pdf(),
        },
    ),
    "SR": (_CLASSES + "88.11", "1.2.840.10008.1.2.1", {"Modality": "SR", **_CONTENT}),
    "PR": (_CLASSES + "11.1", "1.2.840.10008.1.2.1", {"Modality": "PR", "PresentationLUTShape": "IDENTITY"}),
    "RTSTRUCT": (_CLASSES + "481.3", "1.2.840.10008.1.2.1", {"Modality": "RTSTRUCT"}),
    "ECG": (_CLASSES + "9.1.1", "1.2.840.10008.1.2.1", {"Modality": "ECG"}),
    "SEG": (_CLASSES + "66.4", "1.2.840.10008.1.2.1", _image(7, "SEG")),
}
"""SOP Class, Transfer Syntax and own Attributes of each object."""


_ORIGINALS: dict[str, Mapping[str, Any]] = {
    "DOC": {"EncapsulatedDocument": _pdf(b"/Title (Letter)")},
    "SR": {"ContentSequence": [{"ValueType": "TEXT", "TextValue": "As discussed."}]},
}
"""Attributes that the de-identified objects do not have in common with their originals."""


class Hidden(NamedTuple):
    """A file with something hidden: its path below the folder, and its bytes."""

    path: str
    content: bytes


class Place(NamedTuple):
    """Where a text is hidden: `attributes` with it, or `file` makes a Hidden of the clean object."""

    name: str
    base: str
    attributes: Callable[[str], Mapping[str, Any]] | None = None
    file: Callable[[str, Hidden], Hidden] | None = None
    meta: Callable[[str], Mapping[str, Any]] | None = None


def original(base: str) -> Hidden:
    """Return the original of an object, with the patient's identifiers."""
    attributes = {**_own(base), **_PATIENT, **_ORIGINALS.get(base, {})}
    return _written(base, attributes, f"{_ROOT}.1", f"in/{base.lower()}.dcm")


def clean(base: str) -> Hidden:
    """Return the object without identifiers."""
    return _written(base, {**_own(base), **_REMOVED}, "2.25.77", f"{base.lower()}.dcm")


def hidden(place: Place, text: str) -> Hidden:
    """Return the object of a place with the text in it."""
    attributes = {**_own(place.base), **_REMOVED}
    if place.attributes is not None:
        attributes |= place.attributes(text)
    meta = place.meta(text) if place.meta is not None else {}
    made = _written(place.base, attributes, "2.25.77", f"{place.base.lower()}.dcm", meta)
    return place.file(text, made) if place.file is not None else made


def _own(base: str) -> dict[str, Any]:
    return {"SOPClassUID": BASES[base][0], **BASES[base][2]}


def _written(
    base: str, attributes: Mapping[str, Any], root: str, path: str, meta: Mapping[str, Any] | None = None
) -> Hidden:
    number = list(BASES).index(base) + 1
    uids = {
        "SOPInstanceUID": f"{root}{number}7001",
        "StudyInstanceUID": f"{root}{number}7002",
        "SeriesInstanceUID": f"{root}{number}7003",
    }
    return Hidden(path, part10({**attributes, **uids}, syntax=BASES[base][1], meta=meta))


def _private(text: str) -> dict[str, Any]:
    return {"00090010": Raw("LO", b"ACME 1.0"), "00091001": Raw("LO", _even(text.encode()))}


def _private_bytes(text: str) -> dict[str, Any]:
    return {"00090010": Raw("LO", b"ACME 1.0"), "00091002": Raw("OB", _even(b"\x01\0\x02\0" + text.encode()))}


def _private_item(text: str) -> dict[str, Any]:
    return {"00090010": Raw("LO", b"ACME 1.0"), "00091003": [{"00090010": Raw("LO", b"ACME 1.0"),
            "00091004": Raw("UN", _even(text.encode()))}]}  # fmt: skip


def _code(text: str) -> dict[str, Any]:
    code = {"CodeValue": "51185008", "CodingSchemeDesignator": "SCT", "CodeMeaning": text}
    return {"AnatomicRegionSequence": [code]}


def _sr(keyword: str, value_type: str) -> Callable[[str], Mapping[str, Any]]:
    return lambda text: {
        "ContentSequence": [
            {"ValueType": "CONTAINER", "ContentSequence": [{"ValueType": value_type, keyword: text}]}
        ]
    }


def _annotation(text: str) -> dict[str, Any]:
    return {"GraphicAnnotationSequence": [{"TextObjectSequence": [{"UnformattedTextValue": text}]}]}


def _overlay(text: str) -> dict[str, Any]:
    return {"OverlayRows": 16, "OverlayColumns": 32, "OverlayType": "G", "OverlayBitsAllocated": 1,
            "OverlayBitPosition": 0, "OverlayData": Raw("OW", text.encode().ljust(64, b"\0"))}  # fmt: skip


def _waveform(text: str) -> dict[str, Any]:
    return {"WaveformSequence": [{"ChannelDefinitionSequence": [{"ChannelLabel": text}]}]}


def _utf_16(text: str) -> bytes:
    return text.encode("utf-16-le")


PLACES: tuple[Place, ...] = (
    Place("free text", "CT", lambda text: {"PositionReferenceIndicator": text}),
    Place("nested free text", "CR", lambda text: {"ModalityLUTSequence": [{"LUTExplanation": text}]}),
    Place("meaning of a code", "MR", _code),
    Place("private text", "MR", _private),
    Place("private bytes", "CT", _private_bytes),
    Place("private nested bytes of VR UN", "CR", _private_item),
    Place("unknown Attribute of VR UN", "SC", lambda text: {"00190008": Raw("UN", _even(text.encode()))}),
    Place("text of a Structured Report", "SR", _sr("TextValue", "TEXT")),
    Place("name in a Structured Report", "SR", lambda text: {"ContentSequence": [
        {"ValueType": "PNAME", "PersonName": "Zwetschgenbaum^Ottilie"}]}),
    Place("annotation of a presentation state", "PR", _annotation),
    Place("description of a layer", "PR", lambda text: {"GraphicLayerSequence": [
        {"GraphicLayerDescription": text}]}),
    Place("name of a region", "RTSTRUCT", lambda text: {"StructureSetROISequence": [
        {"ROINumber": 1, "ROIDescription": text}]}),
    Place("label of a channel", "ECG", _waveform),
    Place("description of a segment", "SEG", lambda text: {
        "SegmentSequence": [{"SegmentDescription": text}]}),
    Place("overlay plane", "SC", _overlay),
    Place("text in a look-up table", "SC", lambda text: {
        "RedPaletteColorLookupTableData": Raw("OW", _even(text.encode() + bytes(8)))}),
    Place("ICC profile", "XC", lambda text: {"ICCProfile": Raw("OB", _even(_icc(text.encode())))}),
    Place("ICC profile in UTF-16", "XC", lambda text: {
        "ICCProfile": Raw("OB", _even(_icc(text.encode("utf-16-be"))))}),
    Place("JPEG comment", "US", lambda text: {"PixelData": [b"", _jpeg(_segment(0xFE, text.encode()))]}),
    Place("JPEG application data", "US", lambda text: {
        "PixelData": [b"", _jpeg(_segment(0xE1, b"Exif\0\0II*\0" + text.encode()))]}),
    Place("behind the end of a JPEG codestream", "US", lambda text: {
        "PixelData": [b"", _jpeg(behind=text.encode())]}),
    Place("JPEG 2000 comment", "XC", lambda text: {
        "PixelData": [b"", _jpeg_2000(_segment(0x64, b"\0\1" + text.encode()))]}),
    Place("information of a PDF", "DOC", lambda text: {
        "EncapsulatedDocument": _pdf(b"/Author (" + text.encode() + b")")}),
    Place("UTF-16 in a PDF", "DOC", lambda text: {
        "EncapsulatedDocument": _pdf(b"/Title <FEFF" + text.encode("utf-16-be").hex().encode() + b">")}),
    Place("text of a PDF page", "DOC", lambda text: {
        "EncapsulatedDocument": _pdf(stream=b"BT (" + text.encode() + b") Tj ET")}),
    Place("kerned text of a PDF page", "DOC", lambda text: {"EncapsulatedDocument": _pdf(
        stream=b"BT [(%s) -20 (%s)] TJ ET" % (text[:9].encode(), text[9:].encode()))}),
    Place("XMP of a PDF", "DOC", lambda text: {"EncapsulatedDocument": _pdf(
        xmp=b"<x:xmpmeta><dc:creator>%s</dc:creator></x:xmpmeta>" % text.encode())}),
    Place("padding of a value", "CT", lambda text: {
        "Manufacturer": Raw("LO", _even(b"ACME\0" + text.encode()))}),
    Place("behind pixel data of another length", "MR", lambda text: {
        "PixelData": Raw("OW", _pixels(2) + _even(b"\0\0" + text.encode()))}),
    Place("pixel data, UTF-16", "CT", lambda text: {"PixelData": Raw("OW", _pixels(1) + _utf_16(text))}),
    Place("Data Set Trailing Padding", "CT", lambda text: {"FFFCFFFC": Raw("OB", _even(text.encode()))}),
    Place("base64", "SR", lambda text: {"RetrieveURL": "x:" + base64.b64encode(text.encode()).decode()}),
    Place("percent-encoded", "SR", lambda text: {"RetrieveURL": "http://x.example/" + quote(text, safe="")}),
    Place("preamble", "CT", file=lambda text, made: made._replace(
        content=text.encode().ljust(128, b"\0") + made.content[128:])),
    Place("behind the Data Set", "MR", file=lambda text, made: made._replace(
        content=made.content + b"\0\0\0\0\0\0\0\0" + text.encode())),
    Place("file name", "CT", file=lambda text, made: made._replace(path=f"{text.replace('/', '')}.dcm")),
    Place("folder name", "ECG", file=lambda text, made: made._replace(path=f"{text}/1/a.dcm")),
    Place("private File Meta Information", "CT", meta=lambda text: {
        "PrivateInformationCreatorUID": "2.25.9", "PrivateInformation": _even(text.encode())}),
    Place("deflated Data Set", "CR", lambda text: {"WindowCenterWidthExplanation": text}),
    Place("implicit VR", "MR", lambda text: {"SequenceName": text}),
)  # fmt: skip
"""40 places in objects of twelve SOP Classes."""

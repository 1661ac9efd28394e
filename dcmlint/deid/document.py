"""Documents that say nothing, of the MIME Types of PS3.3 A.45 and A.85 (PS3.15 E.1.1, action D)."""

from __future__ import annotations

import struct
from collections.abc import Callable

__all__ = ["blank_document"]

_HIDDEN = 'nullFlavor="MSK"'
_CDA = """<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3">
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<id {id}/>
<code {hidden}/>
<effectiveTime {hidden}/>
<confidentialityCode {hidden}/>
<recordTarget><patientRole><id {hidden}/></patientRole></recordTarget>
<author><time {hidden}/><assignedAuthor><id {hidden}/></assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization><id {hidden}/>\
</representedCustodianOrganization></assignedCustodian></custodian>
<component><nonXMLBody><text>REMOVED</text></nonXMLBody></component>
</ClinicalDocument>
"""
_CORNERS = ((0, 0, 0), (1, 0, 0), (0, 1, 0))


def blank_document(mime_type: str, identifier: str) -> bytes | None:
    """Return a document of a MIME Type, of an even number of bytes, None if there is none of that type.

    The types are those of PS3.3 A.45.1 (PDF), A.45.2 (CDA), A.85.1 (STL), A.85.2 (OBJ) and A.85.3 (MTL);
    parameters after a semicolon do not count, unless they ask for an encoding that does not begin with ASCII.
    `identifier` is the UID that a clinical document gives itself, "" for none.
    """
    plain, _, parameters = mime_type.lower().partition(";")
    make = _MAKERS.get(plain.strip())
    if make is None or any(wide in parameters for wide in ("utf-16", "utf-32", "ucs")):
        return None
    document = make(identifier)
    return document + b"\n" * (len(document) & 1)


def _pdf(_: str) -> bytes:
    """Return a PDF of one empty page."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>",
    )
    content, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(content)
    return content + b"xref\n0 4\n0000000000 65535 f \n" + table + end


def _cda(identifier: str) -> bytes:
    """Return a clinical document (HL7 CDA Release 2) in which all that it must tell is masked."""
    own = f'root="{identifier}"' if identifier else _HIDDEN
    return _CDA.format(id=own, hidden=_HIDDEN).encode()


def _stl(_: str) -> bytes:
    """Return a binary STL of one triangle; coordinates, as all numbers in it, are little endian."""
    facet = struct.pack("<12fH", 0, 0, 1, *(number for corner in _CORNERS for number in corner), 0)
    return bytes(80) + struct.pack("<I", 1) + facet


def _obj(_: str) -> bytes:
    """Return a Wavefront OBJ of one triangle, which names no material library."""
    return "".join([*(f"v {x} {y} {z}\n" for x, y, z in _CORNERS), "f 1 2 3\n"]).encode()


def _mtl(_: str) -> bytes:
    """Return a Wavefront MTL of one grey material."""
    return b"newmtl REMOVED\nKd 0.5 0.5 0.5\n"


_MAKERS: dict[str, Callable[[str], bytes]] = {
    "application/pdf": _pdf,
    "text/xml": _cda,
    "model/stl": _stl,
    "model/obj": _obj,
    "model/mtl": _mtl,
}

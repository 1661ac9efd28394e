"""Encapsulated documents that are replaced: valid, of the right length, no word of the original."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from pydicom import dcmread

import dcmlint
from dcmlint.deid.run import Request, apply
from dcmlint.read.encode import part10

CLASS = "1.2.840.10008.5.1.4.1.1.104."
SECRET = "Quastenflosser"
CDA = f'<ClinicalDocument xmlns="urn:hl7-org:v3"><title>{SECRET}</title></ClinicalDocument>'
OBJECT: Mapping[str, Any] = {
    "SOPInstanceUID": "1.2.3.1",
    "StudyInstanceUID": "1.2.3.8",
    "SeriesInstanceUID": "1.2.3.9",
    "PatientName": f"{SECRET}^Balthasar",
    "PatientID": "48213377",
    "DocumentTitle": None,
    "BurnedInAnnotation": "NO",
    "InstanceNumber": 1,
}
STL = SECRET.encode().ljust(80, b"\0") + struct.pack("<I", 2) + bytes(100)
IDENTIFIER = "1.2.3.4.5^48213377"


@pytest.mark.parametrize("length", [True, False])
@pytest.mark.parametrize(
    ("sop_class", "modality", "mime_type", "document"),
    [
        ("1", "DOC", "application/pdf", b"%PDF-1.4\n" + SECRET.encode()),
        ("2", "SR", "text/XML", CDA.encode()),
        ("2", "SR", "text/xml; charset=UTF-8", CDA.encode()),
        ("3", "M3D", "model/stl", STL),
        ("4", "M3D", "model/obj", b"# " + SECRET.encode() + b"\nmtllib a.mtl\n"),
        ("5", "M3D", "model/mtl", b"newmtl " + SECRET.encode() + b"\n"),
    ],
)
def test_each_kind_is_replaced_by_one_that_lint_knows(
    tmp_path: Path, sop_class: str, modality: str, mime_type: str, document: bytes, length: bool
) -> None:
    own = {
        "SOPClassUID": CLASS + sop_class,
        "Modality": modality,
        "MIMETypeOfEncapsulatedDocument": mime_type,
        "EncapsulatedDocument": document + b"\0" * (len(document) & 1),
        **({"EncapsulatedDocumentLength": len(document)} if length else {}),
        **({"HL7InstanceIdentifier": IDENTIFIER} if sop_class == "2" else {}),
    }
    original = tmp_path / "in" / "a.dcm"
    original.parent.mkdir()
    original.write_bytes(part10({**OBJECT, **own}))
    (tmp_path / "key").write_text("c3" * 32)
    request = Request(str(original.parent), str(tmp_path / "out"), key_file=str(tmp_path / "key"))
    assert apply(request, lambda path, reason: None).written == 1
    (result,) = (tmp_path / "out").rglob("*.dcm")
    assert SECRET.encode() not in result.read_bytes() and b"48213377" not in result.read_bytes()
    before, after = ({(one.rule, one.path) for one in dcmlint.lint(path)} for path in (original, result))
    assert after <= before
    found = dcmread(result)
    assert found.get("EncapsulatedDocumentLength", None) == (
        len(found.EncapsulatedDocument) if length else None
    )
    READ[mime_type.partition(";")[0].lower()](found)


def _read_pdf(found: Any) -> None:
    content = found.EncapsulatedDocument
    table = int(content.rsplit(b"startxref", 1)[1].split()[0])
    assert content[table : table + 4] == b"xref"


def _read_cda(found: Any) -> None:
    namespace = "{urn:hl7-org:v3}"
    root = etree.fromstring(found.EncapsulatedDocument)
    assert root.tag == namespace + "ClinicalDocument"
    names = [child.tag.removeprefix(namespace) for child in root]
    assert names == [
        *("typeId", "id", "code", "effectiveTime", "confidentialityCode"),
        *("recordTarget", "author", "custodian", "component"),
    ]
    assert root.find(namespace + "id").get("root") == found.HL7InstanceIdentifier
    assert found.HL7InstanceIdentifier.startswith("2.25.")


def _read_stl(found: Any) -> None:
    content = found.EncapsulatedDocument
    assert struct.unpack("<I", content[80:84]) == (1,) and len(content) == 84 + 50
    normal, *corners = struct.iter_unpack("<3f", content[84:132])
    assert normal == (0, 0, 1) and corners == [(0, 0, 0), (1, 0, 0), (0, 1, 0)]


def _read_obj(found: Any) -> None:
    lines = found.EncapsulatedDocument.decode("ascii").split("\n")
    assert [line.split()[0] for line in lines if line] == ["v", "v", "v", "f"]


def _read_mtl(found: Any) -> None:
    assert found.EncapsulatedDocument.startswith(b"newmtl ")


READ = {
    "application/pdf": _read_pdf,
    "text/xml": _read_cda,
    "model/stl": _read_stl,
    "model/obj": _read_obj,
    "model/mtl": _read_mtl,
}


def test_an_identifier_that_a_policy_decides_on_is_left_to_it(tmp_path: Path) -> None:
    own = {
        "SOPClassUID": CLASS + "2",
        "MIMETypeOfEncapsulatedDocument": "text/XML",
        "EncapsulatedDocument": CDA.encode() + b"\0" * (len(CDA) & 1),
        "HL7InstanceIdentifier": IDENTIFIER,
    }
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.dcm").write_bytes(part10({**OBJECT, **own}))
    (tmp_path / "key").write_text("c3" * 32)
    (tmp_path / "policy.yaml").write_text("actions: {HL7InstanceIdentifier: remove}")
    places = (str(tmp_path / "in"), str(tmp_path / "out"), "basic", (str(tmp_path / "policy.yaml"),))
    assert apply(Request(*places, str(tmp_path / "key")), lambda path, reason: None).written == 1
    found = dcmread(next((tmp_path / "out").rglob("*.dcm")))
    assert "HL7InstanceIdentifier" not in found and b'<id nullFlavor="MSK"/>' in found.EncapsulatedDocument

"""PS3.15 Table E.1-1, row by row: an object that holds the Attribute, and whether what came of it is right.

What is right is said here from the source of the table alone (`standard/deid_profile.tsv`), and the results
are read by pydicom: nothing of `dcmlint.deid` decides.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dcmlint.model import Raw
from dcmlint.read.encode import part10
from dcmlint.standard.dictionary import implicit_vr

__all__ = ["COLUMNS", "Row", "complaint", "expected", "table", "with_attribute"]

COLUMNS = {
    "rtn-safe-priv": "rtnSafePriv",
    "rtn-uids": "rtnUIDs",
    "rtn-dev-id": "rtnDevId",
    "rtn-inst-id": "rtnInstId",
    "rtn-pat-chars": "rtnPatChars",
    "rtn-long-full-dates": "rtnLongFullDates",
    "rtn-long-modif-dates": "rtnLongModifDates",
    "clean-desc": "cleanDesc",
    "clean-struct-cont": "cleanStructCont",
    "clean-graph": "cleanGraph",
}
"""Options as the command line names them, and their columns."""

_SOURCE = Path(__file__).resolve().parents[1] / "standard" / "deid_profile.tsv"
_MARK = "Zq7mark"
_UID = "1.2.3.4.5.678"
_ZONE = 0x00080201
_HOLDER = 0x00081115
_TEXTS = {"DA": "19610203", "TM": "040506", "DT": "19610203040506.5+0130", "UI": _UID, "AS": "061Y"}
_TEXTS |= {"DS": "61.5", "IS": "61", "CS": "ZQMARK", "AE": "ZQMARK", "UR": "http://zqmark.example/"}
_CODE = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
_COUNTS = frozenset(("US", "UL", "SS", "SL"))


class Row(NamedTuple):
    """One row of the table: a tag that is of it, and its codes by column, "basic" among them."""

    tag: int
    codes: Mapping[str, str]


def table() -> Iterator[Row]:
    """Yield the 647 rows; of a pattern one tag that it has."""
    header, *lines = _SOURCE.read_text().splitlines()
    columns = header.split("\t")[1:]
    for line in lines:
        name, *codes = line.split("\t")
        tag = (
            0x00091001
            if name == "private"
            else int(name.replace("50xxxxxx", "50003000").replace("x", "0"), 16)
        )
        yield Row(tag, {column: code for column, code in zip(columns, codes, strict=True) if code})


def expected(row: Row, option: str) -> str:
    """Return the code of a row under the Basic Profile with one option ("" = none)."""
    return row.codes.get(COLUMNS.get(option, ""), "") or row.codes["basic"]


def _value(tag: int) -> Any:
    vr = "LO" if tag & 0x10000 else implicit_vr(tag)
    if vr == "SQ":
        code = {"CodeValue": "ZQMARK", "CodingSchemeDesignator": "99ZQ", "CodeMeaning": _MARK}
        return [{**code, "ReferencedSOPInstanceUID": _UID}]
    if tag == _ZONE:
        return Raw("SH", b"+0530 ")
    if vr in _TEXTS:
        return Raw(vr, _even(_TEXTS[vr].encode(), b"\0" if vr == "UI" else b" "))
    if vr in _COUNTS:
        return Raw(vr, b"\x3d\0" * (1 if vr in ("US", "SS") else 2))
    if vr in ("OB", "OW", "UN", "OF", "OD", "OL", "OV"):
        return Raw(vr, b"Zq7mark!" * 2)
    return Raw(vr, _even(_MARK.encode(), b" "))


def _even(value: bytes, pad: bytes) -> bytes:
    return value + pad * (len(value) & 1)


def with_attribute(tag: int) -> bytes:
    """Return a Secondary Capture Image that has the Attribute in its root and in an Item of a Sequence."""
    value = _value(tag)
    held = {f"{tag:08X}": value}
    if tag & 0x10000:
        held[f"{tag & 0xFFFF0000 | 0x10:08X}"] = Raw("LO", b"ZQ MAKER")
    meta: dict[str, Any] = {}
    if tag >> 16 == 2:
        meta, held = {"MediaStorageSOPInstanceUID": "1.2.3.4.5.1"}, {}
    if tag == 0x00420011:
        held["MIMETypeOfEncapsulatedDocument"] = "application/pdf"
    base: dict[str, Any] = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7",
        "SOPInstanceUID": "1.2.3.4.5.1",
        "StudyInstanceUID": "1.2.3.4.5.2",
        "SeriesInstanceUID": "1.2.3.4.5.3",
        "Modality": "OT",
        "PatientID": "Zq7patient",
    }
    base = {key: content for key, content in base.items() if _tag(key) != tag}
    nested = {f"{_HOLDER:08X}": [{**held, "SeriesInstanceUID": "1.2.3.4.5.3"} if held else {}]}
    if tag == 0x0020000E:
        nested = {f"{_HOLDER:08X}": [held]}
    return part10({**base, **nested, **held}, meta=meta)


def _tag(keyword: str) -> int:
    from dcmlint.standard.dictionary import tag_of

    return tag_of(keyword)


def complaint(row: Row, option: str, original: bytes, result: bytes) -> str:
    """Return what is wrong with the result under the option, "" if nothing is."""
    from pydicom import dcmread

    before, after = (dcmread(io.BytesIO(each), force=True) for each in (original, result))
    code = expected(row, option)
    if row.tag >> 16 == 2:
        return _judged(code, option, before.file_meta.get(row.tag), after.file_meta.get(row.tag))
    found = _judged(code, option, before.get(row.tag), after.get(row.tag))
    holders = [each.get(_HOLDER) for each in (before, after)]
    if any(holder is None or len(holder.value) != 1 for holder in holders):
        return "the Sequence that holds the nested Attribute is gone"
    nested = [holder.value[0].get(row.tag) for holder in holders]
    return found or _within(_judged(code, option, *nested))


def _within(found: str) -> str:
    return f"nested: {found}" if found else ""


def _judged(code: str, option: str, before: Any, after: Any) -> str:
    if before is None:
        return "the original does not hold the Attribute"
    if code == "K":
        return "" if after is not None and _kept(before) == _kept(after) else "not kept"
    if code == "C" and COLUMNS[option] == "rtnLongModifDates" and before.VR in ("DA", "TM", "DT"):
        return _shifted(before, after)
    if after is None:
        return "" if code == "C" or "X" in code.split("/") else "removed"
    if b"q7mark" in _bytes(after) or b"ZQMARK" in _bytes(after) or b"zqmark" in _bytes(after):
        return "the value is still there"
    if code == "C" and before.tag == _ZONE:
        return "" if _bytes(before) == _bytes(after) else "the offset from UTC moved"
    return _replaced(code, before, after)


def _kept(element: Any) -> bytes:
    """Return the bytes that K keeps: of a Sequence the codes, as its UIDs have rows of their own."""
    if element.VR != "SQ":
        return _bytes(element)
    return b"|".join(str(item.get(key)).encode() for item in element.value for key in _CODE)


def _replaced(code: str, before: Any, after: Any) -> str:
    codes = set(code.split("/"))
    if code == "C":
        return "" if _bytes(before) != _bytes(after) else "not cleaned"
    if codes == {"X"}:
        return "not removed"
    if not _bytes(after):
        return "" if "Z" in codes else "emptied"
    if _bytes(before) == _bytes(after):
        return "not changed"
    return "" if codes & {"Z", "D", "U", "U*"} else "not removed"


def _shifted(before: Any, after: Any) -> str:
    """Return what is wrong with a date moved by days, "" if nothing is: as a date it must still be one."""
    if after is None or not str(after.value):
        return "removed though it was to be shifted"
    old, new = str(before.value), str(after.value)
    if before.VR == "TM":
        return "" if old == new else "a time of day moved"
    if old == new or len(old) != len(new) or old[8:] != new[8:]:
        return "not shifted by whole days"
    return ""


def _bytes(element: Any) -> bytes:
    """Return the value of an element as bytes; of a Sequence all values in it."""
    if element.VR == "SQ":
        return b"|".join(_bytes(inner) for item in element.value for inner in item)
    value = element.value
    if isinstance(value, bytes):
        return value
    return b"" if value is None else str(value).encode()

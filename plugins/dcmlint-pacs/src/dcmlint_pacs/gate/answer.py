"""The answer to a Store transaction: HTTP status and Store Instances Response (PS3.18 10.5.3, Annex I)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from dcmlint_pacs.gate.model import OUT_OF_RESOURCES

__all__ = [
    "ANOTHER_STUDY",
    "PROCESSING_FAILURE",
    "Stored",
    "as_json",
    "as_xml",
    "http_status",
    "warning_header",
]

PROCESSING_FAILURE = 0x0110
ANOTHER_STUDY = 0xA901
"""Failure Reason of an object that is not of the study in the URL: one of A9xx (PS3.18 I.2.2)."""

_LONGEST_UID = 64
_LONGEST_COMMENT = 64
_MOST_COMMENTS = 5
_KEYWORDS = {
    "00000902": "ErrorComment",
    "00081150": "ReferencedSOPClassUID",
    "00081155": "ReferencedSOPInstanceUID",
    "00081190": "RetrieveURL",
    "00081196": "WarningReason",
    "00081197": "FailureReason",
    "00081198": "FailedSOPSequence",
    "00081199": "ReferencedSOPSequence",
    "0008119A": "OtherFailuresSequence",
}
_NAMESPACE = "http://dicom.nema.org/PS3.19/models/NativeDICOM"

_Element = dict[str, Any]


class Stored(NamedTuple):
    """What became of one part: UIDs that the object itself has ("" = unknown), a status of PS3.4 B.2.3, and
    what is said about it. `is_too_large` marks what was refused for its size."""

    sop_class_uid: str
    sop_instance_uid: str
    status: int
    comment: str = ""
    is_too_large: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether the sender may forget the object."""
        return self.status == 0 or self.status >> 12 == 0xB

    @property
    def is_identified(self) -> bool:
        """Whether it can be referred to by its SOP Class and Instance."""
        return bool(self.sop_class_uid and self.sop_instance_uid)


def http_status(stored: Sequence[Stored], *, is_malformed: bool) -> int:
    """Return the HTTP status for what became of all parts; `is_malformed` marks a body that had no end."""
    if any(each.is_kept for each in stored):
        is_clean = not is_malformed and all(each.status == 0 for each in stored)
        return 200 if is_clean else 202
    if is_malformed or not stored:
        return 400
    if all(each.is_too_large for each in stored):
        return 413
    return 503 if all(each.status == OUT_OF_RESOURCES for each in stored) else 409


def warning_header(stored: Iterable[Stored]) -> str:
    """Return the comments for a Warning header, "" if there are none."""
    comments = list(dict.fromkeys(each.comment for each in stored if each.comment))
    text = "; ".join(comments[:_MOST_COMMENTS]) + ("; ..." if len(comments) > _MOST_COMMENTS else "")
    return f'299 dcmlint-gate "{_plain(text)}"' if text else ""


def as_json(stored: Sequence[Stored]) -> bytes:
    """Return the response in the DICOM JSON Model (PS3.18 Annex F)."""
    return json.dumps(_response(stored), sort_keys=True).encode("ascii")


def as_xml(stored: Sequence[Stored]) -> bytes:
    """Return the response in the Native DICOM Model (PS3.19 A.1)."""
    body = _xml(_response(stored))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<NativeDicomModel xmlns="{_NAMESPACE}" xml:space="preserve">{body}</NativeDicomModel>'
    ).encode("ascii")


def _response(stored: Sequence[Stored]) -> _Element:
    """Return the Store Instances Response Module; Retrieve URLs are empty: nothing is retrieved from here."""
    kept = [each for each in stored if each.is_kept]
    failed = [each for each in stored if not each.is_kept and each.is_identified]
    other = [each for each in stored if not each.is_kept and not each.is_identified]
    response: _Element = {"00081190": {"vr": "UR"}}
    for tag, members in (("00081198", failed), ("00081199", kept), ("0008119A", other)):
        if members:
            response[tag] = {"vr": "SQ", "Value": [_item(each) for each in members]}
    return response


def _item(stored: Stored) -> _Element:
    item: _Element = {}
    if stored.is_identified:
        item["00081150"] = {"vr": "UI", "Value": [_uid(stored.sop_class_uid)]}
        item["00081155"] = {"vr": "UI", "Value": [_uid(stored.sop_instance_uid)]}
    if stored.is_kept:
        item["00081190"] = {"vr": "UR"}
    if stored.status:
        item["00081196" if stored.is_kept else "00081197"] = {"vr": "US", "Value": [stored.status]}
    if stored.comment:
        item["00000902"] = {"vr": "LO", "Value": [_plain(stored.comment)[:_LONGEST_COMMENT]]}
    return item


def _xml(elements: _Element) -> str:
    return "".join(_attribute(tag, element) for tag, element in sorted(elements.items()))


def _attribute(tag: str, element: _Element) -> str:
    """Return one DicomAttribute; tags, VRs and keywords are ours, values are UIDs, numbers and plain text."""
    values = element.get("Value", [])
    if element["vr"] == "SQ":
        content = [f'<Item number="{n}">{_xml(item)}</Item>' for n, item in enumerate(values, 1)]
    else:
        content = [f'<Value number="{n}">{_escaped(str(value))}</Value>' for n, value in enumerate(values, 1)]
    start = f'<DicomAttribute tag="{tag}" vr="{element["vr"]}" keyword="{_KEYWORDS[tag]}">'
    return f"{start}{''.join(content)}</DicomAttribute>"


def _escaped(text: str) -> str:
    return _plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _uid(text: str) -> str:
    return re.sub(r"[^0-9.]", "?", text)[:_LONGEST_UID]


def _plain(text: str) -> str:
    """Return printable ASCII without quotes and backslashes: safe in headers, XML and the VR LO."""
    return re.sub(r"[^\x20-\x7e]|[\"\\]", "?", text)

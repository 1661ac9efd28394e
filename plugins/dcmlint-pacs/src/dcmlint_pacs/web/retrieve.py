"""Whole objects by WADO-RS (PS3.18 10.4.1.1.1), as they are stored: their bytes, and what the answer says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import NamedTuple

from dcmlint.source import Remark
from dcmlint_pacs.uid import is_uid
from dcmlint_pacs.web.session import WebError, WebSession
from dcmlint_pacs.web.target import Target

__all__ = ["OBJECT_LIMIT", "Retrieved", "parts_of", "retrieve"]

OBJECT_LIMIT = 2 << 30
"""Bytes of an object."""

_ANY = 'multipart/related; type="application/dicom"; transfer-syntax=*'
_DEFAULT = 'multipart/related; type="application/dicom"'
_EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_NOT_ON_THE_WEB = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.2")
_WRONG = "interop/wrong-transfer-syntax"
_NOT_ACCEPTABLE = 406
_PARAMETER = re.compile(r';\s*([\w-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]*)')
_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


class Retrieved(NamedTuple):
    """An object as it came: its bytes, the Transfer Syntax of its File Meta Information and the one of its
    media type ("" = not said), its Study, Series and SOP Instance UID ("" = not read), and whether any
    Transfer Syntax would have done."""

    content: bytes
    syntax: str = ""
    declared: str = ""
    uids: tuple[str, str, str] = ("", "", "")
    any_syntax: bool = True

    def remarks(self, syntaxes: Sequence[str] = ()) -> Iterator[Remark]:
        """Yield what is wrong with the Transfer Syntax (PS3.18 8.7.3), of which `syntaxes` are said."""
        if not self.syntax:
            return
        if self.declared and self.declared != self.syntax:
            yield Remark(_WRONG, f"the media type says {self.declared}, the object {self.syntax}")
        elif not self.any_syntax and self.syntax != _EXPLICIT_VR_LITTLE_ENDIAN:
            yield Remark(_WRONG, f"{self.syntax}, where {_EXPLICIT_VR_LITTLE_ENDIAN} was asked for")
        elif self.any_syntax and syntaxes and self.syntax not in syntaxes:
            said = ", ".join(syntaxes)
            yield Remark(_WRONG, f"AvailableTransferSyntaxUID says {said}, the object {self.syntax}")
        if self.syntax in _NOT_ON_THE_WEB:
            yield Remark("interop/web-transfer-syntax", self.syntax)


def retrieve(session: WebSession, target: Target) -> Retrieved:
    """Return an instance in the Transfer Syntax that it is stored in; raises WebError.

    Where the server knows no wildcard for it, in the default one.
    """
    any_syntax = True
    try:
        _, headers, body = session.fetch(target.url, {"Accept": _ANY}, OBJECT_LIMIT)
    except WebError as failure:
        if failure.status != _NOT_ACCEPTABLE:
            raise
        any_syntax = False
        _, headers, body = session.fetch(target.url, {"Accept": _DEFAULT}, OBJECT_LIMIT)
    media_type, content = _only_part(headers.get("Content-Type", ""), body)
    declared = _parameters(media_type).get("transfer-syntax", "")
    if not declared:
        declared = _parameters(headers.get("Content-Type", "")).get("transfer-syntax", "")
    syntax, uids = _said_by(content)
    return Retrieved(content, syntax, declared if is_uid(declared) else "", uids, any_syntax)


def _only_part(media_type: str, body: bytes) -> tuple[str, bytes]:
    """Return media type and content of the one object in an answer."""
    kind = media_type.partition(";")[0].strip().lower()
    if kind == "application/dicom":
        return media_type, body
    if kind != "multipart/related":
        raise WebError("the server does not answer with an object (it has another media type)")
    boundary = _parameters(media_type).get("boundary", "")
    parts = list(parts_of(body, boundary, 2))
    if len(parts) != 1:
        raise WebError(f"the server answers with {'more than one object' if parts else 'no object'}")
    return parts[0]


def parts_of(body: bytes, boundary: str, most: int) -> Iterator[tuple[str, bytes]]:
    """Yield media type and content of up to `most` parts of a multipart message (RFC 2046 5.1.1).

    Raises WebError for one that does not end as it must.
    """
    if not boundary or len(boundary) > 200:
        raise WebError("the server answers in parts without a boundary")
    mark = b"--" + boundary.encode("latin-1", "replace")
    start = 0 if body.startswith(mark) else body.find(b"\r\n" + mark) + 2
    if start == 1:
        raise WebError("the server answers in parts, and there is none")
    for _ in range(most):
        start += len(mark)
        if body.startswith(b"--", start):
            return
        head_end = body.find(b"\r\n\r\n", start)
        end = body.find(b"\r\n" + mark, head_end + 2 if head_end >= 0 else start)
        if head_end < 0 or end < 0:
            raise WebError("its answer ends early")
        yield _media_type(body[start:head_end]), body[head_end + 4 : max(end, head_end + 4)]
        start = end + 2


def _media_type(head: bytes) -> str:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-type":
            return value.decode("latin-1").strip()
    return ""


def _parameters(media_type: str) -> Mapping[str, str]:
    return {name.lower(): value.strip('"') for name, value in _PARAMETER.findall(media_type[:2000])}


def _said_by(content: bytes) -> tuple[str, tuple[str, str, str]]:
    """Return Transfer Syntax and UIDs of an object as far as they can be read: what else it is, rules say."""
    import warnings

    from pydicom import dcmread

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they show values
            ds = dcmread(BytesIO(content), stop_before_pixels=True, specific_tags=list(_UIDS))
            uids = [str(ds.get(keyword) or "").strip(" \0") for keyword in _UIDS]
            return str(ds.file_meta.get("TransferSyntaxUID", "")), (uids[0], uids[1], uids[2])
    except Exception:  # bytes of any kind
        return "", ("", "", "")

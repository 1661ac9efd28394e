"""The Store transaction of the gate (PS3.18 10.5): objects in a request, each to disk and to the intake.

Nothing is answered before every object that the answer calls stored is safe.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Executor
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, NamedTuple

from dcmlint_pacs.gate.answer import (
    ANOTHER_STUDY,
    PROCESSING_FAILURE,
    Stored,
    as_json,
    as_xml,
    http_status,
    warning_header,
)
from dcmlint_pacs.gate.model import (
    CANNOT_UNDERSTAND,
    OUT_OF_RESOURCES,
    Arrival,
    NoRoomError,
    TooLargeError,
)
from dcmlint_pacs.gate.multipart import Begin, End, Multipart, MultipartError, Piece, parameters
from dcmlint_pacs.uid import is_uid

if TYPE_CHECKING:
    from aiohttp import web

    from dcmlint_pacs.gate.incoming import Incoming
    from dcmlint_pacs.gate.service import Gate

__all__ = ["RETRY_AFTER_S", "Reply", "SlowError", "StowBounds", "accepted_format", "chunks", "store"]

RETRY_AFTER_S = 60
_DICOM = "application/dicom"
_JSON, _XML = "application/dicom+json", "application/dicom+xml"
_METADATA = {_JSON, _XML, "application/json", "text/xml", "application/xml"}
_BATCH = 1 << 18


class StowBounds(NamedTuple):
    """Bounds of one request: seconds without a byte and in all (0 = none), bytes in all, and the bytes a
    second that a request must have brought on average once it is older than `grace_s`."""

    idle_s: float
    total_s: float
    total: int
    slowest: int = 1024
    grace_s: float = 30.0


class Reply(NamedTuple):
    """What is answered: HTTP status, headers, body, and what the log says about it."""

    status: int
    headers: dict[str, str]
    body: bytes
    said: str = ""


class SlowError(Exception):
    """A body that comes too slowly, or is too long; `status` is what HTTP says to that."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


def accepted_format(accept: str) -> str:
    """Return the media type for the answer that an Accept header asks for, "" if we have none of it."""
    asked = [parameters(each.strip())[0] for each in accept.split(",")] if accept.strip() else ["*/*"]
    for media_type in asked:
        if media_type in (_JSON, "application/json", "application/*", "*/*"):
            return _JSON
        if media_type in (_XML, "application/xml", "text/xml"):
            return _XML
    return ""


async def store(request: web.BaseRequest, gate: Gate, study: str, disk: tuple[Executor, StowBounds]) -> Reply:
    """Receive the objects of a request; `study` is the Study Instance UID of its URL ("" = any).

    Blocking work is done by the executor.
    """
    format_ = accepted_format(request.headers.get("Accept", ""))
    refused = _refused(request, gate, study) or ("" if format_ else "406 no format that can be answered in")
    if refused:
        return _refusal(int(refused[:3]), refused[4:])
    executor, bounds = disk
    await _continue(request)
    receiving = _Receiving(gate, Arrival("", "", "", "", request.remote or "", "STOW-RS", "", 0, study))
    said, status = "", 0
    loop = asyncio.get_running_loop()
    try:
        async with aclosing(chunks(request.content, bounds)) as body:
            take = _single(receiving) if _is_single(request) else _several(receiving, _boundary(request))
            async for chunk in body:
                await loop.run_in_executor(executor, take, chunk)
            await loop.run_in_executor(executor, take, b"")
    except MultipartError as error:
        said = str(error)
    except SlowError as error:
        said, status = str(error), error.status
    finally:
        await asyncio.shield(loop.run_in_executor(executor, receiving.drop))
    if said:
        receiving.stored.append(Stored("", "", CANNOT_UNDERSTAND, said))
    return _reply(receiving.stored, format_, said=said, status=status)


class _Receiving:
    """The parts of one request, one after the other. All methods block."""

    def __init__(self, gate: Gate, arrival: Arrival) -> None:
        self._gate = gate
        self._arrival = arrival
        self._file: Incoming | None = None
        self._failed: Stored | None = None
        self.is_open = False
        self.stored: list[Stored] = []

    def begin(self) -> None:
        """A part begins."""
        self.is_open = True
        self._failed = None
        try:
            self._file = self._gate.incoming()
        except (NoRoomError, OSError) as fault:
            self._fail(fault)

    def write(self, content: bytes) -> None:
        """Bytes of the part; what cannot be written fails this part alone."""
        if self._file is None:
            return
        try:
            self._file.write(content)
        except (NoRoomError, TooLargeError, OSError) as fault:
            self._fail(fault)

    def end(self, *, is_as_said: bool) -> None:
        """The part is complete: it is taken, unless its length is not what it said."""
        self.is_open = False
        if self._file is not None and not is_as_said:
            self._failed = Stored(
                "", "", CANNOT_UNDERSTAND, "a part that is not as long as its Content-Length"
            )
        elif self._file is not None:
            self._failed = self._taken(self._file)
        if self._failed is not None:
            self.stored.append(self._failed)
        self.drop()

    def drop(self) -> None:
        """What is on its way, or was taken, leaves incoming/."""
        if self._file is not None:
            self._file.__exit__(None, None, None)
            self._file = None

    def _taken(self, file: Incoming) -> Stored:
        file.close()
        try:
            outcome = self._gate.intake.take(self._arrival._replace(path=file.path, size=file.size))
        except OSError as fault:
            return self._lost(fault)
        except Exception as fault:
            return Stored("", "", PROCESSING_FAILURE, f"processing failure: {type(fault).__name__}")
        status = ANOTHER_STUDY if "Study Instance UID" in outcome.comment else outcome.status
        return Stored(outcome.sop_class_uid, outcome.sop_instance_uid, status, outcome.comment)

    def _fail(self, fault: Exception) -> None:
        self.drop()
        self._failed = self._lost(fault)

    def _lost(self, fault: Exception) -> Stored:
        comment = self._gate.lost(self._arrival, fault)
        return Stored("", "", OUT_OF_RESOURCES, comment, isinstance(fault, TooLargeError))


def _several(receiving: _Receiving, boundary: str) -> Callable[[bytes], None]:
    """Return what takes the bytes of a multipart body; b"" is its end."""
    reader = Multipart(boundary)

    def take(chunk: bytes) -> None:
        if not chunk:
            reader.close()
        for event in reader.feed(chunk):
            if isinstance(event, Piece):
                receiving.write(event.content)
            elif isinstance(event, End):
                receiving.end(is_as_said=event.is_as_said)
            else:
                _check_part(event)
                receiving.begin()

    return take


def _single(receiving: _Receiving) -> Callable[[bytes], None]:
    """Return what takes the bytes of a body that is one object; b"" is its end."""

    def take(chunk: bytes) -> None:
        if not receiving.is_open:
            receiving.begin()
        if chunk:
            receiving.write(chunk)
        else:
            receiving.end(is_as_said=True)

    return take


def _check_part(part: Begin) -> None:
    """Raise MultipartError for a part that is no object in a file (PS3.10)."""
    if part.media_type.startswith("multipart/"):
        raise MultipartError("a part that is a multipart itself")
    if part.media_type != _DICOM:
        raise MultipartError("a part whose Content-Type is not application/dicom")


async def chunks(content: Any, bounds: StowBounds) -> AsyncGenerator[bytes, None]:
    """Yield the body in batches; raises SlowError for one that is too slow or too long."""
    start, received = time.monotonic(), 0
    batch = bytearray()
    while True:
        try:
            piece = await asyncio.wait_for(content.readany(), bounds.idle_s)
        except TimeoutError as error:
            raise SlowError(408, f"no byte of the body for {bounds.idle_s:g} s") from error
        received += len(piece)
        age = time.monotonic() - start
        if received > bounds.total:
            raise SlowError(413, f"a body of more than {bounds.total} bytes")
        if bounds.total_s and age > bounds.total_s:
            raise SlowError(408, f"a body that takes more than {bounds.total_s:g} s")
        if age > bounds.grace_s and received < age * bounds.slowest:
            raise SlowError(408, f"a body that comes with less than {bounds.slowest} bytes a second")
        batch += piece
        if batch and (not piece or len(batch) >= _BATCH):
            yield bytes(batch)
            batch.clear()
        if not piece:
            return


async def _continue(request: web.BaseRequest) -> None:
    """Ask for the body, where the sender waits for that (RFC 9110 10.1.1)."""
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def _refused(request: web.BaseRequest, gate: Gate, study: str) -> str:
    """Return HTTP status and reason where nothing of the body needs to be read, "" if it is to be."""
    if study and not is_uid(study):
        return "400 the study of the URL is no UID"
    media_type, of = parameters(request.headers.get("Content-Type", ""))
    kind = of.get("type", "").lower()
    if kind in _METADATA or media_type in _METADATA:
        return "415 metadata with bulk data apart are not taken: send application/dicom"
    if media_type != _DICOM and (media_type != "multipart/related" or kind != _DICOM):
        return '415 what is taken is multipart/related; type="application/dicom"'
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        return "415 bodies with a Content-Encoding are not taken"
    if media_type != _DICOM:
        try:
            Multipart(of.get("boundary", ""))
        except MultipartError as error:
            return f"400 {error}"
    if media_type == _DICOM and (request.content_length or 0) > gate.config.limits.object:
        return f"413 more than {gate.config.limits.object} bytes"
    why = gate.refuses()
    return f"503 {why}" if why else ""


def _refusal(status: int, said: str) -> Reply:
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    if status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    return Reply(status, headers, f"{said}\n".encode(), said)


def _reply(stored: list[Stored], format_: str, *, said: str, status: int) -> Reply:
    """Return the answer; one that failed before anything was stored is a refusal with `status`."""
    if (said and not any(each.is_kept for each in stored)) or not stored:
        return _refusal(status or 400, said or "a body without parts")
    status = http_status(stored, is_malformed=bool(said))
    headers = {"Content-Type": format_}
    warning = warning_header(stored)
    if warning:
        headers["Warning"] = warning
    if status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    kept = sum(each.is_kept for each in stored)
    count = f"{kept} of {len(stored)} stored"
    body = as_xml(stored) if format_ == _XML else as_json(stored)
    return Reply(status, headers, body, f"{count}, {said}" if said else count)


def _is_single(request: web.BaseRequest) -> bool:
    return parameters(request.headers.get("Content-Type", ""))[0] == _DICOM


def _boundary(request: web.BaseRequest) -> str:
    return parameters(request.headers.get("Content-Type", ""))[1].get("boundary", "")

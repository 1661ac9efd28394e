"""Forwarding by STOW-RS (PS3.18 10.5): one object a request, as it came in."""

from __future__ import annotations

import io
import os
import uuid
from pathlib import Path
from typing import Any

from dcmlint_pacs.credentials import from_environment, from_keyring
from dcmlint_pacs.gate.target import Answer, NotReachedError
from dcmlint_pacs.own import own
from dcmlint_pacs.peer import WebPeer

__all__ = ["WebSender"]

_TIMEOUT_S = (30.0, 300.0)
_LARGEST_ANSWER = 1 << 20
_PROCESSING_FAILURE, _CANNOT_UNDERSTAND = 0x0110, 0xC000
_FAILED, _REASON, _STORED, _WARNING = "00081198", "00081197", "00081199", "00081196"


class WebSender:
    """Connections to a DICOMweb server, with our credentials (docs/pacs.md). Redirects are not followed."""

    def __init__(self, peer: WebPeer) -> None:
        import requests

        self._url = f"{peer.url}/studies"
        self._session = requests.Session()
        self._session.trust_env = False
        ours = own()
        self._session.verify = ours.tls_ca or True
        if ours.tls_cert:
            self._session.cert = (ours.tls_cert, ours.tls_key) if ours.tls_key else ours.tls_cert
        host = peer.url.partition("://")[2].partition("/")[0]
        credentials = from_environment() or from_keyring(host)
        if credentials is not None:
            self._session.headers["Authorization"] = credentials.header()

    def send(self, path: str) -> Answer:
        """Send the object in a file; raises NotReachedError."""
        import requests

        boundary = uuid.uuid4().hex
        headers = {
            "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}',
            "Accept": "application/dicom+json",
        }
        try:
            with (
                _Body(path, boundary) as body,
                self._session.post(
                    self._url,
                    data=body,
                    headers=headers,
                    timeout=_TIMEOUT_S,
                    stream=True,
                    allow_redirects=False,
                ) as answer,
            ):
                return _answer(answer.status_code, answer.raw.read(_LARGEST_ANSWER, decode_content=True))
        except (requests.RequestException, OSError) as error:
            raise NotReachedError(f"the target cannot be reached ({type(error).__name__})") from error

    def close(self) -> None:
        """Close idle connections."""
        self._session.close()


class _Body(io.RawIOBase):
    """The one part of the request, read from the file as it is sent."""

    def __init__(self, path: str, boundary: str) -> None:
        head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        tail = f"\r\n--{boundary}--\r\n".encode()
        self._file = Path(path).open("rb")  # noqa: SIM115 - closed with this
        self._parts: list[Any] = [io.BytesIO(head), self._file, io.BytesIO(tail)]
        self._length = len(head) + os.fstat(self._file.fileno()).st_size + len(tail)

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = -1) -> bytes:
        while self._parts:
            found: bytes = self._parts[0].read(size)
            if found:
                return found
            self._parts.pop(0)
        return b""

    def close(self) -> None:
        self._file.close()
        super().close()


def _answer(code: int, content: bytes) -> Answer:
    """Return the status that a response says for the one object of its request (PS3.18 10.5.3)."""
    if code in (200, 202, 409):
        if (reason := _reason(content)) is not None:
            return Answer(reason)
        return Answer(0x0000 if code == 200 else _CANNOT_UNDERSTAND if code == 409 else 0xB000)
    if code in (401, 403, 404, 407) or 300 <= code < 400:
        raise NotReachedError(f"the target answers {code}")
    if code in (408, 425, 429) or code >= 500:
        return Answer(_PROCESSING_FAILURE)
    return Answer(_CANNOT_UNDERSTAND)


def _reason(content: bytes) -> int | None:
    """Return the Failure or Warning Reason in the response's payload, None if it says none."""
    import json

    try:
        payload = json.loads(content)
        for sequence, attribute in ((_FAILED, _REASON), (_STORED, _WARNING)):
            for item in payload.get(sequence, {}).get("Value", []):
                values = item.get(attribute, {}).get("Value", [])
                if values and type(values[0]) is int and 0 <= values[0] < 1 << 16:
                    return int(values[0])
                if sequence == _FAILED:
                    return _PROCESSING_FAILURE
    except (ValueError, AttributeError, TypeError, RecursionError):
        return None
    return None

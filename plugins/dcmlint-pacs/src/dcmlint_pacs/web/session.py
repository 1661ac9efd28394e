"""HTTP to one DICOMweb server, with bounds on what an answer may take; what dicomweb-client sends by.

An answer has at most so many bytes, after decompression too, and so many seconds from the first byte sent to
the last received. Proxies and .netrc files of the environment are not looked at, and credentials go to the
origin of the server only. No text of an exception of a package below is passed on: it may hold URLs, and they
may hold what was searched for.
"""

from __future__ import annotations

import random
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from dcmlint_pacs.credentials import Credentials, from_environment, from_keyring
from dcmlint_pacs.own import client_tls, own
from dcmlint_pacs.peer import WebPeer

__all__ = ["Answer", "WebError", "WebSession", "silence"]

CONNECT_S = 10.0
"""Seconds until a connection must be there."""

SILENCE_S = 60.0
"""Seconds without a byte."""

ANSWER_S = 600.0
"""Seconds that a whole answer may take."""

LIMIT = 64 << 20
"""Bytes of an answer that is no SOP Instance, after decompression."""

PAUSES_S = (0.5, 2.0, 6.0)
"""Seconds before each further attempt, more or less by half."""

RETRY_AFTER_S = 60.0
"""Seconds that a server may ask us to wait before the next attempt (RFC 9110 10.2.3)."""

REQUESTS = 4
"""Requests at once, of one process."""

_AGAIN = (408, 425, 429)
_MOVED = (301, 302, 303, 307, 308)
_HOPS = 3
_CHUNK = 1 << 16
_PACKAGES = ("urllib3", "requests", "dicomweb_client", "retrying", "keyring", "pydicom")


class WebError(Exception):
    """An answer that is none: `reason` says why in our own words, `status` is that of HTTP (0 = none)."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Answer(NamedTuple):
    """What the last answer of a thread was: its media type, its Warning header field, and how it begins."""

    media_type: str = ""
    warning: str = ""
    start: bytes = b""


def silence() -> None:
    """Let the packages below log nothing: their messages show URLs, which may hold PHI."""
    import logging

    for name in _PACKAGES:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


class WebSession:
    """Gets what is below the root of one server. For several threads at once.

    Raises UsageError for credentials or certificates that cannot be used.
    """

    def __init__(self, peer: WebPeer) -> None:
        silence()
        self.headers: dict[str, str] = {}
        """What dicomweb-client may add to each request."""
        self._origin = _origin(peer.url)
        self._credentials: Credentials | None = from_environment()
        self._asked_keyring = False
        self._lock = threading.Lock()
        self._local = threading.local()
        self._pool = _pool(peer, self._local)

    @property
    def last(self) -> Answer:
        """What the last answer to this thread was."""
        return getattr(self._local, "answer", Answer())

    def get(
        self, url: str, headers: Mapping[str, str] | None = None, stream: bool = False, timeout: Any = None
    ) -> Any:
        """Return the answer as a `requests.Response` that has been read; raises WebError.

        `stream` and `timeout` are what dicomweb-client passes; the bounds of this module hold.
        """
        from requests import Response

        response = Response()
        status, found, body = self.fetch(url, headers or {})
        response.status_code = status
        response.headers.update(found)
        response._content = body
        response.encoding = "utf-8"
        return response

    def fetch(
        self, url: str, headers: Mapping[str, str], limit: int = LIMIT
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, header fields and body of an answer of success; raises WebError.

        Asked for again after a pause where that may help.
        """
        pauses = iter(PAUSES_S)
        while True:
            try:
                return self._attempt(url, headers, limit)
            except _AgainError as again:
                pause = next(pauses, None)
                if pause is None:
                    raise WebError(again.reason, again.status) from None
                pause = max(pause * random.uniform(0.5, 1.5), again.after_s)
            time.sleep(pause)

    def close(self) -> None:
        """Give connections back."""
        self._pool.clear()

    def _attempt(
        self, url: str, headers: Mapping[str, str], limit: int
    ) -> tuple[int, Mapping[str, str], bytes]:
        from urllib3.exceptions import HTTPError

        self._local.end = time.monotonic() + ANSWER_S
        try:
            return self._answer(url, headers, limit)
        except (HTTPError, OSError) as error:
            reason, may_pass = _reason(error)
            if may_pass:
                raise _AgainError(reason) from None
            raise WebError(reason) from None

    def _answer(
        self, url: str, headers: Mapping[str, str], limit: int
    ) -> tuple[int, Mapping[str, str], bytes]:
        for _ in range(_HOPS + 1):
            response = self._sent(url, headers)
            try:
                status = response.status
                if status == 401 and self._ask_keyring():
                    continue
                if status in _MOVED:
                    url = self._moved(url, response)
                    continue
                _refuse(status, response.headers)
                body = b"".join(_body(response, limit))
                self._local.answer = Answer(
                    response.headers.get("Content-Type", ""),
                    ", ".join(response.headers.getlist("Warning")),
                    body[:64],
                )
                return status, response.headers, body
            finally:
                _give_back(response)
        raise WebError("it redirects again and again")

    def _sent(self, url: str, headers: Mapping[str, str]) -> Any:
        fields = {"Accept-Encoding": "gzip", "User-Agent": "dcmlint", **self.headers, **headers}
        fields.pop("Host", None)  # dicomweb-client leaves the port out of it
        if self._credentials is not None:
            fields["Authorization"] = self._credentials.header()
        return self._pool.request(
            "GET", url, headers=fields, preload_content=False, decode_content=False, redirect=False
        )

    def _moved(self, url: str, response: Any) -> str:
        """Return where the server sends us; raises WebError if that is another origin."""
        there = str(urljoin(url, response.headers.get("Location", "")))
        try:
            is_ours = _origin(there) == self._origin
        except ValueError:
            is_ours = False
        if not is_ours:
            raise WebError("it redirects to another server, which is not asked", response.status)
        return there

    def _ask_keyring(self) -> bool:
        """Tell whether the keyring has credentials that have not been tried yet."""
        with self._lock:
            if self._asked_keyring or self._credentials is not None:
                return False
            self._asked_keyring = True
            self._credentials = from_keyring(urlsplit(self._url).netloc)
            return self._credentials is not None

    @property
    def _url(self) -> str:
        scheme, host, port = self._origin
        shown = f"[{host}]" if ":" in host else host
        is_usual = port == (443 if scheme == "https" else 80)
        return f"{scheme}://{shown}" + ("" if is_usual else f":{port}")


class _AgainError(Exception):
    """What may pass: why, and how many seconds the server wants us to wait."""

    def __init__(self, reason: str, status: int = 0, after_s: float = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.after_s = after_s


def _origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port (RFC 6454); raises ValueError."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _refuse(status: int, headers: Mapping[str, str]) -> None:
    """Raise for a status that is none of success."""
    if 200 <= status < 300:
        return
    if status == 401:
        raise WebError("access is denied (401): it wants credentials, or others", status)
    if status == 403:
        raise WebError("access is denied (403)", status)
    if status == 404:
        raise WebError("there is no such thing (404)", status)
    reason = f"the server answers {status}"
    if status in _AGAIN or status >= 500:
        raise _AgainError(reason, status, _after_s(headers.get("Retry-After", "")))
    raise WebError(reason, status)


def _after_s(text: str) -> float:
    """Return the seconds of a Retry-After header field, as far as we are willing to wait."""
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), RETRY_AFTER_S)
    from email.utils import parsedate_to_datetime

    try:
        return min(max(parsedate_to_datetime(text).timestamp() - time.time(), 0.0), RETRY_AFTER_S)
    except (TypeError, ValueError, OverflowError):
        return 0.0


def _body(response: Any, limit: int) -> Iterator[bytes]:
    """Yield the body, decompressed; raises WebError for more than `limit` bytes."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise WebError("its answer is compressed in a way that was not asked for")
    inflate = None if encoding in ("", "identity") else zlib.decompressobj(47)
    left = limit
    while raw := response.read1(_CHUNK):
        while raw:
            if inflate is None:
                piece, raw = raw, b""
            else:
                piece, raw = _inflated(inflate, raw, left + 1)
            left -= len(piece)
            if left < 0:
                raise WebError(f"its answer has more than {limit >> 20} MB")
            yield piece
    if inflate is not None and not inflate.eof:
        raise _AgainError("its answer ends early")


def _inflated(inflate: Any, raw: bytes, most: int) -> tuple[bytes, bytes]:
    """Return what compressed bytes are, up to `most`, and those that are left; raises WebError."""
    if inflate.eof:
        raise WebError("its answer is not compressed as it says")
    try:
        piece = inflate.decompress(raw, most)
    except zlib.error:
        raise WebError("its answer is not compressed as it says") from None
    return piece, inflate.unconsumed_tail


def _give_back(response: Any) -> None:
    """Let the connection be used again if the answer was read to its end, else close it."""
    if not response.isclosed():
        response.close()
    response.release_conn()


def _reason(error: Exception) -> tuple[str, bool]:
    """Return what went wrong in our own words, and whether it may pass."""
    from urllib3 import exceptions as of

    if isinstance(error, of.MaxRetryError) and isinstance(error.reason, Exception):
        error = error.reason
    text = type(error).__name__
    if isinstance(error, of.SSLError) or "SSL" in text or "Certificate" in text:
        return "TLS fails: its certificate is not trusted, or it does not trust ours", False
    if isinstance(error, of.NameResolutionError):
        return "its host is not known", False
    if isinstance(error, of.ConnectTimeoutError | of.NewConnectionError):
        return "the server cannot be reached", True
    if isinstance(error, of.ReadTimeoutError | TimeoutError):
        return "there is no answer in time", True
    if isinstance(error, of.LocationParseError | of.InvalidHeader):
        return "its address cannot be used", False
    return "the connection breaks", True


def _pool(peer: WebPeer, local: threading.local) -> Any:
    """Return the connections to a server; each answer must be there by `local.end`."""
    import urllib3
    from urllib3.connection import HTTPConnection, HTTPSConnection

    timed = _timed_responses(local)
    plain = type("TimedHTTPConnection", (HTTPConnection,), {"response_class": timed})
    secure = type("TimedHTTPSConnection", (HTTPSConnection,), {"response_class": timed})
    pools = (urllib3.HTTPConnectionPool, urllib3.HTTPSConnectionPool)
    classes = {
        scheme: type(f"Timed{scheme}", (pool,), {"ConnectionCls": connection})
        for scheme, pool, connection in zip(("http", "https"), pools, (plain, secure), strict=True)
    }
    options: dict[str, Any] = {}
    if peer.url.startswith("https://"):
        options["ssl_context"] = client_tls(own())
    manager = urllib3.PoolManager(
        num_pools=2,
        maxsize=REQUESTS,
        block=True,
        retries=False,
        timeout=urllib3.Timeout(connect=CONNECT_S, read=SILENCE_S),
        **options,
    )
    manager.pool_classes_by_scheme = classes
    return manager


def _timed_responses(local: threading.local) -> type:
    """Return a class of responses that raise TimeoutError when an answer takes longer than `local.end`.

    The time-out of a socket alone begins anew with each byte, which a server may send one by one.
    """
    import http.client
    import io

    class Timed(io.RawIOBase):
        def __init__(self, raw: Any, sock: Any) -> None:
            self._raw = raw
            self._sock = sock

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> Any:
            left = local.end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._sock.settimeout(min(left, SILENCE_S))
            return self._raw.readinto(buffer)

        def close(self) -> None:
            if not self.closed:
                self._raw.close()
            super().close()

    class TimedResponse(http.client.HTTPResponse):
        def __init__(self, sock: Any, *args: Any, **named: Any) -> None:
            super().__init__(sock, *args, **named)
            self.fp = io.BufferedReader(Timed(self.fp.detach(), sock))

    return TimedResponse

"""The HTTP server of the gate, on a thread of its own: STOW-RS, status page, metrics and health.

Connections are counted and timed before anything is made of what they send; each request, and each
connection without one, leaves a line in the log. URLs, headers and bodies are in none of them.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import ipaddress
import logging
import os
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from aiohttp import web

from dcmlint.errors import UsageError
from dcmlint_pacs.gate.config import Http
from dcmlint_pacs.gate.page import Page
from dcmlint_pacs.gate.scp import admits, server_tls
from dcmlint_pacs.gate.stow import Reply, StowBounds, store

if TYPE_CHECKING:
    from dcmlint_pacs.gate.service import Gate

__all__ = ["ROOT", "HttpServer"]

ROOT = "/dicom-web"
_START_S = 10.0
_HEADERS_S = 15.0
_HANDSHAKE_S = 10.0
_LINGER_S = 3.0
_MOST_WORKERS = 8
_TOTAL = 1 << 40
_STORE = "OPTIONS, POST"
_READ = "GET, HEAD, OPTIONS"
_SAFE = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "dcmlint-gate",
}


class HttpServer:
    """A server for a gate, which runs when this returns. Raises UsageError for a port that cannot be had,
    and for files for TLS or credentials that cannot be used."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        config = gate.config
        self._page = Page(gate)
        self._credentials = _credentials(config.http)
        self._tls = server_tls(config.http.tls) if config.http.tls else None
        limits = config.limits
        self._bounds = StowBounds(idle_s=limits.idle_s, total_s=limits.total_s, total=_TOTAL)
        self._workers = _workers(min(_MOST_WORKERS, limits.associations))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="http", daemon=True)
        self._thread.start()
        try:
            self._server, self._listening = self._call(self._start(), _START_S)
        except OSError as error:
            self._end()
            place = f"Port {config.http.port} of {config.http.bind}"
            raise UsageError(f"{place} cannot be had: {error.strerror}") from error

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._listening.sockets[0].getsockname()[1])

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return int(self._server.open)

    def stop(self, within_s: float) -> None:
        """Let nobody in any more; return once the last request is answered, or after `within_s`."""
        self._call(self._stop(within_s), within_s + 5)
        self._end()

    def _call(self, coroutine: Any, within_s: float) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(within_s)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
        self._workers.shutdown(wait=False)

    async def _start(self) -> tuple[_Server, asyncio.Server]:
        server = _Server(self._answer, self._gate)
        config = self._gate.config.http
        listening = await self._loop.create_server(
            server,
            config.bind,
            config.port,
            ssl=self._tls,
            ssl_handshake_timeout=_HANDSHAKE_S if self._tls else None,
        )
        return server, listening

    async def _stop(self, within_s: float) -> None:
        self._listening.close()
        self._server.pre_shutdown()
        await self._server.shutdown(within_s)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, and log it."""
        start = time.monotonic()
        self._server.heard(request)
        route = "none"
        try:
            route, reply = await self._reply(request)
        except (ConnectionError, web.PayloadAccessError, web.RequestPayloadError):
            reply = Reply(400, {}, b"", "closed by the peer inside of the body")
        except Exception as error:
            reply = Reply(500, {}, b"", f"fault of the gate: {type(error).__name__}")
        self._log(request, route, reply, time.monotonic() - start)
        response = web.Response(status=reply.status, headers={**_SAFE, **reply.headers}, body=reply.body)
        if request.can_read_body and not request.content.at_eof():
            response.force_close()
        return response

    def _log(self, request: web.BaseRequest, route: str, reply: Reply, seconds: float) -> None:
        method = request.method if request.method.isalpha() and len(request.method) < 10 else "?"
        self._gate.events.count("requests", f"{route} {reply.status}")
        if reply.status >= 400 or route == "store":
            said = f", {reply.said}" if reply.said else ""
            text = f"{method} {route} from {request.remote}: {reply.status}{said}, {seconds:.1f} s"
            self._gate.log.line("http", text, status=reply.status)

    async def _reply(self, request: web.BaseRequest) -> tuple[str, Reply]:
        """Return the name of the route and what is answered."""
        parts = request.path.split("/")
        if not self._is_own_name(request):
            return "none", _text(421, "this host is not served here")
        if request.path == "/health" and request.method in ("GET", "HEAD"):
            return "health", self._page.health()
        if not self._is_authorized(request):
            return "none", _text(401, "credentials are needed", **{"WWW-Authenticate": self._challenge()})
        if request.path.startswith(f"{ROOT}/") or request.path == ROOT:
            return await self._dicom_web(request, parts[2:])
        if request.method == "OPTIONS":
            return "options", Reply(204, {"Allow": _READ}, b"")
        if request.method not in ("GET", "HEAD"):
            return "none", _text(405, "this can only be read", Allow=_READ)
        return self._page.reply(request)

    async def _dicom_web(self, request: web.BaseRequest, parts: list[str]) -> tuple[str, Reply]:
        """Answer what is below the root of DICOMweb: there is nothing but the Store transaction."""
        is_target = self._gate.config.http.stow and parts[:1] == ["studies"] and len(parts) <= 2
        if request.method == "OPTIONS" and (is_target or not any(parts)):
            return "options", _capabilities()
        if not is_target:
            return "none", _text(404, "there is nothing here")
        if request.method != "POST":
            return "none", _text(405, "objects can be stored here, and nothing else", Allow=_STORE)
        study = parts[1] if len(parts) == 2 else ""
        if len(parts) == 2 and not study:
            return "none", _text(404, "there is nothing here")
        return "store", await store(request, self._gate, study, (self._workers, self._bounds))

    def _is_own_name(self, request: web.BaseRequest) -> bool:
        """Tell whether the request is meant for us: no page of another name may read a server on loopback."""
        if not _is_loopback(self._gate.config.http.bind):
            return True
        name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
        return name == "localhost" or _is_loopback(name.strip("[]"))

    def _is_authorized(self, request: web.BaseRequest) -> bool:
        if not self._credentials:
            return True
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        return any(hmac.compare_digest(given, wanted) for wanted in self._credentials)

    def _challenge(self) -> str:
        is_basic = any(wanted.startswith(b"Basic ") for wanted in self._credentials)
        return 'Basic realm="dcmlint gate", charset="UTF-8"' if is_basic else 'Bearer realm="dcmlint gate"'


class _Server(web.Server):
    """aiohttp's server, with bounds on connections: how many, of whom, and how long they may say nothing."""

    def __init__(self, answer: Any, gate: Gate) -> None:
        super().__init__(
            answer,
            access_log=None,
            logger=_silent(),
            keepalive_timeout=_HEADERS_S,
            lingering_time=_LINGER_S,
            auto_decompress=False,
        )
        self._gate = gate
        self._admits = admits(gate.config.allow.addresses)
        self._waiting: dict[Any, asyncio.TimerHandle] = {}
        self._addresses: Counter[str] = Counter()
        self._of: dict[Any, tuple[str, bool]] = {}

    @property
    def open(self) -> int:
        """How many connections are open."""
        return self._addresses.total()

    def connection_made(self, handler: Any, transport: Any) -> None:
        """Count a connection in, or close it; it has some seconds for the headers of its first request."""
        super().connection_made(handler, transport)
        address = (transport.get_extra_info("peername") or ("",))[0]
        limits = self._gate.config.limits
        refused = ""
        if not self._admits(address):
            refused = "address not allowed"
        elif self.open >= limits.associations or self._addresses[address] >= limits.per_address:
            refused = "too many connections"
        if refused:
            self._gate.events.count("refused", refused)
            self._gate.log.line("http", f"connection from {address}: refused: {refused}")
            transport.abort()
            return
        _bound_writes(transport, limits.idle_s)
        self._addresses[address] += 1
        self._of[handler] = (address, False)
        loop = asyncio.get_running_loop()
        self._waiting[handler] = loop.call_later(_HEADERS_S, self._late, handler, transport)

    def heard(self, request: web.BaseRequest) -> None:
        """A request has come with all of its headers."""
        handler = request.protocol
        waiting = self._waiting.pop(handler, None)
        if waiting is not None:
            waiting.cancel()
            self._of[handler] = (self._of[handler][0], True)

    def connection_lost(self, handler: Any, exc: BaseException | None = None) -> None:
        """Count a connection out."""
        super().connection_lost(handler, exc)
        waiting = self._waiting.pop(handler, None)
        if waiting is not None:
            waiting.cancel()
        address, has_asked = self._of.pop(handler, ("", True))
        if address:
            self._addresses[address] -= 1
            if self._addresses[address] <= 0:
                del self._addresses[address]
        if isinstance(exc, TimeoutError):
            self._gate.log.line("http", f"connection from {address}: closed: it did not take what was sent")
        elif not has_asked:
            self._gate.log.line("http", f"connection from {address}: closed without a request")

    def _late(self, handler: Any, transport: Any) -> None:
        self._waiting.pop(handler, None)
        transport.abort()


def _bound_writes(transport: Any, seconds: float) -> None:
    """Have the connection end if its peer takes nothing for so long, where the system can do that (Linux)."""
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    connection = transport.get_extra_info("socket")
    if option is not None and connection is not None:
        connection.setsockopt(socket.IPPROTO_TCP, option, int(seconds * 1000))


def _workers(count: int) -> ThreadPoolExecutor:
    """Return so many threads that are there from now on, whatever peers do."""
    workers = ThreadPoolExecutor(count, "stow")
    for _ in range(count):
        workers.submit(time.sleep, 0.05)
    return workers


def _credentials(http: Http) -> tuple[bytes, ...]:
    """Return the Authorization headers that are let in, from the environment; raises UsageError."""
    wanted = []
    if http.token_env:
        wanted.append(b"Bearer " + _secret(http.token_env).encode())
    if http.user_env or http.password_env:
        pair = f"{_secret(http.user_env)}:{_secret(http.password_env)}"
        wanted.append(b"Basic " + base64.b64encode(pair.encode()))
    return tuple(wanted)


def _secret(variable: str) -> str:
    value = os.environ.get(variable, "") if variable else ""
    if not value:
        raise UsageError(
            f"The environment variable {variable or 'with a user or a password'} for HTTP is not set.",
            "See the section on credentials in docs/gate.md",
        )
    return value


def _silent() -> logging.Logger:
    """Return a logger that keeps what aiohttp says, which may hold what peers sent."""
    logger = logging.getLogger("dcmlint.gate.http.silent")
    logger.setLevel(logging.CRITICAL + 1)
    logger.propagate = False
    return logger


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _text(status: int, said: str, **headers: str) -> Reply:
    return Reply(status, {"Content-Type": "text/plain; charset=utf-8", **headers}, f"{said}\n".encode(), said)


def _capabilities() -> Reply:
    """Return what can be done here (PS3.18 8.9): a Web Application Description of the Store transaction."""
    method = (
        '<method name="POST"><request>'
        '<representation mediaType="multipart/related; type=application/dicom"/>'
        '<representation mediaType="application/dicom"/></request>'
        '<response status="200 202 400 409 413 415 503">'
        '<representation mediaType="application/dicom+json"/>'
        '<representation mediaType="application/dicom+xml"/></response></method>'
    )
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<application xmlns="http://wadl.dev.java.net/2009/02">'
        f'<resources base="{ROOT}"><resource path="studies">{method}'
        f'<resource path="{{StudyInstanceUID}}">{method}</resource></resource></resources></application>'
    )
    headers = {"Content-Type": "application/vnd.sun.wadl+xml", "Allow": _STORE}
    return Reply(200, headers, body.encode("ascii"))

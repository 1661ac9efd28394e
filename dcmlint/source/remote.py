"""Object stores and web servers through fsspec: s3://, gs://, az://, abfs://, https://.

Objects are listed page by page and read by ranges, as far as they are looked at (`dcmlint.source.ranged`).
Credentials are found by the packages below fsspec where they always look (environment, files, the machine's
role); dcmlint takes none, and no text of an error of theirs is shown, since it may have some in it.

The listing runs in a process of its own: clients of stores have threads, and a process that has threads must
not be forked into workers.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from dcmlint.errors import UnreadableError, UsageError
from dcmlint.extra import import_extra
from dcmlint.processes import start_method
from dcmlint.source import Blob, Entry
from dcmlint.source.ranged import Ranged

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["STORES", "Listed", "Remote"]

R = TypeVar("R")

TIMEOUT_S = 60.0
"""Seconds that one answer may take."""

PAUSES_S = (0.5, 2.0, 6.0)
"""Seconds before each further attempt, more or less by half."""

_WHOLE = 128 << 10
"""Bytes up to which an object is fetched at once."""

_NO_RANGES_LIMIT = 256 << 20
"""Bytes of an object that are fetched at most from a server that knows no ranges."""

_PAGE = 500
_OPTIONS: dict[str, dict[str, Any]] = {
    "s3": {"config_kwargs": {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 1}}},
}
_DENIED = (401, 403)
_AGAIN = (408, 425, 429)
_PACKAGES = {
    "s3": "s3fs",
    "gs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "http": "aiohttp",
    "https": "aiohttp",
}
_WEB = ("http", "https")

STORES = ("s3", "gs", "az", "abfs")
"""Schemes of stores that list their objects."""


class Listed(NamedTuple):
    """What a listing says of an object, or why it ends."""

    path: str
    named: bool = False
    size: int = -1
    etag: str = ""
    modified_ns: int = 0
    problem: str = ""


class Remote:
    """The source of objects that fsspec reads, each process with connections of its own."""

    def __init__(self) -> None:
        self._systems: dict[str, Any] = {}

    def entries(self, location: str) -> Iterator[Entry]:
        """Yield the object, or those below it as a folder, as the store lists them.

        Raises UsageError if a package is missing, or if the location has credentials in it.
        """
        scheme, path = _parts(location)
        for each in _listed_apart(scheme, path):
            yield Entry(
                f"{scheme}://{each.path}",
                each.named,
                each.problem,
                scheme,
                size=each.size,
                etag=each.etag,
                modified_ns=each.modified_ns,
            )

    def root(self, location: str) -> str:
        """Return a prefix of keys as a root of scans.

        Raises UsageError for a location of which the objects cannot be listed: it is not in a store of
        objects, has credentials in it, or a package is missing.
        """
        scheme, path = _parts(location)
        if scheme not in STORES:
            known = ", ".join(f"{each}://" for each in STORES)
            raise UsageError(f"{scheme}:// has no listing of objects.", f"What has one: folders, {known}")
        _refuse_missing(scheme)
        return f"{scheme}://{path.rstrip('/')}/"

    def open(self, entry: Entry) -> Blob:
        """Return the bytes of an object, which are fetched as they are looked at."""
        scheme, path = _parts(entry.path)
        if scheme not in self._systems:
            self._systems[scheme] = _filesystem(scheme)
        system = self._systems[scheme]
        name = entry.path if scheme in _WEB else path
        size, ranges = entry.size, True
        if size < 0:
            size, ranges = _size(system, name)
        if not size:
            return Blob(b"")
        if not ranges or size <= _WHOLE:
            return Blob(_fetched(system, name, 0, size))
        return Blob(Ranged(size, lambda start, end: _fetched(system, name, start, end)))


def _parts(location: str) -> tuple[str, str]:
    """Return scheme and path; raises UsageError for a location that may hold credentials."""
    scheme, _, path = location.partition("://")
    scheme = scheme.lower()
    host = path.partition("/")[0]
    if scheme in _WEB and ("@" in host or "?" in path or "#" in path):
        raise UsageError(
            f"{scheme}:// takes no user, password or query: reports would show them.",
            "Credentials are found in the environment, see docs/sources.md.",
        )
    if not host:
        raise UsageError(f"{scheme}:// needs a name after it.", "Such as s3://bucket/folder")
    return scheme, path


def _filesystem(scheme: str) -> Any:
    import logging

    # Their messages may show URLs that are signed; what goes wrong is a finding.
    for name in ("asyncio", "fsspec", "s3fs", "gcsfs", "adlfs", "botocore", "aiobotocore", "aiohttp"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    fsspec = import_extra("fsspec", extra="remote", wanted_by=f"{scheme}://")
    options = _OPTIONS.get(scheme, {})
    return fsspec.filesystem(scheme, use_listings_cache=False, skip_instance_cache=True, **options)


def _refuse_missing(scheme: str) -> None:
    """Raise UsageError if a package is missing that the scheme needs."""
    fsspec = import_extra("fsspec", extra="remote", wanted_by=f"{scheme}://")
    try:
        fsspec.get_filesystem_class(scheme)
    except ImportError as error:
        package = _PACKAGES[scheme]
        raise UsageError(
            f"{scheme}:// needs the package {package}, which is not installed.",
            f"python -m pip install 'dcmlint[remote]' {package}",
        ) from error


def _listed_apart(scheme: str, path: str) -> Iterator[Listed]:
    """Yield what is listed in a process of its own."""
    import multiprocessing

    _refuse_missing(scheme)
    if multiprocessing.current_process().daemon:  # it cannot have processes of its own
        yield from _listed(scheme, path)
        return
    context: Any = multiprocessing.get_context(start_method())
    pipe, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_list, args=(theirs, scheme, path), daemon=True)
    process.start()
    theirs.close()
    try:
        while page := pipe.recv():
            yield from page
    except EOFError:
        yield Listed(path, True, problem="the process that listed it ended")
    finally:
        process.kill()  # it has nothing to put in order, and may have inherited what SIGTERM means here
        process.join()
        pipe.close()


def _list(pipe: Connection, scheme: str, path: str) -> None:
    """Send pages of what is listed, and an empty one at the end. Runs in its own process."""
    import os
    import signal
    from itertools import islice

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    found = _listed(scheme, path)
    try:
        while page := list(islice(found, _PAGE)):
            pipe.send(page)
        pipe.send([])
    finally:
        os._exit(0)  # without waiting for the threads of clients


def _listed(scheme: str, path: str) -> Iterator[Listed]:
    if scheme in _WEB:
        yield Listed(path, True)
        return
    try:
        system = _filesystem(scheme)
        yield from _objects(system, path)
    except UnreadableError as error:
        yield Listed(path, True, problem=error.reason)
    except Exception as error:
        yield Listed(path, True, problem=f"listing it fails: {_reason(error)}")


def _objects(system: Any, path: str) -> Iterator[Listed]:
    path = path.rstrip("/")
    about = _tried(lambda: system.info(path, **_patience(system)), "listing it fails")
    if about["type"] == "file":
        yield Listed(path, True, about["size"], _etag(about), _modified_ns(about))
        return
    count = 0
    for each in _pages(system, path):
        if not each["name"].endswith("/"):
            count += 1
            yield Listed(each["name"], False, each["size"], _etag(each), _modified_ns(each))
    if not count and "/" in path:
        yield Listed(path, True, problem="there is no such object and nothing below it")


def _pages(system: Any, path: str) -> Iterator[dict[str, Any]]:
    """Yield what is below a path in the order of keys: from s3 as it comes, else folder by folder."""
    if hasattr(system, "_iterdir") and hasattr(system, "split_path"):
        from fsspec.asyn import sync  # type: ignore[import-untyped]

        bucket, key, _ = system.split_path(path)
        found = system._iterdir(bucket, delimiter="", prefix=f"{key}/" if key else "")
        while page := sync(system.loop, _next_page, found, timeout=10 * TIMEOUT_S):
            yield from page
        return
    pending = [_in_folder(system, path)]
    while pending:
        if not pending[-1]:
            pending.pop()
            continue
        each = pending[-1].pop()
        if each["type"] == "directory":
            pending.append(_in_folder(system, each["name"]))
        else:
            yield each


def _in_folder(system: Any, path: str) -> list[dict[str, Any]]:
    """Return what is in a folder, last first. A folder is where the keys in it are: behind a-b, before a0."""
    found = [each for each in system.ls(path, detail=True) if each["name"].strip("/") != path.strip("/")]
    found.sort(key=lambda each: each["name"].rstrip("/") + "/" * (each["type"] == "directory"), reverse=True)
    return found


async def _next_page(found: Any) -> list[dict[str, Any]]:
    page = []
    async for each in found:
        page.append(each)
        if len(page) == _PAGE:
            break
    return page


def _etag(about: dict[str, Any]) -> str:
    return str(about.get("ETag") or about.get("etag") or "").strip('"')


def _modified_ns(about: dict[str, Any]) -> int:
    """Return when an object was changed last, 0 where the store does not say it as a time."""
    for name in ("LastModified", "last_modified", "mtime"):
        if isinstance(when := about.get(name), datetime):
            return int(when.timestamp() * 1e9)
    return 0


def _size(system: Any, name: str) -> tuple[int, bool]:
    """Return the size of an object that was not listed, and whether ranges of it can be had."""
    about = _tried(lambda: system.info(name, **_patience(system)))
    size = about.get("size")
    if size is None:
        raise UnreadableError("the server does not say how many bytes it has")
    ranges = about.get("partial", True)
    if not ranges and size > _NO_RANGES_LIMIT:
        raise UnreadableError(f"the server gives no parts of it, and it has {size:,} bytes")
    return size, ranges


def _fetched(system: Any, name: str, start: int, end: int) -> bytes:
    """Return the bytes start..end of an object."""
    content: bytes = _tried(lambda: system.cat_file(name, start=start, end=end, **_patience(system)))
    if len(content) > end - start:  # a server that does not know ranges
        content = content[start:end]
    return content


def _patience(system: Any) -> dict[str, float]:
    return {"timeout": TIMEOUT_S} if getattr(system, "async_impl", False) else {}


def _tried(ask: Callable[[], R], what: str = "") -> R:
    """Return an answer, asked for again after a pause where that may help; raises UnreadableError."""
    for pause in (*PAUSES_S, None):
        try:
            return ask()
        except Exception as raised:
            error = _cause(raised)
            if pause is None or not _may_pass(error):
                reason = _reason(error)
                raise UnreadableError(f"{what}: {reason}" if what else reason) from None
        time.sleep(pause * random.uniform(0.5, 1.5))
    raise AssertionError


def _cause(error: Exception) -> Exception:
    """Return the error below one that says too little: fsspec says "not found" of all that servers say."""
    cause = error.__cause__
    return cause if isinstance(error, FileNotFoundError) and isinstance(cause, Exception) else error


def _status(error: BaseException) -> int:
    """Return the HTTP status that an error of any client is about, 0 if there is none."""
    for each in (error, error.__cause__):
        status = getattr(each, "status", None) or getattr(each, "code", None)
        response = getattr(each, "response", None)
        if isinstance(response, dict):
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if isinstance(status, int) and 400 <= status < 600:
            return status
    return 0


def _may_pass(error: Exception) -> bool:
    status = _status(error)
    if isinstance(error, FileNotFoundError | PermissionError) or "Credential" in type(error).__name__:
        return False
    return status in _AGAIN or not 400 <= status < 500


def _reason(error: Exception) -> str:
    """Return what went wrong, without any text of the error itself."""
    status, name = _status(error), type(error).__name__
    if isinstance(error, FileNotFoundError) or status == 404:
        return "no such object (404)"
    if isinstance(error, PermissionError) or status in _DENIED:
        return f"access is denied ({status or 403})"
    if "Credential" in name:
        return "there are no credentials for it"
    if isinstance(error, TimeoutError) or "Timeout" in name:
        return f"there is no answer within {TIMEOUT_S:g} s"
    if isinstance(error, ConnectionError) or "Connect" in name:
        return "the server cannot be reached"
    return f"the server answers {status}" if status else f"reading it fails ({name})"

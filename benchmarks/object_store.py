"""An S3 server in this process (moto), which counts what it sends and can be made to fail."""

from __future__ import annotations

import os
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["BUCKET", "CREDENTIALS", "ObjectStore", "object_store"]

BUCKET = "pacs"

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "a-secret-of-the-tests",
    "AWS_DEFAULT_REGION": "us-east-1",
}


class ObjectStore:
    """A running server. `sent` has the bytes of bodies and `asked` the number of requests, by key."""

    def __init__(self) -> None:
        self.url = ""
        self.sent: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.failures: dict[str, deque[int]] = {}
        """Statuses that the next requests for a key are answered with, 0 for what the server says."""
        self._client: Any = None

    def put(self, key: str, content: bytes) -> None:
        """Store an object."""
        if self._client is None:
            import boto3

            names = ("aws_access_key_id", "aws_secret_access_key", "region_name")
            keys = dict(zip(names, CREDENTIALS.values(), strict=True))
            self._client = boto3.client("s3", endpoint_url=self.url, **keys)
            self._client.create_bucket(Bucket=BUCKET)
        self._client.put_object(Bucket=BUCKET, Key=key, Body=content)

    def remove(self, key: str) -> None:
        """Delete an object."""
        self._client.delete_object(Bucket=BUCKET, Key=key)

    def environment(self) -> dict[str, str]:
        """Return what a process needs in its environment to use the server."""
        return {**CREDENTIALS, "AWS_ENDPOINT_URL": self.url}

    def forget(self) -> None:
        """Count from zero."""
        self.sent.clear()
        self.asked.clear()

    def counting(self, app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        """Return a WSGI application that counts, and fails as `failures` says."""

        def counted(environ: dict[str, Any], start: Callable[..., Any]) -> Iterator[bytes]:
            key = environ["PATH_INFO"].removeprefix(f"/{BUCKET}/")
            if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
                self.asked[key] += 1
                if self.failures.get(key) and (status := self.failures[key].popleft()):
                    start(f"{status} Planned", [("Content-Length", "0")])
                    return
            for piece in app(environ, start):
                if environ["REQUEST_METHOD"] == "GET":
                    self.sent[key] += len(piece)
                yield piece

        return counted


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """Run a server as long as the block lasts; it leaves no thread behind, nor do clients in this process."""
    import logging

    os.environ.setdefault("S3_DEFAULT_KEY_BUFFER_SIZE", str(512 << 10))  # larger objects are on disk
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    store = ObjectStore()
    app = store.counting(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    store.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield store
    finally:
        _end_clients()
        server.shutdown()
        thread.join()
        server.server_close()


def _end_clients() -> None:
    """End the threads that fsspec keeps for its clients; it starts new ones when they are needed."""
    import asyncio

    from fsspec import asyn

    loop, thread = asyn.loop[0], asyn.iothread[0]
    if loop is None or thread is None:
        return
    asyncio.run_coroutine_threadsafe(loop.shutdown_default_executor(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    asyn.loop[0] = asyn.iothread[0] = None

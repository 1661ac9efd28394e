"""Objects in an S3 store and on a web server are checked like files, by parts of them."""

from __future__ import annotations

import http.server
import json
import os
import socket
import threading
from collections import deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from command_line import CLEAN, CT, FAULTY, Command, dcmlint, process

from benchmarks.corpus import find_corpus
from benchmarks.object_store import BUCKET, CREDENTIALS, ObjectStore, object_store
from dcmlint.errors import UnreadableError
from dcmlint.scan import Session, lint_blob
from dcmlint.source import Blob, Entry, ranged, remote
from dcmlint.source.ranged import Ranged

__all__ = ["dcmlint"]


def large(pixel_bytes: int = 2 << 20) -> bytes:
    """Return a real CT with so many bytes of native Pixel Data, its last element."""
    content = CT.read_bytes()
    start = content.rindex(b"\xe0\x7f\x10\x00OW\0\0")
    return content[: start + 8] + pixel_bytes.to_bytes(4, "little") + bytes(pixel_bytes)


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    pytest.importorskip("moto", reason="moto[server] is not installed")
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    with object_store() as running:
        for path in (*sorted(CLEAN.glob("*.dcm")), *sorted(FAULTY.glob("*.dcm"))):
            running.put(f"all/{path.parent.name}/{path.name}", path.read_bytes())
        running.put("large/ct.dcm", large())
        running.put("large/empty", b"")
        running.put("large/folder/", b"")
        yield running


def findings(out: str, base: str) -> list[Any]:
    report = json.loads(out)
    keys = ("file", "rule", "message", "severity", "offset", "fingerprint")
    return sorted([str(each[key]).replace(base, "") for key in keys] for each in report["findings"])


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_objects_have_the_findings_of_files(store: ObjectStore, tmp_path: Path, jobs: str) -> None:
    for folder in (CLEAN, FAULTY):
        (tmp_path / folder.name).mkdir()
        for path in folder.glob("*.dcm"):
            (tmp_path / folder.name / path.name).write_bytes(path.read_bytes())
    files = process("check", "--isolated", "--no-cache", "-f", "json", tmp_path)
    objects = process(
        "check", "--isolated", "-f", "json", "-j", jobs, f"s3://{BUCKET}/all", env=store.environment()
    )
    assert objects.err == ""
    assert objects.status == files.status == 1
    found = findings(objects.out, f"s3://{BUCKET}/all/")
    assert len(found) > 30
    assert found == findings(files.out, f"{tmp_path}/")


def test_of_a_large_object_the_header_is_read(store: ObjectStore) -> None:
    store.forget()
    result = process("check", "--isolated", "-f", "json", f"s3://{BUCKET}/large", env=store.environment())
    report = json.loads(result.out)
    assert report["summary"]["files"] == 2
    assert {each["file"] for each in report["findings"]} == {
        f"s3://{BUCKET}/large/{n}" for n in ("ct.dcm", "empty")
    }
    assert 0 < store.sent["large/ct.dcm"] <= ranged.AHEAD
    assert store.asked["large/ct.dcm"] == 1


@pytest.mark.parametrize(
    ("statuses", "said"), [([503, 503], ""), ([403], "access is denied (403)"), ([404], "404")]
)
def test_what_may_pass_is_asked_again(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch, statuses: list[int], said: str
) -> None:
    for name, value in store.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(remote, "PAUSES_S", (0.01, 0.01, 0.01))
    key = "large/ct.dcm"
    store.failures[key] = deque(statuses)
    entry = Entry(f"s3://{BUCKET}/{key}", scheme="s3", size=2 << 20)
    source = remote.Remote()
    if not said:
        assert bytes(source.open(entry).buf[128:132]) == b"DICM"
    else:
        with pytest.raises(UnreadableError) as failed:
            source.open(entry).buf[0]
        assert said in failed.value.reason
    assert not store.failures[key]


def test_what_fails_on_the_way_is_unreadable(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a finding about the part that was there, and not a check that failed."""
    content = large()

    def fetch(start: int, end: int) -> bytes:
        if start:
            raise UnreadableError("gone")
        return content[start:end]

    class Failing(remote.Remote):
        def open(self, entry: Entry) -> Blob:
            monkeypatch.setattr(ranged, "AHEAD", 200)
            return Blob(Ranged(len(content), fetch))

    from dcmlint.scan import lint_entry

    report = lint_entry(Entry("s3://a/b", scheme="s3"), Session(sources={"s3": Failing()}))
    assert [(each.rule, each.args) for each in report.findings] == [("file/unreadable", {"reason": "gone"})]


@pytest.mark.parametrize(
    ("location", "said"),
    [("s3://pacs/nothing", "no such object"), ("s3://no-such-bucket/x", "no such object")],
)
def test_what_is_not_there_is_said(store: ObjectStore, location: str, said: str) -> None:
    result = process("check", "--isolated", "-f", "json", location, env=store.environment())
    (finding,) = json.loads(result.out)["findings"]
    assert (finding["rule"], finding["file"], result.status) == ("file/unreadable", location, 1)
    assert said in finding["message"]


def test_credentials_are_in_no_output(store: ObjectStore, tmp_path: Path) -> None:
    """Neither where they are wrong nor where the server cannot be reached."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    nowhere = {**store.environment(), "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    result = process("check", "--isolated", f"s3://{BUCKET}/all", env=nowhere)
    assert result.status == 1
    assert "the server cannot be reached" in result.out
    assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in result.out + result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    "location", ["https://user:hidden@host/x", "https://host/x?X-Amz-Signature=hidden", "s3://"]
)
def test_a_location_with_credentials_is_refused(dcmlint: Command, location: str) -> None:
    result = dcmlint("check", location)
    assert result.status == 2
    assert "hidden" not in result.out + result.err


def test_a_missing_package_is_named(dcmlint: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "fsspec", None)
    result = dcmlint("check", "s3://bucket/x")
    assert result.status == 2
    assert "dcmlint[remote]" in result.err


class _Ranges(http.server.SimpleHTTPRequestHandler):
    """A web server that knows ranges."""

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        path = Path(self.directory, self.path.lstrip("/"))
        if not path.exists():
            self.send_error(404)
            return
        content = path.read_bytes()
        wanted = self.headers.get("Range", "")
        if wanted:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            part = content[int(first) : int(last) + 1]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        else:
            part = content
            self.send_response(200)
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)


@pytest.mark.parametrize("handler", [_Ranges, http.server.SimpleHTTPRequestHandler])
def test_a_web_server(dcmlint: Command, tmp_path: Path, handler: Any) -> None:
    pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    (tmp_path / "ct.dcm").write_bytes(large())
    quiet = type("Quiet", (handler,), {"log_message": lambda *_: None})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        found = process("check", "--isolated", "-f", "json", f"{base}/ct.dcm")
        missing = process("check", "--isolated", "-f", "json", f"{base}/nothing")
        server.shutdown()
    local = dcmlint("check", "--isolated", "-f", "json", tmp_path / "ct.dcm")
    assert findings(found.out, base + "/") == findings(local.out, f"{tmp_path}/") != []
    assert "404" in json.loads(missing.out)["findings"][0]["message"]


def test_reading_by_parts_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """With parts so small that nothing is there by chance."""
    monkeypatch.setattr(ranged, "AHEAD", 16)
    monkeypatch.setattr(ranged, "_MOST_AHEAD", 64)
    monkeypatch.setattr(ranged, "_JUMP", 8)
    monkeypatch.setattr(ranged, "_BEFORE", 0)
    session = Session()
    paths = [*CLEAN.glob("*.dcm"), *FAULTY.glob("*.dcm"), *find_corpus().files[::7]]
    assert len(paths) > 60
    for path in paths:
        content = path.read_bytes()
        if not content or len(content) > 1 << 20:
            continue
        whole = lint_blob(Entry("x"), Blob(content), session)
        parts = Blob(Ranged(len(content), lambda start, end, content=content: content[start:end]))
        assert lint_blob(Entry("x"), parts, session) == whole, path
        parts.close()


def test_find_and_slices_fetch_what_they_need() -> None:
    content = os.urandom(300_000) + b"needle" + os.urandom(1_000_000)
    buffer = Ranged(len(content), lambda start, end: content[start:end])
    assert buffer.find(b"needle") == content.find(b"needle")
    assert buffer.fetched < 600_000
    assert buffer.find(b"needle", 400_000) == -1
    assert buffer[-5:] == content[-5:]
    assert buffer[10] == content[10]
    assert len(buffer) == len(content)


def test_an_object_that_became_shorter_is_unreadable() -> None:
    buffer = Ranged(1000, lambda start, end: b"short")
    with pytest.raises(UnreadableError, match="shorter"):
        buffer[0]
    assert buffer.failure

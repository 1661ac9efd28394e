"""What a DICOMweb server's description of itself says of storing, and what it does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from dcmlint_pacs.own import Own
from dcmlint_pacs.preflight.run import preflight
from dcmlint_pacs.preflight.web import Capabilities, capabilities_of
from samples import EXPLICIT, IMPLICIT, JPEG_LS, written

from dcmlint.errors import UsageError

WADL = """<?xml version="1.0"?>
<!-- a comment -->
<application xmlns="http://wadl.dev.java.net/2009/02">
 <resources base="http://x/">
  <resource path="studies">
   <method name="GET" id="SearchForStudies"><request/></method>
   <method name="POST" id="StoreInstances">
    <request>{}</request>
    <response status="200"><representation mediaType="application/dicom+json"/></response>
   </method>
  </resource>
 </resources>
</application>"""
PART = '<representation mediaType="multipart/related; type=&quot;application/dicom&quot;{}"/>'
XML = "application/vnd.sun.wadl+xml"


@contextmanager
def server(status: int, media_type: str, body: bytes) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A server that answers OPTIONS with this, and the requests that came to it."""
    asked: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_OPTIONS(self) -> None:

            asked.append((f"{self.command} {self.path}", self.headers.get("Authorization", "")))
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"dicomweb+http://127.0.0.1:{http.server_port}/dicom-web", asked
        http.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("media_type", "body", "found"),
    [
        (XML, WADL.format(PART.format("")), Capabilities(True)),
        (
            XML,
            WADL.format("".join(PART.format(f"; transfer-syntax={each}") for each in (EXPLICIT, JPEG_LS))),
            Capabilities(True, frozenset((EXPLICIT, JPEG_LS))),
        ),
        (XML, WADL.format(PART.format("; transfer-syntax=*")), Capabilities(True)),
        (XML, WADL.format(PART.replace("dicom&quot;", "dicom+json&quot;").format("")), Capabilities(False)),
        (XML, "<not", Capabilities()),
        (XML, '<!DOCTYPE a [<!ENTITY b "c">]>' + WADL.format(PART.format("")), Capabilities()),
        ("text/html", WADL.format(PART.format("")), Capabilities()),
        (
            "application/json",
            '{"resource": [{"path": "studies", "method": [{"name": "POST", "request": {"representation": '
            '[{"mediaType": '
            '"multipart/related; type=application/dicom; transfer-syntax=1.2.840.10008.1.2.1"}]}}]}]}',
            Capabilities(True, frozenset((EXPLICIT,))),
        ),
        ("application/json", "[" * 100_000, Capabilities()),
        ("application/json", "[1, {}]", Capabilities()),
    ],
)
def test_what_a_description_says(media_type: str, body: str, found: Capabilities) -> None:
    assert capabilities_of(media_type, body.encode()) == found


def test_what_is_not_named_is_told_and_all_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCMLINT_WEB_TOKEN", "hush")
    written(tmp_path / "a.dcm", syntax=EXPLICIT)
    written(tmp_path / "b.dcm", syntax=IMPLICIT)
    body = WADL.format(PART.format(f"; transfer-syntax={EXPLICIT}")).encode()
    with server(200, XML, body) as (location, asked):
        found = preflight([str(tmp_path)], location, Own())
    assert asked == [("OPTIONS /dicom-web/", "Bearer hush")], "nothing is stored"
    said = {each.pair.syntax: (each.status, each.answer.detail) for each in found.verdicts}
    not_named = "its capabilities do not name this Transfer Syntax"
    assert said == {EXPLICIT: ("unknown", ""), IMPLICIT: ("unknown", not_named)}


@pytest.mark.parametrize("status", [401, 404, 405, 500])
def test_a_server_that_describes_nothing_leaves_it_unknown(tmp_path: Path, status: int) -> None:
    written(tmp_path / "a.dcm")
    with server(status, "text/plain", b"no") as (location, _):
        found = preflight([str(tmp_path)], location, Own())
    assert found.verdicts[0].status == "unknown" and f"HTTP {status}" in found.offer.notes[1]


def test_no_server_at_all(tmp_path: Path) -> None:
    written(tmp_path / "a.dcm")
    with pytest.raises(UsageError, match="no answer by HTTP"):
        preflight([str(tmp_path)], "dicomweb+http://127.0.0.1:1/dicom-web", Own())

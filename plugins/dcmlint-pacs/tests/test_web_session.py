"""Connections to DICOMweb servers: who we are, what may take how long, and that nothing secret comes out."""

from __future__ import annotations

import json
import pickle
import socket
import ssl
import sys
import time
import types
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from broken_web import BrokenWeb, ReplyError, broken_web, drip, send, stored
from command_line import process
from counterparts import openssl
from dcmlint_pacs import credentials
from dcmlint_pacs.peer import WebPeer
from dcmlint_pacs.web import session as session_module
from dcmlint_pacs.web.listing import Listing
from dcmlint_pacs.web.session import WebError, WebSession
from dcmlint_pacs.web.source import WebSource
from dcmlint_pacs.web.target import target_of

from dcmlint.errors import UsageError
from dcmlint.source import Asked

SECRET = "s3cret-Tok.en"
VARIABLES = ("TOKEN", "USER", "PASSWORD")
Act = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No credentials, and no waiting."""
    for name in VARIABLES:
        monkeypatch.delenv(f"DCMLINT_WEB_{name}", raising=False)
    monkeypatch.setattr(session_module, "PAUSES_S", (0.01, 0.01, 0.01))


@pytest.fixture
def server() -> Iterator[BrokenWeb]:
    with broken_web(BrokenWeb(stored(1, 1, 1))) as running:
        yield running


def studies(server: BrokenWeb) -> object:
    """Return what a request for the Studies brings."""
    session = WebSession(WebPeer(server.url))
    try:
        return session.get(f"{server.url}/studies").json()
    finally:
        session.close()


def failure(server: BrokenWeb) -> str:
    with pytest.raises(WebError) as caught:
        studies(server)
    return caught.value.reason


def says(status: int, **fields: str) -> Act:
    return lambda handler: send(handler, status, b"", "text/plain", **fields)


def wants(header: str) -> Act:
    """Return a check that answers 401 to all but one value of Authorization."""

    def check(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("Authorization") != header:
            raise ReplyError(says(401))

    return check


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_for_again(server: BrokenWeb, status: int) -> None:
    server.script = [says(status), says(status)]
    assert len(studies(server)) == 1  # type: ignore[arg-type]
    assert len(server.asked) == 3


def test_a_connection_that_breaks_is_made_again(server: BrokenWeb) -> None:
    server.script = [hang_up]
    assert len(studies(server)) == 1  # type: ignore[arg-type]


def test_it_is_given_up_at_last(server: BrokenWeb) -> None:
    server.script = [says(503)] * 10
    assert failure(server) == "the server answers 503"
    assert len(server.asked) == 4


@pytest.mark.parametrize("status", [400, 404, 406])
def test_what_will_not_pass_is_asked_for_once(server: BrokenWeb, status: int) -> None:
    server.script = [says(status)]
    assert str(status) in failure(server)
    assert len(server.asked) == 1


def test_the_server_says_when_to_come_again(server: BrokenWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(session_module.time, "sleep", pauses.append)
    server.script = [says(503, Retry_After="7"), says(503, Retry_After="86400"), says(503, Retry_After="x")]
    studies(server)
    assert pauses[:2] == [7.0, session_module.RETRY_AFTER_S]
    assert pauses[2] < 1


def test_a_server_that_sends_a_byte_now_and_then_is_left(
    server: BrokenWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "ANSWER_S", 0.4)
    monkeypatch.setattr(session_module, "PAUSES_S", ())
    server.script = [drip]
    start = time.monotonic()
    assert failure(server) == "there is no answer in time"
    assert time.monotonic() - start < 5


def test_header_fields_that_come_byte_by_byte_are_left_too(
    server: BrokenWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "ANSWER_S", 0.4)
    monkeypatch.setattr(session_module, "PAUSES_S", ())

    def slow(handler: BaseHTTPRequestHandler) -> None:
        for each in b"HTTP/1.1 200 OK\r\nServer: " + b"x" * 600:
            handler.wfile.write(bytes([each]))
            time.sleep(0.02)

    server.script = [slow]
    start = time.monotonic()
    assert failure(server) == "there is no answer in time"
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("is_packed", [False, True])
def test_an_answer_has_a_limit(
    server: BrokenWeb, monkeypatch: pytest.MonkeyPatch, *, is_packed: bool
) -> None:
    """As it comes, and as it is after decompression."""
    monkeypatch.setattr(session_module.WebSession.fetch, "__defaults__", (1 << 20,))

    def large(handler: BaseHTTPRequestHandler) -> None:
        packer = zlib.compressobj(9, wbits=31)
        body = packer.compress(b" " * (50 << 20)) + packer.flush() if is_packed else b" " * (2 << 20)
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        if is_packed:
            assert len(body) < 1 << 17
            handler.send_header("Content-Encoding", "gzip")
        handler.end_headers()
        handler.wfile.write(body)

    server.script = [large]
    assert failure(server) == "its answer has more than 1 MB"


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_an_answer_is_compressed_as_it_says(server: BrokenWeb, encoding: str) -> None:
    def wrong(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "4")
        handler.send_header("Content-Encoding", encoding)
        handler.end_headers()
        handler.wfile.write(b"abcd")

    server.script = [wrong]
    assert "compressed" in failure(server)


def test_an_answer_that_ends_early_is_none(server: BrokenWeb) -> None:
    def cut(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"[")
        handler.close_connection = True

    server.script = [cut] * 4
    assert failure(server) == "the connection breaks"
    assert len(server.asked) == 4


def test_a_bearer_token_is_sent(server: BrokenWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    server.check = wants(f"Bearer {SECRET}")
    assert "401" in failure(server)
    monkeypatch.setenv("DCMLINT_WEB_TOKEN", SECRET)
    assert len(studies(server)) == 1  # type: ignore[arg-type]


def test_user_and_password_are_sent(server: BrokenWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    server.check = wants(f"Basic {b64encode(f'me:{SECRET}'.encode()).decode()}")
    monkeypatch.setenv("DCMLINT_WEB_USER", "me")
    monkeypatch.setenv("DCMLINT_WEB_PASSWORD", SECRET)
    assert len(studies(server)) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kept", "user", "sent"),
    [
        (f"me:{SECRET}", "", f"Basic {b64encode(f'me:{SECRET}'.encode()).decode()}"),
        (SECRET, "me", f"Basic {b64encode(f'me:{SECRET}'.encode()).decode()}"),
        (f"Bearer {SECRET}", "", f"Bearer {SECRET}"),
    ],
)
def test_the_keyring_is_asked_when_the_server_wants_to_know(
    server: BrokenWeb, monkeypatch: pytest.MonkeyPatch, kept: str, user: str, sent: str
) -> None:
    asked = []

    def get_password(service: str, name: str) -> str:
        asked.append((service, name))
        return kept

    keyring = types.SimpleNamespace(get_password=get_password)
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    if user:
        monkeypatch.setenv("DCMLINT_WEB_USER", user)
    studies(server)
    assert asked == []
    server.check = wants(sent)
    assert len(studies(server)) == 1  # type: ignore[arg-type]
    assert asked == [("dcmlint", server.url.split("/")[2])]


def test_a_keyring_that_fails_is_none(server: BrokenWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    def get_password(service: str, name: str) -> str:
        raise RuntimeError(SECRET)

    monkeypatch.setitem(sys.modules, "keyring", types.SimpleNamespace(get_password=get_password))
    server.check = wants("Bearer other")
    assert failure(server) == "access is denied (401): it wants credentials, or others"


@pytest.mark.parametrize(
    "variables",
    [
        {"TOKEN": f"{SECRET}\r\nX: y"},
        {"PASSWORD": SECRET},
        {"USER": "a:b", "PASSWORD": SECRET},
    ],
)
def test_credentials_that_cannot_be_sent_are_said_without_showing_them(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"DCMLINT_WEB_{name}", value)
    with pytest.raises(UsageError) as caught:
        credentials.from_environment()
    assert SECRET not in str(caught.value)


def test_credentials_are_in_no_text_and_in_no_pickle() -> None:
    ours = credentials.Credentials(f"Bearer {SECRET}")
    assert SECRET not in f"{ours!r} {ours}"
    with pytest.raises(TypeError):
        pickle.dumps(ours)


def test_no_other_server_is_told_who_we_are(server: BrokenWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCMLINT_WEB_TOKEN", SECRET)
    with broken_web(BrokenWeb([])) as other:
        server.script = [says(307, Location=f"{other.url}/studies")]
        assert failure(server) == "it redirects to another server, which is not asked"
        assert other.asked == []


def test_a_redirection_within_the_server_is_followed(server: BrokenWeb) -> None:
    server.script = [says(301, Location="/dicom-web/studies?limit=1")]
    assert len(studies(server)) == 1  # type: ignore[arg-type]


def test_redirections_come_to_an_end(server: BrokenWeb) -> None:
    server.script = [says(302, Location="/dicom-web/studies")] * 20
    assert failure(server) == "it redirects again and again"


def test_proxies_and_netrc_of_the_environment_are_left_alone(
    server: BrokenWeb, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {SECRET}\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    seen: list[str | None] = []
    server.check = lambda handler: seen.append(handler.headers.get("Authorization"))
    studies(server)
    assert seen == [None]


def test_so_many_requests_are_sent_at_once() -> None:
    with broken_web(BrokenWeb(stored(2, 3, 4))) as server:
        server.check = lambda handler: time.sleep(0.02)
        found = list(Listing(target_of(server.location), Asked(), is_lazy=False).entries())
    assert len(found) == 24
    assert 1 < server.most_at_once <= session_module.REQUESTS


def test_a_server_that_is_not_there(server: BrokenWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "PAUSES_S", ())
    [entry] = Listing(target_of("dicomweb+http://127.0.0.1:1/x"), Asked(), is_lazy=False).entries()
    assert (entry.problem, entry.named) == ("the server cannot be reached", True)


def certificates(folder: Path) -> None:
    """Make an authority, and certificates of the server and of ours that it has signed."""
    run = partial(openssl, folder)
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    run("req", "-x509", *key, "-subj", "/CN=authority", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    for name in ("server", "client"):
        run("req", *key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names")
        run("x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem")


def test_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    context.load_verify_locations(tmp_path / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    monkeypatch.setattr(session_module, "PAUSES_S", ())
    for name in ("CA", "CERT", "KEY"):
        monkeypatch.delenv(f"DCMLINT_TLS_{name}", raising=False)
    with broken_web(BrokenWeb(stored(1, 1, 1)), context) as server:
        assert server.location.startswith("dicomweb+https://")
        assert failure(server).startswith("TLS fails")  # its certificate is not trusted
        monkeypatch.setenv("DCMLINT_TLS_CA", str(tmp_path / "ca.pem"))
        assert failure(server)  # ours is not there
        monkeypatch.setenv("DCMLINT_TLS_CERT", str(tmp_path / "client.pem"))
        monkeypatch.setenv("DCMLINT_TLS_KEY", str(tmp_path / "client.key"))
        assert len(studies(server)) == 1  # type: ignore[arg-type]


def test_nothing_secret_and_no_value_comes_out(tmp_path: Path) -> None:
    """Of a server that wants credentials, and gives what it was not asked for: in no report, on no stream."""
    with broken_web(BrokenWeb(stored(1, 1, 1), "html metadata", "no filter")) as server:
        server.check = wants(f"Bearer {SECRET}")
        arguments = ["check", "--isolated", "--no-cache", server.location, "--where", "PatientID=Lindqvist*"]
        outputs = [f"--format={name}:{tmp_path / name}" for name in ("json", "sarif", "csv")]
        denied = process(*arguments, env={"DCMLINT_WEB_TOKEN": f"{SECRET}x"})
        done = process(*arguments, *outputs, "--format=text:-", env={"DCMLINT_WEB_TOKEN": SECRET})
    assert "access is denied (401)" in denied.out
    assert "interop/filter-ignored" in done.out
    for text in (
        denied.out,
        denied.err,
        done.out,
        done.err,
        *(each.read_text() for each in tmp_path.iterdir()),
    ):
        assert SECRET not in text
        assert "Lindqvist" not in text
        assert "?" not in text or "limit=" not in text
    assert denied.err == ""
    assert done.err == "dcmlint: warning: there was nothing to check\n"


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("dicomweb+http://me:s3cret-Tok.en@host/x", "takes no user"),
        ("dicomweb+http://host/x?token=s3cret-Tok.en", "takes no user"),
        ("dicomweb+http://host/x/studies/..", "no UID"),
        ("dicomweb+http:///x", "needs a host"),
    ],
)
def test_locations_that_cannot_be(location: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        target_of(location)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (("StudyDat", "20260101"), "Did you mean StudyDate"),
        (("Nonsense", "x"), "no Attribute of PS3.6"),
        (("RequestAttributesSequence", "x"), "is a Sequence"),
        (("PatientID", "a\nb"), "cannot be asked for"),
    ],
)
def test_filters_that_cannot_be(where: tuple[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        WebSource().ask(Asked(where=(where,)))
    assert "a\nb" not in str(caught.value)


def test_json_that_is_nested_too_deeply_is_told(server: BrokenWeb) -> None:
    body = b"[" * 200_000 + b"]" * 200_000

    def deep(handler: BaseHTTPRequestHandler) -> None:
        send(handler, 200, body, "application/dicom+json")

    server.script = [deep]
    entries = list(Listing(target_of(server.location), Asked(), is_lazy=False).entries())
    assert [entry.rule for entry in entries] == ["interop/not-dicom-json"] * 2
    nested: object = {"vr": "SQ", "Value": []}
    for _ in range(40):
        nested = {"vr": "SQ", "Value": [{"00081140": nested}]}
    server.script = [
        None,
        None,
        None,
        lambda handler: send(
            handler,
            200,
            json.dumps([{"00081140": nested, "00080018": {"vr": "UI", "Value": ["1.2.1.1.1"]}}]).encode(),
            "application/dicom+json",
        ),
    ]
    entries = list(Listing(target_of(server.location), Asked(), is_lazy=False).entries())
    assert any("nested too deeply" in entry.problem for entry in entries)

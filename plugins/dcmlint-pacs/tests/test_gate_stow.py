"""The Store transaction of the gate: what is sent, what is answered, what is kept (PS3.18 10.5)."""

from __future__ import annotations

import asyncio
import json
import random
import ssl
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from counterparts import certified
from dcmlint_pacs.gate.answer import Stored, as_json, as_xml, http_status, warning_header
from dcmlint_pacs.gate.config import Allow, Choice, Http, Tls
from dcmlint_pacs.gate.multipart import Begin, Bounds, End, Multipart, MultipartError, Piece, parameters
from dcmlint_pacs.gate.service import Gate
from dcmlint_pacs.gate.stow import SlowError, StowBounds, chunks
from gates import WEB_LIMITS, web_gate
from hostile_web import answer, multipart, part, part10, post, request
from wire import element

from dcmlint.errors import UsageError

CLEAN = Path(__file__).parents[3] / "fixtures" / "clean"
CT = "1.2.840.10008.5.1.4.1.1.2"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gate, int]]:
    with web_gate(tmp_path_factory.mktemp("gate")) as made:
        yield made


def shelf(made: Gate, name: str) -> list[bytes]:
    return [(made.spool.folder / place).read_bytes() for place in made.spool.places(name)]  # type: ignore[arg-type]


def clean(number: int = 0) -> bytes:
    """A file in which nothing is wrong."""
    return sorted(CLEAN.glob("*.dcm"))[number].read_bytes()


def read(body: bytes, step: int) -> list[Begin | bytes | End]:
    """What a reader makes of a body that comes in pieces; the pieces of one part are joined."""
    reader, found = Multipart("mark"), []
    for at in range(0, len(body), step):
        for event in reader.feed(body[at : at + step]):
            if isinstance(event, Piece) and found and isinstance(found[-1], bytes):
                found[-1] += event.content
            else:
                found.append(event.content if isinstance(event, Piece) else event)
    reader.close()
    return found


def test_parts_are_the_same_however_they_come() -> None:
    contents = [b"abc", b"", b"\r\n--mar", b"\r\n\r\n--mark"[:-1], random.Random(1).randbytes(70_000)]
    body = b"before\r\n" + multipart(*[part(each) for each in contents]) + b"after"
    whole = read(body, 1 << 20)
    assert [each for each in whole if isinstance(each, bytes)] == [each for each in contents if each]
    assert [each.size for each in whole if isinstance(each, End)] == [len(each) for each in contents]
    for step in (1, 2, 3, 7, 61, 4096):
        assert read(body, step) == whole


def test_a_part_is_compared_with_the_length_that_it_claims() -> None:
    found = read(
        multipart(part(b"abcd", "Content-Length: 4"), part(b"abcd", "Content-Length: 5"), part(b"x")), 9
    )
    assert [each.is_as_said for each in found if isinstance(each, End)] == [True, False, True]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"--mark\r\nA b\r\n\r\nx\r\n--mark--", "malformed"),
        (b"--mark\r\nA: b\r\na: c\r\n\r\nx\r\n--mark--", "twice"),
        (b"--mark\r\nA: b\r\n folded\r\n\r\nx\r\n--mark--", "malformed"),
        (b"--mark\r\nA: \0\r\n\r\nx\r\n--mark--", "malformed"),
        (b"--mark\nA: b\n\nx\n--mark--", "something else"),
        (b"--mark\r\n\r\nx\r\n--mark", "without the final boundary"),
        (b"--mark\r\n\r\nx\r\n--markx\r\n", "something else"),
        (b"", "without the final boundary"),
        (b"x" * 5000, "before the first boundary"),
        (b"--mark--\r\n" + b"x" * 5000, "after the final boundary"),
        (b"--mark\r\nContent-Encoding: gzip\r\n\r\nx\r\n--mark--", "Content-Encoding"),
        (b"--mark\r\nContent-Length: +1\r\n\r\nx\r\n--mark--", "no number"),
        (b"--mark\r\n" + b"A: b" * 3000, "more than 8192 bytes"),
        (b"--mark\r\n" + b"".join(b"A%d: b\r\n" % n for n in range(40)) + b"\r\nx", "more than 32 headers"),
        (b"--mark\r\n\r\nx\r\n" * 10_001, "more than 10000 parts"),
    ],
)
def test_a_body_that_is_no_multipart_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(MultipartError, match=said):
        read(body, 1000)


def test_a_reader_never_raises_anything_else() -> None:
    rng = random.Random(5)
    whole = multipart(*[part(rng.randbytes(50), "Content-Length: 50") for _ in range(3)])
    for _ in range(3000):
        body = bytearray(whole)
        for _ in range(rng.randint(1, 5)):
            at = rng.randrange(len(body))
            body[at : at + rng.randint(0, 9)] = rng.randbytes(rng.randint(0, 9))
        try:
            read(bytes(body), rng.choice((1, 13, 1000)))
        except MultipartError:
            continue


def test_boundaries_and_media_types_are_read_strictly() -> None:
    for boundary in ("", "x" * 71, "a ", "a\r\nb", "\xe9"):
        with pytest.raises(MultipartError):
            Multipart(boundary)
    assert parameters('Multipart/Related; Type="application/dicom"; boundary=a') == (
        "multipart/related",
        {"type": "application/dicom", "boundary": "a"},
    )
    assert parameters(r'a/b; c="x\"y"') == ("a/b", {"c": 'x"y'})
    for malformed in ("", "a", "a/b; c", "a/b; c=1; C=2", 'a/b; c="x', "a/b;; c=1"):
        assert parameters(malformed) == ("", {})
    assert list(Multipart("m", Bounds(parts=1)).feed(b"--m\r\n\r\n\r\n--m--"))[-1] == End(0, True)


def test_the_status_follows_from_what_became_of_the_parts() -> None:
    fine, warned, failed = Stored(CT, "1.2", 0), Stored(CT, "1.3", 0xB007), Stored(CT, "1.4", 0xA900)
    full, large = Stored("", "", 0xA700), Stored("", "", 0xA700, is_too_large=True)
    for stored, status in (
        ([fine], 200),
        ([fine, warned], 202),
        ([fine, failed], 202),
        ([failed, full], 409),
        ([full, full], 503),
        ([large], 413),
        ([], 400),
    ):
        assert http_status(stored, is_malformed=False) == status
    assert http_status([fine], is_malformed=True) == 202
    assert http_status([failed], is_malformed=True) == 400


def test_the_answer_has_each_object_in_its_sequence_in_json_and_xml() -> None:
    stored = [
        Stored(CT, "1.2", 0),
        Stored(CT, "1.3", 0xB007, "quarantined: module/missing-type-1"),
        Stored(CT, "1.4", 0xA900, 'a "<&>\x00\u2028 text'),
        Stored("", "", 0xC000, "not readable"),
    ]
    answered = json.loads(as_json(stored))
    kept = answered["00081199"]["Value"]
    assert [item["00081155"]["Value"] for item in kept] == [["1.2"], ["1.3"]]
    assert "00081196" not in kept[0]
    assert kept[1]["00081196"] == {"vr": "US", "Value": [0xB007]}
    assert answered["00081198"]["Value"][0]["00081197"]["Value"] == [0xA900]
    assert answered["0008119A"]["Value"][0]["00081197"]["Value"] == [0xC000]
    root = ET.fromstring(as_xml(stored))
    name = "{http://dicom.nema.org/PS3.19/models/NativeDICOM}"
    assert [each.get("keyword") for each in root] == [
        *("RetrieveURL", "FailedSOPSequence", "ReferencedSOPSequence", "OtherFailuresSequence")
    ]
    assert [each.text for each in root.iter(f"{name}Value")][:3] == ["a ?<&>?? text", CT, "1.4"]
    assert warning_header(stored).startswith('299 dcmlint-gate "quarantined: module/missing-type-1; a ?<&>')
    assert warning_header(stored[:1]) == ""


def test_an_answer_is_a_data_set_for_pydicom() -> None:
    from pydicom import Dataset

    answered = Dataset.from_json(as_json([Stored(CT, "1.3", 0xB007, "quarantined: a/b")]).decode())
    item = answered.ReferencedSOPSequence[0]
    assert (item.ReferencedSOPInstanceUID, item.WarningReason) == ("1.3", 0xB007)


def test_objects_are_kept_as_they_were_sent(web: tuple[Gate, int]) -> None:
    made, port = web
    first, second = clean(0), clean(1)
    status, body = post(port, multipart(part(first), part(second, f"Content-Length: {len(second)}")))
    assert status == 200
    assert len(json.loads(body)["00081199"]["Value"]) == 2
    assert {first, second} <= set(shelf(made, "accepted"))
    assert not list((made.spool.folder / "incoming").iterdir())


def test_one_object_may_be_the_whole_body(web: tuple[Gate, int]) -> None:
    made, port = web
    assert post(port, clean(2), content_type="application/dicom")[0] == 200
    assert clean(2) in shelf(made, "accepted")


def test_dicomweb_client_stores(web: tuple[Gate, int]) -> None:
    from dicomweb_client import DICOMwebClient
    from pydicom import dcmread

    _, port = web
    dataset = dcmread(sorted(CLEAN.glob("*.dcm"))[3])
    client = DICOMwebClient(f"http://127.0.0.1:{port}/dicom-web")
    answered = client.store_instances([dataset], study_instance_uid=dataset.StudyInstanceUID)
    assert answered.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == dataset.SOPInstanceUID


def test_an_object_with_an_error_is_quarantined_and_the_rule_is_named(web: tuple[Gate, int]) -> None:
    made, port = web
    got = answer(port, request(multipart(part(part10("1.2.3.50")), part(clean(0)))))
    head, _, body = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 202 ")
    assert b'Warning: 299 dcmlint-gate "quarantined: ' in head
    items = json.loads(body)["00081199"]["Value"]
    assert [item.get("00081196", {}).get("Value") for item in items] == [[0xB007], None]
    assert items[0]["00000902"]["Value"][0].startswith("quarantined: ")
    assert part10("1.2.3.50") in shelf(made, "quarantine")


def test_an_object_of_another_study_fails(web: tuple[Gate, int]) -> None:
    _, port = web
    status, body = post(port, multipart(part(part10("1.2.3.51"))), path="/dicom-web/studies/1.2.9.9")
    assert status == 409
    item = json.loads(body)["00081198"]["Value"][0]
    assert item["00081197"]["Value"] == [0xA901]
    assert item["00000902"]["Value"] == ["another Study Instance UID in the Data Set"]
    assert post(port, multipart(part(part10("1.2.3.51"))), path="/dicom-web/studies/1.2.3.51.1")[0] == 202


def test_what_is_no_object_is_an_other_failure(web: tuple[Gate, int]) -> None:
    _, port = web
    status, body = post(port, multipart(part(b"hello"), part(clean(0))))
    assert status == 202
    answered = json.loads(body)
    assert len(answered["0008119A"]["Value"]) == len(answered["00081199"]["Value"]) == 1


def test_a_part_that_lies_about_its_length_is_not_kept(web: tuple[Gate, int]) -> None:
    made, port = web
    lies, true = part10("1.2.3.52"), part10("1.2.3.53")
    status, body = post(port, multipart(part(lies, "Content-Length: 20"), part(true)))
    assert status == 202
    assert json.loads(body)["0008119A"]["Value"][0]["00081197"]["Value"] == [0xC000]
    kept = shelf(made, "quarantine")
    assert lies not in kept
    assert true in kept


def test_what_came_before_a_fault_of_the_body_is_kept_and_said(web: tuple[Gate, int]) -> None:
    made, port = web
    object_ = part10("1.2.3.54")
    status, body = post(port, multipart(part(object_), part(b"unfinished"), final=""))
    assert status == 202
    assert "without the final boundary" in json.loads(body)["0008119A"]["Value"][0]["00000902"]["Value"][0]
    assert object_ in shelf(made, "quarantine")
    assert not list((made.spool.folder / "incoming").iterdir())


@pytest.mark.parametrize(
    ("status", "body", "options", "said"),
    [
        (400, multipart(), {}, "without parts"),
        (400, multipart(part(b"x"), final=""), {}, "final boundary"),
        (400, multipart(part(b"x", media_type="multipart/mixed")), {}, "multipart itself"),
        (400, multipart(part(b"x", media_type="image/jpeg")), {}, "not application/dicom"),
        (400, b"x", {"path": "/dicom-web/studies/1..2"}, "no UID"),
        (400, b"x", {"content_type": 'multipart/related; type="application/dicom"'}, "boundary"),
        (
            415,
            b"x",
            {"content_type": 'multipart/related; type="application/dicom+json"; boundary=m'},
            "metadata",
        ),
        (415, b"x", {"content_type": "application/octet-stream"}, "what is taken"),
        (413, b"x" * ((1 << 20) + 1), {"content_type": "application/dicom"}, "more than 1048576 bytes"),
        (404, b"x", {"path": "/dicom-web/studies/1.2/series"}, "nothing here"),
    ],
)
def test_a_request_that_cannot_be_taken_is_told_why(
    web: tuple[Gate, int], status: int, body: bytes, options: dict[str, Any], said: str
) -> None:
    got, text = post(web[1], body, **options)
    assert got == status
    assert said in text.decode()


def test_bodies_are_not_inflated_and_formats_are_asked_for(web: tuple[Gate, int]) -> None:
    _, port = web
    body = multipart(part(part10("1.2.3.55")))
    assert answer(port, request(body, "Content-Encoding: gzip")).startswith(b"HTTP/1.1 415 ")
    assert answer(port, request(body, "Accept: text/html")).startswith(b"HTTP/1.1 406 ")
    got = answer(port, request(body, "Accept: application/dicom+xml"))
    assert b"Content-Type: application/dicom+xml" in got
    assert ET.fromstring(got.partition(b"\r\n\r\n")[2]).tag.endswith("NativeDicomModel")


def test_a_sender_that_waits_is_asked_to_go_on(web: tuple[Gate, int]) -> None:
    _, port = web
    body = multipart(part(part10("1.2.3.56")))
    got = answer(port, request(body, "Expect: 100-continue"))
    assert got.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 ")


def test_capabilities_are_told(web: tuple[Gate, int]) -> None:
    asked = urllib.request.Request(f"http://127.0.0.1:{web[1]}/dicom-web/studies", method="OPTIONS")
    with urllib.request.urlopen(asked) as told:
        assert told.headers["Allow"] == "OPTIONS, POST"
        assert b"application/dicom+json" in told.read()


def test_an_object_that_is_too_large_is_refused_alone(tmp_path: Path) -> None:
    large = part10("1.2.3.57", extra=element(0x7FE00010, b"OW", bytes(2 << 20)))
    with web_gate(tmp_path) as (made, port):
        status, body = post(port, multipart(part(large), part(clean(0))))
        assert status == 202
        assert json.loads(body)["0008119A"]["Value"][0]["00081197"]["Value"] == [0xA700]
        assert post(port, multipart(part(large)))[0] == 413
        assert not list((made.spool.folder / "incoming").iterdir())


def test_a_gate_without_room_says_when_to_come_again(tmp_path: Path) -> None:
    with web_gate(tmp_path, limits=replace(WEB_LIMITS, reserve=1 << 60)) as (_, port):
        got = answer(port, request(multipart(part(clean(0)))))
        assert got.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 60" in got


def test_refused_objects_are_nowhere(tmp_path: Path) -> None:
    with web_gate(tmp_path, decide=(Choice("refuse", severity="error"),)) as (made, port):
        status, body = post(port, multipart(part(part10("1.2.3.58"))))
        assert status == 409
        assert json.loads(body)["00081198"]["Value"][0]["00000902"]["Value"][0].startswith("refused: ")
        assert not list(made.spool.folder.rglob("*.dcm"))


def test_only_those_with_credentials_are_let_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    http = Http(port=0, user_env="GATE_USER", password_env="GATE_PASSWORD", token_env="GATE_TOKEN")
    with pytest.raises(UsageError, match="GATE_TOKEN"), web_gate(tmp_path, http=http):
        pass
    for name, value in (("GATE_USER", "a"), ("GATE_PASSWORD", "pw"), ("GATE_TOKEN", "secret")):
        monkeypatch.setenv(name, value)
    with web_gate(tmp_path, http=http) as (_, port):
        body = multipart(part(clean(0)))
        got = answer(port, request(body))
        assert got.startswith(b"HTTP/1.1 401 ")
        assert b"WWW-Authenticate: Basic" in got
        assert answer(port, request(body, "Authorization: Basic YTp4")).startswith(b"HTTP/1.1 401 ")
        assert answer(port, request(body, "Authorization: Basic YTpwdw==")).startswith(b"HTTP/1.1 200 ")
        assert answer(port, request(body, "Authorization: Bearer secret")).startswith(b"HTTP/1.1 200 ")
        assert answer(port, b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n").startswith(b"HTTP/1.")


def test_only_allowed_addresses_are_let_in(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with web_gate(tmp_path, allow=Allow(addresses=("192.0.2.0/24",))) as (_, port):
        assert answer(port, request(b"x")) == b""
    assert "refused: address not allowed" in capfd.readouterr().err


def test_tls_is_spoken(tmp_path: Path) -> None:
    certificate, key = certified(tmp_path, "IP:127.0.0.1")
    http = Http(port=0, tls=Tls(certificate, key))
    with web_gate(tmp_path, http=http) as (_, port), ExitStack() as stack:
        context = ssl.create_default_context(cafile=certificate)
        url = f"https://127.0.0.1:{port}/health"
        told = stack.enter_context(urllib.request.urlopen(url, context=context))
        assert told.read() == b"ok\n"
        assert answer(port, request(b"x")) == b""


def test_a_slow_body_is_given_up(tmp_path: Path) -> None:
    with web_gate(tmp_path, limits=replace(WEB_LIMITS, idle_s=0.3)) as (made, port):
        got = answer(port, request(part(clean(0)), length=1 << 20))
        assert got.startswith(b"HTTP/1.1 408 ")
        assert b"no byte of the body for 0.3 s" in got
        assert not list((made.spool.folder / "incoming").iterdir())


class Content:
    """A body that comes in pieces, one for each time that it is asked."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = [*pieces, b""]

    async def readany(self) -> bytes:
        await asyncio.sleep(0.02)
        return self._pieces.pop(0)


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        (
            StowBounds(5, 0, 1 << 20, slowest=10_000, grace_s=0.05),
            "408 a body that comes with less than 10000 bytes",
        ),
        (StowBounds(5, 0.05, 1 << 20), "408 a body that takes more than 0.05 s"),
        (StowBounds(5, 0, 30), "413 a body of more than 30 bytes"),
        (StowBounds(0.005, 0, 1 << 20), "408 no byte of the body for 0.005 s"),
        (StowBounds(5, 0, 1 << 20), ""),
    ],
)
def test_a_body_is_bounded_in_time_and_length(bounds: StowBounds, said: str) -> None:
    async def whole() -> bytes:
        return b"".join([each async for each in chunks(Content(*[b"x" * 10] * 10), bounds)])

    if not said:
        assert asyncio.run(whole()) == b"x" * 100
        return
    with pytest.raises(SlowError) as raised:
        asyncio.run(whole())
    assert f"{raised.value.status} {raised.value}".startswith(said)

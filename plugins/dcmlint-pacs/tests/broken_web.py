"""A DICOMweb server of our own, for QIDO-RS and WADO-RS, that does wrong what it is told to.

Without faults it keeps to PS3.18 as far as it goes. It runs in threads of this process.
"""

from __future__ import annotations

import copy
import io
import json
import re
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydicom import Dataset, dcmread

__all__ = ["BrokenWeb", "ReplyError", "broken_web", "stored"]

Record = dict[str, Any]
_CLEAN = Path(__file__).parents[3] / "fixtures" / "clean"
_IMPLICIT = "1.2.840.10008.1.2"
_STUDY = "00080020 00080030 00080050 00080090 00100010 00100020 00100030 00100040 0020000D 00200010".split()
_SERIES = "00080060 0020000E 00200011".split()
_INSTANCE = "00080016 00080018 00200013 00280010 00280011 00280100".split()
_PATH = re.compile(
    r"/dicom-web/studies(?:/([^/]+)(?:/series(?:/([^/]+)(?:/instances(?:/([^/]+))?)?)?)?)?(/metadata)?$"
)


class ReplyError(Exception):
    """An answer in the place of the usual one: `act` is given the handler."""

    def __init__(self, act: Callable[[BaseHTTPRequestHandler], None]) -> None:
        super().__init__()
        self.act = act


def stored(count: int = 3, series: int = 2, studies: int = 2) -> list[Dataset]:
    """Return objects: `studies` Studies of `series` Series of `count` instances."""
    found = []
    for study in range(1, studies + 1):
        for number in range(1, series + 1):
            for place in range(1, count + 1):
                ds = dcmread(_CLEAN / ("ct.dcm" if number % 2 else "mr.dcm"))
                ds.StudyInstanceUID = f"1.2.{study}"
                ds.SeriesInstanceUID = f"1.2.{study}.{number}"
                ds.SOPInstanceUID = f"1.2.{study}.{number}.{place}"
                ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
                ds.PatientID, ds.StudyDate = f"P{study}", f"2024010{study}"
                ds.InstanceNumber = place
                found.append(ds)
    return found


class BrokenWeb:
    """The server. `faults` are names that its methods look for, `asked` the paths of the requests that came.

    `script` has answers for the next requests, None for the usual one. `check` sees the header fields of each
    request and may raise ReplyError.
    """

    def __init__(self, objects: list[Dataset], *faults: str) -> None:
        self.objects = objects
        self.faults = set(faults)
        self.asked: list[str] = []
        self.script: list[Callable[[BaseHTTPRequestHandler], None] | None] = []
        self.check: Callable[[BaseHTTPRequestHandler], None] = lambda handler: None
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        self._texts: dict[tuple[str, str], str] = {}
        self.url = ""

    @property
    def location(self) -> str:
        return f"dicomweb+{self.url}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        with self.lock:
            self.asked.append(handler.path)
            act = self.script.pop(0) if self.script else None
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            self.check(handler)
            (act or self._usual)(handler)
        except ReplyError as reply:
            reply.act(handler)
        finally:
            with self.lock:
                self.at_once -= 1

    def _usual(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        found = _PATH.search(parts.path)
        if found is None:
            return send(handler, 404, b"", "text/plain")
        study, series, instance, is_metadata = found.groups()
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        objects = [
            ds
            for ds in self.objects
            if study in (None, ds.StudyInstanceUID)
            and series in (None, ds.SeriesInstanceUID)
            and instance in (None, ds.SOPInstanceUID)
        ]
        if is_metadata:
            return self._metadata(handler, objects)
        if instance:
            return self._object(handler, objects[0])
        level = "instances" if series else "series" if study else "studies"
        return self._search(handler, level, objects, query)

    def _json(self, handler: BaseHTTPRequestHandler, records: Any, fault: str) -> None:
        body, media_type = json.dumps(records).encode(), "application/dicom+json"
        if f"html {fault}" in self.faults:
            body, media_type = b"<html>log in</html>", "text/html"
        if f"media type {fault}" in self.faults:
            media_type = "text/plain"
        send(handler, 200, body, media_type)

    def _metadata(self, handler: BaseHTTPRequestHandler, objects: list[Dataset]) -> None:
        if not objects or ("no series metadata" in self.faults and len(objects) > 1):
            return send(handler, 404, b"", "text/plain")
        records = [self._json_of(ds) for ds in objects]
        if "other series" in self.faults:
            records[0]["0020000E"]["Value"] = ["1.2.999"]
        if "other instance" in self.faults:
            records[0]["00080018"]["Value"] = ["1.2.999"]
        if "lost metadata" in self.faults and len(records) > 1:
            records.pop()
        if "shape" in self.faults:
            records[0]["00100010"]["Value"] = ["no^object"]
        if "one object" in self.faults and len(records) > 1:
            return self._json(handler, records[0], "metadata")
        return self._json(handler, records, "metadata")

    def _json_of(self, ds: Dataset) -> Record:
        """Return metadata, which may be changed."""
        key = (str(ds.SOPInstanceUID), str(ds.PatientID))
        if key not in self._texts:
            self._texts[key] = json.dumps(
                ds.to_json_dict(bulk_data_element_handler=lambda _: "http://x/bulk")
            )
        record: Record = json.loads(self._texts[key])
        return record

    def _object(self, handler: BaseHTTPRequestHandler, ds: Dataset) -> None:
        ds = copy.deepcopy(ds)
        if "other object" in self.faults:
            ds.SOPInstanceUID = "1.2.999"
        target = io.BytesIO()
        if "implicit" in self.faults:
            ds.file_meta.TransferSyntaxUID = _IMPLICIT
        ds.save_as(target, implicit_vr="implicit" in self.faults, little_endian=True)
        declared = ds.file_meta.TransferSyntaxUID
        if "wrong syntax" in self.faults:
            declared = "1.2.840.10008.1.2.4.70"
        head = f"--x\r\nContent-Type: application/dicom; transfer-syntax={declared}\r\n\r\n".encode()
        body = head + target.getvalue() + (b"" if "cut" in self.faults else b"\r\n--x--\r\n")
        send(handler, 200, body, 'multipart/related; type="application/dicom"; boundary=x')

    def _search(
        self, handler: BaseHTTPRequestHandler, level: str, objects: list[Dataset], query: dict[str, str]
    ) -> None:
        records: dict[str, Record] = {}
        for ds in objects:
            uid = {"studies": ds.StudyInstanceUID, "series": ds.SeriesInstanceUID}.get(
                level, ds.SOPInstanceUID
            )
            records.setdefault(uid, self._result(level, ds))
        found = [each for each in records.values() if self._is_match(each, query)]
        if level == "studies" and "twice" in self.faults:
            found *= 2
        if level == "instances" and "lost result" in self.faults:
            found = found[1:]
        offset = 0 if "no offset" in self.faults else int(query.get("offset", 0))
        limit = 10_000 if "no limit" in self.faults else int(query.get("limit", 10_000))
        page = found[offset : offset + limit]
        self._json(handler, page, level)

    def _is_match(self, record: Record, query: dict[str, str]) -> bool:
        if "no filter" in self.faults:
            return True
        for tag, value in query.items():
            there = record.get(tag)
            if there is not None and re.fullmatch("[0-9A-F]{8}", tag):
                first, dash, last = value.partition("-")
                text = str((there.get("Value") or [""])[0])
                if not (text == value or (dash and first <= text <= (last or "9"))):
                    return False
        return True

    def _result(self, level: str, ds: Dataset) -> Record:
        all_of_it = self._json_of(ds)
        tags = _STUDY if level == "studies" else _SERIES if level == "series" else _INSTANCE
        record = {
            tag: all_of_it.get(tag, {"vr": "LO"}) for tag in tags if tag in all_of_it or level != "instances"
        }
        same_study = [each for each in self.objects if each.StudyInstanceUID == ds.StudyInstanceUID]
        same_series = [each for each in same_study if each.SeriesInstanceUID == ds.SeriesInstanceUID]
        if level == "studies":
            modalities = sorted({each.Modality for each in same_study})
            series = len({each.SeriesInstanceUID for each in same_study})
            record["00080061"] = {"vr": "CS", "Value": modalities}
            record["00201206"] = {"vr": "IS", "Value": [series + ("study count" in self.faults)]}
            record["00201208"] = {"vr": "IS", "Value": [len(same_study)]}
        if level == "series":
            record["00201209"] = {"vr": "IS", "Value": [len(same_series) + ("series count" in self.faults)]}
        return self._spoilt(level, record)

    def _spoilt(self, level: str, record: Record) -> Record:
        if level == "studies" and "no sex" in self.faults:
            del record["00100040"]
        if level == "studies" and "vr" in self.faults:
            record["00080020"]["vr"] = "LO"
        if level == "series" and "no modality" in self.faults:
            del record["00080060"]
        if level == "instances":
            syntax = "1.2.840.10008.1.2.4.70" if "available syntax" in self.faults else "1.2.840.10008.1.2.1"
            if "implicit" not in self.faults:
                record["00083002"] = {"vr": "UI", "Value": ["1.2.840.10008.1.2.4.80", syntax]}
        if level == "instances" and "no rows" in self.faults:
            record.pop("00280010", None)
        if level == "studies" and "no uid" in self.faults:
            record["0020000D"] = {"vr": "UI", "Value": ["../../etc"]}
        return record


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, media_type: str, **fields: str) -> None:
    """Send an answer with its length; `fields` are further header fields, with _ for -."""
    if "gzip" in handler.headers.get("Accept-Encoding", "") and body:
        packer = zlib.compressobj(1, wbits=31)
        body = packer.compress(body) + packer.flush()
        fields["Content_Encoding"] = "gzip"
    handler.send_response(status)
    for name, value in {"Content_Type": media_type, "Content_Length": str(len(body)), **fields}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def broken_web(server: BrokenWeb, context: Any = None) -> Iterator[BrokenWeb]:
    """Run the server; `context` is an ssl.SSLContext for TLS."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with suppress(ConnectionError, TimeoutError):
                server.answer(self)

        def log_message(self, *_: Any) -> None:
            """Be silent."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Be silent: peers close connections."""

    http = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        http.socket = context.wrap_socket(http.socket, server_side=True)
    server.url = f"{'http' if context is None else 'https'}://127.0.0.1:{http.server_address[1]}/dicom-web"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Send header fields, then a byte now and then, for longer than anyone should wait."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/dicom+json")
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    for _ in range(600):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)

"""What can be read of a gate: the status page, the page about devices, metrics and health."""

from __future__ import annotations

import csv
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dcmlint_pacs.gate.devices import Devices, Filter, as_csv, printable
from dcmlint_pacs.gate.events import Events, Snapshot
from dcmlint_pacs.gate.metrics import openmetrics
from dcmlint_pacs.gate.model import Happening, RuleCount
from dcmlint_pacs.gate.service import Gate
from gates import WEB_LIMITS, web_gate
from hostile_web import multipart, part, part10, post
from wire import element

STATIC = Path(__file__).parents[1] / "src" / "dcmlint_pacs" / "gate" / "static"
HOSTILE = '<img src=x onerror="window.hit=1">'
SECRET = "ZZSECRETZZ"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[Gate, int]]:
    with web_gate(tmp_path) as made:
        yield made


def get(port: int, path: str, **headers: str) -> tuple[int, Any, bytes]:
    """Status, headers and body of an answer."""
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=10) as told:
            return told.status, told.headers, told.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def send(port: int, number: int, manufacturer: str = "ACME") -> None:
    """Send an object with faults, from a device of this name."""
    maker = manufacturer.encode() + b" " * (len(manufacturer) % 2)
    name = element(0x00100010, b"PN", SECRET.encode())
    extra = element(0x00080070, b"LO", maker) + name
    assert post(port, multipart(part(part10(f"1.2.3.{number}", extra=extra))))[0] == 202


def happening(**changes: Any) -> Happening:
    rules = (
        RuleCount("module/missing-type-1", "error", 2, "Modality"),
        RuleCount("value/padded", "note", 1, "PatientID"),
    )
    made = Happening(
        0,
        100.0,
        "C-STORE",
        "CT1",
        "10.0.0.1",
        "ACME / X",
        "1.2.840.10008.5.1.4.1.1.2",
        "1.2",
        10,
        "quarantine",
        "",
        rules,
        0,
        False,
    )
    return made._replace(**changes)


def test_pages_bring_all_that_they_need_and_put_nothing_into_markup() -> None:
    files = [path for path in STATIC.iterdir() if path.suffix in (".html", ".css", ".js")]
    assert len(files) == 6
    for path in files:
        text = path.read_text()
        assert not re.search(r"https?:|[\"'(]//|@import|url\(", text), path
        forbidden = (
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser|srcdoc"
        )
        assert not re.search(forbidden, text), path
        assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|javascript:", text), path


def test_every_answer_is_closed_to_other_sites(web: tuple[Gate, int]) -> None:
    for path in (
        "/",
        "/devices",
        "/page.css",
        "/page.js",
        "/status.json",
        "/devices.json",
        "/metrics",
        "/health",
        "/x",
    ):
        status, headers, _ = get(web[1], path)
        assert status == (404 if path == "/x" else 200)
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in headers
    assert get(web[1], "/", Host="evil.example")[0] == 421


def test_the_status_has_what_came_and_no_values(web: tuple[Gate, int]) -> None:
    _, port = web
    for number in range(3):
        send(port, number)
    status = json.loads(get(port, "/status.json")[2])
    assert status["counters"]["objects"] == {"quarantine": 3}
    assert status["senders"][0]["device"] == "ACME"
    assert [each["status"] for each in status["last"]] == ["B007"] * 3
    assert status["limits"]["object"] == 1 << 20
    for path in ("/status.json", "/devices.json", "/devices.csv", "/metrics"):
        body = get(port, path)[2].decode()
        assert SECRET not in body
        assert "HOSTILE1" not in body, "a Patient ID"
        assert "1.2.3.0" not in body, "a SOP Instance UID"


def test_health_says_whether_objects_are_let_in(web: tuple[Gate, int], tmp_path: Path) -> None:
    assert get(web[1], "/health")[::2] == (200, b"ok\n")
    with web_gate(tmp_path / "full", limits=replace(WEB_LIMITS, reserve=1 << 60)) as (_, port):
        status, _, body = get(port, "/health")
        assert status == 503
        assert b"room" in body


def test_devices_are_told_apart_and_counted() -> None:
    devices = Devices()
    events = Events()
    events.listen(devices.heard)
    events.record(happening())
    events.record(happening(time=160.0, action="accept", rules=()))
    events.record(happening(time=170.0, device="ACME / Y"))
    newest, first = devices.rows(Filter())
    assert (newest["device"], first["device"]) == ("ACME / Y", "ACME / X")
    assert (first["objects"], first["clean"], first["first"], first["last"]) == (2, 1, 100.0, 160.0)
    worst = first["faults"][0]
    assert (worst["severity"], worst["rule"], worst["findings"], worst["objects"]) == (
        "error",
        "module/missing-type-1",
        2,
        1,
    )
    assert (worst["path"], worst["sop_class"]) == ("Modality", "CT Image Storage")
    assert worst["what"], "the title of the rule"


@pytest.mark.parametrize(
    ("wanted", "devices", "faults"),
    [
        (Filter(frozenset(["error"])), 2, 2),
        (Filter(text="acme / y"), 1, 2),
        (Filter(text="MODALITY"), 2, 2),
        (Filter(frozenset(["note"]), "modality"), 0, 0),
        (Filter(text="nothing like this"), 0, 0),
    ],
)
def test_a_filter_shows_what_was_asked_for(wanted: Filter, devices: int, faults: int) -> None:
    counted = Devices()
    counted.heard(happening())
    counted.heard(happening(device="ACME / Y"))
    rows = counted.rows(wanted)
    assert len(rows) == devices
    assert sum(len(row["faults"]) for row in rows) == faults


def test_what_is_counted_is_bounded_whatever_arrives() -> None:
    devices = Devices(most=10, most_faults=40)
    for number in range(1000):
        rules = (RuleCount(f"site/rule-{number}", "error", 1),)
        devices.heard(happening(calling_aet=f"AE{number}", rules=rules))
    rows = devices.rows(Filter())
    assert len(rows) == 11
    assert sum(len(row["faults"]) for row in rows) <= 40 + 11
    assert sum(row["objects"] for row in rows) == 1000
    assert sum(fault["findings"] for row in rows for fault in row["faults"]) == 1000


def test_names_that_deceive_are_shown_as_what_they_are() -> None:
    assert printable("a\x1b[31m\u202eb\u200b\ud800\n") == "a\ufffd[31m\ufffdb\ufffd\ufffd\ufffd"
    assert len(printable("x" * 5000)) == 160
    devices = Devices()
    devices.heard(happening(calling_aet="=cmd|' /C calc'!A0", device="+1\n2"))
    row = next(csv.DictReader(as_csv(devices.rows(Filter())).splitlines()))
    assert row["calling_aet"].startswith("'=")
    assert row["device"] == "'+1\ufffd2"


def test_downloads_are_what_the_filter_shows(web: tuple[Gate, int]) -> None:
    _, port = web
    send(port, 1)
    send(port, 2, HOSTILE)
    query = urllib.parse.urlencode({"text": "onerror", "severity": "error", "download": ""})
    _, headers, body = get(port, f"/devices.csv?{query}")
    assert headers["Content-Disposition"] == 'attachment; filename="devices.csv"'
    rows = list(csv.DictReader(body.decode().splitlines()))
    assert rows
    assert {row["device"] for row in rows} == {HOSTILE}
    assert {row["severity"] for row in rows} == {"error"}
    shown = json.loads(get(port, f"/devices.json?{query}")[2])["devices"]
    assert sum(len(device["faults"]) for device in shown) == len(rows)


def test_a_browser_that_has_the_devices_is_told_so(web: tuple[Gate, int]) -> None:
    _, port = web
    send(port, 1)
    tag = get(port, "/devices.json")[1]["ETag"]
    assert get(port, "/devices.json", **{"If-None-Match": tag})[0] == 304
    send(port, 2)
    assert get(port, "/devices.json", **{"If-None-Match": tag})[0] == 200


_SAMPLE = re.compile(
    r'([a-z_:][a-z0-9_:]*)(?:\{([a-z_][a-z0-9_]*="(?:[^"\\\n]|\\["\\n])*")\})? (-?[0-9.e+]+|NaN|[+-]Inf)'
)


def families(text: str) -> dict[str, str]:
    """The types of the metric families of an exposition, which is read by the grammar of OpenMetrics 1.0."""
    assert text.endswith("\n# EOF\n")
    types: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    current = ""
    for line in text.split("\n")[:-2]:
        if line.startswith("# "):
            _, keyword, name, rest = line.split(" ", 3)
            if keyword == "TYPE":
                assert name not in types, "a family is told once, in one place"
                types[name], current = rest, name
            assert name == current
            assert keyword != "UNIT" or name.endswith(f"_{rest}")
            continue
        sample = _SAMPLE.fullmatch(line)
        assert sample, line
        assert sample[1] == current + ("_total" if types[current] == "counter" else "")
        assert (sample[1], sample[2] or "") not in seen
        seen.add((sample[1], sample[2] or ""))
    return types


def test_metrics_are_openmetrics(web: tuple[Gate, int]) -> None:
    made, port = web
    for number in range(3):
        send(port, number)
    made.events.count("refused", 'a "strange"\\ reason\nof lines\u202e')
    made.events.count("of a kind nobody knows", "x")
    _, headers, body = get(port, "/metrics")
    assert headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    types = families(body.decode())
    assert types["dcmlint_gate_objects"] == "counter"
    assert types["dcmlint_gate_free_bytes"] == "gauge"
    assert 'dcmlint_gate_objects_total{action="quarantine"} 3\n' in body.decode()


def test_the_parser_of_prometheus_reads_the_metrics() -> None:
    parser = pytest.importorskip("prometheus_client.openmetrics.parser")
    counters = {
        ("objects", "accept"): 3,
        ("refused", 'x"\\y\n'): 1,
        ("bytes", "C-STORE"): 10**12,
        ("strange name", ""): 2,
    }
    text = openmetrics(
        Snapshot(1.5, 2.5, counters, []), {("waiting", "dimse://A@b:1"): 4.0, ("free bytes", ""): 7.0}
    )
    read = {family.name: family for family in parser.text_string_to_metric_families(text)}
    assert read["dcmlint_gate_received_bytes"].samples[0].value == 10**12
    assert read["dcmlint_gate_waiting_objects"].samples[0].labels == {"target": "dimse://A@b:1"}
    assert read["dcmlint_gate_refusals"].samples[0].labels == {"reason": 'x"\\y\ufffd'}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    pytest.importorskip("playwright")
    from benchmarks.browser import chromium, find_chromium

    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium")
    with chromium(path) as made:
        yield made


def opened(browser: Any, port: int, path: str, faults: list[str], **options: Any) -> Any:
    """A page that is open; what its console and its network say of faults goes to `faults`."""
    page = browser.new_context(viewport={"width": 1200, "height": 800}, **options).new_page()
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda asked: None if f"127.0.0.1:{port}" in asked.url else faults.append(asked.url))
    page.goto(f"http://127.0.0.1:{port}{path}")
    return page


def test_pages_show_what_arrives_while_they_are_open(web: tuple[Gate, int], browser: Any) -> None:
    _, port = web
    faults: list[str] = []
    status = opened(browser, port, "/", faults)
    devices = opened(browser, port, "/devices", faults, color_scheme="dark")
    devices.get_by_text("No object has arrived yet.").wait_for()
    send(port, 1, HOSTILE)
    status.locator("#senders").get_by_text(HOSTILE).wait_for(timeout=5000)
    status.locator("#last").get_by_text("quarantined").first.wait_for()
    summary = devices.locator("summary").filter(has_text=HOSTILE)
    summary.wait_for(timeout=5000)
    assert devices.locator("tbody tr").count() > 1
    assert devices.evaluate("document.querySelectorAll('img').length") == 0
    assert devices.evaluate("window.hit") is None
    send(port, 2, "QUIET")
    devices.locator("summary").filter(has_text="QUIET").wait_for(timeout=5000)
    assert not faults


def test_the_filter_and_the_keyboard_work(web: tuple[Gate, int], browser: Any) -> None:
    _, port = web
    faults: list[str] = []
    send(port, 1, "FIRST")
    send(port, 2, "SECOND")
    page = opened(browser, port, "/devices", faults)
    page.locator("details").nth(1).wait_for()
    page.get_by_role("searchbox").fill("second")
    page.locator("summary").filter(has_text="FIRST").wait_for(state="detached")
    page.get_by_label("Errors").check()
    page.locator("tbody .note").first.wait_for(state="detached")
    assert "severity=error" in page.locator("#as-csv").get_attribute("href")
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    page.locator("details:not([open])").wait_for()
    send(port, 3, "SECOND")
    page.get_by_text("0 of 2 objects clean").wait_for(timeout=5000)
    assert page.locator("details:not([open])").count() == 1, "what was closed stays closed"
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY", "and what had the focus keeps it"
    assert not faults


_CONTRAST = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => [r, g, b].map((v) => linear(v / 255))
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const color = parse(getComputedStyle(node).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const isText = (node) => node.nodeType === 3 && node.textContent.trim();
  let worst = 21;
  for (const node of document.querySelectorAll("body *")) {
    if (![...node.childNodes].some(isText) || !node.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
    worst = Math.min(worst, (a + 0.05) / (b + 0.05));
  }
  return worst;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_can_be_read(web: tuple[Gate, int], browser: Any, scheme: str) -> None:
    _, port = web
    send(port, 1)
    for path in ("/", "/devices"):
        page = opened(browser, port, path, [], color_scheme=scheme)
        page.locator("tbody tr").first.wait_for()
        page.wait_for_timeout(1500)
        assert page.evaluate(_CONTRAST) >= 4.5
        assert page.locator("h1").count() == 1
        assert page.locator("th:not([scope])").count() == 0
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off"

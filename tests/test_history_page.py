"""The page of `dcmlint report` in a real Chromium: it loads, filters, searches, and asks for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.browser import chromium, find_chromium
from benchmarks.stored import EVIL, make_store
from dcmlint.history.report import Wanted, write_report

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no Chromium: apt-get install chromium")

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    store = make_store(folder / "store.db", 4000, spread=20)
    write_report(Wanted(str(store), "html", str(folder / "report.html")), "last")
    return folder / "report.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = find_chromium()
    assert path is not None
    with chromium(path) as opened:
        yield opened


class Opened:
    """The page in a tab, with all that went wrong and all that it asked for."""

    def __init__(self, browser: Any, file: Path, **options: Any) -> None:
        self.tab = browser.new_page(**options)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.tab.on("console", lambda message: self.complaints.append(message.text))
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        self.address = file.as_uri()
        self.tab.goto(self.address)
        self.tab.wait_for_selector("html[data-ready]")

    def found(self) -> int:
        """Return the number that the line of results begins with."""
        return int(self.tab.inner_text("#result").split(" ")[0].replace(",", ""))

    def close(self) -> None:
        """Assert that nothing went wrong and nothing was asked for."""
        assert self.complaints == []
        assert self.requests == [self.address]
        self.tab.close()


@pytest.fixture
def opened(browser: Any, page_file: Path) -> Iterator[Opened]:
    page = Opened(browser, page_file, viewport=DESKTOP)
    yield page
    page.close()


def number(text: str) -> int:
    return int(text.replace(",", ""))


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_loads_without_complaint_and_fits(browser: Any, page_file: Path, viewport: Any, scheme: str) -> None:
    page = Opened(browser, page_file, viewport=viewport, color_scheme=scheme)
    width = page.tab.evaluate("document.documentElement.scrollWidth")
    assert width <= viewport["width"]
    assert page.tab.locator(".chart canvas").count() == 3
    assert page.tab.locator("#facets .facet").count() == 6
    dark = page.tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 28)"
    assert dark is (scheme == "dark")
    page.tab.locator("#rules .link.id").first.click()
    assert page.tab.locator("dialog[open]").bounding_box()["width"] <= viewport["width"]
    page.close()


def test_a_filter_narrows_and_clears(opened: Opened) -> None:
    tab, everything = opened.tab, opened.found()
    row = tab.locator('[data-key^="modality "]').first
    expected = number(row.locator(".count").inner_text())
    row.click()
    assert opened.found() == expected < everything
    assert tab.locator("#chips .chip").count() == 1
    assert (
        sum(number(text) for text in tab.locator('[data-key^="severity "] .count').all_inner_texts())
        == expected
    )
    tab.locator('[data-key^="modality "]').nth(1).click()
    assert expected < opened.found() < everything
    tab.click("#clear")
    assert opened.found() == everything


def test_filters_of_two_kinds_hold_both(opened: Opened) -> None:
    tab = opened.tab
    tab.locator('[data-key^="severity "]').first.click()
    of_severity = opened.found()
    row = tab.locator('[data-key^="station "]').first
    expected = number(row.locator(".count").inner_text())
    row.click()
    assert opened.found() == expected < of_severity


def test_new_and_resolved(opened: Opened) -> None:
    tab = opened.tab
    tiles = tab.locator("#tiles b").all_inner_texts()
    for state, tile in (("new", tiles[0]), ("resolved", tiles[1])):
        tab.locator(f'#states label:has(input[value="{state}"])').click()
        assert opened.found() == number(tile) > 0


def test_the_search_finds_rules_and_instances(opened: Opened) -> None:
    from playwright.sync_api import expect

    tab, everything = opened.tab, opened.found()
    rule = tab.locator("#rules .link.id").first.inner_text()
    tab.fill("#search", rule)
    expect(tab.locator("#rules .link.id")).to_have_count(1)
    assert tab.locator("#rules .link.id").first.inner_text() == rule
    assert 0 < opened.found() < everything
    tab.fill("#search", "no rule is called so")
    expect(tab.locator("#result")).to_contain_text("0 open findings match")
    tab.fill("#search", "")
    expect(tab.locator("#clear")).to_be_disabled()
    assert opened.found() == everything


def test_what_changed_leads_to_the_findings(opened: Opened) -> None:
    row = opened.tab.locator("#changed .card").first.locator("button.row").first
    expected = number(row.locator(".count").inner_text())
    row.click()
    assert opened.found() == expected
    assert opened.tab.locator('#states input[value="new"]').is_checked()


def test_the_keyboard_reaches_all(opened: Opened) -> None:
    tab, everything = opened.tab, opened.found()
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.id") == "search"
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.name") == "state"
    tab.keyboard.press("ArrowRight")
    assert tab.locator('#states input[value="new"]').is_checked()
    tab.keyboard.press("ArrowLeft")
    while not (tab.evaluate("document.activeElement.dataset.key") or "").startswith("severity"):
        tab.keyboard.press("Tab")
    key = tab.evaluate("document.activeElement.dataset.key")
    tab.keyboard.press("Enter")
    assert opened.found() < everything
    assert tab.evaluate("document.activeElement.dataset.key") == key, "the focus stays where it was"
    while not (tab.evaluate("document.activeElement.dataset.key") or "").startswith("show"):
        tab.keyboard.press("Tab")
    shown = tab.evaluate("document.activeElement.dataset.key")
    tab.keyboard.press("Enter")
    assert tab.locator("dialog[open] .doc h2").count() >= 3
    assert tab.locator("dialog[open] .examples li").count() >= 1
    tab.keyboard.press("Escape")
    assert tab.locator("dialog[open]").count() == 0
    assert tab.evaluate("document.activeElement.dataset.key") == shown


def test_what_a_file_says_is_text(opened: Opened) -> None:
    tab = opened.tab
    tab.locator('[data-key="more station"]').click()
    assert EVIL in tab.locator('[data-key^="station "] .name').all_inner_texts()
    assert tab.locator("img").count() == 0
    tab.locator("#rules .link.id").first.click()
    assert "case <" in tab.inner_text("dialog .examples")


def test_all_that_can_be_used_has_a_name(opened: Opened) -> None:
    nameless = opened.tab.evaluate("""() => [...document.querySelectorAll("button, input, a, [role=img]")]
        .filter((node) => !(node.innerText || node.getAttribute("aria-label") || (node.labels || []).length))
        .map((node) => node.outerHTML)""")
    assert nameless == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(browser: Any, page_file: Path, scheme: str) -> None:
    page = Opened(browser, page_file, viewport=DESKTOP, color_scheme=scheme)
    pale = page.tab.evaluate(CONTRAST)
    assert pale == []
    page.close()


CONTRAST = """() => {
  const parse = (text) => text.match(/[0-9.]+/g).map(Number);
  const linear = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => [r, g, b].map(linear)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const color = parse(getComputedStyle(node).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const pale = new Set();
  for (const node of document.querySelectorAll("main *, header *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || !node.offsetParent || node.disabled || node.closest("noscript, :disabled")) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(behind(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) pale.add(node.className + " " + node.tagName + " " + ratio.toFixed(2));
  }
  return [...pale];
}"""


def test_it_prints_without_controls(opened: Opened) -> None:
    opened.tab.emulate_media(media="print")
    assert not opened.tab.locator("#search").is_visible()
    assert not opened.tab.locator("#theme").is_visible()
    assert opened.tab.locator("#rules table").is_visible()
    assert len(opened.tab.pdf()) > 10_000

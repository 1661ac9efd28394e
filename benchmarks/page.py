"""The reports on a store with 1,000,000 open findings: size of the page, time of its filters, memory.

A filter's time is from the click until the page is drawn again, in headless Chromium. Without Chromium
the page's times are not measured, and it says so.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.browser import chromium, find_chromium
from benchmarks.limits import Figures
from benchmarks.process import dcmlint_command, run_watched
from benchmarks.stored import make_store

__all__ = ["main"]

_FINDINGS = 1_250_000
_REDUCED = 125_000
_STATIONS = 400
_ROUNDS = 5

_TIMED = """async (selector) => {
  const start = performance.now();
  document.querySelector(selector).click();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  return (performance.now() - start) / 1000;
}"""

_SEARCH = """async (text) => {
  const field = document.getElementById("search");
  const drawn = () => performance.getEntriesByName("filter").length;
  const before = drawn(), start = performance.now();
  field.value = text;
  field.dispatchEvent(new Event("input"));
  while (drawn() === before) await new Promise((done) => setTimeout(done, 5));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  return (performance.now() - start) / 1000;
}"""

_CLICKS = {
    "severity": '[data-key^="severity "]',
    "station": '[data-key^="station "]',
    "model": '[data-key^="device "]',
    "month": '[data-key^="month "]',
    "SOP Class": '[data-key^="sop_class "]',
    "rule": '#rules [data-key^="rule "]',
    "new": '#states input[value="new"]',
    "resolved": '#states input[value="resolved"]',
    "open": '#states input[value="open"]',
    "clear": "#clear",
    "all stations": '[data-key="more station"]',
    "all rules": '[data-key="more rule"]',
}


def in_browser(figures: Figures, page: Path, path: str) -> None:
    """Measure opening the page and each of its filters."""
    with chromium(path) as browser:
        opened = min(_opened(browser, page) for _ in range(3))
        figures.add("page open", opened, "the best of three")
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        tab.goto(page.as_uri())
        tab.wait_for_selector("html[data-ready]")
        worst = {}
        for name, selector in _CLICKS.items():
            worst[name] = max(tab.evaluate(_TIMED, selector) for _ in range(_ROUNDS))
            tab.evaluate('document.querySelector("#clear").click()')
        worst["search"] = max(tab.evaluate(_SEARCH, text) for text in ("pixel", "value/", "1.2.826.1.7", ""))
        for name, seconds in sorted(worst.items(), key=lambda item: -item[1]):
            print(f"filter by {name}: {seconds * 1000:.0f} ms")
        figures.add(
            "page filter", max(worst.values()), f"the worst of {_ROUNDS} rounds of {len(worst)} filters"
        )


def _opened(browser: Any, page: Path) -> float:
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    start = time.perf_counter()
    tab.goto(page.as_uri())
    tab.wait_for_selector("html[data-ready]")
    taken = time.perf_counter() - start
    tab.close()
    return taken


def reports(figures: Figures, store: Path, work: Path) -> Path:
    """Measure size, memory and time of every format; return the page."""
    peak = 0.0
    for form in ("html", "markdown", "csv", "json", "parquet", "sarif"):
        output = work / f"report.{form}"
        cost = run_watched(
            [*dcmlint_command(), "report", "--store", str(store), "--format", form, "--output", str(output)]
        )
        if cost.status:
            raise SystemExit(f"dcmlint report --format {form} ended with status {cost.status}")
        size = output.stat().st_size / 1e6
        print(f"{form}: {size:.2f} MB, {cost.wall_s:.1f} s, peak RSS {cost.peaks_mb[0]:.0f} MB", flush=True)
        peak = max(peak, *cost.peaks_mb)
    figures.add("page size", (work / "report.html").stat().st_size / 1e6)
    figures.add("report rss", peak)
    return work / "report.html"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if one misses its limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="small enough for CI")
    parser.add_argument("--keep", metavar="FOLDER", help="keep store and reports here")
    options = parser.parse_args(arguments)
    findings = _REDUCED if options.reduced else _FINDINGS
    figures = Figures(reduced=options.reduced)
    with tempfile.TemporaryDirectory(prefix="dcmlint-page-") as folder:
        work = Path(options.keep or folder)
        store = work / "store.db"
        if not store.exists():
            start = time.perf_counter()
            make_store(store, findings, runs=30, spread=_STATIONS)
            taken = time.perf_counter() - start
            print(f"page: a store of {findings:,} findings made in {taken:.0f} s, a fifth of them resolved")
        page = reports(figures, store, work)
        path = find_chromium()
        if path is None:
            print("no Chromium is installed: the times of the page are not measured")
        else:
            in_browser(figures, page, path)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

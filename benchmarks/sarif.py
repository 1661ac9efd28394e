"""Wall time of writing 30,000 findings as SARIF, complete and for GitHub: `python -m benchmarks.sarif`.

The findings are those of the corpus, told again under other names until they are enough. What is timed is the
reporter alone, from `begin` to `end`, with a file to write to: rendering, waiting on disk, compressing to see
whether it fits, writing. sarif_om is imported before.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.corpus import find_corpus
from benchmarks.limits import Figures
from benchmarks.process import high_water_mb, reset_high_water
from dcmlint.report import RunInfo, Summary, reporters
from dcmlint.report.render import Renderer
from dcmlint.report.shown import FileReport
from dcmlint.scan import Session, lint_file

__all__ = ["main", "many_reports"]

_FINDINGS = 30_000
_ROUNDS = 3


def many_reports(session: Session, wanted: int) -> Iterator[FileReport]:
    """Yield reports of the corpus, again and again as of other files, until they have enough findings."""
    from xxhash import xxh3_128_hexdigest

    renderer = Renderer(session.rules, "/data")
    found = [renderer.report(lint_file(str(path), session)) for path in find_corpus().files]
    found = [report for report in found if report.findings]
    while True:
        for report in found:
            file = f"/data/study{wanted % 97}/{wanted}/{Path(report.file).name}"
            shown = [
                each._replace(fingerprint=xxh3_128_hexdigest(f"{file}\n{each.fingerprint}".encode()))
                for each in report.findings[:wanted]
            ]
            wanted -= len(shown)
            yield FileReport(file, report.kind, report.sop_class_uid, f"1.2.3.{wanted}", shown=shown)
            if not wanted:
                return


def seconds(form: str, run: RunInfo, reports: Sequence[FileReport], target: Path) -> float:
    """Return how long it takes to write the reports."""
    start = time.perf_counter()
    with target.open("w", encoding="utf-8") as stream, contextlib.redirect_stderr(io.StringIO()):
        reporter = reporters()[form](stream)
        reporter.begin(run)
        for report in reports:
            reporter.add(report)
        reporter.end(Summary(len(reports), len(reports), 0, 0, 0, 0, 0, 0.0))
    return time.perf_counter() - start


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="the figures are printed and not judged")
    figures = Figures(reduced=parser.parse_args(arguments).reduced)
    session = Session()
    reports = list(many_reports(session, _FINDINGS))
    run = RunInfo("0.0.0", "edition", session.rules, "/data")
    import sarif_om  # noqa: F401 - what importing it takes is not measured

    with tempfile.TemporaryDirectory() as folder:
        for form in ("sarif", "github-sarif"):
            target = Path(folder, "dcmlint.sarif")
            before = reset_high_water()
            least = min(seconds(form, run, reports, target) for _ in range(_ROUNDS))
            growth = high_water_mb() - before
            size = target.stat().st_size / 1e6
            figures.add(form, least, f"{_FINDINGS} findings, {size:.0f} MB, memory grew by {growth:.0f} MB")
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

"""One run of `dcmlint check`: inputs to a report on a stream, and what it comes to.

The report's text of one input is made where the input was checked, in a worker process if there are
any, as far as the reporter can do that (`Renders`); this process then only writes it.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO, cast

from dcmlint import __version__
from dcmlint.catalogue import problems
from dcmlint.errors import UsageError
from dcmlint.execute import executor
from dcmlint.model import SEVERITIES, InstanceReport
from dcmlint.plugins import named
from dcmlint.progress import Progress
from dcmlint.report.protocol import Renders, Reporter, RunInfo, Summary
from dcmlint.scan import Session, Settings, entries, lint_entry, unreadable
from dcmlint.source import Entry
from dcmlint.source.listing import read_list

if TYPE_CHECKING:
    from io import BufferedReader

__all__ = ["FAIL_ON", "Lint", "Outcome", "Request", "Tally", "check"]


_HOOKS = ("dcmlint_rules", "dcmlint_sources", "dcmlint_reporters", "dcmlint_executors")
"""The hooks that a check uses."""

FAIL_ON = (*SEVERITIES, "never")
"""What `--fail-on` takes."""


class Request(NamedTuple):
    """What the user asked `dcmlint check` for. `separator` is that of a list on standard input."""

    locations: tuple[str, ...]
    settings: Settings = Settings()
    format: str = "text"
    output: str = ""
    fail_on: str = "error"
    jobs: int = 1
    separator: bytes = b""
    show_files: bool = False
    statistics: bool = False
    quiet: bool = False


class Outcome(NamedTuple):
    """What came of one input: `content` is its report, or the text that a reporter made of it."""

    kind: str
    named: bool
    counts: tuple[int, ...]
    check_failed: bool
    content: InstanceReport | str


class Lint:
    """The work on one entry: check it, and make its part of the report if the reporter can.

    Forked workers share what is loaded here. Where workers are spawned only the settings travel, and
    the report is made in the first process.
    """

    def __init__(self, session: Session, reporter: Reporter | None = None) -> None:
        self.session = session
        self._render = reporter.render if isinstance(reporter, Renders) else None

    def __reduce__(self) -> tuple[Any, ...]:
        return _spawned, (self.session.settings,)

    def __call__(self, entry: Entry) -> Outcome:
        """Return what came of the entry; never raises."""
        return self._outcome(entry, lint_entry(entry, self.session))

    def lost(self, entry: Entry, reason: str) -> Outcome:
        """Return the outcome for an entry on which its worker died."""
        return self._outcome(entry, unreadable(entry, reason, self.session))

    def _outcome(self, entry: Entry, report: InstanceReport) -> Outcome:
        counts = report.counts()
        failed = any(finding.rule == "internal/check-failed" for finding in report.findings)
        content = self._render(report) if self._render is not None else report
        return Outcome(report.kind, entry.named, tuple(counts.values()), failed, content)


def _spawned(settings: Settings) -> Lint:
    return Lint(Session(settings))


class Tally:
    """Counts outcomes, and says what they come to."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.counts = [0] * len(SEVERITIES)
        self.failed_checks = 0
        self.unread = 0
        """Inputs that the user named and that could not be read."""
        self._started = time.perf_counter()

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        self.kinds[outcome.kind] += 1
        for index, count in enumerate(outcome.counts):
            self.counts[index] += count
        self.failed_checks += outcome.check_failed
        self.unread += outcome.named and outcome.kind == "unreadable"

    def summary(self) -> Summary:
        """Return the summary of all outcomes so far."""
        errors, warnings, notes = self.counts
        return Summary(
            self.kinds.total(),
            self.kinds["instance"],
            self.kinds["unreadable"],
            self.kinds["not-dicom"],
            errors,
            warnings,
            notes,
            time.perf_counter() - self._started,
            self.failed_checks,
        )

    def exit_status(self, fail_on: str) -> int:
        """Return 1 if there are findings of severity `fail_on` or above ("never": whatever there
        is), if a check failed, or if a named input was unreadable; else 0."""
        if self.failed_checks or self.unread:
            return 1
        counted = 0 if fail_on == "never" else FAIL_ON.index(fail_on) + 1
        return 1 if any(self.counts[:counted]) else 0


def check(request: Request) -> int:
    """Check all inputs, write the report, and return the exit status.

    What cannot be used of a plugin is said first. Raises UsageError if there is something else that
    cannot be done.
    """
    left_out = problems(_HOOKS)
    for problem in left_out:
        print(f"dcmlint: warning: {problem}", file=sys.stderr)
    factories = named("dcmlint_reporters")
    if request.format not in factories:
        raise UsageError(f"Unknown format: {request.format}", f"Known: {', '.join(factories)}")
    if request.fail_on not in FAIL_ON:
        raise UsageError(f"Unknown severity: {request.fail_on}", f"Known: {', '.join(FAIL_ON)}")
    if not request.locations:
        raise UsageError("Nothing to check.", "Name files or folders, or - for a list on standard input.")
    tally = Tally()
    session = Session(request.settings)
    with _output(request.output) as out:
        reporter: Reporter = factories[request.format](out)
        reporter.begin(_run_info(request, session))
        _report(request, session, reporter, tally)
        reporter.end(tally.summary())
        out.flush()
    if not tally.kinds and not request.quiet:
        print("dcmlint: warning: there was nothing to check", file=sys.stderr)
    return 1 if left_out else tally.exit_status(request.fail_on)


def _run_info(request: Request, session: Session) -> RunInfo:
    from dcmlint.standard.shards import edition_label

    return RunInfo(
        __version__,
        edition_label(),
        session.rules,
        str(Path.cwd()),
        show_files=request.show_files,
        statistics=request.statistics,
        quiet=request.quiet,
    )


def _report(request: Request, session: Session, reporter: Reporter, tally: Tally) -> None:
    """Run the work and hand each outcome to the reporter, in the order of the inputs."""
    # Statistics count findings by rule, so they need the reports themselves.
    work = Lint(session, None if request.statistics else reporter)
    inputs = entries(session, _locations(request.locations, request.separator))
    progress = _progress(request)
    outcomes = executor(request.jobs).run(work, inputs)
    try:
        for outcome in outcomes:
            tally.add(outcome)
            if isinstance(outcome.content, InstanceReport):
                reporter.add(outcome.content)
            elif isinstance(reporter, Renders):
                reporter.add_rendered(outcome.content)
            if progress is not None:
                progress.step()
    finally:
        if progress is not None:
            progress.clear()


def _locations(locations: Iterable[str], separator: bytes) -> Iterator[str]:
    """Yield the locations, those on standard input in the place of `-`."""
    for location in locations:
        if location == "-":
            yield from read_list(cast("BufferedReader", sys.stdin.buffer), separator=separator)
        else:
            yield location


def _progress(request: Request) -> Progress | None:
    """Return a progress bar if there is a terminal to show it on that the report does not go to."""
    shown = sys.stderr.isatty() and (request.output or not sys.stdout.isatty())
    if request.quiet or not shown:
        return None
    return Progress(sys.stderr, () if "-" in request.locations else request.locations)


@contextmanager
def _output(path: str) -> Iterator[TextIO]:
    """Give the stream that the report goes to."""
    if path in ("", "-"):
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        yield sys.stdout
        return
    from dcmlint.report.output import open_output

    try:
        with open_output(path) as stream:
            yield stream
    except OSError as error:
        raise UsageError(f"Cannot write {path}: {error.strerror or 'it is not writable'}") from error

"""One run of `dcmlint check`: inputs to reports, and what it comes to.

The text of one input is made where the input was checked, in a worker process if there are any, as far as
a reporter can do that (`Renders`); this process then only writes it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import chain, islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO, cast

from dcmlint import __version__
from dcmlint.cache import FEW, Cache
from dcmlint.catalogue import problems
from dcmlint.errors import UsageError
from dcmlint.execute import Executor, executor, is_remote
from dcmlint.execute.sweep import sweeping
from dcmlint.plugins import named
from dcmlint.policy.baseline import Baseline
from dcmlint.progress import Progress
from dcmlint.report.protocol import Renders, Reporter, RunInfo, TakesLate
from dcmlint.report.shown import FileReport
from dcmlint.scan import Session, Settings, entries
from dcmlint.source import Entry, Prepares, Skip, Source, is_held
from dcmlint.source.listing import read_list
from dcmlint.tally import FAIL_ON, Tally
from dcmlint.upkeep import Upkeep
from dcmlint.work import Outcome, Work

if TYPE_CHECKING:
    from io import BufferedReader

    from dcmlint.across import Across
    from dcmlint.model import InstanceReport

__all__ = ["Output", "Request", "check", "conduct", "skipped", "tell"]


_HOOKS = ("dcmlint_rules", "dcmlint_policies", "dcmlint_sources", "dcmlint_reporters", "dcmlint_executors")
"""The hooks that a check uses."""


Late = Callable[[FileReport], None]


class Output(NamedTuple):
    """A report to write: its format, and the file that it goes to ("" = standard output)."""

    format: str = "text"
    file: str = ""


class Request(NamedTuple):
    """What the user asked `dcmlint check` for. `separator` is that of a list on standard input.

    `cache` is where results are kept, "" to keep none. `statistics` are names of what findings are
    counted by. With `stdin_filename` it is no list that is on standard input but one object, checked under
    that name. `archives` says which are looked into (`dcmlint.source.paths.ARCHIVES`). `executor` is the name
    of what does the work ("" = by `jobs`), `scheduler` the address that it is given.
    """

    locations: tuple[str, ...]
    settings: Settings = Settings()
    outputs: tuple[Output, ...] = (Output(),)
    fail_on: str = "error"
    jobs: int = 1
    separator: bytes = b""
    show_files: bool = False
    statistics: tuple[str, ...] = ()
    quiet: bool = False
    cache: str = ""
    cache_megabytes: int = 512
    baseline: str = ""
    ratchet: bool = False
    stdin_filename: str | None = None
    respect_gitignore: bool = False
    archives: str = "all"
    executor: str = ""
    scheduler: str = ""


def check(request: Request, only: Sequence[Entry] | None = None) -> int:
    """Check all inputs, or `only` those, write the reports, and return the exit status.

    What cannot be used of a plugin is said first. Raises UsageError if there is something else that
    cannot be done.
    """
    begun = _begun(request) if only is None else {}
    left_out = problems(_HOOKS)
    for problem in left_out:
        print(f"dcmlint: warning: {problem}", file=sys.stderr)
    _refuse_nonsense(request)
    with ExitStack() as stack:
        reporters = [stack.enter_context(_reporter(output)) for output in request.outputs]
        tally = conduct(request, reporters, only, sources=begun)
    if not tally.kinds and not request.quiet:
        print("dcmlint: warning: there was nothing to check", file=sys.stderr)
    return 1 if left_out else tally.exit_status()


def conduct(
    request: Request,
    reporters: Sequence[Reporter],
    only: Sequence[Entry] | None = None,
    *,
    sources: Mapping[str, Source] = MappingProxyType({}),
) -> Tally:
    """Check all inputs, or `only` those, tell the reporters, and return what it came to.

    `sources` are those that have begun to list.
    """
    session = Session(request.settings, {**sources, **_sources(request)})
    chosen = _executor(request)
    tally = Tally(request.fail_on, request.statistics)
    run = _run_info(request, session)
    for reporter in reporters:
        reporter.begin(run)
    _report(request, session, chosen, reporters, tally, only)
    summary = tally.summary()
    for reporter in reporters:
        reporter.end(summary)
    return tally


def tell(request: Request, reports: Iterable[InstanceReport], exit_status: int) -> None:
    """Write the reports that a request asks for on findings which the caller has made.

    Each is of a rule in the catalogue; no policy is applied. `exit_status` is what the command will end with.
    Raises UsageError if an output cannot be.
    """
    from dcmlint.catalogue import catalogue
    from dcmlint.report.render import Renderer

    _refuse_nonsense(request)
    session = Session(request.settings)
    run = _run_info(request, session)._replace(rules=catalogue())
    renderer, tally = Renderer(run.rules, run.cwd), Tally(request.fail_on)
    with ExitStack() as stack:
        reporters = [stack.enter_context(_reporter(output)) for output in request.outputs]
        for reporter in reporters:
            reporter.begin(run)
        for each in reports:
            report = renderer.report(each)
            tally.add_input(report.kind)
            tally.add_findings(report)
            for reporter in reporters:
                reporter.add(report)
        for reporter in reporters:
            reporter.end(tally.summary()._replace(exit_status=exit_status))


def _begun(request: Request) -> dict[str, Source]:
    """Return sources that have begun to list: rules are loaded meanwhile."""
    sources: dict[str, Source] = {}
    for location in request.locations:
        scheme, colon, _ = location.partition("://")
        scheme = scheme.lower()
        if not colon or scheme not in (factories := named("dcmlint_sources")):
            continue
        source = sources.get(scheme) or factories[scheme]()
        if isinstance(source, Prepares):
            if scheme not in sources:
                source.ask(request.settings.asked)
                sources[scheme] = source
            source.prepare(location)
    return sources


def _refuse_nonsense(request: Request) -> None:
    """Raise UsageError for formats and severities that are not there, and outputs in each other's way."""
    known = named("dcmlint_reporters")
    for output in request.outputs:
        if output.format not in known:
            raise UsageError(f"Unknown format: {output.format}", f"Known: {', '.join(known)}")
    targets = [
        output.file if output.file not in ("", "-") else "standard output" for output in request.outputs
    ]
    for target in targets:
        if targets.count(target) > 1:
            raise UsageError(
                f"Two reports go to {target}.",
                "Name a file for each: --format sarif:dcmlint.sarif --format text",
            )
    if request.fail_on not in FAIL_ON:
        raise UsageError(f"Unknown severity: {request.fail_on}", f"Known: {', '.join(FAIL_ON)}")
    if request.stdin_filename is not None and not (
        request.stdin_filename and set(request.locations) <= {"-"}
    ):
        raise UsageError("--stdin-filename takes a name, and no path but -.")
    if not request.locations and request.stdin_filename is None:
        raise UsageError("Nothing to check.", "Name files or folders, or - for a list on standard input.")


def _run_info(request: Request, session: Session) -> RunInfo:
    from dcmlint.standard.shards import edition_label

    return RunInfo(
        __version__,
        edition_label(),
        session.rules,
        str(Path.cwd()),
        show_files=request.show_files,
        quiet=request.quiet,
        fail_on=request.fail_on,
    )


def _executor(request: Request) -> Executor:
    """Return what does the work, before any report has begun: it may not be there."""
    chosen = executor(request.jobs, request.executor, request.scheduler)
    if request.stdin_filename is not None and is_remote(chosen):
        raise UsageError(
            f"The executor {request.executor} cannot read this standard input.", "Leave --executor out."
        )
    return chosen


def _report(
    request: Request,
    session: Session,
    chosen: Executor,
    reporters: Sequence[Reporter],
    tally: Tally,
    only: Sequence[Entry] | None,
) -> None:
    """Run the work and hand each outcome to the reporters, in the order of the inputs."""
    upkeep = Upkeep(session, request.locations, Baseline.read(request.baseline), ratchet=request.ratchet)
    inputs = entries(session, _locations(request)) if only is None else iter(only)
    first = _first(inputs)
    is_long = len(first) == FEW or (bool(first) and is_held(first[-1]))
    across = _across(session, upkeep, first, is_long=is_long)
    cache = _cache(request, session) if is_long and not is_remote(chosen) else None
    work = Work(
        session,
        upkeep.judge,
        reporters,
        cache=cache,
        statistics=request.statistics,
        counts_only=request.quiet and all(output.format == "text" for output in request.outputs),
    )
    progress = _progress(request) if only is None else None
    late = [_late(reporter) for reporter in reporters]
    try:
        with closing(_closable(chosen.run(work, chain(first, inputs)))) as outcomes:
            for outcome in outcomes:
                tally.add(outcome)
                _write(outcome, reporters)
                for report in upkeep.of(outcome):
                    _write_late(report, late, tally)
                if across is not None:
                    across.add(outcome)
                if cache is not None:
                    cache.keep(outcome.row, outcome.touch)
                if progress is not None:
                    progress.step()
        if across is not None:
            with sweeping():
                for report in across.reports(cache):
                    _write_late(report, late, tally)
    finally:
        if progress is not None:
            progress.clear()
        if cache is not None:
            cache.close()
    for report in upkeep.at_the_end():
        _write_late(report, late, tally)


def _first(inputs: Iterator[Entry]) -> list[Entry]:
    """Return the first FEW inputs, up to one that is held: the next must wait until its work is done."""
    first = []
    for entry in islice(inputs, FEW):
        first.append(entry)
        if is_held(entry):
            break
    return first


def _across(session: Session, upkeep: Upkeep, first: Sequence[Entry], *, is_long: bool) -> Across | None:
    """Return the checks over several instances, None where there is nothing for them to compare."""
    is_directory = any(Path(entry.path).name.upper() == "DICOMDIR" for entry in first)
    is_asked = any(rule.scope == "group" for rule in session.rules.values())
    if not (is_asked and (len(first) > 1 or is_long or is_directory)):
        return None
    from dcmlint.across import Across

    session.collect_facts()
    return Across(session, upkeep.judged, is_whole=upkeep.may_be_whole or is_long)


def _closable(outcomes: Iterator[Outcome]) -> Generator[Outcome, None, None]:
    """Pass on outcomes; closing this closes their iterator where that can be closed."""
    yield from outcomes


def _write(outcome: Outcome, reporters: Sequence[Reporter]) -> None:
    contents = outcome.contents
    if not contents:
        return
    for number, reporter in enumerate(reporters):
        content = contents[number if len(contents) > 1 else 0]
        if isinstance(content, FileReport):
            reporter.add(content)
        else:
            cast("Renders", reporter).add_rendered(content)


def _late(reporter: Reporter) -> Late:
    """Return what a reporter is told by of findings that come up after their input, or that are of none."""
    return reporter.add_late if isinstance(reporter, TakesLate) else reporter.add


def _write_late(report: FileReport, late: Sequence[Late], tally: Tally) -> None:
    """Report findings that came up after the input they are of, or that concern no input."""
    tally.add_findings(report)
    for add in late:
        add(report)


def _cache(request: Request, session: Session) -> Cache | None:
    """Return the cache, ready for this run, None if the user wants none."""
    if not request.cache:
        return None
    from dcmlint.cache_key import cache_settings

    cache = Cache(cache_settings(session, request.cache, request.cache_megabytes))
    cache.prepare()
    return cache


def _sources(request: Request) -> dict[str, Source]:
    """Return the sources of this run alone.

    What is visited is the business of this process; worker processes open what they are given.
    """
    sources: dict[str, Source] = {}
    if (skip := skipped(request)) is not None or request.archives != "all":
        from dcmlint.source.paths import Paths

        sources["file"] = Paths(skip, request.archives)
    if request.stdin_filename is not None:
        from dcmlint.source.stream import SCHEME, StandardInput

        sources[SCHEME] = StandardInput()
    return sources


def skipped(request: Request) -> Skip | None:
    """Return what walks of folders leave out: by the policy's globs, and what git ignores."""
    policy = request.settings.policy
    skips: list[Skip] = []
    if policy.include or policy.exclude:
        from dcmlint.policy.globs import Globs

        skips.append(Globs(policy.include, policy.exclude))
    if request.respect_gitignore:
        from dcmlint.source.gitignore import GitIgnored

        skips.append(GitIgnored())
    if len(skips) < 2:
        return skips[0] if skips else None
    return lambda path, is_folder: any(skip(path, is_folder) for skip in skips)


def _locations(request: Request) -> Iterator[str]:
    """Yield the locations, those listed on standard input in the place of `-`."""
    if request.stdin_filename is not None:
        yield f"stdin://{request.stdin_filename}"
        return
    for location in request.locations:
        if location == "-":
            if sys.stdin is None:
                raise UsageError("Standard input is closed: there is no list of paths on it.")
            yield from read_list(cast("BufferedReader", sys.stdin.buffer), separator=request.separator)
        else:
            yield location


def _progress(request: Request) -> Progress | None:
    """Return a progress bar if there is a terminal to show it on that no report goes to."""
    on_screen = any(output.file in ("", "-") for output in request.outputs)
    shown = sys.stderr.isatty() and not (on_screen and sys.stdout.isatty())
    if request.quiet or not shown:
        return None
    return Progress(sys.stderr, () if "-" in request.locations else request.locations)


@contextmanager
def _reporter(output: Output) -> Iterator[Reporter]:
    """Give the reporter of an output; its file is complete, or as it was before."""
    factories: Any = named("dcmlint_reporters")
    with _stream(output.file) as stream:
        yield factories[output.format](stream)
        stream.flush()


@contextmanager
def _stream(path: str) -> Iterator[TextIO]:
    """Give the stream that a report goes to."""
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

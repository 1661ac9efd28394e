"""One `dcmlint scan`, from its first look at the store to its exit status."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from datetime import date
from typing import NamedTuple

from dcmlint import __version__
from dcmlint.errors import UsageError
from dcmlint.execute import Executor, executor
from dcmlint.execute.sweep import sweep, sweeping
from dcmlint.nightly.archives import Pending
from dcmlint.nightly.changes import Changes
from dcmlint.nightly.choice import Choice
from dcmlint.nightly.digest import policy_digest
from dcmlint.nightly.groups import check_groups
from dcmlint.nightly.nice import give_way
from dcmlint.nightly.status import Log, Status, StatusFiles
from dcmlint.nightly.stop import Stop
from dcmlint.nightly.walk import roots_of
from dcmlint.nightly.work import ScanWork
from dcmlint.policy.baseline import Baseline
from dcmlint.policy.judge import Judge
from dcmlint.scan import Session, Settings, entries
from dcmlint.source import Skip
from dcmlint.standard.shards import edition_label
from dcmlint.store.lock import scan_lock
from dcmlint.store.open import Store, open_store
from dcmlint.store.rows import Checked
from dcmlint.store.run import Begun, Totals, begin_run, end_run, new_since, now
from dcmlint.store.write import Writer
from dcmlint.tally import FAIL_ON
from dcmlint.work import Work

__all__ = ["COMPLETE", "FAILED", "NEW", "PARTIAL", "ScanRequest", "scan"]

COMPLETE, NEW, FAILED, PARTIAL = 0, 1, 2, 3
"""What the exit status says: nothing new, new findings, it failed, it ended before its end."""


class ScanRequest(NamedTuple):
    """What the user asked `dcmlint scan` for. `share` and `since_ns` choose objects (`Choice`).

    `executor` is the name of what reads and checks objects ("" = by `jobs`), `scheduler` the address that it
    is given; checks over several instances run in `jobs` processes of this machine.
    `archives` says which are looked into (`dcmlint.source.paths.ARCHIVES`); no root is one, so that "named"
    means none.
    """

    locations: tuple[str, ...]
    store: str
    settings: Settings = Settings()
    fail_on: str = "error"
    jobs: int = 1
    verify: bool = False
    time_budget_s: float | None = None
    share: float = 1.0
    since_ns: int = 0
    baseline: str = ""
    skip: Skip | None = None
    gives_way: bool = True
    status_file: str = ""
    metrics_file: str = ""
    log_format: str = "text"
    quiet: bool = False
    executor: str = ""
    scheduler: str = ""
    archives: str = "all"


def scan(request: ScanRequest) -> int:
    """Scan the roots into the store and return the exit status.

    Raises UsageError if it cannot be done; what was written until then is kept, and the next scan goes on.
    """
    log = Log(request.log_format, quiet=request.quiet)
    session = Session(request.settings)
    roots = _roots(request, session)
    judge = _judge(request, session)
    chosen = executor(request.jobs, request.executor, request.scheduler)
    store = open_store(request.store, create=True)
    try:
        with scan_lock(store):
            if request.gives_way:
                give_way()
            return _Scan(request, session, judge, store, log).run(roots, chosen)
    finally:
        store.close()


def _roots(request: ScanRequest, session: Session) -> list[str]:
    if not request.locations:
        raise UsageError("Nothing to scan.", "Name the folders of the archive, or s3://bucket/prefix.")
    if request.fail_on not in FAIL_ON:
        raise UsageError(f"Unknown severity: {request.fail_on}", f"Known: {', '.join(FAIL_ON)}")
    return roots_of(request.locations, session.source)


def _judge(request: ScanRequest, session: Session) -> Judge:
    baseline = Baseline.read(request.baseline)
    policy = session.settings.policy
    return Judge(policy, session.on, today=date.today().isoformat(), baseline=baseline.fingerprints)


def _closable(results: Iterator[Checked]) -> Generator[Checked, None, None]:
    """Pass on results; closing this ends what an executor has started."""
    yield from results


class _Scan:
    """One scan while it runs."""

    def __init__(self, request: ScanRequest, session: Session, judge: Judge, store: Store, log: Log) -> None:
        self.request = request
        self.session = session
        self.judge = judge
        self.store = store
        self.log = log
        self.files = StatusFiles(request.status_file, request.metrics_file)
        self.status = Status(__version__)
        self.stop = Stop(request.time_budget_s)

    def run(self, roots: list[str], chosen: Executor) -> int:
        """Do it all, and return the exit status."""
        digest = policy_digest(self.session, date.today().isoformat(), self.judge.baseline)
        begun = begin_run(self.store, __version__, edition_label(), digest, roots)
        self.status = self.status._replace(run=begun.id, started=begun.started)
        self._announce(begun)
        try:
            with self.stop, sweeping():
                self.files.tell_now(self.status)
                self._walk(begun, roots, chosen)
                if not self.stop:
                    self._check_groups(begun)
        except BaseException:
            self._failed(begun)
            raise
        return self._ended(begun, roots)

    def _announce(self, begun: Begun) -> None:
        if begun.resumes:
            self.log.say("resumed", "the last scan was cut short: this one goes on where it ended")
        if 1 < begun.fresh_from == begun.id:
            self.log.say(
                "recheck",
                "version, edition or policy has changed: everything is checked again",
                {"run": begun.id},
            )

    def _walk(self, begun: Begun, roots: list[str], chosen: Executor) -> None:
        request = self.request
        writer = Writer(self.store, begun.id)
        choice = Choice(begun.fresh_from, request.share, request.since_ns, request.verify)
        work = ScanWork(Work(self.session, self.judge, None, cwd="", as_lines=True))
        with self.store.reading() as connection:
            changes = Changes(
                connection,
                writer,
                choice,
                stop=self.stop,
                skip=request.skip,
                looks_into=request.archives == "all",
                listed=lambda root: entries(self.session, (root,)),
            )
            with closing(_closable(chosen.run(work, changes.entries(roots)))) as results:
                for checked in results:
                    self._take(changes.archives.due(), checked, writer)
                    sweep()
            changes.archives.close_ended()
        writer.flush()
        self.status = self.status._replace(**writer.counts._asdict())
        self.files.tell(self.status)
        for number, reason in changes.problems.items():
            self._missing(number, reason)

    def _take(self, pending: Pending, checked: Checked, writer: Writer) -> None:
        """Give the writer what came of an object, unless that is what it has."""
        if pending.is_fresh and pending.known is not None:
            if checked.about.content == pending.known.content:
                return
            self._altered(pending.known.id)
        if not pending.is_taken(checked):
            writer.add(pending.place, pending.known, checked)
            self._progress(writer)

    def _altered(self, instance: int) -> None:
        self.status = self.status._replace(altered=self.status.altered + 1)
        self.log.say(
            "altered",
            f"the content of instance {instance} differs though its size and times are the same",
            {"instance": instance},
            level="warning",
        )

    def _missing(self, root: int, reason: str) -> None:
        self.status = self.status._replace(unreadable_roots=self.status.unreadable_roots + 1)
        self.log.say(
            "root",
            f"root {root + 1} cannot be walked ({reason}): nothing of it is taken as removed",
            {"root": root + 1, "reason": reason},
            level="warning",
        )

    def _progress(self, writer: Writer) -> None:
        if self.files.is_due():
            self.status = self.status._replace(**writer.counts._asdict())
            self.files.tell_now(self.status)

    def _check_groups(self, begun: Begun) -> None:
        jobs = 1 if self.request.executor == "serial" else self.request.jobs
        for done in check_groups(self.store, self.session, self.judge, begun.id, jobs, self.stop):
            if done.lost:
                self.log.say(
                    "lost", "a worker died on a group, which is left for the next scan", level="warning"
                )
            self.status = self.status._replace(
                lost_groups=self.status.lost_groups + done.lost,
                groups=self.status.groups + done.groups,
                new_findings=self.status.new_findings + done.new,
                resolved_findings=self.status.resolved_findings + done.resolved,
            )
            self.files.tell(self.status)

    def _failed(self, begun: Begun) -> None:
        """Say that it failed, as far as that can be said still."""
        self.status = self.status._replace(state="failed", exit_status=FAILED)
        with suppress(UsageError):
            self._end(begun, "failed")
        with suppress(UsageError):
            self.files.tell_now(self.status)

    def _end(self, begun: Begun, state: str) -> Totals:
        names = ("visited", "changed", "removed", "new_findings", "resolved_findings")
        return end_run(self.store, begun.id, state, {name: getattr(self.status, name) for name in names})

    def _ended(self, begun: Begun, roots: list[str]) -> int:
        missing = self.status.unreadable_roots
        state = "complete"
        if missing == len(roots):
            state = "failed"
        elif missing or self.stop.reason or self.status.lost_groups:
            state = "partial"
        found = self._end(begun, state)
        status = self._exit_status(begun, state)
        self.status = self.status._replace(
            state=state, reason=self.stop.reason, finished=now(), exit_status=status, **found._asdict()
        )
        self.files.tell_now(self.status)
        self._summarise(status)
        return status

    def _exit_status(self, begun: Begun, state: str) -> int:
        if state != "complete":
            return FAILED if state == "failed" else PARTIAL
        counted = (
            FAIL_ON[: FAIL_ON.index(self.request.fail_on) + 1] if self.request.fail_on != "never" else ()
        )
        return NEW if counted and new_since(self.store, begun.complete, counted) else COMPLETE

    def _summarise(self, status: int) -> None:
        said = self.status
        why = f" ({said.reason})" if said.reason else ""
        text = (
            f"scan {said.run} {said.state}{why}: {said.visited:,} objects met, {said.changed:,} read, "
            f"{said.removed:,} gone; {said.new_findings:,} findings new, {said.resolved_findings:,} resolved;"
            " "
            f"open: {said.errors:,} errors, {said.warnings:,} warnings, {said.notes:,} notes"
        )
        numbers: dict[str, int | str] = {
            name: value for name, value in said._asdict().items() if isinstance(value, int)
        }
        self.log.say("ended", text, {**numbers, "state": said.state, "reason": said.reason})

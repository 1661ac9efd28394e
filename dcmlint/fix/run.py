"""One `dcmlint fix`: files in, mended files out, what was done and what is left in words, an exit status."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from dcmlint import __version__
from dcmlint.audit.record import About
from dcmlint.errors import UnreadableError, UsageError
from dcmlint.fix.diff import diff_text
from dcmlint.fix.embedded import embedded, rule_plugins
from dcmlint.fix.held import holding
from dcmlint.fix.logged import FixLog, Logged, fix_log
from dcmlint.fix.mender import Mended, Mender, logged
from dcmlint.fix.replace import InPlace
from dcmlint.fix.write import in_pieces, is_part, remove_parts, write_new
from dcmlint.read.opener import looks_like_dicom, read_instance
from dcmlint.report.render import printable, shown_file
from dcmlint.run import Request, skipped
from dcmlint.source import Entry
from dcmlint.source.blob import open_blob
from dcmlint.source.paths import Paths
from dcmlint.tally import FAIL_ON

__all__ = ["FixRequest", "fix"]

_HEAD = 1024


class FixRequest(NamedTuple):
    """What the user asked `dcmlint fix` for.

    `check` has inputs, rules and policy as for `dcmlint check`. Results go to the folder `output`, or with
    `in_place` over the files, which are kept in the folder `backup` first; with `dry_run`, or if there is
    `diff` and no folder, nowhere.
    """

    check: Request
    output: str = ""
    in_place: bool = False
    backup: str = ""
    diff: bool = False
    dry_run: bool = False
    unsafe: bool = False
    break_signatures: bool = False
    log: str = ""
    key_file: str = ""
    actor: str = ""
    keeps_paths: bool = False
    keeps_identifiers: bool = False

    @property
    def writes(self) -> bool:
        """Whether any file is written."""
        return not self.dry_run and bool(self.output or self.in_place)


class _File(NamedTuple):
    """What came of one file. `problem` is why it was left as it is, "" if it was not."""

    changed: bool = False
    problem: str = ""
    applied: Mapping[str, int] = MappingProxyType({})
    left: Mapping[str, int] = MappingProxyType({})


def fix(request: FixRequest) -> int:
    """Mend all inputs, say what was done, and return the exit status.

    0: nothing of the severity that `--fail-on` names is left; 1: something is, or a file could not be mended
    or read; with a diff alone, 1 if anything would change and 0 if not. Raises UsageError if it cannot be
    done.
    """
    _refuse_nonsense(request)
    total = _Total()
    fixer = _Fixer(request)
    with fix_log(request.log, request.key_file, fixer.about(), in_place=request.in_place) as log:
        fixer.log_to(log)
        for entry, target in _targets(request):
            total.add(fixer.file(entry, target))
    print(total.line(dry=not request.writes), file=sys.stderr)
    if not total.files:
        print("dcmlint: warning: there was nothing to fix", file=sys.stderr)
    if request.diff and not request.writes and not request.dry_run:
        return 1 if total.changed or total.problems else 0
    return total.status(request.check.fail_on)


def _refuse_nonsense(request: FixRequest) -> None:
    if not request.check.locations:
        raise UsageError("Nothing to fix.", "Name files or folders.")
    if request.check.fail_on not in FAIL_ON:
        raise UsageError(f"Unknown severity: {request.check.fail_on}", f"Known: {', '.join(FAIL_ON)}")
    remote = next((each for each in request.check.locations if "://" in each or each == "-"), "")
    if remote:
        raise UsageError(f"{remote}: dcmlint fix takes files and folders.")
    if request.log and not request.writes:
        raise UsageError("--log goes with --output or --in-place, without --dry-run.")
    if not request.log and (request.actor or request.keeps_paths or request.keeps_identifiers):
        raise UsageError("--actor, --keep-paths and --keep-identifiers go with --log.")
    if request.in_place and request.output:
        raise UsageError("--in-place and --output name two places for the results.")
    if request.in_place != bool(request.backup):
        raise UsageError("--in-place and --backup go together.", "Such as --in-place --backup before-fix")
    if not (request.output or request.in_place or request.diff or request.dry_run):
        raise UsageError(
            "Where should the results go?", "Name a folder: --output DIR; or look first: --diff, --dry-run"
        )
    for folder in filter(None, (request.output, request.backup)):
        for location in request.check.locations:
            if Path(location).is_dir() and _is_inside(folder, location):
                raise UsageError(f"{folder} is inside of {location}, which is read.", "Name another folder.")


def _is_inside(folder: str, location: str) -> bool:
    inner, outer = Path(os.path.realpath(folder)), Path(os.path.realpath(location))
    return inner == outer or outer in inner.parents


def _targets(request: FixRequest) -> Iterator[tuple[Entry, Path | None]]:
    """Yield each input with the path of its result, None where none is written.

    A file that was named has its name in the output folder, one of a folder its path below that folder.
    """
    paths = Paths(skipped(request.check), "none")
    written: dict[Path, str] = {}
    for location in request.check.locations:
        is_folder = Path(location).is_dir()
        for entry in paths.entries(location):
            if is_part(entry.path):
                continue
            if not request.output:
                yield entry, None
                continue
            name = os.path.relpath(entry.path, location) if is_folder else Path(entry.path).name
            target = Path(request.output) / name
            if target in written:
                raise UsageError(f"{written[target]} and {entry.path} would both become {target}.")
            written[target] = entry.path
            yield entry, target


class _Fixer:
    """Mends files one after the other, as one request has it."""

    def __init__(self, request: FixRequest) -> None:
        self.request = request
        self.mender = Mender(
            request.check.settings,
            unsafe=request.unsafe,
            break_signatures=request.break_signatures,
            today=date.today().isoformat(),
        )
        self.cwd = str(Path.cwd())
        self.swept: set[Path] = set()
        self.log_to(FixLog(None))

    def log_to(self, log: FixLog) -> None:
        """Tell this log what is done from now on."""
        asked = self.request
        self.log = log
        replaces = asked.in_place and asked.writes
        self.places = InPlace(asked.backup, asked.check.locations, log) if replaces else None

    def about(self) -> About:
        """Return what an audit log says of this run: all that its results depend on besides the files."""
        names = ("unsafe", "break_signatures")
        options = {name: str(getattr(self.request, name)).lower() for name in names}
        asked = self.request
        if asked.in_place:
            options["in_place"] = "true"
        if plugins := rule_plugins():
            options["plugins"] = plugins
        about = About("fix", embedded(self.mender.session, self.mender.judge), __version__, options=options)
        return about._replace(
            actor=asked.actor, keeps_paths=asked.keeps_paths, keeps_identifiers=asked.keeps_identifiers
        )

    def file(self, entry: Entry, target: Path | None) -> _File:
        """Mend one file, write the result, say what was done, and return what came of it."""
        name = printable(shown_file(entry.path, self.cwd), limit=4096)
        try:
            done = self._opened(entry, target, name)
        except UnreadableError as error:
            done = _File(problem=error.reason)
            if target is not None:
                self.log.unreadable(self._logged_name(target), error.reason)
            elif self.places is not None:
                self.places.unreadable(entry.path, error.reason)
        if done is None:
            return _File(problem="" if not entry.named else self._say(name, "not DICOM"))
        if done.problem:
            self._say(name, done.problem)
        return done

    def _say(self, name: str, problem: str) -> str:
        print(f"{name}: left as it is: {problem}", file=sys.stderr)
        return problem

    def _opened(self, entry: Entry, target: Path | None, name: str) -> _File | None:
        if entry.problem:
            return _File(problem=entry.problem)
        blob = open_blob(entry.path)
        try:
            if not looks_like_dicom(bytes(blob.buf[:_HEAD])):
                return None
            if self.places is not None and self.places.is_done(entry.path, blob.buf):
                return _File(left=self.mender.left(entry.path, blob.buf))
            return self._mended(entry, blob.buf, target, name)
        finally:
            blob.close()

    def _mended(self, entry: Entry, buf: Any, target: Path | None, name: str) -> _File:
        with holding(target) as held:
            done = self.mender.mended(entry.path, buf, self.log.begun or datetime.now().astimezone(), held)
            changed = done.content is not buf
            if self.request.diff and changed:
                self._diff(buf, done, name, target)
            self._write(entry, target, logged(buf, done, ""))
            left = self.mender.left(entry.path, done.content)
        if changed or done.refused:
            self._tell(name, done)
        return _File(changed, done.hindrance, done.applied, left)

    def _diff(self, buf: Any, done: Mended, name: str, target: Path | None) -> None:
        new = printable(shown_file(str(target), self.cwd), limit=4096) if target is not None else name
        for line in diff_text(read_instance(buf), read_instance(done.content), (name, new)):
            print(
                line.encode(sys.stdout.encoding or "utf-8", "backslashreplace").decode(
                    sys.stdout.encoding or "utf-8"
                )
            )
        print()

    def _logged_name(self, target: Path) -> str:
        return target.relative_to(self.request.output).as_posix()

    def _write(self, entry: Entry, target: Path | None, file: Logged) -> None:
        """Write the result, if results are written, and log it."""
        pieces = in_pieces((file.after,))
        if target is not None and self.request.writes:
            self._sweep(target.parent)
            written = write_new(target, pieces, Path(entry.path))
            self.log.mended(self._logged_name(target), file._replace(written=written))
        elif self.places is not None and file.after is not file.before:
            self.places.put(entry.path, file, pieces)
        elif self.places is not None:
            self.places.leave(entry.path, file)

    def _sweep(self, folder: Path) -> None:
        """Remove, once, what a run that was killed has left in a folder that is written to."""
        if folder not in self.swept and folder.is_dir():
            remove_parts(folder)
        self.swept.add(folder)

    def _tell(self, name: str, done: Mended) -> None:
        """Say what was mended in a file, and what was not, by rule."""
        would = "" if self.request.writes else "would be "
        for rule, number in sorted(done.applied.items()):
            print(
                f"{name}: {would}fixed: {rule}{f' ({number} times)' if number > 1 else ''}", file=sys.stderr
            )
        for rule, why in sorted(done.refused.items()):
            print(f"{name}: not fixed: {rule}: {why}", file=sys.stderr)
        if done.left_out:
            print(f"{name}: previous values are not all kept: {done.left_out}", file=sys.stderr)


class _Total:
    """What all files come to."""

    def __init__(self) -> None:
        self.files = self.changed = self.problems = 0
        self.applied: Counter[str] = Counter()
        self.left: Counter[str] = Counter()

    def add(self, file: _File) -> None:
        """Count one file."""
        self.files += 1
        self.changed += file.changed
        self.problems += bool(file.problem)
        self.applied.update(file.applied)
        self.left.update(file.left)

    def line(self, *, dry: bool) -> str:
        """Return one line on the run."""
        number = self.applied.total()
        what = f"{number:,} finding{'' if number == 1 else 's'} {'would be ' if dry else ''}fixed"
        files = f"{self.changed:,} of {self.files:,} file{'' if self.files == 1 else 's'}"
        left = ", ".join(
            f"{self.left[name]:,} {name}{'' if self.left[name] == 1 else 's'}"
            for name in ("error", "warning", "note")
            if self.left[name]
        )
        refused = f"; {self.problems:,} left as they are" if self.problems else ""
        return f"{what} in {files}{refused}; findings left: {left or 'none'}"

    def status(self, fail_on: str) -> int:
        """Return 1 if something of the severity `fail_on` or above is left, or a file could not be mended."""
        counted = 0 if fail_on == "never" else FAIL_ON.index(fail_on) + 1
        return 1 if self.problems or any(self.left[name] for name in FAIL_ON[:counted]) else 0

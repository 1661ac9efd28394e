"""Mending under the rules, policy and waivers of one run: the bytes of a file to what becomes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from dcmlint.fix.embedded import fixable, held_back
from dcmlint.fix.logged import Logged, noting
from dcmlint.fix.original import Originals
from dcmlint.fix.passes import mended
from dcmlint.model import Finding, InstanceReport
from dcmlint.policy.judge import Judge, Whereabouts
from dcmlint.read.item import Instance
from dcmlint.read.opener import read_instance
from dcmlint.report.render import Renderer
from dcmlint.scan import Session, Settings, lint_instance

__all__ = ["Mended", "Mender", "logged"]

_DIGITAL_SIGNATURES = 0xFFFAFFFA
_MAC_PARAMETERS = 0x4FFE0001
_DIRECTORY_RECORDS = 0x00041220

Held = Callable[[Iterable[Any]], Any]


class Mended(NamedTuple):
    """What became of one file.

    `content` are its bytes now, the very buffer that was given if nothing has changed. `applied` counts what
    was mended by rule, `refused` says by rule why something was not. `hindrance` is why the file was left as
    it is, "" if it was not. `reported` are rules by the path that they were reported at, `held_back` what
    kept rules from mending this file in particular. `left_out` says why Original Attributes Sequence does not
    have all previous values, "" if it has.
    """

    content: Any
    applied: Mapping[str, int]
    refused: Mapping[str, str]
    hindrance: str
    reported: Mapping[str, str]
    held_back: tuple[str, ...]
    left_out: str = ""


class Mender:
    """Mends the files of one run. `today` is the day on which waivers must not have expired."""

    def __init__(self, settings: Settings, *, unsafe: bool, break_signatures: bool, today: str) -> None:
        self.session = Session(settings)
        self.judge = Judge(settings.policy, self.session.on, today=today)
        self._all_rules = self.session if settings == Settings() else Session(Settings())
        self._renderer = Renderer(self.session.rules, "")
        self._unsafe, self._break_signatures = unsafe, break_signatures

    def mended(self, path: str, buf: Any, when: datetime, held: Held) -> Mended:
        """Return what becomes of the file at `path` with the bytes `buf`, changed at `when`.

        `held` keeps bytes between passes.
        """
        hindrance = self._hindrance(read_instance(buf))
        originals = Originals(unsafe=self._unsafe, when=when)
        reported: dict[str, str] = {}
        wanted = _Wanted(self, path)
        done = mended(buf, self._all_rules, noting(wanted, reported), held=held, originals=originals)
        kept_from = held_back(self.judge, wanted.where, fixable(self.session))
        if hindrance and done.content is not buf:
            return Mended(buf, Counter(), {}, hindrance, reported, kept_from)
        return Mended(done.content, done.applied, done.refused, "", reported, kept_from, done.left_out)

    def left(self, path: str, content: Any) -> dict[str, int]:
        """Return the number of findings of a result, by severity."""
        report = lint_instance(read_instance(content), self.session)
        counts: dict[str, int] = self.judged(report, Whereabouts(path, 0, _uids(report))).counts()
        return counts

    def active(self, buf: Any, report: InstanceReport, where: Whereabouts) -> list[Finding]:
        """Return the findings that rules, policy and waivers leave to be mended."""
        if self.session is not self._all_rules:
            report = lint_instance(read_instance(buf), self.session)
        may = [each for each in report.findings if self.session.rules[each.rule].fix is not None]
        if self.judge.is_idle:
            return may
        return [each for each in may if self.judged(report._replace(findings=(each,)), where).active()]

    def judged(self, report: Any, where: Whereabouts) -> Any:
        """Return a report as the policy sees it."""
        here = where._replace(scopes=report.scopes)
        return self.judge.judge(self._renderer.report(report), here).report

    def _hindrance(self, instance: Instance) -> str:
        """Return why an Instance must stay as it is, "" if it need not."""
        if _DIRECTORY_RECORDS in instance.root.elements:
            return "it is a DICOMDIR, whose records are found by their place in the file"
        if not self._break_signatures and _is_signed(instance):
            return "it is digitally signed (--break-signatures mends it all the same)"
        return ""


def logged(buf: Any, done: Mended, written: str) -> Logged:
    """Return what a log says of a file with the bytes `buf`, of whose result `written` is the SHA-256."""
    return Logged(buf, done.content, written, done.reported, done.applied, done.hindrance, done.held_back)


class _Wanted:
    """Gives the findings of one file that are to be mended. `where` has the UIDs that the original has, which
    waivers are about, whatever becomes of them."""

    def __init__(self, mender: Mender, path: str) -> None:
        self.where = Whereabouts(path)
        self._mender = mender

    def __call__(self, buf: Any, report: InstanceReport) -> list[Finding]:
        if not self.where.uids:
            self.where = self.where._replace(uids=_uids(report))
        return self._mender.active(buf, report, self.where)


def _uids(report: InstanceReport) -> tuple[str, ...]:
    return (report.study_instance_uid, report.series_instance_uid, report.sop_instance_uid)


def _is_signed(instance: Instance) -> bool:
    """Tell whether a Data Set or Item holds a Digital Signature or MAC Parameters (PS3.3 C.12.1.1.3)."""
    return any(
        _DIGITAL_SIGNATURES in item.elements or _MAC_PARAMETERS in item.elements
        for item in instance.root.walk()
    )

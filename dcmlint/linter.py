"""Linting inside of other programs, under a policy: one object at a time, wherever its bytes are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from dcmlint.model import InstanceReport, Severity
from dcmlint.policy.judge import Judge, Whereabouts
from dcmlint.policy.load import load_policy
from dcmlint.read.item import Instance
from dcmlint.report.render import Renderer
from dcmlint.report.shown import FileReport
from dcmlint.scan import Session, Settings, lint_blob, lint_entry
from dcmlint.source import Blob, Entry

__all__ = ["Linted", "Linter", "worst"]

_MOST = 128


class Linted(NamedTuple):
    """What came of one object.

    `report` has the findings as the policy sees them (`report.active()` leaves out those that are waived).
    UIDs are "" where there are none. `values` are the Attributes that the Linter was asked to read, as text
    of at most 128 characters, "" if absent: they may be PHI.
    """

    report: FileReport
    kind: str
    sop_class_uid: str
    sop_instance_uid: str
    study_instance_uid: str
    series_instance_uid: str
    values: Mapping[str, str]

    def counts(self) -> dict[str, int]:
        """Return the number of findings by severity, without those that are waived."""
        return self.report.counts()


class Linter:
    """Lints objects under a policy. Not for several threads at once: make one for each.

    `policies` are names or files as `--policy` takes them, `config` is a settings file ("" = none). `read`
    are keywords of Attributes on the top level that the caller wants to have of each object. Raises
    UsageError for what is wrong with any of these.
    """

    def __init__(
        self,
        *,
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        policies: Sequence[str] = (),
        config: str = "",
        read: Sequence[str] = (),
    ) -> None:
        policy = load_policy(config, (), tuple(policies))
        self.session = Session(Settings(tuple(select), tuple(ignore), policy=policy))
        self._judge = Judge(policy, self.session.on, today=date.today().isoformat())
        self._renderer = Renderer(self.session.rules, "")
        self._read = tuple(read)
        self._values: dict[str, str] = {}
        if self._read:
            self.session.observe = self._observe

    def file(self, path: str) -> Linted:
        """Return what is wrong with the file at `path`."""
        return self._linted(path, lint_entry, Entry(path, named=True))

    def content(self, buf: Any, name: str) -> Linted:
        """Return what is wrong with the bytes of an object (PS3.10), which reports call `name`."""
        return self._linted(name, self._blob, Blob(buf))

    def metadata(self, content: Mapping[str, Any], name: str) -> Linted:
        """Return what is wrong with a Data Set in the DICOM JSON Model, which reports call `name`."""
        return self._linted(name, self._blob, Blob(content=content))

    def _blob(self, blob: Blob, session: Session) -> InstanceReport:
        return lint_blob(Entry(""), blob, session)

    def _linted(self, name: str, check: Any, what: Any) -> Linted:
        self._values = {}
        found: InstanceReport = check(what, self.session)._replace(file=name)
        uids = (found.study_instance_uid, found.series_instance_uid, found.sop_instance_uid)
        verdict = self._judge.judge(self._renderer.report(found), Whereabouts(name, found.scopes, uids))
        return Linted(
            verdict.report,
            found.kind,
            found.sop_class_uid,
            found.sop_instance_uid,
            found.study_instance_uid,
            found.series_instance_uid,
            self._values or dict.fromkeys(self._read, ""),
        )

    def _observe(self, instance: Instance, buf: Any) -> None:
        self._values = {keyword: _text(instance.get(keyword)) for keyword in self._read}


def worst(linted: Linted) -> Severity | None:
    """Return the highest severity among the findings, None if there are none."""
    counts: Mapping[Any, int] = linted.counts()
    return next((severity for severity in ("error", "warning", "note") if counts[severity]), None)


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        value = value[0] if value else ""
    return "" if value is None else str(value)[:_MOST]

"""The policy's word on findings: their severity here, whether they are off, waived, or known already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dcmlint.model import Severity
from dcmlint.policy.globs import glob_matcher, relative_parts
from dcmlint.policy.model import Level, Policy, Scope, Waiver
from dcmlint.report.shown import FileReport, Shown

__all__ = ["NEVER_KNOWN", "Judge", "Verdict", "Whereabouts"]


NEVER_KNOWN = frozenset({"internal/check-failed", "file/unreadable"})
"""Rules whose findings are in no baseline: that an input was not checked is always said."""


class Whereabouts(NamedTuple):
    """What of an input decides which settings hold for it."""

    file: str
    scopes: int = 0
    uids: tuple[str, ...] = ()


class Verdict(NamedTuple):
    """A report as the policy sees it, the number of findings waived and known, the numbers of the
    waivers that were used, and the fingerprints of the baseline that were met."""

    report: FileReport
    waived: int = 0
    known: int = 0
    used: tuple[int, ...] = ()
    met: tuple[str, ...] = ()


class _Levels:
    """Severity by rule id, where a policy changes it; worked out once for each rule."""

    def __init__(
        self, policy: Policy, on: frozenset[str], scopes: Sequence[Scope], ignored: Sequence[str]
    ) -> None:
        self._base = on
        self._severity: dict[str, Level] = dict(policy.severity)
        self._off: set[str] = set()
        self._on: set[str] = set()
        for scope in scopes:
            self._severity.update(scope.severity)
            self._off -= set(scope.select)
            self._off.update(scope.ignore)
            self._on = (self._on | set(scope.select)) - set(scope.ignore)
        self._file_off = frozenset(ignored)
        self._known: dict[str, Level | None] = {}

    def level(self, rule: str) -> Level | None:
        """Return the severity of a rule's findings, "off", or None: as they are."""
        if rule not in self._known:
            self._known[rule] = self._worked_out(rule)
        return self._known[rule]

    def _worked_out(self, rule: str) -> Level | None:
        group = rule.partition("/")[0]
        if rule in self._file_off or group in self._file_off or rule in self._off:
            return "off"
        if rule not in self._base and rule not in self._on and group not in self._on:
            return "off"
        if group in self._off and rule not in self._on:
            return "off"
        return self._severity.get(rule, self._severity.get(group))


class Judge:
    """Applies a policy to reports. `on` are the rules that are on where no scope says otherwise, `today` is
    a date such as 2026-11-25 (waivers that expired before it do not count), `baseline` are the
    fingerprints of what is known.
    """

    def __init__(
        self, policy: Policy, on: frozenset[str], *, today: str = "", baseline: frozenset[str] = frozenset()
    ) -> None:
        self.policy = policy
        self._on = on
        self.baseline = baseline
        conditions = {text: number for number, text in enumerate(policy.conditions)}
        self._scopes = [(1 << conditions[scope.when], scope) for scope in policy.scopes]
        self._waivers: dict[str, list[tuple[int, int, Waiver]]] = {}
        for number, waiver in enumerate(policy.waivers):
            if not waiver.expires or waiver.expires >= today:
                bit = 1 << conditions[waiver.when] if waiver.when else 0
                for rule in waiver.rules:
                    self._waivers.setdefault(rule, []).append((number, bit, waiver))
        self._levels: dict[tuple[int, tuple[int, ...]], _Levels] = {}
        self.is_idle = not (
            policy.severity or policy.per_file_ignores or policy.scopes or self._waivers or baseline
        )
        """Whether every report stays as it is."""
        self.needs_findings = bool(self._waivers or baseline)
        """Whether counts by rule and severity are not enough to judge."""

    def judge(self, report: FileReport, where: Whereabouts) -> Verdict:
        """Return a report with severities of the policy, without what is off or known."""
        if self.is_idle or not report.keys:
            return Verdict(report)
        levels = self._of(where)
        kept: list[Any] = []
        waived = known = 0
        used: dict[int, None] = {}
        met: list[str] = []
        keys: Sequence[Any] = report.findings if self._waivers else report.keys
        for each in keys:
            level = levels.level(each.rule)
            if level == "off":
                continue
            if self.baseline and each.fingerprint in self.baseline and each.rule not in NEVER_KNOWN:
                known += 1
                met.append(each.fingerprint)
                continue
            if level is not None and level != each.severity:
                each = each._replace(severity=level)
            if self._waivers:
                number, reason = self._waiver(each, where)
                if reason:
                    waived += 1
                    used[number] = None
                    each = each._replace(waived=reason)
            kept.append(each)
        return Verdict(report.with_findings(kept), waived, known, tuple(used), tuple(met))

    def by_file(self, where: Whereabouts) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the numbers of the per-file-ignores for an input, and of the waivers that name its path or
        UIDs."""
        about = {
            number
            for listed in self._waivers.values()
            for number, _, waiver in listed
            if (waiver.files or waiver.uids) and _is_about(waiver, where)
        }
        return self._ignoring(where.file), tuple(sorted(about))

    @property
    def waivers(self) -> Mapping[int, Waiver]:
        """The waivers that have not expired, by their number in the policy."""
        return {number: waiver for listed in self._waivers.values() for number, _, waiver in listed}

    def counted(
        self, counted: Sequence[tuple[str, Severity, int]], where: Whereabouts
    ) -> Sequence[tuple[str, Severity, int]]:
        """Return (rule, severity, number of findings) with severities of the policy, without what is off."""
        if self.is_idle:
            return counted
        levels = self._of(where)
        found: list[tuple[str, Severity, int]] = []
        for rule, severity, number in counted:
            level: Level = levels.level(rule) or severity
            if level != "off":
                found.append((rule, level, number))
        return found

    def _of(self, where: Whereabouts) -> _Levels:
        bits = sum(bit for bit, _ in self._scopes if where.scopes & bit) if self._scopes else 0
        files = self._ignoring(where.file)
        found = self._levels.get((bits, files))
        if found is None:
            scopes = [scope for bit, scope in self._scopes if bits & bit]
            ignored = [rule for number in files for rule in self.policy.per_file_ignores[number][2]]
            found = self._levels[bits, files] = _Levels(self.policy, self._on, scopes, ignored)
        return found

    def _ignoring(self, file: str) -> tuple[int, ...]:
        if not self.policy.per_file_ignores or "://" in file:
            return ()
        return tuple(
            number
            for number, (folder, glob, _) in enumerate(self.policy.per_file_ignores)
            if _is_in(file, folder, glob)
        )

    def _waiver(self, shown: Shown, where: Whereabouts) -> tuple[int, str]:
        """Return the number and reason of the first waiver that covers a finding, (-1, "") if none does."""
        group = shown.rule.partition("/")[0]
        for name in (shown.rule, group):
            for number, bit, waiver in self._waivers.get(name, ()):
                if _covers(waiver, bit, shown, where):
                    return number, waiver.said
        return -1, ""


def _covers(waiver: Waiver, bit: int, shown: Shown, where: Whereabouts) -> bool:
    if bit and not where.scopes & bit:
        return False
    if waiver.paths and not any(_is_at(shown.path or "", path) for path in waiver.paths):
        return False
    return _is_about(waiver, where)


def _is_about(waiver: Waiver, where: Whereabouts) -> bool:
    """Tell whether a waiver is about an input, as far as its path and UIDs say."""
    if waiver.uids and not set(waiver.uids) & set(where.uids):
        return False
    return not waiver.files or any(_is_in(where.file, waiver.base, glob) for glob in waiver.files)


def _is_in(file: str, folder: str, glob: str) -> bool:
    parts = relative_parts(file, folder)
    return parts is not None and glob_matcher(glob)(parts)


def _is_at(path: str, wanted: str) -> bool:
    """Tell whether an attribute path is the one wanted; Item numbers may be left out, `*` is any part."""
    parts, pattern = path.split("."), wanted.split(".")
    if len(parts) != len(pattern):
        return False
    return all(
        want in ("*", part) or ("[" not in want and part.partition("[")[0] == want)
        for part, want in zip(parts, pattern, strict=True)
    )

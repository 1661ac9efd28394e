"""What a run says besides its inputs' findings: shared values, waivers that are expired or unused, a
baseline that could shrink.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dcmlint.model import Severity
from dcmlint.policy.baseline import Baseline, instance_key
from dcmlint.policy.judge import Judge, Whereabouts
from dcmlint.policy.model import Waiver
from dcmlint.policy.unique import Seen
from dcmlint.report.render import shown_file
from dcmlint.report.shown import FileReport, Shown
from dcmlint.scan import Session
from dcmlint.work import Outcome

__all__ = ["Upkeep"]


class Upkeep:
    """Watches the outcomes of a run."""

    def __init__(
        self, session: Session, locations: Sequence[str], baseline: Baseline, *, ratchet: bool = False
    ) -> None:
        from datetime import date

        today = date.today().isoformat()
        self.today = today
        self.baseline = baseline
        self.judge = Judge(session.settings.policy, session.on, today=today, baseline=baseline.fingerprints)
        self._session = session
        self._seen = Seen() if session.demands is not None else None
        self._used: set[int] = set()
        self._ratchet = ratchet and bool(baseline.file)
        self._met: set[str] = set()
        self._checked: set[str] = set()
        self._whole = any(_may_be_folder(location) for location in locations)

    def of(self, outcome: Outcome) -> Iterator[FileReport]:
        """Take note of an outcome, and yield what is wrong with its input in the light of the others."""
        self._used.update(outcome.used)
        if self._ratchet and outcome.kind == "instance":
            self._met.update(outcome.met)
            self._checked.add(instance_key(outcome.instance))
        if self._seen is not None and outcome.keys and outcome.about is not None:
            shown = [
                found
                for number, key in outcome.keys
                if (found := self._shared(outcome, number, key, self._seen)) is not None
            ]
            if shown:
                yield self.judge.judge(outcome.about.with_findings(shown), outcome.where).report

    def _shared(self, outcome: Outcome, number: int, key: bytes, seen: Seen) -> Shown | None:
        about, demands = outcome.about, self._session.demands
        if about is None or demands is None:
            return None
        other = seen.first(number, key, about.file)
        if not other:
            return None
        demand = demands.all[number]
        rule = self._session.rules[demand.rule.id]
        name = demand.names[0].text
        names = ", ".join(each.text for each in demand.names)
        message = rule.message.format(
            attribute=names, other=shown_file(other, ""), expected="", count="", what="", shown=""
        )
        return _shown(rule.id, rule.severity, message, f"{outcome.instance}\n{name}", path=name)

    def at_the_end(self) -> Iterator[FileReport]:
        """Yield what is to be said of waiver files and of the baseline."""
        for source in dict.fromkeys(waiver.source for waiver in self._session.settings.policy.waivers):
            shown = [
                found
                for number, waiver in enumerate(self._session.settings.policy.waivers)
                if waiver.source == source and (found := self._about_waiver(number, waiver)) is not None
            ]
            if shown:
                yield self._judged(FileReport(source, "settings", shown=shown))
        gone = self._gone() if self._ratchet else 0
        if gone and "internal/baseline-outdated" in self._session.rules:
            message = f"{gone} findings of the baseline are gone; update it, so that they cannot come back"
            shown = [_shown("internal/baseline-outdated", "error", message, "baseline")]
            yield self._judged(FileReport(self.baseline.file, "settings", shown=shown))

    def _judged(self, report: FileReport) -> FileReport:
        return self.judge.judge(report, Whereabouts(report.file)).report

    def _about_waiver(self, number: int, waiver: Waiver) -> Shown | None:
        rules = ", ".join(waiver.rules)
        said = f"{number}\n{rules}"
        if waiver.expires and waiver.expires < self.today:
            if "internal/expired-waiver" in self._session.rules:
                message = f"the waiver of {rules} has expired on {waiver.expires}; it covers nothing any more"
                return _shown("internal/expired-waiver", "warning", message, said, line=waiver.line)
        elif self._whole and number not in self._used and "internal/unused-waiver" in self._session.rules:
            message = f"the waiver of {rules} covers no finding of this run"
            return _shown("internal/unused-waiver", "warning", message, said, line=waiver.line)
        return None

    def _gone(self) -> int:
        """Return the number of findings of the baseline that their instances, checked here, do not have."""
        return sum(
            fingerprint not in self._met
            for instance, rules in self.baseline.instances.items()
            if instance in self._checked
            for listed in rules.values()
            for fingerprint in listed
        )


def _may_be_folder(location: str) -> bool:
    return location == "-" or "://" in location or Path(location).is_dir()


def _shown(
    rule: str, severity: Severity, message: str, identity: str, *, path: str | None = None, line: int = 0
) -> Shown:
    from xxhash import xxh3_128_hexdigest

    from dcmlint.report.shown import place_label
    from dcmlint.standard.dictionary import format_tag, tag_by_keyword

    tag = tag_by_keyword().get(path) if path is not None else None
    return Shown(
        rule,
        severity,
        message[:1].upper() + message[1:] if path is None else message,
        path,
        None if tag is None else format_tag(tag),
        path if tag is not None else None,
        place_label(path, None if tag is None else format_tag(tag), path if tag is not None else None),
        "",
        (),
        None,
        None,
        "docs/configuration.md" if rule.startswith("internal/") else "",
        "",
        xxh3_128_hexdigest(f"{rule}\n{identity}".encode("utf-8", "surrogateescape")),
        line=line,
    )

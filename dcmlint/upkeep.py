"""What a run says besides its inputs' findings: shared values, waivers that are expired or unused, a
baseline that could shrink.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_128_hexdigest

from dcmlint.policy.baseline import Baseline, instance_key
from dcmlint.policy.judge import Judge, Whereabouts
from dcmlint.policy.model import Waiver
from dcmlint.report.render import shown_file
from dcmlint.report.shown import FileReport, Shown, place_label
from dcmlint.rule import Rule
from dcmlint.scan import Session
from dcmlint.standard.dictionary import format_tag, tag_by_keyword
from dcmlint.work import Outcome

if TYPE_CHECKING:
    from dcmlint.policy.unique import Seen

__all__ = ["Upkeep"]


class Upkeep:
    """Watches the outcomes of a run."""

    def __init__(
        self, session: Session, locations: Sequence[str], baseline: Baseline, *, ratchet: bool = False
    ) -> None:
        today = date.today().isoformat()
        self.today = today
        self.baseline = baseline
        self.judge = Judge(session.settings.policy, session.on, today=today, baseline=baseline.fingerprints)
        self._session = session
        self._seen: Seen | None = None
        if session.demands is not None:
            from dcmlint.policy.unique import Seen

            self._seen = Seen()
        self._used: set[int] = set()
        self._ratchet = ratchet and bool(baseline.file)
        self._met: set[str] = set()
        self._checked: set[str] = set()
        self.may_be_whole = any(_may_be_folder(location) for location in locations)
        """Whether inputs are taken as they are found, not named one by one."""

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

    def judged(self, report: FileReport, where: Whereabouts) -> FileReport:
        """Return a report that came up late as the policy sees it, and take note of what was met."""
        verdict = self.judge.judge(report, where)
        self._used.update(verdict.used)
        if self._ratchet:
            self._met.update(verdict.met)
        return verdict.report

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
        return _shown(rule, message, f"{outcome.instance}\n{name}", path=name)

    def at_the_end(self) -> Iterator[FileReport]:
        """Yield what is to be said of waiver files and of the baseline."""
        for source in dict.fromkeys(waiver.source for waiver in self._session.settings.policy.waivers):
            shown = [
                found
                for number, waiver in enumerate(self._session.settings.policy.waivers)
                if waiver.source == source
                for found in self._about_waiver(number, waiver)
            ]
            if shown:
                yield self._judged(FileReport(source, "settings", shown=shown))
        gone = self._gone() if self._ratchet else 0
        if gone:
            outdated = list(self._own("internal/baseline-outdated", {"count": gone}))
            yield self._judged(FileReport(self.baseline.file, "settings", shown=outdated))

    def _judged(self, report: FileReport) -> FileReport:
        return self.judge.judge(report, Whereabouts(report.file)).report

    def _about_waiver(self, number: int, waiver: Waiver) -> Iterator[Shown]:
        args = {"rules": ", ".join(waiver.rules), "expires": waiver.expires, "number": number}
        if waiver.expires and waiver.expires < self.today:
            yield from self._own("internal/expired-waiver", args, line=waiver.line)
        elif self.may_be_whole and number not in self._used:
            yield from self._own("internal/unused-waiver", args, line=waiver.line)

    def _own(self, rule_id: str, args: Mapping[str, Any], *, line: int = 0) -> Iterator[Shown]:
        """Yield the finding of a rule about settings, if it is on."""
        rule = self._session.rules.get(rule_id)
        if rule is not None:
            message = rule.message.format_map(args)
            yield _shown(rule, message[0].upper() + message[1:], repr(sorted(args.items())), line=line)

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


def _shown(rule: Rule, message: str, identity: str, *, path: str | None = None, line: int = 0) -> Shown:
    tag = tag_by_keyword().get(path) if path is not None else None
    number = None if tag is None else format_tag(tag)
    keyword = path if tag is not None else None
    return Shown(
        rule.id,
        rule.severity,
        message,
        path,
        number,
        keyword,
        place_label(path, number, keyword),
        "",
        (),
        None,
        None,
        rule.citation,
        "",
        xxh3_128_hexdigest(f"{rule.id}\n{identity}".encode("utf-8", "surrogateescape")),
        line=line,
    )

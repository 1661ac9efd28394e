"""`dcmlint baseline create` and `update`: the findings of today, so that only new ones are reported."""

from __future__ import annotations

from pathlib import Path

from dcmlint.errors import UsageError
from dcmlint.policy.baseline import Baseline, Instances, instance_key, instances_of
from dcmlint.policy.judge import NEVER_KNOWN
from dcmlint.report.protocol import RunInfo, Summary
from dcmlint.report.shown import FileReport
from dcmlint.run import Request, conduct

__all__ = ["DEFAULT_FILE", "create", "update"]

DEFAULT_FILE = "dcmlint-baseline.json"
"""The baseline's file where neither the command line nor the settings name one."""


class _Collector:
    """A reporter that keeps what a baseline keeps of findings."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, str]] = []
        self.checked: set[str] = set()

    def begin(self, run: RunInfo) -> None:
        """Start."""

    def add(self, report: FileReport) -> None:
        """Keep the findings of one input."""
        if report.kind == "settings" or not report.identity:
            return
        self.checked.add(instance_key(report.identity))
        self.found += [
            (report.identity, shown.rule, shown.fingerprint)
            for shown in report.active()
            if shown.rule not in NEVER_KNOWN
        ]

    def end(self, summary: Summary) -> None:
        """Finish."""


def _collected(request: Request) -> tuple[Instances, set[str]]:
    """Return the findings of a run without any baseline, and the instances that it checked."""
    collector = _Collector()
    conduct(request._replace(baseline="", ratchet=False, outputs=()), [collector])
    return instances_of(collector.found), collector.checked


def create(request: Request, output: str, *, force: bool = False) -> str:
    """Write all findings of today to a new baseline, and return what was done.

    Raises UsageError if there is a file already and `force` is not set.
    """
    file = output or request.baseline or DEFAULT_FILE
    if Path(file).exists() and not force:
        raise UsageError(
            f"{file} is there already.", "Update it with `dcmlint baseline update`, or give --force."
        )
    instances, checked = _collected(request)
    baseline = Baseline(file, instances)
    baseline.write(file)
    return f"{file}: {baseline.count():,} findings of {len(checked):,} instances"


def update(request: Request, *, accept_new: bool = False, prune: bool = False) -> str:
    """Take out of the baseline what is gone, put in what is new if that is accepted, and say what was done.

    Instances that this run did not check keep what they have, unless `prune` says that they are gone.
    Raises UsageError if there is no baseline.
    """
    file = request.baseline or DEFAULT_FILE
    before = Baseline.read(file)
    found, checked = _collected(request)
    known = before.fingerprints
    instances: dict[str, dict[str, tuple[str, ...]]] = {
        instance: dict(rules)
        for instance, rules in before.instances.items()
        if instance not in checked and not prune
    }
    for instance, rules in found.items():
        kept = {
            rule: tuple(each for each in listed if accept_new or each in known)
            for rule, listed in rules.items()
        }
        if any(kept.values()):
            instances[instance] = {rule: listed for rule, listed in kept.items() if listed}
    after = Baseline(file, instances)
    gone, new = len(known - after.fingerprints), len(after.fingerprints - known)
    if gone or new:
        after.write(file)
    left_out = sum(
        each not in after.fingerprints for rules in found.values() for each in sum(rules.values(), ())
    )
    said = f"{file}: {after.count():,} findings; {gone:,} are gone"
    if new:
        said += f", {new:,} are new"
    return said + (f"; {left_out:,} new ones are not in it (--accept-new puts them in)" if left_out else "")

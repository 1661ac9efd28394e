"""A verification as the user asked for it: to reports, and to an exit status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dcmlint.catalogue import catalogue, select_rules
from dcmlint.deid_verify.run import Verification, read_pairs, verify
from dcmlint.model import SEVERITIES, InstanceReport
from dcmlint.options import Given, request_of
from dcmlint.rule import Rule
from dcmlint.run import tell

__all__ = ["Wanted", "tell_verification"]


class Wanted(NamedTuple):
    """What the user asked `dcmlint deid verify` for. `pairs` is a file that maps outputs to originals."""

    outputs: str
    profile: str = "basic"
    originals: str = ""
    pairs: str = ""
    formats: tuple[str, ...] = ()
    report: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str = "error"
    quiet: bool = False


def tell_verification(wanted: Wanted) -> int:
    """Verify, write the reports, and return the exit status: 1 from findings of `fail_on` on.

    Raises UsageError if that cannot be done.
    """
    given = Given(
        paths=(wanted.outputs,),
        formats=wanted.formats,
        output=wanted.report,
        fail_on=wanted.fail_on,
        isolated=True,
        no_cache=True,
        quiet=wanted.quiet,
    )
    request = request_of(given)
    on = select_rules(catalogue(), wanted.select, wanted.ignore)
    pairs = read_pairs(wanted.pairs) if wanted.pairs else {}
    found = verify(Verification(wanted.outputs, wanted.profile, wanted.originals, pairs))
    reports = [_chosen(report, on) for report in found]
    status = int(
        any(each.severity in _failing(wanted.fail_on) for report in reports for each in report.findings)
    )
    tell(request, reports, status)
    return status


def _failing(fail_on: str) -> tuple[str, ...]:
    """Return the severities that fail the run; `tell` refuses what is no severity."""
    return SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on in SEVERITIES else ()


def _chosen(report: InstanceReport, on: Mapping[str, Rule]) -> InstanceReport:
    return report._replace(findings=tuple(each for each in report.findings if each.rule in on))

"""What the command line and the settings files say of a scan together: a ScanRequest."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from dcmlint.errors import UsageError
from dcmlint.extra import import_extra
from dcmlint.nightly.run import ScanRequest
from dcmlint.options import Given, request_of
from dcmlint.run import skipped

__all__ = ["ScanGiven", "duration_s", "scan_request"]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class ScanGiven(NamedTuple):
    """The options of `dcmlint scan` as they were typed; "", () and False where they were not."""

    locations: tuple[str, ...] = ()
    store: str = ""
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_ignore: tuple[str, ...] = ()
    fail_on: str = ""
    config: str = ""
    isolated: bool = False
    policies: tuple[str, ...] = ()
    inline: tuple[str, ...] = ()
    baseline: str = ""
    exclude: tuple[str, ...] = ()
    skip_non_dicom: bool = False
    jobs: str = ""
    verify: bool = False
    time_budget: str = ""
    sample: str = ""
    since: str = ""
    gives_way: bool = True
    status_file: str = ""
    metrics_file: str = ""
    log_format: str = "text"
    quiet: bool = False
    executor: str = ""
    scheduler: str = ""
    archives: str = ""
    where: tuple[str, ...] = ()
    per_series: str = ""
    instances: bool = False
    keep: str = ""


def scan_request(given: ScanGiven) -> ScanRequest:
    """Return what is to be done; raises UsageError for what cannot be."""
    import_extra("sqlalchemy", extra="archive", wanted_by="dcmlint scan")
    request = request_of(
        Given(
            paths=given.locations,
            select=given.select,
            extend_select=given.extend_select,
            ignore=given.ignore,
            extend_ignore=given.extend_ignore,
            exclude=given.exclude,
            fail_on=given.fail_on,
            jobs=given.jobs,
            config=given.config,
            isolated=given.isolated,
            policies=given.policies,
            inline=given.inline,
            baseline=given.baseline,
            skip_non_dicom=given.skip_non_dicom,
            executor=given.executor,
            scheduler=given.scheduler,
            archives=given.archives,
            where=given.where,
            per_series=given.per_series,
            instances=given.instances,
            keep=given.keep,
        )
    )
    return ScanRequest(
        given.locations,
        given.store,
        request.settings,
        fail_on=request.fail_on,
        jobs=request.jobs,
        verify=given.verify,
        time_budget_s=duration_s(given.time_budget) if given.time_budget else None,
        share=_share(given.sample),
        since_ns=_since_ns(given.since),
        baseline=request.baseline,
        skip=skipped(request),
        gives_way=given.gives_way,
        status_file=given.status_file,
        metrics_file=given.metrics_file,
        log_format=given.log_format,
        quiet=given.quiet,
        executor=request.executor,
        scheduler=request.scheduler,
        archives=request.archives,
    )


def duration_s(text: str) -> float:
    """Return the seconds that a time such as 6h, 1h30m or 45s comes to; raises UsageError if it is none."""
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhd])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise UsageError(f"{text} is no time.", "Such as 6h, 90m or 1h30m.")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _share(text: str) -> float:
    if not text:
        return 1.0
    try:
        share = float(text.removesuffix("%")) / 100
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise UsageError(f"--sample takes a share such as 5%, not {text}")
    return share


def _since_ns(text: str) -> int:
    if not text:
        return 0
    try:
        return int(datetime.fromisoformat(text).timestamp()) * 1_000_000_000
    except ValueError as error:
        raise UsageError(f"--since takes a date such as 2026-11-01, not {text}") from error

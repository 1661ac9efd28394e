"""A verification as the user asked for it: to reports, and to an exit status."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import NamedTuple

from dcmlint.catalogue import catalogue, select_rules
from dcmlint.deid.run import deid_key
from dcmlint.deid_verify.frames import FrameReader
from dcmlint.deid_verify.logged import logged_pairs
from dcmlint.deid_verify.run import Verification, read_pairs, verify
from dcmlint.deid_verify.tesseract import find_tesseract
from dcmlint.errors import UsageError
from dcmlint.model import SEVERITIES, InstanceReport
from dcmlint.options import Given, request_of
from dcmlint.rule import Rule
from dcmlint.run import tell

__all__ = ["Wanted", "tell_verification"]


class Wanted(NamedTuple):
    """What the user asked `dcmlint deid verify` for.

    `pairs` is a file that maps outputs to originals, `log` an audit log that does, with its key. The profile
    "" is that of the log, basic without one. `ocr_frames` is which frames are read: "sampled" or "all".
    """

    outputs: str
    profile: str = ""
    originals: str = ""
    pairs: str = ""
    log: str = ""
    key_file: str = ""
    formats: tuple[str, ...] = ()
    report: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str = "error"
    quiet: bool = False
    ocr: bool = False
    ocr_frames: str = "sampled"


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
    reader = _reader(wanted)
    try:
        reports = [_chosen(report, on) for report in verify(_asked(wanted)._replace(reader=reader))]
    finally:
        if reader is not None:
            reader.close()
    status = int(
        any(each.severity in _failing(wanted.fail_on) for report in reports for each in report.findings)
    )
    tell(request, reports, status)
    if reader is not None:
        print(f"dcmlint: {reader.told()}", file=sys.stderr)
    return status


def _reader(wanted: Wanted) -> FrameReader | None:
    """Return what reads the pixels, None if OCR is not asked for; raises UsageError."""
    if wanted.ocr_frames not in ("sampled", "all"):
        raise UsageError(f"--ocr-frames {wanted.ocr_frames} is unknown.", "sampled or all")
    if not wanted.ocr:
        if wanted.ocr_frames == "all":
            raise UsageError("--ocr-frames says which frames --ocr reads.", "Give --ocr too.")
        return None
    return FrameReader(find_tesseract(), every_frame=wanted.ocr_frames == "all")


def _asked(wanted: Wanted) -> Verification:
    """Return what is to be verified, with the pairs that a map or a log has; raises UsageError."""
    if (wanted.log or wanted.pairs) and not wanted.originals:
        raise UsageError("--map and --log tell which original a file is of.", "--against IN names them.")
    if wanted.pairs:
        if wanted.log:
            raise UsageError("--map and --log both tell which original a file is of.", "Give one.")
        pairs = read_pairs(wanted.pairs)
        return Verification(wanted.outputs, wanted.profile or "basic", wanted.originals, pairs)
    if not wanted.log:
        return Verification(wanted.outputs, wanted.profile or "basic", wanted.originals)
    logged = logged_pairs(wanted.log, deid_key(wanted.key_file), wanted.outputs, wanted.originals)
    profile = wanted.profile or logged.profile
    return Verification(wanted.outputs, profile, wanted.originals, logged=logged.pairs)


def _failing(fail_on: str) -> tuple[str, ...]:
    """Return the severities that fail the run; `tell` refuses what is no severity."""
    return SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on in SEVERITIES else ()


def _chosen(report: InstanceReport, on: Mapping[str, Rule]) -> InstanceReport:
    return report._replace(findings=tuple(each for each in report.findings if each.rule in on))

"""For the tests of projects that write DICOM: assert that what they write conforms.

from dcmlint.testing import assert_conformant

def test_export(tmp_path):
    path = export(tmp_path)
    assert_conformant(path, ignore=["module/attribute-not-in-iod"])
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from dcmlint.api import Finding, lint, lint_dataset, lint_json
from dcmlint.errors import UsageError
from dcmlint.model import SEVERITIES, Severity

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["assert_conformant"]

_SHOWN = 50


def assert_conformant(
    subject: Dataset | Mapping[str, Any] | str | os.PathLike[str],
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    fail_on: Severity = "error",
) -> None:
    """Raise AssertionError, with a line for each, if there are findings of `fail_on` or more severe.

    `subject` is a `pydicom.Dataset`, a Data Set in DICOM JSON, or the path of a file.
    """
    __tracebackhide__ = True
    if fail_on not in SEVERITIES:
        raise UsageError(f"Unknown severity: {fail_on}", f"Known: {', '.join(SEVERITIES)}")
    counted = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    findings = _findings(subject, select, ignore)
    failed = [finding for finding in findings if finding.severity in counted]
    if failed:
        raise AssertionError(_message(failed))


def _findings(subject: Any, select: Iterable[str], ignore: Iterable[str]) -> list[Finding]:
    if isinstance(subject, (str, os.PathLike)):
        return lint(subject, select=select, ignore=ignore)
    if isinstance(subject, Mapping):
        return lint_json(subject, select=select, ignore=ignore)
    return lint_dataset(subject, select=select, ignore=ignore)


def _message(failed: list[Finding]) -> str:
    lines = [f"{len(failed)} {'finding' if len(failed) == 1 else 'findings'} of dcmlint:"]
    lines += [f"  {finding}" for finding in failed[:_SHOWN]]
    if len(failed) > _SHOWN:
        lines.append(f"  and {len(failed) - _SHOWN} more")
    return "\n".join(lines)

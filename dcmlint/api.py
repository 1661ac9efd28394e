"""The public API: lint a file, a Data Set in memory, or DICOM JSON, and get typed findings."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from dcmlint.model import InstanceReport, Severity
from dcmlint.report.render import Renderer
from dcmlint.report.shown import Shown
from dcmlint.scan import Session, Settings, lint_file, lint_instance

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["Finding", "lint", "lint_dataset", "lint_json"]


class Finding(NamedTuple):
    """One fault, as reports tell it. Attribute values that may be PHI are not in the message.

    `path` leads from the Data Set to the Attribute ("SharedFunctionalGroupsSequence[1].PixelSpacing"),
    `tag` reads "(0028,0030)"; both and `keyword` are None for a fault of the Data Set as a whole.
    `attributes` are keywords of a fault that concerns several. `offset` and `length` are bytes of the
    file, None for what was never in a file. `fingerprint` is the same wherever and whenever the same
    fault of the same SOP Instance is found.
    """

    rule: str
    severity: Severity
    message: str
    path: str | None
    tag: str | None
    keyword: str | None
    module: str
    attributes: tuple[str, ...]
    offset: int | None
    length: int | None
    citation: str
    edition: str
    fingerprint: str

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path is not None and self.path not in self.message else ""
        return f"{self.severity}: {where}{self.message} [{self.rule}, {self.citation}]"


def lint(
    path: str | os.PathLike[str], *, select: Iterable[str] = (), ignore: Iterable[str] = ()
) -> list[Finding]:
    """Return what is wrong with the file at `path`, in the order of its bytes.

    `select` and `ignore` take rule ids and groups. That the file cannot be read, or is not DICOM, is a
    finding. Raises UsageError for a rule that is not there.
    """
    session = _session(_names(select), _names(ignore))
    return _findings(lint_file(os.fspath(path), session), session)


def lint_dataset(
    dataset: Dataset, *, select: Iterable[str] = (), ignore: Iterable[str] = ()
) -> list[Finding]:
    """Return what is wrong with a `pydicom.Dataset`, in the order of its tags.

    Rules that concern bytes (groups `file` and `encoding`) have nothing to look at here. The
    Data Set is left as it is. Raises UsageError for a rule that is not there.
    """
    from dcmlint.read.bridge import from_pydicom

    session = _session(_names(select), _names(ignore))
    return _findings(lint_instance(from_pydicom(dataset), session), session)


def lint_json(
    content: Mapping[str, Any], *, select: Iterable[str] = (), ignore: Iterable[str] = ()
) -> list[Finding]:
    """Return what is wrong with a Data Set in the DICOM JSON Model (PS3.18 Annex F); see `lint_dataset`."""
    from dcmlint.read.bridge import from_json

    session = _session(_names(select), _names(ignore))
    return _findings(lint_instance(from_json(content), session), session)


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


@lru_cache(maxsize=16)
def _session(select: tuple[str, ...], ignore: tuple[str, ...]) -> Session:
    return Session(Settings(select, ignore))


def _findings(report: InstanceReport, session: Session) -> list[Finding]:
    renderer = Renderer(session.rules, os.getcwd())  # noqa: PTH109
    return [_public(shown) for shown in renderer.render(report)]


def _public(shown: Shown) -> Finding:
    found = shown._asdict()
    return Finding(**{name: found[name] for name in Finding._fields})

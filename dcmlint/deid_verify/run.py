"""One verification: what is wrong with each output, as reports that every reporter can write."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any, NamedTuple

from xxhash import xxh3_128_hexdigest

from dcmlint.deid.pictures import has_pictures
from dcmlint.deid_verify.attributes import attribute_findings
from dcmlint.deid_verify.burned_in import BurnedIn
from dcmlint.deid_verify.consistency import Consistency
from dcmlint.deid_verify.frames import FrameReader
from dcmlint.deid_verify.logged import Paired
from dcmlint.deid_verify.made import finding
from dcmlint.deid_verify.originals import Original, Originals, traits_of
from dcmlint.deid_verify.pictures import picture_findings
from dcmlint.deid_verify.profile import Demands
from dcmlint.deid_verify.recorded import method_findings
from dcmlint.deid_verify.references import References
from dcmlint.deid_verify.search import Sought, look_findings, remaining_findings, search_findings
from dcmlint.errors import UnreadableError, UsageError
from dcmlint.model import Finding, InstanceReport
from dcmlint.read.item import Instance
from dcmlint.read.opener import looks_like_dicom, read_instance
from dcmlint.source.blob import open_blob
from dcmlint.source.paths import Paths

__all__ = ["Verification", "read_pairs", "verify"]

_HEAD = 4096
_SOP_INSTANCE = 0x00080018
_NO_RECORD = "no record of the audit log is about this file"
_OTHER_UID = "it is not the UID that the audit log has for this file"
_NO_ORIGINAL = "it cannot be told which original this file was made from"


class Verification(NamedTuple):
    """What is verified: outputs, the profile that they should meet, the originals ("" = not at hand), and
    which output was made from which original, by paths below both folders: by a map of the user's, or by an
    audit log (None = there is none). `reader` reads the pixels, None if OCR is not asked for."""

    outputs: str
    profile: str
    originals: str = ""
    pairs: Mapping[str, str] = {}
    logged: Mapping[str, Paired] | None = None
    reader: FrameReader | None = None


def read_pairs(path: str) -> dict[str, str]:
    """Return a map from output to original: a line for each, the two paths with a tab between.

    Raises UsageError, without any content in its text.
    """
    pairs = {}
    try:
        with Path(path).open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                output, tab, original = line.rstrip("\r\n").partition("\t")
                if not tab:
                    raise UsageError(
                        f"Line {number} of the map has no tab.", "OUTPUT<tab>ORIGINAL, a line each"
                    )
                pairs[output] = original
    except (OSError, UnicodeDecodeError):
        raise UsageError("The map cannot be read.", "It is a text file in UTF-8.") from None
    return pairs


def verify(asked: Verification) -> list[InstanceReport]:
    """Return the report of each output. Nothing is changed, and no value is in any report.

    Raises UsageError for a profile that is none, or a place where nothing is.
    """
    demands = Demands(asked.profile)
    originals: Originals | None = None
    references = References()
    if asked.originals:
        logged = {path: paired.original for path, paired in (asked.logged or {}).items()}
        originals = Originals(demands, {**logged, **asked.pairs})
        for path, entry in _files(asked.originals):
            _read_original(originals, references, path, entry)
        if not len(originals):
            raise UsageError(
                "There is no DICOM file among the originals.", "--against IN names their folder."
            )
    return _Run(asked, demands, originals, references).reports(asked.outputs)


def _read_original(originals: Originals, references: References, path: str, file: str) -> None:
    try:
        blob = open_blob(file)
    except UnreadableError:
        return
    try:
        if looks_like_dicom(bytes(blob.buf[:_HEAD])):
            instance = read_instance(blob.buf)
            originals.add(instance, path)
            references.add(path, instance)
            instance.close()
    finally:
        blob.close()


def _files(top: str) -> Iterator[tuple[str, str]]:
    """Yield (path below the place that was named, path) of each file."""
    if not Path(top).exists():
        raise UsageError(f"There is nothing at {top}.")
    folder = top if Path(top).is_dir() else str(Path(top).parent)
    for entry in Paths(None, "none").entries(top):
        if entry.problem:
            raise UsageError(f"{entry.path} cannot be walked: {entry.problem}")
        yield os.path.relpath(entry.path, folder).replace(os.sep, "/"), entry.path


class _Run:
    def __init__(
        self, asked: Verification, demands: Demands, originals: Originals | None, references: References
    ) -> None:
        self._demands = demands
        self._logged = asked.logged
        self._pixels: tuple[FrameReader, BurnedIn] | None = None
        if asked.reader is not None:
            identifiers = None if originals is None else originals.identifiers
            self._pixels = asked.reader, BurnedIn(identifiers, demands)
        self._originals = originals
        self._of_originals = references
        self._references = References()
        self._consistency = Consistency(demands)
        self._pairs: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def reports(self, outputs: str) -> list[InstanceReport]:
        """Return the report of each file of the outputs, with what came up when all were seen."""
        reports = {file: self._report(path, file) for path, file in _files(outputs)}
        late = [*self._consistency.findings()]
        late += self._references.broken(self._of_originals, iter(self._pairs.items()))
        for file, found in late:
            report = reports[file]
            reports[file] = report._replace(findings=(*report.findings, found))
        return list(reports.values())

    def _report(self, path: str, file: str) -> InstanceReport:
        try:
            blob = open_blob(file)
        except UnreadableError as error:
            unread = Finding(error.rule, "error", (), None, None, None, {"reason": error.reason})
            return InstanceReport(file, "unreadable", "", "", "", (unread,))
        try:
            if not looks_like_dicom(bytes(blob.buf[:_HEAD])):
                return self._not_dicom(file, blob.buf)
            return self._instance(path, file, blob.buf)
        finally:
            blob.close()

    def _not_dicom(self, file: str, buf: Any) -> InstanceReport:
        """Tables and logs that lie among outputs are searched for identifiers of the originals."""
        found: tuple[Finding, ...] = ()
        if self._originals is not None:
            found = tuple(remaining_findings(None, buf, self._originals.identifiers, set()))
        return InstanceReport(file, "not-dicom", "", "", xxh3_128_hexdigest(bytes(buf[:_HEAD])), found)

    def _instance(self, path: str, file: str, buf: Any) -> InstanceReport:
        instance = read_instance(buf)
        original = self._original(path, file, instance)
        findings = [
            *attribute_findings(instance, self._demands, original, self._uids()),
            *method_findings(instance, self._demands),
            *picture_findings(instance, self._demands),
            *self._of_log(path, instance),
        ]
        days = original.days if original is not None else frozenset()
        if self._originals is None:
            findings += look_findings(instance, buf, path, self._demands)
        else:
            sought = Sought(self._originals.identifiers, self._demands, days)
            if original is not None:
                sought = sought._replace(names=original.names)
            findings += search_findings(instance, buf, path, sought)
            if original is None and path not in (self._logged or {}):
                findings.append(finding("inconsistent", "note", how=_NO_ORIGINAL))
        if self._pixels is not None and has_pictures(instance, document=False):
            reader, burned_in = self._pixels
            findings += burned_in.findings(instance, reader.read(file, instance), days)
        uid = instance.sop_instance_uid
        report = InstanceReport(
            file,
            "instance",
            instance.sop_class_uid,
            uid,
            uid or xxh3_128_hexdigest(bytes(buf[:_HEAD])),
            tuple(findings),
        )
        instance.close()
        return report

    def _of_log(self, path: str, instance: Instance) -> Iterator[Finding]:
        """Yield what is not as the audit log has it."""
        if self._logged is None:
            return
        paired = self._logged.get(path)
        if paired is None:
            yield finding("inconsistent", "note", how=_NO_RECORD)
            return
        for severity, how in paired.doubts:
            yield finding("inconsistent", severity, how=how)
        if paired.sop_instance_uid and paired.sop_instance_uid != instance.sop_instance_uid:
            yield finding("inconsistent", "error", ((), _SOP_INSTANCE, None), how=_OTHER_UID)

    def _uids(self) -> Set[str]:
        return frozenset() if self._originals is None else self._originals.identifiers.uids

    def _original(self, path: str, file: str, instance: Instance) -> Original | None:
        """Return the original of an output, and take in what both say for what is told at the end."""
        self._references.add(file, instance)
        if self._originals is None:
            return None
        original = self._originals.of(traits_of(instance, path))
        if original is not None:
            self._consistency.add(file, instance, original)
            self._pairs[file] = original.traits.path
        return original

"""Faults of a medium with a DICOMDIR, one kind each: what is changed, and what must be reported where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from fixtures.common import uid

__all__ = ["MEDIUM_KINDS", "MediumKind"]

_OTHER = uid("planted other")


class MediumKind(NamedTuple):
    """A change of a medium that gives the file where the rule must report."""

    what: str
    rule: str
    change: Callable[[Path, dict[str, Path]], Path]


def _delete(folder: Path, files: dict[str, Path]) -> Path:
    files["p0/s0/ct/003.dcm"].unlink()
    return folder / "DICOMDIR"


def _edit(file: Path, old: bytes, new: bytes) -> None:
    content = file.read_bytes()
    assert old in content
    assert len(old) == len(new)
    file.write_bytes(content.replace(old, new, 1))


def _another_patient(folder: Path, files: dict[str, Path]) -> Path:
    _edit(files["p0/s0/ct/003.dcm"], b"P4700", b"P4799")
    return folder / "DICOMDIR"


def _another_instance(folder: Path, files: dict[str, Path]) -> Path:
    one, other = files["p0/s0/ct/003.dcm"], files["p0/s0/ct/004.dcm"]
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)
    return folder / "DICOMDIR"


def _unlisted(folder: Path, files: dict[str, Path]) -> Path:
    from dcmlint.read.encode import part10

    new = folder / "MORE.DCM"
    new.write_bytes(part10({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "SOPInstanceUID": _OTHER}))
    return new


def _shifted(folder: Path, files: dict[str, Path]) -> Path:
    import pydicom

    directory = pydicom.dcmread(folder / "DICOMDIR")
    offset = directory.DirectoryRecordSequence[0].OffsetOfReferencedLowerLevelDirectoryEntity
    element = b"\x04\0\x20\x14UL\x04\0"
    _edit(
        folder / "DICOMDIR",
        element + offset.to_bytes(4, "little"),
        element + (offset + 2).to_bytes(4, "little"),
    )
    return folder / "DICOMDIR"


MEDIUM_KINDS = (
    MediumKind("a file of a medium is gone", "dicomdir/missing-file", _delete),
    MediumKind("a file has another patient than its record", "dicomdir/record-mismatch", _another_patient),
    MediumKind("two files of a medium are swapped", "dicomdir/record-mismatch", _another_instance),
    MediumKind("a file is not in the DICOMDIR", "dicomdir/unlisted-file", _unlisted),
    MediumKind("an offset of a DICOMDIR is shifted", "dicomdir/offset", _shifted),
)

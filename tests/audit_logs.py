"""Small audit logs for tests, with names in them that must not be found in any log."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from dcmlint.audit.canonical import canonical, line_hash
from dcmlint.audit.chain import Chain, Line, Problem, seal_of
from dcmlint.audit.key import AuditKey
from dcmlint.audit.log import AuditLog
from dcmlint.audit.record import About, EditRecord, FileRecord
from dcmlint.audit.values import edit_records
from dcmlint.fix.edit import Edit, NewElement
from dcmlint.fix.splice import spliced
from dcmlint.fix.write import write_new
from dcmlint.model import Location
from dcmlint.read.encode import part10
from dcmlint.read.opener import read_instance

SECRET = b"a key of the tests, long enough, of no worth"
KEY = AuditKey(SECRET)
OTHER_KEY = AuditKey(b"another key of the tests, also of no worth")
ABOUT = About(
    "deid apply", "extends: basic\n", "0.1.0", profile="basic", options={"dates": "removed"}, actor="us"
)
HASHES = ("0" * 64, "1" * 64)
NAMES = ("Lovelace^Ada", "MRN-4711", "1.2.840.99999.1", "Lovelace_Ada")
"""What is in the files and their names, and in no log."""


def write_log(path: Path, files: int = 2, about: About = ABOUT) -> bytes:
    """Return the bytes of a closed log of a few files with two edits each."""
    with AuditLog.open(str(path), about, KEY) as log:
        for number in range(files):
            log.record(file_record(number), edits())
    return path.read_bytes()


def file_record(number: int, **other: Any) -> FileRecord:
    return FileRecord(f"Lovelace_Ada/{number}.dcm", f"1.2.840.99999.1.{number}", *HASHES, **other)


def edits() -> list[EditRecord]:
    name, number = "(0010,0010)", "(0010,0020)"
    return [
        EditRecord(name, name, "set", "Z", b"Lovelace^Ada", b""),
        EditRecord(f"(0008,1140)[1]{number}", number, "remove", "X", b"MRN-4711", None),
    ]


def lines_of(content: bytes, key: AuditKey | None = KEY) -> list[Line]:
    return list(Chain(key).read(content.splitlines(keepends=True)))


def problems_of(content: bytes, key: AuditKey | None = KEY) -> list[Problem]:
    """Return what is wrong with the bytes of a log."""
    chain = Chain(key)
    found = [
        Problem(line.number, text)
        for line in chain.read(content.splitlines(keepends=True))
        for text in line.problems
    ]
    return found + chain.end()


def rebuilt(records: list[dict[str, Any]]) -> bytes:
    """Return a log of these records as somebody without the key would make it: numbers and hashes fit."""
    lines: list[bytes] = []
    before = "0" * 64
    for number, record in enumerate(records, 1):
        record = {**record, "n": number, "prev": before}
        if record["type"] == "close":
            counts = {"records": number - 1, "head": before}
            for name, kind in (("files", "file"), ("all_edits", "edit")):
                counts[name] = sum(other["type"] == kind for other in records)
            record = {**record, **counts}
            record["hash"] = seal_of(record)
        lines.append(canonical(record))
        before = line_hash(lines[-1])
    return b"".join(line + b"\n" for line in lines)


def records_of(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


class Changed:
    """A file that was changed as a user's would be: original and result on disk, and its records."""

    def __init__(self, root: Path, name: str, attributes: dict[str, Any] | None, **encoding: Any) -> None:
        """Write the original, unless there are no attributes: then it is there already."""
        self.original, self.result = root / "in" / name, root / "out" / name
        self.name = name
        if attributes is not None:
            self.original.parent.mkdir(parents=True, exist_ok=True)
            self.original.write_bytes(part10(attributes, **encoding))

    def change(
        self, *changes: tuple[Location, int, NewElement | None]
    ) -> tuple[FileRecord, list[EditRecord]]:
        """Write the result; return its records."""
        buf = self.original.read_bytes()
        instance = read_instance(buf)
        wanted = [
            Edit(location, tag, "remove" if element is None else "set", element, "test")
            for location, tag, element in changes
        ]
        after = write_new(self.result, spliced(buf, wanted), self.original)
        before = hashlib.sha256(buf).hexdigest()
        file = FileRecord(self.name, instance.sop_instance_uid, before, after)
        return file, edit_records(instance, wanted)


SCENE: dict[str, Any] = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7",
    "SOPInstanceUID": "1.2.840.99999.1.7",
    "ReferencedStudySequence": [
        {"ReferencedSOPClassUID": "1.2.840.10008.3.1.2.3.1", "ReferencedSOPInstanceUID": "1.2.840.99999.1.8"}
    ],
    "PatientName": "Lovelace^Ada",
    "PatientID": "MRN-4711",
    "PatientComments": "",
    "PixelData": b"\1\2\3\4",
}
NAME, NUMBER, REFERENCE, STUDIES = 0x00100010, 0x00100020, 0x00081155, 0x00081110


def changes() -> tuple[tuple[Location, int, NewElement | None], ...]:
    """Return what is done to SCENE: an Attribute set, one removed, one of an Item set, one added."""
    return (
        ((), NAME, NewElement(NAME, "PN", b"Anon^A.")),
        ((), NUMBER, None),
        ((STUDIES, 1), REFERENCE, NewElement(REFERENCE, "UI", b"2.25.1")),
        ((), 0x00120062, NewElement(0x00120062, "CS", b"YES")),
    )

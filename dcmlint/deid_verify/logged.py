"""Which output was made from which original, as the audit log of `dcmlint deid apply` says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from dcmlint.audit.folder import Folder
from dcmlint.audit.key import AuditKey
from dcmlint.audit.verify import Checked, check_log, last_units
from dcmlint.errors import UsageError
from dcmlint.model import Severity

__all__ = ["Logged", "Paired", "logged_pairs"]

_COMMAND = "deid apply"
_OTHER_RESULT = "it is not what was written: the audit log has another SHA-256"
_OTHER_ORIGINAL = "its original is not what it was: the audit log has another SHA-256"
_NO_ORIGINAL = "the original that the audit log has for it is not among those given"


class Paired(NamedTuple):
    """What a log says of an output: the path of its original, "" if that is not at hand, the SOP Instance UID
    that it was given, "" if the log does not tell, and what is not as it was logged."""

    original: str
    sop_instance_uid: str
    doubts: tuple[tuple[Severity, str], ...]


class Logged(NamedTuple):
    """The profile of a run, and its pairs by the path of the output."""

    profile: str
    pairs: dict[str, Paired]


def logged_pairs(log: str, key: AuditKey, outputs: str, originals: str) -> Logged:
    """Return the pairs of a log that is sound; files are found by path, and where they were moved by SHA-256.

    Raises UsageError for a log of another command or key, one that is not sound, or what is no folder.
    """
    checked = check_log(log, key, lambda record: None)
    _refuse(log, checked)
    places = (_Place(originals, key), _Place(outputs, key))
    return Logged(checked.header["profile"], dict(_pairs(log, key, *places)))


def _refuse(log: str, checked: Checked) -> None:
    if not checked.header:
        raise UsageError(f"{log} is no audit log.")
    if checked.key != "fits":
        raise UsageError(f"{log} was written with another key.", "It needs the key of the run.")
    if checked.header["command"] != _COMMAND:
        raise UsageError(f"{log} is not of dcmlint {_COMMAND}.")
    if checked.problem_count:
        raise UsageError(
            f"{log} is not sound: nothing is taken from it.",
            f"What is wrong says: dcmlint audit verify {log}",
        )


class _Place:
    """A folder in which files are found by the keyed hash of their path, else by content."""

    def __init__(self, root: str, key: AuditKey) -> None:
        self._root = root
        self._by_path = Folder(root, key)
        self._by_content: Folder | None = None

    def find(self, keyed: str, sha256: str) -> tuple[str, bool] | None:
        """Return the path of a file and whether its SHA-256 is this one, None if it is not there."""
        found = self._by_path.find(keyed, None, sha256)
        if found is not None:
            return found, self._by_path.hash(found) == sha256
        if self._by_content is None:
            self._by_content = Folder(self._root, None)
        moved = self._by_content.find(keyed, None, sha256)
        return None if moved is None else (moved, True)


def _pairs(log: str, key: AuditKey, originals: _Place, outputs: _Place) -> Iterator[tuple[str, Paired]]:
    for unit in last_units(log):
        record = unit.file
        output = outputs.find(record["result"] or "", record["after"]) if record["after"] else None
        if output is None:
            continue
        path, is_same = output
        doubts: list[tuple[Severity, str]] = [] if is_same else [("warning", _OTHER_RESULT)]
        original = originals.find(record["file"], record["before"])
        if original is None:
            doubts.append(("note", _NO_ORIGINAL))
        elif not original[1]:
            doubts.append(("error", _OTHER_ORIGINAL))
        yield path, Paired(original[0] if original else "", _given_uid(record, key), tuple(doubts))


def _given_uid(record: dict[str, Any], key: AuditKey) -> str:
    """Return the SOP Instance UID that the log has encrypted for a result, "" if it has none."""
    if record["identifiers"] is None:
        return ""
    from dcmlint.audit.identifiers import decrypted

    found = decrypted(record["identifiers"], record["file"], key)
    return "" if found is None else found.get("new_sop_instance_uid", "")

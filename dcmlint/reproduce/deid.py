"""Files de-identified again from the log of a `dcmlint deid apply`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from dcmlint.audit.key import AuditKey
from dcmlint.audit.keyed import path_hash
from dcmlint.audit.verify import Unit, units
from dcmlint.deid.make import deidentifier_of, made
from dcmlint.deid.policy import embedded_policies
from dcmlint.deid.profile import parse_profile
from dcmlint.reproduce.again import Again, Original

__all__ = ["DeidMaker"]


class _Taken:
    """What there are results of before a line of the log (`dcmlint.deid.make.Taken`).

    `lines` are the first ones by the keyed hash of the result's path and by the SHA-256 of the original.
    """

    def __init__(self, line: int, lines: Mapping[str, int], key: AuditKey) -> None:
        self._line, self._lines, self._key = line, lines, key

    def has_result(self, path: str) -> bool:
        return self._lines.get(path_hash(self._key, path), self._line) < self._line

    def has_original(self, sha256: str) -> bool:
        return self._lines.get(sha256, self._line) < self._line


class DeidMaker:
    """De-identifies under profile, policies and options of a log, and nothing else but the key."""

    def __init__(self, header: Mapping[str, Any], log: str, key: AuditKey) -> None:
        """Raises UsageError if profile or policy of the header are none."""
        profile, options = parse_profile(header["profile"]), header["options"]
        policy = embedded_policies(header["policy"], options.get("policies", ""))
        broken = options.get("break_signatures") == "true"
        self._deidentifier = deidentifier_of(profile, policy, key, break_signatures=broken)
        self._key = key
        self._lines: dict[str, int] = {}
        for unit in units(log):
            if unit.file["result"] is not None:
                self._lines.setdefault(unit.file["result"], unit.line)
                self._lines.setdefault(unit.file["before"], unit.line)

    @contextmanager
    def again(self, unit: Unit, original: Original) -> Iterator[Again]:
        """Give what becomes of an original."""
        taken = _Taken(unit.line, self._lines, self._key)
        with closing(made(self._deidentifier, taken, original.name, original.buf)) as found:
            done = found.record.status == "done"
            yield Again(found.record, found.edits, found.chunks if done else None)

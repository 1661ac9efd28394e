"""What dcmlint raises. Bad DICOM is never an exception, it is a finding.

DcmlintError
├── UsageError      the caller asked for something that cannot be done: exit status 2
├── UnreadableError one input cannot be opened or read: becomes a `file/unreadable` finding
└── FixError        one file cannot be changed safely: it stays as it is, the run goes on
"""

from __future__ import annotations

__all__ = ["DcmlintError", "FixError", "UnreadableError", "UsageError"]


class DcmlintError(Exception):
    """The root of all that dcmlint raises on purpose."""


class UsageError(DcmlintError):
    """What was asked cannot be done; `hint` says what to do instead ("" = nothing to add)."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UnreadableError(DcmlintError):
    """One input cannot be opened or read; `reason` never holds its content, `rule` is the rule that says
    so."""

    def __init__(self, reason: str, rule: str = "file/unreadable") -> None:
        super().__init__(reason, rule)
        self.reason = reason
        self.rule = rule

    def __str__(self) -> str:
        return self.reason


class FixError(DcmlintError):
    """One file cannot be changed safely; `path` is the Attribute path where that is so ("" = the whole file).

    Neither holds a value of the file.
    """

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(reason, path)
        self.reason = reason
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason

"""dcmlint: a linter for DICOM.

    import dcmlint

    for finding in dcmlint.lint("image.dcm"):
        print(finding)

The names below are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dcmlint.api import Finding, lint, lint_dataset, lint_json
    from dcmlint.errors import DcmlintError, UsageError

__all__ = ["DcmlintError", "Finding", "UsageError", "__version__", "lint", "lint_dataset", "lint_json"]

__version__ = "0.1.0"

_HOMES = {
    "DcmlintError": "dcmlint.errors",
    "Finding": "dcmlint.api",
    "UsageError": "dcmlint.errors",
    "lint": "dcmlint.api",
    "lint_dataset": "dcmlint.api",
    "lint_json": "dcmlint.api",
}


def __getattr__(name: str) -> Any:
    """Return a public name from the module that defines it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)

"""Packages that only some installations have: the extras of pyproject.toml."""

from __future__ import annotations

from typing import Any

from dcmlint.errors import UsageError

__all__ = ["import_extra"]


def import_extra(package: str, *, extra: str, wanted_by: str) -> Any:
    """Return the imported package.

    Raises UsageError, which tells how to install it, if it is not there.
    """
    from importlib import import_module

    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise UsageError(
            f"{wanted_by} needs the package {package}, which is not installed.",
            f"python -m pip install 'dcmlint[{extra}]'",
        ) from error

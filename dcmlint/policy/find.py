"""The settings file in force: found by walking up. Loads nothing that a run without one does not need."""

# ruff: noqa: PTH100, PTH109, PTH112, PTH113, PTH118, PTH120, PTH123
# Strings: pathlib is not loaded by the time a hook looks for its settings, and these are few calls.
from __future__ import annotations

import os
from collections.abc import Iterable

__all__ = ["NAMES", "find_settings"]

NAMES = ("dcmlint.yaml", ".dcmlint.yaml", "pyproject.toml")
"""Files that settings are looked for in, the first that is there in a folder counts."""


def find_settings(locations: Iterable[str]) -> str:
    """Return the settings file in force: in the folder that all paths have in common, or the nearest above.

    A pyproject.toml counts if it has [tool.dcmlint]. Returns "" if there is none.
    """
    folder = _common_folder(locations)
    while True:
        for name in NAMES:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and (name != "pyproject.toml" or _is_ours(path)):
                return path
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above


def _common_folder(locations: Iterable[str]) -> str:
    paths = [os.path.abspath(path) for path in locations if path != "-" and "://" not in path]
    if not paths:
        return os.getcwd()
    try:
        common = os.path.commonpath(paths)
    except ValueError:  # on several drives
        return os.getcwd()
    return common if os.path.isdir(common) else os.path.dirname(common)


def _is_ours(path: str) -> bool:
    try:
        with open(path, "rb") as stream:
            return b"[tool.dcmlint" in stream.read(2 << 20)
    except OSError:
        return False

"""Where the compiled tables lie: the embedded edition, or one that `standard fetch` compiled."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

__all__ = ["EMBEDDED", "edition_directory", "table_path", "user_directory"]

EMBEDDED = Path(__file__).parent / "data"
"""The edition that ships with dcmlint."""


def user_directory() -> Path:
    """Return the user's data directory for fetched editions (DCMLINT_DATA_DIR, XDG_DATA_HOME)."""
    if own := os.environ.get("DCMLINT_DATA_DIR"):
        return Path(own)
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "dcmlint"


@cache
def edition_directory() -> Path:
    """Return the folder of the edition in use: DCMLINT_EDITION, the one chosen by `standard use`, or
    the embedded one."""
    chosen = os.environ.get("DCMLINT_EDITION")
    if chosen is None:
        try:
            chosen = (user_directory() / "edition").read_text().strip()
        except OSError:
            return EMBEDDED
    folder = user_directory() / "editions" / chosen
    return folder if chosen and chosen != "embedded" and folder.is_dir() else EMBEDDED


def table_path(name: str) -> Path:
    """Return the path of a table: of the edition in use, or else the embedded one."""
    own = edition_directory() / name
    return own if own.exists() else EMBEDDED / name

"""A copy of this checkout as its next commit would have it, for tests that need a clone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from command_line import ROOT

__all__ = ["copy_checkout"]


def copy_checkout(folder: Path) -> Path:
    """Copy every file that git has or would add into a folder, and return the folder."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.split("\0"):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder

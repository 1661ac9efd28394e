"""Keeping objects that were retrieved: FOLDER/study/series/instance.dcm."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from dcmlint.errors import UnreadableError
from dcmlint_pacs.web.target import Target

__all__ = ["kept"]


def kept(folder: Path, target: Target, content: bytes) -> Path:
    """Return the file that an object is kept in now, complete or not there; raises UnreadableError.

    The UIDs of a target can be names of files (`is_usable_uid`).
    """
    path = folder / target.study / target.series / f"{target.instance}.dcm"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".dcmlint-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableError(f"it cannot be kept: {reason}") from None
    return path

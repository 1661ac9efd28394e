"""Keeping objects that were retrieved: FOLDER/study/series/instance.dcm."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from dcmlint.errors import UnreadableError
from dcmlint_pacs.uid import file_name

__all__ = ["keep"]


def keep(folder: str, uids: tuple[str, str, str], content: bytes) -> None:
    """Write an object, of Study, Series and SOP Instance UID, to its file: whole, or not at all.

    What is no UID never becomes a name: a hash of it does. Raises UnreadableError.
    """
    study, series, instance = (file_name(uid) for uid in uids)
    path = Path(folder, study, series, f"{instance}.dcm")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, unfinished = tempfile.mkstemp(prefix=".dcmlint-", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            Path(unfinished).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(unfinished).unlink()
            raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableError(f"it cannot be kept: {reason}") from None

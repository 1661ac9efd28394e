"""Counters that go on after a restart, in a file of `state/`; a crash loses at most ten seconds of them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dcmlint_pacs.gate.events import Events

__all__ = ["kept_counters"]

_EVERY_S = 10.0
_LARGEST = 8 << 20


@contextmanager
def kept_counters(events: Events, path: Path) -> Iterator[None]:
    """Take up the counters in the file, and keep it up to date while the block runs."""
    events.take_up(_read(path))
    is_over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(events, path, is_over), name="counters", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        is_over.set()
        keeper.join()


def _keep(events: Events, path: Path, is_over: threading.Event) -> None:
    written: dict[tuple[str, str], int] = {}
    while True:
        last = is_over.wait(_EVERY_S)
        counters = events.snapshot().counters
        if counters != written:
            with suppress(OSError):  # they are not worth more than objects
                unfinished = path.with_suffix(".part")
                unfinished.write_text(json.dumps([[*key, count] for key, count in counters.items()]))
                unfinished.replace(path)
                written = counters
        if last:
            return


def _read(path: Path) -> list[tuple[str, str, int]]:
    """Return what the file has; nothing if there is none, or it is damaged."""
    try:
        if path.stat().st_size > _LARGEST:
            return []
        rows: Any = json.loads(path.read_text())
        return [(str(name), str(label), int(count)) for name, label, count in rows]
    except (OSError, ValueError, TypeError):
        return []

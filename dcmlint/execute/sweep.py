"""Garbage collection at the pace of the work instead of at Python's.

Plans are many objects that live as long as the process; the Items of an Instance refer to each
other and die together. Python's collector would walk the plans again and again to find the Items
(17 % of a scan's CPU). Here it runs when enough objects have died, and what it leaves is set aside.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["sweep", "sweeping"]

_OBJECTS = 20_000
"""Containers made since the last sweep, net of those freed, after which it is time for one."""


@contextmanager
def sweeping() -> Iterator[None]:
    """Leave garbage to `sweep` in this process while the work lasts."""
    was_enabled = gc.isenabled()
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_enabled:
            gc.enable()


def sweep() -> None:
    """Free dead objects if there may be many; call it after each entry."""
    if gc.get_count()[0] > _OBJECTS:
        gc.collect()
        gc.freeze()

"""How worker processes start."""

from __future__ import annotations

import sys
import threading

__all__ = ["start_method"]


def start_method() -> str:
    """Return how a process of this one is to start now, as multiprocessing names it.

    Forking shares the rules and tables that are loaded, and is safe in a process with one thread. With more,
    such as clients of clusters and object stores leave behind, a lock that one of them holds would stay
    locked in the child for ever; and elsewhere than on Linux system libraries do not bear it.
    """
    return "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"

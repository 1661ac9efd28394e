"""Giving way: a scan runs when nothing else wants the processor or the disk."""

from __future__ import annotations

import os
import platform
import sys
from contextlib import suppress

__all__ = ["give_way"]

_NICENESS = 10
_IDLE = 3 << 13
"""I/O class idle (ioprio_set(2))."""

_THIS_PROCESS = 1
_CALLS = {"x86_64": 251, "aarch64": 30, "riscv64": 30}
"""Numbers of the system call ioprio_set on Linux."""


def give_way() -> None:
    """Lower the priority of this process, and of those that it starts, for processor and disk."""
    with suppress(OSError, AttributeError):
        os.nice(_NICENESS)
    number = _CALLS.get(platform.machine())
    if sys.platform != "linux" or number is None:
        return
    import ctypes

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).syscall(number, _THIS_PROCESS, 0, _IDLE)

"""A process for entries that killed Dask workers: `python -m dcmlint_dask.apart`.

It reads the worker's path for imports, then a parcel and a batch from standard input. To standard output
it writes, pickled, that it is ready, and one result after the other. What a check prints goes to standard
error.
"""

from __future__ import annotations

import os
import pickle
import sys
from typing import Any, BinaryIO

__all__ = ["main"]


def main() -> None:
    """Do the batch."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.path[:] = pickle.load(sys.stdin.buffer)
    parcel, batch = pickle.load(sys.stdin.buffer)
    work = pickle.loads(parcel.pickled)
    _write(None, out)
    for entry in batch:
        _write(work(entry), out)


def _write(result: Any, out: BinaryIO) -> None:
    out.write(pickle.dumps(result))
    out.flush()


if __name__ == "__main__":
    main()

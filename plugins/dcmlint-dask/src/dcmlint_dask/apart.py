"""A process for entries that killed Dask workers: `python -m dcmlint_dask.apart`.

It reads a parcel and a batch from standard input and writes one pickled result after the other to standard
output. What a check prints goes to standard error.
"""

from __future__ import annotations

import os
import pickle
import sys

__all__ = ["main"]


def main() -> None:
    """Do the batch."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    parcel, batch = pickle.load(sys.stdin.buffer)
    work = pickle.loads(parcel.pickled)
    for entry in batch:
        pickle.dump(work(entry), out)
        out.flush()


if __name__ == "__main__":
    main()

"""The process that decodes pixels for `--deep`, started and told what to do by `dcmlint.deep`.

A request is a line with the number of bytes that follow, and those bytes: the file. The answer is a line:
`ok`, `skipped`, `memory`, or `failed N` with the number of the frame. What decoders say is thrown away,
since it may hold values.
"""

from __future__ import annotations

import io
import re
from typing import BinaryIO

from dcmlint.worker_process import serving

__all__ = ["answer", "main"]

_FAILED = "Unable to decode as exceptions were raised"
"""How pydicom's error starts when each decoder was tried and failed."""

_UNABLE = re.compile(r"not support|unsupported|NotImplemented|bits allocated", re.IGNORECASE)
"""What pydicom's plugins say of what they cannot decode, as opposed to what is damaged."""


def main() -> None:
    """Answer requests on standard input until it ends."""
    requests, answers = serving()
    while line := requests.readline():
        answers.write(answer(_content(requests, int(line))).encode() + b"\n")
        answers.flush()


def _content(requests: BinaryIO, size: int) -> bytes:
    return requests.read(size)


def answer(content: bytes) -> str:
    """Return what came of decoding every frame of a file."""
    number = 0
    try:
        from pydicom.pixels import iter_pixels

        for _ in iter_pixels(io.BytesIO(content), raw=True):
            number += 1
    except MemoryError:
        return "memory"
    except Exception as error:
        return f"failed {number + 1}" if _is_proof(str(error)) else "skipped"
    return "ok"


def _is_proof(said: str) -> bool:
    """Tell whether decoders tried and failed; else an attribute is missing, or there is no decoder."""
    return said.startswith(_FAILED) and not _UNABLE.search(said)


if __name__ == "__main__":
    main()

"""The process that decodes frames for `--ocr`, started and asked by `dcmlint.deid_verify.frames`.

A request is a line of JSON: the path of a file and the number of a frame, from 0. The answer is a line for
each picture, `picture SIZE`, with that many bytes of a PGM file behind it, and `end`; or `failed` where the
frame cannot be decoded, `large` where it has too many pixels.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from dcmlint.worker_process import serving

__all__ = ["answers", "main"]

_MOST_PIXELS = 48 << 20
_DEFLATED = "1.2.840.10008.1.2.1.99"


def main() -> None:
    """Answer requests on standard input until it ends."""
    requests, out = serving()
    path, header = "", None
    while line := requests.readline():
        asked = json.loads(line)
        if asked["path"] != path:
            path, header = asked["path"], _header(asked["path"])
        for answer in answers(path, header, asked["frame"]):
            out.write(answer)
        out.flush()


def _header(path: str) -> Any:
    """Return the Data Set before the pixels, None if pydicom cannot read it."""
    from pydicom import dcmread

    try:
        return dcmread(path, force=True, stop_before_pixels=True)
    except Exception:  # pydicom raises what it likes on damaged files
        return None


def answers(path: str, header: Any, frame: int) -> Iterator[bytes]:
    """Yield the answer about a frame, in parts."""
    from dcmlint.deid_verify.views import pgm, views

    try:
        if header.Rows * header.Columns > _MOST_PIXELS:
            yield b"large\n"
            return
        pictures = [pgm(view) for view in views(_decoded(path, header, frame), header)]
    except Exception:  # decoders raise what they like
        yield b"failed\n"
        return
    for picture in pictures:
        yield b"picture %d\n" % len(picture) + picture
    yield b"end\n"


def _decoded(path: str, header: Any, frame: int) -> Any:
    """Return one frame; only its bytes are read, unless the Data Set is deflated."""
    from pydicom import dcmread
    from pydicom.pixels import iter_pixels

    is_deflated = header.file_meta.TransferSyntaxUID == _DEFLATED
    return next(iter_pixels(dcmread(path, force=True) if is_deflated else path, indices=[frame]))


if __name__ == "__main__":
    main()

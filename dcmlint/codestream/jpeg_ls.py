"""JPEG-LS: frame and scan header (ITU-T T.87 Annex C); its markers are those of JPEG."""

from __future__ import annotations

from dcmlint.codestream.header import Header

__all__ = ["jpeg_ls_header"]


def jpeg_ls_header(frame: bytes, scan: bytes, end: tuple[bool | None, int]) -> Header:
    """Return what SOF55 and the first SOS say; `end` is that of the Span.

    The size may be 0 there, and in a later segment.
    """
    if len(frame) < 6 or len(frame) < 6 + 3 * frame[5]:
        return Header("JPEG-LS", fault="its frame header (SOF) is cut off")
    at = 1 + 2 * scan[0] if scan else 0
    near = scan[at] if scan and at < len(scan) else None
    return Header(
        "JPEG-LS",
        "" if near is None else "near-lossless" if near else "lossless",
        rows=(frame[1] << 8 | frame[2]) or None,
        columns=(frame[3] << 8 | frame[4]) or None,
        components=frame[5],
        bits=frame[0],
        lossless=None if near is None else near == 0,
        fault="" if scan else "it has no scan (SOS)",
        complete=end[0],
        behind=end[1],
    )

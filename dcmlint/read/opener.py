"""File bytes to an Instance: preamble, File Meta Information, Transfer Syntax (PS3.10 7)."""

from __future__ import annotations

import zlib
from typing import Any

from dcmlint.model import Fault
from dcmlint.read.item import Instance, Item
from dcmlint.read.scanner import Scanner
from dcmlint.read.vr import LONG_VRS, SHORT_VRS
from dcmlint.standard.dictionary import implicit_vr, vr_by_tag

__all__ = ["INFLATE_LIMIT", "looks_like_dicom", "read_instance"]

INFLATE_LIMIT = 256 << 20
"""Bytes beyond which a deflated Data Set is not inflated."""

IMPLICIT_LE = "1.2.840.10008.1.2"
EXPLICIT_LE = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
EXPLICIT_BE = "1.2.840.10008.1.2.2"
_DEFLATED_SYNTAXES = {DEFLATED, "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.8.1"}

_VR_BYTES = frozenset(SHORT_VRS) | frozenset(LONG_VRS)
_TRANSFER_SYNTAX_UID = 0x00020010


def looks_like_dicom(head: bytes) -> bool:
    """Tell from the first bytes (at least 132 if there are as many) whether this is DICOM.

    With the DICM prefix it is; without, the first two Data Elements must make sense.
    """
    return head[128:132] == b"DICM" or head[:4] == b"DICM" or _plausible_start(head)


def _plausible_start(head: bytes) -> bool:
    """Tell whether bytes without a preamble start with two plausible, ascending Data Elements."""
    if len(head) < 16:
        return False
    for order in ("little", "big"):
        tags = []
        pos = 0
        while len(tags) < 2 and pos + 8 <= len(head):
            group = int.from_bytes(head[pos : pos + 2], order)  # type: ignore[arg-type]
            tag = group << 16 | int.from_bytes(head[pos + 2 : pos + 4], order)  # type: ignore[arg-type]
            if tag not in vr_by_tag() and tag & 0xFFFF:
                return False
            if not 0x0002 <= group <= 0x0040 or (tags and tag <= tags[-1]):
                break
            vr = bytes(head[pos + 4 : pos + 6])
            if vr in SHORT_VRS:
                length, start = int.from_bytes(head[pos + 6 : pos + 8], order), pos + 8  # type: ignore[arg-type]
            elif vr in LONG_VRS:
                length, start = int.from_bytes(head[pos + 8 : pos + 12], order), pos + 12  # type: ignore[arg-type]
            else:
                length, start = int.from_bytes(head[pos + 4 : pos + 8], order), pos + 8  # type: ignore[arg-type]
            if length > 0x10000 and vr not in LONG_VRS:
                break
            tags.append(tag)
            pos = start + length
        else:
            return len(tags) == 2 or (len(tags) == 1 and pos > len(head))
    return False


def read_instance(buf: Any, size: int | None = None) -> Instance:
    """Return the Instance in the bytes of a file; its `faults` tell what was irregular.

    `buf` is bytes or a memory map. Never raises on any content.
    """
    instance = Instance()
    instance.size = len(buf) if size is None else size
    scanner = Scanner(instance, implicit_vr)
    start = _meta(instance, scanner, buf)
    root = instance.root
    root.buf = buf
    root.offset = start
    _declared(instance)
    if instance.declared_syntax in _DEFLATED_SYNTAXES and instance.declared_syntax == DEFLATED:
        start, end = _inflate(instance, buf, start)
    else:
        end = len(buf)
    _encoding(instance, scanner, start, end)
    instance.header_end = scanner.data_set(root, start, end, 0)
    return instance


def _fault(instance: Instance, rule: str, offset: int, length: int, **args: Any) -> None:
    instance.faults.append(Fault(rule, instance.root, None, offset, length, args))


def _meta(instance: Instance, scanner: Scanner, buf: Any) -> int:
    """Read preamble and File Meta Information; return where the Data Set starts."""
    if buf[128:132] == b"DICM":
        pos = 132
    elif buf[:4] == b"DICM":
        _fault(instance, "file/missing-preamble", 0, 4, what="the 128-byte preamble")
        pos = 4
    else:
        _fault(instance, "file/missing-preamble", 0, 0, what="the preamble and the DICM prefix")
        pos = 0
    if buf[pos : pos + 2] != b"\x02\x00":
        if buf[pos : pos + 2] == b"\x00\x02" and bytes(buf[pos + 4 : pos + 6]) in _VR_BYTES:
            return _meta_elements(instance, scanner, buf, pos, big_endian=True)
        return pos
    return _meta_elements(instance, scanner, buf, pos, big_endian=False)


def _meta_elements(instance: Instance, scanner: Scanner, buf: Any, pos: int, *, big_endian: bool) -> int:
    """Fill `instance.meta` with group 0002 and return where it ends.

    Where the group length lies, the elements decide: group 0002 ends with its last element.
    """
    meta = instance.meta = Item(instance, buf, 0, None, 0, 0, pos)
    explicit = bytes(buf[pos + 4 : pos + 6]) in _VR_BYTES
    scanner.encoding(explicit=explicit, big_endian=big_endian)
    if big_endian or not explicit:
        _fault(instance, "file/transfer-syntax-mismatch", pos, 8, part="File Meta Information",
               declared="Explicit VR Little Endian", actual=_syntax_name(explicit, big_endian))
    end = _group_end(buf, pos, 2, explicit=explicit, big_endian=big_endian)
    scanner.data_set(meta, pos, end, 0)
    scanner.encoding(explicit=True, big_endian=False)
    return end


def _group_end(buf: Any, pos: int, group: int, *, explicit: bool, big_endian: bool) -> int:
    """Return where the elements of `group` that start at `pos` end."""
    order: Any = "big" if big_endian else "little"
    wanted = group.to_bytes(2, order)
    size = len(buf)
    while pos + 8 <= size and buf[pos : pos + 2] == wanted:
        vr = bytes(buf[pos + 4 : pos + 6])
        if explicit and vr in SHORT_VRS:
            pos += 8 + int.from_bytes(buf[pos + 6 : pos + 8], order)
        elif explicit and vr in LONG_VRS:
            pos += 12 + int.from_bytes(buf[pos + 8 : pos + 12], order)
        else:
            pos += 8 + int.from_bytes(buf[pos + 4 : pos + 8], order)
    return min(pos, size)


def _declared(instance: Instance) -> None:
    raw = instance.meta.raw(_TRANSFER_SYNTAX_UID) if instance.meta is not None else None
    instance.declared_syntax = "" if raw is None else raw.rstrip(b"\0 ").decode("latin-1")


def _inflate(instance: Instance, buf: Any, start: int) -> tuple[int, int]:
    """Put the inflated Data Set into the root's buffer; return its bounds.

    The bytes are not deflated in files whose writer forgot to: they are then read as they are.
    """
    body = bytes(buf[start : start + 6])
    if len(body) == 6 and body[4:6] in _VR_BYTES and body[1] == 0 and body[0] in (2, 4, 8):
        _fault(instance, "file/transfer-syntax-mismatch", start, 6, part="Data Set",
               declared="Deflated Explicit VR Little Endian", actual="Explicit VR Little Endian")
        return start, len(buf)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    chunks: list[bytes] = []
    total, pos = 0, start
    try:
        while pos < len(buf) and not inflater.eof and total <= INFLATE_LIMIT:
            piece = bytes(buf[pos : pos + (1 << 20)])
            pos += len(piece)
            while piece and not inflater.eof and total <= INFLATE_LIMIT:
                chunks.append(inflater.decompress(piece, 1 << 24))
                total += len(chunks[-1])
                piece = inflater.unconsumed_tail
    except zlib.error:
        _fault(instance, "file/truncated", pos, 0, missing=0)
    else:
        if total > INFLATE_LIMIT:
            _fault(instance, "file/deflate-bomb", start, len(buf) - start, limit=INFLATE_LIMIT)
        elif not inflater.eof:
            _fault(instance, "file/truncated", len(buf), 0, missing=0)
        elif (rest := len(buf) - pos + len(inflater.unused_data)) > 1:
            _fault(instance, "file/trailing-bytes", len(buf) - rest, rest, bytes=rest)
    inflated = b"".join(chunks)
    instance.root.buf = inflated
    instance.root.offset = 0
    instance.size = len(inflated)
    return 0, len(inflated)


def _syntax_name(explicit: bool, big_endian: bool) -> str:
    return f"{'Explicit' if explicit else 'Implicit'} VR {'Big' if big_endian else 'Little'} Endian"


def _encoding(instance: Instance, scanner: Scanner, start: int, end: int) -> None:
    """Decide from the bytes how the Data Set is encoded; report where that is not what is declared."""
    declared = instance.declared_syntax
    want_explicit, want_big = declared != IMPLICIT_LE, declared == EXPLICIT_BE
    explicit, big_endian = _detect(instance.root.buf, start, end, want_explicit, want_big)
    known = declared != ""
    if known and (explicit, big_endian) != (want_explicit, want_big):
        _fault(instance, "file/transfer-syntax-mismatch", start, 8, part="Data Set",
               declared=_syntax_name(want_explicit, want_big), actual=_syntax_name(explicit, big_endian))
        declared = ""
    if not declared:
        declared = EXPLICIT_BE if big_endian else EXPLICIT_LE if explicit else IMPLICIT_LE
    instance.syntax = declared
    instance.explicit, instance.big_endian = explicit, big_endian
    scanner.encoding(explicit=explicit, big_endian=big_endian)


def _detect(buf: Any, start: int, end: int, explicit: bool, big_endian: bool) -> tuple[bool, bool]:
    """Return (explicit, big endian) of the Data Set that starts at `start`.

    The first element tells: its group is small, so the byte order shows, and its VR is there or
    is not. What does not tell leaves the declaration as it is.
    """
    if start + 8 > end:
        return explicit, big_endian
    little = int.from_bytes(buf[start : start + 2], "little")
    big = int.from_bytes(buf[start : start + 2], "big")
    if little != big and min(little, big) <= 0x00FF:
        big_endian = big < little
    vr = bytes(buf[start + 4 : start + 6])
    if vr in _VR_BYTES:
        # Implicit VR with a length that spells a VR would be longer than 16 kB in the first element.
        explicit = True
    elif not (vr.isalpha() and vr.isupper()):
        order: Any = "big" if big_endian else "little"
        length = int.from_bytes(buf[start + 4 : start + 8], order)
        if length <= end - start - 8 or length == 0xFFFFFFFF:
            explicit = False
    return explicit, big_endian

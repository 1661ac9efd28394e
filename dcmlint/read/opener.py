"""File bytes to an Instance: preamble, File Meta Information, Transfer Syntax (PS3.10 7)."""

from __future__ import annotations

import zlib
from typing import Any, Literal

from dcmlint.model import UNDEFINED_LENGTH, Fault
from dcmlint.read.fetching import fetch_values
from dcmlint.read.item import Instance, Item
from dcmlint.read.scanner import Scanner
from dcmlint.read.vr import LONG_VRS, SHORT_VRS
from dcmlint.standard.dictionary import implicit_vr, implicit_vrs, vr_by_tag

__all__ = ["INFLATE_LIMIT", "group_end", "looks_like_dicom", "read_instance"]

INFLATE_LIMIT = 256 << 20
"""Bytes beyond which a deflated Data Set is not inflated."""

_PIECE = 1 << 20

IMPLICIT_LE = "1.2.840.10008.1.2"
EXPLICIT_LE = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
EXPLICIT_BE = "1.2.840.10008.1.2.2"
_DEFLATED_SYNTAXES = frozenset((DEFLATED, "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"))
_NATIVE_SYNTAXES = frozenset((IMPLICIT_LE, EXPLICIT_LE, DEFLATED, EXPLICIT_BE))
_STANDARD_ROOT = "1.2.840.10008.1.2."

_VR_BYTES = frozenset(SHORT_VRS) | frozenset(LONG_VRS)
_TRANSFER_SYNTAX_UID = 0x00020010
_PIXEL_DATA = 0x7FE00010

_Order = Literal["little", "big"]
_ORDERS: tuple[_Order, _Order] = ("little", "big")


def looks_like_dicom(head: bytes) -> bool:
    """Tell from the first bytes (at least 132 if there are as many) whether this is DICOM.

    With the DICM prefix it is; without, the first two Data Elements must make sense.
    """
    return head[128:132] == b"DICM" or head[:4] == b"DICM" or _plausible_start(head)


def _plausible_start(head: bytes) -> bool:
    """Tell whether bytes without a preamble start with two plausible, ascending Data Elements."""
    return any(_plausible_elements(head, order) for order in _ORDERS)


def _plausible_elements(head: bytes, order: _Order) -> bool:
    last = -1
    pos = 0
    for count in range(2):
        if pos + 8 > len(head):
            return count == 1 and pos > len(head)
        group = int.from_bytes(head[pos : pos + 2], order)
        tag = group << 16 | int.from_bytes(head[pos + 2 : pos + 4], order)
        if tag <= last or not 0x0002 <= group <= 0x0040 or (tag & 0xFFFF and tag not in vr_by_tag()):
            return False
        vr = bytes(head[pos + 4 : pos + 6])
        if vr in LONG_VRS:
            pos += 12 + int.from_bytes(head[pos + 8 : pos + 12], order)
        elif vr in SHORT_VRS:
            pos += 8 + int.from_bytes(head[pos + 6 : pos + 8], order)
        else:
            length = int.from_bytes(head[pos + 4 : pos + 8], order)
            if length > 0x10000:
                return False
            pos += 8 + length
        last = tag
    return True


def read_instance(buf: Any, size: int | None = None) -> Instance:
    """Return the Instance in the bytes of a file; its `faults` tell what was irregular.

    `buf` is bytes, a memory map, or a buffer that fetches. Never raises on any content.
    """
    instance = Instance()
    instance.size = len(buf) if size is None else size
    ensure = None if isinstance(buf, bytes) else getattr(buf, "ensure", None)
    scanner = Scanner(instance, implicit_vrs().__getitem__, ensure)
    start = _meta(instance, scanner, buf)
    end = len(buf)
    root = instance.root
    root.buf = buf
    root.offset = start
    _declared(instance)
    if _is_deflated(instance, buf, start, end):
        start, end = _inflate(instance, buf, start)
    _encoding(instance, scanner, start, end)
    instance.header_end = scanner.data_set(root, start, end, 0)
    if any(fault.rule == "file/deflate-bomb" for fault in instance.faults):
        _forget_cut(instance)
    found = root.elements.get(_PIXEL_DATA)
    if found is not None and found[2]:
        _pixel_encoding(instance, found[1], encapsulated=found[2] == UNDEFINED_LENGTH)
    if ensure is not None:
        fetch_values(instance, buf)
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
        _mismatch(
            instance,
            pos,
            "File Meta Information",
            "Explicit VR Little Endian",
            _syntax_name(explicit, big_endian),
        )
    end = group_end(buf, pos, 2, explicit=explicit, big_endian=big_endian)
    scanner.data_set(meta, pos, end, 0)
    scanner.encoding(explicit=True, big_endian=False)
    return end


def group_end(buf: Any, pos: int, group: int, *, explicit: bool, big_endian: bool) -> int:
    """Return where the elements of `group` that start at `pos` end."""
    order: _Order = "big" if big_endian else "little"
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


def _is_deflated(instance: Instance, buf: Any, start: int, end: int) -> bool:
    """Tell whether the Data Set is deflated; report where that is not what is declared."""
    declared = instance.declared_syntax in _DEFLATED_SYNTAXES
    if not declared and start + 8 <= end:
        little = int.from_bytes(buf[start : start + 2], "little")
        if little <= 0x00FF or little & 0x00FF == 0 or not _inflates(buf, start):
            return False
        actual = "deflated"
    elif declared and _plausible_start(bytes(buf[start : start + 1024])):
        actual = "not deflated"
    else:
        return declared
    wanted = "deflated" if declared else _declared_name(instance.declared_syntax)
    _mismatch(instance, start, "Data Set", wanted, actual)
    instance.declared_syntax = "" if declared else DEFLATED
    return not declared


def _inflates(buf: Any, start: int) -> bool:
    """Tell whether a deflated Data Set starts at `start`, whatever was declared."""
    try:
        head = zlib.decompressobj(-zlib.MAX_WBITS).decompress(bytes(buf[start : start + 4096]), 1024)
    except zlib.error:
        return False
    return _plausible_start(head)


def _inflate(instance: Instance, buf: Any, start: int) -> tuple[int, int]:
    """Put the inflated Data Set into the root's buffer; return its bounds.

    Of one that is longer than INFLATE_LIMIT only the start is kept.
    """
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated = bytearray()
    pos = start
    damaged = False
    try:
        while pos < len(buf) and not inflater.eof and len(inflated) < INFLATE_LIMIT:
            piece = bytes(buf[pos : pos + _PIECE])
            pos += len(piece)
            while piece and not inflater.eof and len(inflated) < INFLATE_LIMIT:
                inflated += inflater.decompress(piece, min(_PIECE, INFLATE_LIMIT - len(inflated)))
                piece = inflater.unconsumed_tail
    except zlib.error:
        damaged = True
    if len(inflated) >= INFLATE_LIMIT and not inflater.eof:
        _fault(instance, "file/deflate-bomb", start, len(buf) - start, limit=INFLATE_LIMIT)
        del inflated[_PIECE:]
    elif damaged or not inflater.eof:
        what = "the deflated stream is damaged" if damaged else "the deflated stream breaks off"
        _fault(instance, "file/truncated", start, len(buf) - start, what=what)
    elif (rest := len(buf) - pos + len(inflater.unused_data)) > 1:
        _fault(instance, "file/trailing-bytes", len(buf) - rest, rest, bytes=rest)
    instance.root.buf = inflated
    instance.root.offset = 0
    instance.size = len(inflated)
    return 0, len(inflated)


def _forget_cut(instance: Instance) -> None:
    """Drop the fault that says the Data Set is cut off: it was cut off here, not in the file."""
    instance.faults[:] = [fault for fault in instance.faults if fault.rule != "file/truncated"]


def _syntax_name(explicit: bool, big_endian: bool) -> str:
    return f"{'Explicit' if explicit else 'Implicit'} VR {'Big' if big_endian else 'Little'} Endian"


def _declared_name(syntax: str) -> str:
    return _syntax_name(syntax != IMPLICIT_LE, syntax == EXPLICIT_BE)


def _mismatch(instance: Instance, offset: int, part: str, declared: str, actual: str) -> None:
    _fault(instance, "file/transfer-syntax-mismatch", offset, 8, part=part, declared=declared, actual=actual)


def _encoding(instance: Instance, scanner: Scanner, start: int, end: int) -> None:
    """Decide from the bytes how the Data Set is encoded; report where that is not what is declared."""
    declared = instance.declared_syntax
    standard = declared == IMPLICIT_LE or declared.startswith(_STANDARD_ROOT)
    want_explicit, want_big = declared != IMPLICIT_LE, declared == EXPLICIT_BE
    explicit, big_endian = _detect(instance.root.buf, start, end, want_explicit, want_big)
    if (explicit, big_endian) != (want_explicit, want_big):
        if standard:
            _mismatch(
                instance, start, "Data Set", _declared_name(declared), _syntax_name(explicit, big_endian)
            )
        declared = ""
    if not declared:
        declared = EXPLICIT_BE if big_endian else EXPLICIT_LE if explicit else IMPLICIT_LE
    instance.syntax = declared
    instance.explicit, instance.big_endian = explicit, big_endian
    scanner.encoding(explicit=explicit, big_endian=big_endian)


def _pixel_encoding(instance: Instance, offset: int, *, encapsulated: bool) -> None:
    """Report Pixel Data that is encapsulated in a native Transfer Syntax, or the other way round."""
    declared = instance.declared_syntax
    native = declared in _NATIVE_SYNTAXES
    if native != encapsulated or not (native or declared.startswith(_STANDARD_ROOT)):
        return
    wanted, actual = ("native", "encapsulated") if native else ("encapsulated", "native")
    _mismatch(instance, offset, "Pixel Data", wanted, actual)
    instance.syntax = ""


def _detect(buf: Any, start: int, end: int, explicit: bool, big_endian: bool) -> tuple[bool, bool]:
    """Return (explicit, big endian) of the Data Set that starts at `start`.

    The first element tells: its tag is known in one byte order only, and its VR is there or is not.
    What does not tell leaves the declaration as it is.
    """
    if start + 8 > end:
        return explicit, big_endian
    if not _is_known(buf, start, big_endian=big_endian) and _is_known(buf, start, big_endian=not big_endian):
        big_endian = not big_endian
    vr = bytes(buf[start + 4 : start + 6])
    if vr in _VR_BYTES:
        # Implicit VR with a length that spells a VR would be longer than 16 kB in the first element.
        explicit = True
    elif not (vr.isalpha() and vr.isupper()):
        order: _Order = "big" if big_endian else "little"
        length = int.from_bytes(buf[start + 4 : start + 8], order)
        if length <= end - start - 8 or length == 0xFFFFFFFF:
            explicit = False
    return explicit, big_endian


def _is_known(buf: Any, pos: int, *, big_endian: bool) -> bool:
    """Tell whether a tag in this byte order is one of PS3.6, a Private Creator or a group length."""
    order: _Order = "big" if big_endian else "little"
    group = int.from_bytes(buf[pos : pos + 2], order)
    number = int.from_bytes(buf[pos + 2 : pos + 4], order)
    return implicit_vr(group << 16 | number) != "UN" if number else group <= 0x00FF

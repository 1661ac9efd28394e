"""Code extension by ISO 2022 escape sequences (PS3.5 6.1.2.4, 6.1.2.5; PS3.3 Tables C.12-3, C.12-4)."""

from __future__ import annotations

import re
from typing import NamedTuple

from dcmlint.read.charset import SINGLE_TERMS, Text, TextFault

__all__ = ["ESCAPES", "decode_extended"]


class _Designation(NamedTuple):
    """A character set that an escape sequence designates: G0 or G1, one or two bytes a character."""

    term: str
    codec: str
    g1: bool
    wide: bool


_ASCII = _Designation("ISO 2022 IR 6", "ascii", g1=False, wide=False)
_ROMAJI = _Designation("ISO 2022 IR 13", "ascii", g1=False, wide=False)

_FINAL_BYTES = {
    "100": b"A",
    "101": b"B",
    "109": b"C",
    "110": b"D",
    "144": b"L",
    "127": b"G",
    "126": b"F",
    "138": b"H",
    "148": b"M",
    "203": b"b",
    "166": b"T",
}

ESCAPES: dict[bytes, _Designation] = {
    b"\x1b(B": _ASCII,
    b"\x1b(J": _ROMAJI,
    b"\x1b)I": _Designation("ISO 2022 IR 13", "shift_jis", g1=True, wide=False),
    b"\x1b$B": _Designation("ISO 2022 IR 87", "iso2022_jp", g1=False, wide=True),
    b"\x1b$(D": _Designation("ISO 2022 IR 159", "iso2022_jp_2", g1=False, wide=True),
    b"\x1b$)C": _Designation("ISO 2022 IR 149", "euc_kr", g1=True, wide=True),
    b"\x1b$)A": _Designation("ISO 2022 IR 58", "gb2312", g1=True, wide=True),
} | {
    b"\x1b-" + final: _Designation(
        f"ISO 2022 IR {number}", SINGLE_TERMS[f"ISO_IR {number}"], g1=True, wide=False
    )
    for number, final in _FINAL_BYTES.items()
}
"""What each escape sequence of PS3.3 Tables C.12-3 and C.12-4 designates."""

_BY_TERM_G1 = {item.term: item for item in ESCAPES.values() if item.g1}
_ESCAPE = re.compile(rb"\x1b[\x20-\x2f]*[\x30-\x7e]?")
_CONTROLS = b"\t\n\f\r"
_G1_OUTSIDE = {
    "shift_jis": re.compile(rb"[\x80-\xa0\xe0-\xff]"),
    "tis_620": re.compile(rb"[\x80-\xa0\xdb-\xde\xfc-\xff]"),
}
_NOT_GRAPHIC = re.compile(rb"[\x80-\x9f]")


class _State:
    """Where the decoder is: what is designated to G0 and G1, the text so far, the first fault."""

    __slots__ = ("delimiters", "fault", "g0", "g1", "initial", "out", "terms")

    def __init__(self, terms: tuple[str, ...], delimiters: bytes) -> None:
        first = terms[0]
        g0 = _ROMAJI if first == _ROMAJI.term else _ASCII
        self.terms = terms
        self.initial = (g0, _BY_TERM_G1.get(first))
        self.g0, self.g1 = self.initial
        self.delimiters = re.compile(b"[" + re.escape(delimiters + _CONTROLS) + b"]")
        self.out: list[str] = []
        self.fault: TextFault | None = None

    def wrong(self, kind: str, offset: int, what: str) -> None:
        if self.fault is None:
            self.fault = TextFault(kind, offset, what)  # type: ignore[arg-type]


def decode_extended(raw: bytes, terms: tuple[str, ...], delimiters: bytes) -> Text:
    """Return the text of a value with code extension; `terms` are the values of Specific Character
    Set, the first of which is the initial state (PS3.5 6.1.2.5.1)."""
    state = _State(terms, delimiters)
    position = 0
    for escape in _ESCAPE.finditer(raw):
        _run(state, raw[position : escape.start()], position)
        _designate(state, escape[0], escape.start())
        position = escape.end()
    _run(state, raw[position:], position)
    if state.g0.wide and state.fault is None:
        state.wrong("unclosed", len(raw), f"the value ends while {state.g0.term} is still in G0")
    return Text("".join(state.out), state.fault)


def _designate(state: _State, escape: bytes, offset: int) -> None:
    found = ESCAPES.get(escape)
    if found is None:
        state.wrong("escape", offset, "an escape sequence that PS3.3 does not define")
        return
    if found.g1:
        state.g1 = found
    else:
        state.g0 = found
    # ISO 646 and JIS X 0201 Romaji close a wide G0 alike; writers use either.
    if found.term not in state.terms and found not in (_ASCII, _ROMAJI):
        state.wrong("escape", offset, f"an escape sequence of {found.term}, which is not declared")


def _run(state: _State, run: bytes, offset: int) -> None:
    """Decode bytes without escape sequences; delimiters restore the initial state."""
    if state.g0.wide:
        run, offset = _wide(state, run, offset)
    while run:
        delimiter = state.delimiters.search(run)
        end = len(run) if delimiter is None else delimiter.start()
        _narrow(state, run[:end], offset)
        if delimiter is None:
            return
        state.out.append(chr(run[end]))
        state.g0, state.g1 = state.initial
        run, offset = run[end + 1 :], offset + end + 1


def _wide(state: _State, run: bytes, offset: int) -> tuple[bytes, int]:
    """Decode the two-byte characters of G0; return what follows a line end or the like."""
    controls = re.search(rb"[\t\n\f\r]", run)
    end = len(run) if controls is None else controls.start()
    designation = state.g0
    escape = b"\x1b$B" if designation.codec == "iso2022_jp" else b"\x1b$(D"
    for part in re.finditer(rb" +|[^ ]+", run[:end]):
        if part[0].startswith(b" "):
            state.out.append(part[0].decode("ascii"))
            continue
        try:
            state.out.append((escape + part[0]).decode(designation.codec))
        except UnicodeDecodeError:
            last = offset + part.end() == offset + len(run)
            kind = "incomplete" if len(part[0]) % 2 and last else "undecodable"
            state.wrong(kind, offset + part.start(), f"bytes that are no character in {designation.term}")
            state.out.append(part[0].decode("latin-1").translate(_NO_DELIMITERS))
    if controls is None:
        return b"", offset
    state.wrong("escape", offset + end, f"a line ends while {designation.term} is still in G0")
    state.g0, state.g1 = state.initial
    return run[end:], offset + end


_NO_DELIMITERS = str.maketrans("\\^=", "___")


def _narrow(state: _State, run: bytes, offset: int) -> None:
    """Decode a stretch without delimiters whose G0 has one byte a character."""
    if run.isascii():
        state.out.append(run.decode("ascii"))
        return
    high = next(index for index, byte in enumerate(run) if byte > 0x7F)
    if state.g1 is None:
        declared = any(term in _BY_TERM_G1 for term in state.terms)
        if declared:
            what = "8-bit characters without the escape sequence that designates their character set"
            state.wrong("escape", offset + high, what)
        else:
            state.wrong(
                "undeclared", offset + high, "8-bit characters, but no character set for them is declared"
            )
        state.out.append(run.decode("latin-1"))
        return
    codec = state.g1.codec
    outside = None if state.g1.wide else _G1_OUTSIDE.get(codec, _NOT_GRAPHIC).search(run)
    start = -1 if outside is None else outside.start()
    if outside is None:
        try:
            state.out.append(run.decode(codec))
            return
        except UnicodeDecodeError as error:
            start = error.start
    kind = "incomplete" if state.g1.wide and start == len(run) - 1 else "undecodable"
    state.wrong(kind, offset + start, f"bytes that are no character in {state.g1.term}")
    state.out.append(run.decode("latin-1"))

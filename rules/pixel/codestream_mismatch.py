"""The codestream of a frame contradicts the attributes or the Transfer Syntax.

## What it does
Reads the headers of encapsulated frames and compares them with Rows, Columns, Samples per Pixel, Bits
Allocated, Bits Stored, Pixel Representation, Photometric Interpretation and the Transfer Syntax: JPEG,
JPEG-LS, JPEG 2000, HTJ2K, JPEG XL, RLE, deflated frames, MPEG-2, H.264 and HEVC. Of many frames, up to 64
are looked at: the first, the last, and evenly spaced ones. No pixel is decoded. RLE has no size in its
header: the run lengths of the last segment are added up where it has no more than 320 kB. Video in MP4 or a
Transport Stream is not looked into.

What can be read in two ways is a warning: a precision that differs from Bits Stored and fits into Bits
Allocated, markers of JPEG that tell another colour space, baseline JPEG where extended JPEG is declared.

## Why this matters
Decoders follow the codestream, and what reads the Data Set follows the attributes. Images come out
distorted, in wrong colours or with wrong values, or make a reader write beyond its buffers.

## Example
Rows is 512, and the JPEG 2000 codestream has 256 rows. Or: the Transfer Syntax is JPEG Lossless, and the
frames are baseline JPEG.

## Fix
Correct the attribute to what the codestream says, or encode the frames again from their source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from dcmlint.codestream import Header
from dcmlint.codestream.encode import jpeg, jpeg2000, rle
from dcmlint.encapsulated import PIXEL_DATA, SYNTAXES, encapsulated, headers
from dcmlint.image import code, unsigned
from dcmlint.model import Found, Severity
from dcmlint.read.encode import part10
from dcmlint.read.item import Instance
from dcmlint.rule import Case, Rule, good

_TRANSFER_SYNTAX_UID = 0x00020010
_SAMPLES_PER_PIXEL = 0x00280002
_PHOTOMETRIC_INTERPRETATION = 0x00280004
_ROWS = 0x00280010
_COLUMNS = 0x00280011
_BITS_ALLOCATED = 0x00280100
_BITS_STORED = 0x00280101
_PIXEL_REPRESENTATION = 0x00280103

_ROOT = "1.2.840.10008.1.2."
_PART_2 = frozenset((f"{_ROOT}4.92", f"{_ROOT}4.93"))
_DCT = frozenset(("baseline", "extended", "progressive", "extended, arithmetic", "progressive, arithmetic"))

_PROCESSES: dict[str, tuple[str, ...]] = {
    f"{_ROOT}4.50": ("baseline",),
    f"{_ROOT}4.51": ("extended",),
    f"{_ROOT}4.52": ("extended, arithmetic",),
    f"{_ROOT}4.53": ("progressive",),
    f"{_ROOT}4.54": ("progressive, arithmetic",),
    f"{_ROOT}4.55": ("progressive",),
    f"{_ROOT}4.56": ("progressive, arithmetic",),
    f"{_ROOT}4.57": ("lossless",),
    f"{_ROOT}4.58": ("lossless, arithmetic",),
    f"{_ROOT}4.70": ("lossless",),
}
"""Transfer Syntax to the JPEG processes that it stands for (PS3.5 A.4.1, PS3.6 Table A-1)."""

_EXTENDED = f"{_ROOT}4.51"
_FIRST_ORDER = f"{_ROOT}4.70"
_RPCL = f"{_ROOT}4.202"
_REVERSIBLE = frozenset(_ROOT + number for number in ("4.80", "4.90", "4.92", "4.110", "4.201", "4.202"))


class _Said(NamedTuple):
    """One contradiction: where it is reported, what is declared, and what the frame says."""

    tag: int
    said: str
    severity: Severity = "error"
    attributes: tuple[int, ...] = ()


_Check = Callable[[Instance, Header], Iterator[_Said]]


def check(instance: Instance) -> Iterable[Found]:
    """Return where codestreams and Data Set contradict each other (PS3.5 8.2, A.4)."""
    if not instance.fragments or encapsulated(instance) is None:
        return ()
    return _contradictions(instance)


def _contradictions(instance: Instance) -> Iterator[Found]:
    seen: set[tuple[int, str]] = set()
    judged: set[tuple[object, ...]] = set()
    for frame in headers(instance):
        if frame.header.said in judged:
            continue
        judged.add(frame.header.said)
        for said in _judge(instance, frame.header):
            if (said.tag, said.said) not in seen:
                seen.add((said.tag, said.said))
                yield _found(instance, said, frame.number)


def _found(instance: Instance, said: _Said, number: int) -> Found:
    in_meta = said.tag == _TRANSFER_SYNTAX_UID
    item = instance.meta if in_meta else None
    tag = PIXEL_DATA if in_meta and item is None else said.tag
    arguments = {"said": said.said, "frame": number}
    return Found(tag, arguments, item=item, attributes=said.attributes, severity=said.severity)


def _judge(instance: Instance, header: Header) -> Iterator[_Said]:
    expected = SYNTAXES[instance.syntax]
    if header.kind != expected:
        if header.kind or expected not in ("MPEG-2", "H.264", "HEVC"):
            found = f"a {header.kind} codestream" if header.kind else f"no {expected} codestream"
            yield _Said(_TRANSFER_SYNTAX_UID, f"is {expected}, and there is {found}")
        if not header.kind:
            return
    else:
        yield from _process(instance, header)
    if header.fault:
        return
    for compare in (_size, _bits, _sign, _colors):
        yield from compare(instance, header)


def _process(instance: Instance, header: Header) -> Iterator[_Said]:
    """Compare the Transfer Syntax with the coding process."""
    syntax = instance.syntax
    wanted = _PROCESSES.get(syntax)
    if wanted is not None and header.process and header.process not in wanted:
        # PS3.5 A.4.1 calls baseline frames here not compliant, and asks readers to accept them.
        mild = syntax == _EXTENDED and header.process == "baseline"
        said = f"is JPEG {wanted[0]}, and the frame is JPEG {header.process}"
        yield _Said(_TRANSFER_SYNTAX_UID, said, "warning" if mild else "error")
    elif syntax == _FIRST_ORDER and header.selection not in (None, 1):
        said = f"asks for selection value 1, and the predictor of the frame is {header.selection}"
        yield _Said(_TRANSFER_SYNTAX_UID, said)
    elif syntax in _REVERSIBLE and header.lossless is False:
        yield _Said(_TRANSFER_SYNTAX_UID, "is for lossless coding only, and the frame is coded irreversibly")
    elif syntax == _RPCL and header.process != "RPCL" and not header.fault:
        said = "asks for RPCL, tile-part lengths (TLM) and a base resolution up to 64, which the frame lacks"
        yield _Said(_TRANSFER_SYNTAX_UID, said)
    if header.wrapped == "JP2":
        yield _Said(_TRANSFER_SYNTAX_UID, "asks for a bare codestream, and the frame is a JP2 file")


def _size(instance: Instance, header: Header) -> Iterator[_Said]:
    """Compare Rows, Columns and Samples per Pixel, or the number of bytes that they come to."""
    root = instance.root
    for tag, stated in ((_ROWS, header.rows), (_COLUMNS, header.columns)):
        declared = unsigned(root, tag)
        if stated is not None and declared is not None and stated != declared:
            yield _Said(tag, f"is {declared}, and the codestream has {stated}")
    samples = unsigned(root, _SAMPLES_PER_PIXEL)
    components = None if instance.syntax in _PART_2 else header.components
    if components is not None and samples is not None and components != samples:
        yield _Said(_SAMPLES_PER_PIXEL, f"is {samples}, and the codestream has {components} components")
    if header.segments is not None or header.measured is not None:
        yield from _bytes(instance, header)


def _bytes(instance: Instance, header: Header) -> Iterator[_Said]:
    """Compare what RLE and deflated frames tell: segments and bytes (PS3.5 G.2, 8.2.16)."""
    root = instance.root
    samples, bits = unsigned(root, _SAMPLES_PER_PIXEL), unsigned(root, _BITS_ALLOCATED)
    rows, columns = unsigned(root, _ROWS), unsigned(root, _COLUMNS)
    if not samples or not bits or (bits % 8 and bits != 1):
        return
    segments = samples * ((bits + 7) // 8)
    if header.segments is not None and header.segments != segments:
        said = f"is {bits} with {samples} samples, and the frame has {header.segments} RLE segments"
        yield _Said(_BITS_ALLOCATED, said, attributes=(_SAMPLES_PER_PIXEL, _BITS_ALLOCATED))
    elif header.measured is not None and rows and columns:
        depth = bits if header.segments is None else min(bits, 8)
        planes = samples if header.segments is None else 1
        length = (rows * columns * planes * depth + 7) // 8
        # Zeros behind an RLE segment look like runs of one byte: less than a row more is padding.
        slack = 1 if header.segments is None else max(1, min(rows, columns) - 1)
        if not length <= header.measured <= length + slack:
            what = "the frame" if header.segments is None else "a segment"
            said = (
                f"is {rows} with {columns} columns, {length} bytes, and {what} decodes to {header.measured}"
            )
            yield _Said(_ROWS, said, attributes=(_ROWS, _COLUMNS))


def _bits(instance: Instance, header: Header) -> Iterator[_Said]:
    """Compare the precision with Bits Stored and Bits Allocated."""
    root, bits = instance.root, header.bits
    allocated, stored = unsigned(root, _BITS_ALLOCATED), unsigned(root, _BITS_STORED)
    if bits is None:
        return
    if allocated is not None and bits > allocated:
        yield _Said(_BITS_ALLOCATED, f"is {allocated}, and the codestream has {bits} bits")
    elif stored is not None and stored != bits:
        dct = header.kind == "JPEG" and header.process in _DCT
        if dct and bits == 12 and 8 < stored < 12:
            return  # the extended process has 8 or 12 bits and nothing between
        severity: Severity = "error" if dct and bits == 8 and stored > 8 else "warning"
        yield _Said(_BITS_STORED, f"is {stored}, and the codestream has {bits} bits", severity)


def _sign(instance: Instance, header: Header) -> Iterator[_Said]:
    """Compare the sign; JPEG, JPEG-LS and RLE have none of their own (PS3.5 8.2.1, 8.2.4)."""
    declared = unsigned(instance.root, _PIXEL_REPRESENTATION)
    if declared not in (0, 1):
        return
    if header.signed is not None and header.signed != bool(declared):
        samples = "signed" if header.signed else "unsigned"
        yield _Said(_PIXEL_REPRESENTATION, f"is {declared}, and the codestream has {samples} samples")
    elif declared and header.kind == "JPEG" and header.process in _DCT:
        yield _Said(_PIXEL_REPRESENTATION, "is 1, and lossy JPEG is for unsigned samples", "warning")


def _colors(instance: Instance, header: Header) -> Iterator[_Said]:
    """Compare Photometric Interpretation with the colour transformation that the codestream tells."""
    declared = code(instance.root, _PHOTOMETRIC_INTERPRETATION)
    if declared is None or header.components != 3:
        return
    said = _color_said(declared, header)
    if said:
        # PS3.5 8.2.4 is explicit for JPEG 2000; markers of JPEG are hints (8.2.1).
        severity: Severity = "error" if header.kind == "JPEG 2000" else "warning"
        yield _Said(_PHOTOMETRIC_INTERPRETATION, said, severity)


def _color_said(declared: str, header: Header) -> str:
    if header.kind in ("JPEG 2000", "HTJ2K"):
        stands_for = {"RCT": "YBR_RCT", "ICT": "YBR_ICT"}.get(header.color)
        if stands_for is not None and declared != stands_for:
            return f"is not {stands_for}, and the codestream has that transformation"
        if header.color == "none" and declared in ("YBR_RCT", "YBR_ICT"):
            return f"is {declared}, and the codestream has no colour transformation"
    elif header.kind == "JPEG":
        if declared == "RGB" and header.color == "YBR":
            return "is RGB, and a marker of the codestream says YCbCr"
        if declared == "RGB" and header.subsampled:
            return "is RGB, and the codestream has fewer samples of the second and third component"
        if declared.startswith("YBR_") and header.color == "RGB":
            return f"is {_short(declared)}, and a marker of the codestream says RGB"
    elif header.kind == "JPEG XL" and declared == "XYB" and header.color == "none":
        return "is XYB, and the codestream has no such transformation"
    return ""


def _short(declared: str) -> str:
    """Return a Photometric Interpretation of the standard; other text may be anything."""
    known = (
        "RGB",
        "YBR_FULL",
        "YBR_FULL_422",
        "YBR_PARTIAL_420",
        "YBR_PARTIAL_422",
        "YBR_RCT",
        "YBR_ICT",
        "XYB",
    )
    return declared if declared in known else "another"


def _case(*, passes: bool = False, at: str = "", number: str = "4.50", **changes: Any) -> Case:
    attributes = {
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": 8,
        "Columns": 8,
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "PixelRepresentation": 0,
        "PixelData": [b"", jpeg()],
        **changes,
    }
    return Case(passes=passes, file=lambda: part10(attributes, syntax=_ROOT + number), at=at)


def _j2k(**changes: Any) -> dict[str, Any]:
    color = {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_RCT"}
    return {"number": "4.90", **color, "PixelData": [b"", jpeg2000(components=3, **changes)]}


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.5 Section 8.2",
    message="{attribute} {said} (frame {frame})",
    selects=("PixelData",),
    check=check,
    on_bytes=True,
    cases=(
        good(Rows=8, Columns=8, PixelData=bytes(64)),
        _case(passes=True),
        _case(passes=True, BitsStored=None, PixelRepresentation=None),
        _case(passes=True, number="5", PixelData=[b"", rle(b"\xc1\0")]),
        _case(passes=True, number="5", PixelData=[b"", rle(b"\xc1\0" + bytes(8))]),
        _case(passes=True, number="4.102", PixelData=[b"", b"\0\0\0\x18ftypmp42"]),
        _case(at="Rows", Rows=16),
        _case(at="Columns", Columns=4),
        _case(at="SamplesPerPixel", SamplesPerPixel=3),
        _case(at="BitsStored", BitsAllocated=16, BitsStored=12),
        _case(at="PixelRepresentation", PixelRepresentation=1),
        _case(at="TransferSyntaxUID", number="4.70"),
        _case(at="TransferSyntaxUID", number="4.51"),
        _case(at="TransferSyntaxUID", number="4.90"),
        _case(at="TransferSyntaxUID", number="4.80"),
        _case(at="TransferSyntaxUID", PixelData=[b"", b"no codestream"]),
        _case(passes=True, number="4.70", PixelData=[b"", jpeg(frame=0xC3, scan=(1, 0, 0))]),
        _case(at="TransferSyntaxUID", number="4.70", PixelData=[b"", jpeg(frame=0xC3, scan=(6, 0, 0))]),
        _case(passes=True, number="4.81", PixelData=[b"", jpeg(frame=0xF7, scan=(2, 0, 0))]),
        _case(at="TransferSyntaxUID", number="4.80", PixelData=[b"", jpeg(frame=0xF7, scan=(2, 0, 0))]),
        _case(passes=True, **_j2k(transformed=1)),
        _case(at="PhotometricInterpretation", **_j2k()),
        _case(at="TransferSyntaxUID", **_j2k(transformed=1, reversible=False)),
        _case(at="PixelRepresentation", **_j2k(transformed=1, signed=True)),
        _case(at="TransferSyntaxUID", **_j2k(transformed=1, high_throughput=True)),
        _case(passes=True, **{**_j2k(transformed=1, high_throughput=True, progression=2), "number": "4.202"}),
        _case(at="TransferSyntaxUID", **{**_j2k(transformed=1, high_throughput=True), "number": "4.202"}),
        _case(at="BitsAllocated", number="5", PixelData=[b"", rle(b"\xc1\0", b"\xc1\0")]),
        _case(at="Rows", number="5", Rows=9, PixelData=[b"", rle(b"\xc1\0")]),
    ),
)

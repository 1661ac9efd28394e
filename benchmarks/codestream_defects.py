"""Seeded contradictions of codestream and Data Set, in the compressed files of the corpus and of pydicom.

Each defect is put alone into a file, by editing its bytes, and is detected if a rule of pixel data reports
it at the right attribute. Harmless changes (fragments split, tables added that are right) must give no
error, and the errors on unchanged files must be those that `codestream_judged.tsv` says are right.
"""

from __future__ import annotations

import argparse
import struct
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.corpus import find_corpus
from benchmarks.encoded import ROOT, EncodedFile
from benchmarks.limits import Figures
from benchmarks.lint import Reported
from dcmlint.standard.dictionary import label

__all__ = ["Seed", "harmless", "main", "seeds"]

_HERE = Path(__file__).resolve().parent
_GROUP = (
    "pixel/codestream-mismatch",
    "pixel/fragment-structure",
    "pixel/fragment-count",
    "pixel/offset-table",
    "pixel/lossy-not-flagged",
    "pixel/lossy-ratio",
)
_MISMATCH, _STRUCTURE, _COUNT, _TABLE, _FLAG, _RATIO = _GROUP

_FAMILIES = {
    **dict.fromkeys(("4.50", "4.51", "4.53", "4.55"), "DCT"),
    **dict.fromkeys(("4.57", "4.70"), "lossless JPEG"),
    **dict.fromkeys(("4.80", "4.81"), "JPEG-LS"),
    **dict.fromkeys(("4.90", "4.91"), "JPEG 2000"),
    **dict.fromkeys(("4.201", "4.203"), "HTJ2K"),
    "5": "RLE",
    "8.1": "Deflate",
}
_WITH_MARKERS = frozenset(("DCT", "lossless JPEG", "JPEG-LS", "JPEG 2000", "HTJ2K"))
_SIZED = _WITH_MARKERS
_ROWS, _COLUMNS, _SAMPLES, _PHOTOMETRIC = 0x00280010, 0x00280011, 0x00280002, 0x00280004
_ALLOCATED, _STORED, _SIGN, _FRAMES = 0x00280100, 0x00280101, 0x00280103, 0x00280008
_LOSSY, _LOSSY_RATIO = 0x00282110, 0x00282112


class Seed(NamedTuple):
    """A changed file: the kind of defect, what must report it, and where."""

    kind: str
    rules: tuple[str, ...]
    paths: tuple[str, ...]
    content: bytes


def seeds(file: EncodedFile) -> Iterator[Seed]:
    """Yield every defect that the file has a place for."""
    family = _FAMILIES.get(file.syntax.removeprefix(ROOT))
    if family is None or (family in _WITH_MARKERS and not _looks_encoded(file)):
        return
    yield from _sizes(file, family)
    yield from _samples(file, family)
    yield from _colors(file, family)
    yield from _syntaxes(file, family)
    yield from _fragments(file, family)
    yield from _tables(file)
    yield from _lossy(file, family)


def _looks_encoded(file: EncodedFile) -> bool:
    """Tell whether the first fragment starts like a codestream or JP2; in some test files it does not."""
    return file.listed[1][:2] in (b"\xff\xd8", b"\xff\x4f") or file.listed[1][4:6] == b"jP"


def _short(file: EncodedFile, tag: int, number: int) -> bytes:
    return file.with_value(tag, struct.pack("<H", number))


def _sizes(file: EncodedFile, family: str) -> Iterator[Seed]:
    rows, columns = file.number(_ROWS), file.number(_COLUMNS)
    if not rows or not columns:
        return
    places = ("Rows", "Columns") if family in _SIZED else ("Rows",)
    for other in (rows + 16, max(1, rows // 2), columns + 1 if columns != rows else columns + 2):
        if other != rows:
            yield Seed("rows", (_MISMATCH,), places[:1], _short(file, _ROWS, other))
    for other in (columns + 16, max(1, columns // 2)):
        if other != columns:
            yield Seed("columns", (_MISMATCH,), places[-1:], _short(file, _COLUMNS, other))


def _samples(file: EncodedFile, family: str) -> Iterator[Seed]:
    samples, stored, allocated = (file.number(tag) for tag in (_SAMPLES, _STORED, _ALLOCATED))
    if not samples or not stored or not allocated:
        return
    place = ("SamplesPerPixel", "BitsAllocated", "Rows")
    yield Seed("components", (_MISMATCH,), place, _short(file, _SAMPLES, 3 if samples == 1 else 1))
    if allocated >= 16:
        content = _short(file, _ALLOCATED, 8)
        if family not in _WITH_MARKERS or stored > 8:
            yield Seed("bits", (_MISMATCH,), ("BitsAllocated", "Rows"), content)
    elif family not in _WITH_MARKERS:
        yield Seed("bits", (_MISMATCH,), ("BitsAllocated", "Rows"), _short(file, _ALLOCATED, 16))
    if family in _WITH_MARKERS:
        others = (8, 16) if family == "DCT" and stored > 8 else (stored - 1, stored + 1)
        for other in others:
            if other:
                yield Seed("bits", (_MISMATCH,), ("BitsStored",), _short(file, _STORED, other))
    sign = file.number(_SIGN)
    told = {"JPEG 2000": (0, 1), "HTJ2K": (0, 1), "DCT": (0,)}.get(family, ())
    if sign is not None and sign in told:
        yield Seed("sign", (_MISMATCH,), ("PixelRepresentation",), _short(file, _SIGN, 1 - sign))


def _colors(file: EncodedFile, family: str) -> Iterator[Seed]:
    """Another Photometric Interpretation, where the codestream says something of colours."""
    if file.number(_SAMPLES) != 3:
        return
    head = file.listed[1][:400] if len(file.listed) > 1 else b""
    if family in ("JPEG 2000", "HTJ2K"):
        others = ["YBR_RCT ", "YBR_ICT ", "RGB "]
    elif family == "DCT" and (b"Adobe" in head or b"JFIF" in head):
        transformed = b"JFIF" in head or head[head.find(b"Adobe") + 11] == 1
        others = ["RGB "] if transformed else ["YBR_FULL_422", "YBR_FULL"]
    else:
        return
    declared = (file.raw(_PHOTOMETRIC) or b"").decode("latin-1").strip(" \0")
    right = {0: "RGB", 1: "YBR_RCT" if _is_reversible(head) else "YBR_ICT"}.get(_components_transformed(head))
    for other in others:
        if other.strip() not in (declared, right if family != "DCT" else ""):
            content = file.with_value(_PHOTOMETRIC, other.encode())
            yield Seed("photometric", (_MISMATCH,), ("PhotometricInterpretation",), content)


def _coding(head: bytes) -> bytes:
    """Return what follows the length of the COD marker segment, found by a plain search."""
    at = head.find(b"\xff\x52\x00")
    return head[at + 4 : at + 16] if at >= 0 else b""


def _components_transformed(head: bytes) -> int:
    coding = _coding(head)
    return coding[4] if len(coding) > 9 else 0


def _is_reversible(head: bytes) -> bool:
    coding = _coding(head)
    return len(coding) > 9 and coding[9] == 1


def _syntaxes(file: EncodedFile, family: str) -> Iterator[Seed]:
    """Every Transfer Syntax of another family, and those of the same that ask for another process."""
    own = file.syntax.removeprefix(ROOT)
    wrong = [number for number, other in _FAMILIES.items() if other != family and other != "Deflate"]
    if family == "DCT":
        wrong += [number for number in ("4.50", "4.51") if number != own]
    head = file.listed[1][:400] if len(file.listed) > 1 else b""
    if family == "JPEG 2000" and own == "4.91" and not _is_reversible(head):
        wrong.append("4.90")
    if family == "HTJ2K" and own == "4.203" and not _is_reversible(head):
        wrong.append("4.201")
    if own == "4.81" and _near(head):
        wrong.append("4.80")
    for number in wrong:
        rules = (_MISMATCH, _STRUCTURE) if number in ("5", "8.1") else (_MISMATCH,)
        paths = ("TransferSyntaxUID", "PixelData")
        yield Seed("transfer syntax", rules, paths, file.with_syntax(ROOT + number))


def _near(head: bytes) -> int:
    """Return the NEAR parameter of the first scan, found by a plain search."""
    at = head.find(b"\xff\xda\x00")
    return head[at + 5 + 2 * head[at + 4]] if at >= 0 else 0


def _fragments(file: EncodedFile, family: str) -> Iterator[Seed]:
    table, *fragments = file.listed
    last = fragments[-1]
    pixel, either = ("PixelData",), (_COUNT, _STRUCTURE)
    if family in _WITH_MARKERS:
        bare = last.rstrip(b"\0\xff").removesuffix(b"\xff\xd9")
        bare += b"\x55" * (len(bare) & 1)
        yield Seed("missing end", (_STRUCTURE,), pixel, file.with_fragments([table, *fragments[:-1], bare]))
    half = last[: len(last) // 4 * 2]
    places = ("PixelData", "Rows")
    short = file.with_fragments([table, *fragments[:-1], half])
    yield Seed("short fragment", (_STRUCTURE, _MISMATCH), places, short)
    yield Seed("fragment missing", either, pixel, file.with_fragments([table, *fragments[:-1]]))
    extra = last if len(fragments) == file.frames else b"".join(fragments)
    yield Seed("fragment too many", either, pixel, file.with_fragments([table, *fragments, extra]))
    junk = bytes(range(1, 101))
    yield Seed("fragment of junk", either, pixel, file.with_fragments([table, *fragments, junk]))
    yield Seed("empty fragment", (_STRUCTURE,), pixel, file.with_fragments([table, *fragments, b""]))
    yield Seed(
        "odd length", (_STRUCTURE,), pixel, file.with_fragments([table, *fragments[:-1], last + b"\0"])
    )
    if len(fragments) == file.frames or family in _WITH_MARKERS:
        yield Seed("no table Item", (_STRUCTURE, _COUNT, _TABLE), pixel, file.with_fragments(fragments))
    if file.raw(_FRAMES) is not None:
        more = str(file.frames + 1).encode()
        yield Seed("frames", either, pixel, file.with_value(_FRAMES, more + b" " * (len(more) & 1)))
    if file.frames > 1:
        fewer = str(file.frames - 1).encode()
        yield Seed("frames", either, pixel, file.with_value(_FRAMES, fewer + b" " * (len(fewer) & 1)))


def _starts(file: EncodedFile) -> list[int] | None:
    """Return the offset of each frame, None where frames span several fragments of a multi-frame image."""
    fragments = file.listed[1:]
    if file.frames == 1:
        return [0]
    if len(fragments) != file.frames:
        return None
    found = [0]
    for fragment in fragments[:-1]:
        found.append(found[-1] + len(fragment) + 8)
    return found


def _basic(offsets: Sequence[int]) -> bytes:
    return b"".join(struct.pack("<L", offset) for offset in offsets)


def _extended(offsets: Sequence[int], lengths: Sequence[int]) -> bytes:
    found = b""
    for number, values in ((1, offsets), (2, lengths)):
        content = b"".join(struct.pack("<Q", value) for value in values)
        found += struct.pack("<HH", 0x7FE0, number) + b"OV\0\0" + struct.pack("<L", len(content)) + content
    return found


def _tables(file: EncodedFile) -> Iterator[Seed]:
    offsets = _starts(file)
    if offsets is None:
        return
    fragments = file.listed[1:]
    wrong = [[*offsets, offsets[-1] + 8], [8, *offsets[1:]], [*offsets[:-1], offsets[-1] + 2]]
    if len(offsets) > 1:
        wrong += [offsets[:-1], [offsets[0], *offsets[:-1]], offsets[::-1]]
    for each in wrong:
        content = file.with_fragments([_basic(each), *fragments])
        yield Seed("basic offset table", (_TABLE,), ("PixelData",), content)
    yield Seed("basic offset table", (_TABLE,), ("PixelData",), file.with_fragments([b"\0\0", *fragments]))
    if len(fragments) != file.frames:
        return
    lengths = [len(fragment) for fragment in fragments]
    places = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths", "PixelData")
    for table, starts, sizes in (
        (_basic(offsets), offsets, lengths),
        (b"", [*offsets, offsets[-1] + 8], lengths),
        (b"", [*offsets[:-1], offsets[-1] + 2], lengths),
        (b"", offsets, [*lengths[:-1], lengths[-1] + 2]),
        (b"", offsets, [*lengths, 2]),
    ):
        content = file.with_fragments([table, *fragments], before=_extended(starts, sizes))
        yield Seed("extended offset table", (_TABLE,), places, content)


def _lossy(file: EncodedFile, family: str) -> Iterator[Seed]:
    head = file.listed[1][:400] if len(file.listed) > 1 else b""
    proven = (
        family == "DCT"
        or (family in ("JPEG 2000", "HTJ2K") and bool(_coding(head)) and not _is_reversible(head))
        or (family == "JPEG-LS" and _near(head) > 0)
    )
    if proven and (file.raw(_LOSSY) or b"").strip() == b"01":
        yield Seed("lossy flag", (_FLAG,), ("LossyImageCompression",), file.with_value(_LOSSY, b"00"))
    if file.raw(_LOSSY_RATIO):
        place = ("LossyImageCompressionRatio",)
        yield Seed("lossy ratio", (_RATIO,), place, file.with_value(_LOSSY_RATIO, b"0.01"))


def harmless(file: EncodedFile) -> Iterator[tuple[str, bytes]]:
    """Yield changes that leave the file as right as it is."""
    fragments = file.listed[1:]
    family = _FAMILIES.get(file.syntax.removeprefix(ROOT))
    offsets = _starts(file)
    yield "table emptied", file.with_fragments([b"", *fragments])
    if family in _WITH_MARKERS:
        last = fragments[-1]
        if file.frames == 1 and len(last) > 8:
            yield "fragment split", file.with_fragments([b"", *fragments[:-1], last[:4], last[4:]])
            yield "fragment padded", file.with_fragments([b"", *fragments[:-1], last + b"\0\0"])
    if family in _WITH_MARKERS and file.frames > 1 and offsets is not None:
        first, *others = fragments
        yield "first frame split", file.with_fragments([b"", first[:40], first[40:], *others])
    if offsets is not None:
        yield "table added", file.with_fragments([_basic(offsets), *fragments])
        if len(fragments) == file.frames:
            extended = _extended(offsets, [len(fragment) for fragment in fragments])
            yield "extended table added", file.with_fragments([b"", *fragments], before=extended)


def _files() -> Iterator[EncodedFile]:
    """Yield every compressed file of the corpus and of pydicom's test files, each content once."""
    import pydicom

    corpus = find_corpus()
    samples = Path(pydicom.__file__).parent / "data" / "test_files"
    seen: set[bytes] = set()
    for folder, paths in ((corpus.folder, corpus.files), (samples, sorted(samples.rglob("*.dcm")))):
        for path in paths:
            content = path.read_bytes()
            if content in seen:
                continue
            seen.add(content)
            try:
                yield EncodedFile(path.relative_to(folder).as_posix(), content)
            except ValueError:
                continue


def _judged() -> dict[tuple[str, str, str], str]:
    """Return (file name, rule, path) of errors on unchanged files that are right, and why."""
    lines = (_HERE / "codestream_judged.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    return {(name, rule, path): why for name, rule, path, why in rows}


def _is_detected(seed: Seed, found: Sequence[Reported]) -> bool:
    return any(
        finding.rule in seed.rules
        and (finding.path in seed.paths or any(label(tag) in seed.paths for tag in finding.attributes))
        for finding in found
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the share detected by kind of defect; 1 if a figure misses its limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.codestream_defects", description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="files up to 10 kB only")
    parser.add_argument("--list", action="store_true", help="print what was not detected, and every error")
    options = parser.parse_args(arguments)
    seeded: Counter[str] = Counter()
    detected: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    missed: list[str] = []
    wrong: list[str] = []
    judged, count, changes = _judged(), 0, 0
    for file in _files():
        if options.reduced and len(file.content) > 10_000:
            continue
        count += 1
        for finding in sorted(file.before):
            key = (Path(file.name).name, finding.rule, finding.path)
            if finding.rule in _GROUP and finding.severity == "error" and key not in judged:
                wrong.append(f"{file.name}: unchanged: {finding.rule} at {finding.path}")
        for what, content in harmless(file):
            changes += 1
            errors = [found for found in file.new_findings(content) if found.severity == "error"]
            wrong += [f"{file.name}: {what}: {found.rule} at {found.path}" for found in errors]
        if not _looks_encoded(file) and _FAMILIES.get(file.syntax.removeprefix(ROOT)) in _WITH_MARKERS:
            skipped["any: the file holds no codestream"] += 1
        for seed in seeds(file):
            if _is_detected(seed, list(file.before)):
                skipped[f"{seed.kind}: the unchanged file has that very fault"] += 1
                continue
            seeded[seed.kind] += 1
            found = file.new_findings(seed.content)
            detected[seed.kind] += _is_detected(seed, found)
            if not _is_detected(seed, found):
                said = ", ".join(f"{each.rule} at {each.path}" for each in found[:4])
                missed.append(
                    f"{file.name} ({file.syntax.removeprefix(ROOT)}): {seed.kind} -> {said or 'nothing'}"
                )
    size = "reduced size (up to 10 kB)" if options.reduced else "full size"
    print(f"codestream defects, {size}: {count} compressed files, {changes} harmless changes")
    for kind in seeded:
        print(f"  {kind:22s} {detected[kind]:5d} of {seeded[kind]:5d}")
    for kind, times in sorted(skipped.items()):
        print(f"  skipped {times:4d} x {kind}")
    if options.list:
        print("\n".join([*missed, *wrong]))
    figures = Figures(reduced=options.reduced)
    total = sum(seeded.values())
    note = f"{sum(detected.values())} of {total}"
    figures.add("codestream defects", sum(detected.values()) / total if total else 0.0, note)
    figures.add("codestream errors", len(wrong), f"{len(judged)} are judged right in codestream_judged.tsv")
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

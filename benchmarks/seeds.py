"""One seeded fault for each rule of the catalogue, for every instance it can be put into.

A seed gives the bytes of the changed instance and the attribute path at which the fault must be
reported, or nothing where the instance has no place for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from benchmarks import structures
from benchmarks.family_changes import FAMILIES
from benchmarks.required import own_modules
from benchmarks.subjects import Subject

__all__ = ["SEEDS", "UNSEEDED", "Seeded"]


class Seeded(NamedTuple):
    """A changed instance and the paths at any of which the fault is reported rightly."""

    content: bytes
    paths: tuple[str, ...]


Seed = Callable[[Subject], Iterator[Seeded]]

_CT = "1.2.840.10008.5.1.4.1.1.2"
_DX = "1.2.840.10008.5.1.4.1.1.1.1"
_MR = "1.2.840.10008.5.1.4.1.1.4"
_NM = "1.2.840.10008.5.1.4.1.1.20"
_US = "1.2.840.10008.5.1.4.1.1.6.1"
_DEIDENTIFIED = "DeidentificationMethod|DeidentificationMethodCodeSequence"
_SAMPLES = "SamplesPerPixel|PhotometricInterpretation"


def _tag(keyword: str) -> int:
    from dcmlint.standard.dictionary import tag_of

    return tag_of(keyword)


def _vr(keyword: str) -> str:
    from pydicom.datadict import dictionary_VR

    return str(dictionary_VR(keyword)).partition(" or ")[0]


def _value(subject: Subject, keyword: str) -> Any:
    try:
        return subject.decoded.get(keyword)
    except Exception:
        return None


def _text(text: str) -> bytes:
    content = text.encode("latin-1")
    return content + b" " * (len(content) & 1)


def put(keyword: str, value: bytes, *, vr: str = "", add: bool = False, at: str | None = None) -> Seed:
    """Return a seed that sets a root Attribute which is there (or adds it) to these bytes."""

    def seed(subject: Subject) -> Iterator[Seeded]:
        tag = _tag(keyword)
        if vr and subject.implicit:
            return
        if add or tag in subject.root._dict:
            paths = (keyword if at is None else at).split("|")
            yield Seeded(subject.with_values({tag: (vr or _vr(keyword), value)}), tuple(paths))

    return seed


def several(values: Mapping[str, bytes | None], at: str) -> Seed:
    """Return a seed that sets or adds root Attributes, and removes those with None if they are there."""

    def seed(subject: Subject) -> Iterator[Seeded]:
        removed = [keyword for keyword, value in values.items() if value is None]
        if all(_tag(keyword) in subject.root._dict for keyword in removed):
            changes = {
                _tag(keyword): None if value is None else (_vr(keyword), value)
                for keyword, value in values.items()
            }
            yield Seeded(subject.with_values(changes), tuple(at.split("|")))

    return seed


def short(keyword: str, number: int, *, at: str = "") -> Seed:
    """Return a seed that sets a US Attribute which is there."""

    def seed(subject: Subject) -> Iterator[Seeded]:
        tag = _tag(keyword)
        if tag in subject.root._dict and _vr(keyword) == "US":
            value = number.to_bytes(2, "little" if subject.little else "big")
            yield Seeded(subject.with_values({tag: ("US", value)}), (at or keyword,))

    return seed


def when(keyword: str, wanted: Any, then: Seed) -> Seed:
    """Return a seed for instances whose root Attribute has a value."""

    def seed(subject: Subject) -> Iterator[Seeded]:
        if _value(subject, keyword) == wanted:
            yield from then(subject)

    return seed


def unless(keyword: str, then: Seed) -> Seed:
    """Return a seed for instances that lack a root Attribute."""

    def seed(subject: Subject) -> Iterator[Seeded]:
        if _tag(keyword) not in subject.root._dict:
            yield from then(subject)

    return seed


def dataset(change: Callable[[Any], str | None]) -> Seed:
    """Return a seed that changes a copy of the pydicom Data Set; `change` returns the path."""

    def seed(subject: Subject) -> Iterator[Seeded]:
        paths: list[str] = []

        def noted(root: Any) -> None:
            path = change(root)
            if path is not None:
                paths.append(path)

        content = subject.with_dataset(noted)
        if paths:
            yield Seeded(content, tuple(paths[0].split("|")))

    return seed


def _same_uid(target: str, source: str) -> Seed:
    def seed(subject: Subject) -> Iterator[Seeded]:
        value = _value(subject, source)
        if value and _value(subject, target):
            content = str(value).encode() + b"\0" * (len(str(value)) & 1)
            yield Seeded(subject.with_values({_tag(target): ("UI", content)}), (target, source))

    return seed


def _identity_removed(subject: Subject) -> Iterator[Seeded]:
    there = subject.root._dict
    stated = any(_tag(keyword) in there for keyword in _DEIDENTIFIED.split("|"))
    if _tag("PatientID") in there and _tag("StudyInstanceUID") in there and not stated:
        yield from several({"PatientIdentityRemoved": b"YES "}, _DEIDENTIFIED)(subject)


def _module_gone(subject: Subject) -> Iterator[Seeded]:
    """Remove every Attribute of a mandatory Module that no other Module of the IOD has."""
    for required, tags in own_modules(subject.root, subject.sop_class_uid):
        content = subject.with_values(dict.fromkeys(tags))
        yield Seeded(content, tuple(required))


def _photometric_of_another_syntax(subject: Subject) -> Iterator[Seeded]:
    """Call JPEG Baseline colour what only JPEG 2000 makes, and the other way round."""
    if _value(subject, "SamplesPerPixel") != 3:
        return
    syntax = str(subject.decoded.file_meta.get("TransferSyntaxUID", ""))
    wrong = {"1.2.840.10008.1.2.4.50": b"YBR_ICT ", "1.2.840.10008.1.2.4.90": b"YBR_FULL_422"}.get(syntax)
    if wrong is not None:
        tag = _tag("PhotometricInterpretation")
        yield Seeded(subject.with_values({tag: ("CS", wrong)}), ("PhotometricInterpretation",))


def _pixel_vr(subject: Subject) -> Iterator[Seeded]:
    tag = _tag("PixelData")
    if subject.implicit or subject.encapsulated or tag not in subject.root._dict:
        return
    if _value(subject, "BitsAllocated") == 16:
        value = bytes(subject.root._dict[tag].value)
        yield Seeded(subject.with_values({tag: ("OB", value)}), ("PixelData",))


def _pixel_length(subject: Subject) -> Iterator[Seeded]:
    tag = _tag("PixelData")
    if subject.encapsulated or tag not in subject.root._dict:
        return
    element = subject.root._dict[tag]
    if len(element.value) > 64:
        vr = str(element.VR or "OW")
        value = bytes(element.value)[:-20]
        yield Seeded(subject.with_values({tag: (vr, value)}), ("PixelData",))


def _private(tag: int, creator: bytes | None = None, *, path: str, twice: bool = False) -> Seed:
    def seed(subject: Subject) -> Iterator[Seeded]:
        if any(present >> 16 == tag >> 16 for present in subject.root._dict):
            return
        values: dict[int, tuple[str, bytes] | None] = {tag: ("LO", b"value ")}
        if creator is not None:
            values[tag & 0xFFFF0000 | 0x10] = ("LO", creator)
        if twice:
            values[tag & 0xFFFF0000 | 0x11] = ("LO", creator or b"")
        yield Seeded(subject.with_values(values), tuple(path.split("|")))

    return seed


_LONG_TEXT = "Centre Hospitalier Universitaire de Saint-Christophe sur Montagn"

SEEDS: dict[str, tuple[Seed, ...]] = {
    "encoding/private-creator-invalid": (_private(0x00991001, b"  ", path="(0099,0010)"),),
    "encoding/vr-not-permitted": (
        put("StudyDescription", b"Generated ", vr="SH"),
        put("PatientID", b"P4711 ", vr="LT"),
    ),
    "encoding/vr-unknown": (put("StudyID", b"8812", vr="UN"),),
    "encoding/private-without-creator": (_private(0x00991001, path="(0099,1001)"),),
    "encoding/private-creator-duplicate": (
        _private(0x00991001, b"OWNER ", path="(0099,0011)|(0099,0010)", twice=True),
    ),
    "encoding/unknown-attribute": (put("00084444", b"what", vr="LO", add=True, at="(0008,4444)"),),
    "encoding/retired-attribute": (put("OtherPatientIDs", b"P1", add=True),),
    "encoding/padding": (
        put("StudyInstanceUID", b"1.2.826.0.1 "),
        put("StudyDescription", b"Generated\0"),
    ),
    "value/charset-undeclared": (
        several({"SpecificCharacterSet": None, "StudyDescription": b"g\xe9n\xe9ral "}, "StudyDescription"),
    ),
    "value/charset-undecodable": (
        several({"SpecificCharacterSet": b"ISO_IR 192", "PatientName": b"M\xfcller"}, "PatientName"),
    ),
    "value/charset-escape": (put("PatientName", b"\x1b$B;3ED\x1b(B"),),
    "value/mojibake": (
        several({"SpecificCharacterSet": b"ISO_IR 100", "PatientName": b"M\xc3\xbcller "}, "PatientName"),
    ),
    "value/charset-unknown": (put("SpecificCharacterSet", b"ISO_IR 999"),),
    "value/person-name-components": (put("PatientName", b"A^B^C^D^E^F "),),
    "value/person-name-groups": (put("PatientName", b"A=B=C=D "),),
    "value/truncated": (put("StudyDescription", _text(_LONG_TEXT)),),
    "value/placeholder": (
        unless("PatientIdentityRemoved", put("PatientName", b"TEST")),
        unless("PatientIdentityRemoved", put("PatientID", b"UNKNOWN ")),
        unless("PatientIdentityRemoved", put("PatientBirthDate", b"19000101")),
    ),
    "value/control-character": (put("StudyDescription", b"bell\x07 "),),
    "value/surrounding-space": (put("StudyDescription", b"  leading "),),
    "value/too-long": (put("StudyID", b"20240311-000000001"), put("PatientID", b"1" * 66)),
    "value/vm": (
        put("PatientID", b"A\\B "),
        put("ImagePositionPatient", b"1\\2 "),
        put("PixelSpacing", b"1 "),
    ),
    "value/number-range": (put("SeriesNumber", b"99999999999 "),),
    "uid/missing": (several({"SOPClassUID": None}, "SOPClassUID"),),
    "uid/private-sop-class": (put("SOPClassUID", b"1.3.12.2.1107.5.9.1\0"),),
    "uid/retired-sop-class": (put("SOPClassUID", b"1.2.840.10008.5.1.4.1.1.6\0"),),
    "uid/unknown-sop-class": (put("SOPClassUID", b"1.2.840.10008.5.1.4.1.1.2.9\0"),),
    "uid/malformed": (put("StudyInstanceUID", b"1.2.03.4"),),
    "uid/reserved-root": (put("SeriesInstanceUID", b"1.2.840.10008.5.1.4.1.1.7\0"),),
    "uid/same-in-roles": (
        _same_uid("SeriesInstanceUID", "StudyInstanceUID"),
        _same_uid("SOPInstanceUID", "SeriesInstanceUID"),
        _same_uid("FrameOfReferenceUID", "StudyInstanceUID"),
    ),
    "module/value-not-enumerated": (put("PatientSex", b"X "), short("PixelRepresentation", 5)),
    "module/value-not-defined-term": (
        when("Modality", "DOC", put("ConversionType", b"ZZZ ")),
        when("Modality", "OT", put("ConversionType", b"ZZZ ")),
    ),
    "module/missing-module": (_module_gone,),
    "module/conditional-module-missing": (
        when(
            "SOPClassUID",
            _US,
            unless(
                "RedPaletteColorLookupTableDescriptor",
                put("PhotometricInterpretation", b"PALETTE COLOR ", at=""),
            ),
        ),
        when("SOPClassUID", _NM, put("ImageType", b"DERIVED\\PRIMARY\\RECON TOMO\\EMISSION ", at="")),
    ),
    "module/conditional-module-not-permitted": (
        when("SOPClassUID", _NM, several({"SliceThickness": b"2 ", "SpacingBetweenSlices": b"2 "}, "")),
    ),
    "module/empty-type-1c": (when("SamplesPerPixel", 3, put("PlanarConfiguration", b"")),),
    "module/missing-type-1c": (
        when("SamplesPerPixel", 3, several({"PlanarConfiguration": None}, "PlanarConfiguration")),
        when("SOPClassUID", _DX, put("LossyImageCompression", b"01", at="LossyImageCompressionRatio")),
        several(
            {"PatientIdentityRemoved": b"YES "}, "DeidentificationMethod|DeidentificationMethodCodeSequence"
        ),
    ),
    "module/missing-type-2c": (
        when("SOPClassUID", _CT, several({"PatientPosition": None}, "PatientPosition")),
        when("SOPClassUID", _MR, several({"PatientPosition": None}, "PatientPosition")),
    ),
    "module/not-permitted": (
        when("SamplesPerPixel", 1, several({"PlanarConfiguration": b"\0\0"}, "PlanarConfiguration")),
    ),
    "module/required-value": (when("SOPClassUID", _MR, put("ImageType", b"ORIGINAL\\PRIMARY")),),
    "module/value-not-positive": (short("Rows", 0), put("NumberOfFrames", b"0 ")),
    "module/value-zero": (several({"PatientWeight": b"0 "}, "PatientWeight"),),
    "module/sequence-items": (dataset(structures.two_items),),
    "module/sequence-empty-item": (dataset(structures.empty_item),),
    "module/attribute-not-in-iod": (put("LensConstantDescription", b"constant", add=True),),
    "functional-group/missing-macro": (dataset(structures.macro_gone),),
    "functional-group/shared-and-per-frame": (dataset(structures.macro_twice),),
    "functional-group/not-permitted": (dataset(structures.frame_content_shared),),
    "functional-group/frame-count": (dataset(structures.one_frame_more),),
    "functional-group/dimension-index": (dataset(structures.index_value_gone),),
    "functional-group/stack": (dataset(structures.stack_position_zero),),
    "pixel/bits-stored-exceeds-allocated": (short("BitsStored", 33),),
    "pixel/high-bit-mismatch": (short("HighBit", 3),),
    "pixel/samples-photometric-mismatch": (
        when("SamplesPerPixel", 1, put("PhotometricInterpretation", b"RGB ", at=_SAMPLES)),
        when("SamplesPerPixel", 3, put("PhotometricInterpretation", b"MONOCHROME2 ", at=_SAMPLES)),
    ),
    "pixel/planar-configuration": (
        when(
            "SamplesPerPixel",
            3,
            several(
                {"PlanarConfiguration": b"\1\0", "PhotometricInterpretation": b"YBR_FULL_422"},
                "PlanarConfiguration",
            ),
        ),
    ),
    "pixel/photometric-for-compression": (_photometric_of_another_syntax,),
    "pixel/lut-descriptor": (dataset(structures.lut_descriptor),),
    "pixel/signedness": (
        when("PixelRepresentation", 0, put("PixelPaddingValue", b"\0\0", vr="SS", add=True)),
    ),
    "pixel/palette-descriptor": (dataset(structures.palette_too_short),),
    "pixel/length-mismatch": (_pixel_length,),
    "pixel/vr": (_pixel_vr,),
    "pixel/rescale-slope-zero": (put("RescaleSlope", b"0 "),),
    "pixel/window-width": (put("WindowWidth", b"0 "), put("WindowWidth", b"-5")),
    "pixel/spacing-not-positive": (put("PixelSpacing", b"0\\0 "), put("PixelSpacing", b"-1\\1")),
    "pixel/orientation-not-orthonormal": (put("ImageOrientationPatient", b"1\\0\\0\\.5\\1\\0 "),),
    "pixel/overlay": (dataset(structures.overlay_too_long),),
}
"""Rule id to its seeds. Faults of the encoding and of PS3.10 are seeded by `byte_faults`."""

UNSEEDED: dict[str, str] = {
    **dict.fromkeys(FAMILIES, "seeded by `benchmarks.family_defects`"),
    "file/unreadable": "a state of the file system, tested in tests/",
    "file/not-dicom": "not an instance, tested in tests/",
    "internal/check-failed": "no file makes it, which `benchmarks.fuzz` and `benchmarks.agreement` measure",
}
"""Rules without a seed, and why."""

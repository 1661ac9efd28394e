"""One seeded fault for each rule of the catalogue, for every instance it can be put into.

A seed gives the bytes of the changed instance and the attribute path at which the fault must be
reported, or nothing where the instance has no place for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from benchmarks.subjects import Subject

__all__ = ["SEEDS", "UNSEEDED", "Seeded"]


class Seeded(NamedTuple):
    """A changed instance and the paths at any of which the fault is reported rightly."""

    content: bytes
    paths: tuple[str, ...]


Seed = Callable[[Subject], Iterator[Seeded]]

_CT = "1.2.840.10008.5.1.4.1.1.2"


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


def put(keyword: str, value: bytes, *, vr: str = "", add: bool = False, at: str = "") -> Seed:
    """Return a seed that sets a root Attribute which is there (or adds it) to these bytes."""

    def seed(subject: Subject) -> Iterator[Seeded]:
        tag = _tag(keyword)
        if add or tag in subject.root._dict:
            yield Seeded(subject.with_values({tag: (vr or _vr(keyword), value)}), (at or keyword,))

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


def _renamed_enumeration(subject: Subject) -> Iterator[Seeded]:
    if _tag("PatientSex") in subject.root._dict:
        yield Seeded(subject.with_values({_tag("PatientSex"): ("CS", b"X ")}), ("PatientSex",))


def _no_series_module(root: Any) -> str | None:
    for keyword in ("ConversionType", "SecondaryCaptureDeviceManufacturer"):
        if keyword not in root:
            continue
        del root[keyword]
    return "ConversionType" if root.SOPClassUID == "1.2.840.10008.5.1.4.1.1.7" else None


def _two_items(root: Any) -> str | None:
    element = root.get("ConceptNameCodeSequence")
    if not element or not str(root.SOPClassUID).startswith("1.2.840.10008.5.1.4.1.1.88."):
        return None
    element.append(element[0])
    return "ConceptNameCodeSequence"


def _empty_item(root: Any) -> str | None:
    from pydicom import Dataset

    if "ReferringPhysicianIdentificationSequence" in root or "PatientID" not in root:
        return None
    root.ReferencedPatientSequence = [Dataset()]
    return "ReferencedPatientSequence[1]|ReferencedPatientSequence"


def _frames(root: Any) -> Any:
    return root.get("PerFrameFunctionalGroupsSequence")


def _macro_gone(root: Any) -> str | None:
    for name in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for item in root.get(name, ()):
            if "PixelMeasuresSequence" in item:
                del item.PixelMeasuresSequence
                where = f"{name}[1].PixelMeasuresSequence"
                return (
                    f"{where}|PixelMeasuresSequence|SharedFunctionalGroupsSequence[1].PixelMeasuresSequence"
                )
    return None


def _macro_twice(root: Any) -> str | None:
    frames, shared = _frames(root), root.get("SharedFunctionalGroupsSequence")
    if not frames or not shared or "PixelMeasuresSequence" not in shared[0]:
        return None
    for frame in frames:
        frame.PixelMeasuresSequence = shared[0].PixelMeasuresSequence
    where = ("SharedFunctionalGroupsSequence[1]", "PerFrameFunctionalGroupsSequence[1]")
    return "|".join([*(f"{place}.PixelMeasuresSequence" for place in where), "PixelMeasuresSequence"])


def _macro_not_permitted(root: Any) -> str | None:
    from pydicom import Dataset

    shared = root.get("SharedFunctionalGroupsSequence")
    if not shared or "CardiacSynchronizationSequence" in shared[0] or root.Modality != "SEG":
        return None
    item = Dataset()
    item.CTAcquisitionTypeSequence = [Dataset()]
    shared[0].CTAcquisitionTypeSequence = [Dataset()]
    return "SharedFunctionalGroupsSequence[1].CTAcquisitionTypeSequence"


def _one_frame_more(root: Any) -> str | None:
    if not _frames(root):
        return None
    root.NumberOfFrames = len(_frames(root)) + 1
    return "PerFrameFunctionalGroupsSequence|NumberOfFrames"


def _index_value_gone(root: Any) -> str | None:
    frames, indexes = _frames(root), root.get("DimensionIndexSequence")
    if not frames or not indexes or "FrameContentSequence" not in frames[0]:
        return None
    content = frames[0].FrameContentSequence[0]
    if "DimensionIndexValues" not in content:
        return None
    content.DimensionIndexValues = [1] * (len(indexes) + 1)
    where = "PerFrameFunctionalGroupsSequence[1].FrameContentSequence[1]"
    return f"{where}.DimensionIndexValues|DimensionIndexValues|DimensionIndexSequence"


def _stack_id_gone(root: Any) -> str | None:
    frames = _frames(root)
    content = frames[0].get("FrameContentSequence") if frames else None
    if not content or "StackID" not in content[0]:
        return None
    content[0].InStackPositionNumber = 0
    return "PerFrameFunctionalGroupsSequence[1].FrameContentSequence[1].InStackPositionNumber"


def _overlay_without_rows(root: Any) -> str | None:
    if "PixelData" not in root or any(tag.group == 0x6000 for tag in root._dict):
        return None
    root.add_new(0x60000010, "US", root.Rows)
    root.add_new(0x60000011, "US", root.Columns)
    root.add_new(0x60000040, "CS", "G")
    root.add_new(0x60000050, "SS", [1, 1])
    root.add_new(0x60000100, "US", 1)
    root.add_new(0x60000102, "US", 0)
    root.add_new(0x60003000, "OW", b"\0\0")
    return "OverlayData|(6000,3000)|OverlayBitPosition"


def _palette(root: Any) -> str | None:
    if root.get("PhotometricInterpretation") != "MONOCHROME2" or root.get("BitsAllocated") != 8:
        return None
    root.PhotometricInterpretation = "PALETTE COLOR"
    for colour in ("Red", "Green", "Blue"):
        root.add_new(_tag(f"{colour}PaletteColorLookupTableDescriptor"), "US", [256, 0, 16])
        root.add_new(_tag(f"{colour}PaletteColorLookupTableData"), "OW", bytes(10))
    names = [f"{colour}PaletteColorLookupTable{part}" for colour in ("Red", "Green", "Blue")
             for part in ("Data", "Descriptor")]  # fmt: skip
    return "|".join(names)


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
    "file/meta-attribute-in-data-set": (),
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
    "value/charset-undeclared": (put("StudyDescription", b"g\xe9n\xe9ral "),),
    "value/charset-unknown": (put("SpecificCharacterSet", b"ISO_IR 999"),),
    "value/person-name-components": (put("PatientName", b"A^B^C^D^E^F "),),
    "value/person-name-groups": (put("PatientName", b"A=B=C=D "),),
    "value/truncated": (put("StudyDescription", _text(_LONG_TEXT)),),
    "value/placeholder": (
        put("PatientName", b"TEST"),
        put("PatientID", b"UNKNOWN "),
        put("PatientBirthDate", b"19000101"),
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
    "uid/missing": (),
    "uid/malformed": (put("StudyInstanceUID", b"1.2.03.4"),),
    "uid/reserved-root": (put("SeriesInstanceUID", b"1.2.840.10008.5.1.4.1.1.7\0"),),
    "uid/same-in-roles": (
        _same_uid("SeriesInstanceUID", "StudyInstanceUID"),
        _same_uid("SOPInstanceUID", "SeriesInstanceUID"),
        _same_uid("FrameOfReferenceUID", "StudyInstanceUID"),
    ),
    "module/value-not-enumerated": (_renamed_enumeration, put("PatientPosition", b"XYZ ")),
    "module/value-not-defined-term": (put("ConversionType", b"ZZZ "),),
    "module/missing-module": (dataset(_no_series_module),),
    "module/sequence-items": (dataset(_two_items),),
    "module/sequence-empty-item": (dataset(_empty_item),),
    "module/attribute-not-in-iod": (put("LensConstantDescription", b"constant", add=True),),
    "functional-group/missing-macro": (dataset(_macro_gone),),
    "functional-group/shared-and-per-frame": (dataset(_macro_twice),),
    "functional-group/not-permitted": (dataset(_macro_not_permitted),),
    "functional-group/frame-count": (dataset(_one_frame_more),),
    "functional-group/dimension-index": (dataset(_index_value_gone),),
    "functional-group/stack": (dataset(_stack_id_gone),),
    "pixel/bits-stored-exceeds-allocated": (short("BitsStored", 33),),
    "pixel/high-bit-mismatch": (short("HighBit", 3),),
    "pixel/samples-photometric-mismatch": (
        when("SamplesPerPixel", 1, put("PhotometricInterpretation", b"RGB ")),
        when("SamplesPerPixel", 3, put("PhotometricInterpretation", b"MONOCHROME2 ")),
    ),
    "pixel/planar-configuration": (when("SamplesPerPixel", 3, short("PlanarConfiguration", 7)),),
    "pixel/palette-descriptor": (dataset(_palette),),
    "pixel/length-mismatch": (_pixel_length,),
    "pixel/vr": (_pixel_vr,),
    "pixel/rescale-slope-zero": (put("RescaleSlope", b"0 "),),
    "pixel/window-width": (put("WindowWidth", b"0 "), put("WindowWidth", b"-5")),
    "pixel/spacing-not-positive": (put("PixelSpacing", b"0\\0 "), put("PixelSpacing", b"-1\\1")),
    "pixel/orientation-not-orthonormal": (put("ImageOrientationPatient", b"1\\0\\0\\.5\\1\\0 "),),
    "pixel/overlay": (dataset(_overlay_without_rows),),
}
"""Rule id to its seeds. Faults of the encoding and of PS3.10 are seeded by `byte_faults`."""

UNSEEDED: dict[str, str] = {
    "file/unreadable": "a state of the file system, tested in tests/",
    "file/not-dicom": "not an instance, tested in tests/",
}
"""Rules without a seed, and why."""

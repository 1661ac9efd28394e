"""Changes to a copy of a pydicom Data Set, each of which makes one fault in Sequences or groups.

Each returns the attribute paths at any of which the fault is reported rightly, separated by "|", or
None where the Data Set has no place for it.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "empty_item",
    "frame_content_shared",
    "index_value_gone",
    "lut_descriptor",
    "macro_gone",
    "macro_twice",
    "one_frame_more",
    "overlay_too_long",
    "palette_too_short",
    "stack_position_zero",
    "two_items",
]


def two_items(root: Any) -> str | None:
    element = root.get("ConceptNameCodeSequence")
    if not element or not str(root.SOPClassUID).startswith("1.2.840.10008.5.1.4.1.1.88."):
        return None
    element.append(element[0])
    return "ConceptNameCodeSequence"


def empty_item(root: Any) -> str | None:
    from pydicom import Dataset

    if "ReferringPhysicianIdentificationSequence" in root or "PatientID" not in root:
        return None
    root.ReferencedPatientSequence = [Dataset()]
    return "ReferencedPatientSequence[1]|ReferencedPatientSequence"


def _frames(root: Any) -> Any:
    return root.get("PerFrameFunctionalGroupsSequence")


def macro_gone(root: Any) -> str | None:
    """Remove Pixel Measures, which all IODs here but Segmentation require."""
    found = False
    for name in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for item in root.get(name, ()):
            if "PixelMeasuresSequence" in item and root.get("Modality") != "SEG":
                del item.PixelMeasuresSequence
                found = True
    places = ("SharedFunctionalGroupsSequence[1].", "PerFrameFunctionalGroupsSequence[1].", "")
    return "|".join(f"{place}PixelMeasuresSequence" for place in places) if found else None


def macro_twice(root: Any) -> str | None:
    frames, shared = _frames(root), root.get("SharedFunctionalGroupsSequence")
    if not frames or not shared or "PixelMeasuresSequence" not in shared[0]:
        return None
    for frame in frames:
        frame.PixelMeasuresSequence = shared[0].PixelMeasuresSequence
    where = ("SharedFunctionalGroupsSequence[1]", "PerFrameFunctionalGroupsSequence[1]")
    return "|".join([*(f"{place}.PixelMeasuresSequence" for place in where), "PixelMeasuresSequence"])


def frame_content_shared(root: Any) -> str | None:
    """Share the Frame Content, which is allowed for single frames only."""
    frames, shared = _frames(root), root.get("SharedFunctionalGroupsSequence")
    if not frames or not shared or "FrameContentSequence" not in frames[0]:
        return None
    shared[0].FrameContentSequence = frames[0].FrameContentSequence
    return "SharedFunctionalGroupsSequence[1].FrameContentSequence"


def lut_descriptor(root: Any) -> str | None:
    """Add a VOI LUT of 0 bits."""
    from pydicom import Dataset

    if "PixelData" not in root or "VOILUTSequence" in root:
        return None
    item = Dataset()
    item.add_new(0x00283002, "US", [256, 0, 0])
    item.add_new(0x00283006, "OW", bytes(512))
    root.VOILUTSequence = [item]
    return "VOILUTSequence[1].LUTDescriptor"


def one_frame_more(root: Any) -> str | None:
    if not _frames(root):
        return None
    root.NumberOfFrames = len(_frames(root)) + 1
    return "PerFrameFunctionalGroupsSequence|NumberOfFrames"


def index_value_gone(root: Any) -> str | None:
    frames, indexes = _frames(root), root.get("DimensionIndexSequence")
    if not frames or not indexes or "FrameContentSequence" not in frames[0]:
        return None
    content = frames[0].FrameContentSequence[0]
    if "DimensionIndexValues" not in content:
        return None
    content.DimensionIndexValues = [1] * (len(indexes) + 1)
    where = "PerFrameFunctionalGroupsSequence[1].FrameContentSequence[1]"
    return f"{where}.DimensionIndexValues|DimensionIndexValues|DimensionIndexSequence"


def stack_position_zero(root: Any) -> str | None:
    frames = _frames(root)
    content = frames[0].get("FrameContentSequence") if frames else None
    if not content or "StackID" not in content[0]:
        return None
    content[0].InStackPositionNumber = 0
    return "PerFrameFunctionalGroupsSequence[1].FrameContentSequence[1].InStackPositionNumber"


def overlay_too_long(root: Any) -> str | None:
    if "PixelData" not in root or any(tag.group == 0x6000 for tag in root._dict):
        return None
    root.add_new(0x60000010, "US", root.Rows)
    root.add_new(0x60000011, "US", root.Columns)
    root.add_new(0x60000040, "CS", "G")
    root.add_new(0x60000050, "SS", [1, 1])
    root.add_new(0x60000100, "US", 1)
    root.add_new(0x60000102, "US", 0)
    root.add_new(0x60003000, "OW", bytes(2 * (root.Rows * root.Columns // 16 + 20)))
    return "OverlayData|(6000,3000)|OverlayBitPosition"


def palette_too_short(root: Any) -> str | None:
    if root.get("PhotometricInterpretation") != "MONOCHROME2" or root.get("BitsAllocated") != 8:
        return None
    root.PhotometricInterpretation = "PALETTE COLOR"
    for colour in ("Red", "Green", "Blue"):
        root.add_new(f"{colour}PaletteColorLookupTableDescriptor", "US", [256, 0, 16])
        root.add_new(f"{colour}PaletteColorLookupTableData", "OW", bytes(10))
    names = [f"{colour}PaletteColorLookupTable{part}" for colour in ("Red", "Green", "Blue")
             for part in ("Data", "Descriptor")]  # fmt: skip
    return "|".join(names)

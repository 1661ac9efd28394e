"""Changes to a copy of a pydicom Data Set, each of which makes one fault of an object family.

Each returns the attribute paths at any of which the fault is reported rightly, separated by "|", or
None where the Data Set has no place for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["FAMILIES"]

Change = Callable[[Any], str | None]

_FRAMES = "PerFrameFunctionalGroupsSequence"
_DERIVATION = "DerivationImageSequence[1].SourceImageSequence[1].ReferencedSOPInstanceUID"
_UID = "1.2.826.0.1.3680043.10.999.1"


def _items(holder: Any, *keywords: str) -> list[Any]:
    """Return the Items of a Sequence in the first Items of those before it."""
    for keyword in keywords[:-1]:
        items = holder.get(keyword) or []
        if not items:
            return []
        holder = items[0]
    return list(holder.get(keywords[-1]) or [])


def _set(*steps: str, value: Any) -> Change:
    """Return a change of an Attribute of the first Item at a path, where it is there and has a value."""

    def change(root: Any) -> str | None:
        items = _items(root, *steps[:-1]) if len(steps) > 1 else [root]
        if not items or items[0].get(steps[-1]) in (None, "", []):
            return None
        setattr(items[0], steps[-1], value)
        return ".".join([*(f"{step}[1]" for step in steps[:-1]), steps[-1]])

    return change


def _next(*steps: str, by: int = 1) -> Change:
    """Return a change that adds to a number of the first Item at a path."""

    def change(root: Any) -> str | None:
        items = _items(root, *steps[:-1]) if len(steps) > 1 else [root]
        if not items or items[0].get(steps[-1]) in (None, ""):
            return None
        setattr(items[0], steps[-1], int(items[0].get(steps[-1])) + by)
        return ".".join([*(f"{step}[1]" for step in steps[:-1]), steps[-1]])

    return change


def _twice(keyword: str, number: str) -> Change:
    """Return a change that appends a copy of the last Item, with its number."""

    def change(root: Any) -> str | None:
        import copy

        items = root.get(keyword) or []
        if not items or number not in items[-1]:
            return None
        items.append(copy.deepcopy(items[-1]))
        return f"{keyword}[{len(items)}].{number}"

    return change


def _segment_left_out(root: Any) -> str | None:
    segments = _items(root, "SegmentSequence")
    if not segments or root.get("SegmentationType") == "LABELMAP":
        return None
    segments[-1].SegmentNumber = len(segments) + 1
    return f"SegmentSequence[{len(segments)}].SegmentNumber"


def _segment_dangling(root: Any) -> str | None:
    frames = _items(root, _FRAMES)
    if not frames or "SegmentIdentificationSequence" not in frames[-1]:
        return None
    frames[-1].SegmentIdentificationSequence[0].ReferencedSegmentNumber = 999
    path = "SegmentIdentificationSequence[1].ReferencedSegmentNumber"
    return f"{_FRAMES}[{len(frames)}].{path}"


def _segment_index(root: Any) -> str | None:
    pointers = [item.get("DimensionIndexPointer") for item in _items(root, "DimensionIndexSequence")]
    frames = _items(root, _FRAMES)
    if 0x0062000B not in pointers or len(frames) < 2:
        return None
    position = pointers.index(0x0062000B)
    identified = [
        frame
        for frame in frames
        if "SegmentIdentificationSequence" in frame and "FrameContentSequence" in frame
    ]
    if len(identified) != len(frames):
        return None
    content = frames[-1].FrameContentSequence[0]
    values = list(content.get("DimensionIndexValues") or [])
    if len(values) != len(pointers) or len(values) < 2:
        return None
    values[position] += 1
    content.DimensionIndexValues = values
    return f"{_FRAMES}*"


def _source_not_listed(root: Any) -> str | None:
    frames = _items(root, _FRAMES)
    listed = "ReferencedSeriesSequence" in root
    if not frames or not listed or not _items(frames[-1], "DerivationImageSequence", "SourceImageSequence"):
        return None
    frames[-1].DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID = _UID
    return f"{_FRAMES}[{len(frames)}].{_DERIVATION}"


def _contour(root: Any) -> Any:
    contours = _items(root, "ROIContourSequence", "ContourSequence")
    return contours[0] if contours and contours[0].get("ContourData") else None


_CONTOUR = "ROIContourSequence[1].ContourSequence[1]."


def _point_lost(root: Any) -> str | None:
    contour = _contour(root)
    if contour is None or len(contour.ContourData) < 12 or not contour.get("NumberOfContourPoints"):
        return None
    contour.ContourData = list(contour.ContourData)[:-3]
    return f"{_CONTOUR}NumberOfContourPoints"


def _contour_is_point(root: Any) -> str | None:
    contour = _contour(root)
    if contour is None or len(contour.ContourData) < 6:
        return None
    contour.ContourGeometricType = "POINT"
    return f"{_CONTOUR}ContourData"


def _contour_bent(root: Any) -> str | None:
    contour = _contour(root)
    if contour is None or contour.get("ContourGeometricType") != "CLOSED_PLANAR":
        return None
    values = [float(value) for value in contour.ContourData]
    spans = [max(values[axis::3]) - min(values[axis::3]) for axis in range(3)]
    if len(values) < 12 or sorted(spans)[1] < 5:
        return None
    values[5] += 20
    contour.ContourData = [f"{value:.4f}" for value in values]
    return f"{_CONTOUR}ContourData"


def _contour_image(root: Any) -> str | None:
    listed = _items(
        root,
        "ReferencedFrameOfReferenceSequence",
        "RTReferencedStudySequence",
        "RTReferencedSeriesSequence",
        "ContourImageSequence",
    )
    images = _items(root, "ROIContourSequence", "ContourSequence", "ContourImageSequence")
    if not listed or not images:
        return None
    images[0].ReferencedSOPInstanceUID = _UID
    return f"{_CONTOUR}ContourImageSequence[1].ReferencedSOPInstanceUID"


def _frame_of_reference(root: Any) -> str | None:
    if not any(
        item.get("FrameOfReferenceUID") for item in _items(root, "ReferencedFrameOfReferenceSequence")
    ):
        return None
    return _set("StructureSetROISequence", "ReferencedFrameOfReferenceUID", value=_UID)(root)


def _beam(root: Any) -> tuple[str, str, Any]:
    """Return the keywords of beams and control points of a plan, and its first beam."""
    for beams, points in (
        ("BeamSequence", "ControlPointSequence"),
        ("IonBeamSequence", "IonControlPointSequence"),
    ):
        if root.get(beams) and root.get(beams)[0].get(points):
            return beams, points, root.get(beams)[0]
    return "", "", None


def _of_control_point(number: int, keyword: str, value: Any) -> Change:
    def change(root: Any) -> str | None:
        beams, points, beam = _beam(root)
        if beam is None or len(beam.get(points)) < 2 or beam.get(points)[number].get(keyword) in (None, ""):
            return None
        setattr(beam.get(points)[number], keyword, value)
        where = len(beam.get(points)) + number + 1 if number < 0 else number + 1
        return f"{beams}[1].{points}[{where}].{keyword}"

    return change


def _of_beam(keyword: str, by: int) -> Change:
    def change(root: Any) -> str | None:
        beams, _, beam = _beam(root)
        if beam is None or beam.get(keyword) in (None, ""):
            return None
        setattr(beam, keyword, int(beam.get(keyword)) + by)
        return f"{beams}[1].{keyword}"

    return change


def _leaf_added(root: Any) -> str | None:
    beams, points, beam = _beam(root)
    devices = "BeamLimitingDevicePositionSequence"
    positions = _items(beam, points, devices) if beam is not None else []
    if not positions or not positions[0].get("LeafJawPositions"):
        return None
    positions[0].LeafJawPositions = [*positions[0].LeafJawPositions, "0", "0"]
    return f"{beams}[1].{points}[1].{devices}[1].LeafJawPositions"


def _number_of_frames(root: Any) -> int:
    """Return the Number of Frames, 0 if it is no number."""
    try:
        return int(root.get("NumberOfFrames") or 1)
    except ValueError:
        return 0


def _offsets(change_values: Callable[[list[float]], list[float]]) -> Change:
    def change(root: Any) -> str | None:
        offsets = [float(value) for value in root.get("GridFrameOffsetVector") or []]
        if len(offsets) < 3 or len(offsets) != _number_of_frames(root):
            return None
        root.GridFrameOffsetVector = [f"{value:g}" for value in change_values(offsets)]
        return "GridFrameOffsetVector"

    return change


def _dose_pointer(root: Any) -> str | None:
    if "GridFrameOffsetVector" not in root or _number_of_frames(root) < 2:
        return None
    return _set("FrameIncrementPointer", value=0x00181063)(root)


def _areas_swapped(root: Any) -> str | None:
    areas = _items(root, "DisplayedAreaSelectionSequence")
    if not areas or root.get("ImageRotation") or root.get("ImageHorizontalFlip") == "Y":
        return None
    area = areas[0]
    start, end = area.DisplayedAreaTopLeftHandCorner, area.DisplayedAreaBottomRightHandCorner
    area.DisplayedAreaTopLeftHandCorner, area.DisplayedAreaBottomRightHandCorner = end, start
    return "DisplayedAreaSelectionSequence[1].DisplayedAreaTopLeftHandCorner"


def _annotated(**changes: Any) -> Change:
    """Return a change that gives a presentation state an annotation with a faulty graphic."""
    at = changes.pop("at")

    def change(root: Any) -> str | None:
        from pydicom import Dataset

        if "DisplayedAreaSelectionSequence" not in root or "GraphicAnnotationSequence" in root:
            return None
        graphic = Dataset()
        graphic.GraphicAnnotationUnits, graphic.GraphicDimensions = "PIXEL", 2
        graphic.NumberOfGraphicPoints, graphic.GraphicData = 2, [10.0, 10.0, 20.0, 20.0]
        graphic.GraphicType, graphic.GraphicFilled = "POLYLINE", "N"
        layer, annotation = Dataset(), Dataset()
        layer.GraphicLayer, layer.GraphicLayerOrder = "LAYER1", 1
        annotation.GraphicLayer, annotation.GraphicObjectSequence = "LAYER1", [graphic]
        for keyword, value in changes.items():
            setattr(annotation if keyword == "GraphicLayer" else graphic, keyword, value)
        root.GraphicLayerSequence, root.GraphicAnnotationSequence = [layer], [annotation]
        return f"GraphicAnnotationSequence[1].{at}"

    return change


def _layer_twice(root: Any) -> str | None:
    from pydicom import Dataset

    if "DisplayedAreaSelectionSequence" not in root or "GraphicLayerSequence" in root:
        return None
    layer = Dataset()
    layer.GraphicLayer, layer.GraphicLayerOrder = "LAYER1", 1
    root.GraphicLayerSequence = [layer, layer]
    return "GraphicLayerSequence[2].GraphicLayer"


def _area_of_unlisted_image(root: Any) -> str | None:
    from pydicom import Dataset

    areas = _items(root, "DisplayedAreaSelectionSequence")
    if not areas or not _items(root, "ReferencedSeriesSequence", "ReferencedImageSequence"):
        return None
    image = Dataset()
    image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", _UID
    areas[0].ReferencedImageSequence = [image]
    path = "ReferencedImageSequence[1].ReferencedSOPInstanceUID"
    return f"DisplayedAreaSelectionSequence[1].{path}"


def _second_study(root: Any) -> str | None:
    import copy

    evidence = _items(root, "CurrentRequestedProcedureEvidenceSequence")
    if not evidence or root.get("Modality") != "KO" or "IdenticalDocumentsSequence" in root:
        return None
    other = copy.deepcopy(evidence[0])
    other.StudyInstanceUID = _UID
    root.CurrentRequestedProcedureEvidenceSequence.append(other)
    return "IdenticalDocumentsSequence"


def _is_full(root: Any) -> bool:
    return bool(
        root.get("DimensionOrganizationType") == "TILED_FULL" and "TotalPixelMatrixFocalPlanes" in root
    )


def _tiles_lost(root: Any) -> str | None:
    if not _is_full(root):
        return None
    root.TotalPixelMatrixColumns += root.Columns
    return "NumberOfFrames"


def _planes_added(root: Any) -> str | None:
    if not _is_full(root):
        return None
    root.TotalPixelMatrixFocalPlanes += 1
    return "NumberOfFrames"


def _tile(keyword: str, value: int | None) -> Change:
    """Return a change of the position of the last tile; None puts it just beyond the matrix."""

    def change(root: Any) -> str | None:
        frames = _items(root, _FRAMES)
        if "TotalPixelMatrixColumns" not in root or not frames:
            return None
        if not frames[-1].get("PlanePositionSlideSequence"):
            return None
        axis = "Columns" if keyword.startswith("Column") else "Rows"
        beyond = int(root.get(f"TotalPixelMatrix{axis}")) + 1
        setattr(frames[-1].PlanePositionSlideSequence[0], keyword, beyond if value is None else value)
        return f"{_FRAMES}[{len(frames)}].PlanePositionSlideSequence[1].{keyword}"

    return change


def _tile_doubled(root: Any) -> str | None:
    import copy

    frames = _items(root, _FRAMES)
    if "TotalPixelMatrixColumns" not in root or len(frames) < 2:
        return None
    kinds = [frame.get("SegmentIdentificationSequence") for frame in frames[-2:]]
    if kinds[0] != kinds[1] or not all(frame.get("PlanePositionSlideSequence") for frame in frames[-2:]):
        return None
    frames[-1].PlanePositionSlideSequence = copy.deepcopy(frames[-2].PlanePositionSlideSequence)
    keyword = "ColumnPositionInTotalImagePixelMatrix"
    return f"{_FRAMES}[{len(frames)}].PlanePositionSlideSequence[1].{keyword}"


def _path_unknown(root: Any) -> str | None:
    for keyword in (_FRAMES, "SharedFunctionalGroupsSequence"):
        paths = _items(root, keyword, "OpticalPathIdentificationSequence")
        if paths:
            paths[0].OpticalPathIdentifier = "OTHER"
            return f"{keyword}[1].OpticalPathIdentificationSequence[1].OpticalPathIdentifier"
    return None


def _channel_lost(root: Any) -> str | None:
    channels = _items(root, "WaveformSequence", "ChannelDefinitionSequence")
    if len(channels) < 2:
        return None
    root.WaveformSequence[0].ChannelDefinitionSequence = channels[:-1]
    return "WaveformSequence[1].NumberOfWaveformChannels"


def _samples_lost(root: Any) -> str | None:
    groups = _items(root, "WaveformSequence")
    if not groups or len(groups[0].get("WaveformData") or b"") < 4:
        return None
    groups[0].WaveformData = groups[0].WaveformData[:-2]
    return "WaveformSequence[1].WaveformData"


def _samples_miscounted(root: Any) -> str | None:
    changed = _next("WaveformSequence", "NumberOfWaveformSamples", by=-10)(root)
    return changed and "WaveformSequence[1].WaveformData"


def _of_channel(keyword: str, value: Any) -> Change:
    def change(root: Any) -> str | None:
        channels = _items(root, "WaveformSequence", "ChannelDefinitionSequence")
        if not channels:
            return None
        setattr(channels[0], keyword, value)
        if keyword == "FilterLowFrequency":
            channels[0].FilterHighFrequency = "40"
        return f"WaveformSequence[1].ChannelDefinitionSequence[1].{keyword}"

    return change


def _marked(channels: list[int], positions: list[int], at: str) -> Change:
    def change(root: Any) -> str | None:
        from pydicom import Dataset

        if not root.get("WaveformSequence"):
            return None
        annotation = Dataset()
        annotation.ReferencedWaveformChannels, annotation.TemporalRangeType = channels, "POINT"
        annotation.ReferencedSamplePositions = positions
        annotation.UnformattedTextValue = "mark"
        root.WaveformAnnotationSequence = [annotation]
        return f"WaveformAnnotationSequence[1].{at}"

    return change


def _bytes_of_document(content: bytes) -> Change:
    def change(root: Any) -> str | None:
        length = len(root.get("EncapsulatedDocument") or b"")
        if length < len(content):
            return None
        root.EncapsulatedDocument = content.ljust(length, b"\0")
        return "EncapsulatedDocument"

    return change


def _first_above_last(root: Any) -> str | None:
    for groups in (_FRAMES, "SharedFunctionalGroupsSequence"):
        mappings = _items(root, groups, "RealWorldValueMappingSequence")
        for first, last in (
            ("RealWorldValueFirstValueMapped", "RealWorldValueLastValueMapped"),
            ("DoubleFloatRealWorldValueFirstValueMapped", "DoubleFloatRealWorldValueLastValueMapped"),
        ):
            if mappings and first in mappings[0] and last in mappings[0]:
                low, high = mappings[0].get(first), mappings[0].get(last)
                if low < high:
                    setattr(mappings[0], first, high)
                    setattr(mappings[0], last, low)
                    return f"{groups}[1].RealWorldValueMappingSequence[1].{first}"
    return None


def _slope_zero(root: Any) -> str | None:
    for groups in (_FRAMES, "SharedFunctionalGroupsSequence"):
        mappings = _items(root, groups, "RealWorldValueMappingSequence")
        if mappings and mappings[0].get("RealWorldValueSlope"):
            mappings[0].RealWorldValueSlope = 0.0
            return f"{groups}[1].RealWorldValueMappingSequence[1].RealWorldValueSlope"
    return None


def _part(number: int, offset: int, at: str) -> Change:
    def change(root: Any) -> str | None:
        if _FRAMES not in root or "ConcatenationUID" in root:
            return None
        root.ConcatenationUID, root.SOPInstanceUIDOfConcatenationSource = _UID, _UID
        root.InConcatenationNumber, root.InConcatenationTotalNumber = number, 2
        root.ConcatenationFrameOffsetNumber = offset
        return at

    return change


_ROI_REFERENCE = "ReferencedROINumber"
_GROUP = "FractionGroupSequence"
_COLUMN, _ROW = "ColumnPositionInTotalImagePixelMatrix", "RowPositionInTotalImagePixelMatrix"

FAMILIES: dict[str, tuple[Change, ...]] = {
    "seg/segment-number": (_twice("SegmentSequence", "SegmentNumber"), _segment_left_out),
    "seg/segment-reference": (_segment_dangling,),
    "seg/maximum-fractional-value": (
        _set("MaximumFractionalValue", value=0),
        _set("MaximumFractionalValue", value=300),
    ),
    "seg/dimension-index": (_segment_index,),
    "functional-group/source-not-listed": (_source_not_listed,),
    "functional-group/concatenation": (
        _part(3, 5, "InConcatenationNumber"),
        _part(1, 5, "ConcatenationFrameOffsetNumber"),
        _part(2, 0, "ConcatenationFrameOffsetNumber"),
    ),
    "rt/roi-number": (
        _twice("StructureSetROISequence", "ROINumber"),
        _twice("RTROIObservationsSequence", "ObservationNumber"),
    ),
    "rt/roi-reference": (
        _set("ROIContourSequence", _ROI_REFERENCE, value=999),
        _set("RTROIObservationsSequence", _ROI_REFERENCE, value=999),
    ),
    "rt/frame-of-reference": (_frame_of_reference,),
    "rt/contour-image": (_contour_image,),
    "rt/contour-points": (
        _next("ROIContourSequence", "ContourSequence", "NumberOfContourPoints"),
        _point_lost,
        _contour_is_point,
    ),
    "rt/contour-not-planar": (_contour_bent,),
    "rt/plan-number": (
        _twice("BeamSequence", "BeamNumber"),
        _twice("IonBeamSequence", "BeamNumber"),
        _twice(_GROUP, "FractionGroupNumber"),
    ),
    "rt/plan-reference": (
        _set(_GROUP, "ReferencedBeamSequence", "ReferencedBeamNumber", value=99),
        _set("BeamSequence", "ReferencedPatientSetupNumber", value=99),
    ),
    "rt/plan-count": (
        _next(_GROUP, "NumberOfBeams"),
        _of_beam("NumberOfControlPoints", 1),
        _leaf_added,
    ),
    "rt/control-points": (
        _of_control_point(0, "ControlPointIndex", 7),
        _of_control_point(0, "CumulativeMetersetWeight", "0.5"),
        _of_control_point(-1, "CumulativeMetersetWeight", "0.125"),
    ),
    "rt/dose-grid": (
        _offsets(lambda values: values[:-1]),
        _offsets(lambda values: [*values[:-1], values[0]]),
        _offsets(lambda values: [value + 777 for value in values]),
        _dose_pointer,
    ),
    "rt/dose-scaling": (_set("DoseGridScaling", value="0"), _set("DoseGridScaling", value="-1")),
    "pr/displayed-area": (_areas_swapped,),
    "pr/graphic-data": (
        _annotated(at="GraphicObjectSequence[1].NumberOfGraphicPoints", NumberOfGraphicPoints=3),
        _annotated(at="GraphicObjectSequence[1].GraphicData", GraphicType="ELLIPSE"),
        _annotated(at="GraphicObjectSequence[1].GraphicData", GraphicData=[1.0, 2.0, 3.0]),
    ),
    "pr/display-coordinates": (
        _annotated(at="GraphicObjectSequence[1].GraphicData", GraphicAnnotationUnits="DISPLAY"),
    ),
    "pr/layer": (_annotated(at="GraphicLayer", GraphicLayer="LAYER2"), _layer_twice),
    "pr/referenced-image": (_area_of_unlisted_image,),
    "ko/identical-documents": (_second_study,),
    "wsi/frame-count": (_tiles_lost, _planes_added),
    "wsi/tile-position": (_tile(_COLUMN, None), _tile(_ROW, 0), _tile_doubled),
    "wsi/optical-path": (
        _twice("OpticalPathSequence", "OpticalPathIdentifier"),
        _next("NumberOfOpticalPaths"),
        _path_unknown,
    ),
    "waveform/channel-count": (_channel_lost,),
    "waveform/data-length": (_samples_lost, _samples_miscounted),
    "waveform/channel-definition": (
        _of_channel("WaveformBitsStored", 24),
        _of_channel("FilterLowFrequency", "150"),
        _of_channel("ChannelSensitivity", "0"),
    ),
    "waveform/beyond-limits": (
        _set("WaveformSequence", "SamplingFrequency", value="4000"),
        _set("WaveformSequence", "SamplingFrequency", value="0"),
        _set("WaveformSequence", "WaveformSampleInterpretation", value="MB"),
    ),
    "waveform/annotation-reference": (
        _marked([1, 99], [1], "ReferencedWaveformChannels"),
        _marked([1, 1], [99999999], "ReferencedSamplePositions"),
    ),
    "document/length-mismatch": (_next("EncapsulatedDocumentLength", by=-4),),
    "document/media-type": (_bytes_of_document(b"\xff\xd8\xff\xe0"), _bytes_of_document(b"<xml/>")),
    "pixel/real-world-value": (_first_above_last, _slope_zero),
}
"""Rule id to the changes that it must report."""

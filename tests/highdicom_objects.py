"""Objects that highdicom makes, of every kind that algorithms and workstations send."""

from __future__ import annotations

from typing import Any

import highdicom as hd
import numpy as np
from highdicom.sr.coding import CodedConcept
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

__all__ = ["OBJECTS", "series"]

_MAKER: dict[str, Any] = {
    "manufacturer": "ACME",
    "manufacturer_model_name": "LungFinder",
    "software_versions": "2.1.0",
    "device_serial_number": "1",
}
_ALGORITHM = hd.AlgorithmIdentificationSequence(
    name="LungFinder", family=codes.DCM.ArtificialIntelligence, version="2.1.0", source="ACME"
)
_LESION = CodedConcept("52988006", "SCT", "Lesion")
_ABNORMAL = CodedConcept("49755003", "SCT", "Morphologically Altered Structure")


def series(count: int = 3) -> list[Dataset]:
    """Return a CT series of `count` slices of 16 by 16 pixels."""
    study, own, frame_of_reference = generate_uid(), generate_uid(), generate_uid()
    return [_slice(number, study, own, frame_of_reference) for number in range(1, count + 1)]


def _slice(number: int, study: str, own: str, frame_of_reference: str) -> Dataset:
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    image.SOPInstanceUID = generate_uid()
    image.StudyInstanceUID, image.SeriesInstanceUID = study, own
    image.FrameOfReferenceUID = frame_of_reference
    image.PatientID, image.PatientName = "4711", "Roe^Jane"
    image.PatientBirthDate, image.PatientSex = "19500101", "F"
    image.StudyDate, image.StudyTime, image.StudyID = "20240517", "101500", "1"
    image.AccessionNumber, image.ReferringPhysicianName = "A1", None
    image.Modality, image.SeriesNumber, image.InstanceNumber = "CT", 2, number
    image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    image.Manufacturer = "Maker of scanners"
    image.PositionReferenceIndicator = ""
    image.Laterality, image.PatientPosition = "", "HFS"
    image.KVP, image.AcquisitionNumber = 120, 1
    image.Rows = image.Columns = 16
    image.PixelSpacing, image.SliceThickness = [0.7, 0.7], 2
    image.ImageOrientationPatient, image.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [0, 0, 2.0 * number]
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 16, 15, 0
    image.RescaleIntercept, image.RescaleSlope = -1024, 1
    image.PixelData = np.zeros((16, 16), np.uint16).tobytes()
    return image


def _own(number: int = 9001) -> dict[str, Any]:
    return {
        "series_instance_uid": generate_uid(),
        "series_number": number,
        "sop_instance_uid": generate_uid(),
        "instance_number": 1,
    }


def segmentation(images: list[Dataset], kind: str) -> Dataset:
    """Return a segmentation of one segment, of a type that highdicom has."""
    segment = hd.seg.SegmentDescription(
        segment_number=1,
        segment_label="lesion",
        segmented_property_category=_ABNORMAL,
        segmented_property_type=_LESION,
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=_ALGORITHM,
        tracking_uid=generate_uid(),
        tracking_id="lesion 1",
    )
    mask = np.zeros((len(images), 16, 16), np.float32 if kind == "FRACTIONAL" else np.uint8)
    mask[:, 4:8, 4:8] = 1
    return hd.seg.Segmentation(
        source_images=images,
        pixel_array=mask,
        segmentation_type=hd.seg.SegmentationTypeValues(kind),
        segment_descriptions=[segment],
        content_label="LESIONS",
        content_description="Lesions",
        series_description="LungFinder lesions",
        **_own(),
        **_MAKER,
    )


def report(images: list[Dataset]) -> Dataset:
    """Return a measurement report (TID 1500) with one planar measurement by a device."""
    observer = hd.sr.DeviceObserverIdentifyingAttributes(
        uid=generate_uid(), name="LungFinder", manufacturer_name="ACME", model_name="LungFinder"
    )
    context = hd.sr.ObservationContext(
        observer_device_context=hd.sr.ObserverContext(
            observer_type=codes.DCM.Device, observer_identifying_attributes=observer
        )
    )
    polygon = np.array([[2.0, 2.0], [8.0, 2.0], [8.0, 8.0], [2.0, 2.0]])
    region = hd.sr.ImageRegion(
        graphic_type=hd.sr.GraphicTypeValues.POLYLINE,
        graphic_data=polygon,
        source_image=hd.sr.SourceImageForRegion.from_source_image(images[0]),
    )
    group = hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=hd.sr.TrackingIdentifier(uid=generate_uid(), identifier="lesion 1"),
        referenced_region=region,
        finding_type=_LESION,
        measurements=[
            hd.sr.Measurement(
                name=codes.SCT.Diameter,
                value=4.2,
                unit=codes.UCUM.Millimeter,
                algorithm_id=hd.sr.AlgorithmIdentification(name="LungFinder", version="2.1.0"),
            )
        ],
        algorithm_id=hd.sr.AlgorithmIdentification(name="LungFinder", version="2.1.0"),
    )
    content = hd.sr.MeasurementReport(
        observation_context=context,
        procedure_reported=codes.LN.CTUnspecifiedBodyRegion,
        imaging_measurements=[group],
        title=codes.DCM.ImagingMeasurementReport,
    )
    return hd.sr.ComprehensiveSR(
        evidence=images,
        content=content[0],
        is_complete=True,
        series_description="LungFinder report",
        **_own(9002),
        **_MAKER,
    )


def parametric_map(images: list[Dataset]) -> Dataset:
    """Return a parametric map of probabilities."""
    mapping = hd.pm.RealWorldValueMapping(
        lut_label="1",
        lut_explanation="probability",
        unit=codes.UCUM.NoUnits,
        value_range=[0.0, 1.0],
        intercept=0,
        slope=1,
    )
    return hd.pm.ParametricMap(
        source_images=images,
        pixel_array=np.full((len(images), 16, 16), 0.5, np.float32),
        contains_recognizable_visual_features=False,
        real_world_value_mappings=[mapping],
        window_center=0.5,
        window_width=1,
        content_label="PROBABILITY",
        content_description="Probability of a lesion",
        series_description="LungFinder probabilities",
        **_own(9003),
        **_MAKER,
    )


def presentation_state(images: list[Dataset]) -> Dataset:
    """Return a grayscale presentation state with one circle and its text."""
    circle = hd.pr.GraphicObject(
        graphic_type=hd.pr.GraphicTypeValues.CIRCLE,
        graphic_data=np.array([[8.0, 8.0], [10.0, 8.0]]),
        units=hd.pr.AnnotationUnitsValues.PIXEL,
    )
    text = hd.pr.TextObject(
        text_value="lesion",
        bounding_box=(1, 1, 10, 10),
        units=hd.pr.AnnotationUnitsValues.PIXEL,
    )
    annotation = hd.pr.GraphicAnnotation(
        referenced_images=images,
        graphic_layer=hd.pr.GraphicLayer(layer_name="LESIONS", order=1),
        graphic_objects=[circle],
        text_objects=[text],
    )
    return hd.pr.GrayscaleSoftcopyPresentationState(
        referenced_images=images,
        content_label="LESIONS",
        graphic_layers=[hd.pr.GraphicLayer(layer_name="LESIONS", order=1)],
        graphic_annotations=[annotation],
        series_description="LungFinder circles",
        **_own(9004),
        **_MAKER,
    )


def key_objects(images: list[Dataset]) -> Dataset:
    """Return a key object selection of all images."""
    content = hd.ko.KeyObjectSelection(
        document_title=codes.DCM.OfInterest, referenced_objects=images, description="lesions"
    )
    return hd.ko.KeyObjectSelectionDocument(
        evidence=images, content=content, series_description="key images", **_own(9005), **_MAKER
    )


def secondary_capture(images: list[Dataset]) -> Dataset:
    """Return a secondary capture of the first image."""
    return hd.sc.SCImage.from_ref_dataset(
        ref_dataset=images[0],
        pixel_array=np.zeros((16, 16, 3), np.uint8),
        photometric_interpretation=hd.PhotometricInterpretationValues.RGB,
        bits_allocated=8,
        coordinate_system=hd.CoordinateSystemNames.PATIENT,
        pixel_spacing=[0.7, 0.7],
        patient_orientation=["L", "P"],
        series_instance_uid=generate_uid(),
        series_number=9006,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="ACME",
    )


OBJECTS = {
    "segmentation, binary": lambda images: segmentation(images, "BINARY"),
    "segmentation, fractional": lambda images: segmentation(images, "FRACTIONAL"),
    "segmentation, label map": lambda images: segmentation(images, "LABELMAP"),
    "report": report,
    "parametric map": parametric_map,
    "presentation state": presentation_state,
    "key objects": key_objects,
    "secondary capture": secondary_capture,
}
"""What makes each kind of object from a series."""

"""What the UIDs of each Attribute identify: an instance of something, or something registered."""

from __future__ import annotations

from functools import cache

from dcmlint.standard.dictionary import tag_of

__all__ = ["INSTANCE_ROLES", "is_instance_role"]

INSTANCE_ROLES = (
    "AcquisitionUID",
    "AffectedSOPInstanceUID",
    "AnnotationGroupUID",
    "ConcatenationUID",
    "ConceptualVolumeUID",
    "DeviceUID",
    "DigitalSignatureUID",
    "DimensionOrganizationUID",
    "DoseReferenceUID",
    "FailedSOPInstanceUIDList",
    "FiducialUID",
    "FrameOfReferenceUID",
    "IrradiationEventUID",
    "MediaStorageSOPInstanceUID",
    "MultiFrameSourceSOPInstanceUID",
    "MultiplexGroupUID",
    "ObservationUID",
    "PatientSetupUID",
    "PyramidUID",
    "ReferencedFrameOfReferenceUID",
    "ReferencedSOPInstanceUID",
    "ReferencedSOPInstanceUIDInFile",
    "RelatedFrameOfReferenceUID",
    "RequestedSOPInstanceUID",
    "SOPInstanceUID",
    "SOPInstanceUIDOfConcatenationSource",
    "SeriesInstanceUID",
    "SourceFrameOfReferenceUID",
    "SpecimenUID",
    "StorageMediaFileSetUID",
    "StudyInstanceUID",
    "SynchronizationFrameOfReferenceUID",
    "TableFrameOfReferenceUID",
    "TargetFrameOfReferenceUID",
    "TrackingUID",
    "TransactionUID",
    "TreatmentSessionUID",
    "VolumeFrameOfReferenceUID",
)
"""Attributes whose UIDs their creator assigns: each identifies one instance, study, frame of
reference, device, event ..."""


@cache
def _tags() -> frozenset[int]:
    return frozenset(tag_of(keyword) for keyword in INSTANCE_ROLES)


def is_instance_role(tag: int) -> bool:
    """Tell whether the UIDs of an Attribute identify instances."""
    return tag in _tags()

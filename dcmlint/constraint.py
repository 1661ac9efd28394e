"""What the constraints of the tables ask, in words: dicom3tools names them in CamelCase only.

Each statement completes "this Attribute does not fit: ..." (a value) or "this Attribute may not be
present: ..." (its presence). A name that is not in the table, from a fetched edition say, is taken
apart into its words.
"""

from __future__ import annotations

import re

__all__ = ["STATEMENTS", "statement"]


def statement(name: str) -> str:
    """Return in words what the constraint `name` says; "" for ""."""
    found = STATEMENTS.get(name)
    if found is not None:
        return found
    words = re.findall(r"[A-Z]{2,}(?=[A-Z][a-z]|[0-9_]|$)|[A-Z]?[a-z]+|[A-Z]+|[0-9_]+", name)
    return " ".join(word if word.isupper() else word.lower() for word in words)


_IN_MULTI_ENERGY = "unless the CT acquisition is multi-energy, exactly one Item is allowed"
_GATED = "Cardiac Synchronization Technique is neither PROSPECTIVE nor RETROSPECTIVE"
_UNGATED = "Cardiac Synchronization Technique is NONE"
_NO_REFERENCES = "the instance refers to no other instances"
_NOT_NUMERIC = "it belongs to a numeric value, and Value Type is not numeric"
_NO_RATIO = "Pixel Aspect Ratio is for images without a physical spacing, and this one has "
_FOR_PRESENTATION = "Presentation Intent Type is not FOR PRESENTATION"
_MPEG2_MAIN = "MPEG2 Main Profile at Main Level allows "
_MPEG2_HIGH = "MPEG2 Main Profile at High Level allows "

# fmt: off
STATEMENTS: dict[str, str] = {
    "AlternateBeamDoseTypeSameValueAsBeamDoseType":
        "Alternate Beam Dose Type and Beam Dose Type must differ",
    "AnatomicRegionSequencePresentAndEmptyButBodyPartExaminedHasValue":
        "Body Part Examined has a value, so the region must be coded too",
    "AnatomicRegionSequencePresentButNotOneItemAndNotOverriddenType2": "exactly one Item is allowed",
    "BulkMotionSignalSourcePresentAndBulkMotionCompensationTechniqueIsNone":
        "Bulk Motion Compensation Technique is NONE",
    "CTAcquisitionDetailsSequenceNotOneItemAndNotMultienergyAcquisition": _IN_MULTI_ENERGY,
    "CTDIvolIsPresentButCTDIPhantomTypeCodeSequenceIsNot":
        "without CTDI Phantom Type Code Sequence the dose cannot be interpreted",
    "CTExposureSequenceNotOneItemAndNotMultienergyAcquisition": _IN_MULTI_ENERGY,
    "CTGeometrySequenceNotOneItemAndNotMultienergyAcquisition": _IN_MULTI_ENERGY,
    "CTXRayDetailsSequenceNotOneItemAndNotMultienergyAcquisition": _IN_MULTI_ENERGY,
    "CardiacBeatRejectionTechniquePresentAndCardiacSynchronizationTechniqueIsNotProspectiveOrRetrospective":
        _GATED,
    "CardiacRRIntervalSpecifiedPresentAndCardiacSynchronizationTechniqueIsNone": _UNGATED,
    "CardiacSignalSourcePresentAndCardiacSynchronizationTechniqueIsNone": _UNGATED,
    "CineRelativeToRealTimeNotGreaterThanZero": "it must be greater than 0",
    "CodeMeaningEmptyOrNotPresent": "Code Meaning must have a value",
    "ColorSpaceAndOpticalPathSequencePresent": "Optical Path Sequence tells the colors of each optical path",
    "CommonZCoordinateValueAndAnnotationCoordinateTypeIsNot3D": "Annotation Coordinate Type is not 3D",
    "ConceptNameCodeSequenceNotPresent": "Concept Name Code Sequence must be present",
    "DetectorGeometryPresentAndTypeOfDetectorMotionIsNotStationary":
        "Type of Detector Motion is not STATIONARY",
    "DimensionIndexPointerIsDimensionIndexValues": "a dimension cannot be Dimension Index Values itself",
    "DimensionIndexPointerIsFrameContentSequence":
        "a dimension is an attribute of the Frame Content Sequence, not the Sequence",
    "DimensionIndexValuesContainsZero": "index values count from 1",
    "DistributionTypeIsNotNamedProtocol": "Distribution Type is not NAMED_PROTOCOL",
    "DoseSummationTypeIsMultiPlanAndReferencedRTPlanSequenceHasLessThanTwoItems":
        "Dose Summation Type is MULTI_PLAN, so at least two plans must be referenced",
    "DoseSummationTypeIsNotMultiPlanAndReferencedRTPlanSequenceHasMultipleItems":
        "Dose Summation Type is not MULTI_PLAN, so only one plan may be referenced",
    "ExtendedOffsetTableLengthsPresentButExtendedOffsetTableNotPresent": "there is no Extended Offset Table",
    "ExtendedOffsetTableNotPermitted": "the Pixel Data is not encapsulated",
    "FloatingPointValuePresentButValueTypeIsNotNumeric": _NOT_NUMERIC,
    "FrameContentSequenceInSharedFunctionalGroupSequence": "it may only be a per-frame functional group",
    "HighRRValuePresentAndCardiacSynchronizationTechniqueIsNotProspectiveOrRetrospective": _GATED,
    "ICCProfileAndOpticalPathSequencePresent": "Optical Path Sequence holds the profile of each optical path",
    "IlluminationWaveLengthInvalid": "it must be greater than 0",
    "ImageBoxOverlapPriorityValueNot1To100": "it must be from 1 to 100",
    "ImageTypeValue1DerivedAndImageTypeValue3MissingOrEmpty": "a DERIVED image needs Value 3 of Image Type",
    "ImageTypeValue1NotDerivedAndImageTypeValueNotMissingOrEmpty":
        "only a DERIVED image may have Value 3 of Image Type",
    "ImageTypeValue3MissingOrEmpty": "Value 3 of Image Type must be there",
    "ImageTypeValue4MissingOrEmpty": "Value 4 of Image Type must be there",
    "ImageTypeValue4MissingOrEmptyForMultienergy":
        "Value 4 of Image Type must be there in a multi-energy CT image",
    "InConcatenationTotalNumberIsLessThanOrEqualToOne": "a concatenation has at least two instances",
    "InStackPositionNumberIsZero": "positions count from 1",
    "IntervalsAcquiredPresentAndCardiacSynchronizationTechniqueIsNone": _UNGATED,
    "IntervalsRejectedPresentAndCardiacSynchronizationTechniqueIsNone": _UNGATED,
    "JPEG2000LosslessTransferSyntaxButNotYBR_RCT": "lossless JPEG 2000 needs YBR_RCT",
    "JPEG2000TransferSyntaxButNotYBR_RCTOrYBR_ICT": "JPEG 2000 needs YBR_RCT or YBR_ICT",
    "JPEGTransferSyntaxButNotYBR_FULL_422": "JPEG needs YBR_FULL_422",
    "KVPNotEmptyWhenAlsoPresentInMultienergyCTAcquisitionSequence":
        "it is empty where Multi-energy CT Acquisition Sequence holds the KVP",
    "LateralityHasNoValue":
        "empty says that the side of a paired body part is not known; leave it out if the part is not paired",
    "LossyImageCompressionMethodInconsistentWithTransferSyntax":
        "it names no method of the Transfer Syntax that the image is in",
    "LowRRValuePresentAndCardiacSynchronizationTechniqueIsNotProspectiveOrRetrospective": _GATED,
    "MPEG2MPHLTransferSyntaxAndCineRateInconsistentWithFrameTime": "Cine Rate and Frame Time disagree",
    "MPEG2MPHLTransferSyntaxAndCineRateNotValid": _MPEG2_HIGH + "25, 30, 50 and 60 frames/s",
    "MPEG2MPHLTransferSyntaxAndColumnsInconsistentWithRows": _MPEG2_HIGH + "1280 x 720 and 1920 x 1080",
    "MPEG2MPHLTransferSyntaxAndColumnsNot1280Or1920": _MPEG2_HIGH + "1280 or 1920 columns",
    "MPEG2MPHLTransferSyntaxAndFrameTimeNotValid": _MPEG2_HIGH + "certain frame times only",
    "MPEG2MPHLTransferSyntaxAndRowsNot720Or1080": _MPEG2_HIGH + "720 or 1080 rows",
    "MPEG2MPMLTransferSyntaxAndCineRateInconsistentWithFrameTime": "Cine Rate and Frame Time disagree",
    "MPEG2MPMLTransferSyntaxAndCineRateNotNTSCOrPAL": _MPEG2_MAIN + "25 and 30 frames/s",
    "MPEG2MPMLTransferSyntaxAndColumnsGreaterThan720": _MPEG2_MAIN + "720 columns at most",
    "MPEG2MPMLTransferSyntaxAndFrameTimeNotNTSCOrPAL": _MPEG2_MAIN + "the frame times of NTSC and PAL",
    "MPEG2MPMLTransferSyntaxAndRowsGreaterThan480NTSCOr576PAL":
        _MPEG2_MAIN + "480 rows (NTSC) or 576 rows (PAL) at most",
    "MPEG2TransferSyntaxAndNotBitsAllocated8": "MPEG2 needs 8 Bits Allocated",
    "MPEG2TransferSyntaxAndNotBitsStored8": "MPEG2 needs 8 Bits Stored",
    "MPEG2TransferSyntaxAndNotHighBit7": "MPEG2 needs a High Bit of 7",
    "MPEG2TransferSyntaxAndNotPixelRepresentation0": "MPEG2 needs unsigned pixels",
    "MPEG2TransferSyntaxAndNotPlanarConfiguration0": "MPEG2 needs a Planar Configuration of 0",
    "MPEG2TransferSyntaxAndNotThreeSamples": "MPEG2 needs three Samples per Pixel",
    "NominalScannedPixelSpacingPresentAndConversionTypeNotDigitizedFilmScannedDocumentScannedImage":
        "Conversion Type is none of DF (digitized film), SD (scanned document) and SI (scanned image)",
    "PatientPositionAndPatientOrientationCodeSequencePresent":
        "Patient Orientation Code Sequence takes its place",
    "PixelPaddingValueIsPresentAndInstanceIsNotAnImage": "the instance has no pixels",
    "PositionReferenceIndicatorNotSlideCornerForSlide": "on a slide it must be SLIDE_CORNER",
    "PresentationIntentTypeIsForPresentation": "Presentation Intent Type is FOR PRESENTATION",
    "RationalDenominatorValueButValueTypeIsNotNumeric": _NOT_NUMERIC,
    "RationalNumeratorValuePresentButValueTypeIsNotNumeric": _NOT_NUMERIC,
    "RecommendedDisplayCIELabValuePresentButPaletteColorLabelMap": "the palette colors the labels",
    "RecommendedDisplayFrameRateNotGreaterThanZero": "it must be greater than 0",
    "ReferencedFrameNumberAndReferencedSegmentNumberPresent":
        "a reference is to frames or to segments, not to both",
    "ReferencedFrameNumberPresentAndReferencedSOPClassUIDIsNotMultiFrame":
        "the referenced SOP Class has no frames",
    "ReferencedSegmentNumberPresentAndReferencedSOPClassUIDIsNotSegmentationOrSurfaceSegmentation":
        "the referenced SOP Class has no segments",
    "ReferencedSeriesSequencePresentAndInstanceDoesNotReferencesInstances": _NO_REFERENCES,
    "ReferencedWaveformChannelsPresentAndReferencedSOPClassUIDIsNotWaveform":
        "the referenced SOP Class has no waveform channels",
    "RescaleTypeIsPresentAndIsHUAndImageIsOriginalLocalizerAndNotMultienergyAcquisition":
        "the pixels of an ORIGINAL localizer are not in Hounsfield Units",
    "RescaleTypeIsPresentAndNotHUAndImageIsOriginalNotLocalizerAndNotMultienergyAcquisition":
        "the pixels of an ORIGINAL CT image are in Hounsfield Units (HU)",
    "RespiratorySignalSourcePresentAndRespiratoryMotionCompensationTechniqueIsNone":
        "Respiratory Motion Compensation Technique is NONE",
    "SegmentNumberIsZeroButSegmentationTypeNotLabelMap":
        "segments count from 1 unless Segmentation Type is LABELMAP",
    "SourceAcquisitionProtocolElementNumberAndSourceReconstructionProtocolElementNumberPresent":
        "the source is an acquisition or a reconstruction protocol, not both",
    "SpacingBetweenSlicesIsNegative": "it may not be negative",
    "SpacingBetweenSlicesIsNegativeAndNotNM": "only in nuclear medicine it may be negative",
    "SpecimenLabelInImageNotNoForThumbnailOrVolume": "for a THUMBNAIL or VOLUME image it must be NO",
    "SpecimenLabelInImageNotYesForOverviewOrLabel": "for an OVERVIEW or LABEL image it must be YES",
    "StudiesContainingOtherReferencedInstancesSequencePresentAndInstanceDoesNotReferencesInstances":
        _NO_REFERENCES,
    "TemporalPositionIndexIsZero": "temporal positions count from 1",
    "UnwantedOpticalPathAndICCProfileModules":
        "the profile is in the Optical Path Module or in the ICC Profile Module, not in both",
    "UnwantedPixelAspectRatioWhenImagerPixelSpacingPresent": _NO_RATIO + "Imager Pixel Spacing",
    "UnwantedPixelAspectRatioWhenMPEG2MPHLTransferSyntax":
        "MPEG2 Main Profile at High Level has square pixels",
    "UnwantedPixelAspectRatioWhenNominalScannedPixelSpacingPresent":
        _NO_RATIO + "Nominal Scanned Pixel Spacing",
    "UnwantedPixelAspectRatioWhenPerFramePixelMeasuresMacro": _NO_RATIO + "Pixel Measures for each frame",
    "UnwantedPixelAspectRatioWhenPixelSpacingPresent": _NO_RATIO + "Pixel Spacing",
    "UnwantedPixelAspectRatioWhenSharedPixelMeasuresMacro": _NO_RATIO + "Pixel Measures for all frames",
    "VOILUTSequencePresentAndPresentationIntentTypeIsNotForPresentation": _FOR_PRESENTATION,
    "VerificationFlagIsVerifiedAndCompletionFlagIsNotComplete":
        "a document can be VERIFIED only if Completion Flag is COMPLETE",
    "ViewCodeSequenceAbsentOrEmptyButViewPositionHasValue":
        "View Position has a value, so the view must be coded too",
    "WindowCenterPresentAndPresentationIntentTypeIsNotForPresentation": _FOR_PRESENTATION,
    "WindowWidthIsLessThanOneAndNotExact": "below 1 it needs VOI LUT Function LINEAR_EXACT or SIGMOID",
    "WindowWidthIsNegative": "it may not be negative",
    "WindowWidthIsZeroAndSigmoid": "for VOI LUT Function SIGMOID it must be greater than 0",
}
# fmt: on

"""The levels of a query, their keys, and at which of them an Attribute is a key (PS3.4 C.6)."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from dcmlint_pacs.dimse.identifier import Key

__all__ = [
    "IMAGE",
    "INSTANCES_OF_SERIES",
    "INSTANCES_OF_STUDY",
    "LEVEL",
    "LEVELS",
    "PATIENT",
    "PATIENT_ID",
    "PATIENT_ROOT",
    "SERIES",
    "SERIES_UID",
    "SOP_CLASS",
    "SOP_INSTANCE",
    "STUDY",
    "STUDY_ROOT",
    "STUDY_UID",
    "SYNTAXES",
    "Keys",
    "LevelName",
    "Model",
    "level_of",
]

LevelName = Literal["PATIENT", "STUDY", "SERIES", "IMAGE"]
PATIENT: Final = "PATIENT"
STUDY: Final = "STUDY"
SERIES: Final = "SERIES"
IMAGE: Final = "IMAGE"

LEVEL = 0x00080052
"""Query/Retrieve Level."""

PATIENT_ID = 0x00100020
STUDY_UID = 0x0020000D
SERIES_UID = 0x0020000E
SOP_INSTANCE = 0x00080018
SOP_CLASS = 0x00080016
SYNTAXES = 0x00083002
"""Available Transfer Syntax UID."""

INSTANCES_OF_STUDY = 0x00201208
INSTANCES_OF_SERIES = 0x00201209


class Model(NamedTuple):
    """An information model: its SOP Classes, and whether patients are above studies (PS3.4 C.6.1, C.6.2)."""

    find: str
    move: str
    get: str
    is_patient_root: bool


_ROOT = "1.2.840.10008.5.1.4.1.2"
STUDY_ROOT = Model(f"{_ROOT}.2.1", f"{_ROOT}.2.2", f"{_ROOT}.2.3", is_patient_root=False)
PATIENT_ROOT = Model(f"{_ROOT}.1.1", f"{_ROOT}.1.2", f"{_ROOT}.1.3", is_patient_root=True)


class Keys(NamedTuple):
    """The keys of a level: the unique one, those that are required, and optional ones that are asked for."""

    unique: Key
    required: tuple[Key, ...]
    optional: tuple[Key, ...]


LEVELS: dict[str, Keys] = {
    PATIENT: Keys(Key(PATIENT_ID, "LO"), (Key(0x00100010, "PN"),), ()),
    STUDY: Keys(
        Key(STUDY_UID, "UI"),
        (
            Key(0x00080020, "DA"),
            Key(0x00080030, "TM"),
            Key(0x00080050, "SH"),
            Key(0x00100010, "PN"),
            Key(PATIENT_ID, "LO"),
            Key(0x00200010, "SH"),
        ),
        (
            Key(0x00081030, "LO"),
            Key(0x00100030, "DA"),
            Key(0x00100040, "CS"),
            Key(INSTANCES_OF_STUDY, "IS"),
        ),
    ),
    SERIES: Keys(
        Key(SERIES_UID, "UI"),
        (Key(0x00080060, "CS"), Key(0x00200011, "IS")),
        (Key(0x0008103E, "LO"), Key(INSTANCES_OF_SERIES, "IS")),
    ),
    IMAGE: Keys(
        Key(SOP_INSTANCE, "UI"),
        (Key(0x00200013, "IS"),),
        (
            Key(SOP_CLASS, "UI"),
            Key(0x00080012, "DA"),
            Key(0x00080013, "TM"),
            Key(0x00280008, "IS"),
            Key(SYNTAXES, "UI"),
        ),
    ),
}
"""PS3.4 Tables C.6-1 to C.6-5. Of Study Root, keys of the patient are keys of the study (C.6.2.1.2)."""

_PATIENT_KEYS = frozenset(
    """PatientName PatientID IssuerOfPatientID TypeOfPatientID PatientBirthDate PatientBirthTime PatientSex
    OtherPatientIDs OtherPatientNames EthnicGroup EthnicGroups PatientComments PatientSpeciesDescription
    PatientBreedDescription ResponsiblePerson ResponsibleOrganization PatientIdentityRemoved
    DeidentificationMethod QualityControlSubject NumberOfPatientRelatedStudies NumberOfPatientRelatedSeries
    NumberOfPatientRelatedInstances""".split()
)
_STUDY_KEYS = frozenset(
    """StudyInstanceUID StudyID StudyDate StudyTime AccessionNumber StudyDescription ReferringPhysicianName
    ConsultingPhysicianName NameOfPhysiciansReadingStudy PhysiciansOfRecord RequestingService
    AdmittingDiagnosesDescription PatientAge PatientSize PatientWeight Occupation AdditionalPatientHistory
    PatientState MedicalAlerts Allergies PregnancyStatus SmokingStatus LastMenstrualDate ServiceEpisodeID
    ServiceEpisodeDescription AdmissionID ModalitiesInStudy SOPClassesInStudy
    NumberOfStudyRelatedSeries NumberOfStudyRelatedInstances OtherStudyNumbers StudyStatusID
    StudyPriorityID StudyUpdateDateTime""".split()
)
_SERIES_KEYS = frozenset(
    """SeriesInstanceUID SeriesNumber SeriesDate SeriesTime SeriesDescription Modality Laterality
    BodyPartExamined ProtocolName PatientPosition AnatomicalOrientationType PerformingPhysicianName
    OperatorsName Manufacturer InstitutionName InstitutionAddress InstitutionalDepartmentName StationName
    ManufacturerModelName DeviceSerialNumber DeviceUID SoftwareVersions GantryID FrameOfReferenceUID
    PositionReferenceIndicator PerformedProcedureStepID PerformedProcedureStepStartDate
    PerformedProcedureStepStartTime PerformedProcedureStepEndDate PerformedProcedureStepEndTime
    PerformedProcedureStepDescription TreatmentSessionUID ClinicalTrialSeriesID
    ClinicalTrialSeriesDescription NumberOfSeriesRelatedInstances""".split()
)


def level_of(keyword: str) -> LevelName:
    """Return the level at which an Attribute is a key: that of the Information Entity that it describes
    (PS3.3 A.1.2), for any that is of none above, IMAGE."""
    if keyword in _PATIENT_KEYS:
        return PATIENT
    if keyword in _STUDY_KEYS:
        return STUDY
    return SERIES if keyword in _SERIES_KEYS else IMAGE

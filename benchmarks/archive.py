"""A generated archive: many small valid instances of several kinds, in studies, with known faults.

`python -m benchmarks.archive FOLDER --instances 200000`. An instance is a copy of a template, which is a
clean fixture with more attributes (at least 80 elements in all), in which the parts that differ have been
replaced byte for byte: UIDs, patient, dates, numbers, position. The same number and seed make the same bytes.
Every tenth study has a fault; `Made.faulty` says which files.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["FAULTS", "STUDY_SIZE", "Made", "main", "make_archive"]

STUDY_SIZE = 100
"""Instances in a study."""

FAULTS = ("birth date", "sex", "name", "duplicate", "gap", "rows")
"""What is wrong in every tenth study, in turn: a value of one instance (birth date, sex, rows), the name
of the patient in one instance, two different instances of one UID, and a slice far from the others."""

_CLEAN = Path(__file__).resolve().parents[1] / "fixtures" / "clean"

_ROOT = "1.2.826.0.1.3680043.10.1561"
_AS_TEXT = {
    "instance": f"{_ROOT}.1." + "1" * 18,
    "series": f"{_ROOT}.2." + "2" * 18,
    "study": f"{_ROOT}.3." + "3" * 18,
    "frame": f"{_ROOT}.4." + "4" * 18,
    "image": f"{_ROOT}.5." + "5" * 18,
    "image series": f"{_ROOT}.6." + "6" * 18,
    "patient": "PID0987654",
    "name": "Ab5556667^Cd",
    "birth": "19010203",
    "day": "19990911",
    "number": "424242",
    "position": "-777.50",
    "station": "STN88899",
}
"""What stands in a template for what differs."""

_SERIES = {
    0: (
        *(("ct", 47), ("ct", 47), ("segmentation", 1), ("sr_comprehensive", 2)),
        *(("key_object", 1), ("presentation_state", 2)),
    ),
    1: (("mr", 33), ("mr", 33), ("mr", 32), ("sr_text", 2)),
    2: (("us", 98), ("sr_text", 2)),
    3: (("cr", 60), ("dx", 38), ("sr_text", 2)),
    4: (("pet", 60), ("ct", 40)),
}
"""Series of the kinds of studies, as (template, instances); each comes to STUDY_SIZE."""

_MORE: dict[str, Any] = {
    "InstanceCreationDate": "day",
    "InstanceCreationTime": "101700",
    "TimezoneOffsetFromUTC": "+0100",
    "InstitutionName": "Example Hospital",
    "InstitutionAddress": "1 Example Street",
    "InstitutionalDepartmentName": "Radiology",
    "StationName": "station",
    "SeriesDate": "day",
    "SeriesTime": "101540",
    "ProtocolName": "Routine",
    "OperatorsName": "Operator^One",
    "PerformingPhysicianName": "Reader^Two",
    "PhysiciansOfRecord": "Record^Three",
    "NameOfPhysiciansReadingStudy": "Reading^Four",
    "PerformedProcedureStepID": "PPS1",
    "PerformedProcedureStepStartDate": "day",
    "PerformedProcedureStepStartTime": "101530",
    "PerformedProcedureStepDescription": "Routine examination",
    "CommentsOnThePerformedProcedureStep": "none",
    "PatientSize": "1.72",
    "PatientWeight": "71.5",
    "Occupation": "Baker",
    "AdditionalPatientHistory": "none",
    "PatientComments": "none",
    "MedicalAlerts": "none",
    "Allergies": "none",
    "AdmissionID": "ADM1",
    "GantryID": "G1",
    "DateOfLastCalibration": "20240101",
    "TimeOfLastCalibration": "080000",
    "ClinicalTrialSponsorName": "Example Sponsor",
    "ClinicalTrialProtocolID": "TRIAL-1",
    "ClinicalTrialProtocolName": "Example Trial",
    "ClinicalTrialSiteID": "SITE-1",
    "ClinicalTrialSiteName": "Example Site",
    "ClinicalTrialSubjectID": "SUBJECT-1",
    "ClinicalTrialTimePointID": "T1",
    "ClinicalTrialTimePointDescription": "First",
    "ClinicalTrialCoordinatingCenterName": "Example Center",
    "ClinicalTrialSeriesID": "S1",
    "ClinicalTrialSeriesDescription": "First series",
}
"""Attributes that any of the templates may have."""


class Template(NamedTuple):
    """The bytes of an instance, and where in them what stands."""

    content: bytes
    places: tuple[tuple[str, tuple[int, ...]], ...]
    elements: int


class Made(NamedTuple):
    """An archive: its files by study are in `folder`. `faulty` has the files of each fault."""

    folder: Path
    instances: int
    studies: int
    faulty: dict[str, list[str]]


def templates() -> dict[str, Template]:
    """Return the templates by name."""
    names = sorted({name for kinds in _SERIES.values() for name, _ in kinds})
    return {name: _template(name) for name in names}


def _template(name: str) -> Template:
    from pydicom import dcmread

    data_set = dcmread(_CLEAN / f"{name}.dcm")
    for keyword, value in _MORE.items():
        if keyword not in data_set:
            setattr(data_set, keyword, _AS_TEXT.get(value, value))
    _refer(data_set)
    data_set.PatientID, data_set.PatientName = _AS_TEXT["patient"], _AS_TEXT["name"]
    data_set.PatientBirthDate = _AS_TEXT["birth"]
    for keyword in ("StudyDate", "ContentDate", "AcquisitionDate"):
        if keyword in data_set:
            setattr(data_set, keyword, _AS_TEXT["day"])
    data_set.InstanceNumber = _AS_TEXT["number"]
    data_set.SOPInstanceUID = data_set.file_meta.MediaStorageSOPInstanceUID = _AS_TEXT["instance"]
    data_set.SeriesInstanceUID, data_set.StudyInstanceUID = _AS_TEXT["series"], _AS_TEXT["study"]
    if "FrameOfReferenceUID" in data_set:
        data_set.FrameOfReferenceUID = _AS_TEXT["frame"]
    if "ImagePositionPatient" in data_set:
        data_set.ImagePositionPatient = ["-4", "-4", _AS_TEXT["position"]]
    stream = io.BytesIO()
    data_set.save_as(stream)
    content = stream.getvalue()
    places = tuple((key, tuple(_found(content, text.encode()))) for key, text in _AS_TEXT.items())
    return Template(content, places, _count(data_set) + len(data_set.file_meta))


def _refer(data_set: Any) -> None:
    """Let references lead to the first image of the study."""
    from pydicom import DataElement

    for element in data_set.iterall():
        assert isinstance(element, DataElement)
        if element.keyword == "ReferencedSOPInstanceUID":
            element.value = _AS_TEXT["image"]
        elif element.keyword == "SeriesInstanceUID":
            element.value = _AS_TEXT["image series"]
        elif element.keyword == "StudyInstanceUID":
            element.value = _AS_TEXT["study"]


def _count(data_set: Any) -> int:
    return sum(1 for _ in data_set.iterall())


def _found(content: bytes, text: bytes) -> Iterator[int]:
    start = content.find(text)
    while start >= 0:
        yield start
        start = content.find(text, start + 1)


def _uid(kind: int, *numbers: int) -> str:
    study, series, instance = (*numbers, 0, 0)[:3]
    return f"{_ROOT}.{kind}.1{study:08d}{series:03d}{instance:06d}"


def make_archive(folder: Path, instances: int, seed: int = 5) -> Made:
    """Write an archive of `instances` (rounded down to whole studies) and return what is in it."""
    source = random.Random(seed)
    known = templates()
    studies = max(1, instances // STUDY_SIZE)
    made = Made(folder, studies * STUDY_SIZE, studies, {fault: [] for fault in FAULTS})
    for study in range(studies):
        fault = FAULTS[(study // 10) % len(FAULTS)] if study % 10 == 5 else ""
        _study(folder / f"{study % 100:02d}" / f"study{study:06d}", study, fault, source, known, made)
    return made


def _study(
    folder: Path, study: int, fault: str, source: random.Random, known: dict[str, Template], made: Made
) -> None:
    """Write the files of one study."""
    folder.mkdir(parents=True)
    common = {
        "study": _uid(3, study),
        "image": _uid(1, study, 0, 0),
        "image series": _uid(2, study, 0),
        "patient": f"PID{study:07d}",
        "name": f"{source.choice('ABCDE')}{source.choice('abcde')}{study:07d}^Cd",
        "birth": f"19{source.randrange(30, 99)}{source.randrange(1, 13):02d}{source.randrange(1, 29):02d}",
        "day": f"20{source.randrange(15, 25)}{source.randrange(1, 13):02d}{source.randrange(1, 29):02d}",
        "station": f"STN{source.randrange(40):05d}",
    }
    at_fault = source.randrange(2, 30)
    # The kinds take turns; a gap needs slices, and "rows" an image.
    kind = 0 if fault in ("gap", "rows") else study % len(_SERIES)
    for series, (name, count) in enumerate(_SERIES[kind]):
        template = known[name]
        for number in range(count):
            said = {
                **common,
                "instance": _uid(1, study, series, number),
                "series": _uid(2, study, series),
                "frame": _uid(4, study),
                "number": f"{number + 1:06d}",
                "position": f"{number * 2.5:07.2f}",
            }
            path = folder / f"{series:02d}-{number:03d}.dcm"
            is_faulty = bool(fault) and series == 0 and number == at_fault
            content = bytes(_with_fault(fault, said, template) if is_faulty else _filled(template, said))
            path.write_bytes(content)
            if is_faulty:
                made.faulty[fault].append(str(path))


def _with_fault(fault: str, said: dict[str, str], template: Template) -> bytearray:
    if fault == "birth date":
        said = {**said, "birth": "19991399"}
    elif fault == "name":
        said = {**said, "name": "Xx" + said["name"][2:]}
    elif fault == "duplicate":
        said = {**said, "instance": said["instance"][:-6] + "000000"}
    elif fault == "gap":
        said = {**said, "position": "0901.25"}
    content = _filled(template, said)
    if fault == "sex":
        place = content.index(b"\x10\x00\x40\x00CS\x02\x00")
        content[place + 8 : place + 10] = b"Q "
    elif fault == "rows":
        place = content.index(b"\x28\x00\x10\x00US\x02\x00")
        content[place + 8 : place + 10] = b"\x00\x00"
    return content


def _filled(template: Template, said: dict[str, str]) -> bytearray:
    content = bytearray(template.content)
    for key, places in template.places:
        text = said[key].encode()
        for place in places:
            content[place : place + len(text)] = text
    return content


def main(arguments: Sequence[str] | None = None) -> int:
    """Write an archive and print what is in it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.archive", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--instances", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    made = make_archive(options.folder, options.instances, options.seed)
    faults = ", ".join(f"{name} {len(files)}" for name, files in made.faulty.items())
    size = sum(len(files) for _, _, files in os.walk(options.folder))
    print(f"{made.instances} instances ({size} files), {made.studies} studies; faults: {faults}")
    print(f"{time.perf_counter() - start:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

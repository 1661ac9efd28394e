"""A clean data set of whole studies: patients with CT and MR series, what refers to them, and a medium.

Seeded: the same files come out every time. Paths are relative; a medium is a folder with a DICOMDIR.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping
from pathlib import Path

from dcmlint.read.encode import part10
from fixtures.common import Attributes, uid
from fixtures.generate import clean_instances

__all__ = ["Tree", "clean_tree", "medium", "write"]

Tree = dict[str, Attributes]
"""Path to Data Set."""

_CT = "1.2.840.10008.5.1.4.1.1.2"
_FAMILIES = (
    "Lindqvist^Maren",
    "Okonkwo^Chidi^A",
    "Tremblay^Jean-Luc",
    "Nakamura^Haruka",
    "Silva^Beatriz^Maria",
)
_SLICES = 14


def clean_tree(patients: int = 3, studies: int = 3, *, seed: int = 7) -> Tree:
    """Return patients with studies: CT, two acquisitions in one series, MR with two echoes, a time series,
    a localizer, and objects that refer to the CT."""
    tree: Tree = {}
    source = random.Random(seed)
    bases = clean_instances()
    for patient in range(patients):
        person = {
            "PatientName": _FAMILIES[patient % len(_FAMILIES)],
            "PatientID": f"P{4700 + patient}",
            "PatientBirthDate": f"19{50 + patient}0{1 + patient}1{patient}",
            "PatientSex": "FM"[patient % 2],
        }
        for study in range(studies):
            folder = f"p{patient}/s{study}"
            own = {
                **person,
                "StudyInstanceUID": uid("planted study", folder),
                "StudyDate": f"2024{1 + study:02d}11",
                "StudyTime": f"{8 + study:02d}1530",
                "AccessionNumber": f"A{patient}{study}{source.randint(100, 999)}",
                "StudyID": str(10 * patient + study),
                "PatientWeight": str(60 + patient),
            }
            _add_study(tree, folder, own, bases)
    return tree


def _add_study(tree: Tree, folder: str, own: Attributes, bases: Mapping[str, Attributes]) -> None:
    frame = uid("planted frame", folder)
    for name, base, number in (
        ("ct", "ct", 1),
        ("ct2", "ct", 2),
        ("mr", "mr", 3),
        ("loc", "ct", 4),
        ("dyn", "mr", 5),
    ):
        common = {**bases[base], **own, "FrameOfReferenceUID": frame}
        common |= {"SeriesInstanceUID": uid("planted series", folder, name), "SeriesNumber": number}
        common |= {"StationName": f"{base.upper()}1", "PositionReferenceIndicator": "SN"}
        for index, image in enumerate(_images(name), 1):
            path = f"{folder}/{name}/{index:03d}.dcm"
            tree[path] = {
                **copy.deepcopy(common),
                **image,
                "SOPInstanceUID": uid("planted instance", path),
                "InstanceNumber": index,
            }
    _add_referring(tree, folder, own, bases, frame)


def _images(name: str) -> list[Attributes]:
    """Return what differs in the images of a series."""
    at = [[-4, -4, 10 + 5 * slice_number] for slice_number in range(_SLICES)]
    if name == "ct2":  # two acquisitions of different spacing, as one series
        first = [{"ImagePositionPatient": [0, 0, 2.5 * n], "AcquisitionNumber": 1} for n in range(8)]
        return first + [
            {"ImagePositionPatient": [0, 0, 40 + 4 * n], "AcquisitionNumber": 2} for n in range(8)
        ]
    if name == "mr":
        echoes = [(1, 15), (2, 80)]
        return [
            {"ImagePositionPatient": place, "EchoNumbers": number, "EchoTime": time}
            for place in at
            for number, time in echoes
        ]
    if name == "loc":
        directions = ([1, 0, 0, 0, 1, 0], [1, 0, 0, 0, 0, -1], [0, 1, 0, 0, 0, -1])
        types = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
        return [{"ImageOrientationPatient": each, "ImageType": types} for each in directions]
    if name == "dyn":  # a time series that says of itself only when it was acquired
        return [
            {"ImagePositionPatient": place, "AcquisitionTime": f"1015{10 + time}"}
            for time in range(3)
            for place in at[:6]
        ]
    return [{"ImagePositionPatient": place} for place in at]


def _add_referring(
    tree: Tree, folder: str, own: Attributes, bases: Mapping[str, Attributes], frame: str
) -> None:
    images = [tree[path] for path in sorted(tree) if path.startswith(f"{folder}/ct/")]
    series_uid = images[0]["SeriesInstanceUID"]
    refs = [
        {"ReferencedSOPClassUID": _CT, "ReferencedSOPInstanceUID": image["SOPInstanceUID"]}
        for image in images
    ]
    series = [{"SeriesInstanceUID": series_uid, "ReferencedInstanceSequence": refs}]
    evidence = [
        {
            "StudyInstanceUID": own["StudyInstanceUID"],
            "ReferencedSeriesSequence": [{"SeriesInstanceUID": series_uid, "ReferencedSOPSequence": refs}],
        }
    ]
    shown = [{"SeriesInstanceUID": series_uid, "ReferencedImageSequence": refs}]
    contours = [
        {
            "FrameOfReferenceUID": frame,
            "RTReferencedStudySequence": [
                {
                    "ReferencedSOPClassUID": "1.2.840.10008.3.1.2.3.1",
                    "ReferencedSOPInstanceUID": own["StudyInstanceUID"],
                    "RTReferencedSeriesSequence": [
                        {"SeriesInstanceUID": series_uid, "ContourImageSequence": refs}
                    ],
                }
            ],
        }
    ]
    made: dict[str, Attributes] = {
        "segmentation": {"ReferencedSeriesSequence": series, "FrameOfReferenceUID": frame},
        "sr_comprehensive": {
            "CurrentRequestedProcedureEvidenceSequence": evidence,
            "ContentSequence": _content(refs),
        },
        "key_object": {
            "CurrentRequestedProcedureEvidenceSequence": evidence,
            "ContentSequence": _content(refs),
        },
        "presentation_state": {"ReferencedSeriesSequence": shown},
        "rt_structures": {"ReferencedFrameOfReferenceSequence": contours, "FrameOfReferenceUID": frame},
    }
    for number, (name, attributes) in enumerate(made.items(), 20):
        path = f"{folder}/{name}.dcm"
        tree[path] = copy.deepcopy({**bases[name], **own, **attributes})
        tree[path] |= {
            "SeriesInstanceUID": uid("planted series", path),
            "SOPInstanceUID": uid("planted instance", path),
            "SeriesNumber": number,
        }
    for name in ("rt_structures",):
        for contour in tree[f"{folder}/{name}.dcm"]["ROIContourSequence"][0]["ContourSequence"]:
            contour["ContourImageSequence"] = refs[:1]
    for group in tree[f"{folder}/segmentation.dcm"]["PerFrameFunctionalGroupsSequence"]:
        group.pop("DerivationImageSequence", None)


def _content(refs: list[Attributes]) -> list[Attributes]:
    return [
        {"RelationshipType": "CONTAINS", "ValueType": "IMAGE", "ReferencedSOPSequence": [ref]}
        for ref in refs[:3]
    ]


def write(tree: Tree, folder: Path) -> None:
    """Write the files of a tree."""
    for path, attributes in tree.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(part10(attributes))


def medium(tree: Tree, folder: Path) -> dict[str, Path]:
    """Write a File-set with a DICOMDIR of some images (PS3.10 8.6); return the files by path in the tree."""
    import pydicom
    from pydicom.fileset import FileSet

    scratch = folder.parent / f"{folder.name}.files"
    images = {path: each for path, each in tree.items() if path.startswith("p0/s0/ct/")}
    write(images, scratch)
    files = FileSet()
    for path in images:
        files.add(pydicom.dcmread(scratch / path))
    files.write(folder)
    written = {str(each.SOPInstanceUID): Path(each.path) for each in FileSet(folder / "DICOMDIR")}
    return {path: written[str(each["SOPInstanceUID"])] for path, each in images.items()}

"""Faults across instances, one kind each: what is changed, and what must be reported where."""

from __future__ import annotations

from benchmarks.planted_changes import (
    CT,
    MR,
    OTHER,
    Kind,
    copied,
    each_by,
    moved,
    refer_in_evidence,
    refer_to_gone_contour,
    refers,
    removed,
    set_all,
    set_to,
    slabs,
    tilt,
    without_series,
)

__all__ = ["KINDS", "Kind"]

_DIRECT = "ReferencedInstanceSequence"
_SOP = "ReferencedSOPSequence"

KINDS: tuple[Kind, ...] = (
    Kind(
        "another image with the same UID",
        "uid/duplicate-instance",
        "SOPInstanceUID",
        copied(CT + "003.dcm", "p0/s0/ct/zz.dcm", InstanceNumber=99),
    ),
    Kind(
        "another pixel in a copy",
        "uid/duplicate-instance",
        "SOPInstanceUID",
        copied(CT + "003.dcm", "p0/s0/ct/zz.dcm", PixelData=b"\1" * 512),
    ),
    Kind(
        "a copy with another patient",
        "uid/duplicate-instance",
        "SOPInstanceUID",
        copied(CT + "003.dcm", "p0/s0/ct/zz.dcm", PatientName="Other^Person", PatientID="X1"),
    ),
    Kind(
        "a UID reused in another series",
        "uid/duplicate-instance",
        "SOPInstanceUID",
        lambda tree: set_to("p0/s0/mr/001.dcm", SOPInstanceUID=tree[CT + "003.dcm"]["SOPInstanceUID"])(tree),
    ),
    Kind(
        "a copy in another folder",
        "uid/duplicate-copy",
        "SOPInstanceUID",
        copied(CT + "003.dcm", "p0/s0/zz/copy.dcm"),
    ),
    Kind(
        "a copy with padding",
        "uid/duplicate-copy",
        "SOPInstanceUID",
        copied(CT + "003.dcm", "p0/s0/zz/copy.dcm", DataSetTrailingPadding=b"\0\0"),
    ),
    Kind(
        "another Patient ID in a study",
        "consistency/patient",
        "PatientID",
        set_to(CT + "004.dcm", PatientID="P9999"),
    ),
    Kind(
        "a name cut off in a study",
        "consistency/patient",
        "PatientName",
        set_to(CT + "004.dcm", PatientName="Lindqvist^Mar"),
    ),
    Kind(
        "another name in a study",
        "consistency/patient",
        "PatientName",
        set_to("p0/s0/segmentation.dcm", PatientName="Okafor^Ada"),
    ),
    Kind(
        "another sex in a study", "consistency/patient", "PatientSex", set_to(CT + "004.dcm", PatientSex="O")
    ),
    Kind(
        "another birth date in a study",
        "consistency/patient",
        "PatientBirthDate",
        set_to("p0/s0/sr_comprehensive.dcm", PatientBirthDate="19500112"),
    ),
    Kind(
        "another birth date in another study",
        "consistency/patient",
        "PatientBirthDate",
        set_all("p0/s1/", PatientBirthDate="19500102"),
    ),
    Kind(
        "another sex in another study",
        "consistency/patient",
        "PatientSex",
        set_all("p0/s1/", PatientSex="M"),
    ),
    Kind(
        "an ID reused by another person",
        "consistency/patient",
        "PatientName",
        set_all("p0/s1/", PatientName="Achterberg^Wim"),
    ),
    Kind(
        "a name cut off in another study",
        "consistency/patient-split",
        "PatientName",
        set_all("p0/s1/", PatientName="Lindqvist^Ma"),
    ),
    Kind(
        "another spelling in another study",
        "consistency/patient-split",
        "PatientName",
        set_all("p0/s1/", PatientName="Lindquist^Maren"),
    ),
    Kind(
        "one person under two IDs",
        "consistency/patient-split",
        "PatientName",
        set_all("p0/s1/", PatientID="Q0001"),
    ),
    Kind(
        "one person under two IDs, names swapped",
        "consistency/patient-split",
        "PatientName",
        set_all("p0/s1/", PatientID="Q0001", PatientName="Maren^Lindqvist"),
    ),
    Kind(
        "another Accession Number",
        "consistency/study",
        "AccessionNumber",
        set_to("p0/s0/key_object.dcm", AccessionNumber="B1"),
    ),
    Kind(
        "another Study Date", "consistency/study", "StudyDate", set_to(MR + "002.dcm", StudyDate="20240112")
    ),
    Kind(
        "another Study Description",
        "consistency/study",
        "StudyDescription",
        set_to(MR + "002.dcm", StudyDescription="other"),
    ),
    Kind(
        "another weight",
        "consistency/study",
        "PatientWeight",
        set_to("p0/s0/rt_structures.dcm", PatientWeight="600"),
    ),
    Kind(
        "another Referring Physician",
        "consistency/study",
        "ReferringPhysicianName",
        set_to("p0/s0/rt_structures.dcm", ReferringPhysicianName="Other^Ada"),
    ),
    Kind(
        "another Series Number", "consistency/series", "SeriesNumber", set_to(CT + "005.dcm", SeriesNumber=77)
    ),
    Kind(
        "another Series Description",
        "consistency/series",
        "SeriesDescription",
        set_to(CT + "005.dcm", SeriesDescription="other"),
    ),
    Kind(
        "another Patient Position",
        "consistency/series",
        "PatientPosition",
        set_to(CT + "005.dcm", PatientPosition="FFS"),
    ),
    Kind(
        "a series in two studies",
        "consistency/series",
        "StudyInstanceUID",
        lambda tree: set_to(
            CT + "005.dcm",
            StudyInstanceUID=tree["p0/s1/ct/001.dcm"]["StudyInstanceUID"],
            **{
                key: tree["p0/s1/ct/001.dcm"][key]
                for key in ("StudyDate", "StudyTime", "AccessionNumber", "StudyID")
            },
        )(tree),
    ),
    Kind(
        "two frames of reference in a series",
        "consistency/frame-of-reference",
        "FrameOfReferenceUID",
        set_to(CT + "006.dcm", FrameOfReferenceUID=OTHER),
    ),
    Kind(
        "two position reference indicators",
        "consistency/frame-of-reference",
        "PositionReferenceIndicator",
        set_to(CT + "006.dcm", PositionReferenceIndicator="XY"),
    ),
    Kind(
        "a frame of reference of two patients",
        "consistency/frame-of-reference",
        "FrameOfReferenceUID",
        lambda tree: set_all(
            "p0/s0/loc/", FrameOfReferenceUID=tree["p1/s0/ct/001.dcm"]["FrameOfReferenceUID"]
        )(tree),
    ),
    Kind(
        "another scanner in a series",
        "consistency/equipment",
        "StationName",
        set_to(CT + "006.dcm", StationName="CT2"),
    ),
    Kind(
        "another manufacturer in a series",
        "consistency/equipment",
        "Manufacturer",
        set_to(MR + "006.dcm", Manufacturer="Workstation Inc"),
    ),
    Kind(
        "another serial number in a series",
        "consistency/equipment",
        "DeviceSerialNumber",
        set_to(MR + "006.dcm", DeviceSerialNumber="9"),
    ),
    Kind(
        "two modalities in a series",
        "consistency/modality-mixed",
        "Modality",
        set_to(CT + "006.dcm", Modality="OT"),
    ),
    Kind(
        "a report in the series of the images",
        "consistency/modality-mixed",
        "Modality",
        lambda tree: set_to(
            "p0/s0/sr_comprehensive.dcm", SeriesInstanceUID=tree[CT + "001.dcm"]["SeriesInstanceUID"]
        )(tree),
    ),
    Kind(
        "a segmentation of an image that is gone",
        "reference/dangling",
        _DIRECT,
        refers("p0/s0/segmentation.dcm", _DIRECT, ReferencedSOPInstanceUID=OTHER),
    ),
    Kind(
        "a report on an image that is gone",
        "reference/dangling",
        _SOP,
        lambda tree: refer_in_evidence(tree, "p0/s0/sr_comprehensive.dcm"),
    ),
    Kind(
        "a key object that is gone",
        "reference/dangling",
        _SOP,
        lambda tree: refer_in_evidence(tree, "p0/s0/key_object.dcm"),
    ),
    Kind(
        "a presentation of an image that is gone",
        "reference/dangling",
        "ReferencedImageSequence",
        refers("p0/s0/presentation_state.dcm", "ReferencedImageSequence", ReferencedSOPInstanceUID=OTHER),
    ),
    Kind(
        "a structure set of an image that is gone",
        "reference/dangling",
        "ContourImageSequence",
        lambda tree: refer_to_gone_contour(tree),
    ),
    Kind("a whole series that is gone", "reference/dangling", _DIRECT, lambda tree: without_series(tree)),
    Kind(
        "a segmentation with another class of images",
        "reference/class-mismatch",
        _DIRECT,
        refers("p0/s0/segmentation.dcm", _DIRECT, ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.4"),
    ),
    Kind(
        "a report with another class of images",
        "reference/class-mismatch",
        _SOP,
        refers("p0/s0/sr_comprehensive.dcm", _SOP, ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2.1"),
    ),
    Kind(
        "frame 0",
        "reference/frame-out-of-range",
        _SOP,
        refers("p0/s0/key_object.dcm", _SOP, ReferencedFrameNumber=["0"]),
    ),
    Kind(
        "a frame of an image of one frame",
        "reference/frame-out-of-range",
        "ReferencedImageSequence",
        refers("p0/s0/presentation_state.dcm", "ReferencedImageSequence", ReferencedFrameNumber=["2"]),
    ),
    Kind(
        "a missing slice",
        "geometry/missing-slice",
        "ImagePositionPatient",
        removed(CT + "008.dcm", CT + "009.dcm"),
    ),
    Kind(
        "two missing slices",
        "geometry/missing-slice",
        "ImagePositionPatient",
        lambda tree: removed(CT + "008.dcm", "")(tree) + removed(CT + "009.dcm", CT + "010.dcm")(tree),
    ),
    Kind(
        "a missing slice of one echo",
        "geometry/missing-slice",
        "ImagePositionPatient",
        removed(MR + "012.dcm", MR + "014.dcm"),
    ),
    Kind(
        "a missing slice of one acquisition",
        "geometry/missing-slice",
        "ImagePositionPatient",
        removed("p0/s0/ct2/012.dcm", "p0/s0/ct2/013.dcm"),
    ),
    Kind(
        "a slice that is off",
        "geometry/uneven-spacing",
        "ImagePositionPatient",
        moved(CT + "008.dcm", -4, -4, 47),
    ),
    Kind(
        "two spacings in a volume",
        "geometry/uneven-spacing",
        "ImagePositionPatient",
        each_by(CT, CT + "009.dcm", slabs),
    ),
    Kind(
        "a second slice at a position",
        "geometry/duplicate-position",
        "ImagePositionPatient",
        copied(CT + "008.dcm", CT + "zz.dcm", SOPInstanceUID=OTHER, InstanceNumber=99),
    ),
    Kind(
        "a slice of another orientation",
        "geometry/mixed-orientation",
        "ImageOrientationPatient",
        set_to(CT + "014.dcm", ImageOrientationPatient=[1, 0, 0, 0, 0, -1]),
    ),
    Kind(
        "a tilted gantry", "geometry/gantry-tilt", "ImagePositionPatient", each_by(CT, CT + "001.dcm", tilt)
    ),
)

"""Small DICOM files for tests of preflight: a Data Set of a SOP Class, in a Transfer Syntax."""

from __future__ import annotations

from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, generate_uid

__all__ = ["CT", "EXPLICIT", "IMPLICIT", "JPEG_LS", "SR", "written"]

CT = "1.2.840.10008.5.1.4.1.1.2"
SR = "1.2.840.10008.5.1.4.1.1.88.11"
EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
JPEG_LS = "1.2.840.10008.1.2.4.80"


def written(path: Path, sop_class: str = CT, syntax: str = EXPLICIT, **changes: object) -> Path:
    """Write a file; with pixels unless PixelData=None. Attributes that are None are left out."""
    uid = UID(syntax)
    data_set = Dataset()
    data_set.SOPClassUID, data_set.SOPInstanceUID = sop_class, generate_uid()
    data_set.StudyInstanceUID, data_set.SeriesInstanceUID = generate_uid(), generate_uid()
    data_set.PatientID = "P1"
    data_set.Rows = data_set.Columns = 2
    data_set.BitsAllocated = 16
    is_native = uid in (IMPLICIT, EXPLICIT, "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99")
    data_set.PixelData = bytes(8) if is_native else encapsulate([b"\xff\xd8\xff\xd9"])
    data_set["PixelData"].VR = "OW" if is_native else "OB"
    data_set["PixelData"].is_undefined_length = not is_native
    data_set.file_meta = FileMetaDataset()
    data_set.file_meta.TransferSyntaxUID = uid
    data_set.file_meta.MediaStorageSOPClassUID = sop_class
    data_set.file_meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
    for keyword, value in changes.items():
        if value is None:
            delattr(data_set, keyword)
        else:
            setattr(data_set, keyword, value)
    data_set.save_as(
        path,
        enforce_file_format=True,
        implicit_vr=uid == IMPLICIT,
        little_endian=uid != "1.2.840.10008.1.2.2",
    )
    return path

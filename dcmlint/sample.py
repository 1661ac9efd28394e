"""Small Data Sets that the cases of several rules begin with."""

from __future__ import annotations

__all__ = ["ct"]


def ct(number: int, z: float, **other: object) -> dict[str, object]:
    """Return an axial CT image of series 1.2.3, `z` mm along the normal, with other Attributes by keyword."""
    return {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
        "SOPInstanceUID": f"1.2.3.{number}",
        "SeriesInstanceUID": "1.2.3",
        "InstanceNumber": str(number),
        "ImageOrientationPatient": ["1", "0", "0", "0", "1", "0"],
        "ImagePositionPatient": ["0", "0", f"{z:g}"],
        **other,
    }

"""dcmlint: a linter for DICOM."""

__version__ = "0.1.0"

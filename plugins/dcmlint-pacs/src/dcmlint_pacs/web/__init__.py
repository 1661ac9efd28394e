"""DICOMweb: QIDO-RS to list, WADO-RS to fetch (PS3.18)."""

"""What a file that is not DICOM seems to be, for people who wonder why it is not."""

from __future__ import annotations

__all__ = ["GIT_LFS_POINTER", "content_kind"]

GIT_LFS_POINTER = "Git LFS pointer"
"""What stands in a checkout for a file that Git Large File Storage has, until it is pulled."""

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "JPEG image"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG image"),
    (0, b"GIF8", "GIF image"),
    (0, b"BM", "BMP image"),
    (0, b"II*\0", "TIFF image"),
    (0, b"MM\0*", "TIFF image"),
    (0, b"\0\0\0\x0cjP  ", "JPEG 2000 image"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000 codestream"),
    (0, b"PK\x03\x04", "ZIP archive"),
    (0, b"\x1f\x8b", "gzip file"),
    (0, b"BZh", "bzip2 file"),
    (0, b"\xfd7zXZ\0", "xz file"),
    (0, b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (257, b"ustar", "tar archive"),
    (0, b"%PDF-", "PDF document"),
    (344, b"n+1\0", "NIfTI image"),
    (344, b"ni1\0", "NIfTI header"),
    (0, b"NRRD", "NRRD image"),
    (0, b"\x89HDF\r\n\x1a\n", "HDF5 file"),
    (0, b"\x7fELF", "executable"),
    (0, b"MZ", "executable"),
    (0, b"SQLite format 3\0", "SQLite database"),
    (0, b"<?xml", "XML document"),
    (0, b"version https://git-lfs.github.com/spec/v1", GIT_LFS_POINTER),
)


def content_kind(head: bytes) -> str:
    """Return a word for what a file that is not DICOM seems to be, from its first bytes."""
    if not head:
        return "empty file"
    if not any(head):
        return "zero bytes only"
    for offset, magic, kind in _MAGIC:
        if head.startswith(magic, offset):
            return kind
    if b"\0" not in head and sum(byte < 32 for byte in head) - sum(map(head.count, b"\t\n\r\f")) == 0:
        return "text"
    return "unknown content"

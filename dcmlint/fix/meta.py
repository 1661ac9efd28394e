"""What is known of the File Meta Information of a file, from its Data Set and its bytes (PS3.10 7.1)."""

from __future__ import annotations

from dcmlint.read.item import Instance
from dcmlint.read.usual import IMPLEMENTATION_CLASS_UID

__all__ = ["known_value", "new_meta"]

_META = 0x0002
_VERSION, _CLASS, _INSTANCE, _SYNTAX, _IMPLEMENTATION = (
    *(0x00020001, 0x00020002, 0x00020003),
    *(0x00020010, 0x00020012),
)
_KEYWORDS = {
    _VERSION: "FileMetaInformationVersion",
    _CLASS: "MediaStorageSOPClassUID",
    _INSTANCE: "MediaStorageSOPInstanceUID",
    _SYNTAX: "TransferSyntaxUID",
    _IMPLEMENTATION: "ImplementationClassUID",
}
_NATIVE = frozenset(("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"))
_DOUBTFUL = frozenset(
    ("file/transfer-syntax-mismatch", "file/truncated", "encoding/invalid-vr", "encoding/length-overrun")
)


def known_value(instance: Instance, tag: int) -> bytes:
    """Return the value that an Attribute of group 0002 must have, b"" where that is not known."""
    if tag == _VERSION:
        return b"\0\1"
    if tag == _CLASS:
        return _uid(instance.sop_class_uid)
    if tag == _INSTANCE:
        return _uid(instance.sop_instance_uid)
    if tag == _IMPLEMENTATION:
        return IMPLEMENTATION_CLASS_UID.encode()
    return _syntax(instance).encode() if tag == _SYNTAX else b""


def new_meta(instance: Instance) -> bytes:
    """Return File Meta Information for a file that has none, b"" where some of it is not known, or some of
    it is in the Data Set."""
    from dcmlint.read.encode import encode_data_set

    if any(tag >> 16 == _META for tag in instance.root.elements):
        return b""
    values = {keyword: known_value(instance, tag) for tag, keyword in _KEYWORDS.items()}
    if not all(values.values()):
        return b""
    content = encode_data_set(
        {keyword: each if keyword.endswith("Version") else each.decode() for keyword, each in values.items()}
    )
    return encode_data_set({"FileMetaInformationGroupLength": len(content)}) + content


def _uid(uid: str) -> bytes:
    return uid.encode() if uid.isascii() and uid.replace(".", "").isdigit() else b""


def _syntax(instance: Instance) -> str:
    """Return the Transfer Syntax that the bytes show, "" if they may be in several."""
    if instance.fragments or instance.declared_syntax or not instance.root.elements:
        return ""
    if any(fault.rule in _DOUBTFUL for fault in instance.faults):
        return ""
    return instance.syntax if instance.syntax in _NATIVE else ""

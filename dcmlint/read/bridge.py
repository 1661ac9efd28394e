"""Instances from what is no file: a `pydicom.Dataset`, DICOM JSON; and back to a Data Set.

Rules cannot tell where an Instance comes from: values become the bytes that a writer would write,
and bytes that were read stay as they are. Nothing that is passed in is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from dcmlint.model import UNDEFINED_LENGTH
from dcmlint.read.build import Builder, is_pixel_data
from dcmlint.read.item import Instance, Item
from dcmlint.read.vr import BINARY_SIZE, ambiguous_vr
from dcmlint.standard.dictionary import implicit_vr

if TYPE_CHECKING:
    from pydicom import Dataset
    from pydicom.dataelem import DataElement, RawDataElement

__all__ = ["from_json", "from_pydicom", "to_pydicom"]

_IMPLICIT_LE = "1.2.840.10008.1.2"
_NATIVE_SYNTAXES = frozenset(
    (_IMPLICIT_LE, "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2")
)
_SPECIFIC_CHARACTER_SET = 0x00080005
_TRANSFER_SYNTAX_UID = 0x00020010
_PIXEL_DATA = 0x7FE00010


def from_pydicom(ds: Dataset) -> Instance:
    """Return an Instance with the elements of a Data Set in memory, File Meta Information included.

    Elements that pydicom has not decoded yet keep their bytes; others are encoded anew. Values of
    pixel data are not copied.
    """
    builder = Builder()
    instance = builder.instance
    implicit, little_endian = ds.original_encoding
    instance.explicit = implicit is not True
    instance.big_endian = little_endian is False
    file_meta = getattr(ds, "file_meta", None)
    if file_meta:
        _DataSets(builder).data_set(builder.meta(), file_meta, ())
        _set_syntax(instance)
    _DataSets(builder).data_set(instance.root, ds, ())
    return builder.finish()


def _set_syntax(instance: Instance) -> None:
    raw = instance.meta.raw(_TRANSFER_SYNTAX_UID) if instance.meta is not None else None
    if raw is not None:
        instance.declared_syntax = instance.syntax = raw.rstrip(b"\0 ").decode("latin-1")


class _DataSets:
    """Puts the elements of pydicom's Data Sets into Items."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder

    def data_set(self, item: Item, ds: Dataset, charsets: Sequence[str]) -> None:
        """Fill the Item with the elements of the Data Set."""
        from pydicom.dataelem import RawDataElement

        elements = sorted(ds.items(), key=itemgetter(0))
        for tag, element in elements:
            if tag == _SPECIFIC_CHARACTER_SET:
                charsets = _terms(element.value)
            if isinstance(element, RawDataElement):
                self._raw(item, element, charsets)
            else:
                self._element(item, element, charsets)

    def _raw(self, item: Item, element: RawDataElement, charsets: Sequence[str]) -> None:
        tag, builder = int(element.tag), self.builder
        vr = ambiguous_vr(element.VR or implicit_vr(tag))
        if element.value is None or element.length == UNDEFINED_LENGTH:
            builder.bulk(item, tag, vr, element.length)
            return
        if not isinstance(element.value, bytes) or is_pixel_data(tag):
            builder.bulk(item, tag, vr, _size(element.value))
            return
        big_endian = builder.instance.big_endian and item is not builder.instance.meta
        if element.is_little_endian is big_endian:
            from pydicom.dataelem import convert_raw_data_element

            self._element(item, convert_raw_data_element(element), charsets)
            return
        builder.encoded(item, tag, vr, element.value, explicit=not element.is_implicit_VR)

    def _element(self, item: Item, element: DataElement, charsets: Sequence[str]) -> None:
        tag, value, builder = int(element.tag), element.value, self.builder
        vr = _chosen_vr(element.VR, value)
        if vr == "SQ":
            nested = builder.sequence(item, tag, len(value or ()))
            for each, ds in zip(nested, value or (), strict=False):
                self.data_set(each, ds, charsets)
        elif is_pixel_data(tag) and vr in BINARY_SIZE and _size(value):
            builder.bulk(item, tag, vr, self._pixel_length(element))
        else:
            builder.value(item, tag, vr, _plain(vr, value), charsets)

    def _pixel_length(self, element: DataElement) -> int:
        """Return the length of pixel data, UNDEFINED_LENGTH where it is encapsulated."""
        syntax = self.builder.instance.syntax
        encapsulated = bool(element.is_undefined_length)
        if syntax.startswith("1.2.840.10008.1.2") and element.tag == _PIXEL_DATA:
            encapsulated = syntax not in _NATIVE_SYNTAXES
        return UNDEFINED_LENGTH if encapsulated else _size(element.value)


def _size(value: Any) -> int:
    """Return the bytes of a value, which may be a buffer whose position stays as it is."""
    if value is None:
        return 0
    if hasattr(value, "seek"):
        position = value.tell()
        size = int(value.seek(0, 2))
        value.seek(position)
        return size
    return len(value) if hasattr(value, "__len__") else 0


def _chosen_vr(vr: str, value: Any) -> str:
    """Return one VR where pydicom has not chosen yet ("US or SS")."""
    if " or " not in vr:
        return vr
    if "SS" in vr and not isinstance(value, bytes):
        values = value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
        return "SS" if any(isinstance(each, int) and each < 0 for each in values) else "US"
    return ambiguous_vr(vr)


def _plain(vr: str, value: Any) -> Any:
    """Return a value of pydicom's as `encode_value` takes it: text, numbers, bytes."""
    if value is None or isinstance(value, bytes):
        return value
    if hasattr(value, "read"):
        position = value.tell()
        content = value.read()
        value.seek(position)
        return bytes(content)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain_one(vr, each) for each in value]
    return _plain_one(vr, value)


def _plain_one(vr: str, value: Any) -> Any:
    if vr in BINARY_SIZE:
        return int(value) if vr == "AT" else value
    return "" if value is None else str(value)


def _terms(value: Any) -> tuple[str, ...]:
    """Return the Defined Terms in a value of Specific Character Set."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if value is None:
        return ()
    values = value.split("\\") if isinstance(value, str) else value
    return tuple(str(term).strip(" \0") for term in values)


def from_json(
    content: Mapping[str, Any] | Sequence[Mapping[str, Any]], *, is_metadata: bool = False
) -> Instance:
    """Return an Instance with the attributes of one Data Set in the DICOM JSON Model (PS3.18 Annex F).

    `content` is what `json.loads` returns: an object, or an array of one. Values that are bulk data
    elsewhere count as present. With `is_metadata` so do those that are left out though other attributes tell
    of them: metadata need not mention bulk data (PS3.18 10.4.1.1.2). Raises ValueError for anything else.
    """
    from dcmlint.read.json_model import fill

    if isinstance(content, Sequence) and not isinstance(content, (str, bytes)) and len(content) == 1:
        content = content[0]
    if not isinstance(content, Mapping):
        raise ValueError("DICOM JSON of one SOP Instance is an object, or an array of one object")
    builder = Builder()
    fill(builder, content, is_metadata=is_metadata)
    _set_syntax(builder.instance)
    return builder.finish()


def to_pydicom(instance: Instance) -> Dataset:
    """Return a new `pydicom.Dataset` of the Data Set, its File Meta Information included.

    Values are decoded by pydicom when they are asked for. Pixel data is left out.
    """
    from pydicom.charset import convert_encodings
    from pydicom.dataset import Dataset, FileMetaDataset

    ds = Dataset()
    _fill_pydicom(ds, instance.root, convert_encodings("ISO_IR 6"))
    if instance.meta is not None:
        meta = Dataset()
        _fill_pydicom(meta, instance.meta, convert_encodings("ISO_IR 6"))
        ds.file_meta = FileMetaDataset(meta)
    return ds


def _fill_pydicom(ds: Dataset, item: Item, encodings: Any) -> None:
    from pydicom.charset import convert_encodings
    from pydicom.dataelem import DataElement, RawDataElement
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence as Items
    from pydicom.tag import Tag

    instance = item.instance
    in_header = item is instance.meta
    little_endian = not instance.big_endian or in_header
    implicit = not instance.explicit and not in_header
    if terms := _terms(item.raw(_SPECIFIC_CHARACTER_SET)):
        encodings = convert_encodings(list(terms))
    ds.set_original_encoding(implicit, little_endian, encodings)
    for number, (vr, _, length, items) in item.elements.items():
        if is_pixel_data(number):
            continue
        tag = Tag(number)
        if items is None:
            raw = item.raw(number) or b""
            known = None if implicit else vr
            ds[tag] = RawDataElement(tag, known, len(raw), raw, 0, implicit, little_endian)
            continue
        nested = []
        for each in items:
            nested.append(Dataset())
            _fill_pydicom(nested[-1], each, encodings)
        ds[tag] = DataElement(tag, "SQ", Items(nested), is_undefined_length=length == UNDEFINED_LENGTH)

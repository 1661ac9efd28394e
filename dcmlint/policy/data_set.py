"""Data Sets as examples write them, by keyword, to Instances as rules see them.

    PatientID: "4711"
    PatientName: null                           # zero length
    ImageType: [ORIGINAL, PRIMARY]
    RequestAttributesSequence: [{RequestedProcedureID: P1}]
    (0029,xx10,ACME 1.1): on                    # a private Attribute and its Private Creator
    $file: ct/4711.dcm                          # where the file is said to be

All of it is turned into the bytes of a file and read again, so that an example is decoded like any file.
"""

from __future__ import annotations

import datetime
import struct
from typing import Any

from dcmlint.errors import UsageError
from dcmlint.model import Raw
from dcmlint.policy.designator import Designator, designator
from dcmlint.policy.document import Document
from dcmlint.policy.syntax import ExpressionError
from dcmlint.read.encode import EXPLICIT_LE, encode_value, part10
from dcmlint.read.item import Instance
from dcmlint.read.opener import read_instance
from dcmlint.read.vr import ambiguous_vr
from dcmlint.standard.dictionary import entry, keyword_of

__all__ = ["FILE_KEY", "Place", "example_instance"]

Place = tuple[str | int, ...]

FILE_KEY = "$file"
"""The key of an example that gives the path of its file."""

_SPECIFIC_CHARACTER_SET = "00080005"
_IN_META = {"SOPClassUID": "00080016", "SOPInstanceUID": "00080018"}
_FIRST_BLOCK = 0x10


def example_instance(document: Document, place: Place, content: Any) -> Instance:
    """Return the Instance that an example describes; `place` is where its content is in the document.

    Raises UsageError, naming file and line, for what cannot be encoded.
    """
    writer = _Writer(document)
    file = writer.file(content, place)
    attributes = writer.item({key: content[key] for key in content if key != FILE_KEY}, place)
    if writer.beyond_ascii and not attributes.get(_SPECIFIC_CHARACTER_SET):
        message = "characters other than ASCII need a Specific Character Set"
        raise writer.error(writer.beyond_ascii, message, "Add: SpecificCharacterSet: ISO_IR 192")
    meta = {keyword_of(int(tag, 16)): attributes.pop(tag) for tag in list(attributes) if tag[:4] == "0002"}
    syntax = meta.pop("TransferSyntaxUID", None) or EXPLICIT_LE
    own = {f"MediaStorage{name}": attributes.get(tag) or "" for name, tag in _IN_META.items()}
    try:
        instance = read_instance(part10(attributes, syntax=syntax, meta={**own, **meta}))
    except struct.error as error:
        raise writer.error(place, "a value of the example does not fit its VR") from error
    instance.file = file
    return instance


class _Writer:
    """Turns examples into what `read/encode.py` takes. `beyond_ascii` is the first place with such text."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.beyond_ascii: Place = ()

    def error(self, place: Place, message: str, hint: str = "") -> UsageError:
        return UsageError(f"{self.document.file}, line {self.document.line(place)}: {message}", hint)

    def item(self, content: Any, place: Place) -> dict[str, Any]:
        """Return the Data Elements of a Data Set or Item by tag in hex digits."""
        if not isinstance(content, dict):
            raise self.error(place, "an Item is Attributes with values, such as {CodeValue: A1}")
        found: dict[str, Any] = {}
        blocks: dict[tuple[int, str], int] = {}
        for key, value in content.items():
            where = (*place, key)
            name = self.name(key, where)
            tag = name.tag if not name.creator else self.private(name, found, blocks)
            found[f"{tag:08x}"] = self.value(tag, value, where)
        return found

    def file(self, content: Any, place: Place) -> str:
        """Return the path that an example says it has."""
        if not isinstance(content, dict):
            raise self.error(place, "an example is Attributes with values, such as {PatientID: A1}")
        file = content.get(FILE_KEY, "")
        if not isinstance(file, str):
            raise self.error((*place, FILE_KEY), f"{FILE_KEY} is the path of a file")
        return file

    def name(self, key: str, place: Place) -> Designator:
        try:
            found = designator(key)
        except ExpressionError as error:
            raise self.error(place, str(error)) from error
        if found.sequences:
            raise self.error(
                place,
                f"{key}: an example writes Items as they are nested",
                f"Write: {key.replace('.', ': [{', 1)}: ...}}]",
            )
        return found

    def private(self, name: Designator, found: dict[str, Any], blocks: dict[tuple[int, str], int]) -> int:
        """Return the tag of a private Attribute; the Private Creator of its block is added to the others."""
        group = name.tag >> 16
        taken = sum(each == group for each, _ in blocks)
        block = blocks.setdefault((group, name.creator), _FIRST_BLOCK + taken)
        found[f"{group << 16 | block:08x}"] = Raw("LO", encode_value("LO", name.creator))
        return group << 16 | block << 8 | name.tag & 0xFF

    def value(self, tag: int, value: Any, place: Place) -> Any:
        """Return a value that can be encoded."""
        row = entry(tag)
        listed = value if isinstance(value, list) else [] if value is None else [value]
        if (row is not None and row.vr == "SQ") or (row is None and _are_items(listed)):
            return [self.item(each, _inside(place, value, number)) for number, each in enumerate(listed)]
        if any(isinstance(each, (dict, list)) for each in listed):
            raise self.error(place, f"{place[-1]} is no Sequence: it takes values, not Items")
        vr = _private_vr(listed) if row is None else _vr(row.vr, listed)
        try:
            values = [self.one(vr, each, place) for each in listed]
            encoded = encode_value(vr, values)
        except (struct.error, TypeError, OverflowError, ExpressionError) as error:
            raise self.error(place, f"{place[-1]} has VR {vr}, which cannot hold this value") from error
        if row is None:
            return Raw(vr, encoded)
        return values[0] if len(values) == 1 else values or None

    def one(self, vr: str, value: Any, place: Place) -> Any:
        if isinstance(value, bool):
            raise self.error(place, f"{place[-1]} takes no true or false", "Put the word in quotes.")
        if vr == "UI" and isinstance(value, float):
            raise self.error(
                place, f"{place[-1]} is a UID, and this is read as a number", "Put it in quotes."
            )
        if isinstance(value, datetime.date):
            return value.strftime("%Y%m%d" if vr in ("DA", "DT") else "%Y-%m-%d")
        if value is None:
            return ""
        if vr == "AT":
            return designator(str(value)).tag
        if isinstance(value, str) and not value.isascii():
            self.beyond_ascii = self.beyond_ascii or place
        return value


def _inside(place: Place, value: Any, number: int) -> Place:
    return (*place, number) if isinstance(value, list) else place


def _are_items(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(each, dict) for each in values)


def _vr(vr: str, values: list[Any]) -> str:
    """Return the VR of PS3.6, and what fits the values where that leaves a choice."""
    negative = any(isinstance(each, int) and each < 0 for each in values)
    return "SS" if negative and "SS" in vr else ambiguous_vr(vr)


def _private_vr(values: list[Any]) -> str:
    """Return the VR of a private Attribute that has these values."""
    if not values or not all(isinstance(each, (int, float)) for each in values):
        return "LO"
    return "IS" if all(isinstance(each, int) for each in values) else "DS"

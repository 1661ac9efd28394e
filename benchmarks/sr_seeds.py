"""The kinds of defects that are put into Structured Reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from dcmlint.sr.rows import Row, value_terms

__all__ = ["KINDS", "Place", "Seed"]

_MISSING = ("sr/template-missing-row",)
_VALUE = ("sr/missing-value", "sr/empty-value", "module/missing-type-1c", "module/empty-type-1c")
_CODE = ("module/missing-type-1", "module/missing-type-1c", "module/empty-type-1", "module/empty-type-1c")
_RETIRED = (
    "sr/coding-scheme-retired",
    "code/scheme-retired",
    "code/retired-scheme",
    "code/coding-scheme-retired",
)


class Place(NamedTuple):
    """A Content Item of the unchanged document, the rows that it fills, and those of its parent."""

    position: str
    rows: tuple[Row, ...]
    around: tuple[Row, ...]

    @property
    def parent(self) -> str:
        """The position of the Content Item around it."""
        return self.position.rpartition(".")[0]

    @property
    def number(self) -> int:
        """Its place among its siblings."""
        return int(self.position.rpartition(".")[2])


class Seed(NamedTuple):
    """One kind: the rules that may report it, and what puts it in.

    `put(dataset, place)` changes the Data Set and returns the position that must be reported, or returns
    None if the defect does not apply there.
    """

    rules: tuple[str, ...]
    put: Callable[[Any, Place], str | None]


def at(dataset: Any, position: str) -> Any:
    """Return the Item of the Content Item at a position."""
    item = dataset
    for number in position.split(".")[1:]:
        item = item.ContentSequence[int(number) - 1]
    return item


def code(value: str, scheme: str, meaning: str) -> Any:
    """Return a Sequence with one code."""
    from pydicom import Dataset, Sequence

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Sequence([item])


def _siblings(dataset: Any, place: Place) -> Any:
    return at(dataset, place.parent).ContentSequence


def _alone(dataset: Any, place: Place) -> bool:
    """Tell whether no sibling has the same concept."""
    mine = _concept(at(dataset, place.position))
    return mine is not None and sum(_concept(each) == mine for each in _siblings(dataset, place)) == 1


def _concept(item: Any) -> tuple[str, str] | None:
    names = item.get("ConceptNameCodeSequence")
    return (names[0].get("CodeValue", ""), names[0].get("CodingSchemeDesignator", "")) if names else None


def _sure(place: Place) -> Row | None:
    """Return the row of a place if it is mandatory by itself, not by an INCLUDE, and not the root."""
    if len(place.rows) != 1 or "." not in place.position:
        return None
    row = place.rows[0]
    if all(row not in around.children for around in place.around):
        return None
    return row if row.requirement == "M" and row.edition >= 2022 and "code" in row.concept else None


def row_removed(dataset: Any, place: Place) -> str | None:
    if _sure(place) is None or not _alone(dataset, place):
        return None
    siblings = _siblings(dataset, place)
    if len(siblings) < 2:
        return None
    del siblings[place.number - 1]
    return place.parent


def deep_row_removed(dataset: Any, place: Place) -> str | None:
    return row_removed(dataset, place) if place.position.count(".") >= 3 else None


def row_moved(dataset: Any, place: Place) -> str | None:
    if place.position.count(".") < 2:
        return None
    item = at(dataset, place.position)
    if row_removed(dataset, place) is None:
        return None
    dataset.ContentSequence.append(item)
    return place.parent


def concept_changed(dataset: Any, place: Place) -> str | None:
    if _sure(place) is None or not _alone(dataset, place):
        return None
    at(dataset, place.position).ConceptNameCodeSequence = code("121071", "DCM", "Finding")
    return place.parent


def doubled(dataset: Any, place: Place) -> str | None:
    import copy

    if len(place.rows) != 1 or "." not in place.position or not _alone(dataset, place):
        return None
    row = place.rows[0]
    repeated = row.most != 1 or "code" not in row.concept or not row.firm
    if repeated or row.tid not in ("10001", "10011", "10013", "10003", "1500"):
        return None
    if place.position.count(".") != 1 and row.tid in ("10001", "10011"):
        return None
    siblings = _siblings(dataset, place)
    siblings.insert(place.number, copy.deepcopy(siblings[place.number - 1]))
    return f"{place.parent}.{place.number + 1}"


def _if_named(change: Callable[[Any, Place, Row], bool]) -> Callable[[Any, Place], str | None]:
    """Return a defect of a Content Item whose row names its concept, reported where it is."""

    def put(dataset: Any, place: Place) -> str | None:
        if len(place.rows) != 1 or "." not in place.position or "code" not in place.rows[0].concept:
            return None
        row = place.rows[0]
        if row.edition < 2022 or not change(at(dataset, place.position), place, row):
            return None
        return place.position

    return put


def _wrong_relationship(item: Any, place: Place, row: Row) -> bool:
    if "RelationshipType" not in item or not row.relationship:
        return False
    item.RelationshipType = "HAS PROPERTIES" if row.relationship != "HAS PROPERTIES" else "CONTAINS"
    return True


def _wrong_value_type(item: Any, place: Place, row: Row) -> bool:
    if item.ValueType not in ("UIDREF", "DATETIME", "NUM"):
        return False
    item.ValueType, item.TextValue = "TEXT", "1"
    return True


def _code_as_text(item: Any, place: Place, row: Row) -> bool:
    if item.ValueType != "CODE" or row.values.get("k") == "":
        return False
    item.ValueType, item.TextValue = "TEXT", "1"
    return True


def _units(value: str, scheme: str) -> Callable[[Any, Place, Row], bool]:
    def change(item: Any, place: Place, row: Row) -> bool:
        measured = item.get("MeasuredValueSequence")
        if item.ValueType != "NUM" or not measured or "units" not in row.values:
            return False
        known = row.values["units"][0][0]
        item.MeasuredValueSequence[0].MeasurementUnitsCodeSequence = code(value or known, scheme, "unit")
        return True

    return change


def _closed_value(item: Any, place: Place, row: Row) -> bool:
    terms = value_terms(row, ())
    if item.ValueType != "CODE" or terms is None or not terms.groups or not terms.closed:
        return False
    item.ConceptCodeSequence = code("121071", "DCM", "Finding")
    return True


def _exact_value(item: Any, place: Place, row: Row) -> bool:
    terms = value_terms(row, ())
    if item.ValueType != "CODE" or terms is None or terms.groups or terms.kind != "E":
        return False
    item.ConceptCodeSequence = code("121071", "DCM", "Finding")
    return True


def _defined_value(item: Any, place: Place, row: Row) -> bool:
    terms = value_terms(row, ())
    if item.ValueType != "CODE" or terms is None or terms.kind != "D" or not terms.groups or terms.closed:
        return False
    if item.get("ConceptCodeSequence") is None or not _in_terms(item, terms):
        return False
    item.ConceptCodeSequence = code("121071", "DCM", "Finding")
    return True


def _in_terms(item: Any, terms: Any) -> bool:
    from dcmlint.standard.templates import current

    value = item.ConceptCodeSequence[0]
    return bool(terms.has(current(value.get("CodeValue", ""), value.get("CodingSchemeDesignator", ""))))


def _on(value_type: str, change: Callable[[Any], None]) -> Callable[[Any, Place], str | None]:
    """Return a defect of any Content Item of a value type ("": of any) but the root."""

    def put(dataset: Any, place: Place) -> str | None:
        if "." not in place.position:
            return None
        item = at(dataset, place.position)
        if "ReferencedContentItemIdentifier" in item or value_type not in ("", item.get("ValueType")):
            return None
        if value_type in ("NUM", "CODE") and not _has_value(item):
            return None
        change(item)
        return place.position

    return put


def _has_value(item: Any) -> bool:
    return bool(item.get("MeasuredValueSequence") or item.get("ConceptCodeSequence"))


def _deleting(keyword: str) -> Callable[[Any], None]:
    def change(item: Any) -> None:
        if keyword in item:
            delattr(item, keyword)

    return change


def _setting(keyword: str, value: Any) -> Callable[[Any], None]:
    return lambda item: setattr(item, keyword, value)


def _raw(keyword: str, vr: str, value: bytes) -> Callable[[Any], None]:
    """Return a change that writes bytes that pydicom would not."""

    def change(item: Any) -> None:
        from pydicom.datadict import tag_for_keyword
        from pydicom.dataelem import RawDataElement
        from pydicom.tag import Tag

        tag = Tag(tag_for_keyword(keyword) or 0)
        item._dict[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)

    return change


def _numeric_value(value: bytes) -> Callable[[Any], None]:
    return lambda item: _raw("NumericValue", "DS", value)(item.MeasuredValueSequence[0])


def _concept_part(keyword: str) -> Callable[[Any], None]:
    def change(item: Any) -> None:
        delattr(item.ConceptNameCodeSequence[0], keyword)

    return change


def _value_part(keyword: str) -> Callable[[Any], None]:
    def change(item: Any) -> None:
        _deleting(keyword)(item.ConceptCodeSequence[0])

    return change


def _root(change: Callable[[Any], bool]) -> Callable[[Any, Place], str | None]:
    def put(dataset: Any, place: Place) -> str | None:
        return "1" if place.position == "1" and change(dataset) else None

    return put


def _other_template(tid: str) -> Callable[[Any], bool]:
    def change(dataset: Any) -> bool:
        named = dataset.ContentTemplateSequence[0]
        if named.TemplateIdentifier == tid:
            return False
        named.TemplateIdentifier = tid
        return True

    return change


def _other_title(dataset: Any) -> bool:
    if dataset.ContentTemplateSequence[0].TemplateIdentifier == "1500":
        return False  # any title may be in its context group, which is extensible
    dataset.ConceptNameCodeSequence = code("121071", "DCM", "Finding")
    return True


def _dangling(*identifier: int) -> Callable[[Any, Place], str | None]:
    def put(dataset: Any, place: Place) -> str | None:
        from pydicom import Dataset

        if place.position != "1":
            return None
        pointer = Dataset()
        pointer.RelationshipType = "INFERRED FROM"
        pointer.ReferencedContentItemIdentifier = list(identifier)
        dataset.ContentSequence.append(pointer)
        return f"1.{len(dataset.ContentSequence)}"

    return put


def unlisted(dataset: Any, place: Place) -> str | None:
    item = at(dataset, place.position)
    if item.get("ValueType") != "IMAGE" or not item.get("ReferencedSOPSequence"):
        return None
    item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID = "2.25.4711"
    return place.position


def misplaced_algorithm(dataset: Any, place: Place) -> str | None:
    """Put Algorithm Version before Algorithm Name into a Measurement Group (TID 4019)."""
    from pydicom import Dataset

    if not place.rows or place.rows[0].tid not in ("1410", "1411", "1501") or place.rows[0].number != "1":
        return None
    group = at(dataset, place.position)
    for value, meaning in (("111003", "Algorithm Version"), ("111001", "Algorithm Name")):
        item = Dataset()
        item.RelationshipType, item.ValueType, item.TextValue = "HAS CONCEPT MOD", "TEXT", "1"
        item.ConceptNameCodeSequence = code(value, "DCM", meaning)
        group.ContentSequence.append(item)
    return f"{place.position}.{len(group.ContentSequence)}"


def end_angle(dataset: Any, place: Place) -> str | None:
    """Put an end angle into an event that does not rotate (TID 10003C row 4)."""
    from pydicom import Dataset, Sequence

    if not place.rows or (place.rows[0].tid, place.rows[0].number) != ("10003", "1"):
        return None
    event = at(dataset, place.position)
    if any(_concept(each) == ("113739", "DCM") for each in event.ContentSequence):
        return None
    item, measured = Dataset(), Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", "NUM"
    item.ConceptNameCodeSequence = code("113739", "DCM", "Positioner Primary End Angle")
    measured.NumericValue, measured.MeasurementUnitsCodeSequence = "1", code("deg", "UCUM", "deg")
    item.MeasuredValueSequence = Sequence([measured])
    event.ContentSequence.append(item)
    return f"{place.position}.{len(event.ContentSequence)}"


def retired_scheme(dataset: Any, place: Place) -> str | None:
    item = at(dataset, place.position)
    if item.get("ValueType") != "CODE" or not item.get("ConceptCodeSequence"):
        return None
    if item.ConceptCodeSequence[0].get("CodingSchemeDesignator") in ("SRT", "SNM3", "99SDM"):
        return None
    item.ConceptCodeSequence = code("T-04000", "SRT", "Breast")
    return place.position


KINDS: Mapping[str, Seed] = {
    "mandatory row removed": Seed(_MISSING, row_removed),
    "mandatory row removed deep in the tree": Seed(_MISSING, deep_row_removed),
    "mandatory row moved to the root": Seed(_MISSING, row_moved),
    "mandatory row with another concept": Seed(_MISSING, concept_changed),
    "single row doubled": Seed(("sr/template-multiplicity",), doubled),
    "relationship of another row": Seed(
        ("sr/template-relationship", "sr/relationship-not-permitted"), _if_named(_wrong_relationship)
    ),
    "TEXT for UIDREF, DATETIME or NUM": Seed(("sr/template-value-type",), _if_named(_wrong_value_type)),
    "TEXT for CODE": Seed(("sr/template-value-type",), _if_named(_code_as_text)),
    "units of another quantity": Seed(("sr/template-value-set",), _if_named(_units("m", "UCUM"))),
    "units that are no UCUM": Seed(("sr/template-value-set",), _if_named(_units("furlong", "UCUM"))),
    "units with a wrong scheme": Seed(("sr/template-value-set",), _if_named(_units("", "UCM"))),
    "code outside a closed context group": Seed(("sr/template-value-set",), _if_named(_closed_value)),
    "another code than the only one": Seed(("sr/template-value-set",), _if_named(_exact_value)),
    "code outside a defined context group": Seed(("sr/template-value-set",), _if_named(_defined_value)),
    "retired coding scheme": Seed(_RETIRED, retired_scheme),
    "wrong order where it is significant": Seed(("sr/template-order",), misplaced_algorithm),
    "end angle without rotation": Seed(("sr/template-condition",), end_angle),
    "template of another document": Seed(_MISSING, _root(_other_template("2010"))),
    "template that does not exist": Seed(("sr/template-unknown",), _root(_other_template("999999"))),
    "title of another document": Seed(_MISSING, _root(_other_title)),
    "image that no evidence lists": Seed(("sr/evidence-not-listed",), unlisted),
    "reference to no Content Item": Seed(("sr/by-reference",), _dangling(1, 999)),
    "reference to itself": Seed(("sr/by-reference",), _dangling(1)),
    "NUM without Measured Value Sequence": Seed(
        (*_VALUE, "module/missing-type-2"), _on("NUM", _deleting("MeasuredValueSequence"))
    ),
    "NUM that is no number": Seed(("value/invalid-ds",), _on("NUM", _numeric_value(b"many"))),
    "CODE without a code": Seed(_VALUE, _on("CODE", _deleting("ConceptCodeSequence"))),
    "TEXT without a text": Seed(_VALUE, _on("TEXT", _deleting("TextValue"))),
    "TEXT with an empty text": Seed(_VALUE, _on("TEXT", _setting("TextValue", ""))),
    "UIDREF without a UID": Seed(_VALUE, _on("UIDREF", _deleting("UID"))),
    "UIDREF that is no UID": Seed(
        ("uid/malformed", "value/invalid-ui"), _on("UIDREF", _raw("UID", "UI", b"1.2.x\0"))
    ),
    "DATETIME that is none": Seed(
        ("value/invalid-dt",), _on("DATETIME", _raw("DateTime", "DT", b"yesterday "))
    ),
    "IMAGE without a reference": Seed(
        (*_VALUE, "module/missing-type-1"), _on("IMAGE", _deleting("ReferencedSOPSequence"))
    ),
    "CONTAINER without continuity": Seed(
        (*_VALUE, "module/missing-type-1"), _on("CONTAINER", _deleting("ContinuityOfContent"))
    ),
    "no Concept Name": Seed(("sr/missing-concept-name",), _on("CODE", _deleting("ConceptNameCodeSequence"))),
    "Concept Name without meaning": Seed(_CODE, _on("CODE", _concept_part("CodeMeaning"))),
    "Concept Name without scheme": Seed(
        (*_CODE, "sr/code-incomplete", "code/incomplete"),
        _on("CODE", _concept_part("CodingSchemeDesignator")),
    ),
    "value without meaning": Seed(
        (*_CODE, "sr/code-incomplete", "code/incomplete"), _on("CODE", _value_part("CodeMeaning"))
    ),
    "no relationship": Seed(("sr/relationship",), _on("", _deleting("RelationshipType"))),
    "relationship that does not exist": Seed(
        ("sr/relationship",), _on("TEXT", _setting("RelationshipType", "HAS FRIENDS"))
    ),
    "no value type": Seed(("sr/value-type",), _on("", _deleting("ValueType"))),
    "value type that does not exist": Seed(("sr/value-type",), _on("NUM", _setting("ValueType", "NUMBER"))),
}
"""Name of a kind to what it is."""

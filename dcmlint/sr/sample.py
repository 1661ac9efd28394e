"""Small documents for the cases of rules: a tree of Content Items as nested keywords."""

from __future__ import annotations

from typing import Any

__all__ = [
    "code",
    "container",
    "content",
    "described",
    "document",
    "image",
    "key_objects",
    "number",
    "pointer",
]

Attributes = dict[str, Any]


def code(value: str = "121071", scheme: str = "DCM", meaning: str = "Finding") -> Attributes:
    """Return an Item of a Code Sequence."""
    return {"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning}


def content(value_type: Any, relationship: Any = "CONTAINS", **attributes: Any) -> Attributes:
    """Return a Content Item with a Concept Name; an Attribute that is ... is left out."""
    made = {
        "RelationshipType": relationship,
        "ValueType": value_type,
        "ConceptNameCodeSequence": [code()],
        **attributes,
    }
    return {keyword: value for keyword, value in made.items() if value is not ...}


def container(*children: Attributes, **attributes: Any) -> Attributes:
    """Return a CONTAINER with what it contains."""
    nested = {"ContentSequence": list(children)} if children else {}
    return content("CONTAINER", **{"ContinuityOfContent": "SEPARATE", **nested, **attributes})


def document(*children: Attributes, **attributes: Any) -> Attributes:
    """Return the Data Set of a document, without the Modules around its content.

    There is no SOP Class UID unless it is given.
    """
    return container(*children, **{"RelationshipType": ..., **attributes})


def key_objects(*children: Attributes) -> Attributes:
    """Return a Key Object Selection Document (TID 2010) of interest."""
    title = [code("113000", "DCM", "Of Interest")]
    return document(*children, SOPClassUID="1.2.840.10008.5.1.4.1.1.88.59", ConceptNameCodeSequence=title)


def described(value_type: str = "TEXT", relationship: str = "CONTAINS") -> Attributes:
    """Return the Key Object Description of such a document."""
    concept = [code("113012", "DCM", "Key Object Description")]
    return content(value_type, relationship, ConceptNameCodeSequence=concept)


def number(value: Any = "1", **attributes: Any) -> Attributes:
    """Return a NUM in millimetres."""
    measured = {"NumericValue": value, "MeasurementUnitsCodeSequence": [code("mm", "UCUM", "mm")]}
    return content("NUM", **{"MeasuredValueSequence": [measured], **attributes})


def image(uid: str = "2.25.11", relationship: str = "CONTAINS", **reference: Any) -> Attributes:
    """Return an IMAGE that refers to a CT image; `reference` goes into the reference."""
    item = {
        "ReferencedSOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
        "ReferencedSOPInstanceUID": uid,
        **reference,
    }
    return content("IMAGE", relationship, ReferencedSOPSequence=[item])


def pointer(*identifier: int, relationship: str = "INFERRED FROM") -> Attributes:
    """Return a relationship by reference."""
    return {"RelationshipType": relationship, "ReferencedContentItemIdentifier": list(identifier)}

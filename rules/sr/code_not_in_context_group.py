"""A code is not in the context group that PS3.3 asks for, or that its Item names.

## What it does
Compares codes with context groups of PS3.16 that nobody may extend where PS3.3 asks for one: View Code
Sequence of mammography with CID 4014, and its View Modifier Code Sequence with CID 4015 (warning). A code
whose Item names a context group itself, by Context Identifier and without Context Group Extension Flag Y, is
compared with that one, unless it is of SNOMED RT (note: the group may have had other members in its version).
Groups that may be extended or replaced (Baseline) say nothing about other codes.

## Why this matters
Hanging protocols lay out a mammogram by the codes of its views. With a code that is not in the list, the
image is put in no place.

## Example
View Code Sequence of a Digital Mammography X-Ray Image with the code for antero-posterior.

## Fix
Take a code of the group. If the group can be extended, set Context Group Extension Flag (0008,010B) to Y and
fill in what belongs to it, or leave Context Identifier out.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.coded import code_value, scheme_of, value_tag
from dcmlint.image import code
from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Rule, bad, good
from dcmlint.standard.codes import CONCEPTS_EDITION, snomed_ct
from dcmlint.standard.templates import context_group

_CONTEXT_IDENTIFIER = 0x0008010F
_EXTENSION_FLAG = 0x0008010B
_MAPPING_RESOURCE = 0x00080105
_VIEW = 0x00540220
_VIEW_MODIFIER = 0x00540222

_MAMMOGRAPHY = frozenset(
    f"1.2.840.10008.5.1.4.1.1.{number}" for number in ("1.2", "1.2.1", "13.1.3", "13.1.4", "13.1.5")
)
_SNOMED_RT = frozenset((b"SRT", b"SNM3", b"99SDM"))


def check(item: Item) -> Iterator[Found]:
    """Yield the codes of mammographic views outside their groups, and that of an Item that names a group."""
    if _VIEW in item.elements and item.instance.sop_class_uid in _MAMMOGRAPHY:
        for view in item.items(_VIEW) or ():
            yield from _outside(view, "4014")
            for modifier in view.items(_VIEW_MODIFIER) or ():
                yield from _outside(modifier, "4015")
    if _CONTEXT_IDENTIFIER in item.elements:
        yield from _named(item)


def _outside(item: Item, cid: str) -> Iterator[Found]:
    if not _is_member(item, cid):
        yield Found(
            value_tag(item), {"group": f"CID {cid} of {CONCEPTS_EDITION}, which is not extensible"}, item
        )


def _named(item: Item) -> Iterator[Found]:
    cid = code(item, _CONTEXT_IDENTIFIER)
    if cid is None or code(item, _EXTENSION_FLAG) == "Y" or scheme_of(item) in _SNOMED_RT:
        return
    if (code(item, _MAPPING_RESOURCE) or "DCMR") == "DCMR" and not _is_member(item, cid):
        group = f"CID {cid} of {CONCEPTS_EDITION}, which ContextIdentifier names"
        yield Found(value_tag(item), {"group": group}, severity="note")


def _is_member(item: Item, cid: str) -> bool:
    """Tell whether a code is in a context group; also if the group, the code or its scheme is not known."""
    group = context_group(cid)
    value, scheme = code_value(item), scheme_of(item)
    if group is None or not group.members or not value or not scheme:
        return True
    if scheme in _SNOMED_RT:
        current = snomed_ct(value.decode("latin-1"))
        return not current or (current, "SCT") in group.members
    return (value.decode("latin-1"), scheme.decode("latin-1")) in group.members


def _view(value: str, scheme: str, *, modifier: str = "399055006") -> dict[str, object]:
    return {
        "CodeValue": value,
        "CodingSchemeDesignator": scheme,
        "CodeMeaning": "view",
        "ViewModifierCodeSequence": [
            {"CodeValue": modifier, "CodingSchemeDesignator": "SCT", "CodeMeaning": "modifier"}
        ],
    }


def _named_group(value: str, cid: str, **attributes: str) -> list[dict[str, str]]:
    given = {"CodeValue": value, "CodingSchemeDesignator": "DCM", "CodeMeaning": "CT"}
    return [{**given, "MappingResource": "DCMR", "ContextIdentifier": cid, **attributes}]


_MG = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.2"}

RULE = Rule(
    severity="warning",
    scope="item",
    citation="PS3.3 Sections 8.5, 8.6, 8.7 and C.8.11.7",
    message="{attribute} is not one of {group}",
    selects=("ViewCodeSequence", "ContextIdentifier"),
    check=check,
    cases=(
        good(_MG, ViewCodeSequence=[_view("399162004", "SCT")]),
        good(_MG, ViewCodeSequence=[_view("R-10242", "SRT")]),
        good(_MG, ViewCodeSequence=[_view("R-XXXXX", "SRT")]),
        good(_MG, ViewCodeSequence=[{"CodeMeaning": "view"}]),
        good(ViewCodeSequence=[_view("399348003", "SCT")]),
        good(ProcedureCodeSequence=_named_group("CT", "29")),
        good(ProcedureCodeSequence=_named_group("KO", "29", ContextGroupExtensionFlag="Y")),
        good(ProcedureCodeSequence=_named_group("KO", "29", MappingResource="99ACME")),
        good(ProcedureCodeSequence=_named_group("KO", "99999")),
        good(ProcedureCodeSequence=_named_group("T-D4000", "29", CodingSchemeDesignator="SRT")),
        bad("ViewCodeSequence[1].CodeValue", _MG, ViewCodeSequence=[_view("399348003", "SCT")]),
        bad("ViewCodeSequence[1].CodeValue", _MG, ViewCodeSequence=[_view("1", "99ACME")]),
        bad("ViewCodeSequence[1].CodeValue", _MG, ViewCodeSequence=[_view("R-10206", "SNM3")]),
        bad(
            "ViewCodeSequence[1].ViewModifierCodeSequence[1].CodeValue",
            _MG,
            ViewCodeSequence=[_view("399162004", "SCT", modifier="399162004")],
        ),
        bad("ProcedureCodeSequence[1].CodeValue", ProcedureCodeSequence=_named_group("KO", "29")),
    ),
)

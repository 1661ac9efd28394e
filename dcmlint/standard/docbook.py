"""PS3.3 and PS3.6 in DocBook, converted to the row format of the tables' source.

dicom-validator's reader finds the tables, expands the includes, and parses conditions and Enumerated
Values; what it leaves out (numbers of Items, Defined Terms, Information Entities, keywords) is read
here from the same cells. No sentence is kept. Imported by `dcmlint.standard.fetch` only, since
dicom-validator brings pydicom, lxml and pyparsing along.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dicom_validator.spec_reader.condition import Condition
from dicom_validator.spec_reader.enum_parser import EnumParser
from dicom_validator.spec_reader.part3_reader import Part3Reader
from dicom_validator.spec_reader.part4_reader import Part4Reader
from dicom_validator.spec_reader.part6_reader import Part6Reader

__all__ = ["DictionaryRow", "EditionFacts", "read_edition"]

Row = dict[str, Any]

_TYPE = re.compile(r"(1C|2C|1|2|3)(?![0-9A-Z])")
_ITEMS = (
    (re.compile(r"only a single items? shall be included", re.I), "1"),
    (re.compile(r"only a single items? (?:is|may be) (?:permitted|included|present)", re.I), "0-1"),
    (re.compile(r"zero or one items? (?:shall|may) be included", re.I), "0-1"),
    (re.compile(r"one or more items? shall be included", re.I), "1-n"),
    (re.compile(r"one or more items? (?:are permitted|may be included)", re.I), "0-n"),
    (re.compile(r"zero or more items? (?:shall|may) be included", re.I), "0-n"),
    (re.compile(r"two or more items? shall be included", re.I), "2-n"),
)
_MODULE_OF_FUNCTIONAL_GROUPS = "C.7.6.16"
_ONLY = {"MF": "perframe", "UF": "perframe", "MS": "shared", "US": "shared"}


class DictionaryRow(NamedTuple):
    """One Data Element of PS3.6 chapter 6; `tag` is "ggggeeee" with "x" for repeating digits."""

    tag: str
    vr: str
    vm: str
    keyword: str
    retired: bool


class EditionFacts(NamedTuple):
    """One edition: `iods`, `modules` and `macros` are blocks of the tables' source, `sop_classes`
    gives (name, IOD key or "") by SOP Class UID."""

    iods: dict[str, Any]
    modules: dict[str, Any]
    macros: dict[str, Any]
    dictionary: list[DictionaryRow]
    sop_classes: dict[str, tuple[str, str]]


def read_edition(docbook: Path, edition: str, iod_keys: Mapping[str, str]) -> EditionFacts:
    """Return the facts of the edition whose part03.xml, part04.xml and part06.xml are in `docbook`.

    `iod_keys` gives the IOD key of the SOP Classes that are known already, so that keys stay.
    """
    part6 = _Part6(docbook)
    rows = part6.dictionary()
    names = _attribute_names() | part6.data_elements()
    part3 = _Part3(docbook, names)
    chapters: dict[str, list[str]] = Part4Reader(docbook).iod_chapters()
    keywords = _keywords() | {row.tag: row.keyword for row in rows}
    converter = _Converter(part3, keywords)
    keys = {
        chapter: next((iod_keys[uid] for uid in uids if iod_keys.get(uid)), "")
        for chapter, uids in chapters.items()
    }
    iods = converter.iods(keys)
    registered: dict[str, str] = part6.sop_class_uids()
    by_uid = {uid: keys.get(chapter, "") for chapter, uids in chapters.items() for uid in uids}
    return EditionFacts(
        {"edition": edition, "iods": iods},
        {"edition": edition, "modules": converter.modules},
        {"edition": edition, "fg": converter.groups, "lists": converter.lists},
        rows,
        {uid: (name, by_uid.get(uid, "")) for uid, name in registered.items()},
    )


class _Part6(Part6Reader):  # type: ignore[misc]
    """PS3.6 with the keywords, which dicom-validator's reader has no use for."""

    def dictionary(self) -> list[DictionaryRow]:
        table = self._find(self.get_doc_root(), ['chapter[@label="6"]', "table", "tbody"])
        rows = []
        for node in self._findall(table, ["tr"]):
            cells = [self.cleaned_value(self._find_text(cell)) for cell in self._findall(node, ["td"])]
            if len(cells) == 6 and re.fullmatch(r"\([0-9A-Fa-fx]{4},[0-9A-Fa-fx]{4}\)", cells[0]):
                tag = cells[0][1:5] + cells[0][6:10]
                tag = "".join("x" if digit == "x" else digit.upper() for digit in tag)
                if cells[2] and re.fullmatch(r"[A-Z]{2}( or [A-Z]{2})*", cells[3]):
                    rows.append(DictionaryRow(tag, cells[3], cells[4], cells[2], "RET" in cells[5]))
        return rows


class _Tolerant(EnumParser):  # type: ignore[misc]
    """Enumerated Values; a list that cannot be read counts as none."""

    def parse(self, node: Any, vr: Any) -> list[Row]:
        try:
            found: list[Row] = super().parse(node, vr)
        except ValueError:
            return []
        return found


class _DefinedTerms(_Tolerant):
    """Defined Terms, listed in the same way as Enumerated Values under another title."""

    enum_with_value_regex = re.compile(r"Defined Terms for Value (\d):|Value (\d) Defined Terms:")
    enum_values_regex = re.compile(
        r"[Dd]efined [Tt]erms( (for|of) [A-Za-z0-9 ]+"
        r"(\([0-9A-Fa-f]{4},[0-9A-Fa-f]{4}\)))?( (if|when) ([^:]*))?:?$"
    )

    def parse_linked_variablelists(self, node: Any) -> list[Row]:
        return []


class _Part3(Part3Reader):  # type: ignore[misc]
    """PS3.3; each Attribute also gets `n`, `mbp`, `via` and its Defined Terms, each Module its `ie`."""

    def __init__(self, docbook: Path, names: Mapping[str, Any]) -> None:
        super().__init__(docbook, names)
        self._enum_parser = _Tolerant(self.find_section, self._condition_parser)
        self._terms_parser = _DefinedTerms(self.find_section, self._condition_parser)

    def _handle_regular_attribute(
        self, columns: list[Any], descriptions: list[Row], last_tag: str | None, name: str
    ) -> str | None:
        tag: str | None = super()._handle_regular_attribute(columns, descriptions, last_tag, name)
        entry = descriptions[-1].get(self._find_text(columns[1]))
        if entry is None:
            return tag
        text = self._find_all_text(columns[3])
        entry["n"] = number_of_items(text)
        entry["mbp"] = "may be present" in text.lower()
        own = (self._enum_parser.parse_variable_list(node) for node in self._lists(columns[3]))
        entry["via"] = not any(own)
        known = self._dict_info.get(self._find_text(columns[1]))
        if known:
            terms = self._terms_parser.parse(columns[3], known["vr"])
            entry["terms"] = [term for term in terms if term.get("tag", tag) == tag]
        return tag

    def _lists(self, cell: Any) -> list[Any]:
        return list(self._findall(cell, ["variablelist"]))

    def _collect_modules(self, section: Any, check_rowspan: bool) -> dict[str, Row]:
        modules: dict[str, Row] = super()._collect_modules(section, check_rowspan)
        if check_rowspan:
            left, entity = 0, ""
            for row in self._findall(section, ["table", "tbody", "tr"]):
                cells = self._findall(row, ["td"])
                if left == 0:
                    left, entity = int(cells[0].attrib.get("rowspan", 1)), self._find_text(cells[0])
                    cells = cells[1:]
                left -= 1
                if cells:
                    modules.get(self._find_text(cells[0]), {})["ie"] = entity
        return modules


class _Converter:
    """Fills `modules`, `groups` and `lists` while it converts IODs."""

    def __init__(self, part3: _Part3, keywords: Mapping[str, str]) -> None:
        self.part3 = part3
        self.keywords = keywords
        self.modules: dict[str, Row] = {}
        self.groups: dict[str, Row] = {}
        self.lists: dict[str, Row] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self._tables: dict[str, Row] = part3.module_descriptions()

    def iods(self, keys: dict[str, str]) -> dict[str, Row]:
        """Return the IODs by key; `keys` gives the keys of chapters and is completed."""
        iods = {}
        for chapter, iod in self.part3.iod_descriptions().items():
            name = re.sub(r" (IOD|Information Object(ion)? Definition)$", "", " ".join(iod["title"].split()))
            key = keys.get(chapter) or slug(name)
            keys[chapter] = key
            groups = [self._group(name, use) for name, use in iod["group_macros"].items() if "ref" in use]
            modules = [self._module(name, use) for name, use in iod["modules"].items() if "ref" in use]
            for use, ref in modules:
                if groups and ref == _MODULE_OF_FUNCTIONAL_GROUPS:
                    use["fg"] = 1
            iods[key] = {"name": name, "sect": chapter, "modules": [use for use, _ in modules]}
            if groups:
                iods[key]["fg"] = groups
        return iods

    def _module(self, name: str, use: Row) -> tuple[Row, str]:
        ref = use["ref"]
        key = self._key("module", name, ref)
        if key not in self.modules:
            self.modules[key] = {"name": name, "sect": ref, "rows": self._rows_of(ref)}
        converted = {"m": key, "ie": use.get("ie", ""), "u": _usage(use)}
        if converted["u"] == "C":
            converted |= _condition_of(use)
        return converted, ref

    def _group(self, name: str, use: Row) -> Row:
        key = self._key("group", name, use["ref"])
        if key not in self.groups:
            self.groups[key] = {"name": name, "sect": use["ref"], "rows": self._rows_of(use["ref"])}
        converted: Row = {"g": key, "u": _usage(use)}
        only = _ONLY.get(use["cond"].type) if "cond" in use else None
        if only:
            converted["only"] = only
        elif converted["u"] == "C":
            converted |= _condition_of(use)
        return converted

    def _key(self, kind: str, name: str, ref: str) -> str:
        """Return the name as a key; the section makes it unique where two Modules share a name."""
        key = slug(name)
        if self._keys.setdefault((kind, key), ref) != ref:
            key = f"{key}-{ref.lower()}"
        return key

    def _rows_of(self, ref: str) -> list[Row]:
        return self._rows(self._tables.get(ref) or {}, None, (ref,))

    def _rows(self, description: Row, invoked: Row | None, inside: tuple[str, ...]) -> list[Row]:
        """Return the rows of a description and of what it includes; the first of a tag counts.

        `invoked` is the condition under which they apply, `inside` the tables being expanded.
        """
        rows: dict[str, Row] = {}
        for tag, entry in description.items():
            if tag == "include" or not _TYPE.match(entry["type"]):
                continue
            rows[tag] = self._row(tag, entry) | ({"inc": invoked} if invoked else {})
        for include in description.get("include", ()):
            ref = include["ref"]
            if ref == "FuncGroup" or ref in inside:
                continue
            nested = self._tables.get(ref) or {}
            condition = _invocation(include["cond"]) if "cond" in include else {}
            joined = _joined(invoked, condition) if condition else invoked
            for row in self._rows(nested, joined, (*inside, ref)):
                rows.setdefault(row["tag"], row if condition is not None else _permitted(row))
        return list(rows.values())

    def _row(self, tag: str, entry: Row) -> Row:
        attribute_type = _TYPE.match(entry["type"])[1]  # type: ignore[index]
        keyword = self.keywords.get(tag[1:5] + tag[6:10], "")  # "60xx3000" for repeating groups
        row: Row = {"tag": tag.upper(), "kw": keyword, "type": attribute_type, "src": "R"}
        if "items" in entry:
            row["items"] = self._list(keyword or tag, entry["items"])
        if entry.get("n"):
            row["n"] = entry["n"]
        if "cond" in entry:
            row["pc"] = _expression(entry["cond"], typed=True)
        elif attribute_type.endswith("C"):
            row["pc"] = {"type": "U"}
        if entry.get("mbp"):
            row["mbp"] = 1
        values = [_values("E", values, via=entry["via"]) for values in entry.get("enums", ())]
        values += [_values("D", terms, via=False) for terms in entry.get("terms", ())]
        if values:
            row["enum"] = values
        return row

    def _list(self, parent: str, description: Row) -> str:
        """Return the key of an item list: that of the macro if it is one macro and nothing else.

        A list is entered before its rows are known: macros contain themselves.
        """
        includes = description.get("include", ())
        if len(description) == 1 and len(includes) == 1 and "cond" not in includes[0]:
            ref = includes[0]["ref"]
            key = f"table-{ref}"
            if ref != "FuncGroup" and key not in self.lists:
                self.lists[key] = {"rows": []}
                self.lists[key]["rows"] = self._rows_of(ref)
            return key if ref != "FuncGroup" else self._empty()
        plain = json.dumps(description, sort_keys=True, default=repr)
        key = f"{parent}.{hashlib.sha256(plain.encode()).hexdigest()[:8]}"
        if key not in self.lists:
            self.lists[key] = {"rows": []}
            self.lists[key]["rows"] = self._rows(description, None, ())
        return key

    def _empty(self) -> str:
        """Return the key of the list of Functional Groups Sequences: the IOD fills it."""
        self.lists.setdefault("functional-groups", {"rows": []})
        return "functional-groups"


def slug(name: str) -> str:
    """Return a name in lower case with hyphens: "Plane Position (Patient)" is plane-position-patient."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def number_of_items(text: str) -> str:
    """Return how many Items a description allows ("1", "0-1", "1-n" ...), "" if it does not say, says
    it twice, or makes an exception."""
    found = {number for pattern, number in _ITEMS if pattern.search(text)}
    exceptional = re.search(r"items? [^.]*(unless|in which case)", text, re.I)
    return found.pop() if len(found) == 1 and not exceptional else ""


def _usage(use: Row) -> str:
    text = use.get("use", "").strip()
    return text[0] if text[:1] in ("M", "C", "U") else "U"


def _condition_of(use: Row) -> Row:
    """Return the parsed condition of a use, and whether it may be present otherwise."""
    found: Row = {"pc": _expression(use["cond"], typed=True) if "cond" in use else {"type": "U"}}
    if "may be present" in use.get("use", "").lower():
        found["mbp"] = 1
    return found


def _values(kind: str, values: Row, *, via: bool) -> Row:
    converted: Row = {"k": kind, "v": [str(value).strip() for value in values["val"] if value is not None]}
    if values.get("index"):
        converted["i"] = values["index"]
    if "cond" in values:
        converted["p"] = _expression(values["cond"], typed=True)
    if via:
        converted["via"] = 1
    return converted


def _expression(condition: Condition, *, typed: bool = False) -> Row:
    """Return a parsed condition as plain data, `index` left out where it is 0."""
    plain: Row = {"type": str(condition.type.value)} if typed and condition.type else {}
    if condition.operator is not None:
        plain["op"] = str(condition.operator.value)
    if condition.tag is not None:
        plain["tag"] = condition.tag
        if condition.index:
            plain["index"] = condition.index
    if condition.values:
        plain["values"] = [str(value) for value in condition.values]
    for name, parts in (("and", condition.and_conditions), ("or", condition.or_conditions)):
        if parts:
            plain[name] = [_expression(part) for part in parts]
    if condition.other_condition is not None:
        plain["other_cond"] = _expression(condition.other_condition, typed=True)
    return plain


def _invocation(condition: Condition) -> Row | None:
    """Return the condition of an include, looked up in its own Item only; None if nobody parsed it."""
    plain = _expression(condition)
    if not plain.keys() & {"op", "and", "or"}:
        return None

    def own_item(test: Row) -> Row:
        for name in ("and", "or"):
            if name in test:
                return {name: [own_item(part) for part in test[name]]}
        return {**test, "scope": "item"}

    return own_item(plain)


def _joined(outer: Row | None, inner: Row | None) -> Row | None:
    return {"and": [outer, inner]} if outer and inner else inner or outer


def _permitted(row: Row) -> Row:
    """Return a row that asks for nothing, for a macro whose invocation nobody can evaluate."""
    return {key: row[key] for key in ("tag", "kw", "src", "items") if key in row} | {"type": "3"}


def _attribute_names() -> dict[str, Row]:
    """Return what the parsers need of each Data Element that pydicom knows."""
    from pydicom._dicom_dict import DicomDictionary

    return {
        f"({tag >> 16:04X},{tag & 0xFFFF:04X})": {"name": name, "vr": vr, "vm": vm, "prop": ""}
        for tag, (vr, vm, name, _, _) in DicomDictionary.items()
    }


def _keywords() -> dict[str, str]:
    from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary

    known = {f"{tag:08X}": keyword for tag, (_, _, _, _, keyword) in DicomDictionary.items()}
    return known | {mask: keyword for mask, (_, _, _, _, keyword) in RepeatersDictionary.items()}

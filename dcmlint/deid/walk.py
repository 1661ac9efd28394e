"""The edits that de-identify one Instance: profile and policy carried out on each Data Element."""

from __future__ import annotations

from typing import NamedTuple

from dcmlint.deid.content import CODE_TAGS, KNOWN_TO_TELL, Mode, cleaned_text, coded, concept_of, names_in
from dcmlint.deid.dates import shifted
from dcmlint.deid.decisions import Decision, Decisions
from dcmlint.deid.document import blank_document
from dcmlint.deid.dummy import dummy_value
from dcmlint.deid.leaves import Leaves
from dcmlint.deid.pseudonym import Pseudonyms
from dcmlint.deid.resolve import resolved, type_in
from dcmlint.errors import DcmlintError
from dcmlint.fix.edit import Edit, NewElement
from dcmlint.model import Location
from dcmlint.plan import Node
from dcmlint.read.item import Item
from dcmlint.read.vr import TEXT_VRS
from dcmlint.standard.dictionary import format_tag, implicit_vr, keyword_of

__all__ = ["NotSafeError", "Place", "Subject", "Walk"]

_PATIENT_ID = 0x00100020
_DOCUMENT, _DOCUMENT_LENGTH, _MIME = 0x00420011, 0x00420015, 0x00420012
_INSTANCE_IDENTIFIER = 0x0040E001
_GRAPHIC_TYPE, _GRAPHIC_DATA = 0x00700023, 0x00700022
_GRAPHIC_ANNOTATION = 0x00700001
_SIMPLE_SHAPES = (b"POINT", b"CIRCLE", b"ELLIPSE")
_NAMES_AND_UNITS = (0x0040A043, 0x004008EA)
_STRUCTURED = frozenset((0x0040A730, 0x00400555, 0x00400610, _GRAPHIC_ANNOTATION))
"""Content, Acquisition Context, Specimen Preparation and Graphic Annotation Sequence."""

_SIGNATURES = (0xFFFAFFFA, 0x4FFE0001)
_WORDS = "descriptors keep words that the vocabulary has"
_PRIVATE = "private Attributes stay that a list says are safe"
_PLAIN_TEXT = TEXT_VRS | {"AE", "UR"}
_BULK = frozenset(("OB", "OW", "UN"))
_MEASURED = frozenset(("AS", "DS", "FL", "FD", "OB", "OD", "OF", "OL", "OV", "OW", "SL", "SV", "UN"))


class NotSafeError(DcmlintError):
    """An Instance that cannot be de-identified safely; the text says why and holds no value."""


class Subject(NamedTuple):
    """Whose Instance it is: what new identifiers are made with, and by how many days dates move."""

    pseudonyms: Pseudonyms
    days: int


class Place:
    """One Data Element: the Item it is in, where that is, what the tables say of it. `vr` is that of PS3.6
    where the file has UN."""

    __slots__ = ("item", "location", "node", "tag", "vr")

    def __init__(self, item: Item, location: Location, node: Node | None, tag: int, vr: str) -> None:
        self.item = item
        self.location = location
        self.node = node
        self.tag = tag
        self.vr = vr

    def raw(self) -> bytes:
        """Return the value without padding, b"" if it has no plain value."""
        return (self.item.raw(self.tag) or b"").rstrip(b"\0 ")

    def is_empty(self) -> bool:
        """Tell whether the element has neither a value nor an Item."""
        _, _, length, items = self.item.elements[self.tag]
        return not items if items is not None else not length


class Walk:
    """Collects the edits of one Instance in `edits`, and in `told` what is to be known of what stays.

    `leaves` is what walks under the same decisions, pseudonyms and `break_signatures` have in common.
    """

    def __init__(
        self,
        decisions: Decisions,
        subject: Subject,
        generic: Node,
        leaves: Leaves,
        *,
        break_signatures: bool = False,
    ) -> None:
        self.decisions = decisions
        self.subject = subject
        self.edits: list[Edit] = []
        self.told: set[str] = set()
        self._names: frozenset[str] | None = None
        self._policy = decisions.policy
        self._generic = generic
        self._leaves = leaves
        self._break_signatures = break_signatures

    def data_set(self, item: Item, location: Location, node: Node | None, mode: Mode | None = None) -> None:
        """Add the edits of a Data Set or Item and of all that it holds.

        `mode` is how to treat what neither profile nor policy names, None: it stays as it is.
        Raises NotSafeError.
        """
        of = self.decisions.of
        codes: dict[int, str] | None = None
        if mode is not None:
            if mode.codes and concept_of(item) in KNOWN_TO_TELL:
                mode = Mode(clean=False, codes=False)
            codes = coded(item, known=mode.codes)
        for tag, (vr, _, length, items) in item.elements.items():
            decision = of(tag)
            if decision is None:
                if items is not None:
                    self._items(Place(item, location, node, tag, vr), mode)
                elif vr == "UN" and length and implicit_vr(tag) == "SQ":
                    raise NotSafeError(f"The Items of {format_tag(tag)} cannot be read.")
                elif mode is not None:
                    place = Place(item, location, node, tag, implicit_vr(tag) if vr == "UN" else vr)
                    self._leaf(place, mode, codes)
            elif decision.code != "K":
                place = Place(item, location, node, tag, implicit_vr(tag) if vr == "UN" else vr)
                self._carry_out(place, decision, mode)
            elif items is not None:
                self._items(Place(item, location, node, tag, vr), mode)

    def _items(self, place: Place, mode: Mode | None) -> None:
        tag, node = place.tag, place.node
        inner = self._generic if node is None or tag & 0x10000 else node.attribute(tag).node
        if mode is not None and tag in _NAMES_AND_UNITS:
            mode = mode._replace(codes=True)
        known = self._leaves.of(inner, mode, self.subject.days)
        for nested in place.item.items(tag) or ():
            location = (*place.location, tag, nested.index)
            found = known.get(nested.buf) if nested.offset == 0 else None
            if found is None or found[0] is not nested.elements:
                before, told = len(self.edits), self.told
                self.told = set()
                self.data_set(nested, location, inner, mode)
                self._leaves.remember(known, nested, self.edits[before:], self.told)
                self.told |= told
            else:
                self.edits += [
                    Edit(location, edit.tag, edit.action, edit.element, edit.rule) for edit in found[1]
                ]
                self.told |= found[2]

    def _carry_out(self, place: Place, decision: Decision, mode: Mode | None) -> None:
        code, clause = decision.code, decision.clause
        if code == "remove":
            self._remove(place, clause)
        elif code == "keep":
            self._keep(place, mode)
        elif code == "private":
            self._private(place, clause)
        elif code == "set":
            self._set(place, self._policy.values[place.tag].encode(), clause)
        elif code == "pseudonym":
            self._pseudonym(place, clause)
        elif code == "shift" or (code == "C" and decision.column == "rtnLongModifDates"):
            self._shift(place, decision)
        elif code in ("C", "clean"):
            self._clean(place, decision)
        elif code in _POLICY_ACTIONS:
            self._act(place, _POLICY_ACTIONS[code], clause)
        else:
            if code == "D" and mode is not None and mode.clean and place.vr in TEXT_VRS - {"PN"}:
                self._clean(place, decision)
                return
            self._act(place, resolved(code, type_in(place.node, place.tag)), clause)

    def _keep(self, place: Place, mode: Mode | None) -> None:
        """Keep what the table would change and a policy does not want changed, and say so."""
        if not place.is_empty():
            self.told.add(f"the policy keeps {keyword_of(place.tag)} {format_tag(place.tag)}")
        self._items(place, mode)

    def _act(self, place: Place, action: str, clause: str) -> None:
        if action == "X":
            self._remove(place, clause)
        elif place.is_empty():
            return
        elif place.item.elements[place.tag][3] is not None:
            self._sequence(place, action, clause)
        elif place.vr == "SQ":
            raise NotSafeError(f"The Items of {format_tag(place.tag)} cannot be read.")
        elif place.tag == _PATIENT_ID:
            self._pseudonym(place, clause)
        elif action == "Z":
            self._set(place, b"", clause)
        elif place.vr == "UI":
            self._uids(place, clause)
        else:
            self._dummy(place, clause)

    def _sequence(self, place: Place, action: str, clause: str) -> None:
        if action == "Z":
            self._new(place, NewElement(place.tag, "SQ", items=()), clause)
            return
        structured = place.tag in _STRUCTURED
        mode = Mode(clean=False, codes=structured, drawing=place.tag == _GRAPHIC_ANNOTATION)
        self._items(place, mode if action == "D" else None)

    def _clean(self, place: Place, decision: Decision) -> None:
        """Keep what is known to be harmless, and do what the Basic Profile does where nothing is left."""
        if place.is_empty():
            return
        if place.item.elements[place.tag][3] is not None:
            drawing = place.tag == _GRAPHIC_ANNOTATION
            self._items(place, Mode(clean=True, codes=True, drawing=drawing))
            return
        text = self._cleaned(place)
        if text:
            self._set(place, text, decision.clause)
            return
        action = resolved(decision.basic or "X/Z/D", type_in(place.node, place.tag))
        self._act(place, action, f"{decision.clause}, nothing left")

    def _cleaned(self, place: Place) -> bytes:
        if place.vr not in TEXT_VRS - {"PN"} or not self._policy.vocabulary:
            return b""
        values = tuple(str(value) for value in place.item.get(place.tag) or ())
        if self._names is None:
            self._names = names_in(place.item.instance.root)
        text = cleaned_text(values, self._policy.vocabulary, self._names)
        if text:
            self.told.add(_WORDS)
        return text.encode()

    def _shift(self, place: Place, decision: Decision) -> None:
        if place.tag == 0x00080201 or place.is_empty():
            return  # an offset from UTC stays: dates move by whole days
        texts = place.raw().decode("latin-1").split("\\")
        moved = [shifted(place.vr, text.strip(), self.subject.days) if text.strip() else "" for text in texts]
        if None in moved or place.vr not in ("DA", "DT", "TM"):
            action = resolved(decision.basic or "X/Z/D", type_in(place.node, place.tag))
            self._act(place, action, f"{decision.clause}, not a date")
            return
        self._set(place, "\\".join(str(text) for text in moved).encode(), decision.clause)

    def _private(self, place: Place, clause: str) -> None:
        """Keep what the site's list says is safe, and the Private Creators of that (PS3.5 7.8.1)."""
        group, number = place.tag & 0xFFFF0000, place.tag & 0xFFFF
        safe = self._policy.safe_private
        if 0x10 <= number <= 0xFF:
            listed = safe.get(place.raw().strip().decode("latin-1"), frozenset())
            if any(group | number << 8 | element in place.item.elements for element in listed):
                return
        elif number >= 0x1000:
            creator = (place.item.raw(group | number >> 8) or b"").strip(b"\0 ").decode("latin-1")
            if number & 0xFF in safe.get(creator, frozenset()):
                self.told.add(_PRIVATE)
                if place.item.elements[place.tag][3] is not None:
                    self._items(place, None)
                return
        self._remove(place, clause)

    def _leaf(self, place: Place, mode: Mode, codes: dict[int, str] | None) -> None:
        """Replace a value inside of a Sequence that is replaced or cleaned as a whole."""
        tag, vr = place.tag, place.vr
        clause = "PS3.15 E.1-1 within a Sequence of action " + ("C" if mode.clean else "D")
        if codes is not None and tag in CODE_TAGS:
            if tag in codes:
                self._set(place, codes[tag].encode(), clause)
        elif place.is_empty():
            return
        elif vr == "UI":
            self._uids(place, clause)
        elif vr in _PLAIN_TEXT:
            text = self._cleaned(place) if mode.clean else b""
            self._set(place, text or dummy_value(tag, vr, 0), clause)
        elif vr in ("DA", "DT", "TM") or (vr in _MEASURED and not mode.clean) or vr == "UN":
            self._dummy(place, clause)
        elif tag == _GRAPHIC_DATA and mode.drawing:
            shape = (place.item.raw(_GRAPHIC_TYPE) or b"").strip(b"\0 ")
            if shape not in _SIMPLE_SHAPES:
                self._dummy(place, clause)

    def _uids(self, place: Place, clause: str) -> None:
        old = [value.strip(b"\0 ").decode("latin-1") for value in place.raw().split(b"\\")]
        new = [self.subject.pseudonyms.uid(value) if value else "" for value in old]
        if new != old:
            self._set(place, "\\".join(new).encode(), clause)

    def _pseudonym(self, place: Place, clause: str) -> None:
        if value := place.raw().strip():
            self._set(place, self.subject.pseudonyms.patient(value).encode(), clause)

    def _dummy(self, place: Place, clause: str) -> None:
        if place.tag == _DOCUMENT:
            self._document(place, clause)
            return
        length = place.item.elements[place.tag][2]
        value = dummy_value(place.tag, place.vr, 0 if length == 0xFFFFFFFF else length)
        count = place.raw().count(b"\\") + 1 if place.vr == "DS" and length < 1 << 20 else 1
        self._set(place, b"\\".join([value] * count), clause)

    def _document(self, place: Place, clause: str) -> None:
        mime_type = (place.item.raw(_MIME) or b"").strip(b"\0 ").decode("latin-1")
        document = blank_document(mime_type, self._document_uid(place, clause))
        if document is None:
            raise NotSafeError("There is no dummy document of this MIME Type of Encapsulated Document.")
        self._set(place, document, clause)
        found = place.item.elements.get(_DOCUMENT_LENGTH)
        if found is not None:
            order = "big" if place.item.instance.big_endian else "little"
            length = Place(place.item, place.location, place.node, _DOCUMENT_LENGTH, "UL")
            self._set(length, len(document).to_bytes(4, order), clause)  # type: ignore[arg-type]

    def _document_uid(self, place: Place, clause: str) -> str:
        """Return the new HL7 Instance Identifier, which is that of the document (PS3.3 C.24.2), "" for none.

        No row of the table has it, but it names the document that is replaced.
        """
        found = place.item.elements.get(_INSTANCE_IDENTIFIER)
        if found is None or self.decisions.of(_INSTANCE_IDENTIFIER) is not None:
            return ""
        own = Place(place.item, place.location, place.node, _INSTANCE_IDENTIFIER, "ST")
        if not own.raw().strip():
            return ""
        new = self.subject.pseudonyms.uid(own.raw().decode("latin-1"))
        self._set(own, new.encode(), clause)
        return new

    def _set(self, place: Place, value: bytes, clause: str) -> None:
        old = place.item.raw(place.tag)
        if old is None or old.rstrip(b"\0 ") != value.rstrip(b"\0 ") or (old and not value):
            self._new(place, NewElement(place.tag, place.vr, value), clause)

    def _new(self, place: Place, element: NewElement, clause: str) -> None:
        self.edits.append(Edit(place.location, place.tag, "set", element, clause))

    def _remove(self, place: Place, clause: str) -> None:
        if place.tag in _SIGNATURES and not self._break_signatures:
            raise NotSafeError("It is digitally signed: its signatures would be removed.")
        if place.tag in _SIGNATURES:
            self.told.add("its Digital Signatures were removed")
        self.edits.append(Edit(place.location, place.tag, "remove", None, clause))


_POLICY_ACTIONS = {"empty": "Z", "dummy": "D", "uid": "U"}

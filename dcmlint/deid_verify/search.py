"""Identifiers in the text of one file, wherever it is: those of the originals, or what looks like one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from dcmlint.deid_verify.identifiers import SHORTEST_IN_BULK, Identifiers
from dcmlint.deid_verify.looks import Confidence, Look, in_comment, in_path, looks_in, unexpected
from dcmlint.deid_verify.made import finding
from dcmlint.deid_verify.place import Place, places
from dcmlint.deid_verify.profile import Demands
from dcmlint.deid_verify.runs import strings
from dcmlint.model import Finding, Severity
from dcmlint.read.item import Instance

__all__ = ["Sought", "found_in", "look_findings", "looked_in", "remaining_findings", "search_findings"]

_NO_PROSE = frozenset("AE AS CS DA DS DT IS PN TM UI".split())
_NUMBERS = frozenset(("DS", "IS"))
_TIMES = frozenset(("AS", "DA", "DT", "TM"))
_IMPLEMENTATION_CLASS_UID, _CODE_MEANING = 0x00020012, 0x00080104
_ORGANIZATIONS = frozenset((0x00080116, 0x00181020, 0x00181090, 0x00081090, 0x00080070))
"""Responsible Organization of a coding scheme, versions, model and manufacturer: of products."""

_PARTLY_READ = ("encoding/", "file/truncated", "file/deflate-bomb")
"""Rules of faults that may have left bytes of a file without a place."""

_WHOLE_FILE = 32 << 20
_SEVERITIES: dict[Confidence, Severity] = {"high": "error", "medium": "warning", "low": "note"}
_WHOLE = Place("bulk", "the bytes of the file", ())
_FEWEST = 24
"""Characters of a run in bulk data from which on it is looked at without the originals."""

_WHOLE_NAMES = 99
"""Letters that one part of a name would need to count alone: two parts are needed."""


class Sought(NamedTuple):
    """What is looked for: identifiers of all originals; the dates of this patient, and the parts of names by
    tag in the one original that the file was made from, None where that is not known."""

    identifiers: Identifiers
    demands: Demands
    days: frozenset[date] = frozenset()
    names: Mapping[int, frozenset[str]] | None = None


def search_findings(instance: Instance, buf: Any, path: str, sought: Sought) -> Iterator[Finding]:
    """Yield where identifiers of the originals are in a file."""
    identifiers, demands = sought.identifiers, sought.demands
    if demands.has("rtn-long-full-dates"):
        sought = sought._replace(days=frozenset())
    reported: set[str] = set()
    for place in places(instance, buf, path):
        kinds = _kinds(place, sought)
        if demands.has("rtn-uids"):
            kinds.discard("UID")
        if place.vr == "UI":
            kinds -= {"UID"} if "U" in demands.action(place.tag or 0) else set()
        reported |= kinds
        for kind in sorted(kinds):
            yield found_in(place, kind)
    if any(fault.rule.startswith(_PARTLY_READ) for fault in instance.faults):
        yield from remaining_findings(instance, buf, identifiers, reported)
    elif "name" not in reported:
        yield from _foreign_names(instance, buf, identifiers)


def _kinds(place: Place, sought: Sought) -> set[str]:
    identifiers, days = sought.identifiers, sought.days
    if place.vr in _TIMES:
        return set()
    if place.vr in _NUMBERS and not (place.tag or 0) & 0x10000:
        return set()
    if place.vr in _NUMBERS:
        return identifiers.kinds_in((place.texts[0].strip(),), frozenset()) & {"ID", "telephone number"}
    if place.tag == _IMPLEMENTATION_CLASS_UID:
        return set()
    if place.vr == "UI":
        return identifiers.kinds_in(place.texts, frozenset()) & {"UID"}
    if place.kind == "bulk":
        return identifiers.kinds_in(("\n".join(place.texts),), days, shortest=SHORTEST_IN_BULK)
    if place.vr == "PN" and sought.names is not None and sought.demands.action(place.tag or 0) != "K":
        return _in_replaced_name(place, sought, sought.names.get(place.tag or 0, frozenset()))
    # Eponyms and plain words are in the meanings of codes: a name is one there with another part of it.
    shortest = _WHOLE_NAMES if place.tag == _CODE_MEANING else 4
    return identifiers.kinds_in(place.texts, days, shortest=shortest)


def _in_replaced_name(place: Place, sought: Sought, names: frozenset[str]) -> set[str]:
    """Return the kinds in a Person Name that the profile wants replaced.

    Tools invent names from lists of common ones. One part alone is somebody's only if the original of this
    file has it there.
    """
    kinds = sought.identifiers.kinds_in(place.texts, sought.days, shortest=_WHOLE_NAMES)
    if any(sought.identifiers.names_in(text) & names for text in place.texts):
        kinds.add("name")
    return kinds


def found_in(place: Place, kind: str, confidence: Confidence = "high") -> Finding:
    """Return the finding that a kind of identifier of the originals is at a place."""
    where = (place.location, place.tag, place.offset)
    if kind == "UID":
        return finding("uid-not-replaced", "error", where, how=f"a UID of the originals in {place.what}")
    how = f"holds {_article(kind)} of the originals (confidence {confidence})"
    return finding("text-contains-identifier", _SEVERITIES[confidence], where, what=place.what, how=how)


def _article(kind: str) -> str:
    return kind if kind.startswith("text") else f"an {kind}" if kind[0] in "aeioI" else f"a {kind}"


def remaining_findings(
    instance: Instance | None, buf: Any, identifiers: Identifiers, reported: set[str]
) -> Iterator[Finding]:
    """Yield kinds of identifiers that are in the bytes of a file and were not met at any place of it."""
    kinds: set[str] = set()
    for each in _buffers(instance, buf):
        kinds |= identifiers.kinds_in(("\n".join(strings(each, 6)),), frozenset(), shortest=SHORTEST_IN_BULK)
    for kind in sorted(kinds - reported - {"UID", "address"}):
        yield found_in(_WHOLE, kind)
    if "name" not in kinds | reported:
        yield from _foreign_names(instance, buf, identifiers)


def _foreign_names(instance: Instance | None, buf: Any, identifiers: Identifiers) -> Iterator[Finding]:
    if any(identifiers.is_in_bytes(each) for each in _buffers(instance, buf)):
        yield found_in(_WHOLE, "name")


def _buffers(instance: Instance | None, buf: Any) -> Iterator[bytes]:
    """Yield the bytes of a file, and what they inflate to."""
    yield bytes(buf[:_WHOLE_FILE])
    if instance is not None and instance.root.buf is not buf:
        yield bytes(instance.root.buf[:_WHOLE_FILE])


def look_findings(instance: Instance, buf: Any, path: str, demands: Demands) -> Iterator[Finding]:
    """Yield what looks like an identifier in a file, where the originals are not at hand."""
    for place in places(instance, buf, path):
        if place.vr in _NO_PROSE and place.kind == "value":
            continue
        if place.tag is not None and place.kind == "value" and demands.action(place.tag) not in ("K", "C"):
            continue
        if place.tag in _ORGANIZATIONS and place.kind == "value":
            continue
        for look in _looks(place):
            yield looked_in(place, look)


def _looks(place: Place) -> Iterator[Look]:
    if place.kind == "path":
        return in_path(place.texts)
    if place.kind == "unexpected":
        return unexpected(place.texts)
    if "codestream" in place.what:
        return in_comment(place.texts)
    if place.kind == "bulk":
        runs = tuple(text for text in place.texts if _is_prose(text))
        return (look for look in looks_in(runs) if look.kind != "date" and look.confidence == "high")
    return looks_in(place.texts)


def _is_prose(text: str) -> bool:
    """Tell whether a run in bulk data was written: it is long, of letters, digits and spaces.

    Grey values of 8 bits make long runs too, of capitals and brackets.
    """
    plain = sum(char.isalnum() or char == " " for char in text)
    return len(text) >= _FEWEST and 10 * plain >= 9 * len(text) and 20 * text.count(" ") >= len(text)


def looked_in(place: Place, look: Look) -> Finding:
    """Return the finding that a place looks as if it held a kind of identifier."""
    how = f"looks as if it held {_article(look.kind)} (confidence {look.confidence})"
    where = (place.location, place.tag, place.offset)
    return finding("text-contains-identifier", _SEVERITIES[look.confidence], where, what=place.what, how=how)

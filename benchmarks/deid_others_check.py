"""Outputs of other tools beside their originals, read by pydicom: is what `dcmlint deid verify` says so, and
what does it overlook? Nothing of `dcmlint.deid_verify` decides here.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.deid_others_table import kind_of, place_of
from benchmarks.deid_rows import table
from dcmlint.model import Finding, InstanceReport

__all__ = ["Compared", "compared"]

_TEXT = frozenset("PN LO SH LT ST UT UC UI DA DT TM AE AS CS UR DS IS".split())
_IDS = re.compile(r"(?:ID|IDs|Identifier|StationName)$|Number(?!Of)")
_NOBODY = re.compile(
    r"(?i)anonym|\banon\b|unknown|none|no.?name|removed|dummy|^[x?*._^ -]+$|^\W*0+\W*$|^(?:\D*\d){0,5}\D*$"
)
"""What says that there is no value. An ID has six digits at least (docs/deid-verification.md: thresholds)."""
_ROOT_OF_STANDARD = "1.2.840.10008."
_IMPLEMENTATION = 0x00020012
_COMPARABLE = frozenset(("removed-same", "unchanged", "date", "uid", "private", "removed-other"))
_TEMPORAL = frozenset(("DA", "DT", "TM"))
_Place = tuple[tuple[int, ...], int]


class Compared(NamedTuple):
    """Findings about Attributes by kind: how many pydicom confirms, which it does not (kind, file, place);
    and where values of originals are without a finding (Attribute of the original, file, place)."""

    confirmed: Counter[str]
    unconfirmed: list[tuple[str, str, str]]
    overlooked: list[tuple[str, str, str]]


def compared(reports: Iterable[InstanceReport], originals: Mapping[str, Path]) -> Compared:
    """Compare each output with its original; `originals` are the originals by the names of outputs."""
    result = Compared(Counter(), [], [])
    uids = {uid for path in originals.values() for uid in _uids(_read(path))}
    for report in reports:
        path = Path(report.file)
        before, after = _elements(_read(originals[path.name])), _elements(_read(path))
        for finding in report.findings:
            kind = kind_of(finding)
            if kind not in _COMPARABLE or finding.tag is None:
                continue
            if _is_so(kind, finding, before, after, uids):
                result.confirmed[kind] += 1
            else:
                result.unconfirmed.append((kind, path.name, place_of(finding)))
        result.overlooked.extend(
            (origin, path.name, place) for origin, place in _overlooked(before, after, report.findings)
        )
    return result


def _read(path: Path) -> Any:
    import pydicom

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(path, force=True)


def _elements(dataset: Any) -> dict[_Place, Any]:
    """Return the Data Elements by place, those of File Meta Information too; none that cannot be read."""
    found: dict[_Place, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for root in (getattr(dataset, "file_meta", None) or (), dataset):
            found.update(_walk(root, ()))
    return found


def _walk(dataset: Any, location: tuple[int, ...]) -> Iterator[tuple[_Place, Any]]:
    for tag in [] if dataset == () else list(dataset.keys()):
        try:
            element = dataset[tag]
            nested = list(element.value or ()) if element.VR == "SQ" else []
        except Exception:  # pydicom raises whatever a bad value makes it raise
            continue
        yield (location, int(tag)), element
        for number, item in enumerate(nested, start=1):
            yield from _walk(item, (*location, int(tag), number))


def _values(element: Any) -> list[str]:
    value = element.value
    if element.VR not in _TEXT or value is None:
        return []
    several = value if isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue" else [value]
    return [text for each in several if (text := str(each).strip())]


def _uids(dataset: Any) -> Iterator[str]:
    for element in _elements(dataset).values():
        if element.VR == "UI":
            yield from _values(element)


def _plain(element: Any) -> Any:
    """Return what of an element is compared; of a Sequence all that is in it."""
    if element.VR == "SQ":
        return [(place, _plain(each)) for item in element.value or () for place, each in _walk(item, ())]
    return _values(element) or element.value


def _is_so(
    kind: str, finding: Finding, before: Mapping[_Place, Any], after: Mapping[_Place, Any], uids: set[str]
) -> bool:
    place = (finding.location, finding.tag or 0)
    there = after.get(place)
    if there is None:
        return False
    if kind in ("private", "removed-other"):
        return True
    if kind == "uid" and there.VR == "UI":
        return any(value in uids for value in _values(there))
    if kind == "uid":
        return any(_holds(there, uid) for uid in uids if uid.count(".") > 3)
    value = _plain(there)
    if there.VR == "SQ":
        return _says_the_same(before, place[1], value)
    return any(tag == place[1] and _plain(each) == value for (_, tag), each in before.items())


def _says_the_same(before: Mapping[_Place, Any], tag: int, value: Any) -> bool:
    """Tell whether the texts of a Sequence are those that it had somewhere in the original."""
    wanted = _texts(value)
    return any(
        here == tag and each.VR == "SQ" and _texts(_plain(each)) == wanted
        for (_, here), each in before.items()
    )


def _texts(value: Any) -> list[str]:
    """Return what is in a Sequence without binary values, registered UIDs and codes (PS3.3 8.8)."""
    found: list[str] = []
    for (_, tag), each in value:
        if 0x00080100 <= tag < 0x00080125:
            continue
        if isinstance(each, list) and each and isinstance(each[0], tuple):
            found += _texts(each)
        elif isinstance(each, list):
            found += [str(text) for text in each if not str(text).startswith(_ROOT_OF_STANDARD)]
    return found


def _holds(element: Any, text: str) -> bool:
    value = element.value
    if isinstance(value, bytes):
        return text.encode() in value
    return any(text in each for each in _values(element))


def _overlooked(
    before: Mapping[_Place, Any], after: Mapping[_Place, Any], findings: Iterable[Finding]
) -> Iterator[tuple[str, str]]:
    """Yield (Attribute of the original, place in the output) of names, IDs and UIDs that are there untold."""
    told = {(finding.location, finding.tag) for finding in findings}
    sought: dict[str, str] = {}
    for (_, tag), element in before.items():
        if tag in _listed():
            sought.update(
                (value, element.keyword) for value in _values(element) if _identifies(element, value)
            )
    for (location, tag), element in after.items():
        steps = [(location[:at], location[at]) for at in range(0, len(location), 2)]
        if element.VR == "SQ" or any(step in told for step in [*steps, (location, tag)]):
            continue
        if tag == _IMPLEMENTATION or element.VR in _TEMPORAL or element.VR in ("DS", "IS"):
            continue
        text = "\\".join(_values(element))
        for value, origin in sought.items():
            if re.search(rf"(?<![A-Za-z0-9.]){re.escape(value)}(?![A-Za-z0-9.])", text, re.IGNORECASE):
                finding = Finding("", "note", location, tag, None, None, {})
                yield origin, place_of(finding)


@cache
def _listed() -> frozenset[int]:
    """Return the Attributes of PS3.15 Table E.1-1, from the source of the table."""
    return frozenset(row.tag for row in table() if not row.tag & 0x10000)


def _identifies(element: Any, value: str) -> bool:
    from pydicom.uid import UID_dictionary

    if element.VR == "UI":
        return value not in UID_dictionary and not value.startswith(_ROOT_OF_STANDARD) and len(value) > 4
    if element.VR == "PN":
        return len(value) > 5 and not re.search(r"(?i)anonym|unknown|removed|none", value)
    if element.VR in ("LO", "SH", "UT", "LT", "ST", "AE"):
        return bool(_IDS.search(element.keyword)) and not _NOBODY.search(value)
    return False

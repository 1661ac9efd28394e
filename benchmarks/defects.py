"""Seeded defects: each put alone into an instance, and reported at the right attribute or not.

The instances are the clean fixtures, one of each SOP Class, and for each SOP Class of the corpus the
file with the fewest errors. What the unchanged instance gives is subtracted. The defects are
enumerated mechanically: every Type 1 and 2 Attribute of the mandatory Modules removed, every Type 1
one emptied, every malformed form of every VR at an Attribute of that VR, every rule's seeds, faults
of PS3.10 and of the encoding.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from benchmarks.agreement import class_of_rule
from benchmarks.byte_faults import BYTE_FAULTS
from benchmarks.limits import Figures
from benchmarks.lint import Reported
from benchmarks.malformed import MALFORMED, PLACES
from benchmarks.required import iod_of, required_in
from benchmarks.seeds import SEEDS, UNSEEDED, Seeded
from benchmarks.subjects import Subject, clean_subjects, real_subjects
from dcmlint.standard.dictionary import label, tag_of

__all__ = ["Defect", "defects", "is_detected", "main"]

# Groups of rules that judge a value's form, whichever rule it is.
_FORM = ("value", "uid", "encoding")
_ABSENCE = frozenset({"missing", "empty"})


class Defect(NamedTuple):
    """One defect in one instance: its family, what it is, and what must be said of it.

    `rule` "" means any rule of the family's class of fault.
    """

    family: str
    what: str
    rule: str
    seeded: Seeded


class Skips(Counter[str]):
    """What was not seeded, by reason."""


def defects(subject: Subject, skips: Skips) -> Iterator[Defect]:
    """Yield every defect that applies to an instance."""
    yield from _required(subject, skips)
    yield from _forms(subject, skips)
    for rule, seeds in SEEDS.items():
        yield from _seeded(subject, "rule", rule, itertools.chain(*(seed(subject) for seed in seeds)), skips)
    for rule, fault in BYTE_FAULTS.items():
        yield from _seeded(subject, "encoding", rule, fault(subject), skips)


def _seeded(
    subject: Subject, family: str, rule: str, made: Iterator[Seeded], skips: Skips
) -> Iterator[Defect]:
    number = -1
    for number, seeded in enumerate(made):
        yield Defect(family, f"{rule} #{number}", rule, seeded)
    if number < 0 and (family == "encoding" or SEEDS[rule]):
        skips[f"{rule}: no place for it in the instance"] += 1


def _required(subject: Subject, skips: Skips) -> Iterator[Defect]:
    if iod_of(subject.sop_class_uid) is None:
        skips["no facts for the IOD"] += 1
        return
    for required in required_in(subject.root, subject.sop_class_uid):
        path = f"{required.path}.{required.keyword}".lstrip(".")
        with subject.edited(required.item) as item:
            element = item._dict.pop(required.tag)
            family = f"Type {required.type} removed"
            yield Defect(family, path, "", Seeded(subject.write(), _places(path, required.macro)))
            if required.type == "2":
                continue
            if _is_empty(element):
                skips["Type 1 emptied: is empty in the unchanged instance"] += 1
                continue
            _put_empty(subject, item, element)
            yield Defect("Type 1 emptied", path, "", Seeded(subject.write(), _places(path, required.macro)))


def _places(path: str, macro: bool) -> tuple[str, ...]:
    """Return the paths that point at an Attribute; a macro may be missing in either group Sequence."""
    if not macro:
        return (path,)
    keyword = path.rpartition(".")[2]
    shared, frames = "SharedFunctionalGroupsSequence[1]", "PerFrameFunctionalGroupsSequence[1]"
    return (keyword, f"{shared}.{keyword}", f"{frames}.{keyword}")


def _is_empty(element: object) -> bool:
    value = getattr(element, "value", None)
    return value is None or (hasattr(value, "__len__") and len(value) == 0)


def _put_empty(subject: Subject, item: Any, element: Any) -> None:
    from pydicom.dataelem import DataElement

    vr = subject.vr(element) or "US"
    if vr == "SQ":
        item._dict[element.tag] = DataElement(element.tag, "SQ", [])
    else:
        subject.put(item, element.tag, vr, b"")


def _forms(subject: Subject, skips: Skips) -> Iterator[Defect]:
    """Yield every malformed form of every VR, at the first Attribute of the VR with VM 1 (or one added)."""
    places: dict[str, tuple[str, Any, int]] = {}
    for place in subject.places():
        for tag in sorted(place.item._dict):
            vr = "" if tag & 0x10000 or tag >> 16 <= 2 else _single_valued(subject, place.item, tag)
            if vr and vr not in places:
                places[vr] = (place.path, place.item, tag)
    for vr, forms in MALFORMED.items():
        if vr not in places and vr not in PLACES:
            if forms:
                skips[f"VR {vr}: PS3.6 has no Attribute with VM 1"] += 1
            continue
        path, item, tag = places.get(vr) or ("", subject.root, tag_of(PLACES[vr]))
        keyword = label(tag)
        for form in forms:
            with subject.edited(item):
                swapped = vr in ("FL", "FD") and not subject.little
                subject.put(item, tag, vr, form[::-1] if swapped else form)
                where = f"{path}.{keyword}".lstrip(".")
                yield Defect(f"VR {vr}", f"{where} = {form[:24]!r}", "", Seeded(subject.write(), (where,)))


def _single_valued(subject: Subject, item: Any, tag: int) -> str:
    from pydicom.datadict import dictionary_VM, dictionary_VR

    vr = subject.vr(item._dict[tag])
    try:
        ours = vr in MALFORMED and dictionary_VM(tag) == "1" and dictionary_VR(tag) == vr
    except KeyError:
        return ""
    return vr if ours and tag != 0x00080005 and tag != 0x00080016 else ""


def unseeded_rules() -> list[str]:
    """Return the rules of the catalogue that no family of defects aims at."""
    from dcmlint.catalogue import catalogue

    families = ("value/invalid-", "module/missing-type-1", "module/missing-type-2", "module/empty-type-1")
    return [
        rule for rule in catalogue() if rule not in {**SEEDS, **BYTE_FAULTS} and not rule.startswith(families)
    ]


def is_detected(subject: Subject, defect: Defect) -> tuple[bool, list[Reported]]:
    """Tell whether the defect is reported at the right attribute; return the new findings too."""
    try:
        found = subject.new_findings(defect.seeded.content)
    except Exception as error:
        return False, [Reported(f"raises {type(error).__name__}", "error", "", None, ())]
    return any(_fits(defect, finding) for finding in found), found


def _fits(defect: Defect, finding: Reported) -> bool:
    if defect.rule:
        right = finding.rule == defect.rule or defect.rule in _superseded_by(finding.rule)
    elif defect.family.startswith("VR "):
        replaced = _superseded_by(finding.rule)
        right = finding.rule.partition("/")[0] in _FORM or "enumerated" in map(
            class_of_rule, (finding.rule, *replaced)
        )
    else:
        right = class_of_rule(finding.rule) in _ABSENCE or finding.rule == "module/sequence-items"
    return right and any(_points_at(finding, path) for path in defect.seeded.paths)


def _superseded_by(rule: str) -> tuple[str, ...]:
    """Return the rules whose findings this one replaces."""
    from dcmlint.catalogue import catalogue

    found = catalogue().get(rule)
    return found.supersedes if found is not None else ()


def _points_at(finding: Reported, path: str) -> bool:
    if path.endswith("*"):
        return finding.path.startswith(path[:-1])
    if finding.path == path:
        return True
    parent, _, keyword = path.rpartition(".")
    # A finding on several Attributes is at their Item.
    return finding.path == parent and any(label(tag) == keyword for tag in finding.attributes)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the share detected by family, with denominators and skips; 1 if it misses the limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.defects", description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="the fixtures only")
    parser.add_argument("--list", action="store_true", help="print every defect that was not detected")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    subjects = clean_subjects() if options.reduced else itertools.chain(clean_subjects(), real_subjects())
    seeded: Counter[str] = Counter()
    detected: Counter[str] = Counter()
    skips = Skips()
    classes: set[str] = set()
    count = 0
    undetected: list[str] = []
    for subject in subjects:
        count += 1
        classes.add(subject.sop_class_uid)
        for defect in defects(subject, skips):
            if any(_fits(defect, finding) for finding in subject.before):
                skips["the unchanged instance has that very fault there"] += 1
                continue
            seeded[defect.family] += 1
            good, found = is_detected(subject, defect)
            detected[defect.family] += good
            if not good:
                said = ", ".join(f"{finding.rule} at {finding.path}" for finding in found[:4])
                undetected.append(f"{subject.name}: {defect.family}: {defect.what} -> {said or 'nothing'}")
    size = "reduced size (fixtures only)" if options.reduced else "full size"
    print(f"defects, {size}: {count} instances of {len(classes)} SOP Classes")
    for family in sorted(seeded):
        print(f"  {family:16s} {detected[family]:5d} of {seeded[family]:5d}")
    for reason, times in sorted(skips.items()):
        print(f"  skipped {times:4d} x {reason}")
    for rule in unseeded_rules():
        print(f"  never seeded: {rule}: {UNSEEDED.get(rule, 'NO SEED')}")
    if options.list:
        print("\n".join(undetected))
    figures = Figures(reduced=options.reduced)
    total = sum(seeded.values())
    figures.add("defects", sum(detected.values()) / total, f"{sum(detected.values())} of {total}")
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

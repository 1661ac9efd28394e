"""An object refers to an instance of its own study that is not there.

## What it does
Looks at every reference that says in which Study the instance is, or that is in Referenced Series Sequence,
which is about the own Study. If it is the Study of the object and other series of it are there, the instance
has to be there as well. References into studies of which nothing is there are not judged, and neither are
those that do not say where they lead. Where single files are named, not folders, most of what refers to a
series has to be found before what is missing is reported.

## Why this matters
A segmentation without its images cannot be shown, and a report with links to images that are gone cannot be
followed. It happens when a study is sent again in parts, or when UIDs are replaced in one series and not in
the other.

## Example
A segmentation of 200 slices of which one was deleted, or lost on its way.

## Fix
Send the study again from where it is whole; replace UIDs in all instances of a study together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.rule import Rule, bad_group, good_group
from dcmlint.standard.dictionary import uid

if TYPE_CHECKING:
    from dcmlint.facts import Facts
    from dcmlint.group import Group, Member
    from dcmlint.references import Referred


def check(group: Group) -> Iterator[tuple[Member, Found]]:
    """Yield the Sequences that hold references to what is missing from the study, once each."""
    referring = [member for member in group.members if member.facts.references]
    if not referring:
        return
    there = {member.facts.sop_instance_uid for member in group.members}
    series = {member.facts.series_uid for member in group.members}
    is_whole = bool(getattr(group.known, "is_whole", True))
    for member in referring:
        for tag, missing in sorted(_missing(member.facts, group, there, series, is_whole).items()):
            what = (
                "an instance of this study that is"
                if missing == 1
                else f"{missing} instances of this study that are"
            )
            yield member, Found(tag, {"what": what})


def _missing(
    facts: Facts, group: Group, there: set[str], series: set[str], is_whole: bool
) -> Mapping[int, int]:
    """Return the number of missing instances by Sequence."""
    by_series: dict[str, dict[str, Referred]] = {}
    for each in facts.references:
        if _is_of_study(each, facts):
            by_series.setdefault(each.series_uid, {}).setdefault(each.sop_instance_uid, each)
    found: dict[int, int] = {}
    for where, references in by_series.items():
        missing = [
            each for uid, each in references.items() if uid not in there and group.known.find(uid) is None
        ]
        is_known = where in series and where != facts.series_uid
        if is_whole:
            decided = is_known or len(series - {facts.series_uid}) > 0
        else:
            decided = is_known and 2 * len(missing) < len(references)
        for each in missing if decided else ():
            found[each.tag] = found.get(each.tag, 0) + 1
    return found


def _is_of_study(reference: Referred, facts: Facts) -> bool:
    """Tell whether a reference is to an instance that is stored, in the study of the object."""
    if not facts.study_uid or reference.study_uid != facts.study_uid:
        return False
    sop_class = uid(reference.sop_class_uid)
    return (
        sop_class is not None and bool(sop_class.iod) and reference.sop_instance_uid != facts.sop_instance_uid
    )


_CT = "1.2.840.10008.5.1.4.1.1.2"
_IMAGE = {
    "SOPClassUID": _CT,
    "SOPInstanceUID": "1.2.3.1",
    "StudyInstanceUID": "1.2.3",
    "SeriesInstanceUID": "1.2.4",
}
_OTHER = {**_IMAGE, "SOPInstanceUID": "1.2.3.2"}


def _seg(*uids: str, series: str = "1.2.4") -> dict[str, object]:
    items = [{"ReferencedSOPClassUID": _CT, "ReferencedSOPInstanceUID": uid} for uid in uids]
    return {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.66.4",
        "SOPInstanceUID": "1.2.3.9",
        "StudyInstanceUID": "1.2.3",
        "SeriesInstanceUID": "1.2.5",
        "ReferencedSeriesSequence": [{"SeriesInstanceUID": series, "ReferencedInstanceSequence": items}],
    }


_AT = "ReferencedInstanceSequence"

RULE = Rule(
    severity="warning",
    scope="group",
    citation="PS3.3 Sections C.12.2 and A.1.2.2",
    message="{attribute} refers to {what} not there",
    over=("study",),
    check=check,
    cases=(
        good_group(_IMAGE, _OTHER, _seg("1.2.3.1", "1.2.3.2")),
        good_group(_seg("1.2.3.1", "1.2.3.2")),
        good_group(_IMAGE, {**_seg(), "SourceImageSequence": [{"ReferencedSOPInstanceUID": "1.2.8"}]}),
        good_group(_IMAGE, {**_seg("1.2.3.7"), "StudyInstanceUID": "1.2.99"}),
        bad_group("2", _AT, _IMAGE, _OTHER, _seg("1.2.3.1", "1.2.3.2", "1.2.3.3")),
        bad_group("1", _AT, _IMAGE, _seg("1.2.3.3")),
        bad_group("1", _AT, _IMAGE, _seg("1.2.6.1", series="1.2.6")),
    ),
)

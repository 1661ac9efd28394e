"""What the fixes of rules propose for the findings of one file, and what of it goes together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dcmlint.fix.edit import Edit, Patch
from dcmlint.model import ORIGINAL_ATTRIBUTES, Finding, Location
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Faulty, Rule

__all__ = ["Proposal", "item_at", "proposals", "together"]


class Proposal(NamedTuple):
    """What one fix would change for one finding. `problem` is the kind of exception that it ended with, "" if
    none."""

    rule: str
    safe: bool
    edits: tuple[Edit, ...]
    patches: tuple[Patch, ...]
    problem: str = ""


def proposals(
    instance: Instance, buf: Any, findings: Iterable[Finding], rules: Mapping[str, Rule]
) -> Iterator[Proposal]:
    """Yield what the fixes of rules have to offer for findings of an Instance, in the order of the findings.

    Nothing is offered for what Original Attributes Sequence keeps (PS3.3 C.12.1.1.9). `buf` are the bytes
    that the Instance was read from.
    """
    for finding in findings:
        fix = rules[finding.rule].fix
        item = item_at(instance, finding.location, finding.tag)
        if fix is None or item is None or _is_kept(finding.location):
            continue
        faulty = Faulty(instance, item, finding.tag, buf, finding.offset, finding.length)
        try:
            changes = [each._replace(rule=finding.rule) for each in fix.edits(faulty)]
        except Exception as error:
            yield Proposal(finding.rule, fix.safe, (), (), type(error).__name__)
            continue
        edits = tuple(each for each in changes if isinstance(each, Edit) and not _is_kept(each.location))
        patches = tuple(each for each in changes if isinstance(each, Patch))
        if edits or patches:
            yield Proposal(finding.rule, fix.safe, edits, patches)


def _is_kept(location: Location) -> bool:
    return ORIGINAL_ATTRIBUTES in location[::2]


def item_at(instance: Instance, location: Location, tag: int | None) -> Item | None:
    """Return the Item that an Edit at a location is about, the File Meta Information for a tag of group 0002.

    None if it is not there, and where the element lies in that one of Data Set and File Meta Information in
    which its group has no place: no Edit reaches it.
    """
    if not location and tag is not None:
        return _part_of(instance, tag)
    item = instance.root
    for sequence, number in zip(location[::2], location[1::2], strict=True):
        items = item.items(sequence) or ()
        if number > len(items):
            return None
        item = items[number - 1]
    return item


def _part_of(instance: Instance, tag: int) -> Item | None:
    part, other = instance.root, instance.meta
    if tag >> 16 == 0x0002 and other is not None:
        part, other = other, part
    is_elsewhere = other is not None and tag in other.elements and tag not in part.elements
    return None if is_elsewhere else part


def together(proposed: Sequence[Proposal]) -> list[Proposal]:
    """Return the proposals that can be applied at once, the first of those that are in each other's way.

    Bytes go before Data Elements: while there are patches there are no edits. What is left over is proposed
    again when the file has been changed.
    """
    patching = any(each.patches and not each.edits for each in proposed)
    chosen: list[Proposal] = []
    taken = _Taken()
    for each in proposed:
        if bool(each.patches) == patching and (each.edits or each.patches) and taken.takes(each):
            chosen.append(each)
    return chosen


class _Taken:
    """Places that are to be changed already."""

    def __init__(self) -> None:
        self._edits: dict[Location, Edit] = {}
        self._patches: dict[tuple[Patch, ...], None] = {}

    def takes(self, proposal: Proposal) -> bool:
        """Take the places of a proposal if all of them are free; tell whether it was so, or all are the
        same."""
        edits, patches = proposal.edits, _plain(proposal.patches)
        if not all(self._is_free(each) for each in edits) or not self._are_free(patches):
            return False
        for each in edits:
            self._edits[(*each.location, each.tag)] = each._replace(rule="")
        if patches:
            self._patches[patches] = None
        return True

    def _is_free(self, edit: Edit) -> bool:
        place = (*edit.location, edit.tag)
        known = self._edits.get(place)
        if known is not None:
            return known == edit._replace(rule="")
        above = any(place[:length] in self._edits for length in range(1, len(place), 2))
        return not above and not any(other[: len(place)] == place for other in self._edits)

    def _are_free(self, patches: tuple[Patch, ...]) -> bool:
        if patches in self._patches:
            return True
        return not any(
            one.start <= other.end and other.start <= one.end
            for known in self._patches
            for one in known
            for other in patches
        )


def _plain(patches: Iterable[Patch]) -> tuple[Patch, ...]:
    return tuple(each._replace(rule="") for each in patches)

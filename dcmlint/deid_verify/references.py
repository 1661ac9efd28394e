"""Whether references that led to other files of the originals lead to other files of the outputs."""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.deid_verify.made import finding
from dcmlint.model import Finding
from dcmlint.read.item import Instance

__all__ = ["References"]

_REFERENCED = 0x00081155


class References:
    """Which SOP Instances there are, and what each refers to: of the originals, or of the outputs."""

    def __init__(self) -> None:
        self._instances: set[str] = set()
        self._referred: dict[str, frozenset[str]] = {}

    def add(self, name: str, instance: Instance) -> None:
        """Take in one file, by a name of the caller's."""
        self._instances.add(instance.sop_instance_uid)
        found = {
            (item.raw(_REFERENCED) or b"").rstrip(b"\0 ").decode("latin-1")
            for item in instance.root.walk()
            if _REFERENCED in item.elements
        }
        if found:
            self._referred[name] = frozenset(found)

    def resolved(self, name: str) -> int:
        """Return how many SOP Instances of this set a file refers to."""
        return len(self._referred.get(name, frozenset()) & self._instances)

    def broken(
        self, originals: References, pairs: Iterator[tuple[str, str]]
    ) -> Iterator[tuple[str, Finding]]:
        """Yield (file, finding) of the outputs that refer to fewer of their set than their originals did."""
        for output, original in pairs:
            here, there = self.resolved(output), originals.resolved(original)
            if here < there and output in self._referred:
                how = f"{there - here} references that the originals could follow lead nowhere here"
                yield output, finding("inconsistent", "error", ((), _REFERENCED, None), how=how)

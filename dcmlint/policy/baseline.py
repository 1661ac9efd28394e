"""A baseline: the findings that were there when it was made, so that only new ones are reported.

    {"dcmlint-baseline": 1, "instances": {"<16 hex digits>": {"module/missing-type-1": ["<32 hex digits>"]}}}

Instances are there as hashes, findings as fingerprints: a baseline holds nothing of any file and can be
committed. Fingerprints survive moving and renaming files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from xxhash import xxh3_64_hexdigest

from dcmlint.errors import UsageError

__all__ = ["Baseline", "instance_key"]

_FORMAT = 1
_MAX_BYTES = 1 << 30

Instances = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Instance to rule to fingerprints."""


def instance_key(identity: str) -> str:
    """Return the hash that stands for an instance in a baseline."""
    return xxh3_64_hexdigest(identity.encode("utf-8", "surrogateescape"))


@dataclass(frozen=True)
class Baseline:
    """The findings that are known. `file` is where they were read from, "" if there is no baseline."""

    file: str = ""
    instances: Instances = field(default_factory=dict)

    @property
    def fingerprints(self) -> frozenset[str]:
        """Every fingerprint."""
        return frozenset(
            each for rules in self.instances.values() for listed in rules.values() for each in listed
        )

    @staticmethod
    def read(file: str) -> Baseline:
        """Return the baseline of a file, an empty one for "".

        Raises UsageError if the file cannot be read or is none.
        """
        if not file:
            return Baseline()
        try:
            with Path(file).open("rb") as stream:
                content = stream.read(_MAX_BYTES + 1)
        except OSError as error:
            raise UsageError(
                f"The baseline {file} cannot be read: {error.strerror}",
                "Make one with: dcmlint baseline create PATH... --output FILE",
            ) from error
        try:
            return Baseline(file, _instances(json.loads(content)))
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise UsageError(f"{file} is no baseline of dcmlint") from None

    def write(self, file: str) -> None:
        """Write it, sorted, so that a diff shows what changed; the file is complete or as it was before."""
        from dcmlint.report.output import open_output

        ordered = {
            instance: {rule: sorted(listed) for rule, listed in sorted(rules.items())}
            for instance, rules in sorted(self.instances.items())
        }
        try:
            with open_output(file) as out:
                out.write(f'{{\n"dcmlint-baseline": {_FORMAT},\n"instances": {{')
                separator = "\n"
                for instance, rules in ordered.items():
                    out.write(f"{separator}{json.dumps(instance)}: {json.dumps(rules)}")
                    separator = ",\n"
                out.write("\n}\n}\n")
        except OSError as error:
            raise UsageError(f"Cannot write {file}: {error.strerror}") from error

    def count(self) -> int:
        """Return the number of findings."""
        return sum(len(listed) for rules in self.instances.values() for listed in rules.values())


def _instances(content: object) -> Instances:
    if not isinstance(content, dict) or content.get("dcmlint-baseline") != _FORMAT:
        raise ValueError
    return {
        str(instance): {str(rule): tuple(map(str, listed)) for rule, listed in rules.items()}
        for instance, rules in content["instances"].items()
    }


def instances_of(found: Iterable[tuple[str, str, str]]) -> Instances:
    """Return the instances of (identity, rule, fingerprint)."""
    instances: dict[str, dict[str, list[str]]] = {}
    for identity, rule, fingerprint in found:
        instances.setdefault(instance_key(identity), {}).setdefault(rule, []).append(fingerprint)
    return {
        instance: {rule: tuple(sorted(set(listed))) for rule, listed in rules.items()}
        for instance, rules in instances.items()
    }

"""What the linter says of an object, and what the object says of itself."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from dcmlint_pacs.gate.config import Config
from dcmlint_pacs.gate.decide import check_rules
from dcmlint_pacs.gate.model import RuleCount

if TYPE_CHECKING:
    from dcmlint.linter import Linted, Linter

__all__ = ["Inspector", "Seen"]

_DEVICE = ("Manufacturer", "ManufacturerModelName", "StationName")
_FAILED = "internal/check-failed"


class Seen(NamedTuple):
    """What was seen of an object: its findings by rule, its UIDs ("" = unknown), and what device made it."""

    rules: tuple[RuleCount, ...]
    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    study_instance_uid: str = ""
    device: str = ""


class Inspector:
    """Lints objects under the policy of a gate, for any number of threads.

    Raises UsageError for a policy that cannot be used, and for rules of `decide` that do not exist.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._device = _DEVICE if config.show_station else _DEVICE[:2]
        self._linter = self._made()
        check_rules(config.decide, self._linter.session.rules)
        # Linting holds the GIL: several at once would only wait for each other.
        self._linting = threading.Lock()

    def seen(self, path: str) -> Seen:
        """Return what there is to say of the object in a file."""
        try:
            with self._linting:
                if self._day != date.today():
                    self._linter = self._made()  # waivers end on a day
                return self._described(self._linter.file(path))
        except OSError:
            raise
        except Exception:
            # Nothing is known that does this. If something does, its sender must not knock for ever: it is an
            # object with an error, and the policy of the gate says where those go.
            return Seen((RuleCount(_FAILED, "error", 1),))

    def _made(self) -> Linter:
        from dcmlint.linter import Linter

        self._day = date.today()
        return Linter(policies=self._config.policies, config=self._config.settings, read=_DEVICE)

    def _described(self, linted: Linted) -> Seen:
        return Seen(
            _counted(linted),
            linted.sop_class_uid,
            linted.sop_instance_uid,
            linted.study_instance_uid,
            " / ".join(filter(None, (linted.values[keyword].strip() for keyword in self._device))),
        )


def _counted(linted: Linted) -> tuple[RuleCount, ...]:
    findings = linted.report.active()
    counts = Counter((found.rule, found.severity) for found in findings)
    paths = {(found.rule, found.severity): found.path or "" for found in reversed(findings)}
    return tuple(RuleCount(*key, count, paths[key]) for key, count in counts.items())

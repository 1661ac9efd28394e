"""Files mended again from the log of a `dcmlint fix`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from dcmlint.audit.verify import Unit
from dcmlint.errors import UsageError
from dcmlint.fix.embedded import embedded, restored, rule_plugins
from dcmlint.fix.held import holding
from dcmlint.fix.logged import file_records
from dcmlint.fix.mender import Mender, logged
from dcmlint.reproduce.again import Again, Original

__all__ = ["FixMaker"]

_MOST_MENDERS = 64


class FixMaker:
    """Mends under rules, settings and options of a log; `root` is the folder of originals."""

    def __init__(self, header: Mapping[str, Any], root: str) -> None:
        """Raises UsageError if the log's settings are none, or its rules are not those that are here."""
        self._policy, self._options = header["policy"], header["options"]
        self._root = os.path.abspath(root)  # noqa: PTH100 - as globs have it: without "..", links as they are
        self._menders: dict[tuple[str, ...], Mender] = {}
        mender = self._mender(())
        wanted, here = (_rules(text) for text in (self._policy, embedded(mender.session, mender.judge)))
        plugins = self._options.get("plugins", "")
        if wanted != here or plugins != rule_plugins():
            raise UsageError(
                "The rules that may mend are not those of the log: plugins differ.",
                f"It was made with: {plugins or 'no plugin that brings rules (DCMLINT_DISABLE_PLUGINS=all)'}",
            )

    @contextmanager
    def again(self, unit: Unit, original: Original) -> Iterator[Again]:
        """Give what becomes of an original."""
        kept_from = tuple(unit.file["exceptions"])
        mender, when = self._mender(kept_from), datetime.fromisoformat(unit.begun)
        with holding(None) as held:
            done = mender.mended(original.path, original.buf, when, held)
            record, edits = file_records(original.name, logged(original.buf, done, ""))
            yield Again(record._replace(exceptions=kept_from), edits, (done.content,))

    def _mender(self, exceptions: tuple[str, ...]) -> Mender:
        """Return what mends files of which the log tells these exceptions."""
        if exceptions not in self._menders:
            if len(self._menders) >= _MOST_MENDERS:
                self._menders.clear()
            self._menders[exceptions] = Mender(
                restored(self._policy, exceptions, self._root),
                unsafe=self._options.get("unsafe") == "true",
                break_signatures=self._options.get("break_signatures") == "true",
                today="",
            )
        return self._menders[exceptions]


def _rules(policy: str) -> str:
    return policy.partition("{")[0].rstrip()

"""A gate that runs: spool, intake and events, with whoever lets objects in."""

from __future__ import annotations

from dataclasses import dataclass

from dcmlint_pacs.gate.config import Config
from dcmlint_pacs.gate.events import Events
from dcmlint_pacs.gate.intake import Intake
from dcmlint_pacs.gate.spool import Spool

__all__ = ["Gate"]


@dataclass
class Gate:
    """What those who let objects in work with.

    An object comes in like this, by DIMSE or HTTP:

        with gate.spool.incoming() as file:      # NoRoomError: answer 0xA700
            file.write(part)                     # NoRoomError, TooLargeError: answer 0xA700
            file.close()
            outcome = gate.intake.take(Arrival(..., path=file.path, size=file.size))

    `refuses()` says why nothing is let in at the moment, "" if it is.
    """

    config: Config
    spool: Spool
    intake: Intake
    events: Events

    def refuses(self) -> str:
        """Return why new associations and requests are refused for now (back-pressure), "" if not."""
        return "" if self.spool.has_room() else "no room on the disk"

    def gauges(self) -> dict[tuple[str, str], float]:
        """Return what is now: ("associations", ""), ("free bytes", ""), ("waiting", target location)."""
        return {("free bytes", ""): float(self.spool.free())}

"""A gate that runs: spool, intake and events, with those who let objects in, and with the forwarder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dcmlint_pacs.gate.config import Config
from dcmlint_pacs.gate.counters import kept_counters
from dcmlint_pacs.gate.events import Events
from dcmlint_pacs.gate.forward import Forwarder
from dcmlint_pacs.gate.incoming import Incoming
from dcmlint_pacs.gate.intake import NO_ROOM, Intake
from dcmlint_pacs.gate.log import Log
from dcmlint_pacs.gate.model import OUT_OF_RESOURCES, Arrival, NoRoomError, TooLargeError
from dcmlint_pacs.gate.spool import Spool

if TYPE_CHECKING:
    from dcmlint_pacs.gate.guard import Ended
    from dcmlint_pacs.gate.http import HttpServer
    from dcmlint_pacs.gate.scp import StorageScp

__all__ = ["Gate", "running"]

_TOO_LARGE = "out of resources: the object is too large"
_FAULT = "out of resources: a fault of the gate"
_STOP_S = 10.0


@dataclass
class Gate:
    """What those who let objects in work with.

    An object comes in like this, by DIMSE or HTTP:

        try:
            with gate.incoming() as file:
                file.write(part)
                file.close()
                outcome = gate.intake.take(Arrival(..., path=file.path, size=file.size))
        except (NoRoomError, TooLargeError, OSError) as fault:
            comment = gate.lost(arrival, fault)     # and the status is 0xA700

    `refuses()` says why nothing is let in at the moment, "" if it is.
    """

    config: Config
    spool: Spool
    intake: Intake
    events: Events
    log: Log
    forwarder: Forwarder | None = None
    scp: StorageScp | None = None
    recovered: int = 0
    http: HttpServer | None = None

    def refuses(self) -> str:
        """Return why new associations and requests are refused for now (back-pressure), "" if not."""
        if not self.spool.has_room():
            return "no room on the disk"
        waiting = self.forwarder.waiting() if self.forwarder else {}
        if max(waiting.values(), default=0) > self.config.limits.waiting:
            return "too many objects wait to be forwarded"
        return ""

    def incoming(self) -> Incoming:
        """Return a file to write an object to; raises NoRoomError where none is taken for now."""
        if why := self.refuses():
            raise NoRoomError(why)
        return self.spool.incoming()

    def gauges(self) -> dict[tuple[str, str], float]:
        """Return what is now: ("associations", ""), ("free bytes", ""), ("waiting", target location)."""
        waiting = self.forwarder.waiting() if self.forwarder else {}
        return {
            ("free bytes", ""): float(self.spool.free()),
            ("associations", ""): float(self.scp.connections if self.scp else 0),
            ("connections", ""): float(self.http.connections if self.http else 0),
            **{("waiting", location): float(count) for location, count in waiting.items()},
        }

    def lost(self, arrival: Arrival, fault: Exception | None) -> str:
        """Record an object that could not be written, refused with 0xA700; return the comment on it."""
        comment = _FAULT
        if isinstance(fault, (NoRoomError, TooLargeError)):
            comment = NO_ROOM if isinstance(fault, NoRoomError) else _TOO_LARGE
        if isinstance(fault, NoRoomError) and fault.args:
            comment = f"out of resources: {fault}"
        self.events.lost(arrival, OUT_OF_RESOURCES, comment)
        name = "" if isinstance(fault, (NoRoomError, TooLargeError)) else f" ({type(fault).__name__})"
        self.log.line("refused", f"{arrival.how} from {arrival.address}: {comment}{name}")
        return comment

    def started(self) -> None:
        """Log where the gate listens, and what is not as it should be."""
        if self.scp:
            tls = " with TLS" if self.config.tls else ""
            self.log.line(
                "started", f"{self.config.aet} listens on {self.config.bind} port {self.scp.port}{tls}"
            )
        if self.http:
            web = self.config.http
            scheme = "https" if web.tls else "http"
            place = f"{scheme}://{web.bind}:{self.http.port}"
            self.log.line("started", f"{place} has STOW-RS and the status page")
        if self.spool.left:
            self.log.line("recovered", f"{self.spool.left} objects had not come to their end: deleted")
        if self.forwarder is None and any(self.spool.places("outgoing")):
            self.log.line("warning", "outgoing/ has objects, and there is no target to forward them to")
        if self.recovered:
            self.log.line("recovered", f"{self.recovered} objects are still to be forwarded")

    def ended(self, ended: Ended) -> None:
        """Count and log a connection that ended."""
        from dcmlint_pacs.gate.guard import logged

        self.events.count("associations", ended.how.partition(":")[0].partition(" ")[0])
        self.log.line("association", logged(ended), how=ended.how, calling=ended.calling)


@contextmanager
def running(config: Config, log: Log | None = None) -> Iterator[Gate]:
    """Run a gate while the block runs; then what is in hand is finished, within 10 s.

    Without `log`, lines go to standard error.

    Raises UsageError for what cannot be done: a spool that another gate has, a port that is taken, a policy
    that does not exist.
    """
    with ExitStack() as stack:
        spool = Spool(config.spool, reserve=config.limits.reserve, most=config.limits.object)
        stack.callback(spool.close)
        events, log = Events(), log or Log(config.log)
        stack.enter_context(kept_counters(events, spool.folder / "state" / "counters.json"))
        forwarder = Forwarder(config, spool, events, log) if config.forward.targets else None
        gate = Gate(config, spool, Intake(config, spool, events, forwarder), events, log, forwarder)
        if forwarder:
            stack.callback(forwarder.stop, _STOP_S)
            gate.recovered = forwarder.recover()
        if config.port is not None:
            from dcmlint_pacs.gate.scp import StorageScp

            gate.scp = StorageScp(gate, gate.ended)
            stack.callback(gate.scp.stop, _STOP_S)
        if config.http.port is not None:
            from dcmlint_pacs.gate.http import HttpServer

            gate.http = HttpServer(gate)
            stack.callback(gate.http.stop, _STOP_S)
        yield gate

"""The Storage SCP of the gate (PS3.4 Annex B), with Verification (PS3.4 Annex A)."""

from __future__ import annotations

import ipaddress
import ssl
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from dcmlint.errors import UsageError
from dcmlint_pacs.gate.config import Config, Tls
from dcmlint_pacs.gate.guard import Admission, Bounds, Ended, GuardedServer, quiet
from dcmlint_pacs.gate.meta import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from dcmlint_pacs.gate.model import OUT_OF_RESOURCES
from dcmlint_pacs.gate.receive import Received, Receiver

if TYPE_CHECKING:
    from dcmlint_pacs.gate.service import Gate

__all__ = ["StorageScp", "admits", "server_tls"]

_SUCCESS = 0x0000
_SLACK = 8
_MOST_READ = 4
_CALLED_NOT_RECOGNIZED = (1, 1, 7)
_CONGESTION = (2, 3, 1)
_LIMIT_EXCEEDED = (2, 3, 2)
"""Result, source and reason of an A-ASSOCIATE-RJ (PS3.8 9.3.4)."""


class StorageScp:
    """The server of a gate. `ended` is told of each connection that ends. Raises UsageError if the port
    cannot be had or a file for TLS cannot be used."""

    def __init__(self, gate: Gate, ended: Callable[[Ended], None]) -> None:
        quiet()
        self._gate = gate
        self._config = config = gate.config
        self._stopping = False
        tls = server_tls(config.tls) if config.tls else None
        limits = config.limits
        admission = Admission(
            admits(config.allow.addresses),
            limits.associations + _SLACK,
            limits.per_address + _SLACK,
            ended,
        )
        bounds = Bounds(
            pdu=limits.pdu,
            data_set=limits.object * _MOST_READ,
            pdu_s=limits.idle_s,
            message_s=limits.total_s or Bounds().message_s,
            send_s=limits.idle_s,
            total_s=limits.total_s,
        )
        try:
            entity = _entity(config)
            self._server = entity.make_server(
                (config.bind, config.port),
                contexts=list(_contexts()),
                ssl_context=tls,
                evt_handlers=self._handlers(),
                server_class=GuardedServer,
                admission=admission,
                bounds=bounds,
            )
        except OSError as error:
            raise UsageError(
                f"Port {config.port} of {config.bind} cannot be had: {error.strerror}"
            ) from error
        # pynetdicom takes it off this list again when it is shut down.
        entity._servers.append(self._server)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._server.server_address[1])

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return int(self._server.connections)

    def stop(self, within_s: float) -> None:
        """Let nobody in any more; return once the last association has ended, or after `within_s`."""
        if self._stopping:
            return
        self._stopping = True
        self._server.shutdown()
        end = time.monotonic() + within_s
        while self._server.connections and time.monotonic() < end:
            time.sleep(0.02)
        for assoc in self._server.ae.active_associations:
            assoc.abort(block=False)

    def _handlers(self) -> list[Any]:
        from pynetdicom import evt

        return [
            (evt.EVT_REQUESTED, self._requested),
            (evt.EVT_C_ECHO, lambda _: _SUCCESS),
            (evt.EVT_C_STORE, self._store),
        ]

    def _requested(self, event: Any) -> None:
        """Before the negotiation: reject what is not to come in now, and prepare for objects."""
        assoc = event.assoc
        assoc.dimse = Receiver(assoc, self._gate.incoming)
        rejection = self._rejection(assoc)
        if rejection:
            assoc.acse.send_reject(*rejection)
            assoc.is_rejected = True
            assoc.kill()

    def _rejection(self, assoc: Any) -> tuple[int, int, int] | None:
        called = assoc.requestor.primitive.called_ae_title.strip()
        names = self._config.allow.called
        if called != self._config.aet and called not in names and "*" not in names:
            return _CALLED_NOT_RECOGNIZED
        if self._stopping or self._gate.refuses():
            return _CONGESTION
        address = assoc.requestor.address
        # Connections without an association do not keep others of that address out: the guard bounds them.
        others = [each for each in assoc.ae.active_associations if each.is_established]
        here = sum(each.requestor.address == address for each in others)
        return _LIMIT_EXCEEDED if here >= self._config.limits.per_address else None

    def _store(self, event: Any) -> Any:
        """Answer a C-STORE-RQ whose Data Set has come: what is answered with success is safe."""
        from pydicom.dataset import Dataset

        received: Received = event.request._received
        status, comment = self._answer(received)
        answer = Dataset()
        answer.Status = status
        if comment:
            answer.ErrorComment = comment
        return answer

    def _answer(self, received: Received) -> tuple[int, str]:
        if received.file is None:
            return OUT_OF_RESOURCES, self._gate.lost(received.arrival, received.fault)
        with received.file:
            try:
                outcome = self._gate.intake.take(received.arrival)
            except Exception as fault:
                # Whatever it is, the sender has to be told that the object is not kept.
                return OUT_OF_RESOURCES, self._gate.lost(received.arrival, fault)
            if outcome.place:
                received.file.release()
        return outcome.status, outcome.comment


def admits(networks: tuple[str, ...]) -> Callable[[str], bool]:
    """Return what tells whether an address is in one of these networks; any is, if there are none."""
    allowed = [ipaddress.ip_network(each, strict=False) for each in networks]

    def is_admitted(address: str) -> bool:
        peer = ipaddress.ip_address(address.partition("%")[0])
        mapped = getattr(peer, "ipv4_mapped", None)
        return not allowed or any((mapped or peer) in network for network in allowed)

    return is_admitted


def server_tls(tls: Tls) -> ssl.SSLContext:
    """Return the context for connections that we accept: TLS 1.2 or later (BCP 195); raises UsageError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(tls.certificate, tls.key or None)
        if tls.client_ca:
            context.load_verify_locations(tls.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            "The files for TLS cannot be used: they are missing, not in PEM, or do not belong together."
        ) from error
    return context


def _entity(config: Config) -> Any:
    """Return the application entity."""
    from pynetdicom import AE, _config

    entity = AE(config.aet)
    entity.implementation_class_uid = IMPLEMENTATION_CLASS_UID
    entity.implementation_version_name = IMPLEMENTATION_VERSION_NAME
    entity.maximum_pdu_size = config.limits.pdu
    entity.maximum_associations = config.limits.associations
    entity.acse_timeout = entity.network_timeout = config.limits.idle_s
    entity.require_calling_aet = list(config.allow.calling)
    # Private and unknown SOP Classes too: pynetdicom has this as a setting of the process.
    _config.UNRESTRICTED_STORAGE_SERVICE = config.unrestricted
    return entity


@cache
def _contexts() -> tuple[Any, ...]:
    """Return the Presentation Contexts: Verification, and Storage SOP Classes in all Transfer Syntaxes."""
    from pynetdicom import ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, build_context
    from pynetdicom.sop_class import Verification

    syntaxes = _preferred(ALL_TRANSFER_SYNTAXES)
    classes = [context.abstract_syntax for context in AllStoragePresentationContexts]
    return (build_context(Verification), *(build_context(each, syntaxes) for each in classes))


def _preferred(syntaxes: list[str]) -> list[str]:
    """Order Transfer Syntaxes: of those that one Presentation Context proposes, the first is accepted."""
    first = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"]
    return first + [syntax for syntax in syntaxes if syntax not in first]

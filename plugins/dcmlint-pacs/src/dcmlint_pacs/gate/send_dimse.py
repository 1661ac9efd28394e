"""Forwarding by C-STORE: objects go out in their Transfer Syntax, as they came in."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from dcmlint_pacs.gate.target import Answer, NotReachedError
from dcmlint_pacs.own import client_tls, own
from dcmlint_pacs.peer import DimsePeer

__all__ = ["DimseSender"]

_MOST_CONTEXTS = 120
_TIMEOUT_S = 30.0
_ANSWER_S = 120.0
_BYTES_A_SECOND = 1 << 20
_QUEUED = 16
_NOT_SUPPORTED = 0x0122
_CANNOT_UNDERSTAND = 0xC000


class DimseSender:
    """An association with a target, negotiated anew when an object needs another Presentation Context."""

    def __init__(self, peer: DimsePeer, aet: str) -> None:
        from pynetdicom import AE, _config

        # Files go out as they are, and are not read as a whole: a setting of the process.
        _config.STORE_SEND_CHUNKED_DATASET = True
        self._peer = peer
        self._entity = AE(aet)
        self._entity.acse_timeout = self._entity.connection_timeout = _TIMEOUT_S
        self._entity.network_timeout = _ANSWER_S
        self._association: Any = None
        self._proposed: dict[tuple[str, str], None] = {}

    def send(self, path: str) -> Answer:
        """Send the object in a file; raises NotReachedError."""
        from pynetdicom.dsutils import split_dataset

        try:
            meta, _ = split_dataset(path)
            needed = (str(meta.MediaStorageSOPClassUID), str(meta.TransferSyntaxUID))
        except Exception:
            # What pydicom raises for File Meta Information that it cannot read is not documented.
            return Answer(_CANNOT_UNDERSTAND)
        self._associate(needed)
        try:
            return self._stored(path)
        except NotReachedError:
            self._abort()
            raise

    def close(self) -> None:
        """Release the association."""
        association, self._association = self._association, None
        if association is not None and association.is_established:
            with suppress(Exception):
                association.release()

    def _associate(self, needed: tuple[str, str]) -> None:
        is_open = self._association is not None and self._association.is_established
        if is_open and needed in self._proposed:
            return
        self.close()
        self._proposed[needed] = None
        while len(self._proposed) > _MOST_CONTEXTS:
            del self._proposed[next(iter(self._proposed))]
        association = self._requested()
        if not association.is_established:
            word = "rejected the association" if association.is_rejected else "cannot be reached"
            raise NotReachedError(f"the target {word}")
        self._association = association
        _prepare(association)

    def _requested(self) -> Any:
        from pynetdicom import build_context

        contexts = [build_context(sop_class, syntax) for sop_class, syntax in self._proposed]
        tls = (client_tls(own()), self._peer.host) if self._peer.tls else None
        try:
            return self._entity.associate(
                self._peer.host, self._peer.port, contexts, ae_title=self._peer.aet, tls_args=tls
            )
        except Exception as error:
            # Such as a name that cannot be resolved: pynetdicom passes on what the system raises.
            raise NotReachedError(f"the target cannot be reached ({type(error).__name__})") from error

    def _stored(self, path: str) -> Answer:
        self._entity.dimse_timeout = _ANSWER_S
        self._association.dimse_timeout = _ANSWER_S + Path(path).stat().st_size / _BYTES_A_SECOND
        try:
            status = self._association.send_c_store(path)
        except ValueError:
            return Answer(_NOT_SUPPORTED)  # no Presentation Context was accepted for it
        except NotReachedError:
            raise
        except Exception as error:
            raise NotReachedError(f"the association ended ({type(error).__name__})") from error
        if "Status" not in status:
            raise NotReachedError("the target did not answer")
        return Answer(int(status.Status))

    def _abort(self) -> None:
        association, self._association = self._association, None
        if association is not None:
            with suppress(Exception):
                association.abort()


def _prepare(association: Any) -> None:
    """Send without delay, and let only a few PDUs wait: pynetdicom queues whatever a file has."""
    dul = association.dul
    _hurry(dul.socket)
    waiting = dul.to_provider_queue
    put = waiting.put

    def bounded(primitive: Any) -> None:
        while waiting.qsize() >= _QUEUED:
            if dul.state_machine.current_state != "Sta6" or not dul.is_alive():
                raise NotReachedError("the association ended while an object was sent")
            time.sleep(0.0005)
        put(primitive)

    waiting.put = bounded


def _hurry(transport: Any) -> None:
    """Spare both sides 40 ms an object: who writes a PDU in two parts (DCMTK's storescp does) waits for the
    acknowledgement of TCP for the first, which the system delays unless it is told not to."""
    connection = transport.socket
    receive = transport.recv

    def hurried(count: int) -> Any:
        with suppress(OSError, AttributeError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)  # Linux; it does not last
        return receive(count)

    with suppress(OSError, AttributeError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    transport.recv = hurried

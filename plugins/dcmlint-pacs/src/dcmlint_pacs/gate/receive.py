"""Objects that come by C-STORE, from P-DATA to a file of the spool, byte by byte as they are sent.

pynetdicom's DIMSE service provider keeps a whole Data Set in memory, or writes it to a file of its own; this
one writes it where it is to stay.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.pdu_primitives import P_DATA

from dcmlint_pacs.gate.incoming import Incoming
from dcmlint_pacs.gate.meta import file_meta
from dcmlint_pacs.gate.model import Arrival, NoRoomError, TooLargeError
from dcmlint_pacs.gate.respond import store_response

__all__ = ["Received", "Receiver"]

_INVALID_PDU = "Evt19"
_LAST_OF_COMMAND = b"\x03"
_HEADERS = 7
"""Bytes of a PDV before its fragment: length, Presentation Context ID, Message Control Header."""


class Received(NamedTuple):
    """A Data Set that has come to its end. If it could not be written, `file` is
    None and `fault` says why."""

    file: Incoming | None
    fault: Exception | None
    arrival: Arrival


class Receiver(DIMSEServiceProvider):  # type: ignore[misc]
    """The DIMSE service provider of one association. `incoming` gives a file to write to; a C-STORE request
    has what was received as `_received`."""

    def __init__(self, assoc: Any, incoming: Callable[[], Incoming]) -> None:
        super().__init__(assoc)
        self.message: Any = None
        self._incoming = incoming
        self._file: Incoming | None = None
        self._fault: Exception | None = None
        self._arrival: Arrival | None = None
        self._primitive: Any = None
        self._guard = threading.Lock()
        self._is_over = False

    def receive_primitive(self, primitive: Any) -> None:
        """Take the fragments of one P-DATA-TF."""
        for context_id, value in primitive.presentation_data_value_list:
            if self._primitive is not None:
                self._take(value)
                continue
            part = P_DATA()
            part.presentation_data_value_list.append((context_id, value))
            super().receive_primitive(part)
            if isinstance(self.message, C_STORE_RQ):
                self._begin(context_id)

    def send_msg(self, primitive: Any, context_id: int) -> None:
        """Send a message; the answer to a C-STORE goes the short way."""
        if not isinstance(primitive, C_STORE):
            super().send_msg(primitive, context_id)
            return
        command = store_response(primitive)
        if 0 < self.maximum_pdu_size < len(command) + _HEADERS:
            super().send_msg(primitive, context_id)
            return
        part = P_DATA()
        part.presentation_data_value_list.append((context_id, _LAST_OF_COMMAND + command))
        self.dul.send_pdu(part)

    def abandon(self) -> None:
        """Delete what has not been served: the association is over."""
        with self._guard:
            self._is_over = True
            files = [self._file]
            while not self.msg_queue.empty():
                received = getattr(self.msg_queue.get()[1], "_received", None)
                files.append(received.file if received else None)
            for file in files:
                if file is not None:
                    file.discard()

    def _begin(self, context_id: int) -> None:
        """Open a file for the Data Set that follows a C-STORE-RQ."""
        message, self.message = self.message, None
        try:
            primitive = message.message_to_primitive()
        except Exception:
            # Such as a UID of more than 64 characters.
            self.dul.event_queue.put(_INVALID_PDU)
            return
        self._fault = self._file = None
        self._arrival = Arrival(
            str(primitive.AffectedSOPClassUID),
            str(primitive.AffectedSOPInstanceUID),
            str(self.assoc._accepted_cx[context_id].transfer_syntax[0]),
            self.assoc.requestor.ae_title.strip(),
            self.assoc.requestor.address,
            "C-STORE",
            "",
            0,
        )
        self._primitive = primitive
        self._write(file_meta(self._arrival))

    def _take(self, value: bytes) -> None:
        """Write a fragment of the Data Set; hand the request on after the last."""
        self._write(memoryview(value)[1:])
        if not value[0] & 2:
            return
        primitive, self._primitive = self._primitive, None
        with self._guard:
            file, self._file = self._file, None
            assert self._arrival is not None
            if file is not None:
                file.close()
                self._arrival = self._arrival._replace(path=file.path, size=file.size)
            primitive._received = Received(file, self._fault, self._arrival)
            if self._is_over and file is not None:
                file.discard()
            self.msg_queue.put((primitive._context_id, primitive))

    def _write(self, part: bytes | memoryview) -> None:
        """Write to the file. After a fault what comes is read to the end, so that it can be answered."""
        with self._guard:
            if self._fault is not None or self._is_over:
                return
            try:
                if self._file is None:
                    self._file = self._incoming()
                self._file.write(part)
            except (NoRoomError, TooLargeError, OSError) as fault:
                self._fault = fault
                if self._file is not None:
                    self._file.discard()
                self._file = None

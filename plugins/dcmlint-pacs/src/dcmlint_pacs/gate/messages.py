"""What P-DATA may say to a Storage SCP: whole messages, one after the other, within bounds.

PS3.7 6.3 and PS3.8 Annex E. It looks at the fragments of a message as they come, before anything is made of
them.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Collection, Mapping
from typing import NamedTuple

__all__ = ["Bounds", "Messages", "RefusedError", "command_set"]

_C_STORE_RQ, _C_ECHO_RQ, _C_CANCEL_RQ = 0x0001, 0x0030, 0x0FFF
_NO_DATA_SET = 0x0101
_FIELD, _ID, _ID_RESPONDED, _DATA_SET_TYPE = 0x00000100, 0x00000110, 0x00000120, 0x00000800
_SOP_CLASS, _SOP_INSTANCE, _PRIORITY = 0x00000002, 0x00001000, 0x00000700
_LENGTHS = {_FIELD: 2, _ID: 2, _ID_RESPONDED: 2, _DATA_SET_TYPE: 2, _PRIORITY: 2}
_NEEDED = {
    _C_STORE_RQ: {_SOP_CLASS, _ID, _SOP_INSTANCE},
    _C_ECHO_RQ: {_SOP_CLASS, _ID},
    _C_CANCEL_RQ: {_ID_RESPONDED},
}
_NAMES = {
    _SOP_CLASS: "Affected SOP Class UID",
    _FIELD: "Command Field",
    _ID: "Message ID",
    _ID_RESPONDED: "Message ID Being Responded To",
    _PRIORITY: "Priority",
    _DATA_SET_TYPE: "Command Data Set Type",
    _SOP_INSTANCE: "Affected SOP Instance UID",
}


class RefusedError(Exception):
    """What a peer did that an association does not survive; the text never holds what it sent but numbers."""


class Bounds(NamedTuple):
    """How much a peer may do: bytes of a P-DATA-TF, an A-ASSOCIATE-RQ, a Command Set and a Data Set; seconds
    for the bytes of one PDU, for one message, to take what we send, and for an association (0 = no bound)."""

    pdu: int = 1 << 20
    associate: int = 1 << 18
    command: int = 1 << 16
    data_set: int = 1 << 32
    pdu_s: float = 60.0
    message_s: float = 3600.0
    send_s: float = 60.0
    total_s: float = 0.0


class Messages:
    """Follows the messages of one association. Each fragment that comes is checked; RefusedError is raised
    for what cannot be part of a message to a Storage SCP, or is more than the bounds allow."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._context = 0
        self._command = bytearray()
        self._expects_data_set = False
        self._data_set = 0
        self._since = 0.0

    def pdu(self, values: Collection[tuple[int, bytes]], contexts: Collection[int]) -> None:
        """Check the PDVs of one P-DATA-TF: pairs of Presentation Context ID and value.

        `contexts` are the IDs of those that were accepted.
        """
        if not values:
            raise RefusedError("a P-DATA-TF without a PDV")
        for number, (context, value) in enumerate(values, 1):
            if context not in contexts:
                raise RefusedError(f"Presentation Context {context}, which was not accepted")
            if self._ends(context, value) and number < len(values):
                raise RefusedError("two messages in one P-DATA-TF")

    def _ends(self, context: int, value: bytes) -> bool:
        """Take one fragment; tell whether its message is complete."""
        if not value:
            raise RefusedError("a PDV without Message Control Header")
        if not self._context:
            self._context, self._since = context, time.monotonic()
        if context != self._context:
            raise RefusedError("fragments of one message in two Presentation Contexts")
        if time.monotonic() - self._since > self._bounds.message_s:
            raise RefusedError(f"a message that took more than {self._bounds.message_s:g} s")
        is_command, is_last = bool(value[0] & 1), bool(value[0] & 2)
        if is_command == self._expects_data_set:
            raise RefusedError(
                "a Command Set where a Data Set was due" if is_command else "a Data Set without command"
            )
        ends = self._command_ends(value, is_last) if is_command else self._data_set_ends(value, is_last)
        if ends:
            self._context, self._expects_data_set, self._data_set = 0, False, 0
        return ends

    def _command_ends(self, value: bytes, is_last: bool) -> bool:
        self._command += value[1:] if len(value) <= self._bounds.command else b""
        if len(self._command) > self._bounds.command or len(value) > self._bounds.command:
            raise RefusedError(f"a Command Set of more than {self._bounds.command} bytes")
        if not is_last:
            return False
        command = command_set(bytes(self._command))
        self._command = bytearray()
        self._expects_data_set = _has_data_set(command)
        return not self._expects_data_set

    def _data_set_ends(self, value: bytes, is_last: bool) -> bool:
        self._data_set += len(value) - 1
        if self._data_set > self._bounds.data_set:
            raise RefusedError(f"a Data Set of more than {self._bounds.data_set} bytes")
        return is_last


def command_set(encoded: bytes) -> dict[int, bytes]:
    """Return the values of a Command Set (Implicit VR Little Endian, PS3.7 6.3.1) by tag.

    Elements are of group 0000, in ascending order, and fill the bytes, or RefusedError is raised. A wrong
    Command Group Length does no harm.
    """
    values: dict[int, bytes] = {}
    offset, before = 0, -1
    while offset < len(encoded):
        if offset + 8 > len(encoded):
            raise RefusedError("a Command Set that ends inside of an element")
        group, element, length = struct.unpack_from("<HHL", encoded, offset)
        tag = group << 16 | element
        if group or tag <= before:
            raise RefusedError("a Command Set with elements of other groups, or out of order")
        if length > len(encoded) - offset - 8:
            raise RefusedError("a Command Set that ends inside of an element")
        if length != _LENGTHS.get(tag, length):
            raise RefusedError(f"a Command Set with a {_NAMES[tag]} of {length} bytes")
        values[tag] = encoded[offset + 8 : offset + 8 + length]
        offset, before = offset + 8 + length, tag
    return values


def _has_data_set(command: Mapping[int, bytes]) -> bool:
    """Tell whether a Data Set follows a command; RefusedError for one no Storage SCP takes."""
    for tag in (_FIELD, _DATA_SET_TYPE):
        if tag not in command:
            raise RefusedError(f"a Command Set without {_NAMES[tag]}")
    field = int.from_bytes(command[_FIELD], "little")
    if field not in _NEEDED:
        raise RefusedError(f"a message with Command Field {field:04X}, which is no C-STORE-RQ or C-ECHO-RQ")
    for tag in sorted(_NEEDED[field]):
        if not command.get(tag):
            raise RefusedError(f"a Command Set without {_NAMES[tag]}")
    follows = int.from_bytes(command[_DATA_SET_TYPE], "little") != _NO_DATA_SET
    if follows != (field == _C_STORE_RQ):
        raise RefusedError("a C-STORE-RQ without Data Set" if not follows else "a Data Set where none can be")
    return follows

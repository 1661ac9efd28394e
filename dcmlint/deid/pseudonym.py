"""What takes the place of identifiers: keyed and deterministic, so that no table of pairs is needed.

The same key gives the same UIDs, pseudonyms and shifts in every run; who does not have it can neither
compute nor undo them.
"""

from __future__ import annotations

import base64
import hmac

from dcmlint.standard.dictionary import uid as registered

__all__ = ["Pseudonyms"]

_CONTEXT_GROUPS = "1.2.840.10008.6.1."
_MOST = 1 << 16


class Pseudonyms:
    """New UIDs, pseudonyms and shifts of dates under one key of 32 bytes.

    `root` is the site's UID root without a dot at its end, "" for 2.25 (PS3.5 B.2); `most_days` is the
    largest shift.
    Raises ValueError if the root leaves no room for 26 digits.
    """

    __slots__ = ("_key", "_known", "_most_days", "_root")

    def __init__(self, key: bytes, root: str = "", most_days: int = 365) -> None:
        if len(root) > 36:
            raise ValueError("a UID root of more than 36 characters leaves no room")
        self._key = key
        self._root = root
        self._most_days = most_days
        self._known: dict[str, str] = {}

    def digest(self, purpose: str, value: bytes) -> bytes:
        """Return the HMAC-SHA-256 of a value for one purpose."""
        return hmac.digest(self._key, purpose.encode() + b"\0" + value, "sha256")

    def uid(self, value: str) -> str:
        """Return the new UID of a UID; those that PS3.6 and PS3.16 register stay as they are.

        Under 2.25 it is a UUID of version 8 (RFC 9562) as PS3.5 B.2 writes it. A UID that is not well formed
        gets one too: its text is all that counts.
        """
        found = self._known.get(value)
        if found is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            found = self._known[value] = self._new(value)
        return found

    def _new(self, value: str) -> str:
        if registered(value) is not None or value.startswith(_CONTEXT_GROUPS):
            return value
        number = int.from_bytes(self.digest("uid", value.encode("latin-1", "replace"))[:16], "big")
        if self._root:
            return f"{self._root}.{str(number + 1)[: 63 - len(self._root)]}"
        number = number & ~(0xF << 76) | 8 << 76
        return f"2.25.{number & ~(3 << 62) | 2 << 62}"

    def patient(self, patient_id: bytes) -> str:
        """Return the pseudonym of a Patient ID: "P" and 12 letters and digits."""
        return "P" + base64.b32encode(self.digest("patient", patient_id))[:12].decode()

    def shift_days(self, patient: bytes) -> int:
        """Return by how many days the dates of a patient move: never 0, at most `most_days` either way."""
        number = int.from_bytes(self.digest("shift", patient)[:8], "big") % (2 * self._most_days)
        return number - self._most_days if number < self._most_days else number - self._most_days + 1

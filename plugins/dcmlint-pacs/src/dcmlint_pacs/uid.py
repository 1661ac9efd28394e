"""What is a UID, what may stand for one in a URL, and its name as a file (PS3.5 9.1)."""

from __future__ import annotations

import re
from hashlib import sha256

__all__ = ["file_name", "is_uid", "is_usable_uid"]

_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_MOST = 64
_USABLE = re.compile(r"[0-9A-Za-z][0-9A-Za-z.\-_]{0,127}")


def is_uid(text: str) -> bool:
    """Tell whether a text is a UID: components of digits, at most 64 characters (PS3.5 9.1).

    Components that begin with 0 are let through: they are wrong, yet they are sent.
    """
    return len(text) <= _MOST and bool(_UID.fullmatch(text))


def is_usable_uid(text: object) -> bool:
    """Tell whether a text can stand for a UID in a URL of DICOMweb.

    More than PS3.5 9.1 allows, and more than `is_uid`: archives hold objects whose UIDs break it, which can
    be asked for all the same. Yet nothing that means another place.
    """
    return isinstance(text, str) and bool(_USABLE.fullmatch(text))


def file_name(uid: str) -> str:
    """Return a UID as the name of a file, a hash of what is none (x and 64 digits, which no UID is)."""
    return uid if is_uid(uid) else f"x{sha256(uid.encode('utf-8', 'surrogatepass')).hexdigest()}"

"""The encrypted map of originals to results: AES-256-GCM (NIST SP 800-38D), with the package cryptography."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

from dcmlint.audit.canonical import canonical
from dcmlint.audit.key import AuditKey
from dcmlint.audit.keyed import path_hash
from dcmlint.audit.record import FileRecord
from dcmlint.extra import import_extra

__all__ = ["decrypted", "demand_encryption", "encrypted"]

_NONCE = 12


def demand_encryption() -> None:
    """Raise UsageError, which tells how to install it, where the package cryptography is not there."""
    import_extra("cryptography", extra="audit", wanted_by="The map of identifiers")


def encrypted(file: FileRecord, key: AuditKey) -> str:
    """Return paths and SOP Instance UIDs of a file before and after, encrypted, in Base64.

    The ciphertext is bound to the keyed hash of the path. Raises UsageError without the package.
    """
    told = {
        "path": file.path,
        "result": (file.result or file.path) if file.after else "",
        "sop_instance_uid": file.sop_instance_uid,
        "new_sop_instance_uid": file.new_sop_instance_uid,
    }
    nonce = os.urandom(_NONCE)
    bound = path_hash(key, file.path).encode()
    return base64.b64encode(nonce + _cipher(key).encrypt(nonce, canonical(told), bound)).decode()


def decrypted(text: str, file: str, key: AuditKey) -> dict[str, str] | None:
    """Return what `encrypted` was given, None if it is not of this key and this keyed hash of a path."""
    demand_encryption()
    from cryptography.exceptions import InvalidTag

    try:
        content = base64.b64decode(text, validate=True)
        found = _cipher(key).decrypt(content[:_NONCE], content[_NONCE:], file.encode())
        told = json.loads(found)
    except (InvalidTag, ValueError):
        return None
    return {str(name): str(value) for name, value in told.items()}


def _cipher(key: AuditKey) -> Any:
    demand_encryption()
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key.derived("identifiers"))

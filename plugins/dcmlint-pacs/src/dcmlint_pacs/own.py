"""What we are to peers: our AE title, port and certificates, from the environment.

They are the same for all inputs of a run and reach worker processes, so they are no part of a location.
"""

from __future__ import annotations

import os
import ssl
from typing import NamedTuple

from dcmlint.errors import UsageError
from dcmlint_pacs.peer import is_ae_title

__all__ = ["Own", "client_tls", "own"]


class Own(NamedTuple):
    """Our side: `aet` (DCMLINT_AET, else DCMLINT), `move_port` where our C-MOVE destination listens
    (DCMLINT_MOVE_PORT, 0 = C-GET is used), and files in PEM: certificates to trust (DCMLINT_TLS_CA, "" =
    those of the system), our certificate and its key (DCMLINT_TLS_CERT, DCMLINT_TLS_KEY)."""

    aet: str = "DCMLINT"
    move_port: int = 0
    tls_ca: str = ""
    tls_cert: str = ""
    tls_key: str = ""


def own() -> Own:
    """Return what the environment says; raises UsageError for a value that cannot be."""
    ask = os.environ.get
    aet = ask("DCMLINT_AET", "DCMLINT")
    if not is_ae_title(aet):
        raise UsageError("DCMLINT_AET is no AE title: at most 16 characters, no backslash.")
    port = ask("DCMLINT_MOVE_PORT", "0")
    if not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise UsageError("DCMLINT_MOVE_PORT is no port: 1 to 65535.")
    files = (ask(f"DCMLINT_TLS_{name}", "") for name in ("CA", "CERT", "KEY"))
    return Own(aet, int(port), *files)


def client_tls(ours: Own) -> ssl.SSLContext:
    """Return the context for connections that we open: the peer's certificate and name are verified."""
    try:
        context = ssl.create_default_context(cafile=ours.tls_ca or None)
        if ours.tls_cert:
            context.load_cert_chain(ours.tls_cert, ours.tls_key or None)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            "The files for TLS cannot be used: they are missing, or not in PEM.",
            "See DCMLINT_TLS_CA, DCMLINT_TLS_CERT and DCMLINT_TLS_KEY in docs/pacs.md",
        ) from error
    return context

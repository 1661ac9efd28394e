"""Who we are to a DICOMweb server: from the environment or the keyring, never from a location.

Looked up in this order, and sent to the servers that the user names and to no others:

1. DCMLINT_WEB_TOKEN: a bearer token (RFC 6750);
2. DCMLINT_WEB_USER and DCMLINT_WEB_PASSWORD: basic authentication (RFC 7617);
3. if the server answers 401 and the package keyring is installed: the secret of the service "dcmlint" and the
   user that is the host of the server, as the location has it (with the port where one is given). The secret
   is "user:password", or "Bearer " and a token. With DCMLINT_WEB_USER alone it is the password only.
"""

from __future__ import annotations

import os
from base64 import b64encode

from dcmlint.errors import UsageError

__all__ = ["Credentials", "from_environment", "from_keyring"]

SERVICE = "dcmlint"
"""The service that secrets in the keyring are of."""


class Credentials:
    """The value of the header field Authorization; it is in no text that is made of this."""

    __slots__ = ("_header",)

    def __init__(self, header: str) -> None:
        self._header = header

    def __repr__(self) -> str:
        return "Credentials(...)"

    def __reduce__(self) -> str:
        raise TypeError("credentials are not written down")

    def header(self) -> str:
        """Return the value of Authorization."""
        return self._header


def from_environment() -> Credentials | None:
    """Return what the environment has, None if that is nothing; raises UsageError for what cannot be sent."""
    ask = os.environ.get
    if token := ask("DCMLINT_WEB_TOKEN", ""):
        return _bearer(token, "DCMLINT_WEB_TOKEN")
    user, password = ask("DCMLINT_WEB_USER", ""), ask("DCMLINT_WEB_PASSWORD")
    if password is None:
        return None
    if not user:
        raise UsageError("DCMLINT_WEB_PASSWORD is of no use without DCMLINT_WEB_USER.")
    return _basic(user, password, "DCMLINT_WEB_USER and DCMLINT_WEB_PASSWORD")


def from_keyring(host: str) -> Credentials | None:
    """Return what the keyring has for a host, None if there is nothing, or no keyring.

    Raises UsageError for what cannot be sent.
    """
    try:
        import keyring

        secret = keyring.get_password(SERVICE, host)
    except Exception:  # not installed, or no backend, or locked: nobody is asked for a password
        return None
    if not secret:
        return None
    where = f"The secret of {host} in the keyring"
    if user := os.environ.get("DCMLINT_WEB_USER", ""):
        return _basic(user, secret, where)
    if secret.startswith("Bearer "):
        return _bearer(secret.removeprefix("Bearer ").strip(), where)
    user, colon, password = secret.partition(":")
    if not colon:
        raise UsageError(f"{where} is neither user:password nor a bearer token.", "See docs/pacs.md")
    return _basic(user, password, where)


def _bearer(token: str, where: str) -> Credentials:
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise UsageError(f"{where} is no bearer token: it has characters that cannot be sent.")
    return Credentials(f"Bearer {token}")


def _basic(user: str, password: str, where: str) -> Credentials:
    if ":" in user:
        raise UsageError(f"{where}: a user with a colon cannot be sent.")
    return Credentials(f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}")

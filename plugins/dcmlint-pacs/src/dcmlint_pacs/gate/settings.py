"""The file `gate.yaml`: from its text to a Config, with the line of what is wrong in it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from dcmlint.errors import UsageError
from dcmlint.policy.document import Document, read_document
from dcmlint_pacs.gate.config import Allow, Choice, Config, Forward, Http, Limits, Tls, checked
from dcmlint_pacs.gate.model import ACTIONS
from dcmlint_pacs.near import nearest
from dcmlint_pacs.own import own
from dcmlint_pacs.peer import is_ae_title, peer_of

__all__ = ["read_config"]

_SIZE = re.compile(r"([0-9]{1,12}) ?(|KiB|MiB|GiB|kB|MB|GB)")
_UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 10**3, "MB": 10**6, "GB": 10**9}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HINT = "See docs/gate.md for all keys."


class _At(NamedTuple):
    """A place in the file: what reads a value there says the line of what is wrong."""

    document: Document
    path: tuple[str | int, ...]

    def wrong(self, what: str) -> UsageError:
        line = self.document.line(self.path)
        name = ".".join(str(part) for part in self.path if isinstance(part, str))
        return UsageError(f"{self.document.file}, line {line}: {name + ' ' if name else ''}{what}", _HINT)

    def __truediv__(self, part: str | int) -> _At:
        return _At(self.document, (*self.path, part))


_Read = Callable[[Any, _At], Any]


def read_config(file: str) -> Config:
    """Return what the file says; raises UsageError, with its line, for what cannot be meant."""
    document = read_document(file)
    at = _At(document, ())
    found = _section(_CONFIG)(document.content, at)
    if "spool" not in found:
        raise at.wrong("has no key spool: the folder in which objects are kept")
    found.setdefault("aet", own().aet)
    try:
        return checked(Config(**found), is_default="otherwise" not in found)
    except UsageError as error:
        raise UsageError(f"{file}: {error.message}", error.hint) from error


def _section(keys: Mapping[str, tuple[str, _Read]]) -> _Read:
    """Return what reads a mapping: keys of the file to names of parameters and what reads their values."""

    def read(value: Any, at: _At) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise at.wrong("has to be keys with values")
        found = {}
        for key, each in value.items():
            if key not in keys:
                near = nearest(key, keys)
                raise (at / key).wrong(f"is no key here{f': {near}?' if near else ''}")
            name, reader = keys[key]
            found[name] = reader(each, at / key)
        return found

    return read


def _made(make: Callable[..., Any], keys: Mapping[str, tuple[str, _Read]], *needed: str) -> _Read:
    read = _section(keys)

    def made(value: Any, at: _At) -> Any:
        found = read(value, at)
        for name in needed:
            if name not in found:
                raise at.wrong(f"needs {name}")
        return make(**found)

    return made


def _text(value: Any, at: _At) -> str:
    if not isinstance(value, str) or not value.strip():
        raise at.wrong("has to be text")
    return value


def _flag(value: Any, at: _At) -> bool:
    if not isinstance(value, bool):
        raise at.wrong("has to be true or false")
    return value


def _port(value: Any, at: _At) -> int | None:
    if value is not None and (type(value) is not int or not 0 <= value < 65536):
        raise at.wrong("has to be a port, 0 to 65535, or empty for none")
    return value


def _whole(value: Any, at: _At) -> int:
    if type(value) is not int or value < 1:
        raise at.wrong("has to be a whole number of at least 1")
    return value


def _bytes(value: Any, at: _At) -> int:
    found = _SIZE.fullmatch(str(value)) if type(value) in (int, str) else None
    if not found:
        raise at.wrong("has to be a number of bytes, such as 262144 or 256 KiB")
    return int(found[1]) * _UNITS[found[2]]


def _seconds(value: Any, at: _At) -> float:
    if type(value) not in (int, float) or not 0 <= value < 10**7:
        raise at.wrong("has to be a number of seconds")
    return float(value)


def _one_of(*choices: str) -> _Read:
    def read(value: Any, at: _At) -> str:
        if value not in choices:
            raise at.wrong(f"has to be one of {', '.join(choices)}")
        return str(value)

    return read


def _list(each: _Read) -> _Read:
    """Return what reads a list, or a single value as a list of one."""

    def read(value: Any, at: _At) -> tuple[Any, ...]:
        values = value if isinstance(value, list) else [value]
        return tuple(each(one, at / number) for number, one in enumerate(values))

    return read


def _ae_title(value: Any, at: _At) -> str:
    text = str(value) if type(value) is int else value
    if not isinstance(text, str) or not is_ae_title(text):
        raise at.wrong("has to be an AE title: at most 16 characters, no backslash")
    return text.strip()


def _network(value: Any, at: _At) -> str:
    try:
        return str(ipaddress.ip_network(str(value), strict=False))
    except ValueError:
        raise at.wrong("has to be an address or a network, such as 10.1.0.0/16") from None


def _variable(value: Any, at: _At) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise at.wrong("has to be the name of an environment variable, not a secret")
    return value


def _peer(value: Any, at: _At) -> Any:
    try:
        return peer_of(_text(value, at))
    except UsageError as error:
        raise at.wrong(f"is no target: {error.message}") from error


_TLS = _made(
    Tls,
    {"certificate": ("certificate", _text), "key": ("key", _text), "client_ca": ("client_ca", _text)},
    "certificate",
    "key",
)
_ALLOW = _made(
    Allow,
    {
        "calling": ("calling", _list(_ae_title)),
        "called": ("called", _list(_ae_title)),
        "addresses": ("addresses", _list(_network)),
    },
)
_LIMITS = _made(
    Limits,
    {
        "associations": ("associations", _whole),
        "per_address": ("per_address", _whole),
        "pdu": ("pdu", _bytes),
        "object": ("object", _bytes),
        "idle_s": ("idle_s", _seconds),
        "total_s": ("total_s", _seconds),
        "reserve": ("reserve", _bytes),
        "waiting": ("waiting", _whole),
    },
)
_CHOICE = _made(
    Choice,
    {
        "action": ("action", _one_of(*ACTIONS)),
        "rule": ("rule", _list(_text)),
        "severity": ("severity", _one_of("error", "warning", "note")),
        "calling": ("calling", _list(_text)),
        "sop_class": ("sop_class", _list(_text)),
    },
    "action",
)
_FORWARD = _made(
    Forward,
    {
        "targets": ("targets", _list(_peer)),
        "acknowledge": ("acknowledge", _one_of("spooled", "forwarded")),
        "keep": ("keep", _flag),
        "connections": ("connections", _whole),
        "within_s": ("within_s", _seconds),
    },
    "targets",
)
_HTTP = _made(
    Http,
    {
        "port": ("port", _port),
        "bind": ("bind", _text),
        "tls": ("tls", _TLS),
        "user_env": ("user_env", _variable),
        "password_env": ("password_env", _variable),
        "token_env": ("token_env", _variable),
        "stow": ("stow", _flag),
    },
)
_CONFIG: dict[str, tuple[str, _Read]] = {
    "spool": ("spool", _text),
    "aet": ("aet", _ae_title),
    "port": ("port", _port),
    "bind": ("bind", _text),
    "tls": ("tls", _TLS),
    "allow": ("allow", _ALLOW),
    "limits": ("limits", _LIMITS),
    "policy": ("policies", _list(_text)),
    "settings": ("settings", _text),
    "decide": ("decide", _list(_CHOICE)),
    "otherwise": ("otherwise", _one_of(*ACTIONS)),
    "quarantined": ("quarantined", _one_of("warning", "success")),
    "forward": ("forward", _FORWARD),
    "http": ("http", _HTTP),
    "unrestricted": ("unrestricted", _flag),
    "show_station": ("show_station", _flag),
    "log": ("log", _one_of("text", "json")),
}

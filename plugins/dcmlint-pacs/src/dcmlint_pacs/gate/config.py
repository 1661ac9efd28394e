"""What a gate is told: where it listens, whom it lets in, its limits, and what it does with objects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from dcmlint.errors import UsageError
from dcmlint_pacs.gate.model import Action
from dcmlint_pacs.peer import DimsePeer, WebPeer

__all__ = ["Allow", "Choice", "Config", "Forward", "Http", "Limits", "Tls", "checked"]

_LEAST_PDU, _MOST_PDU = 4096, 16 << 20


@dataclass(frozen=True, slots=True)
class Tls:
    """Files in PEM for a server: its certificate and key, and the certificates that clients must be signed by
    ("" = clients need none)."""

    certificate: str
    key: str
    client_ca: str = ""


@dataclass(frozen=True, slots=True)
class Allow:
    """Whom the gate talks to; empty = anyone. `addresses` are networks (a single address is one of its own).
    `called` are AE titles that we answer to beside our own; "*" = any."""

    calling: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds: associations (or HTTP requests) at once, in all and of one address; bytes of a P-DATA-TF PDU
    that we receive and of an object; seconds without a byte, and seconds of an association in all (0 = no
    bound); bytes of the disk that are left free; objects that may wait to be forwarded."""

    associations: int = 32
    per_address: int = 16
    pdu: int = 256 << 10
    object: int = 4 << 30
    idle_s: float = 60.0
    total_s: float = 0.0
    reserve: int = 256 << 20
    waiting: int = 10_000


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of `decide`: objects with a finding of such a rule (globs) and at least such a severity, from
    such a calling AE title (globs), of such a SOP Class; empty = any."""

    action: Action
    rule: tuple[str, ...] = ()
    severity: Literal["error", "warning", "note", ""] = ""
    calling: tuple[str, ...] = ()
    sop_class: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Forward:
    """Where objects go on to. `acknowledge` says when the sender is answered: once the object is in our
    spool, or once every target has it, which `within_s` bounds. `keep` keeps in accepted/ what was forwarded.
    `connections` is how many objects at most are on their way to one target at once."""

    targets: tuple[DimsePeer | WebPeer, ...] = ()
    acknowledge: Literal["spooled", "forwarded"] = "spooled"
    keep: bool = False
    connections: int = 1
    within_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Http:
    """The port of STOW-RS, status page and metrics (None = none); `user_env` and `password_env` or
    `token_env` are names of environment variables with the credentials ("" = nobody has to say any)."""

    port: int | None = None
    bind: str = "127.0.0.1"
    tls: Tls | None = None
    user_env: str = ""
    password_env: str = ""
    token_env: str = ""
    stow: bool = True


@dataclass(frozen=True, slots=True)
class Config:
    """All that a gate is told. `policies` and `settings` are as `--policy` and `--config` of `dcmlint check`;
    `quarantined` is what a sender is told of an object in quarantine: a warning (B007), or success."""

    spool: str
    aet: str = "DCMLINT"
    port: int | None = 11112
    bind: str = "127.0.0.1"
    tls: Tls | None = None
    allow: Allow = Allow()
    limits: Limits = Limits()
    policies: tuple[str, ...] = ()
    settings: str = ""
    decide: tuple[Choice, ...] = (Choice("quarantine", severity="error"),)
    otherwise: Action = "accept"
    quarantined: Literal["warning", "success"] = "warning"
    forward: Forward = Forward()
    http: Http = Http()
    unrestricted: bool = False
    show_station: bool = False
    log: Literal["text", "json"] = "text"


def checked(config: Config, *, is_default: bool) -> Config:
    """Return the configuration if its parts go together; raises UsageError if they do not.

    `is_default` says that nobody chose `otherwise`: with targets it is forward.
    """
    limits = config.limits
    if is_default and config.forward.targets:
        config = replace(config, otherwise="forward")
    actions = {config.otherwise, *(choice.action for choice in config.decide)}
    if "forward" in actions and not config.forward.targets:
        raise UsageError("There is no target to forward to.", "forward: targets, or --forward")
    if limits.pdu < _LEAST_PDU or limits.pdu > _MOST_PDU:
        raise UsageError(f"limits.pdu is {_LEAST_PDU} to {_MOST_PDU} bytes.")
    if config.port is None and config.http.port is None:
        raise UsageError("The gate would listen nowhere.", "Give port (DIMSE) or http: port (STOW-RS).")
    if bool(config.http.user_env) != bool(config.http.password_env):
        raise UsageError("http: user_env and password_env go together.")
    return config

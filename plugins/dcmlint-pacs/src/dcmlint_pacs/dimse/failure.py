"""What goes wrong with a peer, in words that have no value in them."""

from __future__ import annotations

import ssl

__all__ = ["PeerError", "reason_of", "rejection", "status_text"]


class PeerError(Exception):
    """An operation failed. `may_pass` says that it is worth trying again with a new association, `is_busy`
    that the peer is there and has no room for one, `rule` is the rule that the failure is a finding of."""

    def __init__(
        self, reason: str, *, may_pass: bool = False, is_busy: bool = False, rule: str = "file/unreadable"
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.may_pass = may_pass
        self.is_busy = is_busy
        self.rule = rule


_REJECTED = {
    (1, 1): "no reason given: does the peer know our AE title, host and port?",
    (1, 2): "the Application Context Name is not supported",
    (1, 3): "it does not know our AE title as calling (DCMLINT_AET)",
    (1, 7): "it does not know the AE title that we called it by",
    (2, 1): "no reason given by its ACSE",
    (2, 2): "the protocol version is not supported",
    (3, 1): "it is congested",
    (3, 2): "its limit of associations is reached",
}
"""Reasons of an A-ASSOCIATE-RJ by source and reason (PS3.8 Table 9-21)."""


def rejection(result: int, source: int, reason: int) -> PeerError:
    """Return the failure that an A-ASSOCIATE-RJ is (PS3.8 9.3.4)."""
    why = _REJECTED.get((source, reason), f"source {source}, reason {reason}")
    how = "for now" if result == 2 else "for good"
    is_busy = result == 2
    return PeerError(f"the association is rejected {how}: {why}", may_pass=is_busy, is_busy=is_busy)


def reason_of(error: OSError) -> PeerError:
    """Return the failure that an error of a socket is."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return PeerError("its certificate is not trusted, or is of another host (see DCMLINT_TLS_CA)")
    if isinstance(error, ssl.SSLError):
        return PeerError("TLS fails: does the port speak it, and does the peer want a certificate of ours?")
    if isinstance(error, TimeoutError):
        return PeerError("there is no answer in time", may_pass=True)
    if isinstance(error, ConnectionRefusedError):
        return PeerError("the connection is refused: nothing listens there", may_pass=True)
    if isinstance(error, ConnectionError):
        return PeerError("the peer closed the connection", may_pass=True)
    return PeerError(f"the peer cannot be reached ({error.strerror or type(error).__name__})", may_pass=True)


_STATUS = {
    0x0122: "SOP Class not supported",
    0x0124: "not authorized",
    0x0210: "duplicate invocation",
    0x0211: "unrecognized operation",
    0x0212: "mistyped argument",
    0xA700: "out of resources",
    0xA701: "out of resources: it cannot count the matches",
    0xA702: "out of resources: it cannot perform sub-operations",
    0xA801: "it does not know the move destination, which is our AE title with a host and port",
    0xA900: "the identifier does not match the SOP Class",
    0xB000: "some sub-operations failed",
    0xFE00: "canceled",
}


def status_text(status: int) -> str:
    """Return what a status of C-FIND, C-GET or C-MOVE says (PS3.4 C.4.1 to C.4.3)."""
    text = _STATUS.get(status, "unable to process" if 0xC000 <= status <= 0xCFFF else "")
    return f"status {status:04X}H" + (f", {text}" if text else "")

"""How a preflight is told: labels of Transfer Syntaxes, sentences about verdicts, sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dcmlint_pacs.names import name
from dcmlint_pacs.preflight.demand import FAULTS, Demand
from dcmlint_pacs.preflight.model import Facts, Offer
from dcmlint_pacs.preflight.verdict import STATUSES, Status, Verdict

__all__ = [
    "WORDS",
    "Preflight",
    "conversion_text",
    "facts_lines",
    "plural",
    "short_syntax",
    "storescu_sums",
    "storescu_text",
    "sums",
]

WORDS: Mapping[str, str] = {"accepted": "yes", "transcodable": "conv", "rejected": "no", "unknown": "?"}
"""What a cell of the matrix says."""

_SHORT = {
    "1.2.840.10008.1.2": "Impl LE",
    "1.2.840.10008.1.2.1": "Expl LE",
    "1.2.840.10008.1.2.1.98": "EncapUn",
    "1.2.840.10008.1.2.1.99": "Deflate",
    "1.2.840.10008.1.2.2": "Expl BE",
    "1.2.840.10008.1.2.4.50": "JPEG 8",
    "1.2.840.10008.1.2.4.51": "JPEG 12",
    "1.2.840.10008.1.2.4.57": "JPEG LL",
    "1.2.840.10008.1.2.4.70": "JPEG SV",
    "1.2.840.10008.1.2.4.80": "JLS LL",
    "1.2.840.10008.1.2.4.81": "JLS",
    "1.2.840.10008.1.2.4.90": "J2K LL",
    "1.2.840.10008.1.2.4.91": "J2K",
    "1.2.840.10008.1.2.4.201": "HTJ LL",
    "1.2.840.10008.1.2.4.202": "HTJ RP",
    "1.2.840.10008.1.2.4.203": "HTJ2K",
    "1.2.840.10008.1.2.5": "RLE",
}
_ROOT = "1.2.840.10008.1.2"


class Preflight(NamedTuple):
    """One preflight: what data ask for, what the peer takes, and the verdicts."""

    demand: Demand
    offer: Offer
    verdicts: Sequence[Verdict]

    def instances(self) -> Mapping[Status, int]:
        """Return the number of instances by status."""
        found: dict[Status, int] = dict.fromkeys(STATUSES, 0)
        for each in self.verdicts:
            found[each.status] += each.cell.count
        return found

    def exit_status(self, *, strict: bool) -> int:
        """Return 0 if all will be taken as they are stored, or with a conversion (not if `strict`), else 1.

        What is unknown is no reason for 1, unless `strict`; what cannot be sent at all is.
        """
        count = self.instances()
        is_bad = count["rejected"] or (strict and (count["transcodable"] or count["unknown"]))
        return 1 if is_bad or any(reason in self.demand.apart for reason in FAULTS) else 0


def short_syntax(uid: str) -> str:
    """Return a label of at most 7 characters that tells Transfer Syntaxes apart in a table."""
    return _SHORT.get(uid) or (uid.removeprefix(_ROOT) if uid.startswith(_ROOT) else uid)[-7:]


def plural(count: int, what: str) -> str:
    """Return "1 instance", "2,000 instances"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def conversion_text(verdict: Verdict) -> str:
    """Return what the data can be converted to, whether that is lossless, and by which tool."""
    to = verdict.to
    if to is None:
        return ""
    loss = "lossless" if to.lossless else "WITH LOSS"
    return f"{name(to.syntax)} ({loss}; {to.tool or 'no common tool does it'})"


def storescu_text(verdict: Verdict) -> str:
    """Return what DCMTK's storescu would do."""
    sent = verdict.storescu
    if sent.how == "converted":
        return f"converts to {name(sent.syntax)}"
    return {
        "as-stored": "sends as stored",
        "sent": "sends, as stored or converted: the peer decides",
        "not-sent": f"does not send: {sent.why}",
        "unknown": "unknown",
    }[sent.how]


def sums(preflight: Preflight) -> str:
    """Return the numbers of instances by status, in one line."""
    count = preflight.instances()
    parts = [f"{count[status]:,} {status}" for status in STATUSES if status != "unknown" or count[status]]
    return f"{plural(preflight.demand.instances, 'instance')}: {', '.join(parts)}"


def storescu_sums(preflight: Preflight) -> Mapping[str, int]:
    """Return the numbers of instances by what storescu would do."""
    found: Counter[str] = Counter()
    for each in preflight.verdicts:
        found[each.storescu.how] += each.cell.count
    return found


def facts_lines(offer: Offer) -> list[tuple[str, str]]:
    """Return what else is known of the peer: what, and its value."""
    facts = offer.facts
    lines = [("Peer", f"{offer.peer} ({_KINDS[offer.kind]})")]
    if offer.associations:
        lines.append(("Asked in", f"{plural(offer.associations, 'association')}, nothing stored"))
    if offer.rejection:
        lines.append(("Rejected", offer.rejection))
    implementation = " ".join(filter(None, (facts.implementation_version, facts.implementation_class_uid)))
    if implementation:
        lines.append(("Implementation", implementation))
    if facts.max_pdu >= 0:
        lines.append(("Longest PDU", f"{facts.max_pdu:,} bytes" if facts.max_pdu else "no limit"))
    if offer.kind != "web" and not offer.rejection:
        lines += _negotiated(facts)
    return [*lines, *(("Note", note) for note in offer.notes)]


_KINDS = {"live": "live", "declared": "as declared", "web": "DICOMweb"}


def _negotiated(facts: Facts) -> list[tuple[str, str]]:
    roles = Counter(" and ".join(each) or "none" for each in facts.roles.values())
    told = ", ".join(f"{each} of {plural(count, 'SOP Class')}" for each, count in sorted(roles.items()))
    lines = [("Roles", told.replace("SOP Classs", "SOP Classes"))] if told else []
    window = facts.operations
    lines.append(("Operations", f"{window[0]} invoked, {window[1]} performed" if window else "one at a time"))
    if facts.extended:
        values = Counter(value.hex() for value in facts.extended.values())
        lines.append(
            (
                "Extended",
                ", ".join(
                    f"{value} for {plural(count, 'SOP Class')}".replace("Classs", "Classes")
                    for value, count in values.items()
                ),
            )
        )
    if facts.identity:
        lines.append(("User identity", facts.identity))
    return lines

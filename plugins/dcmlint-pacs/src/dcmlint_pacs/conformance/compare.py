"""Two conformance files: how they differ, and which of what they have can never talk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from dcmlint_pacs.conformance.model import Declared, Service
from dcmlint_pacs.names import name

__all__ = ["Difference", "Talk", "differences", "talks"]


class Difference(NamedTuple):
    """One thing in which two files differ: `what` it is, of which SOP Class ("" = of none), and both values,
    None where there is nothing."""

    what: str
    sop_class: str
    a: Any
    b: Any


def differences(a: Declared, b: Declared) -> Iterator[Difference]:
    """Yield how two files differ. Names and notes, which are for people, do not count, nor does order."""
    pairs = (
        ("ae-title", a.ae_title, b.ae_title),
        ("implementation class-uid", a.facts.implementation_class_uid, b.facts.implementation_class_uid),
        ("implementation version", a.facts.implementation_version, b.facts.implementation_version),
        ("max-pdu", _told(a.facts.max_pdu), _told(b.facts.max_pdu)),
        ("operations", a.facts.operations, b.facts.operations),
    )
    for what, one, other in pairs:
        if one != other:
            yield Difference(what, "", one, other)
    for uid in dict.fromkeys((*a.services, *b.services)):
        service, its = a.services.get(uid), b.services.get(uid)
        if service is None or its is None:
            yield Difference("sop-class", uid, _shown(service), _shown(its))
            continue
        if service.roles != its.roles:
            yield Difference("roles", uid, list(service.roles), list(its.roles))
        if set(service.syntaxes) != set(its.syntaxes):
            only_a = [each for each in service.syntaxes if each not in its.syntaxes]
            only_b = [each for each in its.syntaxes if each not in service.syntaxes]
            yield Difference("transfer-syntaxes", uid, only_a, only_b)
        if (x := a.facts.extended.get(uid)) != (y := b.facts.extended.get(uid)):
            yield Difference("extended-negotiation", uid, x and x.hex(), y and y.hex())


def _told(max_pdu: int) -> int | None:
    return None if max_pdu < 0 else max_pdu


def _shown(service: Service | None) -> dict[str, Any] | None:
    if service is None:
        return None
    return {"roles": list(service.roles), "transfer-syntaxes": list(service.syntaxes)}


class Talk(NamedTuple):
    """Whether one, as the SCU of a SOP Class, can talk to the other: `why` not ("" = they can).

    `common` has the Transfer Syntaxes that both have, `needs` those of the SCU, `offers` those of the SCP.
    """

    scu: Literal["A", "B"]
    sop_class: str
    why: Literal["", "sop-class", "role", "transfer-syntax"]
    common: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Why not, in words."""
        scp = "B" if self.scu == "A" else "A"
        if self.why == "sop-class":
            return f"{scp} does not have the SOP Class"
        if self.why == "role":
            return f"{scp} has the SOP Class as SCU only"
        if self.why == "transfer-syntax":
            needs, offers = (", ".join(map(name, each)) for each in (self.needs, self.offers))
            return f"no Transfer Syntax in common: {self.scu} needs {needs}; {scp} offers {offers}"
        return ""


def talks(a: Declared, b: Declared) -> Iterator[Talk]:
    """Yield for each SOP Class that one has as SCU whether it can talk to the other as SCP, A first."""
    yield from _talks("A", a, b)
    yield from _talks("B", b, a)


def _talks(scu: Literal["A", "B"], ours: Declared, theirs: Declared) -> Iterator[Talk]:
    for uid, one in ours.services.items():
        if "SCU" not in one.roles:
            continue
        other = theirs.services.get(uid)
        if other is None:
            yield Talk(scu, uid, "sop-class", needs=one.syntaxes)
        elif "SCP" not in other.roles:
            yield Talk(scu, uid, "role", needs=one.syntaxes, offers=other.syntaxes)
        else:
            common = tuple(each for each in one.syntaxes if each in other.syntaxes)
            yield Talk(scu, uid, "" if common else "transfer-syntax", common, one.syntaxes, other.syntaxes)

"""Verdicts as findings on the files that they concern."""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Finding, InstanceReport
from dcmlint_pacs.names import name
from dcmlint_pacs.preflight.verdict import Verdict
from dcmlint_pacs.preflight.words import Preflight, conversion_text

__all__ = ["MOST_FINDINGS", "findings_of", "left_out"]

MOST_FINDINGS = 20_000
"""Files that findings are written for at most; the matrix counts all."""

_REJECTED = "interop/association-rejected"


def findings_of(preflight: Preflight) -> Iterator[InstanceReport]:
    """Yield a report of each file that the peer does not take as it is stored, a bounded number; where the
    peer rejects the association as a whole, one of the peer."""
    from dcmlint.catalogue import find_rule

    offer = preflight.offer
    if offer.rejection:
        finding = Finding(_REJECTED, "error", (), None, None, None, {"reason": offer.rejection})
        yield InstanceReport(offer.peer, "place", "", "", offer.peer, (finding,))
        return
    left = MOST_FINDINGS
    for verdict in preflight.verdicts:
        if not verdict.rule:
            continue
        args = _args(verdict, offer.peer)
        finding = Finding(verdict.rule, find_rule(verdict.rule).severity, (), None, None, None, args)
        for each in verdict.cell.instances[: max(left, 0)]:
            uid = each.sop_instance_uid
            yield InstanceReport(
                each.file, "instance", verdict.pair.sop_class, uid, uid or each.file, (finding,)
            )
        left -= len(verdict.cell.instances)


def _args(verdict: Verdict, peer: str) -> dict[str, str]:
    """Return what the messages of the rules need."""
    return {
        "peer": peer,
        "sop_class": name(verdict.pair.sop_class),
        "syntax": name(verdict.pair.syntax),
        "why": verdict.answer.why,
        "to": conversion_text(verdict),
    }


def left_out(preflight: Preflight) -> int:
    """Return how many files there is no finding for because there are too many."""
    concerned = [each for each in preflight.verdicts if each.rule]
    named = min(sum(len(each.cell.instances) for each in concerned), MOST_FINDINGS)
    return _count(concerned) - named


def _count(verdicts: list[Verdict]) -> int:
    return sum(each.cell.count for each in verdicts)

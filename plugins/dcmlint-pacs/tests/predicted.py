"""What a preflight predicts, beside what came of sending the same files: for tests, and for benchmarks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from sending import Came, send_as_stored, send_by_default

if TYPE_CHECKING:
    from dcmlint_pacs.preflight.demand import Instance
    from dcmlint_pacs.preflight.verdict import Verdict
    from dcmlint_pacs.preflight.words import Preflight

__all__ = ["Compared", "compare", "table"]

_SENDER = (
    "missing SOP class",
    "unknown storage SOP class",
    "Bad DICOM file",
    "No SOP Class or Instance UID",
)
"""What storescu says of files that it does not send, whatever the peer takes."""


class Compared(NamedTuple):
    """One prediction on one file. `way` is how it was sent: "as stored", or by "default" of storescu.

    `beside` is what no Presentation Context decides: "sender" where storescu cannot read the file, or does
    not know its SOP Class, "status" where the peer took the context and refused the instance.
    """

    file: str
    way: Literal["as stored", "default"]
    predicted: str
    came: Came
    agrees: bool
    beside: str = ""
    explained: bool = False


def compare(preflight: Preflight, peer: tuple[int, str], folder: Path) -> Iterator[Compared]:
    """Send all that the preflight is about, and that can be sent, both ways; yield how each file came out."""
    files = {tuple(each.pair): [one.file for one in each.cell.instances] for each in preflight.verdicts}
    stored = send_as_stored(peer, files, folder)
    default = send_by_default(peer, [name for names in files.values() for name in names])
    for verdict in preflight.verdicts:
        for instance in verdict.cell.instances:
            yield _as_stored(verdict, instance, stored.get(instance.file, Came("lost")))
            yield _default(verdict, instance, default.get(instance.file, Came("lost")))


def _as_stored(verdict: Verdict, instance: Instance, came: Came) -> Compared:
    """The one Presentation Context was accepted or not, whatever became of the file then."""
    predicted = verdict.status == "accepted"
    agrees = came.how != "lost" and predicted == came.negotiated
    return _compared(instance, "as stored", verdict.status, came)._replace(agrees=agrees)


def _default(verdict: Verdict, instance: Instance, came: Came) -> Compared:
    how = verdict.storescu.how
    outcomes: Mapping[str, bool] = {
        "as-stored": came.how == "status" or (came.how == "stored" and not came.detail),
        "converted": came.how == "status" or (came.how == "stored" and bool(came.detail)),
        "not-sent": came.how in ("no-context", "not-converted"),
    }
    found = _compared(instance, "default", how, came)
    return found._replace(agrees=found.beside == "sender" or outcomes.get(how, False))


def _compared(
    instance: Instance, way: Literal["as stored", "default"], predicted: str, came: Came
) -> Compared:
    beside = "status" if came.how == "status" else ""
    if came.how == "left-out" and came.detail in _SENDER:
        beside = "sender"
    explained = beside == "status" and not instance.has_uids
    return Compared(instance.file, way, predicted, came, False, beside, explained)


def table(found: Iterable[Compared]) -> Sequence[str]:
    """Return lines that count what was predicted, and what came."""
    counts = Counter((each.way, each.predicted, each.came.how, each.agrees) for each in found)
    head = f"  {'sent':<10} {'predicted':<13} {'came':<14} {'files':>6}"
    return [
        head,
        *(
            f"  {way:<10} {predicted:<13} {came:<14} {count:>6}{'' if agrees else '  DISAGREES'}"
            for (way, predicted, came, agrees), count in sorted(counts.items())
        ),
    ]

"""One preflight: data and peer to verdicts, reports and exit status."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from dcmlint.errors import UsageError
from dcmlint.source import NOTHING_ASKED, Asked
from dcmlint_pacs.own import Own, own
from dcmlint_pacs.peer import DimsePeer, WebPeer, is_ae_title, peer_of
from dcmlint_pacs.preflight.demand import FAULTS, Demand, demand_of
from dcmlint_pacs.preflight.model import Offer
from dcmlint_pacs.preflight.verdict import judge, proposals_for
from dcmlint_pacs.preflight.words import Preflight

if TYPE_CHECKING:
    from dcmlint.run import Output

__all__ = ["Wanted", "ours_as", "preflight", "run"]

_OWN_FORMATS = ("text", "json", "html")


class Wanted(NamedTuple):
    """What the user asked for. `formats` are as NAME or NAME:FILE, `output` is the file of the only one."""

    paths: tuple[str, ...]
    peer: str
    formats: tuple[str, ...] = ()
    output: str = ""
    strict: bool = False
    aet: str = ""
    where: tuple[str, ...] = ()
    per_series: str = ""


def run(wanted: Wanted) -> int:
    """Make a preflight, write its reports, and return the exit status; raises UsageError."""
    from dcmlint.run import Output

    outputs = [Output(*each.split(":", 1)) for each in wanted.formats or ("text",)]
    if wanted.output:
        if len(outputs) > 1:
            raise UsageError("--output names the file of one report.", "Such as --format html:preflight.html")
        outputs = [outputs[0]._replace(file=wanted.output)]
    _refuse(outputs)
    asked = Asked.parsed(wanted.where, wanted.per_series)
    found = preflight(wanted.paths, wanted.peer, ours_as(wanted.aet), asked)
    status = found.exit_status(strict=wanted.strict)
    _write(found, outputs, status, wanted)
    return status


def ours_as(aet: str) -> Own:
    """Return what we are to peers, under another AE title if one is given."""
    if aet and not is_ae_title(aet):
        raise UsageError("--aet is no AE title: at most 16 characters, no backslash.")
    return own()._replace(aet=aet) if aet else own()


def preflight(paths: Sequence[str], peer: str, ours: Own, asked: Asked = NOTHING_ASKED) -> Preflight:
    """Return what will become of data at a peer: a location, or a conformance file. Nothing is stored.

    Raises UsageError if there is nothing to send, or the peer cannot be asked.
    """
    known = peer_of(peer) if "://" in peer else None
    if known is None:
        _declared(peer)  # what is wrong with it is told before data are read
    demand = demand_of(paths, asked)
    if not demand.instances and not any(reason in demand.apart for reason in FAULTS):
        raise UsageError(
            "There is nothing to send: no DICOM instances.",
            "Two conformance files against each other: dcmlint conformance pairs A B",
        )
    if known is None:
        offer = _declared(peer)
    elif isinstance(known, WebPeer):
        offer = _web(known, ours)
    else:
        offer = _live(known, ours, demand)
    return Preflight(demand, offer, judge(demand, offer))


def _declared(file: str) -> Offer:
    from dcmlint_pacs.conformance.model import declared_offer
    from dcmlint_pacs.conformance.read import read_conformance

    return declared_offer(read_conformance(file))


def _web(peer: WebPeer, ours: Own) -> Offer:
    from dcmlint_pacs.preflight.web import web_offer

    return web_offer(peer, ours)


def _live(peer: DimsePeer, ours: Own, demand: Demand) -> Offer:
    from dcmlint_pacs.preflight.live import live_offer

    return live_offer(peer, ours, proposals_for(demand))


def _refuse(outputs: Sequence[Output]) -> None:
    """Raise UsageError for formats that are not there, and reports in each other's way."""
    from dcmlint.plugins import named

    known = [*_OWN_FORMATS, *(each for each in named("dcmlint_reporters") if each not in _OWN_FORMATS)]
    files = [each.file or "-" for each in outputs]
    for each in outputs:
        if each.format not in known:
            raise UsageError(f"Unknown format: {each.format}", f"Known: {', '.join(known)}")
    if len(set(files)) < len(files):
        raise UsageError(
            "Two reports go to the same place.", "Name a file for each: --format sarif:preflight.sarif"
        )


def _write(found: Preflight, outputs: Sequence[Output], status: int, wanted: Wanted) -> None:
    from dcmlint.run import Request, tell
    from dcmlint_pacs.preflight.findings import findings_of, left_out

    of_findings: list[Output] = []
    for each in outputs:
        if each.format in _OWN_FORMATS:
            _write_own(found, each.format, each.file, status)
        else:
            of_findings.append(each)
    if of_findings:
        request = Request(
            wanted.paths, outputs=tuple(of_findings), fail_on="warning" if wanted.strict else "error"
        )
        tell(request, findings_of(found), status)
        if more := left_out(found):
            print(
                f"dcmlint: note: {more:,} more files are concerned than there are findings", file=sys.stderr
            )


def _write_own(found: Preflight, format_: str, file: str, status: int) -> None:
    if format_ == "html":
        from dcmlint_pacs.preflight.as_html import preflight_html

        text = preflight_html(found)
    elif format_ == "json":
        from dcmlint_pacs.preflight.as_json import preflight_json

        text = preflight_json(found, exit_status=status)
    else:
        from dcmlint_pacs.preflight.as_text import preflight_text

        text = preflight_text(found)
    from dcmlint_pacs.output import write_text

    write_text(file, text)

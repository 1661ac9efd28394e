"""The source for dimse:// and dimse+tls://: objects of a PACS, listed by queries and retrieved one by one.

An object is the bytes that come, with File Meta Information before them; nothing is decoded, and nothing is
written unless the user asked for it. Each process has associations of its own (`dcmlint_pacs.dimse.link`).
"""

from __future__ import annotations

import atexit
from collections.abc import Iterator, Mapping, Sequence

from dcmlint.errors import UnreadableError
from dcmlint.source import NOTHING_ASKED, Asked, Blob, Entry
from dcmlint_pacs.dimse.acceptor import Acceptor
from dcmlint_pacs.dimse.association import Association
from dcmlint_pacs.dimse.contexts import for_learning, for_move, for_storage
from dcmlint_pacs.dimse.failure import PeerError
from dcmlint_pacs.dimse.identifier import Key
from dcmlint_pacs.dimse.levels import PATIENT_ROOT, STUDY_ROOT, LevelName, Model
from dcmlint_pacs.dimse.link import Link
from dcmlint_pacs.dimse.listing import Listing, hint_of
from dcmlint_pacs.dimse.move import move
from dcmlint_pacs.dimse.part10 import as_file
from dcmlint_pacs.dimse.place import Place, place_of
from dcmlint_pacs.dimse.retrieve import Asked as Wanted
from dcmlint_pacs.dimse.retrieve import Outcome, get, judged
from dcmlint_pacs.dimse.where import filters_of
from dcmlint_pacs.keep import keep
from dcmlint_pacs.own import client_tls, own
from dcmlint_pacs.peer import DimsePeer

__all__ = ["DimseSource"]


class DimseSource:
    """Objects of DIMSE peers."""

    def __init__(self) -> None:
        self._asked = NOTHING_ASKED
        self._filters: Mapping[LevelName, Sequence[Key]] = {}
        self._links: dict[DimsePeer, Link] = {}
        self._acceptor: Acceptor | None = None
        self._classes: dict[tuple[DimsePeer, str], str] = {}
        atexit.register(self.close)

    def ask(self, asked: Asked) -> None:
        """Take what the user asked for; raises UsageError for a filter that is none."""
        self._filters = filters_of(asked.where)
        self._asked = asked

    def root(self, location: str) -> str:
        """Return a peer, or a Study or Series of it, as a root of scans; raises UsageError."""
        return f"{_prepared(location).path}/"

    def entries(self, location: str) -> Iterator[Entry]:
        """Yield the objects of a peer in the order of their paths; raises UsageError for a location that is
        none."""
        place = _prepared(location)
        is_moved = bool(own().move_port)
        if is_moved and self._acceptor is None:
            self._acceptor = Acceptor(own().aet, own().move_port)
        link = Link(place.peer, own())
        try:
            yield from Listing(link, place, self._asked, self._filters, is_held=is_moved).entries()
        finally:
            link.close()
            if self._acceptor is not None:
                self._acceptor.close()
                self._acceptor = None

    def open(self, entry: Entry) -> Blob:
        """Return an object, retrieved now; raises UnreadableError if it does not come."""
        place = place_of(entry.path)
        study, series, instance = place.uids
        wanted = Wanted(study, series, instance, entry.held.patient if entry.held else "")
        model = PATIENT_ROOT if wanted.patient else STUDY_ROOT
        what = "C-GET" if self._acceptor is None else "C-MOVE"
        try:
            outcome = self._outcome(place, model, wanted, entry)
            remarks = judged(outcome, what)
            if outcome.received is None:
                raise PeerError("no object came")
            content = as_file(outcome.received)
            if self._asked.keep:
                keep(self._asked.keep, (study, series, instance), content)
        except PeerError as error:
            raise UnreadableError(error.reason, error.rule) from None
        return Blob(content, remarks=remarks)

    def _outcome(self, place: Place, model: Model, wanted: Wanted, entry: Entry) -> Outcome:
        link = self._link(place.peer)
        if self._acceptor is not None:
            acceptor, aet = self._acceptor, link.ours.aet
            return link.use(
                "C-MOVE",
                lambda: for_move(model),
                lambda each: move(each, model.move, wanted, acceptor, aet),
            )
        sop_class, more = hint_of(entry.etag)
        if sop_class:
            outcome = self._got(link, model, wanted, sop_class, more)
            if outcome.received is not None or outcome.others or not outcome.status:
                return outcome
            try:  # the peer's index may have another SOP Class than the object
                learnt = self._learnt(link, model, wanted)
            except PeerError:
                return outcome
            return outcome if learnt == sop_class else self._got(link, model, wanted, learnt, more)
        return self._got(link, model, wanted, self._learnt(link, model, wanted), more)

    def _got(
        self, link: Link, model: Model, wanted: Wanted, sop_class: str, more: tuple[str, ...]
    ) -> Outcome:
        def retrieve(association: Association) -> Outcome:
            if association.of(sop_class) is None:
                raise PeerError(f"it accepts no Presentation Context for C-GET of {_named(sop_class)}")
            return get(association, model.get, wanted)

        return link.use(sop_class, lambda: for_storage(model, sop_class, more), retrieve)

    def _learnt(self, link: Link, model: Model, wanted: Wanted) -> str:
        """Return the SOP Class of an object that the peer does not tell: that by which it can be had."""
        key = (link.peer, wanted.series)
        if key in self._classes:
            return self._classes[key]
        outcome: Outcome | None = None
        for number, proposed in enumerate(for_learning(model)):
            outcome = link.use(
                f"learning {number}",
                lambda proposed=proposed: proposed,  # type: ignore[misc]
                lambda each: get(each, model.get, wanted),
            )
            if outcome.received is not None:
                self._classes[key] = outcome.received.sop_class
                return outcome.received.sop_class
        if outcome is not None:
            judged(outcome, "C-GET")
        raise PeerError("its SOP Class is not known")

    def _link(self, peer: DimsePeer) -> Link:
        if peer not in self._links:
            self._links[peer] = Link(peer, own())
        return self._links[peer]

    def close(self) -> None:
        """Release the associations of this process; those that are needed again are opened again."""
        for link in self._links.values():
            link.close()


def _prepared(location: str) -> Place:
    """Return what a location means, after a look at what the environment says of us; raises UsageError."""
    place = place_of(location)
    if place.peer.tls:
        client_tls(own())
    return place


def _named(sop_class: str) -> str:
    from pydicom.uid import UID

    return f"{UID(sop_class).name} ({sop_class})"

"""Opening instances that were listed: their metadata, or whole objects."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence

from dcmlint.errors import UnreadableError
from dcmlint.source import Blob, Remark
from dcmlint_pacs.keep import keep
from dcmlint_pacs.peer import WebPeer
from dcmlint_pacs.web.faults import Faults
from dcmlint_pacs.web.levels import INSTANCE, SERIES, STUDY
from dcmlint_pacs.web.listing import AT_ONCE
from dcmlint_pacs.web.model import Record, first_text
from dcmlint_pacs.web.retrieve import Retrieved, retrieve
from dcmlint_pacs.web.server import NOT_JSON, NotJsonError, Server
from dcmlint_pacs.web.session import WebError
from dcmlint_pacs.web.target import Target

__all__ = ["Reader"]

_FIRST = 2
"""Instances of a Series that are asked for one by one, before the metadata of all of them are."""

_SERIES_KEPT = 2


class Reader:
    """Opens what one server holds, in one thread. `keep` is where objects are kept, "" for nowhere."""

    def __init__(self, peer: WebPeer, keep: str) -> None:
        self._server = Server(peer)
        self._keep = keep
        self._met: Counter[tuple[str, str]] = Counter()
        self._series: OrderedDict[tuple[str, str], dict[str, Record]] = OrderedDict()

    def metadata(self, target: Target) -> Blob:
        """Return the metadata of an instance; raises UnreadableError."""
        self._server.faults = Faults()
        try:
            record = self._from_series(target)
            if record is None:
                record = self._alone(target)
        except NotJsonError as failure:
            raise UnreadableError(failure.reason, NOT_JSON) from None
        except WebError as failure:
            raise UnreadableError(failure.reason) from None
        return Blob(content=record, remarks=self._remarks())

    def whole(self, target: Target, syntaxes: Sequence[str] = ()) -> Blob:
        """Return the bytes of an instance, which are kept if they are to be; raises UnreadableError.

        `syntaxes` are those that the server says it to be had in, () if it says none.
        """
        try:
            found = retrieve(self._server.session, target)
        except WebError as failure:
            raise UnreadableError(failure.reason) from None
        if other := _other(found, target):
            raise UnreadableError(other, "interop/wrong-object")
        if self._keep:
            keep(self._keep, (target.study, target.series, target.instance), found.content)
        return Blob(found.content, remarks=list(found.remarks(syntaxes)))

    def _from_series(self, target: Target) -> Record | None:
        """Return the metadata from those of the Series, None where they are better asked for alone.

        A scan reads what has changed: one new instance is asked for alone, the third one of a Series brings
        the others with it.
        """
        key = (target.study, target.series)
        if key not in self._series:
            if len(self._met) > 10_000:
                self._met.clear()
            self._met[key] += 1
            if self._met[key] != _FIRST + 1:  # if it did not work the third time, it is not tried again
                return None
            try:
                records = self._server.metadata(target._replace(instance=""))
            except WebError:
                return None
            if len(records) > AT_ONCE:
                return None
            self._series[key] = {first_text(each, INSTANCE.unique): each for each in records}
            self._server.faults = Faults()  # of other instances too: theirs are told when they are opened
            if len(self._series) > _SERIES_KEPT:
                self._series.popitem(last=False)
        self._series.move_to_end(key)
        record = self._series[key].get(target.instance)
        if record is None or first_text(record, SERIES.unique) != target.series:
            return None
        self._server.judge_shape(record, target)
        return record

    def _alone(self, target: Target) -> Record:
        records = self._server.metadata(target)
        for record in records:
            uids = [first_text(record, level.unique) for level in (STUDY, SERIES, INSTANCE)]
            if all(uid in ("", asked) for uid, asked in zip(uids, target[1:], strict=True)):
                return record
        if records:
            raise UnreadableError("the metadata are of another instance", "interop/wrong-object")
        raise UnreadableError("there are no metadata of it")

    def _remarks(self) -> list[Remark]:
        return [Remark(rule, reason) for rule, reason in self._server.faults.told()]


def _other(found: Retrieved, target: Target) -> str:
    """Return why an object is not the one that was asked for, "" if it is or if it does not say."""
    for name, uid, asked in zip(("Study", "Series", "SOP"), found.uids, target[1:], strict=True):
        if uid not in ("", asked):
            return f"the object has another {name} Instance UID"
    return ""

"""What a DICOMweb server holds, as entries in the order of their paths, with what it does wrong at the end.

Three ways, by what is wanted of the instances:

- their metadata, all of a Series at once: the entries carry them (`_whole`);
- of some instances only, or those that match: a search for them, then the metadata of each (`_chosen`);
- only that they are there, and a mark of what they say: they are opened later, if at all (`_listed`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple

from dcmlint.source import Asked, Entry
from dcmlint_pacs.uid import is_usable_uid
from dcmlint_pacs.web.ahead import ahead
from dcmlint_pacs.web.filters import Filter, filters_of
from dcmlint_pacs.web.levels import IF_PRESENT, INSTANCE, SERIES, STUDY, Level
from dcmlint_pacs.web.mark import marked
from dcmlint_pacs.web.model import Record, first_text, name_of, number, values
from dcmlint_pacs.web.server import NOT_JSON, NotJsonError, Server
from dcmlint_pacs.web.session import REQUESTS, WebError
from dcmlint_pacs.web.target import Target

__all__ = ["AT_ONCE", "Listing"]

AT_ONCE = 1000
"""Instances of a Series whose metadata are fetched by one request at most."""

_STUDIES_AHEAD = 4
_SERIES_AHEAD = 3
_LOOKED_AT = 2
"""Series whose instances are searched for though nothing needs it, to judge the results."""

_LOOKED_AT_RESULTS = 25
_OWN_REQUEST = 4
"""Of so many instances one must be wanted at least for the metadata of all of them to be fetched."""

_SERIES_COUNT, _INSTANCES_COUNT, _IN_SERIES_COUNT = "00201206", "00201208", "00201209"
_AVAILABLE_SYNTAX = "00083002"
_SYNTAXES = 8
_MODALITY, _MODALITIES_IN_STUDY = "00080060", "00080061"
_CHANGING = frozenset(
    (
        _AVAILABLE_SYNTAX,
        "00080056",
        "00080061",
        "00080062",
        "00081190",
        _SERIES_COUNT,
        _INSTANCES_COUNT,
        _IN_SERIES_COUNT,
    )
)
"""What a result says that is no part of the instance: availability, addresses, and what else is there."""


class _Found(NamedTuple):
    """One result as far as it is kept: its UID, a mark of what it says, the counts that it gives, and the
    Transfer Syntaxes that the instance is to be had in, () if that is not said."""

    uid: str
    mark: bytes
    counts: tuple[int | None, ...]
    syntaxes: tuple[str, ...] = ()


class _Series(NamedTuple):
    """One Series: where, a mark of what the results of it and its Study say, and how many instances it has.

    `order` counts the Series of a run.
    """

    target: Target
    mark: bytes
    size: int | None
    order: int


class Listing:
    """Lists what is at a target. `is_lazy` leaves the content of the instances to those who open them."""

    def __init__(self, target: Target, asked: Asked, *, is_lazy: bool) -> None:
        self._target = target
        self._asked = asked
        self._filters = filters_of(asked.where)
        self._is_lazy = is_lazy or asked.instances
        self._server = Server(target.peer)
        if asked.instances:
            self._server.instance_fields = (_AVAILABLE_SYNTAX,)
        self._scheme = target.location.partition("://")[0]
        self._count = 0
        self._is_whole = not any(each.level is INSTANCE for each in self._filters) and not asked.per_series

    def entries(self) -> Iterator[Entry]:
        """Yield the entries; problems are entries too, faults of the server are the last."""
        try:
            studies = self._studies()
        except WebError as failure:
            yield self._problem(self._target, failure, named=True)
            studies = []
        with ThreadPoolExecutor(REQUESTS) as threads:
            series = self._series(threads, studies)
            for found in ahead(threads, self._calls(series), _SERIES_AHEAD):
                yield from found
        if not self._count and not studies and self._target.study:
            yield self._entry(self._target, named=True, problem="there is no such object")
        for rule, reason in self._server.faults.told(joined=self._is_lazy):
            place = self._target.location
            yield Entry(place, problem=reason, rule=rule, scheme=self._scheme, is_place=True)

    def _studies(self) -> list[_Found]:
        """Return the Studies in the order of their paths."""
        filters = [*self._filters, *self._pinned(STUDY)]
        found = {}
        for record in self._server.search(STUDY, Target(self._target.peer), filters):
            if self._has_modality(record):
                each = _found(record, STUDY, _SERIES_COUNT, _INSTANCES_COUNT)
                found[each.uid] = each
        return sorted(found.values(), key=_order)

    def _has_modality(self, record: Record) -> bool:
        """Tell whether a Study may have Series of the Modality that is asked for."""
        asked = [each.value for each in self._filters if each.tag == _MODALITY]
        there = values(record, _MODALITIES_IN_STUDY)
        return not asked or not there or "*" in asked[0] or "?" in asked[0] or asked[0] in there

    def _pinned(self, level: Level) -> Iterator[Filter]:
        """Yield the filter for the UID that the location names."""
        uid = {STUDY: self._target.study, SERIES: self._target.series, INSTANCE: self._target.instance}[level]
        if uid:
            yield Filter(level.unique, f"{level.name} UID", "UI", uid, level)

    def _series(self, threads: ThreadPoolExecutor, studies: Sequence[_Found]) -> Iterator[_Series | Entry]:
        """Yield the Series of all Studies in the order of their paths, or why they are not known."""
        order = 0
        calls = [partial(self._series_of, study) for study in studies]
        for found in ahead(threads, calls, _STUDIES_AHEAD):
            for each in found:
                if isinstance(each, _Series):
                    order += 1
                    each = each._replace(order=order)
                yield each

    def _series_of(self, study: _Found) -> list[_Series | Entry]:
        target = Target(self._target.peer, study.uid)
        filters = [*self._filters, *self._pinned(SERIES)]
        try:
            records = list(self._server.search(SERIES, target, filters, study.counts[0]))
        except WebError as failure:
            return [self._problem(target, failure)]
        found = sorted((_found(record, SERIES, _IN_SERIES_COUNT) for record in records), key=_order)
        if not any(each.level is SERIES for each in filters) and study.uid not in self._server.ambiguous:
            self._compare_counts(study, found, target)
        return [
            _Series(target._replace(series=each.uid), study.mark + each.mark, each.counts[0], 0)
            for each in found
        ]

    def _compare_counts(self, study: _Found, series: Sequence[_Found], target: Target) -> None:
        """Compare what the result of a Study says of its Series and instances with those of its Series."""
        in_series = [each.counts[0] for each in series]
        instances = None if None in in_series else sum(count for count in in_series if count is not None)
        pairs = (
            (_SERIES_COUNT, study.counts[0], len(series), "the number of series results"),
            (_INSTANCES_COUNT, study.counts[1], instances, "the sum of NumberOfSeriesRelatedInstances"),
        )
        for tag, told, listed, what in pairs:
            if None in (told, listed) or told == listed or not self._is_settled(STUDY, target, tag, told):
                continue
            kind = f"{name_of(tag)} is not {what}"
            self._server.faults.add("interop/count-mismatch", kind, target.resource)

    def _is_settled(self, level: Level, target: Target, tag: str, told: int | None) -> bool:
        """Tell whether the server says the same when it is asked again: nothing is being stored there."""
        uid = target.study if level is STUDY else target.series
        pinned = [Filter(level.unique, f"{level.name} UID", "UI", uid, level)]
        try:
            again = list(self._server.search(level, Target(target.peer, target.study), pinned, 1))
        except WebError:
            return False
        return any(number(record, tag) == told for record in again)

    def _calls(self, series: Iterator[_Series | Entry]) -> Iterator[Callable[[], list[Entry]]]:
        for each in series:
            yield partial(self._entries_of, each)

    def _entries_of(self, each: _Series | Entry) -> list[Entry]:
        """Return the entries of one Series. Runs in a thread."""
        if isinstance(each, Entry):
            return [each]
        try:
            found = self._listed(each) if self._is_lazy else self._with_metadata(each)
        except WebError as failure:
            return [self._problem(each.target, failure)]
        self._count += len(found)
        return found

    def _with_metadata(self, series: _Series) -> list[Entry]:
        """Return the instances of a Series with their metadata, all by one request where that is possible."""
        is_small = series.size is None or series.size <= AT_ONCE
        if not (self._is_whole and is_small) or self._target.instance:
            return self._chosen(series)
        try:
            return self._whole(series)
        except WebError as failure:
            found = self._chosen(series, one_by_one=True)
            kind = f"the metadata of a Series: {failure.reason}"
            if not isinstance(failure, NotJsonError):  # which is told already
                self._server.faults.add("interop/not-retrievable", kind, series.target.resource)
            return found

    def _whole(self, series: _Series) -> list[Entry]:
        """Return the instances of a Series with their metadata."""
        records = self._server.metadata(series.target)
        found = self._own(records, series.target)
        self._compare_instances(series, len(records))
        if series.order <= _LOOKED_AT:
            results = self._server.once(INSTANCE, series.target, _LOOKED_AT_RESULTS)
            self._compare_results(series.target, results, found)
        return [self._entry(series.target._replace(instance=uid), found[uid]) for uid in sorted(found)]

    def _own(self, records: Sequence[Record], target: Target) -> dict[str, Record]:
        """Return the metadata by SOP Instance UID, without what is not of the Series that was asked for."""
        found: dict[str, Record] = {}
        for record in records:
            uid = first_text(record, INSTANCE.unique)
            if not is_usable_uid(uid):
                kind = "metadata without a usable SOPInstanceUID"
            elif not _is_of(record, target):
                kind = "metadata of an instance of another Series or Study"
            elif uid in found:
                kind = "metadata of one instance given twice"
            else:
                found[uid] = record
                continue
            self._server.faults.add("interop/wrong-object", f"{kind}, which are left out", target.resource)
        return found

    def _compare_instances(self, series: _Series, listed: int) -> None:
        if series.size in (None, listed) or series.target.series in self._server.ambiguous:
            return
        if self._is_settled(SERIES, series.target, _IN_SERIES_COUNT, series.size):
            kind = "NumberOfSeriesRelatedInstances is not the number of instances"
            self._server.faults.add("interop/count-mismatch", kind, series.target.resource)

    def _compare_results(self, target: Target, results: Sequence[Record], found: dict[str, Record]) -> None:
        """Compare results of a search for instances with the metadata of their Series."""
        uids = {first_text(record, INSTANCE.unique) for record in results}
        lacks = uids - found.keys()
        if len(uids) < _LOOKED_AT_RESULTS:
            lacks |= found.keys() - uids
        for record in results:
            self._compare_keys(record, found.get(first_text(record, INSTANCE.unique), {}))
        if lacks:
            kind = "a search for the instances of a Series and its metadata have other instances"
            self._server.faults.add("interop/count-mismatch", kind, target.resource)

    def _compare_keys(self, result: Record, metadata: Record) -> None:
        """Report what a result for an instance must have if the instance does."""
        for tag in IF_PRESENT:
            if tag in metadata and tag not in result:
                kind = f"instance results without {name_of(tag)}, which the instances have"
                self._server.faults.add("interop/qido-missing-return-key", kind)

    def _chosen(self, series: _Series, *, one_by_one: bool = False) -> list[Entry]:
        """Return those instances of a Series that are wanted, with their metadata."""
        results = self._results(series)
        chosen = _sample([each.uid for each in results], self._asked.per_series)
        whole: dict[str, Record] = {}
        is_most = len(chosen) * _OWN_REQUEST > len(results) and len(chosen) > 1
        if is_most and len(results) <= AT_ONCE and not one_by_one:
            whole = self._own(self._server.metadata(series.target), series.target)
        return [self._metadata_entry(series.target._replace(instance=uid), whole.get(uid)) for uid in chosen]

    def _metadata_entry(self, target: Target, record: Record | None) -> Entry:
        try:
            if record is None:
                record = self._own(self._server.metadata(target), target).get(target.instance)
        except WebError as failure:
            return self._problem(target, failure)
        if record is None:
            return self._entry(target, problem="its metadata are not in the answer")
        return self._entry(target, record)

    def _listed(self, series: _Series) -> list[Entry]:
        """Return the instances of a Series, each with a mark of what the results say of it."""
        results = {each.uid: each for each in self._results(series)}
        found = []
        for uid in _sample(list(results), self._asked.per_series):
            entry = self._entry(series.target._replace(instance=uid))
            etag = blake2b(series.mark + results[uid].mark, digest_size=16).hexdigest()
            found.append(entry._replace(etag=marked(etag, results[uid].syntaxes), modified_ns=1))
        return found

    def _results(self, series: _Series) -> list[_Found]:
        filters = [*self._filters, *self._pinned(INSTANCE)]
        records = self._server.search(INSTANCE, series.target, filters, series.size)
        found = sorted((_found(record, INSTANCE) for record in records), key=lambda each: each.uid)
        if not any(each.level is INSTANCE for each in filters):
            self._compare_instances(series, len(found))
        return found

    def _entry(
        self, target: Target, record: Record | None = None, *, named: bool = False, problem: str = ""
    ) -> Entry:
        return Entry(target.location, named, problem, self._scheme, held=record)

    def _problem(self, target: Target, failure: WebError, *, named: bool = False) -> Entry:
        rule = NOT_JSON if isinstance(failure, NotJsonError) else ""
        return self._entry(target, named=named, problem=failure.reason)._replace(rule=rule)


def _found(record: Record, level: Level, *counts: str) -> _Found:
    said = {tag: attribute for tag, attribute in record.items() if tag not in _CHANGING}
    text = json.dumps(said, sort_keys=True, separators=(",", ":")).encode("utf-8", "surrogatepass")
    mark = blake2b(text, digest_size=16).digest()
    numbers = tuple(number(record, tag) for tag in counts)
    return _Found(first_text(record, level.unique), mark, numbers, _syntaxes(record))


def _syntaxes(record: Record) -> tuple[str, ...]:
    found = values(record, _AVAILABLE_SYNTAX) or ()
    return tuple(uid for uid in found[:_SYNTAXES] if isinstance(uid, str) and is_usable_uid(uid))


def _order(found: _Found) -> str:
    """Return what Studies and Series are sorted by: their part of a path."""
    return f"{found.uid}/"


def _is_of(record: Record, target: Target) -> bool:
    """Tell whether metadata are of the resource that they were asked of, as far as they say it."""
    pairs: Any = ((STUDY, target.study), (SERIES, target.series), (INSTANCE, target.instance))
    return all(not uid or first_text(record, level.unique) in ("", uid) for level, uid in pairs)


def _sample(uids: Sequence[str], most: int) -> list[str]:
    """Return at most so many UIDs (0 = all), evenly spread over them."""
    if not most or len(uids) <= most:
        return list(uids)
    if most == 1:
        return [uids[len(uids) // 2]]
    return [uids[round(index * (len(uids) - 1) / (most - 1))] for index in range(most)]

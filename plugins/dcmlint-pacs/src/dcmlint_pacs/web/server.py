"""One DICOMweb server: searches by QIDO-RS and metadata by WADO-RS, and what of its answers breaks PS3.18."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dcmlint_pacs.peer import WebPeer
from dcmlint_pacs.uid import is_usable_uid
from dcmlint_pacs.web.faults import Faults
from dcmlint_pacs.web.filters import Filter, matches
from dcmlint_pacs.web.levels import INSTANCE, SERIES, STUDY, Level
from dcmlint_pacs.web.model import Record, first_text, misshapen, name_of, values, vr_of
from dcmlint_pacs.web.session import WebError, WebSession
from dcmlint_pacs.web.target import Target

__all__ = ["NOT_JSON", "PAGE", "NotJsonError", "Server"]

PAGE = 200
"""Results that one search asks for."""

_MOST = 10_000_000
"""Results of one search, over all pages."""

NOT_JSON = "interop/not-dicom-json"
_MEDIA_TYPES = ("application/dicom+json", "application/json")


class NotJsonError(WebError):
    """An answer that is not in the DICOM JSON Model."""

    def __init__(self) -> None:
        super().__init__("its answer is not in the DICOM JSON Model")


class Server:
    """What is asked of one server. `faults` has what was wrong with its answers.

    Methods may be called by several threads at once. All raise WebError if there is no answer.
    """

    def __init__(self, peer: WebPeer) -> None:
        from dicomweb_client.web import DICOMwebClient

        self.peer = peer
        self.faults = Faults()
        self.instance_fields: tuple[str, ...] = ()
        """Tags of what results for instances are to have besides."""
        self.ambiguous: set[str] = set()
        """UIDs that several results of one search had."""
        self.session = WebSession(peer)
        self._client = DICOMwebClient(peer.url, session=self.session, permissive_uid=True)
        self._client.set_http_retry_params(retry=False)
        self._usual: set[tuple[str, Any]] = set()

    def search(
        self, level: Level, within: Target, filters: Sequence[Filter] = (), expected: int | None = None
    ) -> Iterator[Record]:
        """Yield the results at a level within a resource, page by page, each unique key once.

        Results that do not match are left out. Where as many came as are expected, no further page is asked
        for; otherwise until a page is empty or brings nothing new.
        """
        seen: set[str] = set()
        offset = 0
        while offset < _MOST:
            page = self._page(level, within, filters, offset)
            new = self._new(level, page, seen)
            if page and offset and not new:
                self.faults.add("interop/paging", f"the offset of a search for {level.resource} is ignored")
                return
            for record in new:
                if self._is_match(level, record, filters):
                    yield record
            offset += len(page)
            if not page or (expected is not None and len(page) < PAGE and len(seen) >= expected):
                return

    def once(self, level: Level, within: Target, limit: int) -> Sequence[Record]:
        """Return at most `limit` results of one search, as they are looked at in passing."""
        return self._new(level, self._page(level, within, (), 0, limit), set())

    def metadata(self, target: Target) -> Sequence[Record]:
        """Return the metadata of the instances of a Series, or of one Instance (PS3.18 10.4.1.1.2)."""
        client = self._client
        if target.instance:
            uids = (target.study, target.series, target.instance)
            return self._records(lambda: _one(client.retrieve_instance_metadata, *uids), target.resource)
        return self._records(
            lambda: client.retrieve_series_metadata(target.study, target.series), target.resource
        )

    def _page(
        self, level: Level, within: Target, filters: Sequence[Filter], offset: int, limit: int = 0
    ) -> Sequence[Record]:
        limit = limit or PAGE
        asked = [each for each in filters if each.level is level]
        named: dict[str, Any] = {"limit": limit, "offset": offset or None}
        if asked:
            named["search_filters"] = {each.tag: each.value for each in asked}
        if fields := {each.tag for each in asked} | set(self.instance_fields if level is INSTANCE else ()):
            named["fields"] = sorted(fields)
        client = self._client
        calls: dict[str, Callable[[], Any]] = {
            STUDY.name: lambda: client.search_for_studies(**named),
            SERIES.name: lambda: client.search_for_series(within.study, **named),
            INSTANCE.name: lambda: client.search_for_instances(within.study, within.series, **named),
        }
        where = f"{within.resource}/{level.resource}"
        page = self._records(calls[level.name], where)
        if len(page) > limit:
            self.faults.add(
                "interop/paging", f"the limit of a search for {level.resource} is exceeded", where
            )
        return page

    def _records(self, call: Callable[[], Any], where: str) -> Sequence[Record]:
        """Return the Data Sets of an answer."""
        try:
            found = call()
        except WebError:
            raise
        except Exception:  # no JSON, or nested beyond what Python reads; its text may hold the answer
            self._not_json("an answer that is no JSON", where)
            raise NotJsonError from None
        last = self.session.last
        if found and last.media_type.partition(";")[0].strip().lower() not in _MEDIA_TYPES:
            self._not_json("an answer with another media type", where)
        if not isinstance(found, list):
            self._not_json("an answer that is no JSON array", where)
            raise NotJsonError
        if found and not last.start.lstrip().startswith((b"[", b"\xef\xbb\xbf[")):
            self._not_json("an answer that is no JSON array", where)
        for record in found:
            self._judge_shape(record, where)
        return [record for record in found if isinstance(record, dict)]

    def judge_shape(self, record: Record, target: Target) -> None:
        """Count what of a Data Set is not of the DICOM JSON Model."""
        self._judge_shape(record, target.resource)

    def _judge_shape(self, record: Any, where: str) -> None:
        if fault := misshapen(record):
            self._not_json(fault, where)

    def _not_json(self, kind: str, where: str) -> None:
        self.faults.add(NOT_JSON, kind, where)

    def _new(self, level: Level, page: Sequence[Record], seen: set[str]) -> list[Record]:
        """Return the results of a page that have not been there before, and judge each."""
        new, here = [], set()
        for record in page:
            uid = first_text(record, level.unique)
            if not is_usable_uid(uid):
                what = f"{level.name} results without a usable {name_of(level.unique)}, which are left out"
                self.faults.add("interop/qido-missing-return-key", what)
                continue
            if uid in here:
                what = f"{level.name} results with the same {name_of(level.unique)}"
                self.faults.add("interop/qido-duplicate-result", what)
                self.ambiguous.add(uid)
            here.add(uid)
            if uid not in seen:
                seen.add(uid)
                new.append(record)
                self._judge(level, record)
        return new

    def _judge(self, level: Level, record: Record) -> None:
        for tag in level.required:
            if tag not in record and tag.lower() not in record:
                what = f"{level.name} results without {name_of(tag)}"
                self.faults.add("interop/qido-missing-return-key", what)
        for tag, attribute in record.items():
            vr = attribute.get("vr") if isinstance(attribute, dict) else None
            known = (tag, vr if isinstance(vr, str) else None)
            if known in self._usual:
                continue
            expected = vr_of(tag)
            if not expected or vr in expected:
                if len(self._usual) < 10_000:
                    self._usual.add(known)
                continue
            shown = vr if isinstance(vr, str) and len(vr) == 2 and vr.isascii() and vr.isalpha() else "none"
            what = f"{name_of(tag)} of {level.name} results has VR {shown}, not {' or '.join(expected)}"
            self.faults.add("interop/qido-wrong-vr", what)

    def _is_match(self, level: Level, record: Record, filters: Sequence[Filter]) -> bool:
        """Tell whether a result is wanted; one that cannot be told is."""
        wanted = True
        for each in filters:
            if each.level is not level:
                continue
            if values(record, each.tag) is None:
                what = f"{level.name} results do not have {each.name}"
                self.faults.add("interop/filter-ignored", what)
            elif matches(record, each) is False:
                what = f"{level.name} results have other values of {each.name}"
                self.faults.add("interop/filter-ignored", what)
                wanted = False
        return wanted


def _one(call: Callable[..., Any], *uids: str) -> list[Any]:
    """Return the answer to a call that gives the first of its Data Sets, and fails where there is none."""
    try:
        return [call(*uids)]
    except IndexError:
        return []

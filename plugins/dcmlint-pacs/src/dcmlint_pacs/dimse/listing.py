"""What a peer holds, query by query: Studies, their Series, their Instances (PS3.4 C.6.2, else C.6.1)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple, TypeVar

from dcmlint.source import Asked, Entry, Remark
from dcmlint_pacs.dimse.association import Association
from dcmlint_pacs.dimse.command import C_ECHO
from dcmlint_pacs.dimse.contexts import VERIFICATION, for_queries
from dcmlint_pacs.dimse.failure import PeerError, status_text
from dcmlint_pacs.dimse.find import Answers, Query, find
from dcmlint_pacs.dimse.identifier import Identifier, Key, text_of
from dcmlint_pacs.dimse.levels import (
    IMAGE,
    INSTANCES_OF_SERIES,
    INSTANCES_OF_STUDY,
    LEVELS,
    PATIENT,
    PATIENT_ID,
    PATIENT_ROOT,
    SERIES,
    SOP_CLASS,
    STUDY,
    STUDY_ROOT,
    STUDY_UID,
    SYNTAXES,
    LevelName,
    Model,
)
from dcmlint_pacs.dimse.link import Link
from dcmlint_pacs.dimse.matching import name_of
from dcmlint_pacs.dimse.place import Place, segment
from dcmlint_pacs.uid import is_uid

__all__ = ["Held", "Listing", "hint_of"]

T = TypeVar("T")

_QUERIES = "queries"
_ECHO_S = 30.0


class Held(NamedTuple):
    """What an entry is worked on with in the process that lists: the Patient ID that leads to it ("" = none
    is needed)."""

    patient: str = ""


class _Study(NamedTuple):
    """What is known of a Study before it is listed: how many instances it is told to have, and a hash of what
    is said of it."""

    uid: str
    patient: str
    told: str
    about: bytes


class Listing:
    """One listing of a place, with what the user asked of it.

    `is_held` says that objects are retrieved by the process that lists, which C-MOVE is for.
    """

    def __init__(
        self,
        link: Link,
        place: Place,
        asked: Asked,
        filters: Mapping[LevelName, Sequence[Key]],
        *,
        is_held: bool = False,
    ) -> None:
        self._link = link
        self._place = place
        self._asked = asked
        self._filters = filters
        self._is_held = is_held
        self._scheme = place.peer.location.partition("://")[0]
        self._model: Model = STUDY_ROOT
        self._told: set[tuple[str, str]] = set()

    def entries(self) -> Iterator[Entry]:
        """Yield what there is, in the order of paths. What is wrong with answers comes before what they are
        about, each kind of it once."""
        try:
            self._model = self._link.use(_QUERIES, for_queries, _contact)
            studies, remarks = self._studies()
        except PeerError as error:
            yield self._failed(self._place, error, is_named=True)
            return
        top = f"{self._link.peer.location}/" if not self._place.uids else f"{self._place.path}/"
        yield from self._remarks(top, remarks)
        for study in studies:
            try:
                found = list(self._study(study))
            except PeerError as error:
                yield self._failed(Place(self._link.peer, (study.uid,)), error)
                if error.may_pass:  # it was tried again and again
                    return
                continue
            yield from found
        if self._place.uids and not studies:
            yield self._failed(self._place, PeerError("the peer has no such Study"), is_named=True)

    def _failed(self, place: Place, error: PeerError, *, is_named: bool = False) -> Entry:
        return Entry(place.path, is_named, error.reason, self._scheme)

    def _remarks(self, path: str, remarks: Iterable[Remark]) -> Iterator[Entry]:
        """Yield entries for what is to be said of a place, one for each rule, in their order."""
        by_rule: dict[str, list[str]] = {}
        for remark in remarks:
            by_rule.setdefault(remark.rule, []).append(remark.reason)
        for rule in sorted(by_rule):
            yield Entry(path, problem="; ".join(by_rule[rule]), scheme=self._scheme, rule=rule, is_place=True)

    def _new(self, remarks: Iterable[Remark]) -> list[Remark]:
        """Return remarks about answers that were not told yet, as far as they are about the peer alone."""
        found = []
        for remark in remarks:
            key = (remark.rule, remark.reason.partition(" (in ")[0])
            if key not in self._told:
                self._told.add(key)
                found.append(remark)
        return found

    def _find(self, level: LevelName, above: tuple[Key, ...] = (), filters: tuple[Key, ...] = ()) -> Answers:
        query = Query(level, above, (*self._filters.get(level, ()), *filters))
        return self._link.use(_QUERIES, for_queries, lambda each: find(each, self._model, query))

    def _studies(self) -> tuple[list[_Study], list[Remark]]:
        narrowed = (_uid(STUDY_UID, self._place.uids[0]),) if self._place.uids else ()
        found: list[_Study] = []
        remarks: list[Remark] = []
        for patient in self._patients(remarks):
            above = (Key(PATIENT_ID, "LO", patient.encode("latin-1")),) if patient else ()
            of_patient = () if self._model.is_patient_root else tuple(self._filters.get(PATIENT, ()))
            answers = self._find(STUDY, above, (*of_patient, *narrowed))
            remarks += answers.remarks
            found += [
                _Study(
                    text_of(each, STUDY_UID), patient, text_of(each, INSTANCES_OF_STUDY), _hash(each, STUDY)
                )
                for each in answers.matches
            ]
        unique, more = _unique(found, [each.uid for each in found], "Studies")
        return unique, self._new((*remarks, *more))

    def _patients(self, remarks: list[Remark]) -> list[str]:
        """Return the Patient IDs above the Studies, [""] where Studies are on top; their faults are added to
        `remarks`."""
        if not self._model.is_patient_root:
            return [""]
        answers = self._find(PATIENT)
        remarks += answers.remarks
        return sorted({text_of(each, PATIENT_ID) for each in answers.matches} - {""})

    def _study(self, study: _Study) -> Iterator[Entry]:
        """Yield what there is of a Study, after what is to be said of it."""
        path = Place(self._link.peer, (study.uid,)).path
        above: tuple[Key, ...] = (_uid(STUDY_UID, study.uid),)
        if study.patient:
            above = (Key(PATIENT_ID, "LO", study.patient.encode("latin-1")), *above)
        narrowed = (
            (_uid(LEVELS[SERIES].unique.tag, self._place.uids[1]),) if len(self._place.uids) > 1 else ()
        )
        answers = self._find(SERIES, above, narrowed)
        uids = [text_of(each, LEVELS[SERIES].unique.tag) for each in answers.matches]
        series, remarks = _unique(answers.matches, uids, "Series of a Study")
        remarks = self._new((*answers.remarks, *remarks))
        entries: list[Entry] = []
        listed, is_whole = 0, answers.whole
        for each in series:
            found, count, more = self._series(study, above, each)
            entries += found
            listed += count
            is_whole = is_whole and count >= 0
            remarks += more
        if is_whole and not (self._filters.get(SERIES) or self._filters.get(IMAGE) or narrowed):
            remarks += self._miscount(STUDY, above, study.told, listed)
        yield from self._remarks(f"{path}/", remarks)
        yield from entries

    def _series(
        self, study: _Study, above: tuple[Key, ...], series: Identifier
    ) -> tuple[list[Entry], int, list[Remark]]:
        """Return the Instances of a Series that are to be looked at, how many there are (-1 if answers had to
        be left out), and remarks."""
        tag = LEVELS[SERIES].unique.tag
        uid = text_of(series, tag)
        answers = self._find(IMAGE, (*above, _uid(tag, uid)))
        unique = LEVELS[IMAGE].unique.tag
        uids = [text_of(each, unique) for each in answers.matches]
        instances, remarks = _unique(answers.matches, uids, "Instances of a Series", end="")
        remarks = self._new((*answers.remarks, *remarks))
        if answers.whole and not self._filters.get(IMAGE):
            count = text_of(series, INSTANCES_OF_SERIES)
            remarks += self._miscount(SERIES, (*above, _uid(tag, uid)), count, len(instances))
        about = study.about + _hash(series, SERIES)
        entries = [
            Entry(
                Place(self._link.peer, (study.uid, uid, text_of(each, unique))).path,
                scheme=self._scheme,
                held=Held(study.patient) if self._is_held or study.patient else None,
                etag=_etag(each, about),
            )
            for each in _sample(instances, self._asked.per_series)
        ]
        return entries, len(instances) if answers.whole else -1, remarks

    def _miscount(self, level: LevelName, keys: tuple[Key, ...], told: str, listed: int) -> list[Remark]:
        """Return that a count is another than what is listed, unless it has changed meanwhile: objects may be
        coming in."""
        tag = INSTANCES_OF_STUDY if level == STUDY else INSTANCES_OF_SERIES
        if not told.isdecimal() or len(told) > 12 or int(told) == listed:
            return []
        again = self._find(level, keys[:-1], keys[-1:]).matches
        if len(again) != 1 or text_of(again[0], tag) != told:
            return []
        reason = f"{name_of(tag)} is {int(told):,}, and {listed:,} are listed"
        return [Remark("interop/count-mismatch", reason)]


def _contact(association: Association) -> Model:
    """Send a C-ECHO (PS3.4 A.4), and return the information model that the peer accepts for queries."""
    context = association.of(VERIFICATION)
    if context is not None:
        association.ask(context, {"CommandField": C_ECHO})
        message = association.answer(time.monotonic() + _ECHO_S, 1 << 16)
        if status := message.number("Status"):
            raise PeerError(f"C-ECHO fails: {status_text(status)}")
    for model in (STUDY_ROOT, PATIENT_ROOT):
        if association.of(model.find) is not None:
            return model
    raise PeerError("it accepts no Presentation Context for queries (C-FIND, Study Root or Patient Root)")


def _uid(tag: int, uid: str) -> Key:
    return Key(tag, "UI", uid.encode("latin-1", "replace"))


def _hash(match: Identifier, level: str) -> bytes:
    """Return a hash of what an answer says of content, not of counts that change with what is beside it."""
    own = LEVELS[level]
    digest = blake2b(digest_size=16)
    for key in (own.unique, *own.required, *own.optional):
        if key.tag in match and key.tag not in (INSTANCES_OF_STUDY, INSTANCES_OF_SERIES):
            raw = match[key.tag].raw.strip(b" \0")
            digest.update(key.tag.to_bytes(4, "big") + len(raw).to_bytes(4, "big") + raw)
    return digest.digest()


def _etag(match: Identifier, about: bytes) -> str:
    """Return an ETag: a hash, then SOP Class and Transfer Syntaxes if they are told, which `open` needs."""
    told = blake2b(about + _hash(match, IMAGE), digest_size=12).hexdigest()
    uids = [text_of(match, SOP_CLASS), *text_of(match, SYNTAXES).split("\\")[:4]]
    return " ".join((told, *(uids if is_uid(uids[0]) else ()))).strip()


def hint_of(etag: str) -> tuple[str, tuple[str, ...]]:
    """Return the SOP Class ("" if it is unknown) and Transfer Syntaxes that an ETag tells."""
    sop_class, *syntaxes = [*etag.split(" ")[1:], ""][: 1 + 4]
    return sop_class, tuple(each for each in syntaxes if is_uid(each))


def _unique(
    found: Sequence[T], uids: Sequence[str], what: str, end: str = "/"
) -> tuple[list[T], list[Remark]]:
    """Return what was found by UID in the order of paths, in which `end` follows, each once, and that some
    came more than once."""
    by_uid = {uid: each for uid, each in zip(uids, found, strict=True) if uid}
    twice = sum(count - 1 for uid, count in Counter(uids).items() if uid)
    ordered = [by_uid[uid] for uid in sorted(by_uid, key=lambda uid: segment(uid) + end)]
    if not twice:
        return ordered, []
    reason = f"{what} come more than once (in {twice:,} of {len(uids):,})"
    return ordered, [Remark("interop/find-duplicate", reason)]


def _sample(instances: list[Identifier], most: int) -> list[Identifier]:
    """Return at most so many of a Series (0 = all), evenly spread over it."""
    if not most or len(instances) <= most:
        return instances
    if most == 1:
        return [instances[len(instances) // 2]]
    return [instances[round(index * (len(instances) - 1) / (most - 1))] for index in range(most)]

"""SOP Classes and Transfer Syntaxes by UID, name and keyword (PS3.6 Annex A)."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from dcmlint_pacs.uid import is_uid

__all__ = [
    "Kind",
    "keyword",
    "name",
    "queries_and_services",
    "storage_sop_classes",
    "transfer_syntaxes",
    "uid_of",
]

Kind = Literal["SOP Class", "Transfer Syntax"]

_NOT_SENT = frozenset(("1.2.840.10008.1.3.10",))
"""Media Storage Directory Storage: on media only (PS3.10 8)."""

_SERVICES = (
    *("1.2.840.10008.1.1", "1.2.840.10008.1.20.1"),
    *("1.2.840.10008.5.1.4.1.2.1.1", "1.2.840.10008.5.1.4.1.2.1.2", "1.2.840.10008.5.1.4.1.2.1.3"),
    *("1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.1.2.2.2", "1.2.840.10008.5.1.4.1.2.2.3"),
    *("1.2.840.10008.5.1.4.1.2.3.1", "1.2.840.10008.5.1.4.1.2.3.2", "1.2.840.10008.5.1.4.1.2.3.3"),
    *("1.2.840.10008.5.1.4.1.2.4.2", "1.2.840.10008.5.1.4.1.2.4.3", "1.2.840.10008.5.1.4.1.2.5.3"),
    *("1.2.840.10008.3.1.2.3.3", "1.2.840.10008.3.1.2.3.4", "1.2.840.10008.3.1.2.3.5"),
    "1.2.840.10008.5.1.4.31",
)
"""Verification, Storage Commitment, Query/Retrieve, Modality Performed Procedure Step, Modality Worklist."""


def name(uid: str) -> str:
    """Return the name of a UID, and whether it is retired; the UID itself if PS3.6 lacks it."""
    from dcmlint.standard.dictionary import uid as entry

    found = entry(uid)
    if found is None or not found.name:
        return uid
    return f"{found.name} (retired)" if found.retired else found.name


def keyword(uid: str) -> str:
    """Return the keyword of a UID, the UID itself if there is none."""
    from pydicom.uid import UID_dictionary

    row = UID_dictionary.get(uid)
    return row[4] if row is not None and row[4] else uid


def uid_of(text: str, kind: Kind) -> str | None:
    """Return the UID that a text means: a UID, or a keyword or name of this kind; None if it is none."""
    return text if is_uid(text) else _known(kind).get(_folded(text))


@cache
def _known(kind: Kind) -> dict[str, str]:
    from pydicom.uid import UID_dictionary

    from dcmlint.standard.dictionary import uids

    found = {_folded(row[4]): uid for uid, row in UID_dictionary.items() if row[1] == kind and row[4]}
    for uid, entry in uids().items():
        if entry.kind == kind and entry.name:
            found.setdefault(_folded(entry.name), uid)
    return found


def _folded(text: str) -> str:
    return re.sub(r"[\s_]+", "", text).lower()


@cache
def storage_sop_classes() -> tuple[str, ...]:
    """Return the Storage SOP Classes of PS3.6 that are sent by C-STORE, retired ones too."""
    from dcmlint.standard.dictionary import uids

    return tuple(
        uid
        for uid, entry in uids().items()
        if entry.kind == "SOP Class"
        and "Storage" in entry.name
        and "Commitment" not in entry.name
        and "Management" not in entry.name
        and uid not in _NOT_SENT
    )


def queries_and_services() -> tuple[str, ...]:
    """Return the SOP Classes beside those of storage that a probe asks for (PS3.4 A, C, F, J, K)."""
    return _SERVICES


@cache
def transfer_syntaxes() -> tuple[str, ...]:
    """Return the Transfer Syntaxes of PS3.6 for associations, retired ones too, the default first.

    Left out are those that are not of associations: SMPTE ST 2110 (PS3.22), media and MIME.
    """
    from dcmlint.standard.dictionary import uids

    left_out = ("1.2.840.10008.1.2.6.", "1.2.840.10008.1.2.7.", "1.2.840.10008.1.20")
    return tuple(
        uid
        for uid, entry in uids().items()
        if entry.kind == "Transfer Syntax" and not uid.startswith(left_out)
    )

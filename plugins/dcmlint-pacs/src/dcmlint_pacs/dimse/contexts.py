"""Presentation Contexts to propose, so that objects come in the Transfer Syntax that they are stored in.

A context in which several are proposed lets the SCP choose one, and convert what is stored in another. So
each Transfer Syntax has a context of its own: of those that are accepted, the SCP takes the one that fits.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint_pacs.dimse.association import Proposed
from dcmlint_pacs.dimse.levels import PATIENT_ROOT, STUDY_ROOT, Model

__all__ = [
    "MOST",
    "PRIVATE",
    "VERIFICATION",
    "for_learning",
    "for_move",
    "for_queries",
    "for_storage",
    "syntaxes",
]

MOST = 128
"""Presentation Contexts of an association (PS3.8 7.1.1.13)."""

VERIFICATION = "1.2.840.10008.1.1"
_PLAIN = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
PRIVATE = ("1.2.840.113619.5.2", "1.3.46.670589.33.1.4.1")
"""Private Transfer Syntaxes that archives hold: of GE (pixels Big Endian) and Philips (Explicit VR)."""


def syntaxes() -> tuple[str, ...]:
    """Return every Transfer Syntax that is known."""
    from pynetdicom import ALL_TRANSFER_SYNTAXES

    return tuple(dict.fromkeys((*_PLAIN, *(str(each) for each in ALL_TRANSFER_SYNTAXES), *PRIVATE)))


def for_queries() -> list[Proposed]:
    """Return what a listing needs."""
    finds = [Proposed(each.find, _PLAIN) for each in (STUDY_ROOT, PATIENT_ROOT)]
    return [Proposed(VERIFICATION, _PLAIN), *finds]


def for_storage(model: Model, sop_class: str, more: tuple[str, ...] = ()) -> list[Proposed]:
    """Return what a C-GET of objects of one SOP Class needs; `more` are Transfer Syntaxes to propose too.

    C-FIND is proposed besides, since some SCPs accept C-GET only beside it.
    """
    queries = [Proposed(model.get, _PLAIN), Proposed(model.find, _PLAIN)]
    known = dict.fromkeys((*more, *syntaxes()))
    return [*queries, *(Proposed(sop_class, (each,), as_scp=True) for each in known)][:MOST]


def for_learning(model: Model) -> Iterator[list[Proposed]]:
    """Yield what C-GETs need that are to tell the SOP Class of an object: the usual ones first."""
    from pynetdicom import AllStoragePresentationContexts, StoragePresentationContexts

    queries = [Proposed(model.get, _PLAIN), Proposed(model.find, _PLAIN)]
    usual = [str(each.abstract_syntax) for each in StoragePresentationContexts]
    every = [str(each.abstract_syntax) for each in AllStoragePresentationContexts]
    classes, step = list(dict.fromkeys((*usual, *every))), MOST - len(queries)
    for at in range(0, len(classes), step):
        yield [
            *queries,
            *(Proposed(each, syntaxes(), as_scp=True) for each in classes[at : at + step]),
        ]


def for_move(model: Model) -> list[Proposed]:
    """Return what a C-MOVE needs."""
    return [Proposed(model.move, _PLAIN), Proposed(model.find, _PLAIN)]

"""What we say of ourselves where an association is negotiated, as pynetdicom has it (PS3.8 9.3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dcmlint_pacs.own import Own
from dcmlint_pacs.peer import DimsePeer

if TYPE_CHECKING:
    from pynetdicom.presentation import PresentationContext

__all__ = ["our_items", "request_pdu"]

_APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"


def our_items(longest: int) -> list[Any]:
    """Return Maximum Length, Implementation Class UID and Implementation Version Name.

    `longest` is the Maximum Length Received, in bytes. PS3.7 D.3.3.1 and D.3.3.2.
    """
    from pynetdicom import PYNETDICOM_IMPLEMENTATION_UID, PYNETDICOM_IMPLEMENTATION_VERSION
    from pynetdicom import pdu_primitives as items

    length = items.MaximumLengthNotification()
    length.maximum_length_received = longest
    implementation = items.ImplementationClassUIDNotification()
    implementation.implementation_class_uid = PYNETDICOM_IMPLEMENTATION_UID
    version = items.ImplementationVersionNameNotification()
    version.implementation_version_name = PYNETDICOM_IMPLEMENTATION_VERSION
    return [length, implementation, version]


def request_pdu(
    peer: DimsePeer, ours: Own, contexts: Sequence[PresentationContext], items: Sequence[Any]
) -> bytes:
    """Return an A-ASSOCIATE-RQ with these user items; the Presentation Contexts get the IDs 1, 3, 5 ..."""
    from pynetdicom.pdu import A_ASSOCIATE_RQ
    from pynetdicom.pdu_primitives import A_ASSOCIATE

    for number, context in enumerate(contexts):
        context.context_id = 2 * number + 1
    primitive = A_ASSOCIATE()
    primitive.application_context_name = _APPLICATION_CONTEXT
    primitive.calling_ae_title, primitive.called_ae_title = ours.aet, peer.aet
    primitive.presentation_context_definition_list = list(contexts)
    primitive.user_information = list(items)
    return bytes(A_ASSOCIATE_RQ(primitive).encode())

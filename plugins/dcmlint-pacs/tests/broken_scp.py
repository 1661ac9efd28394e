"""A Query/Retrieve SCP that does one thing wrong, as asked, or none: on pynetdicom, in this process."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any

from pydicom import Dataset, config, dcmread
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, AllStoragePresentationContexts, evt
from pynetdicom.dsutils import encode

__all__ = ["AET", "FAULTS", "LEVELS", "broken_scp"]

AET = "BROKEN"
LEVELS = {
    "PATIENT": "PatientID",
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}
_ROOT = "1.2.840.10008.5.1.4.1.2"
_MODELS = {"study": f"{_ROOT}.2", "patient": f"{_ROOT}.1"}

FAULTS = {
    "no-key": "interop/find-key-missing",
    "no-level": "interop/find-key-missing",
    "empty-uid": "interop/find-key-missing",
    "wrong-vr": "interop/find-wrong-vr",
    "no-uid": "interop/find-invalid-value",
    "no-number": "interop/find-invalid-value",
    "other-study": "interop/find-not-matching",
    "other-level": "interop/find-not-matching",
    "twice": "interop/find-duplicate",
    "miscount": "interop/count-mismatch",
    "miscount-series": "interop/count-mismatch",
    "other-object": "interop/wrong-object",
    "more-objects": "interop/unasked-object",
    "no-object": "interop/suboperation-count",
    "failed-count": "interop/suboperation-count",
    "stray": "interop/response-after-final",
    "no-status": "interop/malformed-message",
    "other-data-set": "file/sop-instance-mismatch",
    "other-syntax": "file/transfer-syntax-mismatch",
}
"""What can be done wrong, and the rule that says so."""


@contextmanager
def broken_scp(
    files: Sequence[Path],
    fault: str | list[str] = "",
    *,
    model: str = "study",
    tls: ssl.SSLContext | None = None,
    calling: Sequence[str] = (),
    waits_s: Callable[[], float] = lambda: 0.0,
) -> Iterator[str]:
    """Give the location of an SCP that holds `files` and has a fault of FAULTS ("" = none, a list whose
    one element may be changed meanwhile).

    `model` is the information model that it knows, `calling` are the AE titles that it takes ([] = all),
    `waits_s` tells the seconds before each answer to a C-FIND.
    """
    archive = [dcmread(file) for file in files]
    faults = fault if isinstance(fault, list) else [fault]
    application = AE(AET)
    application.require_calling_aet = list(calling)
    for number in (1, 3):
        application.add_supported_context(
            f"{_MODELS[model]}.{number}", [ExplicitVRLittleEndian, ImplicitVRLittleEndian]
        )
    application.add_supported_context("1.2.840.10008.1.1")
    for context in AllStoragePresentationContexts:
        syntaxes = [ImplicitVRLittleEndian] if faults == ["other-syntax"] else [ExplicitVRLittleEndian]
        application.add_supported_context(context.abstract_syntax, syntaxes, scu_role=True, scp_role=True)
    handlers = [
        (evt.EVT_C_FIND, lambda event: _found(event, archive, faults[0], waits_s)),
        (evt.EVT_C_GET, lambda event: _got(event, archive, faults[0])),
        (evt.EVT_C_ECHO, lambda event: 0),
        (evt.EVT_ACCEPTED, lambda event: _spoil(event.assoc, faults[0])),
    ]
    server = application.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers, ssl_context=tls)
    try:
        port = server.socket.getsockname()[1]
        yield f"dimse{'+tls' if tls else ''}://{AET}@{'localhost' if tls else '127.0.0.1'}:{port}"
    finally:
        server.shutdown()


def _found(
    event: Any, archive: list[Dataset], fault: str, waits_s: Callable[[], float]
) -> Iterator[tuple[int, Dataset | None]]:
    time.sleep(waits_s())
    asked = event.identifier
    level = asked.QueryRetrieveLevel
    unique = LEVELS[level]
    if "PatientName" in asked and level == "IMAGE":
        raise ValueError("a key of another level")
    matches = {str(each[unique].value): each for each in archive if _fits(each, asked)}
    for each in matches.values():
        answer = _answer(each, asked, archive)
        _break(answer, fault, level)
        yield 0xFF00, answer
        if fault == "twice" and level == "IMAGE":
            yield 0xFF00, answer


def _fits(data_set: Dataset, asked: Dataset) -> bool:
    for element in asked:
        if element.keyword in ("QueryRetrieveLevel", "SpecificCharacterSet") or not str(element.value or ""):
            continue
        if str(data_set.get(element.keyword, "")) != str(element.value):
            return False
    return True


def _answer(data_set: Dataset, asked: Dataset, archive: list[Dataset]) -> Dataset:
    answer = Dataset()
    counts = {
        "NumberOfStudyRelatedInstances": "StudyInstanceUID",
        "NumberOfSeriesRelatedInstances": "SeriesInstanceUID",
    }
    for element in asked:
        if element.keyword in counts:
            of = counts[element.keyword]
            count = sum(each[of].value == data_set[of].value for each in archive)
            setattr(answer, element.keyword, str(count))
        elif element.keyword == "QueryRetrieveLevel":
            answer.QueryRetrieveLevel = element.value
        elif element.keyword in data_set:
            answer[element.tag] = data_set[element.tag]
        elif element.keyword != "AvailableTransferSyntaxUID":
            answer.add_new(element.tag, element.VR, None)
    return answer


def _break(answer: Dataset, fault: str, level: str) -> None:
    changes: dict[tuple[str, str], Callable[[], Any]] = {
        ("no-key", "STUDY"): lambda: answer.__delattr__("StudyID"),
        ("no-level", "SERIES"): lambda: answer.__delattr__("QueryRetrieveLevel"),
        ("empty-uid", "IMAGE"): lambda: answer.add_new("SOPInstanceUID", "UI", ""),
        ("wrong-vr", "SERIES"): lambda: answer.add_new("SeriesNumber", "LO", "1"),
        ("no-uid", "IMAGE"): lambda: answer.add(
            _unchecked("SOPInstanceUID", "UI", f"{answer.SOPInstanceUID}.A")
        ),
        ("no-number", "STUDY"): lambda: answer.__setitem__(
            0x00201208, RawDataElement(Tag(0x00201208), "IS", 4, b"many", 0, False, True)
        ),
        ("other-study", "SERIES"): lambda: answer.add_new("StudyInstanceUID", "UI", "1.2.3"),
        ("other-level", "SERIES"): lambda: answer.add_new("QueryRetrieveLevel", "CS", "STUDY"),
        ("miscount", "STUDY"): lambda: answer.add_new("NumberOfStudyRelatedInstances", "IS", "77"),
        ("miscount-series", "SERIES"): lambda: answer.add_new("NumberOfSeriesRelatedInstances", "IS", "0"),
        ("ignores-filter", "SERIES"): lambda: answer.add_new("Modality", "CS", "XX"),
    }
    change = changes.get((fault, level))
    if change is not None:
        change()


def _unchecked(keyword: str, vr: str, value: str) -> DataElement:
    return DataElement(keyword, vr, value, validation_mode=config.IGNORE)


def _got(event: Any, archive: list[Dataset], fault: str) -> Iterator[Any]:
    asked = event.identifier
    found = [each for each in archive if each.SOPInstanceUID == asked.SOPInstanceUID]
    other = deepcopy(found[0])
    other.SOPInstanceUID += ".1"
    if fault == "other-object":
        found = [other]
    elif fault == "more-objects":
        found.append(other)
    elif fault == "no-object":
        found = []
    yield len(found)
    for each in found:
        yield 0xFF00, each


def _spoil(association: Any, fault: str) -> None:
    """Change what an association sends."""
    send = association.dimse.send_msg

    def spoilt(message: Any, context: int) -> None:
        kind = type(message).__name__
        if kind == "C_STORE" and fault in ("other-data-set", "other-syntax"):
            changed = _decoded(message.DataSet, implicit=fault == "other-syntax")
            if fault == "other-data-set":
                changed.SOPInstanceUID = "1.2.3.4"
            message.DataSet = BytesIO(encode(changed, False, True) or b"")
        is_final = kind == "C_GET" and message.Status not in (None, 0xFF00)
        if is_final and fault == "no-object":
            message.NumberOfCompletedSuboperations = 1
        if is_final and fault == "failed-count":
            message.NumberOfFailedSuboperations, message.Status = 1, 0xB000
        if is_final and fault == "no-status":
            message._status = None
            return _send_without_status(association, message, context)
        send(message, context)
        if is_final and fault == "stray":
            send(message, context)

    association.dimse.send_msg = spoilt


def _decoded(content: BytesIO, *, implicit: bool) -> Dataset:
    from pynetdicom.dsutils import decode

    return decode(content, implicit, True)


def _send_without_status(association: Any, message: Any, context: int) -> None:
    from pynetdicom.dimse_messages import C_GET_RSP

    encoded = C_GET_RSP()
    message.Status = 0
    encoded.primitive_to_message(message)
    del encoded.command_set.Status
    for pdata in encoded.encode_msg(context, association.dimse.maximum_pdu_size):
        association.dul.send_pdu(pdata)

"""A Declared as the text of a conformance file that people read and edit."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from dcmlint_pacs.conformance.model import VERSION, Declared, Service
from dcmlint_pacs.names import keyword, name

__all__ = ["conformance_text"]

_WIDTH = 110


def conformance_text(declared: Declared) -> str:
    """Return the text; `read_conformance_text` gives back the same."""
    return "\n".join(_lines(declared)) + "\n"


def _lines(declared: Declared) -> Iterator[str]:
    facts = declared.facts
    yield f"dcmlint-conformance: {VERSION}"
    for key, value in (("name", declared.name), ("ae-title", declared.ae_title)):
        if value:
            yield f"{key}: {_quoted(value)}"
    if facts.implementation_class_uid or facts.implementation_version:
        yield "implementation:"
        for key, value in (
            ("class-uid", facts.implementation_class_uid),
            ("version", facts.implementation_version),
        ):
            if value:
                yield f"  {key}: {_quoted(value)}"
    if facts.max_pdu >= 0:
        yield f"max-pdu: {facts.max_pdu}"
    if facts.operations is not None:
        yield f"operations: {{invoked: {facts.operations[0]}, performed: {facts.operations[1]}}}"
    if declared.notes:
        yield f"notes: {_quoted(declared.notes)}"
    usual = _most_frequent(declared)
    roles = usual.roles
    yield f"roles: [{', '.join(roles)}]"
    yield "transfer-syntaxes:  # of all SOP Classes that have none of their own"
    yield from (f"  - {keyword(uid)}" for uid in usual.syntaxes)
    yield "sop-classes:"
    for uid, service in declared.services.items():
        yield from _service(uid, service, usual, facts.extended.get(uid))


def _most_frequent(declared: Declared) -> Service:
    services = declared.services.values()
    roles = Counter(each.roles for each in services).most_common(1)[0][0]
    return Service(roles, Counter(each.syntaxes for each in services).most_common(1)[0][0])


def _service(uid: str, service: Service, usual: Service, extended: bytes | None) -> Iterator[str]:
    comment = f"  # {name(uid)}" if keyword(uid) == uid and name(uid) != uid else ""
    word = keyword(uid) if keyword(uid) != uid else _quoted(uid)
    yield f"  - sop-class: {word}{comment}"
    if service.roles != usual.roles:
        yield f"    roles: [{', '.join(service.roles)}]"
    if service.syntaxes != usual.syntaxes:
        yield "    transfer-syntaxes:"
        yield from _wrapped([keyword(each) for each in service.syntaxes])
    if extended is not None:
        yield f'    extended-negotiation: "{extended.hex()}"'


def _wrapped(words: list[str]) -> Iterator[str]:
    """Yield a flow list in lines that fit."""
    line = "      ["
    for number, word in enumerate(words):
        part = word + ("," if number + 1 < len(words) else "]")
        if len(line) + len(part) + 1 > _WIDTH:
            yield line
            line = "       "
        line += part if line.endswith("[") else f" {part}"
    yield line


def _quoted(text: str) -> str:
    """Return a text as a double-quoted scalar, which JSON is a part of."""
    return json.dumps(text)

"""A conformance file (YAML) as a Declared; faults are told with their lines.

`conformance.schema.json` says the same for editors. Names are resolved here: a SOP Class or Transfer Syntax
is a UID, a keyword or a name of PS3.6.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from dcmlint.errors import UsageError
from dcmlint_pacs.conformance.model import VERSION, Declared, Service
from dcmlint_pacs.names import Kind, uid_of
from dcmlint_pacs.peer import is_ae_title
from dcmlint_pacs.preflight.model import Facts, Role
from dcmlint_pacs.uid import is_uid

__all__ = ["read_conformance", "read_conformance_text"]

_KEYS = (
    *("dcmlint-conformance", "name", "ae-title", "implementation", "max-pdu", "operations", "roles"),
    *("transfer-syntaxes", "sop-classes", "notes"),
)
_SERVICE_KEYS = ("sop-class", "roles", "transfer-syntaxes", "extended-negotiation", "notes")
_MOST_FAULTS = 20
_MOST_TEXT = 10_000
_MOST_EXTENDED = 128
_ROLES: tuple[Role, ...] = ("SCU", "SCP")

Path = tuple[str | int, ...]


def read_conformance(file: str) -> Declared:
    """Return what a conformance file declares; raises UsageError with the lines of what is wrong with it."""
    from dcmlint.policy.document import read_document

    return _Reader(read_document(file)).declared()


def read_conformance_text(file: str, text: str) -> Declared:
    """Return what the text of a conformance file declares, as `read_conformance` does."""
    from dcmlint.policy.document import read_text

    return _Reader(read_text(file, text)).declared()


class _Reader:
    """Reads one document; gathers faults, so that all are told at once."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.faults: list[str] = []

    def fault(self, path: Path, message: str) -> None:
        self.faults.append(f"{self.document.file}, line {self.document.line(path)}: {message}")

    def declared(self) -> Declared:
        content = self.document.content
        if not isinstance(content, dict):
            raise UsageError(f"{self.document.file} is no conformance file: a mapping is expected")
        if content.get("dcmlint-conformance") != VERSION:
            self.fault(("dcmlint-conformance",), f"dcmlint-conformance: {VERSION} is expected")
        self.keys(content, (), _KEYS)
        services, extended = self.services(content)
        found = Declared(
            self.document.file,
            self.text(content, (), "name"),
            self.ae_title(content),
            services,
            self.facts(content)._replace(extended=extended),
            self.text(content, (), "notes"),
        )
        if self.faults:
            more = len(self.faults) - _MOST_FAULTS
            told = self.faults[:_MOST_FAULTS] + ([f"and {more} more"] if more > 0 else [])
            raise UsageError("\n".join(told), "The format: docs/preflight.md, and conformance.schema.json")
        return found

    def keys(self, content: Mapping[str, Any], path: Path, known: tuple[str, ...]) -> None:
        for key in content:
            if key not in known:
                self.fault((*path, key), f"unknown key {key[:40]!r}; known: {', '.join(known)}")

    def text(self, content: Mapping[str, Any], path: Path, key: str) -> str:
        value = content.get(key)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > _MOST_TEXT:
            self.fault((*path, key), f"{key} is a text of at most {_MOST_TEXT:,} characters")
            return ""
        return value

    def ae_title(self, content: Mapping[str, Any]) -> str:
        found = self.text(content, (), "ae-title")
        if found and not is_ae_title(found):
            self.fault(("ae-title",), "ae-title has at most 16 characters of ASCII, and no backslash")
        return found

    def facts(self, content: Mapping[str, Any]) -> Facts:
        implementation = self.mapping(content, "implementation", ("class-uid", "version"))
        class_uid = self.text(implementation, ("implementation",), "class-uid")
        if class_uid and not is_uid(class_uid):
            self.fault(("implementation", "class-uid"), "class-uid is no UID")
        version = self.text(implementation, ("implementation",), "version")
        if len(version) > 16:
            self.fault(("implementation", "version"), "version has at most 16 characters")
        operations = self.mapping(content, "operations", ("invoked", "performed"))
        window = None
        if operations:
            path: Path = ("operations",)
            window = (
                self.number(operations, path, "invoked", 65535),
                self.number(operations, path, "performed", 65535),
            )
        max_pdu = -1 if content.get("max-pdu") is None else self.number(content, (), "max-pdu", 2**32 - 1)
        return Facts(class_uid, version, max_pdu, window)

    def mapping(self, content: Mapping[str, Any], key: str, known: tuple[str, ...]) -> Mapping[str, Any]:
        value = content.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.fault((key,), f"{key} is a mapping of {' and '.join(known)}")
            return {}
        self.keys(value, (key,), known)
        return value

    def number(self, content: Mapping[str, Any], path: Path, key: str, most: int) -> int:
        value = content.get(key, 1)
        if type(value) is not int or not 0 <= value <= most:
            self.fault((*path, key), f"{key} is a whole number from 0 to {most}")
            return 0
        return value

    def services(self, content: Mapping[str, Any]) -> tuple[dict[str, Service], dict[str, bytes]]:
        roles = self.roles(content, (), ("SCP",))
        usual = self.syntaxes(content, ())
        rows = content.get("sop-classes")
        if not isinstance(rows, list) or not rows:
            self.fault(("sop-classes",), "sop-classes is a list of SOP Classes, and not empty")
            return {}, {}
        found: dict[str, Service] = {}
        extended: dict[str, bytes] = {}
        for number, row in enumerate(rows):
            path: Path = ("sop-classes", number)
            fields = {"sop-class": row} if isinstance(row, str) else row
            if not isinstance(fields, dict):
                self.fault(path, "a SOP Class is its name, or a mapping with the key sop-class")
                continue
            uid, service = self.service(fields, path, Service(roles, usual))
            if uid in found:
                self.fault(path, f"the SOP Class {uid} is there twice")
            if uid:
                found[uid] = service
                extended.update(self.extended(fields, path, uid))
        return found, extended

    def service(self, row: Mapping[str, Any], path: Path, usual: Service) -> tuple[str, Service]:
        self.keys(row, path, _SERVICE_KEYS)
        self.text(row, path, "notes")
        uid = self.uid(row.get("sop-class"), (*path, "sop-class"), "SOP Class")
        syntaxes = self.syntaxes(row, path) or usual.syntaxes
        if not syntaxes:
            self.fault(path, "it has no Transfer Syntaxes, and transfer-syntaxes has none for all")
        return uid, Service(self.roles(row, path, usual.roles), syntaxes)

    def roles(self, content: Mapping[str, Any], path: Path, usual: tuple[Role, ...]) -> tuple[Role, ...]:
        value = content.get("roles")
        if value is None:
            return usual
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not values or any(each not in _ROLES for each in values):
            self.fault((*path, "roles"), "roles are SCU, SCP or both: [SCU, SCP]")
            return usual
        return tuple(role for role in _ROLES if role in values)

    def syntaxes(self, content: Mapping[str, Any], path: Path) -> tuple[str, ...]:
        value = content.get("transfer-syntaxes")
        if value is None:
            return ()
        if not isinstance(value, list) or not value:
            self.fault((*path, "transfer-syntaxes"), "transfer-syntaxes is a list, and not empty")
            return ()
        place: Path = (*path, "transfer-syntaxes")
        found = [self.uid(each, (*place, number), "Transfer Syntax") for number, each in enumerate(value)]
        for uid, count in Counter(found).items():
            if uid and count > 1:
                self.fault(place, f"the Transfer Syntax {uid} is there twice")
        return tuple(dict.fromkeys(filter(None, found)))

    def uid(self, value: Any, path: Path, kind: Kind) -> str:
        found = uid_of(value, kind) if isinstance(value, str) else None
        if found is None:
            shown = f"{value[:60]!r} is" if isinstance(value, str) else "this is"
            self.fault(path, f"{shown} no UID, keyword or name of a {kind}")
        return found or ""

    def extended(self, row: Mapping[str, Any], path: Path, uid: str) -> dict[str, bytes]:
        value = row.get("extended-negotiation")
        if value is None:
            return {}
        text = str(value) if isinstance(value, int) else value
        if (
            not isinstance(text, str)
            or len(text) > 2 * _MOST_EXTENDED
            or not re.fullmatch(r"(?:[0-9a-fA-F]{2})+", text)
        ):
            self.fault(
                (*path, "extended-negotiation"), "extended-negotiation is bytes in hexadecimal, in quotes"
            )
            return {}
        return {uid: bytes.fromhex(text)}

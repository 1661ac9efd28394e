"""What a key of a settings file may hold: one description that validates and that is the JSON Schema."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

__all__ = [
    "Choice",
    "Fault",
    "Field",
    "Fields",
    "Flag",
    "Kind",
    "ListOf",
    "MapOf",
    "OneKind",
    "Scalar",
    "Text",
    "Whole",
]

Path = tuple[str | int, ...]


class Fault(NamedTuple):
    """What is wrong at a place of a settings file. `path` leads there by keys and positions."""

    path: Path
    message: str
    hint: str = ""


class Kind(Protocol):
    """A description of values."""

    def faults(self, value: Any, path: Path) -> Iterator[Fault]:
        """Yield what is wrong with a value."""

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema (draft 2020-12) of the values."""


@dataclass(frozen=True)
class Text:
    """A text; `check` returns what is wrong with it, "" if nothing is, or that and a hint.

    Where there is a `check`, the `pattern` is for the JSON Schema only.
    """

    check: Callable[[str], str | tuple[str, str]] | None = None
    pattern: str = ""
    examples: tuple[str, ...] = ()

    def faults(self, value: Any, path: Path) -> Iterator[Fault]:
        """See Kind."""
        if not isinstance(value, str):
            yield Fault(path, f"a text is expected, not {_named(value)}", "Put it in quotes.")
        elif not value.strip():
            yield Fault(path, "an empty text is of no use here")
        elif self.check is not None:
            said = self.check(value)
            message, hint = said if isinstance(said, tuple) else (said, "")
            if message:
                yield Fault(path, message, hint)
        elif self.pattern and not re.search(self.pattern, value):
            yield Fault(path, f"{value!r} is not of the form {self.pattern}")

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        found: dict[str, Any] = {"type": "string", "pattern": self.pattern or r"\S"}
        if self.examples:
            found["examples"] = list(self.examples)
        return found


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def faults(self, value: Any, path: Path) -> Iterator[Fault]:
        """See Kind."""
        if value not in self.words:
            shown = repr(value) if isinstance(value, (str, int, bool)) else _named(value)
            yield Fault(path, f"{shown} is none of {', '.join(self.words)}", near(value, self.words))

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        return {"enum": list(self.words)}


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def faults(self, value: Any, path: Path) -> Iterator[Fault]:
        """See Kind."""
        if not isinstance(value, bool):
            yield Fault(path, f"true or false is expected, not {_named(value)}")

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Whole:
    """A whole number within bounds."""

    least: int = 0
    most: int = 1 << 31

    def faults(self, value: Any, path: Path) -> Iterator[Fault]:
        """See Kind."""
        if not isinstance(value, int) or isinstance(value, bool):
            yield Fault(path, f"a whole number is expected, not {_named(value)}")
        elif not self.least <= value <= self.most:
            yield Fault(path, f"{value} is not from {self.least} to {self.most}")

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Scalar:
    """A text, a number, a date, true or false."""

    def faults(self, value: Any, path: Path) -> Iterator[Fault]:
        """See Kind."""
        if not isinstance(value, (str, int, float, datetime.date)):
            yield Fault(path, f"a single value is expected, not {_named(value)}")

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        return {"type": ["string", "number", "boolean"]}


@dataclass(frozen=True)
class ListOf:
    """A list; one thing alone stands for a list of it where `lone` is set."""

    kind: Kind
    least: int = 0
    lone: bool = True
    most: int = 10_000

    def faults(self, value: Any, path: Path) -> Iterator[Fault]:
        """See Kind."""
        if not isinstance(value, list):
            if (self.lone and not isinstance(value, dict) and value is not None) or (
                self.lone and isinstance(value, dict) and isinstance(self.kind, (Fields, MapOf))
            ):
                yield from self.kind.faults(value, path)
            else:
                yield Fault(path, f"a list is expected, not {_named(value)}")
            return
        if not self.least <= len(value) <= self.most:
            yield Fault(path, f"{len(value)} entries are not from {self.least} to {self.most}")
        for number, each in enumerate(value):
            yield from self.kind.faults(each, (*path, number))

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        inner = self.kind.schema()
        listed = {"type": "array", "items": inner, "maxItems": self.most}
        if self.least:
            listed["minItems"] = self.least
        return {"anyOf": [listed, inner]} if self.lone else listed


@dataclass(frozen=True)
class MapOf:
    """A mapping from keys of one kind to values of one kind."""

    key: Kind
    value: Kind
    least: int = 0

    def faults(self, value: Any, path: Path) -> Iterator[Fault]:
        """See Kind."""
        if not isinstance(value, dict):
            yield Fault(path, f"keys with values are expected, not {_named(value)}")
            return
        if len(value) < self.least:
            yield Fault(path, "at least one entry is expected")
        for key, each in value.items():
            yield from self.key.faults(key, (*path, key))
            yield from self.value.faults(each, (*path, key))

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        names = {key: each for key, each in self.key.schema().items() if key != "type"}
        found: dict[str, Any] = {"type": "object", "additionalProperties": self.value.schema()}
        if self.least:
            found["minProperties"] = self.least
        if names:
            found["propertyNames"] = names
        return found


class Field(NamedTuple):
    """One key of Fields: what it holds, what it means, and whether it must be there."""

    kind: Kind
    doc: str
    required: bool = False


@dataclass(frozen=True)
class Fields:
    """A mapping with certain keys. `check` yields what is wrong with the mapping as a whole, and `also`
    says the same in JSON Schema."""

    fields: Mapping[str, Field]
    check: Callable[[dict[str, Any]], Iterator[Fault]] | None = None
    also: Mapping[str, Any] | None = None

    def faults(self, value: Any, path: Path) -> Iterator[Fault]:
        """See Kind."""
        if not isinstance(value, dict):
            yield Fault(path, f"keys with values are expected, not {_named(value)}")
            return
        well = True
        for key, each in value.items():
            field = self.fields.get(key) if isinstance(key, str) else None
            if field is None:
                yield Fault((*path, key), f"there is no key {key!r}", near(key, tuple(self.fields)))
                continue
            for fault in field.kind.faults(each, (*path, key)):
                well = False
                yield fault
        for key, field in self.fields.items():
            if field.required and key not in value:
                well = False
                yield Fault(path, f"the key {key!r} is missing", field.doc)
        if well and self.check is not None:
            for fault in self.check(value):
                yield fault._replace(path=(*path, *fault.path))

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        properties = {
            name: {"description": field.doc, **field.kind.schema()} for name, field in self.fields.items()
        }
        required = [name for name, field in self.fields.items() if field.required]
        found: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
        return {**found, **({"required": required} if required else {}), **(self.also or {})}


@dataclass(frozen=True)
class OneKind:
    """Whatever one of several kinds describes, told apart by the type of the value."""

    kinds: tuple[Kind, ...]

    def faults(self, value: Any, path: Path) -> Iterator[Fault]:
        """See Kind."""
        tried = [list(kind.faults(value, path)) for kind in self.kinds]
        if not any(not faults for faults in tried):
            # The kind that got furthest is the one that was meant.
            yield from max(tried, key=lambda faults: max(len(fault.path) for fault in faults))

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        return {"anyOf": [kind.schema() for kind in self.kinds]}


def near(word: Any, known: tuple[str, ...]) -> str:
    """Return a hint with what is spelled like a word, or all there is."""
    from difflib import get_close_matches

    found = get_close_matches(str(word), known, n=1, cutoff=0.6)
    return f"Did you mean {found[0]}?" if found else f"Known: {', '.join(known)}"


def _named(value: Any) -> str:
    names = {
        dict: "keys with values",
        list: "a list",
        str: "a text",
        bool: "true or false",
        type(None): "nothing",
    }
    return names.get(type(value), f"a value of type {type(value).__name__}")

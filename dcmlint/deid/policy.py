"""A site's own word on de-identification: a YAML file that adds to rows of Table E.1-1 or overrides them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from dcmlint.errors import UsageError
from dcmlint.policy.document import Document, read_document, read_text, read_toml
from dcmlint.read.vr import TEXT_VRS
from dcmlint.standard.deid import standard_vocabulary
from dcmlint.standard.dictionary import entry, implicit_vr, tag_of

__all__ = ["NO_POLICY", "Policy", "embedded_policies", "load_policies"]

ACTIONS = ("keep", "remove", "empty", "dummy", "uid", "shift", "clean", "pseudonym")
_KEYS = (
    *("name", "actions", "set", "safe_private", "vocabulary", "standard_vocabulary"),
    *("uid_root", "shift_days"),
)

_WRITTEN = (0x00120062, 0x00120063, 0x00120064, 0x00280303)
"""What a run writes of itself: Patient Identity Removed and the method."""


class Policy(NamedTuple):
    """What policies say together; later files override earlier ones.

    `actions` are by tag, `values` the text that is set by tag. `safe_private` has by Private Creator the last
    two hex digits of elements that are safe to keep. `vocabulary` are words, in small letters, that cleaned
    text may keep. `text` is the files' text, for the audit log; `parts` are the form of each and how many
    characters it has: "yaml 120, toml 98".
    """

    names: tuple[str, ...] = ()
    actions: Mapping[int, str] = {}
    values: Mapping[int, str] = {}
    safe_private: Mapping[str, frozenset[int]] = {}
    vocabulary: frozenset[str] = frozenset()
    uid_root: str = ""
    shift_days: int = 365
    text: str = ""
    parts: str = ""


NO_POLICY = Policy()


def load_policies(files: tuple[str, ...]) -> Policy:
    """Return what the files say together; raises UsageError, naming file and line, for what is wrong."""
    return _together(map(read_document, files))


def embedded_policies(text: str, parts: str) -> Policy:
    """Return what `load_policies` returned, from its `text` and `parts`.

    Raises UsageError if they are of none.
    """
    return _together(_documents(text, parts))


def _documents(text: str, parts: str) -> Iterator[Document]:
    for number, part in enumerate(filter(None, parts.split(", ")), 1):
        form, _, length = part.partition(" ")
        name = f"policy {number} of the log"
        if form not in ("yaml", "toml") or not (length.isascii() and length.isdigit()):
            raise UsageError(f"It cannot be told where {name} ends.")
        own, text = text[: int(length)], text[int(length) :]
        yield read_toml(name, own) if form == "toml" else read_text(name, own)
    if text:
        raise UsageError("The log does not say of which files its policy is made.")


def _together(documents: Iterable[Document]) -> Policy:
    policy, parts = NO_POLICY, []
    for document in documents:
        _demand_keys(document)
        policy = _added(policy, _Reader(document.file, document.content, document.line))
        policy = policy._replace(text=policy.text + document.text)
        parts.append(f"{document.form} {len(document.text)}")
    return policy._replace(parts=", ".join(parts))


def _demand_keys(document: Document) -> None:
    """Raise UsageError for what is no mapping of the keys of a policy."""
    file, content = document.file, document.content
    if not isinstance(content, dict):
        raise UsageError(f"{file} is no policy: it has no keys.", f"Keys: {', '.join(_KEYS)}")
    for key in content:
        if key not in _KEYS:
            raise UsageError(
                f"{file}, line {document.line((key,))}: unknown key {key!r}.", f"Keys: {', '.join(_KEYS)}"
            )


def _added(policy: Policy, reader: _Reader) -> Policy:
    name = reader.content.get("name", "")
    reader.demand(isinstance(name, str) and re.fullmatch(r"[ -\[\]-~]{0,48}", name), ("name",), "text")
    return Policy(
        (*policy.names, *([name] if name else ())),
        {**policy.actions, **reader.actions()},
        {**policy.values, **reader.values()},
        {**policy.safe_private, **reader.safe_private()},
        policy.vocabulary | reader.vocabulary() | reader.standard_vocabulary(),
        reader.uid_root() or policy.uid_root,
        reader.shift_days() or policy.shift_days,
        policy.text,
    )


class _Reader:
    """The content of one file, read key by key."""

    def __init__(self, file: str, content: Mapping[str, Any], line: Any) -> None:
        self.file = file
        self.content = content
        self.line = line

    def demand(self, holds: Any, path: tuple[str | int, ...], what: str) -> None:
        if not holds:
            raise UsageError(f"{self.file}, line {self.line(path)}: {path[0]} takes {what}.")

    def mapping(self, key: str, what: str) -> Mapping[str, Any]:
        found = self.content.get(key) or {}
        self.demand(isinstance(found, dict), (key,), what)
        return found

    def tag(self, key: str, name: str) -> int:
        try:
            tag = tag_of(re.sub(r"[(),\s]", "", name))
        except KeyError:
            tag = 1 << 16
        known = not tag & 0x10000 and tag >> 16 > 2 and entry(tag) is not None and tag not in _WRITTEN
        self.demand(known, (key, name), "keywords or tags of PS3.6, but not those that say what was done")
        return tag

    def actions(self) -> dict[int, str]:
        found = self.mapping("actions", "Attributes and what to do with each")
        for name, action in found.items():
            self.demand(action in ACTIONS, ("actions", name), f"one of {', '.join(ACTIONS)}")
        return {self.tag("actions", name): action for name, action in found.items()}

    def values(self) -> dict[int, str]:
        found = self.mapping("set", "Attributes and the text to set")
        for name, value in found.items():
            fit = isinstance(value, str) and value.isascii() and value.isprintable()
            self.demand(fit, ("set", name), "printable ASCII text, in quotes if it looks like a number")
        values = {self.tag("set", name): value for name, value in found.items()}
        for name, tag in zip(found, values, strict=True):
            self.demand(implicit_vr(tag) in TEXT_VRS | {"CS", "AE"}, ("set", name), "Attributes of text")
        return values

    def safe_private(self) -> dict[str, frozenset[int]]:
        what = "Private Creators, each with a list of last two hex digits in quotes"
        safe: dict[str, frozenset[int]] = {}
        for creator, elements in self.mapping("safe_private", what).items():
            listed = isinstance(elements, list) and all(
                isinstance(each, str) and re.fullmatch("[0-9A-Fa-f]{2}", each) for each in elements
            )
            self.demand(listed, ("safe_private", creator), what)
            safe[creator.strip()] = frozenset(int(each, 16) for each in elements)
        return safe

    def vocabulary(self) -> frozenset[str]:
        words = self.content.get("vocabulary") or []
        fit = isinstance(words, list) and all(
            isinstance(word, str) and word.isascii() and word.isalnum() for word in words
        )
        self.demand(fit, ("vocabulary",), "a list of words of ASCII letters and digits, in quotes if need be")
        return frozenset(word.lower() for word in words)

    def standard_vocabulary(self) -> frozenset[str]:
        wanted = self.content.get("standard_vocabulary", False)
        self.demand(isinstance(wanted, bool), ("standard_vocabulary",), "true or false")
        return standard_vocabulary() if wanted else frozenset()

    def uid_root(self) -> str:
        root = self.content.get("uid_root") or ""
        fit = (
            isinstance(root, str) and re.fullmatch(r"([0-2](\.(0|[1-9][0-9]*))+)?", root) and len(root) <= 36
        )
        self.demand(fit, ("uid_root",), "a UID of at most 36 characters, without a dot at its end, in quotes")
        return str(root)

    def shift_days(self) -> int:
        days = self.content.get("shift_days", 0)
        fit = isinstance(days, int) and not isinstance(days, bool) and 0 <= days <= 36500
        self.demand(fit, ("shift_days",), "a number of days from 1 to 36500")
        return int(days)

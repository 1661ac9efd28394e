"""Facts about the file and its encoding that expressions may ask for: `file.name`, `encoding.explicit`."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from dcmlint.image import NATIVE_SYNTAXES
from dcmlint.read.item import Instance
from dcmlint.standard.dictionary import uid

__all__ = ["FACTS", "Fact", "fact"]

_DEFLATED = "1.2.840.10008.1.2.1.99"


class Fact(NamedTuple):
    """What it is, an example, how it is found (None = unknown), and whether it depends on the place."""

    doc: str
    example: Any
    find: Callable[[Instance], Any]
    of_place: bool = False


def _file(instance: Instance, find: Callable[[str], str]) -> str | None:
    return find(instance.file.replace("\\", "/")) if instance.file else None


def _private_creators(instance: Instance) -> list[str]:
    found: dict[str, None] = {}
    for item in instance.root.walk():
        for tag in item.elements:
            if tag >> 16 & 1 and 0x10 <= tag & 0xFFFF <= 0xFF:
                value = item.first(tag)
                if isinstance(value, str) and value:
                    found[value] = None
    return list(found)


def _syntax_name(instance: Instance) -> str | None:
    found = uid(instance.syntax)
    return None if found is None else found.name


FACTS: Mapping[str, Fact] = {
    "file.name": Fact(
        "the file's name", "a.dcm", lambda instance: _file(instance, posixpath.basename), of_place=True
    ),
    "file.folder": Fact(
        "the name of the folder it is in",
        "study",
        lambda instance: _file(instance, lambda path: posixpath.basename(posixpath.dirname(path))),
        of_place=True,
    ),
    "file.path": Fact(
        "its path as it was visited, with slashes",
        "a/b.dcm",
        lambda instance: _file(instance, str),
        of_place=True,
    ),
    "file.size": Fact("bytes", 1, lambda instance: instance.size if instance.on_bytes else None),
    "encoding.transfer_syntax": Fact(
        "UID of the Transfer Syntax the bytes are in",
        "1.2.840.10008.1.2",
        lambda instance: instance.syntax or None,
    ),
    "encoding.transfer_syntax_name": Fact("its name in PS3.6", "Implicit VR Little Endian", _syntax_name),
    "encoding.explicit": Fact(
        "whether VRs are in the bytes", True, lambda each: each.explicit if each.on_bytes else None
    ),
    "encoding.big_endian": Fact(
        "whether bytes are in big endian order",
        False,
        lambda each: each.big_endian if each.on_bytes else None,
    ),
    "encoding.compressed": Fact(
        "whether pixels are encapsulated",
        False,
        lambda each: each.syntax not in NATIVE_SYNTAXES if each.syntax else None,
    ),
    "encoding.deflated": Fact(
        "whether the Data Set is deflated",
        False,
        lambda each: each.syntax == _DEFLATED if each.syntax else None,
    ),
    "encoding.private_creators": Fact(
        "Private Creators of the Data Set and its Items", ["ACME"], _private_creators
    ),
}


def fact(name: str) -> Fact:
    """Return the fact of this name, such as "file.name"."""
    return FACTS[name]

"""The difference of two files, Attribute by Attribute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dcmlint.model import UNDEFINED_LENGTH
from dcmlint.read.item import Instance, Item
from dcmlint.standard.dictionary import format_tag, label

__all__ = ["Change", "changes", "diff_text"]

_MOST_SHOWN = 200
_BINARY = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))


class Change(NamedTuple):
    """One Attribute that differs, or bytes that are none: `path` is where, `tag` reads "(0028,0030)".

    `old` and `new` are how each side reads, None where it is not there. They hold values, which may be PHI.
    """

    path: str
    tag: str
    old: str | None
    new: str | None


def changes(before: Instance, after: Instance) -> Iterator[Change]:
    """Yield what differs: File Meta Information, then the Data Set, in ascending order of tags.

    Elements that changed their place alone are told of once for each Data Set or Item.
    """
    if before.meta is not None or after.meta is not None:
        yield from _level(before.meta, after.meta, "")
    yield from _level(before.root, after.root, "")


def _level(before: Item | None, after: Item | None, prefix: str) -> Iterator[Change]:
    old = {} if before is None else before.elements
    new = {} if after is None else after.elements
    for tag in sorted(old.keys() | new.keys()):
        path = prefix + label(tag)
        was, now = old.get(tag), new.get(tag)
        if was is not None and now is not None and was[3] is not None and now[3] is not None:
            yield from _sequence(was, now, path, tag)
            continue
        one, other = _bytes(before, tag), _bytes(after, tag)
        if was is None or now is None or was[0] != now[0] or one != other:
            yield Change(path, format_tag(tag), _shown(before, tag), _shown(after, tag))
    moved = [tag for tag in old if tag in new] != [tag for tag in new if tag in old]
    if moved:
        where = prefix.removesuffix(".") or "Data Set"
        yield Change(where, "", "elements out of order", "elements in ascending order")


def _sequence(was: tuple[object, ...], now: tuple[object, ...], path: str, tag: int) -> Iterator[Change]:
    if was[0] != now[0]:
        yield Change(path, format_tag(tag), str(was[0]), str(now[0]))
    one, other = list(was[3] or ()), list(now[3] or ())  # type: ignore[call-overload]
    for number in range(max(len(one), len(other))):
        before = one[number] if number < len(one) else None
        after = other[number] if number < len(other) else None
        yield from _level(before, after, f"{path}[{number + 1}].")


def _bytes(item: Item | None, tag: int) -> object:
    """Return the value field of an element as it lies in the file; of Items and fragments, how many there
    are."""
    found = None if item is None else item.elements.get(tag)
    if item is None or found is None:
        return None
    _, offset, length, items = found
    if items is not None or length == UNDEFINED_LENGTH:
        return len(items or ())
    return memoryview(item.buf)[offset : offset + length]


def _shown(item: Item | None, tag: int) -> str | None:
    """Return an element as text: its VR and its value, of long or binary ones the number of bytes."""
    found = None if item is None else item.elements.get(tag)
    if item is None or found is None:
        return None
    vr, _, length, items = found
    if items is not None:
        return f"{vr} {len(items)} Item{'' if len(items) == 1 else 's'}"
    if length == UNDEFINED_LENGTH:
        return f"{vr} fragments"
    raw = item.raw(tag) or b"" if length <= _MOST_SHOWN else b""
    if length > _MOST_SHOWN:
        return f"{vr} {length:,} bytes"
    if vr in _BINARY:
        return f"{vr} {raw.hex(' ') or '(zero length)'}"
    return f"{vr} {_value(item, tag, raw)}"


def _value(item: Item, tag: int, raw: bytes) -> str:
    """Return a value as it is decoded, with what is odd about its bytes: NULs, spaces at its end, odd
    length."""
    from dcmlint.read.vr import BINARY_SIZE

    if not raw:
        return "(zero length)"
    values = item.get(tag) or ()
    vr = item.elements[tag][0]
    if vr in BINARY_SIZE:
        return "\\".join(str(each) for each in values) or raw.hex(" ")
    core = raw.rstrip(b"\0 ")
    text = "\\".join(str(each) for each in values)
    padding = raw[len(core) :].decode("latin-1").replace("\0", "\\0")
    odd = ", odd length" if len(raw) & 1 else ""
    text = text.rstrip("\0 ") + padding
    return (
        '"' + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text) + f'"{odd}'
    )


def diff_text(before: Instance, after: Instance, names: tuple[str, str]) -> Iterator[str]:
    """Yield the lines of a unified diff of two files by these names: a hunk for each Attribute.

    The lines hold values of the files.
    """
    yield f"--- {names[0]}"
    yield f"+++ {names[1]}"
    for each in _file_changes(before, after):
        yield from _hunk(each)
    for each in changes(before, after):
        yield from _hunk(each)


def _hunk(change: Change) -> Iterator[str]:
    tag = "" if change.path.endswith(change.tag) else f" {change.tag}"
    yield f"@@ {change.path}{tag} @@"
    if change.old is not None:
        yield f"-{change.old}"
    if change.new is not None:
        yield f"+{change.new}"


def _file_changes(before: Instance, after: Instance) -> Iterator[Change]:
    """Yield what differs in the file around its Data Elements: preamble, bytes after the end."""
    for rule, where in (
        ("file/missing-preamble", "preamble"),
        ("file/trailing-bytes", "bytes after the Data Set"),
    ):
        old, new = _told(before, rule), _told(after, rule)
        if old != new:
            yield Change(where, "", old, new)


def _told(instance: Instance, rule: str) -> str | None:
    found = [fault for fault in instance.faults if fault.rule == rule]
    if rule == "file/missing-preamble":
        return None if found else "128 bytes and DICM"
    return f"{found[0].length:,} bytes" if found else None

"""Person Names with too many delimiters, rewritten as bytes (PS3.5 6.2.1.1)."""

from __future__ import annotations

from collections.abc import Callable

from dcmlint.read.charset import charset_of
from dcmlint.read.item import Item

__all__ = ["five_components", "mended_names", "three_groups"]

_COMPONENTS = 5
_GROUPS = 3


def mended_names(item: Item, tag: int, mend: Callable[[bytes], bytes]) -> bytes | None:
    """Return the value with each name mended, None if nothing changes.

    None too where a delimiter could be part of a character: with code extension, in GBK and GB18030.
    """
    raw = item.raw(tag)
    if raw is None or b"\x1b" in raw or charset_of(item).codec in ("gbk", "gb18030"):
        return None
    value = raw.rstrip(b" \0")
    mended = b"\\".join(map(mend, value.split(b"\\")))
    return mended if mended != value else None


def five_components(name: bytes) -> bytes:
    """Return a name of which what follows the fourth component is one suffix, its parts joined by spaces."""
    return b"=".join(map(_five, name.split(b"=")))


def _five(group: bytes) -> bytes:
    parts = group.split(b"^")
    if len(parts) <= _COMPONENTS:
        return group
    suffix = b" ".join(part.strip(b" ") for part in parts[_COMPONENTS - 1 :] if part.strip(b" "))
    return b"^".join([*parts[: _COMPONENTS - 1], suffix]).rstrip(b"^")


def three_groups(name: bytes) -> bytes:
    """Return a name without the component groups behind the third, if they are empty and the first one is
    not all there is: what ends with equals signs alone may be something else."""
    groups = name.split(b"=")
    if any(groups[_GROUPS:]) or not any(groups[1:_GROUPS]):
        return name
    return b"=".join(groups[:_GROUPS])

"""What is taken of an Instance for checks over several: its Facts, packed.

The Attributes are runs of Data Elements as they lie in the file, those of an Information Entity together.
Where they may not lie as they should each value gets a header of our own.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from functools import lru_cache
from mmap import mmap

from dcmlint.content import content_of, quick_content
from dcmlint.facts import DIRECTORY
from dcmlint.packing import (
    BIG_ENDIAN,
    COMPRESSED,
    EXPLICIT,
    HEAD,
    LONG,
    MAX_BYTES,
    OWN,
    SECTIONS,
    SHORT_LE,
    VERSION,
    body_hash,
    section_by_tag,
)
from dcmlint.read.item import Instance, Item
from dcmlint.references import Referred, records_of, references_of

__all__ = ["packed_facts", "uids_of"]

_DIRECTORY = DIRECTORY.encode()
_MAX_UID = 128
_MAX_CONTENT = 64
_MAX_RUN = 4 * MAX_BYTES
_LARGE = 1 << 12

_SPECIFIC_CHARACTER_SET = 0x00080005
_SOP_CLASS_UID = 0x00080016
_SOP_INSTANCE_UID = 0x00080018
_STUDY_UID = 0x0020000D
_SERIES_UID = 0x0020000E
_NUMBER_OF_FRAMES = 0x00280008


def packed_facts(instance: Instance, *, can_read_again: bool = False) -> bytes:
    """Return the Facts of an Instance as bytes, for `Facts`; never raises for what its bytes are.

    `can_read_again` says that its file is at hand for `dcmlint.content.Contents`.
    """
    root = instance.root
    sop_class, uid, study, series = _uids(instance)
    content = quick_content(instance) if can_read_again else content_of(instance)
    names = (
        *(sop_class, uid, study, series, content.encode("ascii")[:_MAX_CONTENT]),
        *(_bytes(root, _SPECIFIC_CHARACTER_SET), instance.syntax.encode("latin-1", "replace")[:_MAX_UID]),
    )
    is_directory = sop_class == _DIRECTORY
    listed = [
        b"" if is_directory else _packed_references(references_of(instance, study.decode("latin-1"))),
        json.dumps(list(records_of(instance))).encode() if is_directory else b"",
    ]
    flags = (EXPLICIT if instance.explicit else 0) | (BIG_ENDIAN if instance.big_endian else 0)
    if max(len(listed[0]), len(listed[1])) > _LARGE:
        flags |= COMPRESSED
        listed = [zlib.compress(each, 1) if each else b"" for each in listed]
    described = _described(instance)
    if described is None:
        flags |= OWN
        described = _own(instance)
    sections = [*described, *listed]
    body = b"".join([*names, *sections])
    frames = _frames(instance)
    lengths = [len(each) for each in names]
    head = HEAD.pack(
        VERSION, flags, *lengths, frames, body_hash(body, flags, frames), *[len(each) for each in sections]
    )
    return head + body


def uids_of(instance: Instance) -> tuple[str, str, str, str]:
    """Return SOP Class, SOP Instance, Study and Series Instance UID as `Facts` have them."""
    sop_class, uid, study, series = _uids(instance)
    return (
        sop_class.decode("latin-1"),
        uid.decode("latin-1"),
        study.decode("latin-1"),
        series.decode("latin-1"),
    )


def _uids(instance: Instance) -> tuple[bytes, bytes, bytes, bytes]:
    root = instance.root
    sop_class, uid = _bytes(root, _SOP_CLASS_UID), _bytes(root, _SOP_INSTANCE_UID)
    if instance.meta is not None:
        sop_class = sop_class or _bytes(instance.meta, 0x00020002)
        uid = uid or _bytes(instance.meta, 0x00020003)
    return sop_class, uid, _bytes(root, _STUDY_UID), _bytes(root, _SERIES_UID)


def _described(instance: Instance) -> list[bytes] | None:
    """Return the sections of Attributes as runs of elements that follow each other in the file, those of an
    Information Entity in one; None where they may not lie as they should."""
    root = instance.root
    buf, elements = root.buf, root.elements
    if not instance.on_bytes or instance.faults or type(buf) not in (bytes, mmap):
        return None
    found = [b""] * SECTIONS
    for number, runs in _runs(tuple(elements)):
        parts = []
        for first, last in runs:
            vr, offset, _, _ = elements[first]
            start = offset - (12 if vr in LONG and instance.explicit else 8)
            _, offset, length, items = elements[last]
            if items is not None or offset + length - start > _MAX_RUN:
                return None
            parts.append(buf[start : offset + length])
        found[number] = parts[0] if len(parts) == 1 else b"".join(parts)
    return found


@lru_cache(maxsize=1024)
def _runs(tags: tuple[int, ...]) -> list[tuple[int, list[tuple[int, int]]]]:
    """Return the sections of Data Sets with these Attributes, and the first and last tag of each run."""
    read = section_by_tag()
    sections: dict[int, list[tuple[int, int]]] = {}
    before = -1
    for tag in tags:
        number = read.get(tag, -1)
        if number >= 0:
            runs = sections.setdefault(number, [])
            if number == before:
                runs[-1] = (runs[-1][0], tag)
            else:
                runs.append((tag, tag))
        before = number
    return list(sections.items())


def _own(instance: Instance) -> list[bytes]:
    """Return the sections with a header of our own before each value: as Explicit VR Little Endian has it for
    short ones."""
    buf = instance.root.buf
    read = section_by_tag()
    parts: list[list[bytes]] = [[] for _ in range(SECTIONS)]
    for tag, (vr, offset, length, items) in instance.root.elements.items():
        number = read.get(tag, -1)
        if number >= 0 and length and items is None:
            value = bytes(buf[offset : offset + min(length, MAX_BYTES)])
            code = vr.encode("latin-1")[:2]
            parts[number] += (SHORT_LE.pack(tag >> 16, tag & 0xFFFF, code, len(value)), value)
    return [b"".join(each) for each in parts]


def _packed_references(references: Sequence[Referred]) -> bytes:
    """Return a line for each reference, with NUL between its parts: UIDs have neither."""
    lines = [
        f"{each.sop_class_uid}\0{each.sop_instance_uid}\0{','.join([str(frame) for frame in each.frames])}\0"
        f"{each.tag}\0{each.series_uid}\0{each.study_uid}"
        for each in references
    ]
    return "\n".join(lines).encode("latin-1")


def _bytes(item: Item, tag: int) -> bytes:
    found = item.elements.get(tag)
    if found is None or found[3] is not None:
        return b""
    return bytes(item.buf[found[1] : found[1] + min(found[2], _MAX_UID)]).strip(b" \0")


def _frames(instance: Instance) -> int:
    raw = _bytes(instance.root, _NUMBER_OF_FRAMES)
    return max(1, min(int(raw), 0xFFFFFFFF)) if len(raw) <= 12 and raw.isdigit() else 1

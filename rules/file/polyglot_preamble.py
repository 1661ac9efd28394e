"""The preamble is the header of an executable or a script.

## What it does
Looks at the first bytes of the 128-byte preamble for the headers of Windows (MZ), ELF, Mach-O, Java and
Dalvik programs, of scripts (#!, PHP) and of batch files. A TIFF header there is a legitimate dual use:
PS3.10 names it.

## Why this matters
Such a file is an image for a DICOM reader and a program for the operating system (CVE-2019-11687). It can
carry malware past filters that let medical images through.

## Example
The file starts with `4D 5A`, MZ, and holds a Windows program in a private attribute.

## Fix
Treat the file as hostile until its origin is known. Overwriting the preamble with zeros disarms it
without touching the image.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from dcmlint.model import Found
from dcmlint.read.encode import encode_data_set, part10
from dcmlint.read.item import Instance
from dcmlint.read.usual import has_usual_meta
from dcmlint.rule import Case, Rule

_HEADERS = {
    b"MZ": "a Windows executable",
    b"\x7fELF": "an ELF executable",
    b"\xfe\xed\xfa\xce": "a Mach-O executable",
    b"\xfe\xed\xfa\xcf": "a Mach-O executable",
    b"\xce\xfa\xed\xfe": "a Mach-O executable",
    b"\xcf\xfa\xed\xfe": "a Mach-O executable",
    b"\xca\xfe\xba\xbe": "a Mach-O or Java program",
    b"dex\n": "a Dalvik program",
    b"#!": "a script",
    b"<?php": "a PHP script",
    b"@echo": "a batch file",
}
_STARTS = tuple(_HEADERS)


def check(instance: Instance) -> Iterator[Found]:
    """Yield a preamble that starts like a program."""
    buf = (instance.meta or instance.root).buf
    if buf[0:1] == b"\0" or buf[128:132] != b"DICM":
        return
    head = bytes(buf[0:8])
    if head.startswith(_STARTS):
        kind = next(kind for start, kind in _HEADERS.items() if head.startswith(start))
        yield Found(args={"kind": kind}, offset=0, length=128)


RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.10 Section 7.1",
    message="The preamble starts like {kind}",
    check=check,
    accepts=has_usual_meta,
    on_bytes=True,
    cases=(
        Case(passes=True, file=lambda: part10({})),
        Case(passes=True, file=lambda: part10({}, preamble=b"II*\0" + bytes(124))),
        Case(passes=True, file=lambda: part10({}, preamble=b"MM\0*" + bytes(124))),
        Case(passes=True, file=lambda: part10({}, preamble=b"\xff" * 128)),
        Case(passes=True, file=lambda: encode_data_set({"SOPInstanceUID": "1.2.3", "Modality": "OT"})),
        *(
            Case(passes=False, file=partial(part10, {}, preamble=start.ljust(128, b"\0")))
            for start in _STARTS
        ),
    ),
)

"""What the report says in sentences: the method, how to check it, and what it does not prove."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dcmlint.audit.markup import Markup, code, commands, paragraph
from dcmlint.audit.tally import Tally
from dcmlint.audit.verify import Checked

__all__ = ["caveats", "how_to_check", "method"]


def method(header: dict[str, Any], tally: Tally, spelled: str) -> Iterator[Markup]:
    """Yield the method statement, made of what the log says and nothing else; `spelled` is its profile in
    words."""
    by = f" by {header['actor']}" if header["actor"] else ""
    tool = f"{header['tool']} {header['version']} (command \u201c{header['command']}\u201d)"
    what = f"the profile \u201c{header['profile']}\u201d" if header["profile"] else "the policy below"
    if spelled != header["profile"]:
        what += f": {spelled}"
    files, edits, became = sum(tally.statuses.values()), sum(tally.rows.values()), tally.statuses
    yield paragraph(
        f"{files:,} DICOM files were processed{by} with {tool}, with the tables of DICOM PS3 edition ",
        f"{header['edition']}, following {what}. {edits:,} edits of Data Elements are recorded. ",
        f"Results written: {became['done']:,}; files that needed no change: {became['unchanged']:,}; ",
        f"refused: {became['refused']:,}; failed: {became['failed']:,}.",
    )
    yield paragraph(
        "Each edit has a record: the Attribute, the action, the rule or clause that asked for it, and ",
        "keyed hashes (HMAC-SHA-256) of the values before and after. Each file has a record with the ",
        "SHA-256 of original and result. Each record holds the hash of the one before it; records of ",
        "files and the closing record carry a MAC. The log has no value of an Attribute in clear; ",
        "paths of files are ",
        "in clear." if header["keeps_paths"] else "keyed hashes too.",
        " Paths and SOP Instance UIDs of originals and results are in it encrypted (AES-256-GCM): "
        "whoever has the key can tell which result is of which original."
        if header["keeps_identifiers"]
        else "",
    )


def how_to_check(checked: Checked) -> Iterator[Markup]:
    """Yield what somebody types who wants to see for themselves."""
    yield paragraph("With dcmlint, the log, the file with the key, and the folders:")
    yield commands("dcmlint audit verify LOG --key-file KEY --originals DIR --results DIR")
    if checked.header["command"] in ("deid apply", "fix"):
        yield paragraph(
            "The same version makes the results again from originals, key and log, byte for byte:"
        )
        yield commands("dcmlint audit reproduce LOG --key-file KEY --originals DIR --results DIR")
    yield paragraph(
        "Without dcmlint and without the key: the ",
        code("prev"),
        " of each line is the SHA-256 of the line before, without its line end. For the closing line, both ",
        "commands print the same hash:",
    )
    yield commands(
        "tail -n 2 LOG | head -n 1 | tr -d '\\n' | sha256sum",
        'tail -n 1 LOG | grep -o \'"prev":"[0-9a-f]*"\'',
    )
    yield paragraph("The hash of the last record, to be kept apart from the log: ", code(checked.head))


def caveats() -> Iterator[Markup]:
    """Yield what a reader must not conclude."""
    yield paragraph(
        "The log proves what was changed, not that it was enough. It does not say whether the profile fits ",
        "the purpose, whether pixel data show names or faces, or whether free text that was kept identifies ",
        "somebody: that needs a verification of the results.",
    )
    yield paragraph(
        "Whoever holds the key can write another log. Times are those of the machine\u2019s clock, and the ",
        "actor is what was told. A whole log that is replaced by another one of the same key shows only ",
        "where the hash of the last record was kept apart.",
    )

"""The report on an audit log: one HTML page for a review board, without scripts, links or values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from dcmlint.audit.compare import Compared
from dcmlint.audit.key import AuditKey
from dcmlint.audit.keyed import value_hash
from dcmlint.audit.markup import (
    Markup,
    breakable,
    code,
    commands,
    definitions,
    joined,
    paragraph,
    section,
    table,
)
from dcmlint.audit.method import caveats, how_to_check, method
from dcmlint.audit.tally import MOST_ROWS, Tally
from dcmlint.audit.values import parsed_path
from dcmlint.audit.verify import Checked
from dcmlint.audit.words import KEY_WORDS, count_of
from dcmlint.standard.dictionary import format_tag, keyword_of

__all__ = ["Reader", "page"]

_SHOWN_PROBLEMS = 200
_PRIVATE = "(private)"
_CONTENT = "default-src 'none'; style-src 'unsafe-inline'"


class Reader(NamedTuple):
    """What the page is made with besides the log: the key, and the words for the short name of a profile."""

    key: AuditKey | None
    spelled: Callable[[str], str]


def page(checked: Checked, compared: Compared | None, tally: Tally, reader: Reader) -> str:
    """Return the page: what was done, how, how often, what was not, and how the log was verified.

    With the key, samples tell values that were empty from others; no value is shown.
    """
    header = checked.header
    title = f"Audit report: dcmlint {header['command']}"
    fitting = reader.key if checked.key == "fits" else None
    parts = (
        _verdict(checked, compared),
        section("What was done", _facts(checked, tally), _options(header)),
        section("Method", *method(header, tally, reader.spelled(header["profile"]))),
        section("Files", _files(tally)),
        section("Exceptions", *_exceptions(tally)),
        section("Edits by Attribute and action", *_edits(checked, tally)),
        section("Samples, without values", *_samples(tally, fitting)),
        section("Verification", *_verification(checked, compared)),
        section("How to check it", *how_to_check(checked)),
        section("What this does not prove", *caveats()),
        section("Policy", *_policy(header)),
    )
    return _document(title, "".join(parts))


def _document(title: str, body: str) -> str:
    style = (Path(__file__).parent / "page.css").read_text()
    lead = "Made from the audit log and its verification. It shows no value of any file."
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_CONTENT}">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n<p class=lead>{lead}</p>\n{body}</body>\n</html>\n"
    )


def _verdict(checked: Checked, compared: Compared | None) -> Markup:
    count = checked.problem_count + (compared.problem_count if compared else 0)
    if count:
        kind, told = "unsound", f"Not sound: {count_of(count, 'problem')}"
        why = "The log, or the files, are not as they were recorded. The section Verification says where."
    elif checked.key == "fits":
        kind, told = "sound", "Sound: every record is there, in order, as it was written with the key"
        why = "A record that is changed, removed, moved, put in or cut off would show."
    else:
        kind, told = "open", "Consistent, but verified without the key"
        why = "Whoever can write the log could have made all of it anew. Make this report with the key."
    return Markup(f'<div class="verdict {kind}"><strong>{escape(told)}</strong>{escape(why)}</div>\n')


def _facts(checked: Checked, tally: Tally) -> Markup:
    header = checked.header
    actors = ", ".join(sorted({actor or "not told" for _, actor, _, _ in tally.runs}))
    rows = [
        ("Command", f"dcmlint {header['command']}"),
        ("Profile", header["profile"] or "none"),
        ("Tool", f"{header['tool']} {header['version']}"),
        ("Edition of the standard", header["edition"]),
        ("Run by", actors),
        ("From, until (UTC)", f"{tally.first} to {tally.last}"),
        ("Files", checked.files),
        ("Edits", checked.edits),
    ]
    if checked.resumed:
        rows.append(("Continued after it was cut short", count_of(checked.resumed, "time")))
    return definitions((name, f"{value:,}" if isinstance(value, int) else value) for name, value in rows)


def _options(header: dict[str, Any]) -> Markup:
    if not header["options"]:
        return paragraph("No options besides.")
    rows = [(code(name), value) for name, value in sorted(header["options"].items())]
    return joined((Markup("<h3>Options</h3>\n"), table(("Option", "Value"), rows)))


def _files(tally: Tally) -> Markup:
    told = {
        "done": "a result was written",
        "unchanged": "nothing was to be changed",
        "refused": "was not to be changed; no result",
        "failed": "could not be processed; no result",
    }
    rows = [(status, told[status], tally.statuses[status]) for status in told if tally.statuses[status]]
    return table(("Status", "Meaning", "Files"), rows)


def _exceptions(tally: Tally) -> Iterator[Markup]:
    if tally.reasons:
        yield Markup("<h3>Files without a result</h3>\n")
        rows = [(status, reason, number) for (status, reason), number in tally.reasons.most_common()]
        yield table(("Status", "Reason", "Files"), rows)
    if tally.exceptions:
        yield Markup("<h3>To be known of files with a result</h3>\n")
        yield table(("What", "Files"), tally.exceptions.most_common())
    if not tally.reasons and not tally.exceptions:
        yield paragraph("None are recorded.")


def _edits(checked: Checked, tally: Tally) -> Iterator[Markup]:
    yield paragraph(
        f"{count_of(checked.edits, 'edit')}. Those under \u201cIn Items\u201d are inside of Sequences; "
        "private Attributes of one action and clause are one row."
    )
    rows: dict[tuple[str, str, str, str], list[int]] = {}
    for (tag, action, clause, nested), number in tally.rows.items():
        shown = "" if _name(tag) == _PRIVATE else tag
        rows.setdefault((shown, _name(tag), action, clause), [0, 0])[nested] += number
    body = [
        (code(tag) if tag else "", breakable(name), action, clause, *numbers)
        for (tag, name, action, clause), numbers in sorted(rows.items())
    ]
    yield table(("Tag", "Attribute", "Action", "Rule or clause", "Top level", "In Items"), body)
    if len(tally.rows) >= MOST_ROWS:
        yield paragraph(f"Rows after the first {MOST_ROWS:,} are counted as one, \u201cothers\u201d.")


def _name(tag: str) -> str:
    if not tag:
        return "(no Data Element)"
    number = int(tag[1:5] + tag[6:10], 16)
    if number >> 16 & 1:
        return _PRIVATE
    if not number & 0xFFFF:
        return "(group length)"
    keyword = keyword_of(number)
    return keyword if keyword and keyword != format_tag(number) else "(not in the dictionary)"


def _samples(tally: Tally, key: AuditKey | None) -> Iterator[Markup]:
    yield paragraph(
        "The first files with edits, each under the keyed hash of its path. "
        + ("" if key else "Without the key, empty values cannot be told from others.")
    )
    for file, edits in tally.samples:
        yield Markup(f"<h3>File {escape(file['file'])}</h3>\n")
        rows = [
            (
                code(breakable(edit["path"])),
                breakable(_path_name(edit)),
                edit["action"],
                edit["clause"],
                *_sides(edit, key),
            )
            for edit in edits
        ]
        yield table(("Path", "Attribute", "Action", "Rule or clause", "Before", "After"), rows)
        if file["edits"] > len(edits):
            yield paragraph(f"and {file['edits'] - len(edits):,} more edits")


def _path_name(edit: dict[str, Any]) -> str:
    found = parsed_path(edit["path"])
    return _name(format_tag(found[1]) if found else "")


def _sides(edit: dict[str, Any], key: AuditKey | None) -> Iterator[str]:
    for side in ("old", "new"):
        if edit[side] is None:
            yield "absent"
        elif key is not None and edit[side] == value_hash(key, side, edit["file"], edit["path"], b""):
            yield "empty"
        else:
            yield "a value" if key is not None else "present"


def _verification(checked: Checked, compared: Compared | None) -> Iterator[Markup]:
    header = checked.header
    rows: list[tuple[object, object]] = [
        ("Records", f"{checked.records:,}"),
        ("Closing record", "there" if checked.closed else "missing"),
        ("Hash of the last record", code(checked.head)),
        ("Key", KEY_WORDS[checked.key].format(id=header["key_id"])),
        ("SHA-256 of the policy", code(header["policy_sha256"])),
    ]
    rows += _against_files(checked, compared)
    yield definitions(rows)
    problems = [*checked.problems, *(compared.problems if compared else ())]
    if problems:
        yield Markup("<h3>Problems</h3>\n")
        yield table(
            ("Line", "What is wrong"), [(one.line or "", one.text) for one in problems[:_SHOWN_PROBLEMS]]
        )
        count = checked.problem_count + (compared.problem_count if compared else 0)
        if count > _SHOWN_PROBLEMS:
            yield paragraph(f"and {count - _SHOWN_PROBLEMS:,} more")


def _against_files(checked: Checked, compared: Compared | None) -> Iterator[tuple[object, object]]:
    if compared is None:
        yield "Files", "not looked at: only the log itself was verified"
        return
    yield "Originals with the SHA-256 recorded", f"{compared.originals:,}"
    yield "Results with the SHA-256 recorded", f"{compared.results:,}"
    if checked.key == "fits":
        yield (
            "Values as recorded",
            f"{compared.old_values:,} before, {compared.new_values:,} after were compared",
        )
    if compared.compared:
        yield "Every change looked for in the records", count_of(compared.compared, "file")


def _policy(header: dict[str, Any]) -> Iterator[Markup]:
    if not header["policy"]:
        yield paragraph("The log has no text of a policy.")
        return
    yield paragraph("As it is embedded in the log; its SHA-256 is ", code(header["policy_sha256"]), ".")
    yield commands(header["policy"])

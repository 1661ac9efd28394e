"""What records of an audit log hold: one table, of which the JSON Schema is made too."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

__all__ = ["FORMAT", "FORMAT_VERSION", "KINDS", "misshapen", "schema"]

FORMAT = "dcmlint audit log"
FORMAT_VERSION = 1


class Field(NamedTuple):
    """One field: what it is, a word on it, and the pattern of its text ("" = any)."""

    what: str
    told: str
    pattern: str = ""


_HASH = r"^[0-9a-f]{64}$"
_KEYED = r"^[0-9a-f]{32}$"
_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
_PATH = (
    r"^((\([0-9A-F]{4},[0-9A-F]{4}\)\[[1-9][0-9]{0,9}\]){0,64}\([0-9A-F]{4},[0-9A-F]{4}\)|@[0-9]+-[0-9]+)$"
)

_N = Field("count", "Number of the record, which is its line, from 1.")
_PREV = Field("text", "SHA-256 of the line before, without its end; 64 zeros in the first.", _HASH)
_MAC = Field("text", "HMAC-SHA-256 of this record without mac and hash.", _HASH)
_WHEN = Field("text", "UTC.", _TIME)
_FILE = Field("text", "Keyed hash of the path relative to the folder of originals.", _KEYED)
_UID = Field("text", "Keyed hash of the original's SOP Instance UID.", _KEYED)
_VERSION = Field("text", "Version of the tool.")
_EDITION = Field("text", "Edition of the standard's tables.")
_ACTOR = Field("text", "Who or what ran it.")

KINDS: dict[str, dict[str, Field]] = {
    "header": {
        "n": _N,
        "prev": _PREV,
        "format": Field("text", "What this file is.", f"^{FORMAT}$"),
        "format_version": Field("count", "Version of the format."),
        "tool": Field("text", "The program."),
        "version": _VERSION,
        "edition": _EDITION,
        "actor": _ACTOR,
        "time": _WHEN,
        "command": Field("text", "What was run."),
        "profile": Field("text", "Short name of what the edits follow from."),
        "options": Field("texts by name", "What else decides the result."),
        "policy": Field("text", "The policy's text."),
        "policy_sha256": Field("text", "SHA-256 of the policy's text in UTF-8.", _HASH),
        "key_id": Field("text", "Which key it is; does not give it away.", _KEYED),
        "keeps_paths": Field("flag", "Whether paths are in clear."),
        "keeps_identifiers": Field("flag", "Whether encrypted paths and UIDs are kept."),
        "mac": _MAC,
    },
    "edit": {
        "n": _N,
        "prev": _PREV,
        "file": _FILE,
        "uid": _UID,
        "path": Field("text", "Path of the Attribute in tags, or the bytes of the file.", _PATH),
        "tag": Field("text", "Its tag, empty for bytes.", r"^(\([0-9A-F]{4},[0-9A-F]{4}\))?$"),
        "action": Field("text", "What was done."),
        "clause": Field("text", "The rule, row or clause that asked for it."),
        "old": Field("text or null", "Keyed hash of the value before; null: absent.", _KEYED),
        "new": Field("text or null", "Keyed hash of the value after; null: absent.", _KEYED),
    },
    "file": {
        "n": _N,
        "prev": _PREV,
        "file": _FILE,
        "uid": _UID,
        "time": _WHEN,
        "status": Field("text", "What became of the file.", "^(done|unchanged|refused|failed)$"),
        "reason": Field("text", "Why there is no result."),
        "exceptions": Field("texts", "What is to be known of this file."),
        "edits": Field("number", "Edits of this file: the records before this one."),
        "before": Field("text", "SHA-256 of the original, empty if it was not read.", r"^([0-9a-f]{64})?$"),
        "after": Field("text", "SHA-256 of the result, empty if there is none.", r"^([0-9a-f]{64})?$"),
        "result": Field("text or null", "Keyed hash of the result's path; null: no result.", _KEYED),
        "name": Field("text or null", "The original's path, if paths are kept."),
        "result_name": Field("text or null", "The result's path, if paths are kept."),
        "identifiers": Field("text or null", "Encrypted paths and UIDs, if they are kept."),
        "mac": _MAC,
    },
    "resumed": {
        "n": _N,
        "prev": _PREV,
        "time": _WHEN,
        "actor": _ACTOR,
        "version": _VERSION,
        "edition": _EDITION,
        "cut": Field("cuts", "What was cut off, and the side files it is in."),
        "mac": _MAC,
    },
    "close": {
        "n": _N,
        "prev": _PREV,
        "time": _WHEN,
        "records": Field("number", "Records before this one."),
        "head": Field("text", "Hash of the last of them.", _HASH),
        "files": Field("number", "Records of files."),
        "all_edits": Field("number", "Records of edits."),
        "mac": _MAC,
        "hash": Field("text", "SHA-256 of this record without hash.", _HASH),
    },
}
"""Type of a record to its fields, all of them required."""

_CUT: dict[str, Field] = {
    "name": Field("text", "Name of the side file."),
    "bytes": Field("number", "Its length."),
    "sha256": Field("text", "Its hash.", _HASH),
}


def misshapen(record: dict[str, Any]) -> str:
    """Return what is wrong with the fields of a record, "" if nothing; no value of it is told."""
    kind = record.get("type")
    fields = KINDS.get(kind) if isinstance(kind, str) else None
    if fields is None:
        return "it is of no known type"
    return _misshapen({name: value for name, value in record.items() if name != "type"}, fields)


def _misshapen(record: dict[str, Any], fields: dict[str, Field]) -> str:
    if record.keys() - fields.keys():
        return "it has a field that is not known"
    for name, field in fields.items():
        if name not in record:
            return f"it has no {name}"
        if not _fits(record[name], field):
            return f"its {name} is not what it should be"
    return ""


def _fits(value: Any, field: Field) -> bool:
    match field.what:
        case "text or null" if value is None:
            return True
        case "text" | "text or null":
            return isinstance(value, str) and (not field.pattern or bool(re.search(field.pattern, value)))
        case "count" | "number":
            return type(value) is int and value >= (field.what == "count")
        case "flag":
            return isinstance(value, bool)
        case "texts":
            return isinstance(value, list) and all(isinstance(one, str) for one in value)
        case "texts by name":
            return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
        case _:
            return isinstance(value, list) and all(
                isinstance(one, dict) and not _misshapen(one, _CUT) for one in value
            )


def schema() -> dict[str, Any]:
    """Return the JSON Schema of one record."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"One record (line) of a {FORMAT}, format version {FORMAT_VERSION}",
        "oneOf": [
            {"title": kind, **_schema({"type": Field("text", "Type of the record.", f"^{kind}$"), **fields})}
            for kind, fields in KINDS.items()
        ],
    }


def _schema(fields: dict[str, Field]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {"description": field.told, **_type(field)} for name, field in fields.items()},
        "required": list(fields),
        "additionalProperties": False,
    }


def _type(field: Field) -> dict[str, Any]:
    text = {"type": "string", **({"pattern": field.pattern} if field.pattern else {})}
    by_kind: dict[str, dict[str, Any]] = {
        "text": text,
        "text or null": {**text, "type": ["string", "null"]},
        "count": {"type": "integer", "minimum": 1},
        "number": {"type": "integer", "minimum": 0},
        "flag": {"type": "boolean"},
        "texts": {"type": "array", "items": {"type": "string"}},
        "texts by name": {"type": "object", "additionalProperties": {"type": "string"}},
    }
    return by_kind.get(field.what) or {"type": "array", "items": _schema(_CUT)}

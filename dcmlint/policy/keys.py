"""The keys of a settings file: the one place that says what dcmlint.yaml may hold.

Validation, the JSON Schema and the reference in docs/configuration.md are made from it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Any

from dcmlint.model import SEVERITIES
from dcmlint.policy.kinds import (
    Choice,
    Fault,
    Field,
    Fields,
    Flag,
    Kind,
    ListOf,
    MapOf,
    OneKind,
    Scalar,
    Text,
    Whole,
)
from dcmlint.report.protocol import STATISTICS

__all__ = ["FORM_KEYS", "SCHEMA_ADDRESS", "SETTINGS", "WAIVERS", "json_schema"]

SCHEMA_ADDRESS = "https://raw.githubusercontent.com/dcmlint/dcmlint/main/dcmlint/policy/policy.schema.json"
"""Where the JSON Schema is on the web, for editors."""

_LEVELS = (*SEVERITIES, "off")
_RULE_ID = r"^[a-z0-9-]+(/[a-z0-9-]+)?$"
_ID = "(site/)?[a-z0-9]+(-[a-z0-9]+)*"
_FORM_NAMES = (
    *("required", "forbidden", "pattern", "one_of", "max_length", "unique"),
    *("matches_file_name", "uid_root", "date_range"),
)
FORM_KEYS = frozenset(_FORM_NAMES)
"""Keys of a policy rule that say what it demands, besides `check`."""


def _rule_name(value: str) -> str | tuple[str, str]:
    """Return what is wrong with the id or group of a rule."""
    from dcmlint.catalogue import catalogue, known_names, suggestion

    if value.startswith("site/") or value in known_names(catalogue()):
        return ""  # ids of policies are looked up when all policies are known
    return f"there is no rule or group {value}", suggestion(value)


def _expression(value: str) -> str:
    from dcmlint.policy.expression import Expression
    from dcmlint.policy.syntax import ExpressionError

    try:
        Expression(value)
    except ExpressionError as error:
        return str(error)
    return ""


def _attribute(value: str) -> str:
    from dcmlint.policy.designator import designator
    from dcmlint.policy.syntax import ExpressionError

    try:
        designator(value)
    except ExpressionError as error:
        return str(error)
    return ""


def _keyword(value: str) -> str:
    from dcmlint.standard.dictionary import tag_by_keyword

    return _attribute(value) if value not in tag_by_keyword() else ""


def _pattern(value: str) -> str:
    from dcmlint.policy.engine import matcher
    from dcmlint.policy.syntax import ExpressionError

    try:
        matcher(value)
    except ExpressionError as error:
        return str(error)
    return ""


def _message(value: str) -> str:
    fields = re.findall(r"\{([^{}]*)\}", value.replace("{{", "").replace("}}", ""))
    for name in fields:
        if name not in ("attribute", "value", "expected", "count", "what", "other"):
            known = "{attribute}, {value} and {expected}"
            return f"{{{name}}} cannot be filled in: a message may have {known}"
    left = re.sub(r"\{[^{}]*\}", "", value.replace("{{", "").replace("}}", ""))
    return "a brace stands alone; write {{ or }} for a brace" if "{" in left or "}" in left else ""


def _template(value: str) -> str:
    """Return what is wrong with a template of file names."""
    from dcmlint.policy.forms import placeholder_fault

    return placeholder_fault(value)


RULE_NAMES = ListOf(Text(_rule_name, _RULE_ID))
ATTRIBUTE = Text(_attribute, examples=("PatientID", "RequestAttributesSequence.RequestedProcedureID"))
ATTRIBUTES = ListOf(ATTRIBUTE, least=1)
EXPRESSION = Text(_expression, examples=('Modality == "MR"',))
_GLOB = Text(examples=("phantoms/**",))
_PLAIN = Text()
_UID = Text(pattern=r"^[0-9.]{1,64}$")


def _named(**options: Field) -> Kind:
    """Return the kind of a list of Attributes, or of a mapping with `attributes` and options."""
    fields = {"attributes": Field(ATTRIBUTES, "The Attributes.", required=True), **options}
    return OneKind((ATTRIBUTES, Fields(fields)))


class _Day:
    """A day, and where `today` is set the word today."""

    def __init__(self, *, today: bool = False) -> None:
        self._today = today

    def faults(self, value: Any, path: tuple[str | int, ...]) -> Iterator[Fault]:
        """See Kind."""
        if not (_is_day(value) or (self._today and value == "today")):
            yield Fault(path, f"a day is expected, such as 2027-01-31{' or today' * self._today}")

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
        return {"type": "string", "pattern": pattern + "|^today$" * self._today}


def _is_day(value: Any) -> bool:
    """Tell whether it is a date, in quotes or not."""
    if not isinstance(value, str):
        return isinstance(value, datetime.date)
    try:
        return datetime.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_DATE = _Day()
_DAY = _Day(today=True)


class _Example:
    """A Data Set by keyword, or several for the form `unique`; what is in it is checked when it is run."""

    def faults(self, value: Any, path: tuple[str | int, ...]) -> Iterator[Fault]:
        """See Kind."""
        several = value if isinstance(value, list) else [value]
        if not several or not all(isinstance(each, dict) for each in several):
            yield Fault(path, "an example is Attributes with values, such as {PatientID: A1}")

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        one = {"type": "object"}
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


_CASES = ListOf(_Example(), lone=False)

_DEMANDS: dict[str, Field] = {
    "check": Field(EXPRESSION, "CEL: true where the instance is as it should be."),
    "required": Field(
        _named(may_be_empty=Field(Flag(), "Whether zero length will do.")),
        "Attributes that must be there with a value.",
    ),
    "forbidden": Field(
        _named(even_if_empty=Field(Flag(), "Whether zero length is a fault too.")),
        "Attributes that must not be there with a value.",
    ),
    "pattern": Field(
        MapOf(ATTRIBUTE, Text(_pattern), least=1),
        "Attribute to regular expression (RE2 syntax) that each whole value must match.",
    ),
    "one_of": Field(
        MapOf(ATTRIBUTE, ListOf(Scalar(), least=1), least=1), "Attribute to the values that it may have."
    ),
    "max_length": Field(
        MapOf(ATTRIBUTE, Whole(0, 1 << 20), least=1), "Attribute to the most characters of each value."
    ),
    "unique": Field(
        _named(within=Field(ATTRIBUTES, "Only instances with equal values of these are compared.")),
        "Attributes that no two SOP Instances of a run may share the values of.",
    ),
    "matches_file_name": Field(
        OneKind(
            (
                Text(_template),
                Fields(
                    {
                        "name": Field(Text(_template), "The template.", required=True),
                        "ignore_case": Field(Flag(), "Whether case does not matter."),
                    }
                ),
            )
        ),
        "How the file must be named: {PatientID}_{InstanceNumber:4}.dcm. A number pads with zeros; parts "
        "before a slash are folders.",
    ),
    "uid_root": Field(
        MapOf(ATTRIBUTE, ListOf(_UID, least=1), least=1), "Attribute to the roots that its UIDs may have."
    ),
    "date_range": Field(
        MapOf(
            ATTRIBUTE,
            Fields({"from": Field(_DAY, "The first day."), "to": Field(_DAY, "The last day, or today.")}),
            least=1,
        ),
        "Attribute (DA or DT) to the days it may be on.",
    ),
}


def _one_demand(value: dict[str, Any]) -> Iterator[Fault]:
    demands = [key for key in _DEMANDS if key in value]
    if len(demands) != 1:
        listed = ", ".join(demands) or "none"
        yield Fault((), f"a rule has one of {', '.join(_DEMANDS)}; this one has {listed}")
    elif demands == ["check"] and "message" not in value:
        yield Fault(("check",), "a rule with an expression needs a message: say what is wrong")
    if "check" not in value and "attribute" in value:
        yield Fault(("attribute",), "only a rule with `check` says where its fault is")


RULE = Fields(
    {
        "id": Field(
            Text(
                lambda text: "" if re.fullmatch(_ID, text) else
                "an id has lower case letters, digits and hyphens",
                f"^{_ID}$",
            ),
            "Name of the rule; it is reported as site/<id>.",
            required=True,
        ),
        "severity": Field(Choice(SEVERITIES), "How bad it is (default: error)."),
        "title": Field(_PLAIN, "What is wrong, in one line."),
        "description": Field(_PLAIN, "Why it matters and what to do, in Markdown."),
        "message": Field(
            Text(_message), "What a finding says. {attribute} is the Attribute's name, {value} its value."
        ),
        "when": Field(EXPRESSION, "CEL: the rule looks only at instances for which this is true."),
        **_DEMANDS,
        "attribute": Field(ATTRIBUTE, "Where a finding of `check` is; default: the first Attribute named."),
        "show_value": Field(Flag(), "Whether {value} may be shown in reports. Values may identify persons."),
        "citation": Field(_PLAIN, "Where the demand comes from: a procedure, a contract."),
        "pass": Field(_CASES, "Data Sets by keyword that the rule accepts; `dcmlint policy test` runs them."),
        "fail": Field(_CASES, "Data Sets by keyword that the rule reports."),
    },
    _one_demand,
    {
        "oneOf": [{"required": [demand]} for demand in _DEMANDS],
        "dependentRequired": {"check": ["message"], "attribute": ["check"]},
    },
)  # fmt: skip

WAIVER = Fields(
    {
        "rule": Field(RULE_NAMES, "Ids or groups of rules.", required=True),
        "reason": Field(_PLAIN, "Why it is accepted.", required=True),
        "owner": Field(_PLAIN, "Who answers for it."),
        "expires": Field(_DATE, "The last day it holds, such as 2027-06-30."),
        "files": Field(ListOf(_GLOB, least=1), "Globs relative to the folder of this file."),
        "uid": Field(ListOf(_UID, least=1), "Study, Series or SOP Instance UIDs."),
        "when": Field(EXPRESSION, "CEL: instances for which this is true."),
        "path": Field(
            ListOf(Text(), least=1), "Attribute paths, such as PatientName; * stands for any part."
        ),
    }
)
WAIVERS = Fields({"waivers": Field(ListOf(WAIVER, lone=False), "The waivers.", required=True)})
"""The keys of a waiver file."""

_SCOPE = Fields(
    {
        "when": Field(EXPRESSION, "CEL: instances that these settings are for.", required=True),
        "select": Field(RULE_NAMES, "Rules that are on here even if they are off elsewhere."),
        "ignore": Field(RULE_NAMES, "Rules that are off here."),
        "severity": Field(MapOf(Text(_rule_name), Choice(_LEVELS)), "Severities here."),
    }
)


def _parameters() -> Kind:
    """Return the kind of `parameters`: per rule, the parameters that the rule has."""
    from dcmlint.catalogue import catalogue

    fields = {}
    for rule_id, rule in catalogue().items():
        if rule.parameters:
            inner = {name: Field(_kind_of(each), each.doc) for name, each in rule.parameters.items()}
            fields[rule_id] = Field(Fields(inner), rule.title)
    return Fields(fields)


def _kind_of(parameter: Any) -> Kind:
    if isinstance(parameter.default, tuple):
        return ListOf(Text(_keyword) if parameter.keywords else Text())
    return _Number(parameter.least, parameter.most)


class _Number:
    def __init__(self, least: float, most: float) -> None:
        self.least, self.most = least, most

    def faults(self, value: Any, path: tuple[str | int, ...]) -> Iterator[Fault]:
        """See Kind."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            yield Fault(path, "a number is expected")
        elif not self.least <= value <= self.most:
            yield Fault(path, f"{value} is not from {self.least:g} to {self.most:g}")

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        return {"type": "number", "minimum": self.least, "maximum": self.most}


class _Parameters:
    """The kind of `parameters`, made when it is asked for: it needs all rules."""

    def faults(self, value: Any, path: tuple[str | int, ...]) -> Iterator[Fault]:
        """See Kind."""
        return _parameters().faults(value, path)

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        return _parameters().schema()


SETTINGS = Fields(
    {
        "name": Field(_PLAIN, "Name of the policy."),
        "description": Field(_PLAIN, "What the policy is for, in Markdown."),
        "extends": Field(
            ListOf(Text(examples=("archive-ingest", "./site.yaml"))),
            "Policies that this one builds on: names of shipped or installed policies, or paths.",
        ),
        "select": Field(RULE_NAMES, "Only these rules (and those that policies define)."),
        "extend-select": Field(RULE_NAMES, "These rules too; brings back what a policy above ignores."),
        "ignore": Field(RULE_NAMES, "Not these rules. An id outranks a group."),
        "extend-ignore": Field(RULE_NAMES, "Not these rules either."),
        "severity": Field(
            MapOf(Text(_rule_name), Choice(_LEVELS)), "Severity by rule or group; off switches it off."
        ),
        "parameters": Field(_Parameters(), "Parameters by rule."),
        "per-file-ignores": Field(
            MapOf(_GLOB, RULE_NAMES), "Glob, relative to this file, to rules that are off in those files."
        ),
        "scopes": Field(ListOf(_SCOPE, lone=False), "Settings for instances that a condition is true for."),
        "rules": Field(ListOf(RULE, lone=False, most=1_000), "Rules of this policy."),
        "waivers": Field(ListOf(Text()), "Waiver files, relative to this file."),
        "baseline": Field(
            Text(), "Baseline file, relative to this file: only what is not in it is reported."
        ),
        "ratchet": Field(Flag(), "Fail when findings of the baseline are gone and it has not been updated."),
        "include": Field(ListOf(_GLOB), "Only files that match one of these globs are visited in folders."),
        "exclude": Field(ListOf(_GLOB), "Files and folders that match are not visited."),
        "respect-gitignore": Field(Flag(), "Do not visit what git ignores."),
        "archives": Field(
            Choice(("all", "named", "none")), "Which archives are looked into: zip, tar, gz, bz2, xz."
        ),
        "skip-non-dicom": Field(Flag(), "Pass over what is not DICOM."),
        "fail-on": Field(Choice((*SEVERITIES, "never")), "Exit with 1 from this severity on."),
        "jobs": Field(Whole(1, 1024), "Processes to work in."),
        "format": Field(ListOf(Text(examples=("text", "sarif:dcmlint.sarif"))), "Reports to write."),
        "statistics-by": Field(ListOf(Choice(STATISTICS)), "Count findings by these."),
        "cache": Field(
            Fields(
                {
                    "enabled": Field(Flag(), "Whether results are kept for the next run."),
                    "folder": Field(
                        Text(), "Where, relative to this file; default: the user's cache folder."
                    ),
                    "megabytes": Field(Whole(1, 1 << 20), "Size that the cache may have."),
                }
            ),
            "Results of earlier runs.",
        ),
    }
)
"""The keys of dcmlint.yaml and of [tool.dcmlint]."""


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a settings file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ADDRESS,
        "title": "Settings and policies of dcmlint",
        **SETTINGS.schema(),
    }

"""Settings files to one Policy: validated with lines, joined along `extends`."""

# ruff: noqa: PTH100, PTH109, PTH113, PTH118, PTH119, PTH120
# Strings: pathlib is not loaded by the time a hook looks for its settings, and these are few calls.
from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dcmlint.errors import UsageError
from dcmlint.policy.document import Document, plain_value, read_document
from dcmlint.policy.keys import FORM_KEYS, SETTINGS, WAIVERS
from dcmlint.policy.kinds import Fault, Fields
from dcmlint.policy.model import NO_POLICY, Policy, Scope, SiteRule, Waiver

__all__ = ["load_policy", "policy_file", "read_waivers"]

_MOST_EXTENDS = 50
_SHOWN = 20
_RUN_KEYS = (
    *("fail-on", "jobs", "format", "statistics-by", "cache", "skip-non-dicom", "respect-gitignore"),
    "archives",
)


def load_policy(file: str = "", inline: Sequence[str] = (), extends: Sequence[str] = ()) -> Policy:
    """Return the policy of a settings file ("" = none), policies named besides, and `key=value` settings.

    Raises UsageError that names file, line and, where there is one, the near miss.
    """
    policy = NO_POLICY
    seen: dict[str, str] = {}
    for name in extends:
        policy = _joined(policy, _policy_of(policy_file(name, os.getcwd(), "--policy"), seen, ()))
    if file:
        policy = _joined(policy, _policy_of(file, seen, ()))
    if inline:
        document = _inline(inline)
        _validate(document, SETTINGS)
        policy = _joined(policy, _built(document, seen, ()))
    _check_names(policy)
    return policy


def policy_file(name: str, folder: str, said: str) -> str:
    """Return the file of a policy: one that ships, one that a plugin brings, or a path relative to `folder`.

    Raises UsageError, with the near miss, if there is none.
    """
    from dcmlint.plugins import named

    known = named("dcmlint_policies")
    if name in known:
        return str(known[name])
    path = os.path.join(folder, name)
    if os.path.isfile(path):
        return path
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=1)
    hint = (
        f"Did you mean {near[0]}?" if near else f"Policies: {', '.join(sorted(known))}; or the path of a file"
    )
    raise UsageError(f"{said}: there is no policy {name}", hint)


def _inline(settings: Sequence[str]) -> Document:
    """Return what `--set key=value` says: keys are separated by dots, values are YAML."""
    content: dict[str, Any] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise UsageError(f"--set takes key=value, not {setting}")
        place = content
        *outer, last = key.strip().split(".")
        for part in outer:
            inner = place.setdefault(part, {})
            if not isinstance(inner, dict):
                raise UsageError(f"--set {key}: {part} has a value already")
            place = inner
        place[last] = plain_value(value)
    return Document("--set", content, {}, "")


def _validate(document: Document, fields: Fields) -> None:
    faults = list(fields.faults(document.content, ()))
    if not faults:
        return
    first = faults[0]
    more = [f"{_said(document, fault)} {fault.hint}".rstrip() for fault in faults[1:_SHOWN]]
    if len(faults) > _SHOWN:
        more.append(f"and {len(faults) - _SHOWN} more")
    raise UsageError(_said(document, first), "\n  ".join([*filter(None, [first.hint]), *more]))


def _said(document: Document, fault: Fault) -> str:
    where = f"{document.file}, line {document.line(fault.path)}" if document.lines else document.file
    path = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in fault.path)
    return f"{where}: {path}: {fault.message}" if path else f"{where}: {fault.message}"


def _policy_of(file: str, seen: dict[str, str], above: tuple[str, ...]) -> Policy:
    """Return the policy of a file with all that it extends; each file is read once."""
    identity = os.path.realpath(file)
    if identity in above:
        raise UsageError(f"{file} extends itself")
    if len(above) > _MOST_EXTENDS:
        raise UsageError(f"{file}: policies extend each other more than {_MOST_EXTENDS} deep")
    if identity in seen:
        return NO_POLICY
    seen[identity] = file
    document = read_document(file)
    _validate(document, SETTINGS)
    return _built(document, seen, (*above, identity))


def _built(document: Document, seen: dict[str, str], above: tuple[str, ...]) -> Policy:
    """Return what a valid document says, on top of what it extends."""
    content = document.content
    folder = os.path.dirname(os.path.abspath(document.file)) if document.lines else os.getcwd()
    base = NO_POLICY
    for name in _listed(content.get("extends")):
        said = f"{document.file}, line {document.line(('extends',))}"
        base = _joined(base, _policy_of(policy_file(name, folder, said), seen, above))
    name = content.get("name") or os.path.basename(document.file).rpartition(".")[0] or document.file
    own = Policy(
        files=(document.file,),
        names=(name,),
        select=tuple(_listed(content["select"])) if "select" in content else None,
        extend_select=tuple(_listed(content.get("extend-select"))),
        ignore=(*_listed(content.get("ignore")), *_listed(content.get("extend-ignore"))),
        severity=dict(content.get("severity", {})),
        parameters={rule: dict(each) for rule, each in content.get("parameters", {}).items()},
        per_file_ignores=tuple(
            (folder, glob, tuple(_listed(rules)))
            for glob, rules in content.get("per-file-ignores", {}).items()
        ),
        scopes=tuple(_scope(each) for each in content.get("scopes", ())),
        rules=tuple(
            _site_rule(each, name, document, number) for number, each in enumerate(content.get("rules", ()))
        ),
        waivers=tuple(
            waiver
            for path in _listed(content.get("waivers"))
            for waiver in read_waivers(os.path.join(folder, path))
        ),
        baseline=os.path.join(folder, content["baseline"]) if "baseline" in content else "",
        ratchet=bool(content.get("ratchet", False)),
        include=tuple((folder, glob) for glob in _listed(content.get("include"))),
        exclude=tuple((folder, glob) for glob in _listed(content.get("exclude"))),
        run=_run_settings(content, folder),
    )
    _check_ids(own)
    return _joined(base, own)


def _run_settings(content: Mapping[str, Any], folder: str) -> dict[str, Any]:
    found = {key: content[key] for key in _RUN_KEYS if key in content}
    for key in ("format", "statistics-by"):
        if key in found:
            found[key] = tuple(_listed(found[key]))
    cache = found.get("cache")
    if cache and "folder" in cache:
        found["cache"] = {**cache, "folder": os.path.join(folder, cache["folder"])}
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _scope(content: Mapping[str, Any]) -> Scope:
    return Scope(
        content["when"],
        tuple(_listed(content.get("select"))),
        tuple(_listed(content.get("ignore"))),
        tuple(content.get("severity", {}).items()),
    )


def _site_rule(content: Mapping[str, Any], policy: str, document: Document, number: int) -> SiteRule:
    form = next(key for key in content if key in FORM_KEYS or key == "check")
    name = content["id"].removeprefix("site/")
    return SiteRule(
        f"site/{name}",
        content.get("severity", "error"),
        form,
        content[form],
        content.get("when", ""),
        content.get("title", ""),
        content.get("description", ""),
        content.get("message", ""),
        content.get("attribute", ""),
        bool(content.get("show_value", False)),
        content.get("citation", ""),
        policy,
        document.file,
        document.line(("rules", number)),
        tuple(_listed(content.get("pass"))),
        tuple(_listed(content.get("fail"))),
    )


def read_waivers(file: str) -> tuple[Waiver, ...]:
    """Return the waivers of a file; raises UsageError that names file and line."""
    document = read_document(file)
    _validate(document, WAIVERS)
    base = os.path.dirname(os.path.abspath(file))
    found = []
    for number, each in enumerate(document.content["waivers"]):
        line = document.line(("waivers", number))
        expires = str(each.get("expires", ""))
        found.append(
            Waiver(
                tuple(_listed(each["rule"])),
                each["reason"].strip(),
                each.get("owner", ""),
                expires,
                tuple(_listed(each.get("files"))),
                tuple(_listed(each.get("uid"))),
                each.get("when", ""),
                tuple(_listed(each.get("path"))),
                base,
                file,
                line,
            )
        )
    return tuple(found)


def _check_ids(policy: Policy) -> None:
    seen: dict[str, int] = {}
    for rule in policy.rules:
        if rule.id in seen:
            raise UsageError(
                f"{rule.source}, line {rule.line}: {rule.id} is there already, in line {seen[rule.id]}"
            )
        seen[rule.id] = rule.line


def _joined(base: Policy, own: Policy) -> Policy:
    """Return what two policies say together; the second is the one that builds on the first."""
    rules = {rule.id: rule for rule in base.rules}
    for rule in own.rules:
        before = rules.get(rule.id)
        if before is not None and before.source != rule.source:
            raise UsageError(
                f"{rule.source}, line {rule.line}: {before.source} has a rule {rule.id} already",
                "Give it another id, or change the severity of the other one.",
            )
        rules[rule.id] = rule
    back = set(own.extend_select)
    return replace(
        base,
        files=(*base.files, *own.files),
        names=(*base.names, *own.names),
        select=base.select if own.select is None else own.select,
        extend_select=(*base.extend_select, *own.extend_select),
        ignore=(*(rule for rule in base.ignore if rule not in back), *own.ignore),
        severity={**base.severity, **own.severity},
        parameters={
            rule: {**base.parameters.get(rule, {}), **own.parameters.get(rule, {})}
            for rule in (*base.parameters, *own.parameters)
        },
        per_file_ignores=(*base.per_file_ignores, *own.per_file_ignores),
        scopes=(*base.scopes, *own.scopes),
        rules=tuple(rules.values()),
        waivers=(*base.waivers, *own.waivers),
        baseline=own.baseline or base.baseline,
        ratchet=own.ratchet or base.ratchet,
        include=own.include or base.include,
        exclude=(*base.exclude, *own.exclude),
        run={**base.run, **own.run},
    )


def _check_names(policy: Policy) -> None:
    """Raise UsageError for a rule of group site that no policy defines."""
    known = {rule.id for rule in policy.rules}
    said = [*(policy.select or ()), *policy.extend_select, *policy.ignore, *policy.severity]
    said += [name for _, _, names in policy.per_file_ignores for name in names]
    for scope in policy.scopes:
        said += [*scope.select, *scope.ignore, *(name for name, _ in scope.severity)]
    said += [name for waiver in policy.waivers for name in waiver.rules]
    for name in said:
        if name.startswith("site/") and name not in known:
            from difflib import get_close_matches

            near = get_close_matches(name, sorted(known), n=1)
            raise UsageError(
                f"{', '.join(policy.files)}: no policy has a rule {name}",
                f"Did you mean {near[0]}?" if near else "",
            )

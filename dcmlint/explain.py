"""The texts of `dcmlint rules`, `dcmlint rule ID` and `dcmlint explain FILE`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from dcmlint.catalogue import catalogue, find_rule, select_rules
from dcmlint.documentation import applies_to, described, fix_note, fix_text, help_uri
from dcmlint.errors import UnreadableError, UsageError
from dcmlint.iod import PER_FRAME_GROUPS, SHARED_GROUPS, Decision, IodPlan, Variant, iod_of, load
from dcmlint.plan import Node, Plans
from dcmlint.plugins import named
from dcmlint.policy.choice import Choice, all_rules
from dcmlint.policy.find import find_settings
from dcmlint.policy.load import load_policy
from dcmlint.policy.model import NO_POLICY, Policy, SiteRule
from dcmlint.policy.site import as_rule
from dcmlint.read.item import Instance, Item
from dcmlint.read.opener import looks_like_dicom, read_instance
from dcmlint.report.render import shown_uid
from dcmlint.rows import RowPlan
from dcmlint.rule import Rule
from dcmlint.source.blob import open_blob
from dcmlint.source.kind import content_kind
from dcmlint.standard.dictionary import label, uid
from dcmlint.standard.shards import edition_label, iod_shard
from dcmlint.standard.show import when

__all__ = ["FORMATS", "explain_file", "rule_list", "rule_page", "rule_pages"]

FORMATS = ("text", "json")
"""What `--format` of `dcmlint rules` and `dcmlint rule` takes."""


def rule_list(
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    *,
    form: str = "text",
    policies: Sequence[str] = (),
) -> str:
    """Return a line for each rule: id, severity, what is wrong; or all that is known of them as JSON.

    With policies their rules are among them, severities are theirs, what they switch off is left out, and
    a last line counts.
    """
    policy = load_policy(extends=policies) if policies else NO_POLICY
    rules = select_rules(all_rules(policy), select, ignore, always=frozenset())
    if policies:
        rules = _in_force(rules, policy)
    if _checked(form) == "json":
        return _json([described(rule) for rule in rules.values()])
    width = max((len(rule_id) for rule_id in rules), default=0)
    lines = [f"{rule.id:<{width}}  {rule.severity:<7}  {rule.title}" for rule in rules.values()]
    return "\n".join([*lines, *_counts(rules, policy)])


def _in_force(rules: Mapping[str, Rule], policy: Policy) -> dict[str, Rule]:
    """Return the rules that a policy leaves on, with its severities."""
    on = Choice.of(policy).on
    found = {}
    for rule_id, rule in rules.items():
        level = policy.severity.get(rule_id, policy.severity.get(rule.group, rule.severity))
        if rule_id in on and level != "off":
            found[rule_id] = replace(rule, severity=level)
    return found


def _counts(rules: Mapping[str, Rule], policy: Policy) -> Iterator[str]:
    if policy.names:
        own = Counter(site.policy for site in policy.rules if site.id in rules)
        yield ", ".join([f"{len(rules)} rules", *(f"{own[name]} of policy {name}" for name in policy.names)])


def rule_page(rule_id: str, *, form: str = "text", policies: Sequence[str] = ()) -> str:
    """Return the documentation of a rule; raises UsageError if there is none of that id.

    A rule of a policy is looked up in `policies`; in the settings in force and the policies that can be
    named if there are none.
    """
    rule = _site_rule(rule_id, policies) if rule_id.startswith("site/") else find_rule(rule_id)
    return _json(described(rule)) if _checked(form) == "json" else _page(rule)


def _site_rule(rule_id: str, policies: Sequence[str]) -> Rule:
    known: dict[str, SiteRule] = {}
    for policy in _looked_up(policies):
        for rule in policy.rules:
            known.setdefault(rule.id, rule)
    if rule_id in known:
        return as_rule(known[rule_id])
    near = get_close_matches(rule_id, known, n=1)
    raise UsageError(
        f"No policy has a rule {rule_id}.",
        f"Did you mean {near[0]}?" if near else "Name its policy: dcmlint rule ID --policy NAME|FILE",
    )


def _looked_up(policies: Sequence[str]) -> Iterator[Policy]:
    if policies:
        yield load_policy(extends=policies)
        return
    file = find_settings(())
    if file:
        yield load_policy(file)
    for name in named("dcmlint_policies"):
        yield load_policy(extends=(name,))


def rule_pages(*, form: str = "text") -> str:
    """Return the documentation of every rule."""
    return (
        rule_list(form=form) if _checked(form) == "json" else "\n\n\n".join(map(_page, catalogue().values()))
    )


def _page(rule: Rule) -> str:
    lines = [rule.id, "=" * len(rule.id), ""]
    lines += [f"Severity: {rule.severity}", f"Source:   {rule.citation}"]
    if rule.on_bytes:
        lines.append(f"Applies:  to {applies_to(rule)}")
    if rule.fix is not None:
        lines.append(f"Fix:      {fix_note(rule)}. {fix_text(rule)}")
    if page := help_uri(rule.id):
        lines.append(f"Page:     {page}")
    return "\n".join([*lines, "", rule.doc.strip()])


def _checked(form: str) -> str:
    if form not in FORMATS:
        raise UsageError(f"Unknown format: {form}", f"Known: {', '.join(FORMATS)}")
    return form


def _json(content: Any) -> str:
    import json

    return json.dumps(content, indent=1)


def explain_file(path: str) -> str:
    """Return what a file is checked against, and why.

    Raises UsageError if it cannot be read or is not DICOM.
    """
    try:
        blob = open_blob(path)
    except UnreadableError as error:
        raise UsageError(f"{path} cannot be read: {error.reason}") from error
    head = bytes(blob.buf[:1024])
    if not looks_like_dicom(head):
        raise UsageError(f"{path} is not DICOM: {content_kind(head)}")
    instance = read_instance(blob.buf)
    plans = Plans(catalogue())
    plan = load(plans, iod_of(instance))
    lines = [*_heading(instance, plan), ""]
    if plan is None:
        lines.append("There are no tables for it: only what holds for every Data Set is checked.")
    else:
        variant = plan.variant(instance)
        lines += _modules(plan, variant)
        lines += _groups(plan, instance.root)
        lines += _unknown_conditions(instance.root, variant.node)
    return "\n".join(lines)


def _heading(instance: Instance, plan: IodPlan | None) -> Iterator[str]:
    yield f"SOP Class        {_registered(instance.sop_class_uid)}"
    yield f"IOD              {f'{plan.name} IOD ({plan.citation})' if plan is not None else 'none known'}"
    syntax, declared = instance.syntax, instance.declared_syntax
    note = "" if syntax == declared else f", declared: {_registered(declared)}"
    yield f"Transfer Syntax  {_registered(syntax)}{note}"
    yield f"Tables           {edition_label()}"


def _registered(value: str) -> str:
    """Return the name and value of a UID; a value that is no UID is not shown, it may be PHI."""
    found = uid(value)
    if found is not None:
        return f"{found.name} ({value})"
    return shown_uid(value) or ("none" if not value else "what is there is no UID")


def _modules(plan: IodPlan, variant: Variant) -> Iterator[str]:
    """Yield a line for each Module: Usage, name, whether it applies and why."""
    shard = iod_shard(plan.key) or {}
    width = max(len(use.name) for use, _ in variant.uses)
    yield "Modules (Usage: M mandatory, C conditional, U user option)"
    for (use, decision), row in zip(variant.uses, shard["modules"], strict=True):
        mark = "+" if decision.applies else "?" if decision.reason == "unknown" else "-"
        yield f"  {mark} {use.usage}  {use.name:<{width}}  {_why(use.usage, decision, when(row).strip())}"


def _why(usage: str, decision: Decision, condition: str) -> str:
    said = f" ({condition})" if condition else ""
    if decision.reason == "mandatory":
        return "applies: mandatory"
    if decision.reason == "condition":
        return f"applies: its condition holds{said}{_trust(decision)}"
    if decision.reason == "present":
        return f"applies: it is there{_trust(decision)}"
    if decision.reason == "condition-false":
        return f"does not apply: its condition does not hold{said}"
    if decision.reason == "unknown":
        return f"unknown: whether its condition holds cannot be told{said}; nothing of it is there"
    return "not there, and nothing shows that it must be" if usage == "C" else "not there"


def _trust(decision: Decision) -> str:
    return "" if decision.strict else "; not certain, so its errors become warnings"


def _groups(plan: IodPlan, root: Item) -> Iterator[str]:
    """Yield a line for each Functional Group Macro: Usage, name, where it is."""
    groups = [group for group in plan.groups if group.sequences]
    if not groups:
        return
    shared, frames = root.items(SHARED_GROUPS) or (), root.items(PER_FRAME_GROUPS) or ()
    width = max(len(group.name) for group in groups)
    yield ""
    yield f"Functional Group Macros ({len(frames)} frames)"
    for group in groups:
        tag = group.sequences[0]
        holding = sum(tag in frame.elements for frame in frames)
        places = ["shared"] * any(tag in item.elements for item in shared)
        places += [f"in {holding} of {len(frames)} frames"] * bool(holding)
        mark, found = ("+", ", ".join(places)) if places else ("-", "not there")
        yield f"  {mark} {group.usage}  {group.name:<{width}}  {found}"


def _unknown_conditions(root: Item, node: Node) -> Iterator[str]:
    """Yield the Attributes that are absent and of which nobody can say whether they must be there."""
    unknown = Counter(_unknown_rows(root, node))
    yield ""
    yield f"Conditions that stayed unknown: {unknown.total()}"
    width = max((len(path) for _, path, _ in unknown), default=0)
    for (module, path, kind), number in sorted(unknown.items()):
        times = f"  in {number} Items" if number > 1 else ""
        yield f"  {kind}  {path:<{width}}  {module}{times}"


def _unknown_rows(item: Item, node: Node, inside: str = "") -> Iterator[tuple[str, str, str]]:
    for tag, rows in node.rows.items():
        for row in rows:
            if tag not in item.elements and row.type in ("1C", "2C") and _is_unknown(row, item):
                yield row.part.module, f"{inside}{label(tag)}", row.type
    for tag, element in item.elements.items():
        if element[3] and not tag & 0x10000 and node.rows.get(tag):
            for nested in element[3]:
                yield from _unknown_rows(nested, node.attribute(tag).node, f"{inside}{label(tag)}.")


def _is_unknown(row: RowPlan, item: Item) -> bool:
    """Tell whether no condition of the row has an answer here."""
    if not row.included(item):
        return False
    parsed = row.parsed(item) if row.parsed is not None else None
    return parsed is None and row.d3 is None

"""How tests write policies and run them over Data Sets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dcmlint.model import InstanceReport
from dcmlint.policy.load import load_policy
from dcmlint.policy.model import Policy
from dcmlint.read.encode import part10
from dcmlint.read.item import Instance
from dcmlint.read.opener import read_instance
from dcmlint.scan import Session, Settings, lint_instance

__all__ = ["found_by", "instance", "policy", "site_findings"]


def policy(folder: Path, text: str, **options: Any) -> Policy:
    """Return the policy that a settings file with this text makes."""
    file = folder / "dcmlint.yaml"
    file.write_text(text)
    return load_policy(str(file), **options)


def instance(*, file: str = "", **attributes: Any) -> Instance:
    """Return an Instance of these Attributes, as if read from `file`."""
    found = read_instance(part10(attributes))
    found.file = file
    return found


def report(what: Policy, found: Instance) -> InstanceReport:
    """Return what the rules of a policy, and no others, find."""
    return lint_instance(found, Session(Settings(select=("site", "internal"), policy=what)))


def site_findings(what: Policy, found: Instance) -> list[str]:
    """Return the ids of the policy's rules that report an Instance, a failed check with what failed."""
    return [
        f"{each.rule} {each.args['error']}" if each.rule == "internal/check-failed" else each.rule
        for each in report(what, found).findings
    ]


def found_by(folder: Path, rule: str, found: Instance) -> bool:
    """Tell whether a rule, written as YAML below its id, reports an Instance."""
    text = "rules:\n  - id: it\n" + "".join(f"    {line}\n" for line in rule.splitlines())
    return site_findings(policy(folder, text), found) == ["site/it"]

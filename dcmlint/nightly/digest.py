"""What findings depend on besides the object: if it changes, everything is checked again."""

from __future__ import annotations

from collections.abc import Iterator

from xxhash import xxh3_128_hexdigest

from dcmlint.packing import VERSION
from dcmlint.scan import Session

__all__ = ["policy_digest"]


def policy_digest(session: Session, today: str, baseline: frozenset[str]) -> str:
    """Return a digest of the rules that run, what is set of them, and what the policy makes of findings.

    A waiver counts until it expires. The version of dcmlint and the edition are not in it: they have columns
    of their own.
    """
    return xxh3_128_hexdigest("\n".join(_parts(session, today, baseline)).encode("utf-8", "surrogateescape"))


def _parts(session: Session, today: str, baseline: frozenset[str]) -> Iterator[str]:
    settings, policy = session.settings, session.settings.policy
    yield from sorted(f"{rule.id} {rule.severity}" for rule in session.rules.values())
    yield f"on {sorted(session.on)}, facts {VERSION}"
    yield f"skip-non-dicom {settings.skip_non_dicom}, deep {settings.deep}"
    if settings.asked.instances:
        yield "instances"
    yield repr(sorted((rule, sorted(values.items())) for rule, values in policy.parameters.items()))
    for rule in policy.rules:
        if rule.id in session.rules:
            yield repr(rule._replace(policy="", source="", line=0, passing=(), failing=()))
    yield repr((sorted(policy.severity.items()), policy.per_file_ignores, policy.scopes))
    for waiver in policy.waivers:
        if not waiver.expires or waiver.expires >= today:
            yield repr(waiver._replace(reason="", owner="", source="", line=0))
    yield repr(sorted(baseline))

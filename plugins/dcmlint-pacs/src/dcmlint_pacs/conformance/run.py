"""The commands on conformance files: what they print, and their exit status."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from dcmlint.errors import UsageError
from dcmlint_pacs.conformance.compare import Difference, Talk, differences, talks
from dcmlint_pacs.conformance.model import Declared
from dcmlint_pacs.conformance.read import read_conformance
from dcmlint_pacs.names import name
from dcmlint_pacs.output import write_text
from dcmlint_pacs.peer import DimsePeer, peer_of

__all__ = ["check", "diff", "pairs", "probe_to"]


def probe_to(location: str, file: str, aet: str, more: Sequence[str]) -> str:
    """Probe a live peer, write a conformance file ("" = standard output), and return what to say of it."""
    from dcmlint_pacs.conformance.probe import probe
    from dcmlint_pacs.conformance.write import conformance_text
    from dcmlint_pacs.preflight.run import ours_as
    from dcmlint_pacs.uid import is_uid

    peer = peer_of(location)
    if not isinstance(peer, DimsePeer):
        raise UsageError("Only DIMSE peers can be probed: dimse://AET@host:port")
    if wrong := next((uid for uid in more if not is_uid(uid)), ""):
        raise UsageError(f"{wrong} is no SOP Class UID.")
    declared, associations = probe(peer, ours_as(aet), more)
    write_text(file, conformance_text(declared))
    return f"{len(declared.services)} SOP Classes accepted, found out in {associations} associations"


def check(files: Sequence[str]) -> str:
    """Return what conformance files declare, a line each; raises UsageError with all that is wrong with
    them."""
    lines, faults = [], []
    for file in files:
        try:
            lines.append(f"{file}: {_summary(read_conformance(file))}")
        except UsageError as error:
            faults.append(error.message)
    if faults:
        raise UsageError("\n".join(faults), "The format: docs/preflight.md")
    return "\n".join(lines)


def _summary(declared: Declared) -> str:
    services = declared.services.values()
    syntaxes = {syntax for each in services for syntax in each.syntaxes}
    roles = {role: sum(role in each.roles for each in services) for role in ("SCU", "SCP")}
    as_roles = f"{roles['SCU']} as SCU, {roles['SCP']} as SCP"
    return f"{len(services)} SOP Classes ({as_roles}), {len(syntaxes)} Transfer Syntaxes"


def diff(a: str, b: str, form: str) -> tuple[str, int]:
    """Return how two conformance files differ, and the exit status: 1 if they do."""
    found = list(differences(read_conformance(a), read_conformance(b)))
    if form == "json":
        rows = [
            {"what": each.what, "sop_class": _uid(each.sop_class), "a": each.a, "b": each.b} for each in found
        ]
        return _document("dcmlint-conformance-diff", a, b, differences=rows), int(bool(found))
    _refuse_form(form)
    if not found:
        return "They declare the same.", 0
    return "\n".join([f"A: {a}", f"B: {b}", *(_difference(each) for each in found), _count(len(found))]), 1


def _count(number: int) -> str:
    return f"{number:,} difference{'' if number == 1 else 's'}"


def _difference(each: Difference) -> str:
    about = f"{name(each.sop_class)}: " if each.sop_class else ""
    if each.what == "sop-class":
        return f"{about}only in {'B' if each.a is None else 'A'}"
    if each.what == "transfer-syntaxes":
        parts = [
            f"only in {which}: {', '.join(map(name, values))}"
            for which, values in (("A", each.a), ("B", each.b))
            if values
        ]
        return f"{about}Transfer Syntaxes, {'; '.join(parts)}"
    return f"{about}{each.what}: A {_value(each.a)}, B {_value(each.b)}"


def _value(value: Any) -> str:
    if value is None or value == "":
        return "does not say"
    return " and ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def pairs(a: str, b: str, form: str) -> tuple[str, int]:
    """Return which SOP Classes of one can never be sent to the other, and the exit status: 1 if there are
    any."""
    found = list(talks(read_conformance(a), read_conformance(b)))
    never = [each for each in found if each.why]
    if form == "json":
        rows = [_talk(each) for each in found]
        return _document("dcmlint-conformance-pairs", a, b, pairs=rows), int(bool(never))
    _refuse_form(form)
    return "\n".join([f"A: {a}", f"B: {b}", *_talk_lines(found)]), int(bool(never))


def _talk_lines(found: Sequence[Talk]) -> Iterator[str]:
    for scu, scp in (("A", "B"), ("B", "A")):
        of_one = [each for each in found if each.scu == scu]
        never = [each for each in of_one if each.why]
        usable = f"{len(of_one) - len(never)} of {len(of_one)} SOP Classes can be used"
        yield f"\n{scu} as SCU, {scp} as SCP: {usable}"
        yield from (f"  never: {name(each.sop_class)}: {each.text}" for each in never)


def _talk(each: Talk) -> dict[str, Any]:
    return {
        "scu": each.scu,
        "sop_class": _uid(each.sop_class),
        "never": bool(each.why),
        "why": each.why or None,
        "text": each.text or None,
        "common": list(each.common),
        "scu_transfer_syntaxes": list(each.needs),
        "scp_transfer_syntaxes": list(each.offers),
    }


def _uid(uid: str) -> dict[str, str] | None:
    return {"uid": uid, "name": name(uid)} if uid else None


def _document(format_: str, a: str, b: str, **rows: Any) -> str:
    return json.dumps({"format": format_, "version": 1, "a": a, "b": b, **rows}, indent=1)


def _refuse_form(form: str) -> None:
    if form != "text":
        raise UsageError(f"Unknown format: {form}", "Known: text, json")

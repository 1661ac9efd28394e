"""The short forms of policy rules: what people ask most, without an expression.

Each form is a function from what the policy says to a Check, a closure that yields the faults of one
Instance. What is absent is no fault but of `required`; what cannot be decoded other rules report.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from dcmlint.model import Found
from dcmlint.policy.bindings import Bindings
from dcmlint.policy.designator import Designator, designator
from dcmlint.policy.engine import matcher
from dcmlint.policy.syntax import ExpressionError
from dcmlint.read.item import Item

__all__ = ["FORMS", "Check", "Form", "placeholder_fault", "uses_file", "uses_today"]

Check = Callable[[Bindings], Iterable[Found]]
_Fault = Callable[[Any], "dict[str, Any] | None"]
"""A value to the args of its fault, None if it has none."""

_MOST_VALUES = 4096


class Form(NamedTuple):
    """A form: how it is compiled, and the message that its findings have by default."""

    compile: Callable[[Any], Check]
    message: str


def _found(item: Item, tag: int, value: Any = None, **args: Any) -> Found:
    """Return a fault of an Attribute; `shown` is its value, for policies that allow it to be shown."""
    shown = {} if value is None else {"shown": str(value)[:64]}
    return Found(tag, {**args, **shown}, item)


def _values(bindings: Bindings, name: Designator) -> Iterator[tuple[Item, int, Any]]:
    """Yield each value of an Attribute that is there and not empty."""
    for item, tag in name.places(bindings.instance):
        if tag is None or tag not in item.elements:
            continue
        for value in (item.get(tag) or ())[:1000]:
            if value != "" and not isinstance(value, (bytes, Item)):
                yield item, tag, value


class _Remembered:
    """Which raw values of a simple Attribute had no fault: they are not looked at again."""

    __slots__ = ("_good", "name")

    def __init__(self, name: Designator) -> None:
        self.name = name
        self._good: set[bytes] = set()

    def is_good(self, bindings: Bindings) -> bool:
        """Tell whether the value is absent, or one that had no fault before."""
        if not self.name.is_simple:
            return False
        piece = bindings.piece(self.name.tag)
        return piece is not None and (not piece or (piece in self._good and not bindings.instance.big_endian))

    def remember(self, bindings: Bindings) -> None:
        """Note that the value has no fault."""
        if self.name.is_simple and not bindings.instance.big_endian:
            piece = bindings.piece(self.name.tag)
            if piece is not None:
                if len(self._good) >= _MOST_VALUES:
                    self._good.clear()
                self._good.add(piece)


def _each(wanted: Iterable[tuple[Designator, _Fault]]) -> Check:
    """Return a check that asks of each value of each Attribute for the args of its fault."""
    asked = [(_Remembered(name), fault) for name, fault in wanted]

    def check(bindings: Bindings) -> Iterable[Found]:
        found: list[Found] = []
        for remembered, fault in asked:
            if remembered.is_good(bindings):
                continue
            before = len(found)
            for item, tag, value in _values(bindings, remembered.name):
                args = fault(value)
                if args is not None:
                    found.append(_found(item, tag, value, **args))
            if len(found) == before:
                remembered.remember(bindings)
        return found

    return check


def _required(demand: Any) -> Check:
    names, options = _names(demand)
    may_be_empty = bool(options.get("may_be_empty"))
    remembered = [_Remembered(name) for name in names]

    def check(bindings: Bindings) -> Iterable[Found]:
        found: list[Found] = []
        for each in remembered:
            if each.name.is_simple and bindings.piece(each.name.tag) and each.is_good(bindings):
                continue
            before = len(found)
            for item, tag in each.name.places(bindings.instance):
                if tag is None:
                    found.append(Found(None, {"what": f"{each.name.text} is absent"}, item))
                elif tag not in item.elements:
                    found.append(_found(item, tag, what="is absent"))
                elif not may_be_empty and _is_blank(item, tag):
                    found.append(_found(item, tag, what="is empty"))
            if len(found) == before:
                each.remember(bindings)
        return found

    return check


def _is_blank(item: Item, tag: int) -> bool:
    vr, offset, length, items = item.elements[tag]
    if items is not None:
        return not items
    if not length or length > 1024 or vr in ("OB", "OW", "UN"):
        return not length
    return not bytes(item.buf[offset : offset + length]).strip(b" \0\\^=")


def _forbidden(demand: Any) -> Check:
    names, options = _names(demand)
    even_if_empty = bool(options.get("even_if_empty"))

    def check(bindings: Bindings) -> Iterable[Found]:
        found: list[Found] = []
        for name in names:
            if name.is_simple and name.tag not in bindings.instance.root.elements:
                continue
            for item, tag in name.places(bindings.instance):
                if tag is not None and tag in item.elements and (even_if_empty or not _is_blank(item, tag)):
                    found.append(_found(item, tag))
        return found

    return check


def _pattern(demand: Any) -> Check:
    def fault(matches: Any) -> _Fault:
        return lambda value: None if matches(_text(value)) else {"expected": matches.pattern}

    return _each((designator(name), fault(matcher(pattern))) for name, pattern in demand.items())


def _one_of(demand: Any) -> Check:
    def fault(allowed: list[str]) -> _Fault:
        known, expected = frozenset(allowed), ", ".join(allowed[:12])
        return lambda value: None if _text(value) in known else {"expected": expected}

    return _each(
        (designator(name), fault([*map(_text, _listed(allowed))])) for name, allowed in demand.items()
    )


def _max_length(demand: Any) -> Check:
    def fault(most: int) -> _Fault:
        return lambda value: (
            {"expected": most, "count": len(value)} if isinstance(value, str) and len(value) > most else None
        )

    return _each((designator(name), fault(most)) for name, most in demand.items())


def _uid_root(demand: Any) -> Check:
    def fault(roots: list[str]) -> _Fault:
        starts = tuple(root.rstrip(".") + "." for root in roots)
        return lambda value: None if str(value).startswith(starts) else {"expected": ", ".join(roots)}

    return _each((designator(name), fault(_listed(roots))) for name, roots in demand.items())


def _date_range(demand: Any) -> Check:
    def fault(first: Callable[[], str], last: Callable[[], str]) -> _Fault:
        def found(value: Any) -> dict[str, Any] | None:
            day = str(value)[:8]
            if len(day) < 8 or not day.isdecimal() or (first() <= day and (not last() or day <= last())):
                return None
            return {"expected": f"{_dashed(first())} to {_dashed(last())}"}

        return found

    return _each(
        (designator(name), fault(_day(limits.get("from")), _day(limits.get("to"))))
        for name, limits in demand.items()
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _day(limit: Any) -> Callable[[], str]:
    """Return what gives a limit as DA: "today" is the day of the check; no limit is none."""
    text = "" if limit is None else str(limit)
    if text == "today":
        return _today
    day = text.replace("-", "")
    return lambda: day


def _today() -> str:
    from datetime import date

    return date.today().strftime("%Y%m%d")


def _dashed(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else "..."


_PLACEHOLDER = re.compile(r"\{([^{}:]+)(?::0?([0-9]{1,2}))?\}")


def _matches_file_name(demand: Any) -> Check:
    template = demand if isinstance(demand, str) else demand["name"]
    ignore_case = not isinstance(demand, str) and bool(demand.get("ignore_case"))
    parts = _PLACEHOLDER.split(template)
    names = [designator(name) for name in parts[1::3]]
    depth = template.count("/") + 1

    def check(bindings: Bindings) -> Iterator[Found]:
        file = bindings.instance.file.replace("\\", "/")
        values = [_only(bindings, name) for name in names]
        if not file or None in values:
            return
        wanted = parts[0] + "".join(
            f"{_padded(value, width)}{rest}"
            for value, width, rest in zip(values, parts[2::3], parts[3::3], strict=True)
        )
        there = "/".join(file.split("/")[-depth:])
        if (there.casefold() != wanted.casefold()) if ignore_case else there != wanted:
            yield Found(None, {"expected": template}, bindings.instance.root)

    return check


def placeholder_fault(template: str) -> str:
    """Return what is wrong with a template of file names, "" if nothing is."""
    if not _PLACEHOLDER.search(template):
        return "a template names Attributes in braces: {SOPInstanceUID}.dcm"
    if re.search("[{}]", _PLACEHOLDER.sub("", template)):
        return "a brace stands alone"
    try:
        for found in _PLACEHOLDER.finditer(template):
            designator(found[1])
    except ExpressionError as error:
        return str(error)
    return ""


def _only(bindings: Bindings, name: Designator) -> Any:
    """Return the only value of an Attribute, None if there is none or several, or it is no part of a name."""
    values = [value for _, _, value in _values(bindings, name)]
    return values[0] if len(values) == 1 and "/" not in str(values[0]) else None


def _padded(value: Any, width: str | None) -> str:
    return _text(value).zfill(int(width)) if width else _text(value)


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _names(demand: Any) -> tuple[list[Designator], Mapping[str, Any]]:
    """Return the Attributes of a demand that is a list, or a mapping with `attributes` and options."""
    options: Mapping[str, Any] = demand if isinstance(demand, Mapping) else {}
    listed = options["attributes"] if isinstance(demand, Mapping) else demand
    return [designator(name) for name in _listed(listed)], options


FORMS: Mapping[str, Form] = {
    "required": Form(_required, "{attribute} {what}; the policy requires it"),
    "forbidden": Form(_forbidden, "{attribute} is there; the policy forbids it"),
    "pattern": Form(_pattern, "{attribute} does not have the form that the policy asks for: {expected}"),
    "one_of": Form(_one_of, "{attribute} is none of what the policy allows: {expected}"),
    "max_length": Form(_max_length, "{attribute} has {count} characters; the policy allows {expected}"),
    "uid_root": Form(_uid_root, "{attribute} is not below the root that the policy asks for: {expected}"),
    "date_range": Form(_date_range, "{attribute} is not in the range that the policy allows: {expected}"),
    "matches_file_name": Form(
        _matches_file_name, "the file is not named as its Attributes say; the policy asks for {expected}"
    ),
}
"""Every form that looks at one Instance; `unique`, which needs several, is in unique.py."""


def uses_file(form: str) -> bool:
    """Tell whether the answer depends on where the file is."""
    return form == "matches_file_name"


def uses_today(form: str, demand: Any) -> bool:
    """Tell whether the answer depends on the day of the check."""
    return form == "date_range" and any("today" in map(str, limits.values()) for limits in demand.values())

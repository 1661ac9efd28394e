"""The examples of a policy's rules, run: does each rule accept what it should, and report what it should?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

from dcmlint.errors import UsageError
from dcmlint.model import Found
from dcmlint.policy.bindings import Bindings
from dcmlint.policy.data_set import Place, example_instance
from dcmlint.policy.document import Document, read_document
from dcmlint.policy.model import SiteRule
from dcmlint.policy.site import compiled, expression
from dcmlint.policy.unique import Demands
from dcmlint.read.item import Instance
from dcmlint.standard.dictionary import label

__all__ = ["Ran", "gaps", "ran"]

Kind = Literal["pass", "fail"]


class Ran(NamedTuple):
    """One example that was run: the `number`th of its kind, and the line where it is written.

    `fault` tells what came of it if that is not what it should be, "" if it is. `applies` tells whether
    the rule's `when` is true of it.
    """

    rule: SiteRule
    kind: Kind
    number: int
    line: int
    fault: str
    applies: bool


def ran(rules: Sequence[SiteRule]) -> Iterator[Ran]:
    """Yield every example of the rules after running it.

    Raises UsageError, naming file and line, for an example that cannot be made into a Data Set.
    """
    documents = {source: read_document(source) for source in {rule.source for rule in rules}}
    for rule in rules:
        document = documents[rule.source]
        place = _place(document, rule)
        for kind, contents in (("pass", rule.passing), ("fail", rule.failing)):
            for number, content in enumerate(contents):
                yield _ran(rule, document, (*place, kind, number), content)


def gaps(rule: SiteRule, results: list[Ran]) -> Iterator[str]:
    """Yield what the examples of a rule leave open."""
    kinds = {each.kind for each in results}
    if "pass" not in kinds and "fail" not in kinds:
        yield "has no examples"
    elif "pass" not in kinds:
        yield "has no passing example"
    elif "fail" not in kinds:
        yield "has no failing example"
    if "pass" in kinds and not any(each.applies for each in results if each.kind == "pass"):
        yield "has no passing example that its `when` is true of"


def _place(document: Document, rule: SiteRule) -> Place:
    rules = document.content["rules"]
    number = next(n for n, each in enumerate(rules) if each["id"].removeprefix("site/") == rule.id[5:])
    return ("rules", number)


def _ran(rule: SiteRule, document: Document, place: Place, content: Any) -> Ran:
    kind, number = place[-2], place[-1]
    assert isinstance(number, int)
    instances = list(_instances(rule, document, place, content))
    applies = not rule.when or any(Bindings.of(each).holds(expression(rule.when)) for each in instances)
    found, failure = _reported(rule, instances)
    if failure:
        fault = failure
    elif kind == "pass" and found:
        fault = f"should pass, but is reported{_at(found)}"
    elif kind == "fail" and not found:
        fault = "should fail, but is not reported" + ("" if applies else ": `when` is not true of it")
    else:
        fault = ""
    return Ran(rule, "pass" if kind == "pass" else "fail", number + 1, document.line(place), fault, applies)


def _instances(rule: SiteRule, document: Document, place: Place, content: Any) -> Iterator[Instance]:
    if rule.form != "unique":
        yield example_instance(document, place, content)
        return
    if not isinstance(content, list) or len(content) < 2:
        where = f"{document.file}, line {document.line(place)}"
        raise UsageError(f"{where}: an example of `unique` is a list of two Data Sets or more")
    for number, each in enumerate(content):
        yield example_instance(document, (*place, number), each)


def _reported(rule: SiteRule, instances: list[Instance]) -> tuple[list[Found], str]:
    """Return what a rule reports of the Data Sets of an example, and how it failed, "" if it did not."""
    if rule.form == "unique":
        keys = [key for instance in instances for key in Demands([rule]).keys(instance)]
        return [Found()] * (len(keys) - len(set(keys))), ""
    try:
        return list(compiled(rule)(Bindings.of(instances[0]))), ""
    except Exception as error:
        return [], f"cannot be judged: the check failed ({type(error).__name__})"


def _at(found: list[Found]) -> str:
    named = dict.fromkeys(label(each.tag) for each in found if each.tag is not None)
    return f" at {', '.join(named)}" if named else ""

"""What a rule is: the type that files of `rules/` fill in.

A rule file `rules/<group>/<rule_name>.py` has a docstring (what it checks, why it matters, an
example, the fix), a `RULE` (or `RULES` when one file owns several ids), and its cases. Its id is
its path with `_` written as `-`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from dcmlint.model import Raw, Severity

if TYPE_CHECKING:
    from dcmlint.fix.edit import Edit, Patch

__all__ = [
    "EXEMPT",
    "Case",
    "Check",
    "Faulty",
    "Fix",
    "FixKind",
    "GroupScope",
    "Mended",
    "Parameter",
    "Raw",
    "Rule",
    "Scope",
    "bad",
    "bad_group",
    "fixes",
    "good",
    "good_group",
]

Scope = Literal["file", "table", "value", "item", "instance", "group", "policy"]
"""How a rule is run.

file      the scanner or the pipeline meets the fault while reading; there is no check function
table     generated from the standard's tables by the plan; no check function
value     check(value: Value) for values of the VRs in `selects` that did not pass the VR's screen
item      check(item: Item) for each Data Set or nested Item that has one of the `selects` keywords
instance  check(instance: Instance) once, if the root has one of the `selects` keywords (or none given)
group     check(group: Group) over several SOP Instances, once for each group of the scopes in `over`
policy    an expression or short form of a site's policy
"""

GroupScope = Literal["instance", "series", "study", "frame-of-reference", "patient", "person", "directory"]
"""What the SOP Instances of a group have in common.

instance            their SOP Instance UID
series, study       their Series or Study Instance UID
frame-of-reference  their Frame of Reference UID
patient             their Patient ID and its issuer
person              the birth date and sex of their patient
directory           the folder below which a DICOMDIR lists files
"""

FixKind = Literal["safe", "unsafe"]
"""Whether the meaning of an object stays the same when its fault is fixed."""

Check = Callable[..., Iterable[Any]]
"""Yields Found; of scope group, pairs of the member and Found."""


@dataclass(frozen=True, slots=True)
class Case:
    """An input that a rule must pass or fail.

    `attributes` is a Data Set by keyword (or "ggggeeee" in hex): str, int, float, list of those,
    bytes, list of dicts for a Sequence, `Raw` to force VR and bytes, None for zero length.
    `file` makes whole file bytes instead, for faults that a Data Set cannot hold.
    `at` is the attribute path where the fault must be reported ("" = do not care).
    `group` is for rules of scope group, instead of `attributes`: a Data Set for each name of a file. The
    fault must be reported in the file `of`.
    """

    passes: bool
    attributes: Mapping[str, Any] | None = None
    file: Callable[[], bytes] | None = None
    at: str = ""
    group: Mapping[str, Mapping[str, Any]] | None = None
    of: str = ""


def good(attributes: Mapping[str, Any] | None = None, **keywords: Any) -> Case:
    """Return a case that the rule must not report."""
    return Case(passes=True, attributes={**(attributes or {}), **keywords})


def bad(at: str = "", attributes: Mapping[str, Any] | None = None, **keywords: Any) -> Case:
    """Return a case that the rule must report, at the path `at`."""
    return Case(passes=False, attributes={**(attributes or {}), **keywords}, at=at)


def good_group(*data_sets: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]] | None = None) -> Case:
    """Return a case of several Data Sets in which the rule must not report anything.

    They are in files "0", "1" and so on, or in `files` by name.
    """
    return Case(
        passes=True, group={**{str(number): each for number, each in enumerate(data_sets)}, **(files or {})}
    )


def bad_group(
    of: str, at: str, *data_sets: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]] | None = None
) -> Case:
    """Return a case of several Data Sets in which the rule must report the file `of`, at the path `at`."""
    return replace(good_group(*data_sets, files=files), passes=False, of=of, at=at)


class Faulty(NamedTuple):
    """What a fix is asked to mend: the Instance, the Item that the rule reported and the tag of the Attribute
    (None: the Item as a whole), with the bytes of the file that the finding names.

    `buf` are the bytes of the file. `offset` and `length` are None where the finding has none.
    """

    instance: Any
    item: Any
    tag: int | None
    buf: Any
    offset: int | None = None
    length: int | None = None


class Mended(NamedTuple):
    """A case of a fix: the bytes of a file before, and the same bytes after where nothing can be mended."""

    before: Callable[[], bytes]
    after: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Fix:
    """How a fault is mended.

    `edits` takes a Faulty and yields what is to be changed, nothing where it is not known what is right. It
    may change what is around the fault only as far as the fault itself asks for it, and the fault must be
    gone afterwards. `safe` is whether the meaning of the object stays the same for every reader of the
    standard; a fix that is not safe is applied on demand only (`dcmlint fix --unsafe-fixes`). `says` tells
    in a sentence what is done, for the rule's page.
    """

    safe: bool
    edits: Callable[[Faulty], Iterable[Edit | Patch]]
    says: str
    cases: tuple[Mended, ...] = field(default=(), repr=False)

    @property
    def kind(self) -> FixKind:
        """Whether the fix is safe, in the word that reports have for it."""
        return "safe" if self.safe else "unsafe"


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a policy may set of a rule: a number within bounds, or a tuple of texts (of keywords)."""

    default: float | tuple[str, ...]
    doc: str
    least: float = 0.0
    most: float = 1e9
    keywords: bool = False


EXEMPT = Parameter((), "Attributes that the rule does not look at.", keywords=True)
"""The parameter `exempt` of rules about values."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of fault.

    `id` and `doc` are filled in by the catalogue from the file's path and docstring. `message` is
    a `str.format` template over the args of what the check found; `{attribute}` and `{module}` are
    always there. `on_bytes` marks rules that make no sense for an in-memory Data Set or DICOM JSON;
    `odd_bytes` those of scope value that cannot fire on printable ASCII without a backslash;
    `several` those that cannot fire on a single value where PS3.6 allows one. `parameters` are what
    a policy may set; the check of a rule that has some is called with their values by name too.
    `over` are the groups that a rule of scope group looks at. `fix` is how the fault is mended, if it can be.
    `supersedes` are rules that say less about the same fault: where this one reports an Attribute of an
    Item, theirs of that Attribute are dropped.
    `accepts` tells of an Item that a rule of scope item has nothing to say of it; rules that share it
    and `selects` ask it once. It looks at the bytes of the Item and the tag of its Sequence alone, so that
    equal Items of other Instances need not be asked again. Of scope instance, it tells the same of an
    Instance, by anything. Of scope value, it tells the same of a Value by
    its bytes, VR and tag alone.
    `reads` are the Attributes of which VR, length and value decide alone, with the Transfer Syntax, what a
    rule of scope item says of a Data Set without faults (of bulk data, VR and length). Where it had nothing
    to say it is not asked again about the same.
    `by_value` marks rules of scope value of which every word depends on bytes, VR, tag and character set of
    the Value alone; where they had nothing to say they are not asked again about the same.
    """

    severity: Severity
    scope: Scope
    citation: str
    message: str
    id: str = ""
    doc: str = ""
    selects: tuple[str, ...] = ()
    check: Check | None = None
    accepts: Callable[[Any], bool] | None = None
    cases: tuple[Case, ...] = field(default=(), repr=False)
    on_bytes: bool = False
    odd_bytes: bool = False
    several: bool = False
    by_value: bool = False
    reads: tuple[str, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    supersedes: tuple[str, ...] = ()
    over: tuple[GroupScope, ...] = ()
    fix: Fix | None = None

    @property
    def group(self) -> str:
        """The part of the id before the slash."""
        return self.id.partition("/")[0]

    @property
    def title(self) -> str:
        """The first line of the documentation."""
        return self.doc.strip().partition("\n")[0]


def fixes(rules: Mapping[str, Rule]) -> dict[str, FixKind]:
    """Return the rules with a fix, by id, and whether it is safe."""
    return {each: rule.fix.kind for each, rule in rules.items() if rule.fix is not None}

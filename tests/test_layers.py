"""Imports point down, and nothing heavy is imported before it is needed (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LAYERS: tuple[tuple[str, ...], ...] = (
    ("dcmlint.__main__",),
    ("dcmlint.cli",),
    (
        *("dcmlint.cli_audit", "dcmlint.cli_baseline", "dcmlint.cli_deid", "dcmlint.cli_policy"),
        *("dcmlint.cli_fix", "dcmlint.cli_report", "dcmlint.cli_scan"),
    ),
    ("dcmlint.cli_deid_verify",),
    ("dcmlint.cli_options",),
    ("dcmlint.deid_verify", "dcmlint.fix.run", "dcmlint.nightly", "dcmlint.reproduce"),
    ("dcmlint.baselining", "dcmlint.completion", "dcmlint.options", "dcmlint.watch"),
    ("dcmlint.run",),
    ("dcmlint.across", "dcmlint.tally", "dcmlint.upkeep"),
    ("dcmlint.work",),
    ("dcmlint.cache_key", "dcmlint.environment"),
    (
        "dcmlint.content_tree",
        *("dcmlint.explain", "dcmlint.explain_plugins", "dcmlint.explain_policy", "dcmlint.starter"),
        *("dcmlint.testing", "dcmlint.builtin", "dcmlint"),
    ),
    ("dcmlint.api", "dcmlint.history", "dcmlint.linter"),
    ("dcmlint.fix",),
    ("dcmlint.deid",),
    ("dcmlint.scan",),
    ("dcmlint.policy",),
    ("dcmlint.cache", "dcmlint.deep", "dcmlint.deep_worker", "dcmlint.store"),
    ("dcmlint.execute", "dcmlint.report", "dcmlint.progress", "dcmlint.check"),
    ("dcmlint.functional_group", "dcmlint.presence"),
    ("dcmlint.iod",),
    ("dcmlint.plan",),
    ("dcmlint.trigger",),
    ("dcmlint.rows",),
    ("dcmlint.allowed",),
    ("dcmlint.atoms",),
    ("dcmlint.d3_condition",),
    ("dcmlint.documentation",),
    ("dcmlint.catalogue", "dcmlint.condition", "dcmlint.rules"),
    ("dcmlint.sr",),
    ("dcmlint.algorithmic",),
    ("dcmlint.coded",),
    ("dcmlint.encapsulated",),
    ("dcmlint.agree", "dcmlint.directories", "dcmlint.gather", "dcmlint.slices"),
    ("dcmlint.group",),
    ("dcmlint.excerpt",),
    ("dcmlint.facts",),
    ("dcmlint.packing",),
    ("dcmlint.references",),
    ("dcmlint.content",),
    (
        "dcmlint.codestream",
        "dcmlint.frames",
        "dcmlint.image",
        "dcmlint.numbering",
        "dcmlint.screen",
        "dcmlint.value_field",
    ),
    ("dcmlint.audit",),
    ("dcmlint.announced", "dcmlint.rule", "dcmlint.value", "dcmlint.source"),
    ("dcmlint.fix.splice",),
    (
        *("dcmlint.fix.make", "dcmlint.fix.meta", "dcmlint.fix.names", "dcmlint.fix.order"),
        *("dcmlint.fix.text", "dcmlint.fix.uids"),
    ),
    ("dcmlint.fix.regular",),
    ("dcmlint.fix.element",),
    ("dcmlint.fix.join", "dcmlint.fix.layout"),
    ("dcmlint.fix.edit", "dcmlint.fix.write"),
    ("dcmlint.read",),
    ("dcmlint.standard",),
    ("dcmlint.plugins",),
    ("dcmlint.hookspecs", "dcmlint.read.vr", "dcmlint.entry_points"),
    (
        "dcmlint.constraint",
        "dcmlint.extra",
        "dcmlint.geometry",
        "dcmlint.model",
        "dcmlint.processes",
        "dcmlint.sample",
        "dcmlint.signals",
        "dcmlint.worker_process",
    ),
    ("dcmlint.errors",),
)
"""Top to bottom. A module may import lower layers and its own package, never a sibling of its layer."""

EXCEPTIONS = {
    ("dcmlint.plugins", "dcmlint.builtin"): "what is built in is registered like any plugin",
}

HEAVY = {
    "aiohttp": (),
    "dicom_validator": ("dcmlint.standard.docbook", "dcmlint.standard.nema"),
    "fsspec": (),
    "importlib.metadata": (),
    "jsonschema": (),
    "lxml": (),
    "markdown_it": (),
    "numpy": (),
    "pathspec": (),
    "pluggy": ("dcmlint.hookspecs",),
    "pyarrow": (),
    "pydicom": (),
    "rich": (),
    "sarif_om": (),
    "sqlalchemy": (
        *("dcmlint.nightly.changes", "dcmlint.nightly.groups", "dcmlint.nightly.upkeep"),
        *(
            "dcmlint.store.before",
            "dcmlint.store.export",
            "dcmlint.store.failure",
            "dcmlint.store.group",
            "dcmlint.store.known",
        ),
        *("dcmlint.store.lock", "dcmlint.store.migrate", "dcmlint.store.open", "dcmlint.store.run"),
        "dcmlint.store.plain",
        *("dcmlint.store.schema", "dcmlint.store.upkeep", "dcmlint.store.write"),
    ),
    "typer": (
        "dcmlint.cli",
        "dcmlint.cli_baseline",
        "dcmlint.cli_deid",
        "dcmlint.cli_deid_verify",
        "dcmlint.cli_fix",
        "dcmlint.cli_options",
        "dcmlint.cli_policy",
        "dcmlint.cli_audit",
        "dcmlint.cli_report",
        "dcmlint.cli_scan",
    ),
    "dask": (),
    "distributed": (),
    "watchfiles": (),
    "yaml": (),
}
"""What may be imported at the top of a module only where it says."""


def modules() -> dict[str, Path]:
    found = {}
    for folder, package in ((ROOT / "dcmlint", "dcmlint"), (ROOT / "rules", "dcmlint.rules")):
        for path in folder.rglob("*.py"):
            parts = path.relative_to(folder).with_suffix("").parts
            found[".".join((package, *parts)).removesuffix(".__init__")] = path
    return found


MODULES = modules()


def group_of(module: str) -> str:
    """Return the name in LAYERS that a module belongs to."""
    names = [name for layer in LAYERS for name in layer if name != "dcmlint"]
    matching = [name for name in names if module == name or module.startswith(f"{name}.")]
    if matching:
        return max(matching, key=len)
    assert module == "dcmlint", f"{module} has no layer: give it one in LAYERS and in docs/architecture.md"
    return module


def height(group: str) -> int:
    return next(number for number, layer in enumerate(reversed(LAYERS)) if group in layer)


def type_checking_nodes(tree: ast.Module) -> set[ast.AST]:
    blocks = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    ]
    return {inner for block in blocks for inner in ast.walk(block)}


def imported(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """Yield the full names that import statements bring in: for `from a import b` both a and a.b."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in line {node.lineno}"
            assert node.module is not None
            if node.module == "dcmlint":
                yield from (f"dcmlint.{alias.name}" for alias in node.names)
            else:
                yield node.module
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports_of(module: str) -> set[str]:
    tree = ast.parse(MODULES[module].read_text())
    skipped = type_checking_nodes(tree)
    names = imported(node for node in ast.walk(tree) if node not in skipped)
    return {name for name in names if name in MODULES and name != module}


def top_level(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes that run when the module is imported."""
    waiting: list[ast.AST] = list(tree.body)
    skipped = type_checking_nodes(tree)
    while waiting:
        node = waiting.pop()
        if node in skipped or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        yield node
        waiting += ast.iter_child_nodes(node)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_down(module: str) -> None:
    group = group_of(module)
    for target in sorted(imports_of(module)):
        other = group_of(target)
        if other == group or (group, other) in EXCEPTIONS:
            continue
        assert height(other) < height(group), f"{module} imports {target}, which is not below it"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_heavy_imports_are_inside_functions(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text())
    for name in imported(top_level(tree)):
        for heavy, allowed in HEAVY.items():
            if name == heavy or name.startswith(f"{heavy}."):
                assert module in allowed, f"{module} imports {name} when it is imported itself"


def test_every_layer_is_inhabited() -> None:
    inhabited = {group_of(module) for module in MODULES}
    named = {name for layer in LAYERS for name in layer}
    assert named == inhabited, f"LAYERS names what is not there: {sorted(named - inhabited)}"


def test_exceptions_are_used() -> None:
    used = {(group_of(module), group_of(target)) for module in MODULES for target in imports_of(module)}
    assert set(EXCEPTIONS) <= used

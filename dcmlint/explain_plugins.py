"""The texts of `dcmlint plugins`: which plugins there are, where from, what they bring, what is wrong."""

from __future__ import annotations

import json
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dcmlint import __version__, catalogue, plugins
from dcmlint.entry_points import EntryPoint
from dcmlint.errors import UsageError
from dcmlint.hookspecs import PROJECT
from dcmlint.plugins import Problem

__all__ = ["Listed", "plugin_list"]

_KINDS = {
    "dcmlint_rules": "rules",
    "dcmlint_policies": "policies",
    "dcmlint_sources": "sources",
    "dcmlint_reporters": "reporters",
    "dcmlint_executors": "executors",
    "dcmlint_standard": "editions",
    "dcmlint_commands": "commands",
}
"""What each hook brings, as users call it."""

_WIDTH = 100


class Listed(NamedTuple):
    """One plugin: `file` is what was imported ("" = nothing), `brings` has the names in use by kind."""

    name: str
    distribution: str
    version: str
    module: str
    file: str
    disabled: bool
    brings: Mapping[str, Sequence[str]]


def plugin_list(format: str = "text") -> tuple[str, int]:
    """Return what `dcmlint plugins` prints, and its exit status: 1 if something was left out.

    Raises UsageError for a format that is neither text nor json.
    """
    if format not in ("text", "json"):
        raise UsageError(f"Unknown format: {format}", "Known: text, json")
    listed, left_out = list(_listed()), catalogue.problems()
    text = _json(listed, left_out) if format == "json" else "\n".join(_text(listed, left_out))
    return text, 1 if left_out else 0


def _listed() -> Iterator[Listed]:
    """Yield every plugin that can be loaded or is disabled, what is built in first."""
    brings: dict[str, dict[str, list[str]]] = {}
    for hook, kind in _KINDS.items():
        owners = catalogue.owners() if hook == "dcmlint_rules" else plugins.owners(hook)
        for name in sorted(owners):
            brings.setdefault(owners[name], {}).setdefault(kind, []).append(name)
    yield Listed(
        PROJECT, PROJECT, __version__, "dcmlint.builtin", _file("dcmlint.builtin"), False, brings[PROJECT]
    )
    installed = plugins.installed()
    for point in sorted((*installed.points, *installed.disabled)):
        off = point in installed.disabled
        yield _plugin(point, {} if off else brings.get(point.name, {}), disabled=off)


def _plugin(point: EntryPoint, brings: Mapping[str, Sequence[str]], *, disabled: bool) -> Listed:
    target = f"{point.module}:{point.attribute}".rstrip(":")
    file = "" if disabled else _file(point.module)
    return Listed(point.name, point.distribution, point.version, target, file, disabled, brings)


def _file(module: str) -> str:
    return getattr(sys.modules.get(module), "__file__", None) or ""


def _text(listed: Sequence[Listed], left_out: Sequence[Problem]) -> Iterator[str]:
    for plugin in listed:
        yield from _lines(plugin)
    if left_out:
        yield ""
        yield "Left out"
        for problem in left_out:
            yield textwrap.indent(str(problem), "  ")


def _lines(plugin: Listed) -> Iterator[str]:
    """Yield the plugin's name and where it is from, and a line for each kind of thing that it brings."""
    if plugin.name == PROJECT:
        yield f"{PROJECT} {plugin.version}, built in"
    else:
        yield ""
        yield f"{plugin.name}: {f'{plugin.distribution} {plugin.version}'.strip()}, module {plugin.module}"
    if plugin.file and plugin.name != PROJECT:
        yield f"  from       {plugin.file}"
    if plugin.disabled:
        yield "  disabled by DCMLINT_DISABLE_PLUGINS"
    elif not plugin.brings:
        yield "  brings nothing"
    for kind, names in plugin.brings.items():
        text = _by_group(names) if plugin.name == PROJECT and kind == "rules" else ", ".join(names)
        yield from textwrap.wrap(
            text, _WIDTH, initial_indent=f"  {kind:<10} ", subsequent_indent=" " * 13, break_on_hyphens=False
        )


def _by_group(rules: Sequence[str]) -> str:
    groups = Counter(rule_id.partition("/")[0] for rule_id in rules)
    return f"{len(rules)}: {', '.join(f'{group} {count}' for group, count in groups.items())}"


def _json(listed: Sequence[Listed], left_out: Sequence[Problem]) -> str:
    content = {
        "plugins": [plugin._asdict() for plugin in listed],
        "problems": [problem._asdict() for problem in left_out],
    }
    return json.dumps(content, indent=2)

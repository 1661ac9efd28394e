"""Plugins: which are installed, what they and the built-in one bring, and what of that cannot be used.

A broken plugin never ends a run: what is broken of it is left out, the rest is used, and a Problem says
so. What dcmlint itself brings comes by the same hooks; where that fails, it is an error like any other.
"""

# ruff: noqa: PTH120
from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from dcmlint.entry_points import EntryPoint, entry_points
from dcmlint.hookspecs import HOOKS, PROJECT

if TYPE_CHECKING:
    from pluggy import PluginManager

__all__ = [
    "Installed",
    "Problem",
    "brought",
    "culprit",
    "distribution_of",
    "installed",
    "named",
    "owners",
    "plugin_folders",
    "problem",
    "problems",
]

_DISABLED = "DCMLINT_DISABLE_PLUGINS"
_MOST_TEXT = 200
"""Characters of an exception's text that are shown."""

_CALLABLE = frozenset({"dcmlint_sources", "dcmlint_reporters", "dcmlint_executors", "dcmlint_commands"})
"""Hooks whose mappings hold factories; those of the other mappings hold paths."""


class Problem(NamedTuple):
    """What of a plugin was left out, and why: one warning.

    `hook` is that by which it would have come, "" for the plugin as a whole.
    """

    plugin: str
    distribution: str
    version: str
    hook: str
    message: str
    hint: str

    def __str__(self) -> str:
        source = f" of {self.distribution} {self.version}".rstrip() if self.distribution else ""
        return f"plugin {self.plugin!r}{source} {self.message}\n  {self.hint}"


class Installed(NamedTuple):
    """The plugins of this process: `points` are those in use, in the order in which they are asked."""

    manager: PluginManager
    points: tuple[EntryPoint, ...]
    disabled: tuple[EntryPoint, ...]
    problems: tuple[Problem, ...]


class _Called(NamedTuple):
    """What came of one hook: (plugin name, what it returned), and what was left out."""

    answers: tuple[tuple[str, Any], ...]
    problems: tuple[Problem, ...]


class _Merged(NamedTuple):
    """What all plugins bring by one hook, by name."""

    things: Mapping[str, Any]
    owners: Mapping[str, str]
    problems: tuple[Problem, ...]


@cache
def installed() -> Installed:
    """Return the built-in plugin and every installed one that can be loaded, sorted by name.

    `DCMLINT_DISABLE_PLUGINS` (names with commas between, or `all`) leaves installed ones out.
    """
    import pluggy

    from dcmlint import builtin, hookspecs

    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(builtin, PROJECT)
    names = {name.strip() for name in os.environ.get(_DISABLED, "").split(",")}
    points: dict[str, EntryPoint] = {}
    disabled, problems = [], []
    for point in entry_points(sys.path, PROJECT):
        if point.name in names or "all" in names:
            disabled.append(point)
        elif (fault := _taken(point, points) or _register(manager, point)) is not None:
            problems.append(fault)
        else:
            points[point.name] = point
    return Installed(manager, tuple(points.values()), tuple(disabled), tuple(problems))


def brought(hook: str) -> tuple[tuple[str, Any], ...]:
    """Return (plugin name, what it returned) of each plugin that implements `hook`, dcmlint first."""
    return _call(hook).answers


def distribution_of(plugin: str) -> str | None:
    """Return the name of the distribution that a plugin is from, None if it is not installed."""
    if plugin == PROJECT:
        return PROJECT
    return next((point.distribution for point in installed().points if point.name == plugin), None)


def plugin_folders() -> list[str]:
    """Return the folders of the code of plugins in use."""
    modules = (sys.modules.get(point.module) for point in installed().points)
    files = (getattr(module, "__file__", None) for module in modules)
    return [os.path.dirname(file) for file in files if file]


def named(hook: str) -> Mapping[str, Any]:
    """Return what all plugins bring by `hook`, a hook that returns a mapping by name.

    A name that is taken stays with the plugin that had it first, dcmlint before all others.
    """
    return _merge(hook).things


def owners(hook: str) -> Mapping[str, str]:
    """Return the name of the plugin that brings it for each name in `named(hook)`."""
    return _merge(hook).owners


def problems(hooks: Iterable[str] = HOOKS) -> tuple[Problem, ...]:
    """Return what was left out of plugins as a whole and of these hooks, each once.

    The rules themselves are judged in `dcmlint.catalogue`, which has their problems.
    """
    found = list(installed().problems)
    for hook in hooks:
        found += _call(hook).problems if hook == "dcmlint_rules" else _merge(hook).problems
    return tuple(dict.fromkeys(found))


def problem(plugin: str, hook: str, message: str) -> Problem:
    """Return the Problem of a plugin that is in use; the hint says how to do without the plugin."""
    point = next((point for point in installed().points if point.name == plugin), None)
    source = ("", "") if point is None else (point.distribution, point.version)
    return Problem(plugin, *source, hook, message, _without(plugin))


def culprit(error: BaseException) -> str:
    """Return the name of the plugin whose code raised an exception, "" if it was none's.

    Code that is neither a plugin's nor dcmlint's works for the one that called it.
    """
    packages = {point.module.partition(".")[0]: point.name for point in installed().points}
    name = ""
    trace = error.__traceback__
    while trace is not None:
        package = trace.tb_frame.f_globals.get("__name__", "").partition(".")[0]
        if package == PROJECT or package in packages:
            name = packages.get(package, "")
        trace = trace.tb_next
    return name


@cache
def _call(hook: str) -> _Called:
    """Call a hook once: the plugins of which it raises are left out, unless it is dcmlint's own."""
    answers, faults = [], []
    for name, function in _implementations(hook):
        try:
            answers.append((name, _answer(hook, function())))
        except (Exception, SystemExit) as error:
            if name == PROJECT:
                raise
            faults.append(problem(name, hook, f"fails in {hook}, which is left out: {_said(error)}"))
    return _Called(tuple(answers), tuple(faults))


def _implementations(hook: str) -> list[tuple[str, Any]]:
    """Return (plugin name, function), dcmlint's own first whatever order the others ask for."""
    names = [PROJECT, *(point.name for point in installed().points)]
    found = [(each.plugin_name, each.function) for each in _hook(hook).get_hookimpls()]
    return sorted(found, key=lambda each: names.index(each[0]))


def _hook(hook: str) -> Any:
    return getattr(installed().manager.hook, hook)


def _answer(hook: str, result: Any) -> Any:
    """Return what a hook returned, read to its end; raises TypeError if it is of the wrong type."""
    if hook == "dcmlint_rules":
        return tuple(result)
    if not isinstance(result, Mapping):
        raise TypeError(f"it returned {type(result).__name__}, not a mapping")
    return dict(result)


@cache
def _merge(hook: str) -> _Merged:
    owner: dict[str, str] = {}
    things: dict[str, Any] = {}
    faults = list(_call(hook).problems)
    for plugin, mapping in brought(hook):
        for name, thing in mapping.items():
            what = _unfit(hook, name, thing)
            if not what and name in owner:
                what = f"brings {name!r} in {hook} as plugin {owner[name]!r} does"
            if what:
                faults.append(problem(plugin, hook, f"{what}: it is left out"))
            else:
                owner[name] = plugin
                things[name] = thing
    return _Merged(things, owner, tuple(faults))


def _unfit(hook: str, name: Any, thing: Any) -> str:
    """Return what is wrong with one entry of a mapping, "" if nothing."""
    if not isinstance(name, str):
        return f"has a name in {hook} that is {type(name).__name__}, not text"
    if callable(thing) if hook in _CALLABLE else isinstance(thing, (str, os.PathLike)):
        return ""
    wanted = "a factory" if hook in _CALLABLE else "a path"
    return f"brings {name!r} in {hook}, which is {type(thing).__name__}, not {wanted}"


def _taken(point: EntryPoint, points: Mapping[str, EntryPoint]) -> Problem | None:
    """Return a Problem if the plugin's name is that of another, or of dcmlint."""
    if point.name == PROJECT:
        message, hint = (
            "has the name of what is built in and is left out",
            "Give its entry point another name.",
        )
    elif point.name in points:
        first = points[point.name]
        message = (
            f"has the name of a plugin of {f'{first.distribution} {first.version}'.strip()} and is left out"
        )
        hint = "Uninstall one of them."
    else:
        return None
    return Problem(point.name, point.distribution, point.version, "", message, hint)


def _register(manager: PluginManager, point: EntryPoint) -> Problem | None:
    """Import what `point` names and register it; return a Problem if that cannot be done.

    An unknown hook in it is one too: it is misspelled, or of another version of dcmlint.
    """
    try:
        plugin: Any = __import__(point.module, fromlist=["_"])
        for part in filter(None, point.attribute.split(".")):
            plugin = getattr(plugin, part)
        manager.register(plugin, point.name)
        manager.check_pending()
    except (Exception, SystemExit) as error:
        if manager.has_plugin(point.name):
            manager.unregister(name=point.name)
        message = f"cannot be loaded: {_said(error)}"
        return Problem(point.name, point.distribution, point.version, "", message, _without(point.name))
    return None


def _without(plugin: str) -> str:
    return f"Set {_DISABLED}={plugin} to run without it."


def _said(error: BaseException) -> str:
    """Return the type of an exception and the first line of its text, printable and clipped."""
    try:
        text = str(error).strip().partition("\n")[0]
    except Exception:
        text = ""
    if len(text) > _MOST_TEXT:
        text = f"{text[: _MOST_TEXT - 1]}…"
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return f"{type(error).__name__}: {shown}" if shown else type(error).__name__

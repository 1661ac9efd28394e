"""Plugins: which are installed, and what they and the built-in one bring.

Entry points are read straight from the `entry_points.txt` of the installed distributions: about 1 ms
where importing `importlib.metadata` and asking it takes 20 ms and more. A cache of its answer would need a
rule for when it is stale; the direct way needs none.
"""

# ruff: noqa: PTH118, PTH120, PTH123, PTH208
# Strings: this runs at every start, once for each installed distribution.
from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from dcmlint.errors import PluginError
from dcmlint.hookspecs import PROJECT

if TYPE_CHECKING:
    from pluggy import PluginManager

__all__ = [
    "EntryPoint",
    "brought",
    "distribution_of",
    "entry_points",
    "named",
    "plugin_folders",
    "plugin_manager",
]

_DISABLED = "DCMLINT_DISABLE_PLUGINS"


class EntryPoint(NamedTuple):
    """One line `name = module:attribute` of the group `dcmlint`, and the distribution it is from."""

    name: str
    module: str
    attribute: str
    distribution: str


@cache
def plugin_manager() -> PluginManager:
    """Return pluggy's manager with the built-in plugin and every installed one, sorted by name.

    `DCMLINT_DISABLE_PLUGINS` (names with commas between, or `all`) leaves installed ones out.
    Raises PluginError, naming the plugin, if one cannot be imported.
    """
    import pluggy

    from dcmlint import builtin, hookspecs

    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(builtin, PROJECT)
    disabled = {name.strip() for name in os.environ.get(_DISABLED, "").split(",")}
    for point in entry_points(sys.path):
        if point.name not in disabled and "all" not in disabled:
            _register(manager, point)
    return manager


def brought(hook: str) -> Iterator[tuple[str, Any]]:
    """Yield (plugin name, what it returns) for each plugin that implements `hook`.

    Raises PluginError, naming the plugin, if its hook raises.
    """
    for implementation in getattr(plugin_manager().hook, hook).get_hookimpls():
        name = implementation.plugin_name
        try:
            result = implementation.function()
            yield name, tuple(result) if isinstance(result, Iterator) else result
        except PluginError:
            raise
        except Exception as error:
            raise _broken(name, f"fails in {hook}", error) from error


def named(hook: str) -> Mapping[str, Any]:
    """Return what all plugins bring by `hook`, a hook that returns a mapping by name.

    Raises PluginError if two plugins bring the same name, or one returns no mapping.
    """
    owners: dict[str, str] = {}
    merged: dict[str, Any] = {}
    for plugin, mapping in brought(hook):
        if not isinstance(mapping, Mapping):
            raise PluginError(f"plugin {plugin!r}: {hook} returned {type(mapping).__name__}, not a mapping")
        for name, thing in mapping.items():
            if name in owners:
                raise PluginError(
                    f"{name!r} is brought by two plugins in {hook}: {owners[name]} and {plugin}"
                )
            owners[name] = plugin
            merged[name] = thing
    return merged


def distribution_of(plugin: str) -> str | None:
    """Return the name of the distribution that a plugin is from, None if it is not installed."""
    if plugin == PROJECT:
        return PROJECT
    return next((point.distribution for point in entry_points(sys.path) if point.name == plugin), None)


def plugin_folders() -> list[str]:
    """Return the folders of the code of installed plugins."""
    files = (
        getattr(plugin, "__file__", None)
        for name, plugin in plugin_manager().list_name_plugin()
        if name != PROJECT
    )
    return [os.path.dirname(file) for file in files if file]


def entry_points(folders: Iterable[str]) -> list[EntryPoint]:
    """Return the entry points of group `dcmlint` of the distributions in `folders`, sorted by name.

    As in `importlib.metadata`, the first folder that has a distribution wins. Distributions inside
    zip files are not seen.
    """
    found: list[EntryPoint] = []
    seen: set[str] = set()
    for folder in folders:
        for metadata in _distributions(folder or "."):
            distribution = _distribution_name(metadata)
            if distribution in seen:
                continue
            seen.add(distribution)
            found += _read(os.path.join(folder, metadata, "entry_points.txt"), distribution)
    return sorted(found)


def _distributions(folder: str) -> list[str]:
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return sorted(name for name in names if name.endswith((".dist-info", ".egg-info")))


def _distribution_name(metadata: str) -> str:
    """Return the normalised name in "my_site-1.0.dist-info"."""
    return metadata.rpartition(".")[0].partition("-")[0].lower().replace("_", "-").replace(".", "-")


def _read(path: str, distribution: str) -> list[EntryPoint]:
    try:
        with open(path, encoding="utf-8") as lines:
            text = lines.read()
    except (OSError, UnicodeDecodeError):
        return []
    found = []
    section = ""
    if f"[{PROJECT}]" not in text:
        return []
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            section = line.strip("[] ")
        elif section == PROJECT and "=" in line and not line.startswith(("#", ";")):
            name, _, target = line.partition("=")
            module, _, attribute = target.partition("[")[0].partition(":")
            found.append(EntryPoint(name.strip(), module.strip(), attribute.strip(), distribution))
    return found


def _register(manager: PluginManager, point: EntryPoint) -> None:
    """Import what `point` names and register it; an unknown hook in it is an error too."""
    if manager.has_plugin(point.name):
        raise PluginError(f"two plugins are named {point.name!r}", "Uninstall one of them.")
    try:
        plugin: Any = __import__(point.module, fromlist=["_"])
        for part in filter(None, point.attribute.split(".")):
            plugin = getattr(plugin, part)
        manager.register(plugin, point.name)
        manager.check_pending()
    except Exception as error:
        raise _broken(point.name, f"of {point.distribution} cannot be loaded", error) from error


def _broken(name: str, what: str, error: Exception) -> PluginError:
    return PluginError(
        f"plugin {name!r} {what}: {type(error).__name__}: {error}",
        f"Set {_DISABLED}={name} to run without it.",
    )

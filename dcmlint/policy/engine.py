"""The library that evaluates CEL, loaded when the first expression is compiled.

Importing the package `cel` imports its command line too, with rich and pydantic: 150 ms where the
extension module alone takes 2 ms. So the extension is loaded by itself where that works.
"""

from __future__ import annotations

import sys
import time
from functools import cache
from typing import Any

from dcmlint.errors import UsageError
from dcmlint.policy.syntax import ExpressionError

__all__ = ["compile_program", "context", "matcher"]

_PATTERN_S = 0.01
"""Seconds of CPU that compiling a pattern may take; the library compiles it for each evaluation."""

_PATTERN_CHARACTERS = 500


@cache
def _cel() -> Any:
    """Return the extension module of the distribution common-expression-language."""
    if "cel" in sys.modules:
        return sys.modules["cel"]
    from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, PathFinder
    from importlib.util import module_from_spec, spec_from_file_location
    from pathlib import Path

    package = PathFinder.find_spec("cel")
    for folder in (package and package.submodule_search_locations) or ():
        for suffix in EXTENSION_SUFFIXES:
            path = Path(folder, f"cel{suffix}")
            if path.exists():
                loader = ExtensionFileLoader("cel.cel", str(path))
                spec = spec_from_file_location("cel.cel", path, loader=loader)
                assert spec is not None
                module = module_from_spec(spec)
                sys.modules["cel.cel"] = module  # so that `import cel` elsewhere does not load it again
                loader.exec_module(module)
                return module
    try:
        import cel
    except ImportError as error:
        raise UsageError(
            "Policies with expressions need the package common-expression-language.",
            "Install it with: python -m pip install common-expression-language",
        ) from error
    return cel


def compile_program(text: str) -> Any:
    """Return the program of an expression; its `execute(context)` evaluates it.

    Raises ExpressionError if it is no expression.
    """
    try:
        return _cel().compile(text)
    except ValueError as error:
        raise ExpressionError("it is not a CEL expression") from error


def context() -> Any:
    """Return a new, empty context; variables are added by `add_variable(name, value)`."""
    return _cel().Context()


@cache
def matcher(pattern: str) -> _Matcher:
    """Return the matcher of a regular expression.

    Raises ExpressionError if it is none, or takes long to compile.
    """
    return _Matcher(pattern)


class _Matcher:
    """Tells whether a whole text matches, in time linear in its length (the Rust crate regex).

    Answers are remembered: the library compiles the pattern anew for each text (20 us and more).
    """

    def __init__(self, pattern: str) -> None:
        if len(pattern) > _PATTERN_CHARACTERS:
            raise ExpressionError(
                f"the pattern has {len(pattern)} characters; {_PATTERN_CHARACTERS} are allowed"
            )
        self.pattern = pattern
        self._context = context()
        self._context.add_variable("pattern", f"^(?:{pattern})$")
        self._program = compile_program("text.matches(pattern)")
        self._known: dict[str, bool] = {}
        started = time.process_time()
        try:
            self("")
        except Exception as error:
            raise ExpressionError(f"{pattern!r} is no regular expression, or too large a one") from error
        if time.process_time() - started > _PATTERN_S:
            self("")  # once more: the first time may have been unlucky
            if time.process_time() - started > 2 * _PATTERN_S:
                raise ExpressionError(f"the pattern {pattern!r} takes too long to compile")

    def __call__(self, text: str) -> bool:
        """Return whether the whole text matches."""
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= 4096:
                self._known.clear()
            self._context.add_variable("text", text)
            known = self._known[text] = bool(self._program.execute(self._context))
        return known

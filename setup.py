"""Compile the modules that run for every Data Element with mypyc, where that is possible.

The Python modules stay in the wheel and do the same work at two thirds of the speed: without a C
compiler, or with DCMLINT_PURE=1, the wheel is pure Python. Editable installs are never compiled,
so that an edit always has its effect.
"""

from __future__ import annotations

import os
import sys

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

COMPILED = [
    *(
        f"dcmlint/{name}.py"
        for name in ("scan", "work", "allowed", "check", "condition", "d3_condition", "image")
    ),
    *(f"dcmlint/{name}.py" for name in ("functional_group", "iod", "plan", "presence", "rows")),
    *(f"dcmlint/read/{name}.py" for name in ("charset", "cut", "decode", "fragments", "irregular")),
    *(f"dcmlint/read/{name}.py" for name in ("item", "numbers", "opener", "placeholder", "private", "usual")),
    "dcmlint/read/scanner.py",
    *(f"dcmlint/codestream/{name}.py" for name in ("jpeg", "jpeg2000", "jpeg_ls", "rle", "span")),
    "dcmlint/encapsulated.py",
    *(f"dcmlint/{name}.py" for name in ("across", "agree", "content", "excerpt", "facts", "gather")),
    *(f"dcmlint/{name}.py" for name in ("geometry", "group", "packing", "references", "slices")),
    "dcmlint/nightly/work.py",
    "dcmlint/trigger.py",
    "dcmlint/value_field.py",
    *(f"dcmlint/policy/{name}.py" for name in ("bindings", "designator", "expression", "forms", "site")),
    "dcmlint/report/json_format.py",
    "dcmlint/report/render.py",
    "dcmlint/report/shown.py",
    *(f"dcmlint/sr/{name}.py" for name in ("condition", "evidence", "frame", "level", "mandatory")),
    *(f"dcmlint/sr/{name}.py" for name in ("match", "root", "rows", "template", "tree", "value_set")),
    "dcmlint/sr/values.py",
    "dcmlint/standard/templates.py",
    "dcmlint/coded.py",
    "dcmlint/source/blob.py",
    "dcmlint/source/paths.py",
    "dcmlint/policy/judge.py",
]


class BuildIfPossible(build_ext):
    """Leave the package pure Python if the C compiler fails or there is none."""

    def run(self) -> None:
        """Build all extensions or none."""
        try:
            super().run()
        except Exception as error:
            print(f"dcmlint is built as pure Python: {error}", file=sys.stderr)
            self.extensions = []


def extensions() -> list[Extension]:
    """Return the extensions to build: none for an editable or a pure build."""
    commands = set(sys.argv[1:])
    if os.environ.get("DCMLINT_PURE") == "1" or not commands & {"bdist_wheel", "build_ext", "install"}:
        return []
    try:
        from mypyc.build import mypycify

        options = ["--config-file=", "--ignore-missing-imports", "--follow-imports=silent"]
        found: list[Extension] = mypycify([*options, *COMPILED], opt_level="3", debug_level="0")
    except (Exception, SystemExit) as error:
        print(f"dcmlint is built as pure Python: {error}", file=sys.stderr)
        return []
    return found


setup(ext_modules=extensions(), cmdclass={"build_ext": BuildIfPossible})

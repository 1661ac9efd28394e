"""What a commit of three DICOM files waits for: the hook's entry beside importing pydicom.

The entry of `.pre-commit-hooks.yaml` is started as pre-commit starts it, on three small clean files, and
alternates with `python -c "import pydicom"`. What pre-commit and prek take around it, with the environment
of the hook already there, is printed beside it and not judged: it is theirs.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.limits import Figures
from benchmarks.process import dcmlint_command, run

__all__ = ["main"]

_CHECKOUT = Path(__file__).resolve().parents[1]
_FILES = ("ct.dcm", "mr.dcm", "rt_structures.dcm")
_TOOLS = ("pre-commit", "prek")


class Size(NamedTuple):
    """How often each command is started."""

    starts: int
    commits: int


_FULL = Size(starts=25, commits=7)
_REDUCED = Size(starts=7, commits=3)


def entry() -> list[str]:
    """Return the command of the hook, with the dcmlint beside this interpreter."""
    import yaml

    hooks = yaml.safe_load((_CHECKOUT / ".pre-commit-hooks.yaml").read_text())
    (named,) = (hook["entry"] for hook in hooks if hook["id"] == "dcmlint")
    program, *options = shlex.split(named)
    assert program == "dcmlint", named
    return [*dcmlint_command(), *options]


def repository(folder: Path) -> None:
    """Make a git repository with the files in its index and the hook in its configuration.

    The environment of the hook is the one that runs this, so that its dcmlint is the one measured above.
    """
    for name in _FILES:
        shutil.copy(_CHECKOUT / "fixtures" / "clean" / name, folder)
    hook = {"id": "dcmlint", "name": "dcmlint", "language": "system", "types": "[file]", "files": r"'\.dcm$'"}
    lines = "\n        ".join(f"{key}: {value}" for key, value in hook.items())
    configuration = (
        f"repos:\n  - repo: local\n    hooks:\n      - entry: {shlex.join(entry())}\n        {lines}\n"
    )
    (folder / ".pre-commit-config.yaml").write_text(configuration)
    for arguments in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)


def entry_costs(figures: Figures, size: Size) -> None:
    """Measure wall of the entry over importing pydicom beside numpy."""
    files = [str(_CHECKOUT / "fixtures" / "clean" / name) for name in _FILES]
    hook, imports = [*entry(), *files], [sys.executable, "-c", "import pydicom"]
    for command in (hook, imports):
        assert run(command).status == 0, command
    pairs = [(run(hook).wall_s, run(imports).wall_s) for _ in range(size.starts)]
    ours, theirs = (statistics.median(walls) for walls in zip(*pairs, strict=True))
    note = f"{ours * 1000:.0f} ms over {theirs * 1000:.0f} ms, medians of {size.starts} alternating starts"
    figures.add("hook", ours / theirs, note)


def tool_costs(size: Size) -> None:
    """Print wall of `pre-commit run` and `prek run` on a commit of the three files."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "repository"
        folder.mkdir()
        repository(folder)
        os.chdir(folder)
        for tool in _TOOLS:
            command = [str(Path(sys.executable).parent / tool), "run"]
            env = {"PRE_COMMIT_HOME": f"{place}/pre-commit", "PREK_HOME": f"{place}/prek"}
            if not Path(command[0]).exists():
                print(f"{tool} is not installed", flush=True)
                continue
            status = run(command, env).status
            assert status == 0, f"{tool} ended with {status}"
            walls = [run(command, env).wall_s for _ in range(size.commits)]
            print(f"wall of `{tool} run`: {statistics.median(walls) * 1000:.0f} ms, median of {len(walls)}")
        os.chdir(_CHECKOUT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if one missed its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="the figure is printed and not judged")
    options = parser.parse_args(arguments)
    size = _REDUCED if options.reduced else _FULL
    figures = Figures(reduced=options.reduced)
    entry_costs(figures, size)
    tool_costs(size)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

"""The plugin dcmlint-dask: its tests, in a process of their own, and what can be told of it without Dask.

Dask leaves threads and helper processes behind in the process that uses it; the tests of the pool, which
forks, must not see them.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec

import pytest
from command_line import ROOT

PLUGIN = ROOT / "plugins" / "dcmlint-dask"


@pytest.mark.skipif(find_spec("distributed") is None, reason="dask[distributed] is not installed")
def test_the_tests_of_the_plugin() -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(PLUGIN / "tests")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-20_000:]
    assert re.search(r"^\d+ passed", done.stdout, re.MULTILINE), done.stdout


def test_the_plugin_uses_the_public_api_only() -> None:
    """The modules that its README names."""
    public = set(re.findall(r"`(dcmlint(?:\.\w+)*)`", (PLUGIN / "README.md").read_text()))
    for path in (PLUGIN / "src").rglob("*.py"):
        for found in re.findall(r"^\s*(?:from|import) (dcmlint\b[\w.]*)", path.read_text(), re.MULTILINE):
            assert found in public, f"{path.name} imports {found}"


def test_dask_is_imported_by_those_who_use_it() -> None:
    """The plugin's module, which every start of dcmlint imports, brings nothing heavy along."""
    script = "import sys; sys.path.insert(0, sys.argv[1]); import dcmlint_dask; print(*sys.modules)"
    command = [sys.executable, "-c", script, str(PLUGIN / "src")]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "dcmlint_dask" in loaded
    assert not {"dask", "distributed", "tornado", "dcmlint_dask.cluster"} & set(loaded)

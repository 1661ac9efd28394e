"""The plugin dcmlint-pacs: its tests, each file in a process of its own, and what it may use.

Servers and associations leave threads in the process that has them; the tests of the pool, which forks, must
not see them.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from command_line import ROOT

from dcmlint.announced import ANNOUNCED

PLUGIN = ROOT / "plugins" / "dcmlint-pacs"
FILES = sorted((PLUGIN / "tests").glob("test_*.py"))


@pytest.mark.skipif(find_spec("pynetdicom") is None, reason="pynetdicom is not installed")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_tests_of_the_plugin(file: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rs", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    assert re.search(r"^(?:=+ )?\d+ (?:passed|skipped)", done.stdout, re.MULTILINE), done.stdout


def test_the_plugin_uses_the_public_api_only() -> None:
    """The modules that its README names."""
    public = set(re.findall(r"`(dcmlint(?:\.\w+)*)`", (PLUGIN / "README.md").read_text()))
    for path in (PLUGIN / "src").rglob("*.py"):
        for found in re.findall(r"^\s*(?:from|import) (dcmlint\b[\w.]*)", path.read_text(), re.MULTILINE):
            assert found in public, f"{path.name} imports {found}"


def test_networking_is_imported_by_those_who_use_it() -> None:
    """The plugin's module, which every start of dcmlint imports, brings nothing heavy along."""
    script = "import sys; sys.path.insert(0, sys.argv[1]); import dcmlint_pacs; print(*sys.modules)"
    command = [sys.executable, "-c", script, str(PLUGIN / "src")]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "dcmlint_pacs" in loaded
    mine = {name for name in loaded if name.startswith("dcmlint_pacs.")}
    assert (
        not {"pynetdicom", "dicomweb_client", "aiohttp", "requests", "pydicom", "ssl"} & set(loaded)
        and not mine
    )


def test_rules_are_announced_and_described() -> None:
    """Settings may name them without the plugin, and the documentation has them."""
    folder = PLUGIN / "src" / "dcmlint_pacs" / "rules" / "interop"
    names = {file.stem.replace("_", "-") for file in folder.glob("*.py")} - {"--init--"}
    assert names == set(ANNOUNCED["interop"].split())
    text = "".join((ROOT / "docs" / f"{page}.md").read_text() for page in ("pacs", "preflight"))
    assert not {name for name in names if name not in text}

"""These tests need the repository of dcmlint around them, and real counterparts: Orthanc and DCMTK."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[1]
ROOT = PLUGIN.parents[1]

sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(PLUGIN / "tests"))
sys.path.insert(0, str(PLUGIN / "src"))


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep results of earlier runs in a folder of the test run."""
    os.environ["DCMLINT_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(autouse=True, scope="session")
def installed_plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The plugin as if it were installed: in this process, and in those that it starts."""
    from counterparts import installed

    folder = installed(tmp_path_factory.mktemp("site"))
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([*folder, *([before] if before else [])])
    sys.path[:0] = folder
    yield
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before

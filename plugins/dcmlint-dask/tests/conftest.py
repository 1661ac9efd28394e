"""These tests need the repository of dcmlint around them: its fixtures, and how its tests run commands."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[3] / "tests"

sys.path.insert(0, str(TESTS))


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep results of earlier runs in a folder of the test run."""
    os.environ["DCMLINT_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))

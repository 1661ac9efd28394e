"""What every test has: no settings and no cache of the person who runs it."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep results of earlier runs in a folder of the test run."""
    import os

    os.environ["DCMLINT_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def repository() -> Path:
    """The folder of the checkout."""
    return Path(__file__).parents[1]

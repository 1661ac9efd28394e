"""What every test has: no settings and no cache of the person who runs it. How tests share processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

APART = "test_pacs.py::test_the_tests_of_the_plugin["
"""Tests that share nothing with their file: each is a process of pytest."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a file in one process, as they share servers, wheels and environments.

    In the order of names, too: by number of tests, the few that take minutes would come last.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return nodeid if APART in nodeid else nodeid.partition("::")[0]

    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep results of earlier runs in a folder of the test run."""
    import os

    os.environ["DCMLINT_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def repository() -> Path:
    """The folder of the checkout."""
    return Path(__file__).parents[1]

"""Objects freshly made by highdicom are clean, and stay what they are when something is taken from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from highdicom_objects import OBJECTS, series
from pydicom import Dataset

import dcmlint


@pytest.fixture(scope="module")
def images() -> list[Dataset]:
    return series()


@pytest.mark.parametrize("make", OBJECTS.values(), ids=OBJECTS)
def test_objects_are_clean(
    make: Callable[[list[Dataset]], Dataset], images: list[Dataset], tmp_path: Path
) -> None:
    path = tmp_path / "made.dcm"
    make(images).save_as(path)
    loud = [str(found) for found in dcmlint.lint(path) if found.severity != "note"]
    assert loud == []


def test_the_series_is_clean(images: list[Dataset]) -> None:
    assert [str(found) for found in dcmlint.lint_dataset(images[0]) if found.severity != "note"] == []

"""A plugin for dcmlint: the executor `dask`, which shares out the work to a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dcmlint.hookspecs import hookimpl

if TYPE_CHECKING:
    from dcmlint.execute import Executor

__all__ = ["dcmlint_executors"]


def _dask(jobs: int, scheduler: str = "") -> Executor:
    from dcmlint_dask.cluster import connected

    return connected(scheduler)


@hookimpl
def dcmlint_executors() -> Mapping[str, Callable[..., Executor]]:
    """Return the executor for Dask; it is connected when it is made."""
    return {"dask": _dask}

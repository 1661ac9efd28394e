"""What results depend on besides inputs and settings."""

from __future__ import annotations

from collections.abc import Mapping

import dcmlint
from dcmlint.plugins import installed
from dcmlint.standard.shards import edition_label

__all__ = ["environment"]


def environment() -> Mapping[str, str]:
    """Return the versions of dcmlint, of the standard's tables and of the plugins in use.

    Two machines on which it is the same find the same. For `--deep` the decoders count as well, which are
    not in it.
    """
    plugins = {f"plugin {point.name}": point.version for point in installed().points}
    return {"dcmlint": dcmlint.__version__, "tables": edition_label(), **plugins}

"""The VRs that vendors give their private Data Elements, by Private Creator.

`dictionary.json` is written by `generate_dictionary.py` and read when it is first needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

__all__ = ["known_creator", "vrs_of"]


@cache
def _creators() -> Mapping[str, str]:
    content: dict[str, str] = json.loads(Path(__file__).with_name("dictionary.json").read_bytes())
    return content


@cache
def _spellings() -> Mapping[str, str]:
    return {_plain(creator): creator for creator in _creators()}


def _plain(creator: str) -> str:
    return "".join(creator.casefold().split())


@cache
def vrs_of(creator: str) -> Mapping[int, str]:
    """Return the VR by group and number (gggg << 8 | NN) of a Private Creator, empty if it is unknown."""
    return {int(entry[:6], 16): entry[6:] for entry in _creators().get(creator, "").split()}


def known_creator(creator: str) -> str:
    """Return the known Private Creator that has the same letters, "" if none has or it is that itself."""
    return "" if creator in _creators() else _spellings().get(_plain(creator), "")

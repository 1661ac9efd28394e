"""Where the files are that the measurements run on.

The open corpus lies beside the checkout (`../shared/corpus`) or where DCMLINT_CORPUS says; it is
never part of the project. Where it is absent, the test files that come with pydicom stand in.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["Corpus", "copies", "facts_folder", "find_corpus"]

_CHECKOUT = Path(__file__).resolve().parents[1]
_DEFAULT = _CHECKOUT.parent / "shared" / "corpus"


class Corpus:
    """Real files and, where there are any, dciodvfy's verdicts on them."""

    def __init__(self, folder: Path, verdict_file: Path | None, pattern: str = "*") -> None:
        self.folder = folder
        self.verdict_file = verdict_file
        self.files = tuple(sorted(path for path in folder.rglob(pattern) if path.is_file()))

    def name(self, path: Path) -> str:
        """Return the POSIX path of a file relative to the corpus."""
        return path.relative_to(self.folder).as_posix()

    def source(self, name: str) -> str:
        """Return the source of a file: the first folder of its name."""
        return name.partition("/")[0]

    def verdicts(self) -> Iterator[dict[str, Any]]:
        """Yield dciodvfy's messages, one dictionary each."""
        if self.verdict_file is None:
            return
        with self.verdict_file.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def find_corpus() -> Corpus:
    """Return the open corpus, or pydicom's own test files where it is absent."""
    folder = Path(os.environ.get("DCMLINT_CORPUS", _DEFAULT))
    if (folder / "files").is_dir():
        return Corpus(folder / "files", folder / "dciodvfy.jsonl")
    import pydicom

    return Corpus(Path(pydicom.__file__).parent / "data" / "test_files", None, "*.dcm")


def facts_folder() -> Path | None:
    """Return the folder of the standard's facts that the tables were made from, None if absent."""
    folder = Path(os.environ.get("DCMLINT_FACTS", _CHECKOUT.parent / "shared" / "standard"))
    return folder if folder.is_dir() else None


def copies(files: Iterable[Path], folder: Path, times: int) -> list[Path]:
    """Write every file `times` times into `folder` as distinct files; return their paths.

    A thousand files at most share a folder.
    """
    sources = list(files)
    made: list[Path] = []
    for round_number in range(times):
        for source in sources:
            target = folder / f"{len(made) // 1000:03d}" / f"{round_number}_{len(made):06d}.dcm"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            made.append(target)
    return made

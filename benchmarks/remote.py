"""What a check of objects in an S3 store reads of them.

5,000 objects: real files of the corpus (of the fixtures where it is absent), and the same with Pixel Data
that make them larger than 1 MB, native and in fragments. The server (moto) runs in this process and counts
the bytes of the answers to GET. The findings are compared with those of the same files in a folder.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.corpus import find_corpus
from benchmarks.limits import Figures
from benchmarks.object_store import BUCKET, ObjectStore, object_store
from benchmarks.process import dcmlint_command

__all__ = ["main"]

_LOCAL = "dicomdir/missing-file"
"""The rule that looks for files on disk only."""

_LARGE = 1_000_000
_CLEAN = Path(__file__).resolve().parents[1] / "fixtures" / "clean"
_JPEG = "1.2.840.10008.1.2.4.50"


class Size(NamedTuple):
    """How many objects there are, and how many of them are larger than 1 MB."""

    objects: int
    large: int


_FULL = Size(5000, 400)
_REDUCED = Size(300, 30)


def enlarged(content: bytes, pixel_bytes: int, fragments: int) -> bytes | None:
    """Return an image with more Pixel Data, as its last element; None for what is no image.

    With `fragments`, the Pixel Data are encapsulated in so many of them.
    """
    import io

    from pydicom import dcmread

    dataset = dcmread(io.BytesIO(content), force=True)
    if "PixelData" not in dataset or "TransferSyntaxUID" not in dataset.file_meta:
        return None
    for element in list(dataset):
        if element.tag > 0x7FE00010:
            del dataset[element.tag]
    if fragments:
        from pydicom.encaps import encapsulate

        frame = b"\xff\xd8" + os.urandom(pixel_bytes // fragments) + b"\xff\xd9"
        dataset.PixelData = encapsulate([frame] * fragments, has_bot=True)
        dataset.file_meta.TransferSyntaxUID = _JPEG
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
    else:
        dataset.PixelData = bytes(pixel_bytes)
        dataset["PixelData"].is_undefined_length = False
    target = io.BytesIO()
    dataset.save_as(target, enforce_file_format=False)
    return target.getvalue()


def contents(size: Size) -> Iterator[bytes]:
    """Yield the objects: the large ones are three native ones to one of fragments."""
    chance = random.Random(20261125)
    images = [path.read_bytes() for path in sorted(_CLEAN.glob("*.dcm"))]
    made = 0
    while made < size.large:
        content = chance.choice(images)
        fragments = chance.randint(4, 24) if made % 4 == 3 else 0
        larger = enlarged(content, chance.randint(_LARGE + 1000, 3 * _LARGE), fragments)
        if larger is not None:
            made += 1
            yield larger
    files = [path for path in find_corpus().files if 0 < path.stat().st_size < _LARGE]
    for number in range(size.objects - size.large):
        yield files[number % len(files)].read_bytes()


def findings(location: str, environment: dict[str, str]) -> tuple[list[tuple[str, ...]], float]:
    """Return the findings of a check, without where the inputs are, and how long it took."""
    command = [
        *dcmlint_command(),
        "check",
        "--isolated",
        "--ignore",
        _LOCAL,
        "--no-cache",
        "--format",
        "csv",
        location,
    ]
    start = time.perf_counter()
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )
    seconds = time.perf_counter() - start
    if done.returncode not in (0, 1) or done.stderr:
        raise SystemExit(f"the check failed: {done.stderr}")
    rows = csv.DictReader(done.stdout.splitlines())
    return [tuple(str(v).replace(location, "") for v in row.values()) for row in rows], seconds


def measure(store: ObjectStore, folder: Path, size: Size, figures: Figures) -> None:
    """Store the objects, check them both ways, and print the figures."""
    stored: dict[str, int] = {}
    for number, content in enumerate(contents(size)):
        key = f"archive/{number // 500:03}/{number:05}"
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        store.put(key, content)
        stored[key] = len(content)
    store.forget()
    remote, remote_s = findings(f"s3://{BUCKET}/archive/", store.environment())
    local, local_s = findings(f"{folder}/archive/", {})
    large = [key for key, length in stored.items() if length > _LARGE]
    bytes_large, sent_large = sum(stored[key] for key in large), sum(store.sent[key] for key in large)
    asked = sum(store.asked[key] for key in stored)
    note = (
        f"{len(stored)} objects, {sum(stored.values()) / 1e6:.0f} MB; {len(large)} larger than 1 MB: "
        f"{sent_large / 1e6:.1f} of {bytes_large / 1e6:.0f} MB; {asked} requests; "
        f"{remote_s:.0f} s, as files {local_s:.0f} s"
    )
    figures.add("remote bytes", sent_large / bytes_large, note)
    differing = set(remote) ^ set(local)
    for row in sorted(differing)[:5]:
        print(f"differs: {' '.join(row[:3])}")
    figures.add("remote findings", len(differing), f"{len(local)} findings, {_LOCAL} left out")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="small enough for CI")
    options = parser.parse_args(arguments)
    try:
        import moto  # noqa: F401
        import s3fs  # noqa: F401
    except ImportError as error:
        print(f"not measured: {error.name} is not installed")
        return 0
    figures = Figures(reduced=options.reduced)
    with object_store() as store, tempfile.TemporaryDirectory() as folder:
        measure(store, Path(folder), _REDUCED if options.reduced else _FULL, figures)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

"""DICOMweb: the corpus in Orthanc beside its files, and what a check of metadata moves and takes.

First the corpus, or what stands in for it, is stored in Orthanc as far as it takes it, and checked by its
metadata, by whole objects (`--instances`), and by C-GET. Differences to the findings on the files are
explained by what Orthanc does to an object, by undoing it (`pacs_changes.py`).

Then images of more than 2 MB are stored. A relay between dcmlint and Orthanc counts every byte. The wall of
`dcmlint check` is compared with that of a script that gets the same metadata by dicomweb-client and does
nothing with them; both are commands, and take turns. All of it goes before what else runs on the machine,
where that is allowed.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from benchmarks.corpus import find_corpus
from benchmarks.limits import Figures
from benchmarks.process import dcmlint_command
from benchmarks.relay import relay

__all__ = ["main"]

_ROOT = Path(__file__).resolve().parents[1]
_TESTS = _ROOT / "plugins" / "dcmlint-pacs" / "tests"
_PIXELS = 2_200_000
_IMAGES = ("ct", "mr", "pet", "cr", "dx", "xa", "mammography", "us")

BARE = """
import sys
from dicomweb_client.api import DICOMwebClient

client = DICOMwebClient(sys.argv[1])
count = 0
for study in client.search_for_studies(get_remaining=True):
    uid = study["0020000D"]["Value"][0]
    for series in client.search_for_series(uid):
        count += len(client.retrieve_series_metadata(uid, series["0020000E"]["Value"][0]))
print(count)
"""


class Size(NamedTuple):
    """How many large instances there are, in Series of how many, and how many rounds are measured."""

    instances: int
    in_series: int
    rounds: int


_FULL = Size(1000, 100, 9)
_REDUCED = Size(150, 50, 3)


def equality(folder: Path, figures: Figures) -> None:
    """Compare the findings on what Orthanc gives with those on the files."""
    from counterparts import orthanc

    from benchmarks.pacs_columns import Column, compare, store
    from dcmlint.source import Asked

    with orthanc(folder) as peer:
        base = peer.web.removesuffix("/dicom-web")
        kept = store(base, find_corpus().files)
        print(f"{len(kept.files)} objects stored, {kept.refused} files refused")
        columns = [
            Column("DICOMweb metadata", peer.dicomweb, is_metadata=True),
            Column("DICOMweb objects", peer.dicomweb, Asked(instances=True), is_bytes=True),
            Column("C-GET", peer.dimse),
        ]
        unexplained = sum(compare(kept, column) for column in columns)
    figures.add("web findings", unexplained)


def fill(base: str, size: Size) -> int:
    """Store large images, half of the Series in each of two Studies; return their bytes."""
    import requests
    from pydicom import dcmread
    from pydicom.uid import generate_uid

    chance = random.Random(7)
    images = [dcmread(_ROOT / "fixtures" / "clean" / f"{name}.dcm") for name in _IMAGES]
    stored = 0
    with requests.Session() as session:
        studies = [generate_uid(), generate_uid()]
        for number in range(size.instances):
            order, place = divmod(number, size.in_series)
            dataset = images[order % len(images)]
            dataset.StudyInstanceUID = studies[order % 2]
            dataset.SeriesInstanceUID = generate_uid(entropy_srcs=[f"series {order}", studies[0]])
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
            dataset.InstanceNumber = place + 1
            dataset.PixelData = chance.randbytes(_PIXELS)
            target = io.BytesIO()
            dataset.save_as(target)
            session.post(f"{base}/instances", data=target.getvalue(), timeout=60).raise_for_status()
            stored += len(target.getvalue())
    return stored


def _run(command: Sequence[str]) -> tuple[float, str]:
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - start
    if done.returncode not in (0, 1) or done.stderr:
        raise SystemExit(f"it failed: {done.stderr}")
    return wall, done.stdout


def speed(folder: Path, size: Size, figures: Figures) -> None:
    """Measure bytes and wall of a check of metadata."""
    from counterparts import orthanc

    with suppress(PermissionError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, 0, -15)
    with orthanc(folder) as peer:
        stored = fill(peer.web.removesuffix("/dicom-web"), size)
        check = [*dcmlint_command(), "check", "--isolated", "--no-cache"]
        with relay(int(peer.web.split(":")[2].partition("/")[0])) as between:
            _, text = _run([*check, f"dicomweb+http://127.0.0.1:{between.port}/dicom-web"])
        if f"{size.instances:,} SOP Instances" not in text:
            raise SystemExit(f"it did not check {size.instances} instances: {text[-300:]}")
        figures.add(
            "web bytes",
            between.moved / stored,
            f"{between.moved / 1e6:.2f} MB both ways for {size.instances} instances of {stored / 1e6:.0f} MB",
        )
        ours, bare = [], []
        for _ in range(size.rounds):
            wall, text = _run([sys.executable, "-c", BARE, peer.web])
            if int(text) != size.instances:
                raise SystemExit(f"dicomweb-client got {text}")
            bare.append(wall)
            ours.append(_run([*check, peer.dicomweb])[0])
        middle = statistics.median(ours), statistics.median(bare)
        note = f"median of {size.rounds}: {middle[0]:.2f} s, dicomweb-client {middle[1]:.2f} s"
        figures.add("web wall", middle[0] / middle[1], note)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="small enough for CI")
    options = parser.parse_args(arguments)
    sys.path.insert(0, str(_TESTS))
    from counterparts import has_orthanc, installed

    try:
        import dicomweb_client  # noqa: F401
        import pynetdicom  # noqa: F401
    except ImportError as error:
        print(f"not measured: {error.name} is not installed")
        return 0
    if not has_orthanc():
        print("not measured: Orthanc with its plugin for DICOMweb is not installed")
        return 0
    figures = Figures(reduced=options.reduced)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for each in ("site", "corpus", "large"):
            (folder / each).mkdir()
        paths = installed(folder / "site")
        sys.path[:0] = paths
        os.environ["PYTHONPATH"] = os.pathsep.join([*paths, *filter(None, [os.environ.get("PYTHONPATH")])])
        equality(folder / "corpus", figures)
        speed(folder / "large", _REDUCED if options.reduced else _FULL, figures)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

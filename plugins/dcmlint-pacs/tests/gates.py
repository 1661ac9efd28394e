"""A gate within the process of a test, and an SCU that says what it was answered."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from dcmlint_pacs.gate.config import Config, Http, Limits
from dcmlint_pacs.gate.log import Log
from dcmlint_pacs.gate.service import Gate, running

__all__ = [
    "CLEAN",
    "WEB_LIMITS",
    "Answered",
    "altered",
    "associated",
    "gate",
    "sent",
    "small_disk",
    "web_gate",
]

CLEAN = Path(__file__).parents[3] / "fixtures" / "clean"
WEB_LIMITS = Limits(idle_s=5, object=1 << 20, reserve=1 << 20)


class Answered(NamedTuple):
    """What a C-STORE was answered."""

    status: int
    comment: str


@contextmanager
def gate(folder: Path, **settings: Any) -> Iterator[Gate]:
    """Run a gate on a free port, with its spool in `folder`; its log is `gate.log._stream`."""
    config = Config(**{"spool": str(folder), "port": 0, "limits": Limits(reserve=0), **settings})
    with running(config, Log("text", io.StringIO())) as running_gate:
        yield running_gate


@contextmanager
def web_gate(folder: Path, **changes: Any) -> Iterator[tuple[Gate, int]]:
    """Run a gate without a Storage SCP, with its spool below `folder`; its HTTP port is free."""
    settings = {"spool": str(folder / "spool"), "port": None, "http": Http(port=0), "limits": WEB_LIMITS}
    with running(Config(**{**settings, **changes})) as running_gate:
        assert running_gate.http is not None
        yield running_gate, running_gate.http.port


@contextmanager
def associated(port: int, *files: Path, calling: str = "TESTSCU", **options: Any) -> Iterator[Any]:
    """Associate with a gate for what is in files; the association may be rejected."""
    from pydicom import dcmread
    from pynetdicom import AE

    entity = AE(calling)
    metas = [dcmread(file, stop_before_pixels=True).file_meta for file in files]
    for sop_class, syntax in {(meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID) for meta in metas}:
        entity.add_requested_context(sop_class, syntax)
    if not files:
        entity.add_requested_context("1.2.840.10008.1.1")
    association = entity.associate("127.0.0.1", port, **{"ae_title": "DCMLINT", **options})
    try:
        yield association
    finally:
        if association.is_established:
            association.release()


def sent(port: int, *files: Path, **options: Any) -> list[Answered]:
    """Send files over one association, byte by byte as they are; return the answers."""
    from pynetdicom import _config

    _config.STORE_SEND_CHUNKED_DATASET = True
    with associated(port, *files, **options) as association:
        assert association.is_established
        answers = [association.send_c_store(file) for file in files]
    return [Answered(answer.Status, answer.get("ErrorComment", "")) for answer in answers]


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Have a file system of 1 MiB in a folder, or skip the test."""
    import pytest

    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount here")
    if done.returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def altered(path: Path, source: str = "ct", **changes: Any) -> Path:
    """Write an object of the fixtures with other values of Attributes (None = without it)."""
    from pydicom import dcmread

    dataset = dcmread(CLEAN / f"{source}.dcm")
    for keyword, value in changes.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    dataset.save_as(path)
    return path

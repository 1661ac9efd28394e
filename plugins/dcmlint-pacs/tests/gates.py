"""A gate within the process of a test, and an SCU that says what it was answered."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from dcmlint_pacs.gate.config import Config, Limits
from dcmlint_pacs.gate.log import Log
from dcmlint_pacs.gate.service import Gate, running

__all__ = ["CLEAN", "Answered", "altered", "associated", "certified", "gate", "sent", "small_disk"]

CLEAN = Path(__file__).parents[3] / "fixtures" / "clean"


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


def certified(folder: Path) -> tuple[str, str]:
    """Make a certificate for localhost and its key, or skip the test; return their files."""
    import pytest

    certificate, key = str(folder / "cert.pem"), str(folder / "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key]
    command += ["-out", certificate, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


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

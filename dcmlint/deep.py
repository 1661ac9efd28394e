"""Decoding pixels for `--deep`, in a process of its own with bounds on memory and time.

The decoders are libraries in C that pydicom finds; a damaged codestream may make them crash, hang or take
all memory, and none of that may reach the run.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

from dcmlint.encapsulated import PIXEL_DATA, encapsulated
from dcmlint.extra import import_extra
from dcmlint.model import Finding, Severity
from dcmlint.read.item import Instance

__all__ = ["MEMORY_MB", "RULE_ID", "SECONDS", "Decoder", "decoder_versions", "missing_decoders"]

RULE_ID = "pixel/does-not-decode"

MEMORY_MB = 4096
"""Address space of the decoding process."""

SECONDS = 60.0
"""Time for the frames of one instance."""

_CODINGS = {
    "JPEG": "1.2.840.10008.1.2.4.50",
    "lossless JPEG": "1.2.840.10008.1.2.4.70",
    "JPEG-LS": "1.2.840.10008.1.2.4.80",
    "JPEG 2000": "1.2.840.10008.1.2.4.90",
    "HTJ2K": "1.2.840.10008.1.2.4.201",
    "JPEG XL": "1.2.840.10008.1.2.4.110",
    "RLE": "1.2.840.10008.1.2.5",
    "deflated frames": "1.2.840.10008.1.2.8.1",
}
"""What may need a decoder, and a Transfer Syntax that shows whether there is one."""

_DISTRIBUTIONS = (
    *("numpy", "pydicom", "pillow", "pyjpegls", "pylibjpeg"),
    *("pylibjpeg-libjpeg", "pylibjpeg-openjpeg", "pylibjpeg-rle", "python-gdcm"),
)
"""The packages that pydicom decodes with."""


class _Worker(NamedTuple):
    """The decoding process, and the process that started it: a fork must not use its pipes."""

    owner: int
    process: subprocess.Popen[bytes]


class Decoder:
    """Finds out whether the pixels of instances decode; starts its process when it is first needed."""

    def __init__(self, *, memory_mb: int = MEMORY_MB, seconds: float = SECONDS) -> None:
        self._memory_mb = memory_mb
        self._seconds = seconds
        self._worker: _Worker | None = None

    def findings(self, instance: Instance, content: Any) -> Iterator[Finding]:
        """Yield that the encapsulated Pixel Data of an instance, read from `content`, does not decode."""
        known = encapsulated(instance)
        if known is None or known.is_video or known.cut or not known.fragments:
            return
        kind, _, number = self._ask(content).partition(" ")
        if kind in ("ok", "skipped"):
            return
        severity: Severity = "error"
        what = f"frame {number} cannot be decoded by any decoder that is installed"
        if kind == "died":
            # A lack of memory makes some decoders crash too: it is no proof.
            severity, what = "warning", "the process that decodes it crashed"
        elif kind == "memory":
            severity, what = "warning", f"decoding takes more than {self._memory_mb} MB"
        elif kind == "late":
            severity, what = "warning", f"decoding takes more than {self._seconds:.0f} s"
        element = instance.root.elements[PIXEL_DATA]
        yield Finding(RULE_ID, severity, (), PIXEL_DATA, element[1], None, {"what": what})

    def _ask(self, content: Any) -> str:
        """Return the answer of the process; it is ended where it does not answer."""
        process = self._process()
        if process.stdin is None or process.stdout is None:
            return "skipped"
        try:
            process.stdin.write(b"%d\n" % len(content))
            process.stdin.write(content)
            process.stdin.flush()
        except OSError:
            self.close()
            return "died"
        timer = threading.Timer(self._seconds, process.kill)
        timer.start()
        line = process.stdout.readline()
        late = not timer.is_alive() or timer.finished.is_set()
        timer.cancel()
        if not line:
            self.close()
            return "late" if late else "died"
        return line.decode("ascii", "replace").strip()

    def _process(self) -> subprocess.Popen[bytes]:
        worker = self._worker
        if worker is None or worker.owner != os.getpid():
            command = [sys.executable, "-m", "dcmlint.deep_worker", str(self._memory_mb)]
            # One thread: each takes address space of its own.
            environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
            )
            worker = self._worker = _Worker(os.getpid(), process)
            atexit.register(self.close)
        return worker.process

    def close(self) -> None:
        """End the process, if this process started it."""
        worker, self._worker = self._worker, None
        if worker is None or worker.owner != os.getpid():
            return
        worker.process.kill()
        worker.process.wait()
        for pipe in (worker.process.stdin, worker.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue


def missing_decoders() -> tuple[str, ...]:
    """Return the codings that no decoder is installed for.

    Raises UsageError if what every decoder needs is not there.
    """
    import_extra("numpy", extra="deep", wanted_by="--deep")
    from pydicom.pixels import get_decoder

    missing = []
    for name, syntax in _CODINGS.items():
        try:
            there = get_decoder(syntax).is_available
        except NotImplementedError:
            there = False
        if not there:
            missing.append(name)
    return tuple(missing)


def decoder_versions() -> str:
    """Return what decodes, with versions: results depend on it."""
    from importlib.metadata import PackageNotFoundError, version

    found = []
    for name in _DISTRIBUTIONS:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return "; ".join(found)

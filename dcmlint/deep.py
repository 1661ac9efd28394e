"""Decoding pixels for `--deep`, in a process of its own with bounds on memory and time.

The decoders are libraries in C that pydicom finds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dcmlint.encapsulated import PIXEL_DATA, encapsulated
from dcmlint.extra import import_extra
from dcmlint.model import Finding, Severity
from dcmlint.read.item import Instance
from dcmlint.worker_process import WorkerProcess

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


class Decoder:
    """Finds out whether the pixels of instances decode; starts its process when it is first needed."""

    def __init__(self, *, memory_mb: int = MEMORY_MB, seconds: float = SECONDS) -> None:
        self._memory_mb = memory_mb
        self._seconds = seconds
        self._worker = WorkerProcess("dcmlint.deep_worker", memory_mb=memory_mb, seconds=seconds)

    def findings(self, instance: Instance, content: Any) -> Iterator[Finding]:
        """Yield that the encapsulated Pixel Data of an instance, read from `content`, does not decode."""
        known = encapsulated(instance)
        if known is None or known.is_video or known.cut or not known.fragments:
            return
        kind, _, number = self._worker.ask(b"%d\n" % len(content), content).partition(" ")
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

    def close(self) -> None:
        """End the process, if this process started it."""
        self._worker.close()


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

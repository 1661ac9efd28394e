"""Real counterparts on loopback: Orthanc with its DICOMweb plugin, and the tools of DCMTK.

Each is a process of its own that ends with the block that started it. Benchmarks use this too.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

__all__ = [
    "Peer",
    "certified",
    "dcmtk",
    "free_port",
    "has_dcmtk",
    "has_orthanc",
    "installed",
    "openssl",
    "orthanc",
    "storescp",
    "storescu",
]

_PLUGIN = Path(__file__).parents[1]
_ORTHANC_PLUGINS = Path("/usr/share/orthanc/plugins")
_START_S = 30


class Peer(NamedTuple):
    """One that was started: its process, DICOM port, AE title, the folder it has, and its DICOMweb root."""

    process: subprocess.Popen[bytes]
    port: int
    aet: str
    folder: Path
    web: str = ""

    @property
    def dimse(self) -> str:
        return f"dimse://{self.aet}@127.0.0.1:{self.port}"

    @property
    def dicomweb(self) -> str:
        return f"dicomweb+{self.web}"


def installed(folder: Path) -> list[str]:
    """Write metadata of the plugin into a folder; return what is to be on the path of Python."""
    metadata = folder / "dcmlint_pacs-0.1.0.dist-info"
    metadata.mkdir()
    (metadata / "entry_points.txt").write_text("[dcmlint]\npacs = dcmlint_pacs\n")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: dcmlint-pacs\nVersion: 0.1.0\n")
    return [str(folder), str(_PLUGIN / "src")]


def has_orthanc() -> bool:
    """Tell whether Orthanc and its plugin for DICOMweb are installed."""
    return orthanc_command() is not None and _ORTHANC_PLUGINS.is_dir()


def orthanc_command() -> str | None:
    return shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin:/usr/bin")


def has_dcmtk() -> bool:
    """Tell whether DCMTK's tools are installed."""
    return dcmtk("storescu") is not None


def dcmtk(name: str) -> str | None:
    """Return the path of a tool of DCMTK: pynetdicom installs others of the same names beside Python."""
    own = Path(sys.executable).parent
    folders = [each for each in os.get_exec_path() if Path(each) != own]
    return shutil.which(name, path=os.pathsep.join(folders))


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def openssl(folder: Path, *arguments: str) -> None:
    """Run openssl in a folder; skip the test where it is not installed."""
    import pytest

    command = shutil.which("openssl")
    if command is None:
        pytest.skip("openssl is not installed")
    subprocess.run([command, *arguments], cwd=folder, check=True, capture_output=True)


def certified(folder: Path, names: str = "DNS:localhost") -> tuple[str, str]:
    """Make a certificate of this machine and its key in a folder, or skip the test; return their files.

    `names` is the Subject Alternative Name of the certificate.
    """
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    made = ("-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost")
    files = ("-keyout", str(key), "-out", str(certificate))
    openssl(folder, "req", *made, "-addext", f"subjectAltName={names}", *files)
    return str(certificate), str(key)


@contextmanager
def orthanc(folder: Path, **settings: Any) -> Iterator[Peer]:
    """Start Orthanc with an empty storage in `folder`; `settings` go into its configuration."""
    http, dicom = free_port(), free_port()
    configuration = {
        "Name": "dcmlint tests",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "HttpPort": http,
        "DicomPort": dicom,
        "DicomAet": "ORTHANC",
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True,
        "DicomCheckCalledAet": False,
        "UnknownSopClassAccepted": False,
        "Plugins": [str(_ORTHANC_PLUGINS)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        **settings,
    }
    file = folder / "orthanc.json"
    file.write_text(json.dumps(configuration))
    command = [str(orthanc_command()), str(file)]
    with (folder / "orthanc.log").open("wb") as log, _process(command, stdout=log, stderr=log) as process:
        _wait_http(process, f"http://127.0.0.1:{http}/system", folder / "orthanc.log")
        yield Peer(process, dicom, "ORTHANC", folder, f"http://127.0.0.1:{http}/dicom-web")


@contextmanager
def storescp(folder: Path, *options: str, aet: str = "STORESCP") -> Iterator[Peer]:
    """Start DCMTK's storescp, which writes to `folder`; `options` such as -xf FILE PROFILE restrict it."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    command = [str(dcmtk("storescp")), "-aet", aet, "-od", str(folder), *options, str(port)]
    with _process(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _wait_port(process, port)
        yield Peer(process, port, aet, folder)


def storescu(
    port: int, *arguments: str, aec: str = "ANY-SCP", timeout_s: float = 600
) -> subprocess.CompletedProcess[str]:
    """Run DCMTK's storescu against a port of this machine: options and files."""
    command = [str(dcmtk("storescu")), "-v", "-aec", aec, "127.0.0.1", str(port), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)


@contextmanager
def _process(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = subprocess.Popen(command, env=environment, **options)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_http(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.05)
    raise RuntimeError(f"it did not start: {log.read_text(errors='replace')[-2000:]}")


def _wait_port(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"nothing listens on port {port}")

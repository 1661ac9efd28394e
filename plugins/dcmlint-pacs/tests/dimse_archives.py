"""An archive of DCMTK, and its getscu, for tests of the DIMSE source."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from counterparts import Peer, _process, _wait_port, dcmtk, free_port

__all__ = ["dcmqrscp", "getscu"]

_CONFIGURATION = """NetworkTCPPort = {port}
MaxPDUSize = 65536
MaxAssociations = 32
HostTable BEGIN
us = (DCMLINT, 127.0.0.1, {move_port})
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
QRSCP {folder} RW (500, 1024mb) ANY
AETable END
"""


@contextmanager
def dcmqrscp(folder: Path, *options: str, move_port: int = 1) -> Iterator[Peer]:
    """Start DCMTK's dcmqrscp with an empty archive; it knows DCMLINT at `move_port` as a destination."""
    port = free_port()
    archive = folder / "archive"
    archive.mkdir(parents=True)
    file = folder / "dcmqrscp.cfg"
    file.write_text(_CONFIGURATION.format(port=port, move_port=move_port, folder=archive))
    command = [str(dcmtk("dcmqrscp")), "-c", str(file), *options]
    with _process(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _wait_port(process, port)
        yield Peer(process, port, "QRSCP", archive)
        process.kill()  # it takes its time with SIGTERM, and its archive goes with the test


def getscu(peer: Peer, folder: Path, uids: tuple[str, str, str], *options: str) -> list[Path]:
    """Have DCMTK's getscu retrieve an object bit for bit; return the files that it wrote."""
    folder.mkdir(parents=True)
    names = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    keys = ["QueryRetrieveLevel=IMAGE", *(f"{name}={uid}" for name, uid in zip(names, uids, strict=True))]
    command = [str(dcmtk("getscu")), "-S", "+B", *options, "-od", str(folder), "-aec", peer.aet]
    command += [part for key in keys for part in ("-k", key)] + ["127.0.0.1", str(peer.port)]
    subprocess.run(command, check=False, capture_output=True, timeout=60)
    return sorted(folder.iterdir())

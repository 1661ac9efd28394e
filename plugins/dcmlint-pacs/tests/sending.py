"""What really comes of sending files by DCMTK's storescu, file by file: for tests, and for benchmarks."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from counterparts import dcmtk

__all__ = ["RESTRICTED", "Came", "restricted_profile", "send_as_stored", "send_by_default"]

_BATCH = 200
_LEFT_OUT = re.compile(
    r"W: (missing SOP class|unknown storage SOP class)[^/]*(/.*?)(?:: [0-9.]+)?, ignoring file$"
)

RESTRICTED: Mapping[str, Sequence[str]] = {
    "1.2.840.10008.5.1.4.1.1.2": ("1.2.840.10008.1.2.1",),
    "1.2.840.10008.5.1.4.1.1.4": ("1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.4.70"),
    "1.2.840.10008.5.1.4.1.1.7": ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.5"),
    "1.2.840.10008.5.1.4.1.1.66.4": ("1.2.840.10008.1.2.4.90",),
    "1.2.840.10008.5.1.4.1.1.3.1": ("1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.102"),
    "1.2.840.10008.5.1.4.1.1.88.67": ("1.2.840.10008.1.2",),
    "1.2.840.10008.5.1.4.1.1.4.1": ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"),
    "1.2.840.10008.5.1.4.1.1.481.2": ("1.2.840.10008.1.2.2",),
    "9.9.9.9.9": ("1.2.840.10008.1.2.1",),
}
"""Transfer Syntaxes by SOP Class of a storescp that is deliberately restricted."""


class Came(NamedTuple):
    """What came of one file. `how` is "stored"; "status" for a failure that the peer answered to C-STORE;
    "no-context" where no Presentation Context was accepted that it can go through; "not-converted" where it
    would have to be converted and storescu cannot; "left-out" for what storescu does not send at all; "lost"
    where the log does not tell. `detail` is the status, the Transfer Syntax that it was converted to, or the
    reason. `negotiated` says that the association was accepted with some Presentation Context."""

    how: str
    detail: str = ""
    negotiated: bool = False


def restricted_profile(folder: Path, services: Mapping[str, Sequence[str]] = RESTRICTED) -> list[str]:
    """Write a configuration of storescp that takes these only; return the options to give it."""
    file = folder / "restricted.cfg"
    file.write_text(
        _configuration({f"P{number}": (uid, each) for number, (uid, each) in enumerate(services.items())})
    )
    return ["-xf", str(file), "Profile"]


def send_as_stored(
    peer: tuple[int, str], files: Mapping[tuple[str, str], Sequence[str]], folder: Path
) -> dict[str, Came]:
    """Send files, by SOP Class and Transfer Syntax, through a Presentation Context of just these."""
    found: dict[str, Came] = {}
    for number, (pair, names) in enumerate(files.items()):
        profile = folder / f"scu{number}.cfg"
        profile.write_text(_configuration({"P0": (pair[0], [pair[1]])}))
        found.update(_send(peer, names, ["-xf", str(profile), "Profile"]))
    return found


def send_by_default(peer: tuple[int, str], files: Iterable[str]) -> dict[str, Came]:
    """Send files with no option but --required."""
    return _send(peer, list(files), ["--required"])


def _send(peer: tuple[int, str], names: Sequence[str], options: Sequence[str]) -> dict[str, Came]:
    """Send files; those after one at which the association was lost are sent again, by themselves."""
    found: dict[str, Came] = {}
    left = list(names)
    while left:
        batch = left[:_BATCH]
        log = _run(peer, batch, options)
        came = _read(log, batch)
        found.update(came)
        if not came:
            found[batch[0]] = Came("lost", log.strip().splitlines()[-1] if log.strip() else "")
        left = [name for name in left if name not in found]
    return found


def _run(peer: tuple[int, str], names: Sequence[str], options: Sequence[str]) -> str:
    port, aet = peer
    command = [str(dcmtk("storescu")), "-v", "-nh", "-aec", aet, *options, "127.0.0.1", str(port), *names]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600, check=False)
    return done.stdout.decode("utf-8", "replace")


def _read(log: str, names: Sequence[str]) -> dict[str, Came]:
    """Return what the log says of each file; those that it never came to are not there."""
    found: dict[str, Came] = {}
    accepted = "Association Accepted" in log
    for line in log.splitlines():
        match = _LEFT_OUT.search(line)
        if match is not None and match[2] in names:
            found[match[2]] = Came("left-out", match[1], accepted)
    if "No Acceptable Presentation Contexts" in log:
        return {name: Came("no-context") for name in names} | found
    for part in log.split("I: Sending file: ")[1:]:
        name, _, rest = part.partition("\n")
        if (came := _came(rest)) is not None:
            found[name.strip()] = came
    return found


def _came(text: str) -> Came | None:
    """Return what the log says of one file, over an association that was accepted."""
    converted = re.search(r"Converting transfer syntax: (.*) -> (.*)", text)
    response = re.search(r"Received Store Response \((.*)\)", text)
    failed = re.search(r"^E: (Bad DICOM file|No SOP Class or Instance UID)", text, re.MULTILINE)
    if "No presentation context" in text:
        return Came("no-context", negotiated=True)
    if "unable to convert" in text:
        return Came("not-converted", converted[2] if converted else "", negotiated=True)
    if response is not None and response[1].startswith(("Success", "Warning")):
        to = converted[2] if converted and converted[1] != converted[2] else ""
        return Came("stored", to, negotiated=True)
    if response is not None:
        return Came("status", response[1], negotiated=True)
    return None if failed is None else Came("left-out", failed[1], negotiated=True)


def _configuration(contexts: Mapping[str, tuple[str, Sequence[str]]]) -> str:
    """Return a configuration with one profile of Presentation Contexts: SOP Class and Transfer Syntaxes."""
    lines = ["[[TransferSyntaxes]]"]
    for label, (_, syntaxes) in contexts.items():
        lines += [
            f"[{label}]",
            *(f"TransferSyntax{number} = {uid}" for number, uid in enumerate(syntaxes, 1)),
        ]
    lines += ["[[PresentationContexts]]", "[Contexts]"]
    for number, (label, (sop_class, _)) in enumerate(contexts.items(), 1):
        lines.append(f"PresentationContext{number} = {sop_class}\\{label}")
    return "\n".join([*lines, "[[Profiles]]", "[Profile]", "PresentationContexts = Contexts", ""])

"""De-identification tools of others: which version, how each is run on one file, and the venv it is run in.

Each tool runs as its own documentation says, with its defaults, on one file after the other in one process:
their own walks over folders end at the first file that they cannot do, and what they remember from file to
file (new UIDs, shifts of dates) is kept this way.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

__all__ = ["TOOLS", "NotInstalledError", "Tool", "installed", "run_tool"]

_INSTALL_S, _RUN_S = 600, 1800

_DRIVER = """
import sys, warnings
from pathlib import Path
warnings.simplefilter("ignore")
report = open(sys.argv[2], "w")
def finish(pairs):
    pass
{body}
done = []
for line in Path(sys.argv[1]).read_text().splitlines():
    source, target = line.split("\\t")
    try:
        one(source, target)
        outcome = "" if Path(target).exists() else "nothing written"
        done += [] if outcome else [(source, target)]
    except Exception as error:
        outcome = type(error).__name__
        Path(target).unlink(missing_ok=True)
    print(source, outcome, sep="\\t", file=report, flush=True)
finish(done)
"""
"""A failure is told by the name of the exception alone: its text may hold a value."""

_DICOGNITO = """
import pydicom
from dicognito.anonymizer import Anonymizer
anonymizer = Anonymizer(seed="dcmlint")
def one(source, target):
    with pydicom.dcmread(source, force=False) as dataset:
        anonymizer.anonymize(dataset)
        dataset.save_as(target, enforce_file_format=True)
"""

_DICOM_ANONYMIZER = """
from dicomanonymizer import anonymize_dicom_file
def one(source, target):
    anonymize_dicom_file(source, target)
"""

_DEID = """
import os
os.environ["MESSAGELEVEL"] = "QUIET"
from deid.dicom import get_identifiers, replace_identifiers
def one(source, target):
    ids = get_identifiers([source])
    folder = str(Path(target).parent)
    replace_identifiers(dicom_files=[source], ids=ids, save=True, output_folder=folder)
"""

_PYMEDPHYS = """
import logging, pydicom
logging.disable(logging.CRITICAL)
from pymedphys.dicom import anonymise
def one(source, target):
    dataset = pydicom.dcmread(source, force=True)
    anonymise(dataset, delete_unknown_tags=True).save_as(target)
"""

_GDCMANON = """
import subprocess
here = Path(sys.executable).parent
certificate = str(Path(sys.argv[1]).with_name("certificate.pem"))
subject = ["-subj", "/CN=dcmlint", "-days", "1"]
subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject,
                "-keyout", "/dev/null", "-out", certificate], check=True, capture_output=True)
class Refused(Exception):
    pass
def one(source, target):
    command = [here / "gdcmanon", "-e", "-c", certificate, source, target]
    if subprocess.run(command, capture_output=True, timeout=60).returncode:
        raise Refused
def finish(pairs):
    # New UIDs are the same from file to file within one call, which ends at the first file it cannot do.
    again = [Path(sys.argv[1]).with_name(name) for name in ("again", "once")]
    for folder in again:
        folder.mkdir()
    for source, target in pairs:
        (again[0] / Path(source).name).write_bytes(Path(source).read_bytes())
        Path(target).unlink()
    folders = [*map(str, again)]
    subprocess.run([here / "gdcmanon", "-e", "-c", certificate, "-r", *folders], capture_output=True)
    for source, target in pairs:
        (again[1] / Path(source).name).rename(target)
"""


class Tool(NamedTuple):
    """One tool: its name, what pip installs (the first is the tool itself), settings in words, and the body
    of its driver: `one(source, target)` and, if wanted, `finish` for all that was done. `program` must be
    there besides."""

    name: str
    requirements: tuple[str, ...]
    settings: str
    body: str
    program: str = ""

    @property
    def version(self) -> str:
        """The pinned version of the tool."""
        return self.requirements[0].partition("==")[2]


TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool(
            "dicognito",
            ("dicognito==0.19.0", "pydicom==3.0.2"),
            "defaults, with a seed so that a run can be repeated",
            _DICOGNITO,
        ),
        Tool(
            "dicom-anonymizer", ("dicom-anonymizer==2.1.0", "pydicom==3.0.2"), "defaults", _DICOM_ANONYMIZER
        ),
        Tool(
            "deid",
            ("deid==0.4.13", "pydicom==3.0.2"),
            "its own recipe `deid.dicom`, as `deid identifiers --action all`",
            _DEID,
        ),
        Tool(
            "pymedphys",
            ("pymedphys==0.41.0", "pydicom==3.0.2", "numpy==2.4.6"),
            "defaults with `delete_unknown_tags`, as `pymedphys dicom anonymise -u`",
            _PYMEDPHYS,
        ),
        Tool(
            "gdcmanon",
            ("python-gdcm==3.2.6",),
            "`gdcmanon -e -c CERTIFICATE -r`, on the files that it can do",
            _GDCMANON,
            "openssl",
        ),
    )
}


class NotInstalledError(Exception):
    """A tool that cannot be had here; the text says why."""


def installed(tool: Tool, folder: Path) -> Path:
    """Return the Python of the tool's venv below `folder`, made if it is not there.

    Raises NotInstalledError.
    """
    if tool.program and shutil.which(tool.program) is None:
        raise NotInstalledError(f"{tool.program} is not installed")
    venv = folder / tool.name
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    mark = venv / "requirements"
    wanted = "\n".join(tool.requirements)
    if mark.exists() and mark.read_text() == wanted:
        return python
    try:
        _finish([sys.executable, "-m", "venv", "--clear", str(venv)])
        _finish([str(python), "-m", "pip", "install", "--quiet", *tool.requirements])
    except (OSError, subprocess.SubprocessError):
        raise NotInstalledError("pip could not install it; is the network there?") from None
    mark.write_text(wanted)
    return python


def _finish(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=_INSTALL_S)


def run_tool(tool: Tool, python: Path, files: Sequence[Path], folder: Path) -> Counter[str]:
    """Run a tool on each file; outputs have the same names in `folder`/out.

    Return how often what went wrong: the name of an exception, "nothing written", or "not
    reached" where the tool took the whole process down.
    """
    out = folder / "out"
    out.mkdir(parents=True)
    todo, report = folder / "todo", folder / "report"
    todo.write_text("".join(f"{path}\t{out / path.name}\n" for path in files))
    script = _DRIVER.format(body=tool.body)
    command = [str(python), "-c", script, str(todo), str(report)]
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(command, capture_output=True, timeout=_RUN_S, check=False, cwd=folder)
    outcomes = {path.name: "not reached" for path in files}
    if report.exists():
        for line in report.read_text().splitlines():
            source, _, outcome = line.partition("\t")
            outcomes[Path(source).name] = outcome
    for name, outcome in outcomes.items():
        if outcome:
            (out / name).unlink(missing_ok=True)
        elif not (out / name).exists():
            outcomes[name] = "nothing written"
    return Counter(outcome for outcome in outcomes.values() if outcome)

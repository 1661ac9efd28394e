"""Preflight: what it predicts of the corpus, beside what comes of sending each object by DCMTK's storescu.

The peers are Orthanc and DCMTK's storescp with a configuration that takes few SOP Classes and Transfer
Syntaxes. Each object is sent twice: as it is stored, through a Presentation Context of nothing but its own
SOP Class and Transfer Syntax (a profile of storescu's for each pair), and as storescu --required does without
a profile. What preflight calls transcodable is converted by DCMTK's tools, one object of each cell where they
can, and sent.

What no Presentation Context decides is counted apart: files that storescu cannot read, SOP Classes that it
does not know, and instances that the peer refuses although it took the context.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.corpus import find_corpus
from benchmarks.limits import Figures

__all__ = ["main"]

_ROOT = Path(__file__).resolve().parents[1]
_TESTS = _ROOT / "plugins" / "dcmlint-pacs" / "tests"
_REDUCED = 4
"""Of so many files, one is looked at in a reduced run."""

_SHOWN = 10


def measure(name: str, peer: Any, files: Sequence[str], folder: Path, figures: Figures) -> None:
    """Compare predictions with what comes of sending, for one peer."""
    from dcmlint_pacs.own import own
    from dcmlint_pacs.preflight.run import preflight
    from predicted import compare, table

    start = time.perf_counter()
    found = preflight(files, peer.dimse, own())
    took = time.perf_counter() - start
    count = found.instances()
    asked = f"{took:.1f} s, {found.offer.associations} associations"
    print(f"\n{name}: preflight of {found.demand.instances} instances: {asked}")
    print(f"  {', '.join(f'{each:,} {status}' for status, each in count.items())}")
    start = time.perf_counter()
    everything = list(compare(found, (peer.port, peer.aet), folder))
    compared = [each for each in everything if (each.way, each.beside) != ("default", "sender")]
    untried = len(everything) - len(compared)
    print("\n".join(table(everything)))
    wrong = [each for each in compared if not each.agrees]
    for each in wrong[:_SHOWN]:
        print(
            f"  DISAGREES: {Path(each.file).name}, {each.way}: predicted {each.predicted}, came {each.came}"
        )
    _beside(everything)
    _apart(found, peer)
    converted = _converted(found, peer, folder)
    figures.add(
        "preflight wrong",
        len(wrong) + converted,
        f"{name}: {len(compared)} predictions, {untried} more on files that storescu leaves out itself; "
        f"sending took {time.perf_counter() - start:.0f} s",
    )


def _files(*, reduced: bool) -> Sequence[str]:
    """Return the folder of the corpus; of a DICOMDIR that is named, what it lists would come besides."""
    corpus = find_corpus()
    if not reduced:
        return [str(corpus.folder)]
    return [str(path) for path in corpus.files if "dicomdir" not in path.name.lower()][::_REDUCED]


def _beside(compared: Sequence[Any]) -> None:
    """Print what came of reasons that are not of negotiation."""
    for way in ("as stored", "default"):
        beside = [each for each in compared if each.way == way and each.beside]
        reasons = Counter((each.beside, each.came.detail) for each in beside)
        for (kind, detail), count in sorted(reasons.items()):
            who = "storescu does not send" if kind == "sender" else "the peer refuses at C-STORE"
            told = sum(each.explained for each in beside if (each.beside, each.came.detail) == (kind, detail))
            why = (
                f", {told} of them told beforehand: no Study or Series Instance UID"
                if kind == "status"
                else ""
            )
            print(f"  beside negotiation, {way}: {who} {count} ({detail}){why}")


def _apart(found: Any, peer: Any) -> None:
    """Send what preflight says cannot be sent at all, and print what comes of it."""
    from sending import send_by_default

    for reason in ("no-sop-class", "no-sop-instance"):
        if reason in found.demand.apart:
            apart = found.demand.apart[reason]
            came = send_by_default((peer.port, peer.aet), apart.examples)
            left_out = sum(each.how in ("left-out", "lost") for each in came.values())
            tried = f"of {len(apart.examples)} tried, storescu does not send {left_out}"
            print(f"  {reason}: {apart.count} files; {tried}")


def _converted(found: Any, peer: Any, folder: Path) -> int:
    """Convert and send one object of each transcodable cell; return how many had no Presentation Context."""
    from sending import send_as_stored

    wrong = tried = unable = 0
    for number, verdict in enumerate(each for each in found.verdicts if each.to is not None):
        source = verdict.cell.instances[0].file
        target = _convert(source, verdict.to.tool, folder / f"converted{number}")
        if target is None:
            unable += 1
            continue
        tried += 1
        pair = (verdict.pair.sop_class, verdict.to.syntax)
        came = send_as_stored((peer.port, peer.aet), {pair: [str(target)]}, folder)[str(target)]
        if not came.negotiated:
            wrong += 1
            print(f"  DISAGREES: converted {Path(source).name} with {verdict.to.tool}: {came}")
    print(f"  converted as told and sent: {tried}, not taken {wrong}; DCMTK cannot convert {unable}")
    return wrong


def _convert(source: str, tools: str, target: Path) -> Path | None:
    """Run the tools on a file; None if DCMTK does not have them, or they cannot."""
    from counterparts import dcmtk

    for step, tool in enumerate(tools.split(", then ") if tools else [""]):
        program, *options = tool.split() or [""]
        found = dcmtk(program) if program.startswith("dcm") else None
        if found is None:
            return None
        output = target.with_suffix(f".{step}")
        command = [found, *options, source, str(output)]
        if subprocess.run(command, capture_output=True, check=False).returncode or not output.exists():
            return None
        source = str(output)
    return Path(source)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if a prediction is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="small enough for CI")
    options = parser.parse_args(arguments)
    sys.path[:0] = [str(_TESTS), str(_ROOT / "plugins" / "dcmlint-pacs" / "src")]
    try:
        import pynetdicom  # noqa: F401
    except ImportError:
        print("not measured: pynetdicom is not installed")
        return 0
    from counterparts import has_dcmtk, has_orthanc, orthanc, storescp
    from sending import restricted_profile

    if not (has_orthanc() and has_dcmtk()):
        print("not measured: Orthanc or DCMTK is not installed")
        return 0
    figures = Figures(reduced=options.reduced)
    files = _files(reduced=options.reduced)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for each in ("orthanc", "storescp"):
            (folder / each).mkdir()
        with orthanc(folder / "orthanc") as peer:
            measure("Orthanc", peer, files, folder / "orthanc", figures)
        profile = restricted_profile(folder)
        with storescp(folder / "received", *profile) as peer:
            measure("restricted storescp", peer, files, folder / "storescp", figures)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

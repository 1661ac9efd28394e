"""Results made again from originals, key and audit log: `python -m benchmarks.deid_reproduce`.

`dcmlint deid apply` over the corpus under the Basic Profile, and under two options more with a policy, which
is then removed; `dcmlint fix --unsafe-fixes` over it as well. `dcmlint audit reproduce` makes their files
again and holds them against log and results: files that are the same, bytes and edits, of all files.
Reduced: the same.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.corpus import find_corpus
from benchmarks.limits import Figures
from benchmarks.process import dcmlint_command

__all__ = ["main"]

_KEY = "5" * 64
_SHOWN = 10
_POLICY = """name: benchmark
actions: {PatientSex: keep, PatientAge: keep, StationName: remove, ProtocolName: clean}
set: {ClinicalTrialProtocolID: B1}
vocabulary: [chest, ct, head, abdomen, contrast, axial]
shift_days: 90
"""
_DETAILED = ("--profile", "basic+rtn-long-modif-dates+clean-desc")


class _Run(NamedTuple):
    """One run of a command over the corpus: its results, log and key."""

    results: Path
    key: Path

    @property
    def log(self) -> Path:
        return self.results.with_suffix(".jsonl")

    def de_identified(self, *options: str) -> None:
        """Run `dcmlint deid apply`."""
        self._run("deid", "apply", str(find_corpus().folder), str(self.results), *options)

    def fixed(self, *options: str) -> None:
        """Run `dcmlint fix`."""
        self._run("fix", str(find_corpus().folder), "--output", str(self.results), "--isolated", *options)

    def reproduced(self) -> dict[str, Any]:
        """Return what `dcmlint audit reproduce` says."""
        folders = ("--originals", str(find_corpus().folder), "--results", str(self.results))
        command = [*dcmlint_command(), "audit", "reproduce", str(self.log), *folders, "--format", "json"]
        done = subprocess.run(
            [*command, "--key-file", str(self.key)], capture_output=True, text=True, check=False
        )
        return dict(json.loads(done.stdout))

    def _run(self, *arguments: str) -> None:
        logged = ("--log", str(self.log), "--key-file", str(self.key))
        subprocess.run([*dcmlint_command(), *arguments, *logged], capture_output=True, check=False)


def _add(figures: Figures, name: str, runs: Sequence[_Run]) -> None:
    """Add the share of the files of some runs over the corpus that are reproduced; show the first not."""
    same = files = 0
    for run in runs:
        told = run.reproduced()
        compared = told["compared"] or {"reproduced": 0, "differing": (), "missing": ()}
        same, files = same + compared["reproduced"], files + told["files"]
        for other in (*told["problems"], *compared["differing"], *compared["missing"])[:_SHOWN]:
            print(f"  line {other['line']}: {other}")
    figures.add(
        name, same / max(files, 1), f"{same} of {files} in {len(runs)} run{'s' if len(runs) > 1 else ''}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="the same: it takes seconds")
    figures = Figures(reduced=parser.parse_args(arguments).reduced)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key, policy = folder / "key", folder / "policy.yaml"
        key.write_text(_KEY)
        policy.write_text(_POLICY)
        basic, detailed, fixed = (_Run(folder / each, key) for each in ("basic", "detailed", "fixed"))
        basic.de_identified()
        detailed.de_identified(*_DETAILED, "--policy", str(policy))
        policy.unlink()
        _add(figures, "deid reproduced", (basic, detailed))
        fixed.fixed("--unsafe-fixes")
        _add(figures, "fix reproduced", (fixed,))
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())

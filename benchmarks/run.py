"""Run every measure, one process each: `python benchmarks/run.py [--reduced]`.

Ends with status 1 if a figure misses its limit (`limits.py`). `--reduced` is the size for CI; what a
measure leaves out then, it says itself. Without the corpus (`../shared/corpus`, or DCMLINT_CORPUS)
the test files of pydicom stand in, and the agreement with dciodvfy is not measured.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

__all__ = ["MEASURES", "main"]

MEASURES = (
    *("parity", "agreement", "defects", "family_defects", "codestream_defects", "sr_agreement", "sr_defects"),
    *(
        "planted",
        "entities",
        "fuzz",
        "discovery",
        "hooks",
        "speed",
        "cache",
        "policy",
        "sarif",
        "page",
        "remote",
        "scan",
        "deid",
        "deid_kill",
        "deid_ocr",
        "deid_reproduce",
        "deid_verify",
        "deid_others",
        "pacs_web",
        "pacs_gate",
        "pacs_preflight",
        "pacs_hostile",
        "fixing",
        "fix_properties",
        "audit_log",
    ),
)
"""The modules that measure, in the order in which they run."""

_CHECKOUT = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measures and print which missed a limit; return 1 if any did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="small enough for CI")
    parser.add_argument("--only", choices=MEASURES, action="append", help="this measure only (repeatable)")
    options = parser.parse_args(arguments)
    failed = []
    for measure in options.only or MEASURES:
        print(f"\n== {measure}", flush=True)
        start = time.perf_counter()
        command = [sys.executable, "-m", f"benchmarks.{measure}", *(["--reduced"] if options.reduced else [])]
        if subprocess.run(command, cwd=_CHECKOUT, check=False).returncode:
            failed.append(measure)
        print(f"   ({time.perf_counter() - start:.0f} s)", flush=True)
    print(f"\nmeasures that missed a limit: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

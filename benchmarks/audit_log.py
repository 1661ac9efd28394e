"""The audit log of `dcmlint deid apply`: `python -m benchmarks.audit_log [--reduced]`.

Of a run over the corpus: records that the files do not bear out, and Data Elements that differ between
originals and results though no record says so. Of one over the fixtures: changes of its log (a byte, a record
removed, moved, put in or cut off, all hashes made anew without the key) that are not told. Then the run over
the corpus is killed at random moments and continued until it ends: what its log and the files do not agree
in, and results that are not those of a run that was not killed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.corpus import find_corpus
from benchmarks.limits import Figures
from benchmarks.process import dcmlint_command, run
from dcmlint.audit.canonical import canonical, line_hash
from dcmlint.audit.chain import Chain, seal_of
from dcmlint.audit.key import AuditKey

__all__ = ["main"]

_KEY = b"7" * 64
_FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "clean"


class _Run(NamedTuple):
    """Where one run has its originals, results, key and log."""

    originals: Path
    results: Path
    key: Path

    @property
    def log(self) -> Path:
        return Path(f"{self.results}.audit.jsonl")

    @property
    def command(self) -> list[str]:
        folders = (str(self.originals), str(self.results))
        return [*dcmlint_command(), "deid", "apply", *folders, "--key-file", str(self.key)]

    def verdict(self) -> dict[str, Any]:
        """Return what `dcmlint audit verify` says of the log and both folders."""
        folders = ("--originals", str(self.originals), "--results", str(self.results))
        command = [*dcmlint_command(), "audit", "verify", str(self.log), *folders, "-f", "json"]
        done = subprocess.run(
            [*command, "--key-file", str(self.key)], capture_output=True, text=True, check=False
        )
        return dict(json.loads(done.stdout))


def _is_told(content: bytes, key: AuditKey | None) -> bool:
    chain = Chain(key)
    problems = [line for line in chain.read(content.splitlines(keepends=True)) if line.problems]
    return bool(problems or chain.end())


def _changed(log: bytes, source: random.Random) -> bytes:
    """Return the log with one change of a kind that shows without the key too."""
    lines = log.splitlines(keepends=True)
    one, other = source.randrange(len(lines)), source.randrange(len(lines))
    match source.randrange(6):
        case 0:
            place = source.randrange(len(log))
            return log[:place] + bytes([log[place] ^ source.randrange(1, 256)]) + log[place + 1 :]
        case 1:
            return b"".join(lines[:one] + lines[one + 1 :])
        case 2:
            lines[one], lines[other] = lines[other], lines[one]
            return b"".join(lines)
        case 3:
            return b"".join([*lines[:one], lines[other], *lines[one:]])
        case 4:
            return b"".join(lines[:one])
        case _:
            return log[: source.randrange(len(log))]


def _rebuilt(log: bytes, source: random.Random) -> bytes:
    """Return the log without one file's records, all numbers, hashes and counts made anew without the key."""
    records = [json.loads(line) for line in log.splitlines()]
    gone = source.choice([record["file"] for record in records if record["type"] == "file"])
    kept = [record for record in records if record.get("file") != gone]
    before, lines = "0" * 64, []
    for number, record in enumerate(kept, 1):
        record |= {"n": number, "prev": before}
        if record["type"] == "close":
            counts = {name: sum(one["type"] == name for one in kept) for name in ("file", "edit")}
            record |= {"records": number - 1, "head": before}
            record |= {"files": counts["file"], "all_edits": counts["edit"]}
            record["hash"] = seal_of(record)
        lines.append(canonical(record))
        before = line_hash(lines[-1])
    return b"\n".join((*lines, b""))


def tampered(figures: Figures, log: bytes, rounds: int) -> None:
    """Change the log again and again; count what is not told."""
    source, key = random.Random(17), AuditKey(_KEY)
    assert not _is_told(log, key) and not _is_told(log, None)
    made, missed = 0, 0
    for _ in range(rounds):
        changed = _changed(log, source)
        if changed != log:
            made += 1
            missed += not (_is_told(changed, key) and _is_told(changed, None))
    forged = [_rebuilt(log, source) for _ in range(max(rounds // 20, 3))]
    assert not any(_is_told(each, None) for each in forged), "these are made to look right without the key"
    missed += sum(not _is_told(each, key) for each in forged)
    figures.add("audit changes", missed, f"{made} changes and {len(forged)} logs rebuilt without the key")


def killed(figures: Figures, whole: _Run, wall_s: float, kills: int) -> None:
    """Kill the same run at random moments, let it end, and compare."""
    again = whole._replace(results=whole.results.with_name("killed"))
    source, hit = random.Random(19), 0
    for _ in range(kills):
        process = subprocess.Popen(again.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _wait_for_growth(again.log, process)
        time.sleep(source.uniform(0, wall_s / (kills + 1)))
        hit += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    if again.log.read_bytes().rpartition(b"\n{")[2].count(b'"type":"close"') == 0:
        run(again.command)
    verdict = again.verdict()
    one, other = (_hashes(each.results) for each in (whole, again))
    wrong = int(verdict["problem_count"]) + sum(one.get(name) != other.get(name) for name in one | other)
    note = f"{hit} of {kills} runs were killed before their end, continued {verdict['continued']} times"
    figures.add("audit killed", wrong, note)


def _wait_for_growth(log: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until the process has opened the log and written to it, or has ended."""
    before = log.stat().st_size if log.exists() else 0
    while process.poll() is None and not (log.exists() and log.stat().st_size != before):
        time.sleep(0.002)


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all, print the figures; return 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="fewer changes and kills")
    options = parser.parse_args(arguments)
    figures = Figures(reduced=options.reduced)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        key = work / "key"
        key.write_bytes(_KEY)
        whole = _Run(find_corpus().folder, work / "whole", key)
        cost = run(whole.command)
        verdict = whole.verdict()
        note = (
            f"{verdict['edits']} edits of {sum(verdict['files'].values())} files, {cost.cpu_s:.1f} s of CPU"
        )
        figures.add("audit agrees", int(verdict["problem_count"]), note)
        small = whole._replace(originals=_FIXTURES, results=work / "small")
        run(small.command)
        tampered(figures, small.log.read_bytes(), 100 if options.reduced else 2000)
        killed(figures, whole, cost.wall_s, 3 if options.reduced else 20)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
